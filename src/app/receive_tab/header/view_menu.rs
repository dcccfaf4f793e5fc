//! The View menu: every way to look at the picture, with its keys.

use egui::{Button, Ui};

use crate::app::command::{self, Command, ViewCommand};
use crate::app::image_view::ImageView;
use crate::app::theme::{BUTTON_PADDING, height};
use crate::frame::Channel;

/// Draws the button with its menu.
pub(super) fn ui(ui: &mut Ui, view: &ImageView, commands: &mut Vec<Command>) {
    let menu = ui.menu_button("View", |ui| {
        framed(ui);
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
            framed(ui);
            for channel in Channel::CHOICES {
                item(ui, view, ViewCommand::ShowChannel(channel), commands);
            }
        });
    });
    menu.response.on_hover_text("Zoom, turn, loupe, histogram and levels");
}

fn framed(ui: &mut Ui) {
    ui.set_width(WIDTH);
    ui.spacing_mut().button_padding = BUTTON_PADDING;
    ui.spacing_mut().item_spacing.y = 0.0;
}

fn item(ui: &mut Ui, view: &ImageView, command: ViewCommand, commands: &mut Vec<Command>) {
    let keys = command.shortcut().map(|keys| command::keys(ui, &keys)).unwrap_or_default();
    let button = Button::selectable(view.is_on(command), command.label())
        .shortcut_text(keys)
        .min_size(egui::vec2(ui.available_width(), height::TOOL));
    if ui.add(button).on_hover_text(command.explanation()).clicked() {
        commands.push(Command::View(command));
    }
}

const WIDTH: f32 = 240.0;
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
