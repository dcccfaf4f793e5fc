//! Where the keyboard is: a ring around what has the focus, brought into sight.

use egui::accesskit::{Action, ActionRequest, TreeId};
use egui::{Context, CornerRadius, Event, Id, Key, Stroke, StrokeKind, Ui};

use crate::app::theme::{self, radius};

/// A ring that is there while the focus is moved by keys, and not after a press of the pointer.
///
/// In every pass: [`FocusRing::logic`] before anything is drawn, [`FocusRing::ui`] at the end.
#[derive(Default)]
pub(super) struct FocusRing {
    by_keys: bool,
    /// What had the focus in the last pass.
    before: Option<Id>,
}

impl FocusRing {
    /// Notes what moved the focus, and scrolls to where it went.
    pub(super) fn logic(&mut self, ctx: &Context) {
        let (keys, pointer) = ctx.input(|input| {
            let keys = KEYS.into_iter().any(|key| input.key_pressed(key));
            (keys, input.pointer.any_pressed())
        });
        self.by_keys = !pointer && (self.by_keys || keys);
        let focused = ctx.memory(egui::Memory::focused);
        if let Some(id) = focused.filter(|_| self.by_keys && focused != self.before) {
            scroll_to(ctx, id);
        }
        self.before = focused;
    }

    /// Draws the ring upon everything else in the layer of what has the focus.
    pub(super) fn ui(&self, ui: &Ui) {
        let focused = ui.memory(egui::Memory::focused).filter(|_| self.by_keys);
        let Some(response) = focused.and_then(|id| ui.ctx().read_response(id)) else { return };
        if !response.interact_rect.is_positive() {
            return;
        }
        let stroke = Stroke::new(WIDTH, theme::palette(ui).accent);
        let rounding = CornerRadius::same(radius::CONTROL);
        let place = response.interact_rect.expand(WIDTH);
        let painter = ui.ctx().layer_painter(response.layer_id);
        painter.rect_stroke(place, rounding, stroke, StrokeKind::Inside);
    }
}

/// As if a screen reader had asked for it: whoever scrolls hears that.
fn scroll_to(ctx: &Context, id: Id) {
    let request = ActionRequest {
        action: Action::ScrollIntoView,
        target_tree: TreeId::ROOT,
        target_node: id.accesskit_id(),
        data: None,
    };
    ctx.input_mut(|input| input.events.push(Event::AccessKitActionRequest(request)));
}

/// What moves the focus.
const KEYS: [Key; 5] = [Key::Tab, Key::ArrowUp, Key::ArrowDown, Key::ArrowLeft, Key::ArrowRight];
const WIDTH: f32 = 2.0;
