//! Draws the left side: the toolbar, the list and the place to drop things.

use egui::{
    Align, Button, CentralPanel, CornerRadius, Frame, Layout, Margin, Rect, RichText, ScrollArea,
    Shape, Stroke, Ui, UiBuilder, Vec2,
};

use crate::app::theme::{self, height, radius, space};
use crate::app::widgets;

use super::row::RowId;
use super::row_view::{self, RowLook};
use super::session::Session;
use super::{Action, SendTab, add_menu};

/// Draws it and gives back which entries are visible.
pub(super) fn show(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) -> Vec<RowId> {
    let margin = Margin::same(space::GROUP as i8);
    let ground = Frame::new().fill(theme::palette(ui).background).inner_margin(margin);
    CentralPanel::no_frame()
        .frame(ground)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::CARD;
            toolbar(tab, ui, actions);
            typed_path(tab, ui, actions);
            notice(tab, ui, actions);
            let card = widgets::card(ui).inner_margin(Margin::same(space::CONTROL as i8));
            card.show(ui, |ui| {
                ui.set_min_size(ui.available_size());
                if tab.list.rows().is_empty() {
                    empty(ui, actions);
                    return Vec::new();
                }
                rows_and_drop_area(tab, ui, actions)
            })
            .inner
        })
        .inner
}

fn toolbar(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::TIGHT;
        if widgets::button(ui, "Add images…").clicked() {
            actions.push(Action::AddImages);
        }
        add_menu::show(tab, ui, actions);
        ui.spacing_mut().item_spacing.x = space::CONTROL;
        if widgets::button(ui, "Add folder…").clicked() {
            actions.push(Action::AddFolder);
        }
        if widgets::button(ui, "Paste").on_hover_text("Adds a copied picture or file").clicked() {
            actions.push(Action::Paste);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let clear = Button::new("Clear delivered").min_size(Vec2::new(0.0, height::CONTROL));
            let clear = ui.add_enabled(tab.list.has_settled(), clear);
            if clear.on_hover_text("Takes what was delivered or sent off the list").clicked() {
                actions.push(Action::ClearDelivered);
            }
        });
    });
}

fn typed_path(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let Some(typed) = &tab.typed_path else {
        return;
    };
    ui.horizontal(|ui| {
        let mut text = typed.clone();
        let width = (ui.available_width() - TYPED_PATH_BUTTONS).max(120.0);
        let field = widgets::text_field(ui, &mut text, "Path of a file or folder", width);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if typed.is_empty() && ui.memory(|memory| memory.focused().is_none()) {
            field.request_focus();
        }
        if field.changed() {
            actions.push(Action::TypePath(text));
        }
        if widgets::button(ui, "Add").clicked() || entered {
            actions.push(Action::AddTypedPath);
        }
        if widgets::quiet_icon_button(ui, "✕", "Close the path field").clicked() {
            actions.push(Action::CloseTypedPath);
        }
    });
}

fn notice(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let Some(notice) = &tab.notice else {
        return;
    };
    ui.horizontal(|ui| {
        let width = ui.available_width() - height::CONTROL;
        ui.allocate_ui_with_layout(Vec2::new(width, 0.0), Layout::top_down(Align::Min), |ui| {
            widgets::meaning_label(ui, notice.meaning, "▲", &notice.text);
        });
        if widgets::quiet_icon_button(ui, "✕", "Dismiss the remark").clicked() {
            actions.push(Action::DismissNotice);
        }
    });
}

/// The empty state teaches: what to do, and with what.
fn empty(ui: &mut Ui, actions: &mut Vec<Action>) {
    let area = ui.available_rect_before_wrap();
    dashed_frame(ui, area);
    let size = Vec2::new((area.width() - 2.0 * space::GROUP).min(EMPTY_TEXT), EMPTY_HEIGHT);
    let content = Rect::from_center_size(area.center(), size);
    ui.scope_builder(UiBuilder::new().max_rect(content), |ui| {
        ui.vertical_centered(|ui| {
            ui.spacing_mut().item_spacing.y = space::CARD;
            ui.label(theme::lead(drop_words(ui)));
            widgets::dim_label(ui, FORMATS);
            widgets::dim_label(ui, MORE);
            if widgets::button(ui, "Add images…").clicked() {
                actions.push(Action::AddImages);
            }
            if ui.link("or try the test pattern").clicked() {
                actions.push(Action::AddPattern);
            }
        });
    });
}

fn rows_and_drop_area(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) -> Vec<RowId> {
    ui.spacing_mut().item_spacing.y = space::CONTROL;
    overlay_scroll_bar(ui);
    let list_height = ui.available_height() - DROP_AREA - space::CONTROL;
    let visible = ScrollArea::vertical()
        .id_salt("entries")
        .max_height(list_height)
        .auto_shrink(false)
        .show_viewport(ui, |ui, viewport| rows(tab, ui, viewport, actions))
        .inner;
    let (area, _) = ui.allocate_exact_size(ui.available_size(), egui::Sense::hover());
    dashed_frame(ui, area);
    let words = RichText::new(drop_words(ui)).color(theme::palette(ui).dim);
    ui.put(area, egui::Label::new(words));
    visible
}

/// The scroll bar lies in the margin, so that nothing becomes narrower when it appears.
pub(super) fn overlay_scroll_bar(ui: &mut Ui) {
    let scroll = &mut ui.spacing_mut().scroll;
    scroll.floating = true;
    scroll.floating_allocated_width = 0.0;
}

/// Draws only what is visible: the list may be thousands long. Rows have one height but for
/// failures, which take the room that their reason needs.
fn rows(tab: &SendTab, ui: &mut Ui, viewport: Rect, actions: &mut Vec<Action>) -> Vec<RowId> {
    let status = tab.session.as_ref().and_then(Session::status);
    let current = tab
        .session
        .as_ref()
        .zip(status.as_deref())
        .and_then(|(session, status)| session.current(status));
    let (origin, width) = (ui.max_rect().left_top(), ui.available_width());
    let rows = tab.list.rows();
    let heights: Vec<f32> = rows.iter().map(|row| row_view::height(ui, row, width)).collect();
    ui.set_height(heights.iter().sum());
    let mut visible = Vec::new();
    let mut top = 0.0;
    for (row, height) in rows.iter().zip(heights) {
        if top + height >= viewport.top() && top <= viewport.bottom() {
            let rect = Rect::from_min_size(origin + Vec2::new(0.0, top), Vec2::new(width, height));
            let look = RowLook {
                texture: tab.thumbnails.get(row.id),
                status: status.as_deref().filter(|_| current == Some(row.id) && row.is_under_way()),
            };
            let builder = UiBuilder::new().max_rect(rect).id_salt(row.id);
            row_view::show(&mut ui.new_child(builder), row, look, actions);
            visible.push(row.id);
        }
        top += height;
    }
    visible
}

fn drop_words(ui: &Ui) -> &'static str {
    if files_hover(ui) { "Let go to add them" } else { DROP }
}

fn dashed_frame(ui: &Ui, area: Rect) {
    let palette = theme::palette(ui);
    let color = if files_hover(ui) { palette.accent } else { palette.strong_line };
    let inner = area.shrink(1.0);
    let corner = f32::from(radius::CONTROL);
    if files_hover(ui) {
        ui.painter().rect_filled(inner, CornerRadius::same(radius::CONTROL), palette.raised);
    }
    let outline = rounded_outline(inner, corner);
    ui.painter().extend(Shape::dashed_line(&outline, Stroke::new(1.5, color), 6.0, 4.0));
}

fn files_hover(ui: &Ui) -> bool {
    ui.input(|input| !input.raw.hovered_files.is_empty())
}

/// The outline of a rectangle with round corners, as points of a closed line.
fn rounded_outline(rect: Rect, radius: f32) -> Vec<egui::Pos2> {
    let core = rect.shrink(radius);
    let corners = [core.right_top(), core.right_bottom(), core.left_bottom(), core.left_top()];
    let mut points = Vec::new();
    for (quarter, corner) in corners.into_iter().enumerate() {
        for step in 0..=4 {
            let turn = quarter as f32 - 1.0 + step as f32 / 4.0;
            points.push(corner + radius * Vec2::angled(turn * std::f32::consts::FRAC_PI_2));
        }
    }
    points.extend(points.first().copied());
    points
}

const DROP: &str = "Drop images or folders anywhere in this window";
const FORMATS: &str =
    "PNG, JPEG, TIFF, WebP, GIF, BMP, QOI, TGA, PNM, HDR and NumPy .npy, in 8 or 16 bits or floats";
const MORE: &str = "Videos, cameras and the screen are behind ▾";
/// Width of the text in an empty list, and height of all that is said there.
const EMPTY_TEXT: f32 = 420.0;
const EMPTY_HEIGHT: f32 = 176.0;
/// Height of the place to drop things under the list.
const DROP_AREA: f32 = 56.0;
/// Room for the buttons beside the path field.
const TYPED_PATH_BUTTONS: f32 = 104.0;
