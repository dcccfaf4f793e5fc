//! Draws to whom: the address, who was found, and whom it was sent to before.

use egui::{Response, Ui};

use crate::app::theme::{Meaning, space};
use crate::app::widgets;

use super::form::TargetProblem;
use super::{Action, SendTab, panel_connection};

/// Draws it.
pub(super) fn show(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    widgets::section_title(ui, "To");
    address(tab, ui, actions);
    let target = tab.form.target();
    if let Err(TargetProblem::Wrong(why)) = &target {
        widgets::meaning_label(ui, Meaning::Lost, "✕", why);
    }
    panel_connection::show(tab, ui, actions);
    if tab.neighbours.is_anybody_there() {
        let chosen = target.as_ref().ok().map(ToString::to_string);
        tab.neighbours.ui(ui, chosen.as_deref(), actions);
    } else if target == Err(TargetProblem::Missing) {
        let (hint, why) = tab.neighbours.hint();
        widgets::dim_label(ui, hint).on_hover_text(why);
    }
    recent(tab, ui, actions);
}

fn address(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let mut host = tab.form.settings.host.clone();
        let beside = PORT_WIDTH + TEST_WIDTH + 2.0 * space::CONTROL;
        let width = ui.available_width() - beside;
        let field = widgets::text_field_with_hint(ui, &mut host, "Host", HOST_HINT, width);
        if field.changed() {
            actions.push(Action::SetHost(host));
        } else if field.lost_focus() {
            actions.push(Action::CommitHost);
        }
        let mut port = tab.form.port.clone();
        if widgets::text_field(ui, &mut port, "Port", PORT_WIDTH).changed() {
            actions.push(Action::SetPort(port));
        }
        if test_button(tab, ui).clicked() {
            actions.push(Action::TestConnection);
        }
    });
}

fn test_button(tab: &SendTab, ui: &mut Ui) -> Response {
    let possible = tab.form.target().is_ok() && !tab.test.is_running();
    ui.add_enabled_ui(possible, |ui| {
        let button = widgets::fixed_button(ui, "Test", TEST_WIDTH);
        button.accessible_name("Test connection").on_hover_text(
            "Asks whether somebody listens there, how far away it is, and what the link carries; \
             nothing is shown on the other PC",
        )
    })
    .inner
}

/// The newest targets that were not found in the network anyway; the others in a menu.
fn recent(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let recent: Vec<&String> = tab
        .form
        .settings
        .recent
        .iter()
        .filter(|target| !tab.neighbours.knows(target.as_str()))
        .collect();
    if recent.is_empty() {
        return;
    }
    let (shown, hidden) = recent.split_at(recent.len().min(MOST_CHIPS));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(space::TIGHT);
        ui.spacing_mut().button_padding.x = space::CONTROL;
        for target in shown {
            let chip = widgets::chip(ui, shortened(target)).on_hover_text(*target);
            if chip.clicked() {
                actions.push(Action::UseTarget((*target).clone()));
            }
        }
        if !hidden.is_empty() {
            earlier(hidden, ui, actions);
        }
    });
}

fn earlier(targets: &[&String], ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.spacing_mut().interact_size.y = crate::app::theme::height::CHIP;
    let menu = ui.menu_button("…", |ui| {
        for target in targets {
            if ui.button(target.as_str()).clicked() {
                actions.push(Action::UseTarget((*target).clone()));
            }
        }
    });
    menu.response.accessible_name("Earlier targets").on_hover_text("Earlier targets");
}

/// A name of any length, so that it fits a chip.
fn shortened(target: &str) -> String {
    let letters: Vec<char> = target.chars().collect();
    if letters.len() <= CHIP_LETTERS {
        return target.to_owned();
    }
    let (head, tail) = (CHIP_LETTERS * 2 / 3, CHIP_LETTERS / 3 - 1);
    let tail = &letters[letters.len() - tail..];
    letters[..head].iter().chain(['…'].iter()).chain(tail).collect()
}

const HOST_HINT: &str = "192.168.1.20";
const PORT_WIDTH: f32 = 68.0;
const TEST_WIDTH: f32 = 56.0;
/// Recent targets that are seen at once.
const MOST_CHIPS: usize = 3;
const CHIP_LETTERS: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_their_middle_and_keep_their_port() {
        assert_eq!(shortened("lab-viewer:4321"), "lab-viewer:4321");
        let short = shortened("camera-12.assembly.hall-3.factory.example.org:4321");
        assert_eq!(short.chars().count(), CHIP_LETTERS);
        assert!(short.starts_with("camera-12.") && short.ends_with(":4321"), "{short}");
    }
}
