//! Files that are dragged over the window, and dropped on it.

use std::path::PathBuf;

use egui::{
    Align2, Context, FontSelection, LayerId, Order, Rect, Stroke, StrokeKind, TextStyle, Ui,
};

use crate::app::theme::{self, radius, space};

/// The files that were dropped since the last pass.
pub(super) fn dropped(ctx: &Context) -> Vec<PathBuf> {
    ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect())
}

/// Covers the window while files hover over it.
pub(super) fn overlay(ui: &Ui) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let palette = theme::palette(ui);
    let whole: Rect = ui.ctx().content_rect();
    let layer = LayerId::new(Order::Foreground, egui::Id::unique("drop zone"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect_filled(whole, 0.0, palette.background.gamma_multiply(OPACITY));
    let border = Stroke::new(2.0, palette.accent);
    let inside = whole.shrink(space::GROUP);
    painter.rect_stroke(inside, f32::from(radius::CARD), border, StrokeKind::Inside);
    let font = FontSelection::Style(TextStyle::Heading).resolve(ui.style());
    let text = "Drop to add to the list";
    painter.text(whole.center(), Align2::CENTER_CENTER, text, font, palette.text);
}

/// What lies below can still be guessed.
const OPACITY: f32 = 0.93;
