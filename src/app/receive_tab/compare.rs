//! Comparing two frames: one is marked as A, the one that is shown is B.

use std::sync::Arc;

use egui::{Align, Layout, Panel, Ui};

use crate::app::command::Command;
use crate::app::figures;
use crate::app::present::{Against, Compared, Figures, Side};
use crate::app::theme::{self, space};
use crate::app::widgets;
use crate::net::ReceivedFrame;

/// The comparison, while there is one.
#[derive(Default)]
pub(super) struct Comparison {
    against: Option<Against>,
    /// How much differences are amplified, also while they are not looked at.
    gain: Gain,
    outcome: Option<Compared>,
}

#[derive(Clone, Copy)]
struct Gain(u16);

impl Default for Gain {
    fn default() -> Self {
        Self(GAINS[1].0)
    }
}

impl Comparison {
    /// What the picture is compared with.
    pub(super) const fn against(&self) -> Option<&Against> {
        self.against.as_ref()
    }

    /// Marks a frame as A.
    pub(super) fn mark(&mut self, frame: &Arc<ReceivedFrame>) {
        self.against = Some(Against { a: Arc::clone(frame), side: Side::B });
        self.outcome = None;
    }

    /// No longer compares.
    pub(super) fn end(&mut self) {
        self.against = None;
        self.outcome = None;
    }

    /// Looks at this side.
    pub(super) const fn look_at(&mut self, side: Side) {
        if let Side::Difference(gain) = side {
            self.gain = Gain(gain);
        }
        if let Some(against) = &mut self.against {
            against.side = side;
        }
    }

    /// From A to B, and from anything else to A.
    pub(super) const fn flip(&mut self) {
        let side = match &self.against {
            Some(Against { side: Side::A, .. }) => Side::B,
            _ => Side::A,
        };
        self.look_at(side);
    }

    /// From anything else to the difference, and back to B.
    pub(super) const fn toggle_difference(&mut self) {
        let side = match &self.against {
            Some(Against { side: Side::Difference(_), .. }) => Side::B,
            _ => Side::Difference(self.gain.0),
        };
        self.look_at(side);
    }

    /// Takes what came of it.
    pub(super) fn take(&mut self, outcome: Option<Compared>) {
        if self.against.is_some() {
            self.outcome = outcome;
        }
    }

    /// Draws the line between the picture and the strip, while there is something to compare.
    pub(super) fn ui(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let Some(against) = &self.against else { return };
        let frame = widgets::side_panel(ui).inner_margin(egui::Margin::symmetric(16, 4));
        Panel::bottom("compare").frame(frame).exact_size(HEIGHT).show(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let end = Command::EndComparison;
                if widgets::quiet_icon_button(ui, "✕", end.explanation()).clicked() {
                    commands.push(end);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = space::TIGHT;
                    self.choices(ui, against, commands);
                    ui.add_space(space::TIGHT);
                    self.words(ui, against);
                });
            });
        });
    }

    fn choices(&self, ui: &mut Ui, against: &Against, commands: &mut Vec<Command>) {
        let difference = Side::Difference(self.gain.0);
        for (side, label) in [(Side::A, "A"), (Side::B, "B"), (difference, "Difference")] {
            let hover = match side {
                Side::A => format!("The marked frame, {}", name(&against.a)),
                Side::B => "The frame of now".to_owned(),
                Side::Difference(_) => Command::ToggleDifference.hover_text(ui),
            };
            choice(ui, against.side == side, label, &hover, || {
                commands.push(Command::LookAt(side));
            });
        }
        if let Side::Difference(gain) = against.side {
            ui.add_space(space::TIGHT);
            for (step, label, hover) in GAINS {
                choice(ui, gain == step, label, hover, || {
                    commands.push(Command::LookAt(Side::Difference(step)));
                });
            }
        }
    }

    fn words(&self, ui: &mut Ui, against: &Against) {
        let mut parts = match &self.outcome {
            None => Vec::new(),
            Some(Err(words)) => vec![words.clone()],
            Some(Ok(figures)) => words_for(figures),
        };
        parts.push(format!("A is {}", name(&against.a).to_lowercase()));
        widgets::fitting_label(ui, &parts);
    }
}

fn choice(ui: &mut Ui, selected: bool, label: &str, hover: &str, mut chosen: impl FnMut()) {
    let button = egui::Button::selectable(selected, label)
        .frame_when_inactive(true)
        .min_size(egui::vec2(theme::height::TOOL, theme::height::TOOL));
    if ui.add(button).on_hover_text(hover).clicked() {
        chosen();
    }
}

fn words_for(figures: &Figures) -> Vec<String> {
    if figures.differing == 0 {
        return vec!["No pixel differs".to_owned()];
    }
    let share = figures::percent(figures.differing as f64 / figures.pixels as f64);
    let differing = figures::thousands(figures.differing);
    let (pixels, verb) =
        if figures.differing == 1 { ("pixel", "differs") } else { ("pixels", "differ") };
    let most = format!("by at most {}", value(figures.largest));
    vec![format!("{differing} {pixels} ({share}) {verb}"), most]
}

/// A whole number where it is one.
fn value(value: f64) -> String {
    if value.fract() == 0.0 && value < 1e15 {
        figures::thousands(value as u64)
    } else {
        format!("{value:.4}")
    }
}

fn name(frame: &ReceivedFrame) -> String {
    let number = figures::thousands(frame.frame_id);
    frame
        .name
        .as_ref()
        .map_or_else(|| format!("Frame {number}"), |name| format!("Frame {number}, {name}"))
}

const HEIGHT: f32 = 40.0;

/// By how much differences can be multiplied.
const GAINS: [(u16, &str, &str); 4] = [
    (1, "×1", "Differences as they are"),
    (4, "×4", "Differences four times as bright"),
    (16, "×16", "Differences sixteen times as bright"),
    (64, "×64", "Differences of one level are seen"),
];

#[cfg(test)]
mod tests {
    use super::super::film::tests::received;
    use super::*;

    fn side(comparison: &Comparison) -> Side {
        comparison.against().expect("marked").side
    }

    #[test]
    fn one_flips_between_a_and_b_and_the_gain_stays() {
        let mut comparison = Comparison::default();
        comparison.flip();
        assert!(comparison.against().is_none(), "nothing is marked");
        comparison.mark(&received(1, 1, 2, 2));
        assert_eq!(side(&comparison), Side::B);
        comparison.flip();
        assert_eq!(side(&comparison), Side::A);
        comparison.flip();
        assert_eq!(side(&comparison), Side::B);
        comparison.look_at(Side::Difference(16));
        comparison.toggle_difference();
        assert_eq!(side(&comparison), Side::B);
        comparison.toggle_difference();
        assert_eq!(side(&comparison), Side::Difference(16));
    }

    #[test]
    fn figures_are_put_into_words() {
        let words = |differing, largest| words_for(&Figures { differing, pixels: 1_000, largest });
        assert_eq!(words(0, 0.0), ["No pixel differs"]);
        assert_eq!(words(1, 3.0), ["1 pixel (0.10 %) differs", "by at most 3"]);
        assert_eq!(words(250, 0.5), ["250 pixels (25.0 %) differ", "by at most 0.5000"]);
    }
}
