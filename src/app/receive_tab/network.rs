//! The network beside the picture: verdict, figures, the past, the packet map, problem frames.

use egui::{Align, Layout, Ui};

use super::account::Account;
use super::chart::Chart;
use super::counters;
use super::problems::{self, Problems, Step};
use super::verdict::Verdict;
use crate::app::command::Command;
use crate::app::figures::thousands;
use crate::app::packet_map::packet_map;
use crate::app::theme::{self, space};
use crate::app::widgets;
use crate::flow::ProblemFrame;
use crate::net::{ListenStatus, PacketRecord, ReceivedFrame, StreamKey};

/// What was chosen to be seen of the network.
#[derive(Default)]
pub(super) struct Network {
    chart: Chart,
    problems: Problems,
    /// Whether the packets are laid over the picture, too.
    overlay: bool,
}

/// What there is to be seen.
pub(super) struct Seen<'a> {
    pub status: &'a ListenStatus,
    pub received: &'a ReceivedFrame,
    /// The stream that was chosen, if any was.
    pub only: Option<StreamKey>,
}

impl Network {
    /// Does what was asked for, if it concerns the network.
    pub(super) fn perform(
        &mut self,
        command: &Command,
        status: Option<&ListenStatus>,
        only: Option<StreamKey>,
    ) {
        let all = status.map(|status| &*status.problems).unwrap_or_default();
        match command {
            Command::TogglePacketOverlay => self.overlay = !self.overlay,
            Command::NextProblem => self.problems.step(&of_stream(all, only), Step::Next),
            Command::PreviousProblem => self.problems.step(&of_stream(all, only), Step::Previous),
            Command::ShowProblem(stream, frame) => self.problems.show(all, *stream, *frame),
            Command::LeaveProblem | Command::ResetCounters | Command::Dismiss => {
                self.problems.leave();
            }
            Command::ShowTenMinutes(wanted) => self.chart.show_ten_minutes(*wanted),
            _ => {}
        }
    }

    /// The problem frame whose packets are shown instead of those of the picture.
    pub(super) fn problem(&self) -> Option<&ProblemFrame> {
        self.problems.shown()
    }

    /// The record to lay over the picture of `received`: with what came late, if that is known.
    pub(super) fn overlay(
        &self,
        status: Option<&ListenStatus>,
        received: &ReceivedFrame,
    ) -> Option<std::sync::Arc<PacketRecord>> {
        let all = status.map(|status| &*status.problems).unwrap_or_default();
        let newer = problems::find(all, received.stream, received.frame_id);
        let record = newer.map_or(&received.record, |problem| &problem.record);
        self.overlay.then(|| std::sync::Arc::clone(record))
    }

    /// The verdict: always first.
    pub(super) fn verdict(ui: &mut Ui, status: &ListenStatus, commands: &mut Vec<Command>) {
        Verdict::of(status).ui(ui, commands);
    }

    /// Figures, the past, the map, problem frames.
    pub(super) fn ui(&mut self, ui: &mut Ui, seen: &Seen<'_>, commands: &mut Vec<Command>) {
        let account = Account::of(seen.status, seen.only, Some(seen.received.stream));
        counters::packets(ui, &account, commands);
        ui.add_space(space::CONTROL);
        counters::frames(ui, &account);
        ui.add_space(space::CONTROL);
        self.chart.ui(ui, seen.status, commands);
        ui.add_space(space::CONTROL);
        self.map(ui, seen, commands);
        ui.add_space(space::CARD);
        counters::line_figures(ui, &account);
        ui.add_space(space::CARD);
        let own = of_stream(&seen.status.problems, seen.only);
        self.problems.list(ui, &own, seen.status.seconds, commands);
    }

    fn map(&mut self, ui: &mut Ui, seen: &Seen<'_>, commands: &mut Vec<Command>) {
        self.problems.follow(&seen.status.problems);
        let (received, status) = (seen.received, seen.status);
        let newer = problems::find(&status.problems, received.stream, received.frame_id);
        let live = newer.map_or(&received.record, |problem| &problem.record);
        let record = self.problems.shown().map_or(live, |problem| &problem.record);
        ui.horizontal(|ui| {
            widgets::section_title(ui, "Packet map");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.steps(ui, !status.problems.is_empty(), commands);
            });
        });
        ui.label(self.words(ui, seen, record));
        packet_map(ui, record);
    }

    /// Which frame's packets are shown.
    fn words(&self, ui: &Ui, seen: &Seen<'_>, record: &PacketRecord) -> egui::RichText {
        let packets = thousands(u64::from(record.cut().packets));
        let palette = theme::palette(ui);
        let Some(problem) = self.problems.shown() else {
            let frame = thousands(seen.received.frame_id);
            let words = format!("Frame {frame}, the one shown · {packets} packets");
            return theme::small(words).color(palette.dim);
        };
        let frame = thousands(problem.frame_id);
        let ago = problems::ago(problem, seen.status.seconds);
        let cause = problems::cause_words(problem.cause());
        let words = format!("Problem frame {frame}, {ago} ago · {packets} packets · {cause}");
        theme::small(words).color(palette.accent)
    }

    fn steps(&self, ui: &mut Ui, any: bool, commands: &mut Vec<Command>) {
        ui.spacing_mut().item_spacing.x = space::TIGHT;
        let away = self.problems.shown().is_some();
        for (command, possible) in [(Command::NextProblem, any), (Command::LeaveProblem, away)] {
            let hover = command.hover_text(ui);
            let chip = ui.add_enabled_ui(possible, |ui| widgets::chip(ui, command.label())).inner;
            if chip.on_hover_text(hover).clicked() {
                commands.push(command);
            }
        }
        let command = Command::TogglePacketOverlay;
        let hover = command.hover_text(ui);
        let chip = widgets::choice_chip(ui, command.label(), self.overlay);
        if chip.on_hover_text(hover).clicked() {
            commands.push(command);
        }
    }
}

/// Those problem frames that belong to the stream that was chosen, if one was.
fn of_stream(problems: &[ProblemFrame], only: Option<StreamKey>) -> Vec<&ProblemFrame> {
    problems.iter().filter(|problem| only.is_none_or(|only| only == problem.stream)).collect()
}
