//! What is shown before a picture: the empty state teaches the next step.

use std::net::{IpAddr, SocketAddr};

use egui::{Align, Layout, RichText, Ui, vec2};

use super::address;
use crate::app::command::{Command, Topic};
use crate::app::figures;
use crate::app::theme::{self, Meaning, space};
use crate::app::widgets;
use crate::net::Interface;

/// This PC, as others see it.
pub(super) struct ThisPc {
    pub name: String,
    pub interfaces: Vec<Interface>,
}

/// Where this PC listens.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub bound: SocketAddr,
    /// Why nobody can send over TCP, if so.
    pub tcp_trouble: Option<&'a str>,
}

/// Before listening: what it does, and the button that begins.
pub(super) fn idle(ui: &mut Ui, problem: Option<&str>, commands: &mut Vec<Command>) {
    centered(ui, IDLE_HEIGHT, |ui| {
        ui.label(theme::lead("Show what another PC sends"));
        ui.add_space(space::TIGHT);
        let text = "Listen on this PC, then send a picture from the other one. \
                    It appears here, pixel for pixel, with every lost packet counted.";
        ui.scope(|ui| {
            ui.set_max_width(TEXT_WIDTH);
            widgets::dim_label(ui, text);
        });
        ui.add_space(space::GROUP);
        let hover = Command::ToggleListening.hover_text(ui);
        if widgets::primary_button(ui, "Listen", LISTEN_WIDTH).on_hover_text(hover).clicked() {
            commands.push(Command::ToggleListening);
        }
        ui.add_space(space::GROUP);
        if let Some(problem) = problem {
            widgets::meaning_label(ui, Meaning::Lost, "✕", problem);
        }
    });
}

/// While listening: the address to type on the other PC, and help.
pub(super) fn waiting(ui: &mut Ui, place: Place<'_>, pc: &ThisPc, commands: &mut Vec<Command>) {
    let Place { bound, tcp_trouble } = place;
    let addresses = address::reachable(bound.ip(), &pc.interfaces);
    let best = addresses.first().map_or_else(|| bound.ip(), |interface| interface.address);
    centered(ui, WAITING_HEIGHT, |ui| {
        ui.label(theme::lead("On the other PC, send to").color(theme::palette(ui).dim));
        ui.add_space(space::CONTROL);
        ui.label(theme::big(best.to_string()));
        ui.add_space(space::CONTROL);
        name_line(ui, bound.port(), &pc.name);
        ui.add_space(space::GROUP);
        buttons(ui, best, bound.port(), &addresses, commands);
        ui.add_space(2.0 * space::GROUP);
        help(ui, &pc.name, commands);
        if let Some(trouble) = tcp_trouble {
            ui.add_space(space::GROUP);
            widgets::meaning_label(ui, Meaning::Recovered, "▲", &figures::sentence(trouble));
        }
    });
}

/// While listening: something arrives of which nobody knows what it is; `contents` ask.
pub(super) fn unknown_stream(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    centered(ui, UNKNOWN_HEIGHT, |ui| {
        ui.label(theme::lead("Packets arrive that do not say what they hold"));
        ui.add_space(space::GROUP);
        widgets::card(ui).show(ui, |ui| {
            ui.set_width(TEXT_WIDTH);
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = space::CONTROL;
                contents(ui);
            });
        });
    });
}

fn name_line(ui: &mut Ui, port: u16, name: &str) {
    let palette = theme::palette(ui);
    let mut line = egui::text::LayoutJob::default();
    let start = RichText::new(format!("port {port} · this PC is called ")).color(palette.dim);
    let style = ui.style().clone();
    start.append_to(&mut line, &style, egui::FontSelection::Default, Align::Center);
    let name = theme::strong(name).color(palette.text);
    name.append_to(&mut line, &style, egui::FontSelection::Default, Align::Center);
    ui.label(line);
}

fn buttons(
    ui: &mut Ui,
    best: IpAddr,
    port: u16,
    addresses: &[&Interface],
    commands: &mut Vec<Command>,
) {
    let width = COPY_WIDTH + space::CONTROL + OTHERS_WIDTH;
    let alone = addresses.len() < 2;
    let width = if alone { COPY_WIDTH } else { width };
    ui.allocate_ui_with_layout(
        vec2(width, theme::height::CONTROL),
        Layout::left_to_right(Align::Center),
        |ui| {
            let copy = widgets::fixed_button(ui, "Copy address", COPY_WIDTH);
            if copy.on_hover_text("Put the address and port into the clipboard").clicked() {
                commands.push(copy_address(best, port));
            }
            if !alone {
                others_menu(ui, port, addresses, commands);
            }
        },
    );
}

fn others_menu(ui: &mut Ui, port: u16, addresses: &[&Interface], commands: &mut Vec<Command>) {
    let button =
        egui::Button::new("Other addresses ▾").min_size(vec2(OTHERS_WIDTH, theme::height::CONTROL));
    egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        for interface in addresses {
            let button =
                egui::Button::new(interface.address.to_string()).shortcut_text(describe(interface));
            if ui.add(button).on_hover_text("Copy this address").clicked() {
                commands.push(copy_address(interface.address, port));
            }
        }
    });
}

fn copy_address(address: IpAddr, port: u16) -> Command {
    Command::CopyText(SocketAddr::new(address, port).to_string())
}

/// The interface in a few words: `eth0, 1,000 Mb/s`.
fn describe(interface: &Interface) -> String {
    match interface.link_mbps {
        _ if interface.loopback => "this PC only".to_owned(),
        Some(speed) => format!("{}, {}", interface.name, figures::link_speed(speed)),
        None => interface.name.clone(),
    }
}

fn help(ui: &mut Ui, name: &str, commands: &mut Vec<Command>) {
    widgets::card(ui).show(ui, |ui| {
        ui.set_width(CARD_WIDTH);
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.spacing_mut().item_spacing = vec2(0.0, space::TIGHT);
            ui.label(theme::strong("Listening. Nothing has arrived yet."));
            ui.horizontal_wrapped(|ui| {
                let from =
                    format!("From Pixelwire, type the address, or {name}, in the Send tab. ");
                widgets::dim_label(ui, from + "From Python, ten lines are enough: ");
                link(ui, "show the recipe", Topic::Python, commands);
                widgets::dim_label(ui, ". If nothing arrives, ");
                link(ui, "check the firewall", Topic::Firewall, commands);
                widgets::dim_label(ui, ".");
            });
        });
    });
}

fn link(ui: &mut Ui, text: &str, topic: Topic, commands: &mut Vec<Command>) {
    let command = Command::Explain(topic);
    if ui.link(text).on_hover_text(command.explanation()).clicked() {
        commands.push(command);
    }
}

/// Puts contents of about `height` into the middle of the space that is left.
fn centered(ui: &mut Ui, height: f32, contents: impl FnOnce(&mut Ui)) {
    egui::ScrollArea::vertical().show(ui, |ui| {
        ui.add_space(((ui.available_height() - height) / 2.0).max(space::GROUP));
        ui.vertical_centered(contents);
    });
}

const IDLE_HEIGHT: f32 = 190.0;
const WAITING_HEIGHT: f32 = 340.0;
const UNKNOWN_HEIGHT: f32 = 240.0;
const TEXT_WIDTH: f32 = 420.0;
const LISTEN_WIDTH: f32 = 200.0;
const COPY_WIDTH: f32 = 120.0;
const OTHERS_WIDTH: f32 = 150.0;
const CARD_WIDTH: f32 = 528.0;
