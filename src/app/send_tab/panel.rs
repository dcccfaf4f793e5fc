//! Draws the right side: to whom, how, in which chunks, how fast; the foot has the Send button.

use egui::{Align, CentralPanel, ComboBox, Frame, Layout, Margin, Panel, ScrollArea, Ui};

use crate::app::settings::SendSettings;
use crate::app::theme::{self, height, space};
use crate::app::widgets;
use crate::flow::{Mode, Protocol, Transport};
use crate::frame::PackedYcbcr;

use super::list_view::overlay_scroll_bar;
use super::{Action, SendTab, panel_advanced, panel_chunk, panel_foot, panel_rate, panel_to};

/// Draws it.
pub(super) fn show(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let ground = Frame::new().fill(theme::palette(ui).panel);
    Panel::right("send choices").exact_size(WIDTH).resizable(false).frame(ground).show(ui, |ui| {
        let margin = Margin::same(space::GROUP as i8);
        // The button has a place of its own, so that nothing that is said above it moves it away
        // from under the pointer.
        Panel::bottom("send button")
            .frame(Frame::new().inner_margin(Margin { top: space::CONTROL as i8, ..margin }))
            .resizable(false)
            .show_separator_line(false)
            .show(ui, |ui| panel_foot::button(tab, ui, actions));
        let foot = Frame::new().inner_margin(Margin { bottom: 0, ..margin });
        Panel::bottom("send foot")
            .frame(foot)
            .resizable(false)
            .show_separator_line(false)
            .show(ui, |ui| panel_foot::show(tab, ui, actions));
        CentralPanel::no_frame().show(ui, |ui| {
            overlay_scroll_bar(ui);
            ScrollArea::vertical().id_salt("send choices").auto_shrink(false).show(ui, |ui| {
                let margin = Margin { bottom: 0, ..Margin::same(space::GROUP as i8) };
                Frame::new().inner_margin(margin).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = space::CONTROL;
                    choices(tab, ui, actions);
                });
            });
        });
    });
}

fn choices(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.add_enabled_ui(tab.session.is_none(), |ui| {
        panel_to::show(tab, ui, actions);
        ui.add_space(space::CONTROL);
        how(tab, ui, actions);
        ui.add_space(space::CONTROL);
        panel_chunk::show(tab, ui, actions);
        ui.add_space(space::CONTROL);
        panel_rate::show(tab, ui, actions);
        ui.add_space(space::TIGHT);
        panel_advanced::show(tab, ui, actions);
    });
}

fn how(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let settings = &tab.form.settings;
    let answered = settings.protocol == Protocol::Pixelwire;
    widgets::section_title(ui, "How");
    ui.horizontal(|ui| {
        let mut mode = settings.mode;
        ui.add_enabled_ui(answered, |ui| {
            if widgets::segmented(ui, &mut mode, &MODES) {
                actions.push(Action::SetMode(mode));
            }
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            protocol_menu(settings, ui, actions);
        });
    });
    widgets::dim_label(ui, explanation(settings.protocol, settings.mode));
    if settings.protocol == Protocol::Rtp {
        let mut packing = settings.packing;
        if widgets::segmented(ui, &mut packing, &PACKINGS) {
            actions.push(Action::SetPacking(packing));
        }
    }
}

fn protocol_menu(settings: &SendSettings, ui: &mut Ui, actions: &mut Vec<Action>) {
    let protocol = settings.protocol;
    ui.spacing_mut().interact_size.y = height::CONTROL;
    let menu = ComboBox::from_id_salt("protocol")
        .width(PROTOCOL_WIDTH)
        .selected_text(protocol_name(protocol, settings.transport))
        .show_ui(ui, |ui| {
            ui.spacing_mut().interact_size.y = height::TOOL;
            for choice in [Protocol::Pixelwire, Protocol::Classic, Protocol::Rtp] {
                let name = protocol_name(choice, settings.transport);
                let label = ui.selectable_label(choice == protocol, name);
                if label.on_hover_text(explanation(choice, Mode::Deliver)).clicked() {
                    actions.push(Action::SetProtocol(choice));
                }
            }
        });
    menu.response.accessible_name("Protocol");
}

fn protocol_name(protocol: Protocol, transport: Transport) -> &'static str {
    match (protocol, transport) {
        (Protocol::Pixelwire, Transport::Udp) => "Pixelwire · UDP",
        (Protocol::Pixelwire, Transport::Tcp) => "Pixelwire · TCP",
        (Protocol::Classic, _) => "Classic · UDP",
        (Protocol::Rtp, _) => "RTP · UDP",
    }
}

fn explanation(protocol: Protocol, mode: Mode) -> &'static str {
    match (protocol, mode) {
        (Protocol::Classic, _) => {
            "For short OpenCV scripts, which never answer: each frame is sent once, and a lost \
             packet stays lost. So there is no choice of mode."
        }
        (Protocol::Rtp, _) => {
            "For GStreamer, ffmpeg and studio tools, which never answer: each frame is sent once, \
             and a lost packet stays lost. They have to be told size and format."
        }
        (Protocol::Pixelwire, Mode::Deliver) => "Every image arrives whole and verified",
        (Protocol::Pixelwire, Mode::Live) => "The newest image at once; what is late is skipped",
    }
}

const MODES: [(Mode, &str, &str); 2] = [
    (Mode::Deliver, "Deliver", "For images that must arrive, each of them exactly"),
    (Mode::Live, "Live", "For streams that are watched: what is late is not waited for"),
];
const PACKINGS: [(Option<PackedYcbcr>, &str, &str); 4] = [
    (None, "RGB", "The pixels as they are; grey is sent as colour"),
    (
        Some(PackedYcbcr::Ycbcr422In8),
        "4:2:2",
        "UYVY: two pixels share their colour, two thirds of the bytes",
    ),
    (
        Some(PackedYcbcr::Ycbcr422In10),
        "10 bit",
        "4:2:2 in 10 bits, as studio tools (ST 2110-20) have it",
    ),
    (Some(PackedYcbcr::Ycbcr420In8), "4:2:0", "Four pixels share their colour, half of the bytes"),
];
/// Width of the whole panel, margins included.
const WIDTH: f32 = 360.0;
const PROTOCOL_WIDTH: f32 = 146.0;
