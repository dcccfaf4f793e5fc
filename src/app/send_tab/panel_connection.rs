//! Draws what the test of the connection found.

use egui::{Align, Layout, Spinner, Ui};

use crate::app::theme::{Meaning, space};
use crate::app::widgets;
use crate::flow::Transport;

use super::preflight::Situation;
use super::{Action, SendTab, connection};

/// Draws it, while there is anything.
pub(super) fn show(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    if tab.test.is_running() {
        ui.horizontal(|ui| {
            ui.add(Spinner::new().size(SPINNER));
            widgets::dim_label(ui, "Asking…");
        });
        return;
    }
    let Some(result) = tab.test.result() else {
        return;
    };
    let verdict = connection::verdict(result, tab.form.settings.protocol);
    widgets::note(ui).inner_margin(space::CONTROL).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = space::TIGHT;
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            if widgets::quiet_icon_button(ui, "✕", "Put the test's result away").clicked() {
                actions.push(Action::DismissTest);
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                let sign = match verdict.meaning {
                    Meaning::Received => "✓",
                    Meaning::Recovered | Meaning::Late => "▲",
                    Meaning::Lost => "✕",
                };
                widgets::meaning_label(ui, verdict.meaning, sign, &verdict.text);
                details(tab, ui);
                if verdict.meaning != Meaning::Received
                    && tab.form.settings.transport() == Transport::Tcp
                {
                    widgets::dim_label(ui, "The test asks over UDP: over TCP it may work");
                }
            });
        });
    });
}

fn details(tab: &SendTab, ui: &mut Ui) {
    let Some(reach) = tab.test.reach() else {
        return;
    };
    for line in connection::details(reach, tab.link(), &Situation::of(tab).frame()) {
        widgets::dim_label(ui, crate::app::theme::small(line));
    }
}

const SPINNER: f32 = 14.0;
