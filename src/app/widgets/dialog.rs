//! A small window in the middle, above everything else.

use egui::{Align, Context, Frame, Id, Layout, Modal, Ui};

use super::{card, quiet_icon_button};
use crate::app::theme;

/// Shows `contents` under `title`. Gives back what they give back, and whether the user closed
/// the window: by its button, by the Escape key or by a click beside it.
pub fn dialog<R>(
    ctx: &Context,
    title: &str,
    width: f32,
    contents: impl FnOnce(&mut Ui) -> R,
) -> (R, bool) {
    let modal = Modal::new(Id::unique(title)).frame(Frame::NONE);
    let response = modal.show(ctx, |ui| {
        let frame = card(ui).shadow(ui.visuals().window_shadow);
        let framed = frame.show(ui, |ui| {
            ui.set_width(width);
            let closed = head(ui, title);
            (contents(ui), closed)
        });
        framed.inner
    });
    let closed = response.should_close();
    let (inner, button) = response.inner;
    (inner, closed || button)
}

/// The title and the way out.
fn head(ui: &mut Ui, title: &str) -> bool {
    ui.horizontal(|ui| {
        ui.label(theme::lead(title));
        let right = Layout::right_to_left(Align::Center);
        ui.with_layout(right, |ui| quiet_icon_button(ui, "✕", "Close").clicked()).inner
    })
    .inner
}
