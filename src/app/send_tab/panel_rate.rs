//! Draws how fast: megabits a second, and frames a second of sequences, side by side.

use egui::{Align, DragValue, Layout, Ui};

use crate::app::settings::{FRAMES_PER_SECOND, MEGABITS};
use crate::app::theme::height;
use crate::app::widgets;
use crate::flow::Rate;

use super::{Action, SendTab};

/// Draws it.
pub(super) fn show(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.columns(2, |columns| {
        if let [left, right] = columns {
            rate(tab, left, actions);
            frames(tab, right, actions);
        }
    });
}

fn rate(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let rate = tab.form.settings.rate;
    title(ui, "Rate", |_| ());
    let mut fixed = matches!(rate, Rate::Fixed(_));
    let choices = [
        (false, "Auto", "Follows what really arrives, and slows down when packets are lost"),
        (true, "Fixed…", "Sends at exactly this rate, whatever is lost"),
    ];
    if widgets::segmented(ui, &mut fixed, &choices) {
        let rate = if fixed { Rate::Fixed(tab.form.fixed_megabits) } else { Rate::Auto };
        actions.push(Action::SetRate(rate));
    }
    if let Rate::Fixed(mut megabits) = rate {
        let speed = (megabits / 100.0).max(0.1);
        let field = DragValue::new(&mut megabits)
            .range(MEGABITS)
            .speed(speed)
            .max_decimals(2)
            .suffix(" Mb/s");
        if number(ui, field, "Megabits a second").changed() {
            actions.push(Action::SetRate(Rate::Fixed(megabits)));
        }
    }
}

fn frames(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let settings = &tab.form.settings;
    title(ui, "Frames a second", |ui| repeat(tab, ui, actions));
    let mut fixed = settings.frames_per_second.is_some();
    let choices = [
        (false, "Auto", "The timing that an animation brings along; folders as fast as they go"),
        (true, "Fixed…", "So many frames every second"),
    ];
    if widgets::segmented(ui, &mut fixed, &choices) {
        actions.push(Action::SetFramesPerSecond(fixed.then_some(tab.form.fixed_frames)));
    }
    if let Some(mut frames) = settings.frames_per_second {
        let field = DragValue::new(&mut frames)
            .range(FRAMES_PER_SECOND)
            .speed(0.25)
            .max_decimals(2)
            .suffix(" /s");
        if number(ui, field, "Frames a second").changed() {
            actions.push(Action::SetFramesPerSecond(Some(frames)));
        }
    }
}

/// The titles of both columns are equally high, whatever stands beside them.
fn title(ui: &mut Ui, title: &str, beside: impl FnOnce(&mut Ui)) {
    let size = egui::vec2(ui.available_width(), TITLE);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        ui.spacing_mut().interact_size.y = 0.0;
        widgets::section_title(ui, title);
        ui.with_layout(Layout::right_to_left(Align::Center), beside);
    });
}

fn repeat(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let mut repeat = tab.form.settings.repeat;
    let tick = ui.checkbox(&mut repeat, "Loop");
    if tick.on_hover_text("Starts again at the end, until you cancel").changed() {
        actions.push(Action::SetRepeat(repeat));
    }
}

/// A field for a number, as high as the other controls.
pub(super) fn number(ui: &mut Ui, field: DragValue<'_>, name: &str) -> egui::Response {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size = egui::vec2(NUMBER_WIDTH, height::CONTROL);
        ui.add(field.update_while_editing(false)).accessible_name(name)
    })
    .inner
}

/// Height of a column's title: that of a box to tick.
const TITLE: f32 = 18.0;
/// Width of a field for a number.
const NUMBER_WIDTH: f32 = 84.0;
