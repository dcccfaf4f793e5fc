//! The line above the picture: whose it is, and what can be done with it.

mod view_menu;

use egui::{Align, Layout, Sense, Ui, vec2};

use super::account;
use crate::app::command::{Command, ViewCommand};
use crate::app::figures;
use crate::app::image_view::ImageView;
use crate::app::theme::{self, Meaning, space};
use crate::app::widgets;
use crate::flow::{Protocol, Transport};
use crate::media::{KeepFormat, SaveFormat, VideoFormat};
use crate::net::{ListenStatus, ReceivedFrame, StreamKey, StreamStatus};

/// What the line is about.
pub(super) struct Header<'a> {
    pub status: &'a ListenStatus,
    pub received: &'a ReceivedFrame,
    pub view: &'a ImageView,
    /// The stream that was chosen, if any was.
    pub only: Option<StreamKey>,
    /// Whether all streams are shown at once.
    pub side_by_side: bool,
    /// Whether listening goes on.
    pub listening: bool,
}

impl Header<'_> {
    /// Draws the line.
    pub(super) fn ui(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if !self.side_by_side {
                self.tools(ui, commands);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| self.title(ui, commands));
        });
    }

    fn title(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let stream = account::stream(self.status, self.received.stream);
        let senders = self.status.streams.iter().filter(|stream| stream.active).count();
        let shown = stream.is_some_and(|stream| stream.active);
        let active = self.listening && if self.side_by_side { senders > 0 } else { shown };
        state_dot(ui, active);
        if self.has_choice() {
            self.stream_menu(ui, commands);
        } else {
            ui.add(egui::Label::new(theme::strong(name(stream, self.received))).truncate());
        }
        if senders > 1 && !self.side_by_side {
            let command = Command::SideBySide(true);
            if widgets::chip(ui, command.label()).on_hover_text(command.hover_text(ui)).clicked() {
                commands.push(command);
            }
        }
        let details = match senders {
            1 if self.side_by_side => vec!["1 active sender".to_owned()],
            _ if self.side_by_side => vec![format!("{senders} active senders")],
            _ => details(stream, self.received),
        };
        widgets::fitting_label(ui, &details);
    }

    /// Whether there is another stream to look at, or one was chosen before.
    fn has_choice(&self) -> bool {
        let shown = self.received.stream;
        let mut others = self.status.streams.iter().filter(|stream| stream.key != shown);
        self.side_by_side || self.only.is_some() || others.any(|stream| stream.active)
    }

    fn stream_menu(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let stream = account::stream(self.status, self.received.stream);
        let shown = if self.side_by_side {
            Command::SideBySide(true).label().to_owned()
        } else {
            name(stream, self.received)
        };
        let label = theme::strong(format!("{shown} ▾"));
        ui.menu_button(label, |ui| {
            if ui.selectable_label(self.side_by_side, "All streams, side by side").clicked() {
                commands.push(Command::SideBySide(true));
            }
            let newest = self.only.is_none() && !self.side_by_side;
            if ui.selectable_label(newest, "All streams, the newest frame").clicked() {
                commands.push(Command::ShowStream(None));
            }
            for stream in &self.status.streams {
                let peer = stream.key.peer;
                let label = format!("{} · {peer} · {}", stream.name, stream.mode.name());
                if ui.selectable_label(self.only == Some(stream.key), label).clicked() {
                    commands.push(Command::ShowStream(Some(stream.key)));
                }
            }
        })
        .response
        .on_hover_text("Choose what is shown");
    }

    fn tools(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let full_screen = Command::ToggleFullScreen;
        let hover = full_screen.hover_text(ui);
        if full_screen_button(ui).on_hover_text(hover).clicked() {
            commands.push(full_screen);
        }
        tool(ui, Command::CopyPicture.label(), &Command::CopyPicture, commands);
        ui.menu_button("Save…", |ui| {
            widgets::menu_frame(ui);
            for command in SAVING {
                widgets::menu_item(ui, &command, false, commands);
            }
        });
        let inspector = Command::View(ViewCommand::ToggleInspector);
        let open = self.view.is_on(ViewCommand::ToggleInspector);
        let hover = inspector.hover_text(ui);
        if histogram_button(ui, open).on_hover_text(hover).clicked() {
            commands.push(inspector);
        }
        view_menu::ui(ui, self.view, commands);
        zoom_label(ui, self.view);
        let actual = Command::View(ViewCommand::ActualSize);
        tool(ui, actual.label(), &actual, commands);
        let fit = Command::View(ViewCommand::Fit);
        let button = egui::Button::selectable(self.view.is_fitted(), fit.label())
            .frame_when_inactive(true)
            .min_size(vec2(theme::height::TOOL, theme::height::TOOL));
        if ui.add(button).on_hover_text(fit.hover_text(ui)).clicked() {
            commands.push(fit);
        }
    }
}

fn tool(ui: &mut Ui, label: &str, command: &Command, commands: &mut Vec<Command>) {
    if widgets::tool_button(ui, label).on_hover_text(command.hover_text(ui)).clicked() {
        commands.push(command.clone());
    }
}

/// Four corners that point outwards; no font has them.
fn full_screen_button(ui: &mut Ui) -> egui::Response {
    let response = widgets::tool_button(ui, "");
    let name = Command::ToggleFullScreen.label();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    let square = egui::Rect::from_center_size(response.rect.center(), vec2(11.0, 11.0));
    let stroke = ui.style().interact(&response).fg_stroke;
    for (corner, inwards) in [
        (square.left_top(), vec2(1.0, 1.0)),
        (square.right_top(), vec2(-1.0, 1.0)),
        (square.left_bottom(), vec2(1.0, -1.0)),
        (square.right_bottom(), vec2(-1.0, -1.0)),
    ] {
        let arm = inwards * 4.0;
        let points = vec![corner + vec2(0.0, arm.y), corner, corner + vec2(arm.x, 0.0)];
        ui.painter().line(points, stroke);
    }
    response
}

/// A few bars of a histogram; no font has them either.
fn histogram_button(ui: &mut Ui, open: bool) -> egui::Response {
    let button = egui::Button::selectable(open, "")
        .frame_when_inactive(true)
        .min_size(vec2(theme::height::TOOL, theme::height::TOOL));
    let response = ui.add(button);
    let name = ViewCommand::ToggleInspector.label();
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, open, name));
    let square = egui::Rect::from_center_size(response.rect.center(), vec2(12.0, 12.0));
    let color = ui.style().interact_selectable(&response, open).text_color();
    for (place, height) in [4.0, 12.0, 8.0, 5.0].into_iter().enumerate() {
        let corner = square.left_bottom() + vec2(place as f32 * 3.0, -height);
        let bar = egui::Rect::from_min_size(corner, vec2(2.0, height));
        ui.painter().rect_filled(bar, 0.0, color);
    }
    response
}

/// As wide for `5 %` as for `6,400 %`.
fn zoom_label(ui: &mut Ui, view: &ImageView) {
    let percent = view.zoom().unwrap_or(1.0) * 100.0;
    let text = format!("{} %", figures::thousands(percent.round() as u64));
    let size = vec2(ZOOM_WIDTH, theme::height::TOOL);
    let dim = theme::palette(ui).dim;
    ui.allocate_ui_with_layout(
        size,
        Layout::centered_and_justified(ui.layout().main_dir()),
        |ui| {
            ui.label(egui::RichText::new(text).color(dim)).on_hover_text("Zoom");
        },
    );
}

fn state_dot(ui: &mut Ui, active: bool) {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
    let (explanation, color) = if active {
        ("Receiving", palette.fill(Meaning::Received))
    } else {
        ("Nothing has arrived for two seconds", palette.strong_line)
    };
    ui.painter().circle_filled(rect.center(), space::TIGHT + 0.5, color);
    response.on_hover_text(explanation);
}

fn name(stream: Option<&StreamStatus>, received: &ReceivedFrame) -> String {
    let peer = received.stream.peer.ip().to_string();
    stream.map_or(peer, |stream| stream.name.clone())
}

fn details(stream: Option<&StreamStatus>, received: &ReceivedFrame) -> Vec<String> {
    let frame = &received.frame;
    let peer = received.stream.peer.ip().to_string();
    let shape = format!("{} {}", frame.format(), figures::size(frame.width(), frame.height()));
    // First, because what comes last is left out in a small window.
    let protocol = (received.protocol == Protocol::Rtp).then(|| "RTP".to_owned());
    let mut parts: Vec<String> = protocol.into_iter().chain([shape]).collect();
    parts.extend(received.encoded.map(|encoded| encoded.described(frame.pixels().len())));
    parts.push(received.mode.name().to_owned());
    if received.stream.transport == Transport::Tcp {
        parts.push("TCP".to_owned());
    }
    if stream.is_some_and(|stream| stream.name != peer) {
        parts.push(peer);
    }
    parts.extend(received.name.clone());
    parts
}

const SAVING: [Command; 6] = [
    Command::Save(SaveFormat::Png),
    Command::Save(SaveFormat::Npy),
    Command::KeepEvery(KeepFormat::Exact),
    Command::KeepEvery(KeepFormat::Files(SaveFormat::Npy)),
    Command::KeepEvery(KeepFormat::Video(VideoFormat::Mkv)),
    Command::KeepEvery(KeepFormat::Video(VideoFormat::Mp4)),
];
const ZOOM_WIDTH: f32 = 56.0;
