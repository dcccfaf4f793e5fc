//! The View menu: every way to look at the picture, with its keys.

use egui::Ui;

use crate::app::command::{Command, ViewCommand};
use crate::app::image_view::ImageView;
use crate::app::widgets;
use crate::frame::Channel;

/// Draws the button with its menu.
pub(super) fn ui(ui: &mut Ui, view: &ImageView, commands: &mut Vec<Command>) {
    let menu = ui.menu_button("View", |ui| {
        widgets::menu_frame(ui);
        for (place, group) in GROUPS.into_iter().enumerate() {
            if place > 0 {
                ui.separator();
            }
            for &command in group {
                item(ui, view, command, commands);
            }
        }
        ui.separator();
        ui.menu_button("Channels", |ui| {
            widgets::menu_frame(ui);
            for channel in Channel::CHOICES {
                item(ui, view, ViewCommand::ShowChannel(channel), commands);
            }
        });
    });
    menu.response.on_hover_text("Zoom, turn, loupe, histogram and levels");
}

fn item(ui: &mut Ui, view: &ImageView, command: ViewCommand, commands: &mut Vec<Command>) {
    widgets::menu_item(ui, &Command::View(command), view.is_on(command), commands);
}

const GROUPS: [&[ViewCommand]; 3] = [
    &[ViewCommand::ZoomIn, ViewCommand::ZoomOut],
    &[
        ViewCommand::ToggleLoupe,
        ViewCommand::ToggleValues,
        ViewCommand::ToggleInspector,
        ViewCommand::ToggleAutoLevels,
    ],
    &[
        ViewCommand::TurnLeft,
        ViewCommand::TurnRight,
        ViewCommand::FlipHorizontally,
        ViewCommand::FlipVertically,
        ViewCommand::Upright,
    ],
];
