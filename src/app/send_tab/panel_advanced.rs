//! Draws what few people need: smaller frames for slow links, the interface to send from, the
//! transport, parity against loss, and a bad network in front of the sender, to see what one does.

use std::net::IpAddr;

use egui::{CollapsingHeader, ComboBox, Ui};

use crate::app::figures;
use crate::app::theme::{Meaning, height, space};
use crate::app::widgets;
use crate::flow::{Fec, Protocol, Transport};
use crate::frame::codec::Compression;
use crate::net::Interface;

use super::{Action, SendTab, panel_codec};

/// Draws it, folded away until it is wanted.
pub(super) fn show(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let udp = tab.form.settings.transport() == Transport::Udp;
    let title = if udp && tab.form.impairment().is_ok_and(|bench| bench.is_some()) {
        "Advanced: a bad network is on"
    } else if tab.form.compression() != Compression::Raw {
        "Advanced: frames are compressed"
    } else {
        "Advanced"
    };
    CollapsingHeader::new(title).id_salt("advanced").show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::CONTROL;
        panel_codec::show(tab, ui, actions);
        ui.add_space(space::TIGHT);
        interface(tab, ui, actions);
        ui.add_space(space::TIGHT);
        transport(tab, ui, actions);
        ui.add_space(space::TIGHT);
        parity(tab, ui, actions);
        ui.add_space(space::TIGHT);
        let udp = tab.form.settings.transport() == Transport::Udp;
        ui.add_enabled_ui(udp, |ui| bad_network(tab, ui, actions));
    });
}

fn interface(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    widgets::section_title(ui, "Send from");
    let source = tab.form.settings.source;
    let known = |address| tab.links.interfaces().iter().find(|one| one.address == address);
    let chosen = match source {
        None => AUTOMATIC.to_owned(),
        Some(address) => {
            known(address).map_or_else(|| format!("{address} (not there now)"), described)
        }
    };
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = height::CONTROL;
        let width = ui.available_width() - 2.0 * space::CONTROL;
        let menu = ComboBox::from_id_salt("source").width(width).truncate().selected_text(chosen);
        let menu = menu.show_ui(ui, |ui| {
            ui.spacing_mut().interact_size.y = height::TOOL;
            let mut choice = |choice: Option<IpAddr>, label: String| {
                if ui.selectable_label(choice == source, label).clicked() {
                    actions.push(Action::SetSource(choice));
                }
            };
            choice(None, AUTOMATIC.to_owned());
            for interface in tab.links.interfaces() {
                choice(Some(interface.address), described(interface));
            }
        });
        menu.response.accessible_name("Interface to send from");
    });
}

/// `eth0 · 192.168.1.34 · 1 Gb/s · MTU 1500`
fn described(interface: &Interface) -> String {
    let mut parts = vec![interface.name.clone(), interface.address.to_string()];
    parts.extend(interface.link_mbps.map(figures::link_speed));
    parts.extend(interface.mtu.map(|mtu| format!("MTU {mtu}")));
    parts.join(" · ")
}

fn transport(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let settings = &tab.form.settings;
    widgets::section_title(ui, "Connection");
    ui.add_enabled_ui(settings.protocol == Protocol::Pixelwire, |ui| {
        let mut transport = settings.transport();
        if widgets::segmented(ui, &mut transport, &TRANSPORTS) {
            actions.push(Action::SetTransport(transport));
        }
    });
    widgets::dim_label(
        ui,
        "TCP goes through tunnels, and where UDP is not let through or much of it is lost.",
    );
}

fn parity(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let settings = &tab.form.settings;
    widgets::section_title(ui, "Parity against loss");
    let udp = settings.transport() == Transport::Udp;
    ui.add_enabled_ui(udp && settings.protocol == Protocol::Pixelwire, |ui| {
        let mut fec = settings.fec;
        if widgets::segmented(ui, &mut fec, &PARITY) {
            actions.push(Action::SetFec(fec));
        }
    });
    widgets::dim_label(
        ui,
        "Spare packets restore lost ones without asking: for live streams over lossy links.",
    );
}

fn bad_network(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    widgets::section_title(ui, "Bad network in front of this PC");
    let mut text = tab.form.bench.clone();
    let width = ui.available_width();
    if widgets::text_field_with_hint(ui, &mut text, "Bad network", HINT, width).changed() {
        actions.push(Action::SetBench(text));
    }
    match tab.form.impairment() {
        Err(why) => widgets::meaning_label(ui, Meaning::Lost, "✕", &why),
        Ok(_) => widgets::dim_label(
            ui,
            "Drops, delays and repeats packets before they leave. Not remembered.",
        ),
    };
    ui.horizontal(|ui| {
        for (name, impairment) in PRESETS {
            if widgets::chip(ui, name).on_hover_text(impairment).clicked() {
                actions.push(Action::SetBench(impairment.to_owned()));
            }
        }
        if !tab.form.bench.is_empty() && widgets::chip(ui, "None").clicked() {
            actions.push(Action::SetBench(String::new()));
        }
    });
}

const AUTOMATIC: &str = "Automatic, as this PC's routes have it";

const TRANSPORTS: [(Transport, &str, &str); 2] = [
    (
        Transport::Udp,
        "UDP",
        "Each packet by itself: the fastest way, and every loss is seen and counted",
    ),
    (
        Transport::Tcp,
        "TCP",
        "For SSH tunnels, firewalls that let no UDP through, and Wi-Fi that loses much. Nothing is \
         lost on the way, only late, so chunk size, rate and parity mean little",
    ),
];

const PARITY: [(Fec, &str, &str); 4] = [
    (Fec::Off, "Off", "Lost packets are asked for again, as far as time allows"),
    (Fec::Auto, "Auto", "As much parity as the losses of the last seconds suggest"),
    (Fec::Share(0.05), "5 %", "Any 5 % of a frame's packets may be lost"),
    (Fec::Share(0.2), "20 %", "Any 20 % of a frame's packets may be lost"),
];

const HINT: &str = "loss=5%,burst=20,delay=5ms";

const PRESETS: [(&str, &str); 3] = [
    ("Weak Wi-Fi", "loss=2%,burst=4,reorder=1%,delay=4ms"),
    ("Bursts", "loss=5%,burst=30"),
    ("Very bad", "loss=25%,reorder=2%,duplicate=1%,delay=10ms"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::impair::Impairment;

    #[test]
    fn every_preset_can_be_read() {
        for (name, impairment) in PRESETS.into_iter().chain([("hint", HINT)]) {
            assert!(impairment.parse::<Impairment>().is_ok(), "{name}");
        }
    }
}
