//! What menus are made of: commands with their keys.

use egui::{Button, Ui, vec2};

use crate::app::command::{self, Command};
use crate::app::theme::{BUTTON_PADDING, height};

/// Prepares the contents of a menu for [`menu_item`].
pub fn menu_frame(ui: &mut Ui) {
    ui.set_width(WIDTH);
    ui.spacing_mut().button_padding = BUTTON_PADDING;
    ui.spacing_mut().item_spacing.y = 0.0;
}

/// A command in a menu, with its keys; `on` when it is what is chosen now.
pub fn menu_item(ui: &mut Ui, command: &Command, on: bool, commands: &mut Vec<Command>) {
    let keys = command.shortcut().map(|keys| command::keys(ui, &keys)).unwrap_or_default();
    let button = Button::selectable(on, command.label())
        .shortcut_text(keys)
        .min_size(vec2(ui.available_width(), height::TOOL));
    if ui.add(button).on_hover_text(command.explanation()).clicked() {
        commands.push(command.clone());
    }
}

const WIDTH: f32 = 240.0;
