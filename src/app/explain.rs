//! Small windows that explain: the Python recipe, the firewall, the shortcuts.

use egui::{Align, Context, Grid, Layout, RichText, Ui, vec2};

use super::command::{self, Command, Topic};
use super::theme::{self, height, space};
use super::widgets;

/// Draws the window about `topic`; `address` is where the other PC should send to. Returns
/// whether it stays open.
pub fn show(ctx: &Context, topic: Topic, address: &str, commands: &mut Vec<Command>) -> bool {
    let width = if topic == Topic::Shortcuts { WIDE } else { WIDTH };
    let ((), closed) = widgets::dialog(ctx, title(topic), width, |ui| match topic {
        Topic::Python => python(ui, address, commands),
        Topic::Firewall => firewall(ui, address, commands),
        Topic::Shortcuts => shortcuts(ui),
    });
    !closed
}

fn title(topic: Topic) -> &'static str {
    match topic {
        Topic::Python => "Send from Python",
        Topic::Firewall => "When nothing arrives",
        Topic::Shortcuts => "Shortcuts",
    }
}

fn python(ui: &mut Ui, address: &str, commands: &mut Vec<Command>) {
    let recipe = recipe(address);
    widgets::dim_label(ui, "Any picture that OpenCV reads, to this window:");
    code(ui, recipe.trim_end());
    ui.add_space(space::TIGHT);
    if widgets::button(ui, "Copy the recipe").clicked() {
        commands.push(Command::CopyText(recipe));
    }
}

fn firewall(ui: &mut Ui, address: &str, commands: &mut Vec<Command>) {
    let port = port(address);
    ui.label(format!("Packets come to UDP port {port} of this PC, and a firewall may drop them."));
    for (system, command) in [
        ("Ubuntu, Debian", format!("sudo ufw allow {port}/udp")),
        ("Fedora", format!("sudo firewall-cmd --add-port={port}/udp")),
        (
            "Windows (as administrator)",
            format!(
                "netsh advfirewall firewall add rule name=Pixelwire dir=in action=allow \
                 protocol=UDP localport={port}"
            ),
        ),
    ] {
        widgets::section_title(ui, system);
        ui.horizontal_top(|ui| {
            let size = vec2(WIDTH - COPY_WIDTH - space::CONTROL, 0.0);
            ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| code(ui, &command));
            let copy = widgets::fixed_button(ui, "Copy", COPY_WIDTH);
            if copy.on_hover_text(command.as_str()).clicked() {
                commands.push(Command::CopyText(command));
            }
        });
    }
    widgets::dim_label(
        ui,
        "macOS asks when the program starts. Both PCs must be in the same network; a guest \
         network often keeps them apart.",
    );
}

/// Two columns: the picture's keys are many.
fn shortcuts(ui: &mut Ui) {
    let (of_picture, others): (Vec<_>, Vec<_>) = Command::with_shortcuts()
        .into_iter()
        .partition(|command| matches!(command, Command::View(_)));
    ui.columns_const(|[left, right]| {
        shortcut_list(left, "Window", &others, &[]);
        shortcut_list(right, "Picture", &of_picture, &GESTURES);
    });
}

fn shortcut_list(ui: &mut Ui, title: &str, commands: &[Command], more: &[(&str, &str)]) {
    widgets::section_title(ui, title);
    let grid = Grid::new(title).num_columns(2).min_row_height(height::ROW);
    grid.spacing(vec2(2.0 * space::GROUP, 0.0)).show(ui, |ui| {
        ui.spacing_mut().interact_size.y = height::ROW;
        let keys = |command: &Command| Some(command::keys(ui, &command.shortcut()?));
        let rows: Vec<_> = commands
            .iter()
            .filter_map(|command| Some((keys(command)?, command.explanation())))
            .collect();
        let more = more.iter().map(|(keys, explanation)| ((*keys).to_owned(), *explanation));
        for (keys, explanation) in rows.into_iter().chain(more) {
            ui.label(theme::strong(keys));
            ui.label(explanation);
            ui.end_row();
        }
    });
}

fn code(ui: &mut Ui, text: &str) {
    widgets::note(ui).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.add(egui::Label::new(RichText::new(text).monospace()).selectable(true));
    });
}

/// A sender of classic frames, to `address`.
fn recipe(address: &str) -> String {
    let (host, port) = address.rsplit_once(':').unwrap_or((address, "4321"));
    let host = host.trim_matches(['[', ']']);
    let family = if host.contains(':') { "AF_INET6" } else { "AF_INET" };
    format!(
        "import socket, struct, time\n\
         import cv2\n\
         \n\
         data = cv2.imread(\"picture.jpg\").tobytes()\n\
         size = 49152\n\
         count = -(-len(data) // size)\n\
         viewer = (\"{host}\", {port})\n\
         link = socket.socket(socket.{family}, socket.SOCK_DGRAM)\n\
         for seq in range(count):\n    \
             head = struct.pack(\"<III\", seq == count - 1, seq, count)\n    \
             link.sendto(head + data[seq * size:(seq + 1) * size], viewer)\n    \
             time.sleep(0.001)\n"
    )
}

fn port(address: &str) -> &str {
    address.rsplit_once(':').map_or("4321", |(_, port)| port)
}

const WIDTH: f32 = 520.0;
/// Two columns, in the smallest window.
const WIDE: f32 = 840.0;
/// What the pointer does, and the keys that act on the picture alone.
const GESTURES: [(&str, &str); 4] = [
    ("Wheel", "Zoom at the pointer"),
    ("Drag, arrows", "Move the picture"),
    ("Double-click", "The whole picture, or 1:1 at the pointer"),
    ("Tab", "To the next control; with Shift, to the one before"),
];
const COPY_WIDTH: f32 = 64.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_sends_to_the_address_that_is_listened_on() {
        assert!(recipe("192.168.1.20:5000").contains("(\"192.168.1.20\", 5000)"));
        let six = recipe("[fe80::1]:4321");
        assert!(six.contains("AF_INET6") && six.contains("(\"fe80::1\", 4321)"), "{six}");
        assert_eq!(port("192.168.1.20:5000"), "5000");
    }
}
