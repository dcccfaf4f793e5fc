//! A path that is typed where the desktop has no file dialogs.

use egui::Context;

use crate::app::theme::space;
use crate::app::widgets;

/// The window in which a path is typed: whether it was confirmed, and whether it was closed.
pub fn ask_for_path(
    ctx: &Context,
    title: &str,
    explanation: &str,
    button: &str,
    path: &mut String,
) -> (bool, bool) {
    widgets::dialog(ctx, title, DIALOG_WIDTH, |ui| {
        widgets::dim_label(ui, explanation);
        ui.horizontal(|ui| {
            let width = ui.available_width() - SAVE_WIDTH - space::CONTROL;
            let field = widgets::text_field(ui, path, "Path", width);
            let enter = ui.input(|input| input.key_pressed(egui::Key::Enter));
            let clicked = widgets::fixed_button(ui, button, SAVE_WIDTH).clicked();
            clicked || (field.lost_focus() && enter)
        })
        .inner
    })
}

const DIALOG_WIDTH: f32 = 480.0;
const SAVE_WIDTH: f32 = 72.0;
