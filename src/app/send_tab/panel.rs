//! Draws the right side: to whom, how, in which chunks, how fast; the foot has the Send button.

use egui::{
    Align, CentralPanel, ComboBox, DragValue, Frame, Layout, Margin, Panel, ScrollArea, Ui,
};

use crate::app::settings::{FRAMES_PER_SECOND, MEGABITS};
use crate::app::theme::{self, Meaning, height, space};
use crate::app::widgets;
use crate::flow::{Mode, Protocol, Rate};

use super::form::TargetProblem;
use super::list_view::overlay_scroll_bar;
use super::{Action, SendTab, panel_advanced, panel_chunk, panel_foot};

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
            .show(ui, |ui| panel_foot::show(tab, ui));
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
        to(tab, ui, actions);
        ui.add_space(space::CONTROL);
        how(tab, ui, actions);
        ui.add_space(space::CONTROL);
        panel_chunk::show(tab, ui, actions);
        ui.add_space(space::CONTROL);
        rate(tab, ui, actions);
        ui.add_space(space::CONTROL);
        sequences(tab, ui, actions);
        ui.add_space(space::CONTROL);
        panel_advanced::show(tab, ui, actions);
    });
    ui.add_space(space::CONTROL);
    panel_foot::summary(tab, ui);
}

fn to(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    widgets::section_title(ui, "To");
    ui.horizontal(|ui| {
        let mut host = tab.form.settings.host.clone();
        let width = ui.available_width() - PORT_WIDTH - space::CONTROL;
        let field = widgets::text_field(ui, &mut host, "Host", width);
        if field.changed() {
            actions.push(Action::SetHost(host));
        } else if field.lost_focus() {
            actions.push(Action::CommitHost);
        }
        let mut port = tab.form.port.clone();
        if widgets::text_field(ui, &mut port, "Port", PORT_WIDTH).changed() {
            actions.push(Action::SetPort(port));
        }
    });
    match tab.form.target() {
        Err(TargetProblem::Wrong(why)) => {
            widgets::meaning_label(ui, Meaning::Lost, "✕", &why);
        }
        Err(TargetProblem::Missing) if tab.form.settings.recent.is_empty() => {
            widgets::dim_label(ui, "The address that the other PC shows when it listens");
        }
        _ => recent(tab, ui, actions),
    }
}

fn recent(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let recent = &tab.form.settings.recent;
    if recent.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(space::TIGHT);
        ui.spacing_mut().button_padding.x = space::CONTROL;
        for target in recent {
            let chip = widgets::chip(ui, shortened(target)).on_hover_text(target);
            if chip.clicked() {
                actions.push(Action::UseTarget(target.clone()));
            }
        }
    });
}

fn how(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let settings = &tab.form.settings;
    let classic = settings.protocol == Protocol::Classic;
    widgets::section_title(ui, "How");
    ui.horizontal(|ui| {
        let mut mode = settings.mode;
        ui.add_enabled_ui(!classic, |ui| {
            if widgets::segmented(ui, &mut mode, &MODES) {
                actions.push(Action::SetMode(mode));
            }
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            protocol_menu(settings.protocol, ui, actions);
        });
    });
    widgets::dim_label(ui, explanation(settings.protocol, settings.mode));
}

fn protocol_menu(protocol: Protocol, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.spacing_mut().interact_size.y = height::CONTROL;
    let menu = ComboBox::from_id_salt("protocol")
        .width(PROTOCOL_WIDTH)
        .selected_text(protocol_name(protocol))
        .show_ui(ui, |ui| {
            ui.spacing_mut().interact_size.y = height::TOOL;
            for choice in [Protocol::Pixelwire, Protocol::Classic] {
                let label = ui.selectable_label(choice == protocol, protocol_name(choice));
                if label.on_hover_text(explanation(choice, Mode::Deliver)).clicked() {
                    actions.push(Action::SetProtocol(choice));
                }
            }
        });
    menu.response.accessible_name("Protocol");
}

fn rate(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let rate = tab.form.settings.rate;
    widgets::section_title(ui, "Rate");
    ui.horizontal(|ui| {
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
    });
}

fn sequences(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let settings = &tab.form.settings;
    widgets::section_title(ui, "Frames a second, for sequences");
    ui.horizontal(|ui| {
        let mut fixed = settings.frames_per_second.is_some();
        let choices = [
            (
                false,
                "Auto",
                "The timing that an animation brings along; folders as fast as they go",
            ),
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
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut repeat = settings.repeat;
            let tick = ui.checkbox(&mut repeat, "Loop");
            if tick.on_hover_text("Starts again at the end, until you cancel").changed() {
                actions.push(Action::SetRepeat(repeat));
            }
        });
    });
}

/// A field for a number, as high as the other controls.
pub(super) fn number(ui: &mut Ui, field: DragValue<'_>, name: &str) -> egui::Response {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size = egui::vec2(NUMBER_WIDTH, height::CONTROL);
        ui.add(field.update_while_editing(false)).accessible_name(name)
    })
    .inner
}

fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Pixelwire => "Pixelwire · UDP",
        Protocol::Classic => "Classic · UDP",
    }
}

fn explanation(protocol: Protocol, mode: Mode) -> &'static str {
    match (protocol, mode) {
        (Protocol::Classic, _) => {
            "For short OpenCV scripts, which never answer: each frame is sent once, and a lost \
             packet stays lost. So there is no choice of mode."
        }
        (Protocol::Pixelwire, Mode::Deliver) => {
            "Every image arrives whole and is verified; lost packets are sent again."
        }
        (Protocol::Pixelwire, Mode::Live) => {
            "The newest image is shown at once; what comes too late is skipped and counted."
        }
    }
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

const MODES: [(Mode, &str, &str); 2] = [
    (Mode::Deliver, "Deliver", "For images that must arrive, each of them exactly"),
    (Mode::Live, "Live", "For streams that are watched: what is late is not waited for"),
];
/// Width of the whole panel, margins included.
const WIDTH: f32 = 360.0;
const PORT_WIDTH: f32 = 72.0;
const PROTOCOL_WIDTH: f32 = 146.0;
const NUMBER_WIDTH: f32 = 84.0;
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
