//! Draws the chunk size: a slider, a number, and what the choice means on this link.

use egui::{DragValue, Slider, Ui};

use crate::app::figures;
use crate::app::settings::CHUNKS;
use crate::app::theme::{self, Meaning, space};
use crate::app::widgets;

use super::panel_rate::number;
use super::{Action, SendTab};

/// Draws it.
pub(super) fn show(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let chosen = tab.form.settings.chunk;
    let meaning = tab.chunk_meaning();
    widgets::section_title(ui, "Chunk size");
    ui.horizontal(|ui| {
        let mut automatic = chosen.is_none();
        let choices = [(
            true,
            "Auto",
            "The largest that fits the link; 49,152 B for classic; over TCP 60,000 B, or 32,768 B live",
        )];
        if widgets::segmented(ui, &mut automatic, &choices) {
            actions.push(Action::SetChunk(None));
        }
        let used = u16::try_from(meaning.chunk).unwrap_or(*CHUNKS.end());
        let mut chunk = chosen.unwrap_or(used);
        let width = ui.available_width() - FIELD - space::CONTROL;
        let moved = slider(ui, &mut chunk, width) | field(ui, &mut chunk);
        if moved {
            actions.push(Action::SetChunk(Some(chunk)));
        }
    });
    let words = meaning.to_string();
    if meaning.fits() {
        widgets::meaning_label(ui, Meaning::Received, "✓", &words);
    } else {
        widgets::meaning_label(ui, Meaning::Recovered, "▲", &words);
    }
}

fn slider(ui: &mut Ui, chunk: &mut u16, width: f32) -> bool {
    let accent = theme::palette(ui).accent;
    ui.scope(|ui| {
        ui.spacing_mut().slider_width = width;
        ui.spacing_mut().interact_size.y = HANDLE;
        let visuals = ui.visuals_mut();
        visuals.selection.bg_fill = accent;
        visuals.widgets.inactive.fg_stroke.color = accent;
        visuals.widgets.hovered.fg_stroke.color = accent;
        visuals.widgets.active.fg_stroke.color = accent;
        let slider = Slider::new(chunk, CHUNKS).logarithmic(true).show_value(false);
        ui.add(slider).accessible_name("Chunk size").changed()
    })
    .inner
}

fn field(ui: &mut Ui, chunk: &mut u16) -> bool {
    let field = DragValue::new(chunk)
        .range(CHUNKS)
        .speed(8.0)
        .custom_formatter(|value, _| format!("{} B", figures::thousands(value as u64)))
        .custom_parser(bytes_typed);
    number(ui, field, "Chunk size in bytes").changed()
}

/// `1436`, `1,436` and `1,436 B` are all the same number.
fn bytes_typed(text: &str) -> Option<f64> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ',' | ' ' | 'B')).collect();
    digits.parse().ok()
}

/// Height of the slider's handle.
const HANDLE: f32 = 24.0;
/// Width of the field for the number.
const FIELD: f32 = 84.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_as_it_is_shown() {
        for typed in ["1436", "1,436", "1,436 B", " 1436B"] {
            assert_eq!(bytes_typed(typed), Some(1436.0), "{typed}");
        }
        assert_eq!(bytes_typed("many"), None);
    }
}
