//! Draws what the job will take, how far it is, and the Send button.

use egui::{Align, Layout, RichText, ScrollArea, Ui};

use crate::app::figures;
use crate::app::theme::{self, Meaning, space};
use crate::app::widgets;
use crate::net::{SendPhase, SendStatus};

use super::estimate::{self, Pace, Totals, time_left};
use super::preflight::{Situation, Warning};
use super::session::Session;
use super::{Action, Remark, SendTab, words};

/// Draws the card that says what the next job, or the running one, takes, and what may go wrong.
fn summary(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let totals = match &tab.session {
        Some(session) => session.totals,
        None => tab.list.totals(&tab.list.due()),
    };
    let warnings = match tab.session {
        Some(_) => Vec::new(),
        None => Situation::of(tab).warnings(),
    };
    if totals == Totals::default() && warnings.is_empty() {
        return;
    }
    let settings = &tab.form.settings;
    let pace = Pace {
        protocol: settings.protocol,
        rate: settings.rate,
        frames_per_second: settings.frames_per_second,
        repeat: settings.repeat,
        compression: tab.form.compression(),
        packing: tab.form.packing(),
    };
    let (meaning, link) = (tab.chunk_meaning(), tab.link());
    widgets::note(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = space::TIGHT;
        if totals.frames > 0 || totals.endless {
            ui.label(theme::strong(estimate::summary(totals, pace, meaning, link)));
        }
        match totals.unread {
            0 => {}
            1 => drop(widgets::dim_label(ui, "1 entry is not read yet")),
            more => drop(widgets::dim_label(ui, format!("{more} entries are not read yet"))),
        }
        if totals != Totals::default() {
            widgets::dim_label(ui, link_words(tab));
        }
        // The panel is as high as what it held before, which is no measure for what it holds now.
        let scroll = ScrollArea::vertical().id_salt("warnings").max_height(WARNINGS);
        scroll.min_scrolled_height(WARNINGS).show(ui, |ui| {
            for warning in &warnings {
                warn(warning, ui, actions);
            }
        });
    });
}

/// A warning, and the button that mends it.
fn warn(warning: &Warning, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.x = space::CONTROL;
        widgets::meaning_label(ui, Meaning::Recovered, "▲", &warning.text);
        if let Some((label, action)) = &warning.mend
            && widgets::chip(ui, label.as_str()).clicked()
        {
            actions.push(action.clone());
        }
    });
}

/// Draws what the job takes, the remark about the newest one, and the progress of the running one or what keeps the
/// next one from beginning.
pub(super) fn show(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = space::CONTROL;
    summary(tab, ui, actions);
    if let Some(remark) = &tab.outcome {
        banner(ui, remark);
    }
    if let Some(session) = &tab.session {
        ui.scope(|ui| progress(session, ui));
    } else if let Some(why) = tab.obstacle() {
        widgets::dim_label(ui, why);
    }
}

/// Draws the button that begins or ends a job.
pub(super) fn button(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let width = ui.available_width();
    if tab.session.is_some() {
        if widgets::large_button(ui, "Cancel", width).clicked() {
            actions.push(Action::Cancel);
        }
        return;
    }
    ui.add_enabled_ui(tab.obstacle().is_none(), |ui| {
        if widgets::primary_button(ui, "Send", width).clicked() {
            actions.push(Action::Send);
        }
    });
}

fn banner(ui: &mut Ui, remark: &Remark) {
    let sign = match remark.meaning {
        Meaning::Received => "✓",
        Meaning::Recovered | Meaning::Late => "▲",
        Meaning::Lost => "✕",
    };
    widgets::note(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        widgets::meaning_label(ui, remark.meaning, sign, &remark.text);
    });
}

fn progress(session: &Session, ui: &mut Ui) {
    ui.spacing_mut().item_spacing.y = space::TIGHT;
    ui.spacing_mut().interact_size.y = 0.0;
    let status = session.status().unwrap_or_default();
    let status = status.as_ref();
    let (left, right) = account(session, status);
    line(ui, RichText::new(left), &right);
    let rate = figures::megabits(status.throughput_mbps);
    let rate = if status.phase == SendPhase::Sending { rate } else { String::new() };
    let total = session.bytes_in_all();
    let rest = total.and_then(|total| time_left(total, status));
    let rest = rest.map_or_else(String::new, |rest| format!("{} left", figures::duration(rest)));
    line(ui, RichText::new(rate), &rest);
    if let Some(fraction) = fraction(session, status) {
        widgets::progress_bar(ui, fraction, ui.available_width());
    }
    ui.add_space(space::TIGHT);
}

/// What was done at the left, what was lost at the right.
fn account(session: &Session, status: &SendStatus) -> (String, String) {
    if session.status().is_none() {
        return ("Opening images…".to_owned(), String::new());
    }
    if status.phase == SendPhase::Connecting {
        let asked = match session.addressee() {
            one if session.has_one_target() => format!("Asking {one} whether it listens…"),
            several => format!("Asking {several} whether they listen…"),
        };
        return (asked, String::new());
    }
    let bytes = figures::bytes(status.bytes_sent);
    let of = session.bytes_in_all();
    let of = of.map_or_else(String::new, |total| format!(" of {}", figures::bytes(total)));
    let left = format!("{} · {bytes}{of}", words::frames(status));
    let resent = format!("resent {}", figures::thousands(status.packets_resent));
    if status.packets_resent == 0 {
        return (left, resent);
    }
    let share = status.packets_resent as f64 / status.packets_sent.max(1) as f64;
    (left, format!("{resent} · {}", figures::percent(share)))
}

/// How much is done, where there is an end.
fn fraction(session: &Session, status: &SendStatus) -> Option<f32> {
    let whole = session.bytes_in_all().filter(|bytes| *bytes > 0);
    match (whole, status.frames_total) {
        (Some(total), _) => Some((status.bytes_sent as f64 / total as f64) as f32),
        (None, Some(frames)) if frames > 0 => Some(status.frames_sent as f32 / frames as f32),
        _ => None,
    }
}

fn line(ui: &mut Ui, left: RichText, right: &str) {
    ui.horizontal(|ui| {
        ui.label(left);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| widgets::dim_label(ui, right));
    });
}

/// What is known of the way to the target: `1 Gb/s link · round trip 0.4 ms`.
fn link_words(tab: &SendTab) -> String {
    let link = tab.link();
    let mut parts = Vec::new();
    match link.mbps {
        _ if link.loopback => parts.push("To this PC itself".to_owned()),
        Some(mbps) => parts.push(format!("{} link", estimate::speed(mbps as f64))),
        None => parts.push(format!("MTU {}, link speed unknown", link.mtu)),
    }
    if let Some(connection) = tab.session.as_ref().and_then(|session| session.connection) {
        let chunk = figures::thousands(connection.chunk as u64);
        parts.push(format!("chunks of {chunk} B"));
        if let Some(round_trip) = connection.round_trip {
            let micros = figures::micros(round_trip.as_micros() as u64);
            parts.push(format!("round trip {micros}"));
        }
    }
    parts.join(" · ")
}

/// Height of the warnings that are seen without scrolling.
const WARNINGS: f32 = 132.0;
