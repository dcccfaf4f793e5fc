//! The size of classic frames, whose protocol does not say it: typed, or chosen from what fits.

use egui::Ui;

use crate::app::command::Command;
use crate::app::theme::{Meaning, space};
use crate::app::widgets;
use crate::flow::Geometry;

/// What was typed.
#[derive(Default)]
pub(super) struct ClassicSize {
    text: String,
    problem: Option<String>,
}

impl ClassicSize {
    /// As it was left the last time.
    pub(super) fn new(text: String) -> Self {
        Self { text, problem: None }
    }

    /// What was typed, as it was typed.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What was typed, when it is a size.
    pub(super) fn geometry(&self) -> Option<Geometry> {
        self.text.parse().ok()
    }

    /// Shows a geometry as if it had been typed.
    pub(super) fn set(&mut self, geometry: Option<Geometry>) {
        self.text = geometry.map(|geometry| geometry.to_string()).unwrap_or_default();
        self.problem = None;
    }

    /// The field and what fits.
    pub(super) fn ui(&mut self, ui: &mut Ui, choices: &[Geometry], commands: &mut Vec<Command>) {
        widgets::section_title(ui, "Size of classic frames")
            .on_hover_text("Classic packets do not say it: type it, or choose what looks right");
        ui.horizontal(|ui| {
            let name = "Size of classic frames";
            let field = widgets::text_field_with_hint(ui, &mut self.text, name, "720x570x3", FIELD);
            if field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
                self.enter(commands);
            }
            if widgets::button(ui, "Use")
                .on_hover_text("Width, height and channels: 1 grey, 3 BGR, 4 BGRA; empty to guess")
                .clicked()
            {
                self.enter(commands);
            }
        });
        if let Some(problem) = &self.problem {
            widgets::meaning_label(ui, Meaning::Lost, "✕", problem);
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::Vec2::splat(space::TIGHT);
            for &choice in choices.iter().take(MOST_CHOICES) {
                if widgets::chip(ui, choice.to_string()).clicked() {
                    commands.push(Command::SetGeometry(Some(choice)));
                }
            }
        });
    }

    fn enter(&mut self, commands: &mut Vec<Command>) {
        if self.text.trim().is_empty() {
            self.problem = None;
            commands.push(Command::SetGeometry(None));
            return;
        }
        match self.text.parse() {
            Ok(geometry) => commands.push(Command::SetGeometry(Some(geometry))),
            Err(problem) => self.problem = Some(problem),
        }
    }
}

const FIELD: f32 = 180.0;
const MOST_CHOICES: usize = 8;
