//! The devices of the local network that listen, as the Send tab shows them.

use std::sync::Arc;
use std::time::Duration;

use egui::{Align, Label, Layout, RichText, ScrollArea, Sense, Ui, UiBuilder};

use crate::app::figures;
use crate::app::theme::{self, Meaning, space};
use crate::app::wake::waker;
use crate::net::{Device, Discovery, Found};

use super::Action;

/// Looks around while it is asked to.
pub(super) struct Neighbours {
    ctx: egui::Context,
    discovery: Option<Discovery>,
    found: Arc<Found>,
    /// Devices that are known anyway.
    known: Vec<Device>,
}

impl Neighbours {
    /// Does not look around yet.
    pub(super) fn new(ctx: &egui::Context) -> Self {
        Self { ctx: ctx.clone(), discovery: None, found: Arc::default(), known: Vec::new() }
    }

    /// Begins or ends to look around.
    pub(super) fn look_around(&mut self, look: bool) {
        if look == self.discovery.is_some() {
            return;
        }
        self.discovery = look.then(|| Discovery::start(waker(&self.ctx)));
        self.found = Arc::default();
    }

    /// Lists these besides who is found.
    pub(super) fn list(&mut self, devices: Vec<Device>) {
        self.known = devices;
    }

    /// Takes in who was found.
    pub(super) fn logic(&mut self, ctx: &egui::Context) {
        if let Some(discovery) = &self.discovery {
            self.found = discovery.found();
        }
        if self.is_anybody_there() {
            // For how long they have been seen.
            ctx.request_repaint_after(RENEWED);
        }
    }

    /// Whether anybody was found.
    pub(super) fn is_anybody_there(&self) -> bool {
        self.devices().next().is_some()
    }

    /// Whether somebody who was found listens at `target`, written as it is remembered.
    pub(super) fn knows(&self, target: &str) -> bool {
        self.devices().any(|device| device.target.to_string() == target)
    }

    fn devices(&self) -> impl Iterator<Item = &Device> {
        self.found.devices.iter().chain(&self.known)
    }

    /// Draws who was found, each a choice.
    pub(super) fn ui(&self, ui: &mut Ui, chosen: Option<&str>, actions: &mut Vec<Action>) {
        let rows = self.devices().count().min(MOST_ROWS) as f32;
        let height = rows * (ROW + space::TIGHT);
        let scroll = ScrollArea::vertical().id_salt("devices").max_height(height);
        scroll.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::TIGHT;
            for device in self.devices() {
                let target = device.target.to_string();
                if row(ui, device, chosen == Some(&*target)) {
                    actions.push(Action::UseTarget(target));
                }
            }
        });
    }

    /// What to do while nobody was found, and why that may be.
    pub(super) fn hint(&self) -> (&'static str, String) {
        match (&self.found.problem, &self.discovery) {
            (Some(problem), _) => {
                ("Type the address that the other PC shows", figures::sentence(problem))
            }
            (None, Some(_)) => (
                "Nobody found yet: press Listen on the other PC, or type the address it shows there",
                WHY_NOBODY.to_owned(),
            ),
            (None, None) => (
                "Type the address that the other PC shows when it listens",
                "Settings can have PCs of one network find each other".to_owned(),
            ),
        }
    }
}

/// One device, as wide as there is room; whether it was chosen.
fn row(ui: &mut Ui, device: &Device, chosen: bool) -> bool {
    let palette = theme::palette(ui);
    let size = egui::vec2(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let address = &device.target;
    let name = if device.own { format!("{} (this PC)", device.name) } else { device.name.clone() };
    let seen = seen_for(device.seen_for());
    let label = format!("Send to {name} at {address}, seen {seen}");
    let role = egui::Role::Button;
    response.widget_info(|| egui::WidgetInfo::selected(role, ui.is_enabled(), chosen, &label));
    let visuals = ui.style().interact_selectable(&response, chosen);
    let fill = if chosen || response.hovered() { palette.hovered } else { palette.raised };
    let line = if chosen || response.has_focus() { palette.accent } else { palette.line };
    let stroke = egui::Stroke::new(1.0, line);
    ui.painter().rect(rect, visuals.corner_radius, fill, stroke, egui::StrokeKind::Inside);
    let inside = rect.shrink2(egui::vec2(space::CONTROL, 0.0));
    let builder = UiBuilder::new().max_rect(inside).layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(builder, |ui| {
        let small = |text: &str| RichText::new(text).small().color(palette.dim);
        let host = if address.port == crate::wire::DEFAULT_PORT {
            address.host.clone()
        } else {
            address.to_string()
        };
        let short = format!("{host} · {seen}");
        ui.add(Label::new(small(&short)).selectable(false));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::TIGHT;
            let sign = RichText::new("●").color(palette.ink(Meaning::Received));
            ui.add(Label::new(sign).selectable(false));
            ui.add(Label::new(theme::strong(name.as_str())).selectable(false).truncate());
        });
    });
    response.on_hover_text(format!("{name}\n{address}")).clicked()
}

/// Whole minutes: nothing that would flicker.
fn seen_for(time: Duration) -> String {
    match time.as_secs() / 60 {
        0 => "just now".to_owned(),
        minutes @ 1..60 => format!("for {minutes} min"),
        minutes => format!("for {} h", minutes / 60),
    }
}

const WHY_NOBODY: &str = "PCs are found when Pixelwire listens there and both are in the same \
     network. Guest networks, tunnels and some firewalls (UDP port 5353) keep them from finding \
     each other; a typed address works all the same.";
/// Devices that are seen without scrolling.
const MOST_ROWS: usize = 3;
/// Height of a device.
const ROW: f32 = 26.0;
const RENEWED: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_is_said_in_whole_minutes() {
        for (seconds, said) in
            [(3, "just now"), (60, "for 1 min"), (3599, "for 59 min"), (7300, "for 2 h")]
        {
            assert_eq!(seen_for(Duration::from_secs(seconds)), said);
        }
    }

    #[test]
    fn nobody_is_looked_for_until_it_is_asked_for() {
        let neighbours = Neighbours::new(&egui::Context::default());
        assert!(neighbours.discovery.is_none() && !neighbours.is_anybody_there());
        assert!(neighbours.hint().0.contains("Type the address"));
    }
}
