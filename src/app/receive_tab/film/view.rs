//! How the film looks: a strip of thumbnails, and the mark on a picture that stands still.

use egui::{
    Align, Align2, CornerRadius, FontSelection, Layout, Panel, Rect, Response, Role, ScrollArea,
    Sense, Stroke, StrokeKind, TextStyle, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::strip::Still;
use super::{FILM_BYTES, Film, MOST_STILLS};
use crate::app::command::Command;
use crate::app::figures;
use crate::app::theme::{self, Meaning, radius, space};
use crate::app::widgets;

impl Film {
    /// Draws the strip at the bottom; gives its commands.
    pub(in crate::app::receive_tab) fn ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let frame = widgets::side_panel(ui).inner_margin(egui::Margin::symmetric(16, 8));
        Panel::bottom("film").frame(frame).exact_size(HEIGHT).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                self.buttons(ui, commands);
                ui.add_space(space::TIGHT);
                let area = ScrollArea::horizontal().stick_to_right(true).auto_shrink(false);
                area.show(ui, |ui| self.thumbnails(ui, commands));
            });
        });
    }

    /// Says over the picture, which was drawn in `rect`, that it stands still.
    pub(in crate::app::receive_tab) fn mark(&self, ui: &mut Ui, rect: Rect) {
        let Some(frozen) = &self.frozen else { return };
        let since = figures::thousands(frozen.frames_since);
        let frames = if frozen.frames_since == 1 { "frame" } else { "frames" };
        let text = format!("❄ Frozen · {since} {frames} since");
        let palette = theme::palette(ui);
        let size = vec2(MARK_WIDTH, theme::height::TOOL);
        // The other corner says what is tinted.
        let corner = rect.right_top() + vec2(-space::CARD, space::CARD);
        let place = Align2::RIGHT_TOP.anchor_size(corner, size);
        let rounding = CornerRadius::same(radius::CONTROL);
        let line = Stroke::new(1.0, palette.veil_line);
        ui.painter().rect(place, rounding, palette.veil, line, StrokeKind::Inside);
        let centered = Layout::centered_and_justified(egui::Direction::TopDown);
        ui.scope_builder(UiBuilder::new().max_rect(place).layout(centered), |ui| {
            let text = theme::strong(text).color(palette.on_backdrop);
            ui.label(text).on_hover_text("Receiving and counting go on");
        });
    }

    fn buttons(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let size = vec2(BUTTON_WIDTH, THUMBNAIL_SIDE.y);
        ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = space::TIGHT;
            let freeze = if self.is_frozen() { "▸ Resume" } else { "❄ Freeze" };
            for (label, command) in [(freeze, Command::ToggleFreeze), ("Mark A", Command::MarkA)] {
                let button = egui::Button::new(theme::small(label));
                let button = ui.add_sized(vec2(BUTTON_WIDTH, BUTTON_HEIGHT), button);
                if button.on_hover_text(command.hover_text(ui)).clicked() {
                    commands.push(command);
                }
            }
        });
    }

    fn thumbnails(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let chosen = match &self.frozen {
            Some(frozen) => frozen.number,
            None => self.stills.last().map(|still| still.number),
        };
        let scroll = self.frozen.as_mut().is_some_and(|frozen| std::mem::take(&mut frozen.scroll));
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = space::CONTROL;
            for still in &self.stills {
                let is_chosen = chosen == Some(still.number);
                let response = self.thumbnail(ui, still, is_chosen);
                if is_chosen && scroll {
                    response.scroll_to_me(None);
                }
                if response.clicked() && still.received.is_some() {
                    commands.push(Command::ShowStill(still.number));
                }
            }
        });
    }

    fn thumbnail(&self, ui: &mut Ui, still: &Still, is_chosen: bool) -> Response {
        let palette = theme::palette(ui);
        let (rect, response) = ui.allocate_exact_size(THUMBNAIL_SIDE, Sense::click());
        let rounding = CornerRadius::same(radius::SMALL);
        ui.painter().rect_filled(rect, rounding, palette.backdrop);
        if let Some(texture) = self.textures.get(&still.number) {
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            let tint = if still.received.is_some() { 1.0 } else { FAINT };
            let picture = Rect::from_center_size(rect.center(), fitted(texture.size_vec2()));
            let tint = egui::Color32::WHITE.gamma_multiply(tint);
            ui.painter().image(texture.id(), picture, whole, tint);
        }
        if still.damaged {
            let place = rect.right_top() + vec2(-DOT * 2.0, DOT * 2.0);
            ui.painter().circle_filled(place, DOT + 1.5, palette.backdrop);
            ui.painter().circle_filled(place, DOT, palette.fill(Meaning::Lost));
        }
        let highlighted = is_chosen || response.has_focus();
        let stroke = match (highlighted, response.hovered()) {
            (true, _) => Stroke::new(2.0, palette.accent),
            (false, true) => Stroke::new(1.0, palette.strong_line),
            _ => Stroke::NONE,
        };
        ui.painter().rect_stroke(rect, rounding, stroke, StrokeKind::Outside);
        let name = name_of(still);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
        response.on_hover_ui(|ui| explain(ui, still, &name))
    }
}

fn explain(ui: &mut Ui, still: &Still, name: &str) {
    ui.label(theme::strong(name));
    if still.damaged {
        widgets::meaning_label(ui, Meaning::Lost, Meaning::Lost.symbol(), "Parts never arrived");
    }
    let text = if still.received.is_some() {
        "Click to stand still at it".to_owned()
    } else {
        "Only its thumbnail is left in memory".to_owned()
    };
    widgets::dim_label(ui, text);
    let size = figures::buffer_bytes(FILM_BYTES as u64);
    let limit = format!(
        "Kept are the last {MOST_STILLS}, up to {size}: of a live stream four a second and the \
         damaged ones, else every frame"
    );
    let font = FontSelection::Style(TextStyle::Small);
    ui.add(egui::Label::new(egui::RichText::new(limit).font(font.resolve(ui.style()))).wrap());
}

fn name_of(still: &Still) -> String {
    let number = figures::thousands(still.frame_id);
    let name = still.name.as_ref().map_or_else(String::new, |name| format!(" · {name}"));
    let damage = if still.damaged { " · damaged" } else { "" };
    format!("Frame {number}{name}{damage}")
}

/// The size at which a thumbnail fills its place; small frames are not enlarged.
fn fitted(size: egui::Vec2) -> egui::Vec2 {
    let scale = (THUMBNAIL_SIDE / size).min_elem().min(1.0);
    size * scale
}

const THUMBNAIL_SIDE: egui::Vec2 =
    vec2(super::recorder::THUMBNAIL[0] as f32, super::recorder::THUMBNAIL[1] as f32);
/// A thumbnail and what is needed around it.
const HEIGHT: f32 = 76.0;
const BUTTON_WIDTH: f32 = 84.0;
const BUTTON_HEIGHT: f32 = 25.0;
/// Wide enough for thousands of frames, so that it does not grow while one reads it.
const MARK_WIDTH: f32 = 216.0;
const DOT: f32 = 4.0;
/// Of a frame of which only the thumbnail is left.
const FAINT: f32 = 0.45;
