//! The menu with the other ways to add: a typed path, a video, a camera, the screen, the pattern.

use egui::{Context, Ui};

use crate::app::errand::Errand;
use crate::app::theme::{Meaning, height, space};
use crate::app::widgets;
use crate::media::{self, Device};

use super::{Action, SendTab};

/// What can be recorded on this PC, as it was found when somebody last wanted to know.
///
/// Command: [`Recordable::look`]. Input: [`Recordable::poll`], once in every pass of the window.
pub(super) struct Recordable {
    ctx: Context,
    errand: Errand<Found>,
    found: Option<Found>,
}

struct Found {
    devices: Vec<Device>,
    /// Why none of them can be used.
    obstacle: Option<String>,
}

impl Recordable {
    /// Nobody has looked yet; `ctx` is woken when somebody has.
    pub(super) fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), errand: Errand::new("list devices"), found: None }
    }

    /// Looks, in the background: devices come and go, and programs are started for it.
    pub(super) fn look(&mut self) {
        if self.errand.is_running() {
            return;
        }
        let look = || Found { devices: media::devices(), obstacle: media::ffmpeg_obstacle() };
        if let Err(error) = self.errand.start(&self.ctx, look) {
            let obstacle = Some(format!("no thread to look for devices: {error}"));
            self.found = Some(Found { devices: Vec::new(), obstacle });
        }
    }

    /// Takes what was found.
    pub(super) fn poll(&mut self) {
        self.found = self.errand.poll().or(self.found.take());
    }

    fn ui(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        widgets::section_title(ui, "Live from this PC");
        let Some(found) = &self.found else {
            widgets::dim_label(ui, "Looking for cameras and screens…");
            return;
        };
        if let Some(obstacle) = &found.obstacle {
            ui.set_max_width(WIDTH);
            let (meaning, sign) = (Meaning::Recovered, "▲");
            widgets::meaning_label(ui, meaning, sign, &super::words::capitalised(obstacle));
            return;
        }
        for device in &found.devices {
            if ui.button(&device.name).on_hover_text(LIVE).clicked() {
                actions.push(Action::Record(device.capture.clone()));
            }
        }
        if found.devices.is_empty() {
            widgets::dim_label(ui, "No camera and no screen that can be recorded");
        }
    }
}

/// Draws the button and, when it is pressed, the menu.
pub(super) fn show(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.spacing_mut().button_padding.x = space::CONTROL;
    ui.spacing_mut().interact_size.y = height::CONTROL;
    let menu = ui.menu_button("▾", |ui| {
        ui.set_min_width(WIDTH);
        if ui.button("Type a path…").clicked() {
            actions.push(Action::TypePath(tab.typed_path.clone().unwrap_or_default()));
        }
        if ui.button("Video file…").clicked() {
            actions.push(Action::AddVideos);
        }
        if ui.button("Test pattern").on_hover_text("A moving picture without end").clicked() {
            actions.push(Action::AddPattern);
        }
        ui.separator();
        tab.recordable.ui(ui, actions);
    });
    if menu.response.clicked() {
        actions.push(Action::LookForDevices);
    }
    menu.response.accessible_name("More ways to add").on_hover_text("More ways to add");
    ui.reset_style();
    ui.add_space(space::TIGHT);
}

const WIDTH: f32 = 260.0;
const LIVE: &str = "Its picture as it is now, through ffmpeg";
