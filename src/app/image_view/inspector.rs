//! The panel beside the picture: channels, histogram, black and white, statistics.

use egui::{Align, DragValue, Layout, Panel, ScrollArea, Ui};

use super::histogram::{End, Histogram};
use super::{ImageView, Shown, statistics};
use crate::app::command::{Command, ViewCommand};
use crate::app::present::{Levels, Look};
use crate::app::theme::{self, space};
use crate::app::widgets;
use crate::frame::{Channel, DisplayRange, Statistics};

/// What the panel remembers.
#[derive(Default)]
pub(super) struct Inspector {
    logarithmic: bool,
    /// Which end is being dragged in the histogram.
    dragged: Option<End>,
}

impl ImageView {
    /// Draws the panel at the left, if it is open.
    pub fn inspector(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let (look, Some(shown)) = (self.look, &self.shown) else { return };
        if !look.statistics {
            return;
        }
        let frame = widgets::side_panel(ui).inner_margin(0);
        let panel = Panel::left("inspector").frame(frame).resizable(false).exact_size(WIDTH);
        panel.show(ui, |ui| {
            ScrollArea::vertical().content_margin(16).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = space::TIGHT;
                self.inspector.ui(ui, shown, look, commands);
            });
        });
    }
}

impl Inspector {
    fn ui(&mut self, ui: &mut Ui, shown: &Shown, look: Look, commands: &mut Vec<Command>) {
        let mut wanted = Vec::new();
        head(ui, &mut wanted);
        channels(ui, shown, look, &mut wanted);
        if let Some(counted) = &shown.presented.statistics {
            self.histogram(ui, shown, counted, &mut wanted);
            ui.add_space(space::CONTROL);
            levels(ui, shown, look, counted, &mut wanted);
            ui.add_space(space::CARD);
            statistics::table(ui, counted, is_integer(shown));
            statistics::remarks(ui, counted, !shown.damage.is_empty());
        } else {
            widgets::dim_label(ui, "Counting…");
        }
        commands.extend(wanted.into_iter().map(Command::View));
    }

    fn histogram(
        &mut self,
        ui: &mut Ui,
        shown: &Shown,
        counted: &Statistics,
        wanted: &mut Vec<ViewCommand>,
    ) {
        ui.horizontal(|ui| {
            widgets::section_title(ui, "Histogram");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let hover = "Heights as logarithms: what is rare is seen beside what is frequent";
                ui.checkbox(&mut self.logarithmic, "Logarithmic").on_hover_text(hover);
            });
        });
        let histogram = Histogram {
            counted,
            channel: shown.presented.display.channel,
            range: shown.presented.display.range,
            logarithmic: self.logarithmic,
            integer: is_integer(shown),
        };
        if let Some(range) = histogram.ui(ui, &mut self.dragged) {
            wanted.push(ViewCommand::SetLevels(Levels::Fixed(range)));
        }
    }
}

fn head(ui: &mut Ui, wanted: &mut Vec<ViewCommand>) {
    let command = ViewCommand::ToggleInspector;
    ui.horizontal(|ui| {
        ui.label(theme::strong(command.label()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::quiet_icon_button(ui, "✕", "Close histogram and levels").clicked() {
                wanted.push(command);
            }
        });
    });
}

fn channels(ui: &mut Ui, shown: &Shown, look: Look, wanted: &mut Vec<ViewCommand>) {
    let choices = offered(shown);
    if choices.len() < 2 {
        return;
    }
    let choices: Vec<_> = choices
        .into_iter()
        .map(|channel| (channel, short(channel), ViewCommand::ShowChannel(channel).explanation()))
        .collect();
    let mut channel = look.channel;
    if widgets::segmented(ui, &mut channel, &choices) {
        wanted.push(ViewCommand::ShowChannel(channel));
    }
    ui.add_space(space::TIGHT);
}

/// All, and the channels that the picture has.
fn offered(shown: &Shown) -> Vec<Channel> {
    let order = shown.presented.received.frame.format().order;
    let has = |channel: &Channel| *channel == Channel::All || channel.place(order).is_some();
    Channel::CHOICES.into_iter().filter(has).collect()
}

const fn short(channel: Channel) -> &'static str {
    match channel {
        Channel::All => "All",
        Channel::Red => "R",
        Channel::Green => "G",
        Channel::Blue => "B",
        Channel::Alpha => "A",
    }
}

fn levels(
    ui: &mut Ui,
    shown: &Shown,
    look: Look,
    counted: &Statistics,
    wanted: &mut Vec<ViewCommand>,
) {
    let range = shown.presented.display.range;
    let by_hand = match look.levels {
        Levels::Fixed(_) => look.levels,
        _ => Levels::Fixed(range),
    };
    let choices = [(Levels::Full, "Full range"), (Levels::Auto, "Auto"), (by_hand, "By hand")];
    let choices = choices
        .map(|(levels, label)| (levels, label, ViewCommand::SetLevels(levels).explanation()));
    let mut chosen = look.levels;
    if widgets::segmented(ui, &mut chosen, &choices) {
        wanted.push(ViewCommand::SetLevels(chosen));
    }
    ui.add_space(space::TIGHT);
    // What was just typed, before it is drawn.
    let mut edited = if let Levels::Fixed(fixed) = look.levels { fixed } else { range };
    ends(ui, &mut edited, counted, is_integer(shown));
    if edited != range && Levels::Fixed(edited) != look.levels {
        wanted.push(ViewCommand::SetLevels(Levels::Fixed(edited)));
    }
}

fn ends(ui: &mut Ui, range: &mut DisplayRange, counted: &Statistics, integer: bool) {
    let span = counted.domain.high - counted.domain.low;
    let width = (ui.available_width() - space::CONTROL) / 2.0;
    ui.horizontal(|ui| {
        for (value, name, hover) in [
            (&mut range.low, "Black", "Samples up to this are black"),
            (&mut range.high, "White", "Samples from this on are white"),
        ] {
            let field = DragValue::new(value)
                .speed(span / 400.0)
                .max_decimals(if integer { 0 } else { 5 })
                .min_size(egui::vec2(width, theme::height::TOOL))
                .prefix(format!("{name}  "));
            ui.add(field).accessible_name(format!("{name} point")).on_hover_text(hover);
        }
    });
}

fn is_integer(shown: &Shown) -> bool {
    shown.presented.received.frame.format().sample.is_integer()
}

const WIDTH: f32 = 280.0;
