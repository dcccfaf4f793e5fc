//! Draws one entry of the list.

use egui::{
    Align, Button, Color32, CornerRadius, FontSelection, Label, Layout, Rect, RichText, Sense,
    TextStyle, TextureId, Ui, UiBuilder, Vec2, pos2, vec2,
};

use crate::app::theme::{self, height, radius, space};
use crate::app::widgets;
use crate::net::SendStatus;

use super::Action;
use super::row::{Row, RowState};
use super::words::{self, StateWords};

/// What a row looks like beyond its own state.
#[derive(Clone, Copy)]
pub(super) struct RowLook<'a> {
    /// Its thumbnail, once it is there.
    pub(super) texture: Option<TextureId>,
    /// The job's status, when this entry is what leaves right now.
    pub(super) status: Option<&'a SendStatus>,
}

/// How high a row is. Only failures differ: nothing about them is cut off.
pub(super) fn height(ui: &Ui, row: &Row, width: f32) -> f32 {
    let RowState::Failed(_) = row.state else {
        return ROW;
    };
    let words = words::state(row, None);
    let text = headline(&words);
    let font = FontSelection::Style(TextStyle::Body).resolve(ui.style());
    let room = columns(Rect::from_min_size(pos2(0.0, 0.0), vec2(width, ROW)), row).state.width();
    let galley = ui.painter().layout(text, font, Color32::PLACEHOLDER, room);
    (galley.size().y + 2.0 * space::CARD).max(ROW).ceil()
}

/// Draws `row` in the place of `ui`.
pub(super) fn show(ui: &mut Ui, row: &Row, look: RowLook<'_>, actions: &mut Vec<Action>) {
    let rect = ui.max_rect();
    let columns = columns(rect, row);
    if look.status.is_some() {
        let corner = CornerRadius::same(radius::CONTROL);
        ui.painter().rect_filled(rect, corner, theme::palette(ui).raised);
    }
    thumbnail(ui, columns.thumbnail, look.texture);
    name(ui, columns.name, row);
    state(ui, columns.state, &words::state(row, look.status));
    buttons(ui, columns.buttons, row, actions);
}

struct Columns {
    thumbnail: Rect,
    name: Rect,
    state: Rect,
    buttons: Rect,
}

fn columns(row_rect: Rect, row: &Row) -> Columns {
    let inner = row_rect.shrink2(vec2(space::CONTROL, 0.0));
    let at = |left: f32, right: f32| Rect::from_x_y_ranges(left..=right, inner.y_range());
    let thumbnail =
        Rect::from_min_size(pos2(inner.left(), inner.center().y - THUMBNAIL.y / 2.0), THUMBNAIL);
    let buttons_width = if row.can_go_again() { AGAIN + height::TOOL } else { height::TOOL };
    let buttons = at(inner.right() - buttons_width, inner.right());
    let text_left = thumbnail.right() + space::CARD;
    let text_right = buttons.left() - space::CONTROL;
    let room = (text_right - text_left).max(0.0);
    let share = if matches!(row.state, RowState::Failed(_)) { 0.6 } else { 0.5 };
    let middle = text_right - (room * share).min(STATE_MOST);
    Columns {
        thumbnail,
        name: at(text_left, middle - space::CONTROL),
        state: at(middle, text_right),
        buttons,
    }
}

fn thumbnail(ui: &Ui, rect: Rect, texture: Option<TextureId>) {
    let palette = theme::palette(ui);
    let corner = CornerRadius::same(radius::SMALL);
    let Some(texture) = texture else {
        ui.painter().rect_filled(rect, corner, palette.hovered);
        return;
    };
    ui.painter().rect_filled(rect, corner, palette.backdrop);
    let size = ui.ctx().tex_manager().read().meta(texture).map(|meta| meta.size);
    let [width, height] = size.unwrap_or([1, 1]).map(|side| side.max(1) as f32);
    let scale = (rect.width() / width).min(rect.height() / height);
    let fitted = Rect::from_center_size(rect.center(), vec2(width, height) * scale);
    egui::Image::new((texture, fitted.size())).corner_radius(corner).paint_at(ui, fitted);
}

fn name(ui: &mut Ui, rect: Rect, row: &Row) {
    let facts = words::facts(row);
    let lines = if facts.is_empty() { 1 } else { 2 };
    let dim = theme::palette(ui).dim;
    column(ui, lines_in(ui, rect, lines), Align::Min, |ui| {
        let label = ui.add(Label::new(theme::strong(&row.name)).truncate());
        if let Some(whole) = row.origin.whole_name() {
            label.on_hover_text(whole);
        }
        if !facts.is_empty() {
            ui.add(Label::new(RichText::new(facts).color(dim)).truncate());
        }
    });
}

fn state(ui: &mut Ui, rect: Rect, words: &StateWords) {
    let palette = theme::palette(ui);
    let plain = if words.fraction.is_some() { palette.text } else { palette.dim };
    let color = words.meaning.map_or(plain, |(meaning, _)| palette.ink(meaning));
    let second = !words.detail.is_empty() || words.fraction.is_some();
    let headline = headline(words);
    let font = FontSelection::Style(TextStyle::Body).resolve(ui.style());
    let high = ui.painter().layout(headline.clone(), font, color, rect.width()).size().y;
    let second_high = if second { line_height(ui) + LINE_GAP } else { 0.0 };
    let block = Rect::from_center_size(rect.center(), vec2(rect.width(), high + second_high));
    column(ui, block, Align::Max, |ui| {
        ui.add(Label::new(RichText::new(headline).color(color)).wrap());
        if let Some(fraction) = words.fraction {
            ui.add_space(space::TIGHT);
            widgets::progress_bar(ui, fraction, BAR.min(rect.width()));
        } else if second {
            widgets::dim_label(ui, &words.detail);
        }
    });
}

fn buttons(ui: &mut Ui, rect: Rect, row: &Row, actions: &mut Vec<Action>) {
    let layout = Layout::right_to_left(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    let ui = &mut child;
    ui.spacing_mut().item_spacing.x = 0.0;
    ui.spacing_mut().button_padding.x = space::CONTROL;
    let remove = format!("Remove {}", row.name);
    if row.is_under_way() {
        ui.allocate_response(Vec2::splat(height::TOOL), Sense::hover())
            .on_hover_text("It is being sent: cancel first");
    } else if widgets::quiet_icon_button(ui, "✕", &remove).clicked() {
        actions.push(Action::Remove(row.id));
    }
    if row.can_go_again() {
        let again = Button::new(theme::small("Send again")).min_size(vec2(0.0, 24.0));
        if ui.add(again).clicked() {
            actions.push(Action::SendAgain(row.id));
        }
    }
}

fn headline(words: &StateWords) -> String {
    match words.meaning {
        Some((_, sign)) => format!("{sign} {}", words.headline),
        None => words.headline.clone(),
    }
}

fn column(ui: &mut Ui, rect: Rect, align: Align, add: impl FnOnce(&mut Ui)) {
    let layout = Layout::top_down(align);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    child.spacing_mut().item_spacing.y = LINE_GAP;
    add(&mut child);
}

/// The middle of `rect`, as high as so many lines.
fn lines_in(ui: &Ui, rect: Rect, lines: u8) -> Rect {
    let gaps = f32::from(lines.saturating_sub(1)) * LINE_GAP;
    let high = f32::from(lines) * line_height(ui) + gaps;
    Rect::from_center_size(rect.center(), vec2(rect.width(), high))
}

fn line_height(ui: &Ui) -> f32 {
    ui.text_style_height(&TextStyle::Body)
}

/// Height of every row but failures.
const ROW: f32 = 61.0;
const THUMBNAIL: Vec2 = vec2(72.0, 45.0);
const LINE_GAP: f32 = 2.0;
/// Width of the progress bar of a row.
const BAR: f32 = 180.0;
/// Width of "Send again" and the gap beside it.
const AGAIN: f32 = 84.0;
/// The state needs no more than this, however wide the window is.
const STATE_MOST: f32 = 420.0;
