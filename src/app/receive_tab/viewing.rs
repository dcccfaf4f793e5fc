//! What is looked at: which stream, which frame of it, beside which other one.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Context, Ui};

use super::ReceiveTab;
use super::film::Direction;
use super::session::Screen;
use crate::app::command::Command;
use crate::app::present::Presenter;
use crate::flow::Mode;
use crate::net::StreamKey;

impl ReceiveTab {
    /// The streams that are being received: who sends, and what is promised.
    pub fn active_streams(&self) -> BTreeMap<StreamKey, (String, Mode)> {
        let streams = self.session.is_some().then_some(self.status.as_ref()).flatten();
        streams.map_or_else(BTreeMap::new, |status| {
            let active = status.streams.iter().filter(|stream| stream.active);
            active.map(|stream| (stream.key, (stream.name.clone(), stream.mode))).collect()
        })
    }

    /// Takes what is ready to be looked at.
    pub(super) fn look(&mut self, ctx: &Context) {
        if let Some(presenter) = &self.presenter {
            presenter.look_like(self.view.look());
        }
        let presented = self.presenter.as_ref().and_then(Presenter::take);
        if let Some(mut presented) = presented {
            self.comparison.take(presented.compared.take());
            self.source = Some(Arc::clone(&presented.source));
            self.view.show(ctx, presented);
        }
        self.film.logic(ctx);
        if let Some(status) = &self.status {
            self.grid.logic(ctx, status, self.film.tiles(self.grid.is_open()));
        }
    }

    /// Looks at what a new session receives.
    pub(super) fn look_at_screen(&mut self, screen: Screen) {
        screen.presenter.show_only(self.only);
        screen.presenter.compare(self.comparison.against().cloned());
        self.film.attach(screen.recorder, self.only);
        self.presenter = Some(screen.presenter);
    }

    /// Does what was asked for, if it changes what is looked at.
    pub(super) fn change_view(&mut self, command: &Command) {
        match command {
            Command::ShowStream(stream) => self.show_stream(*stream),
            Command::SideBySide(open) => {
                // The key that opens it closes it again.
                let open = *open && !self.grid.is_open() && self.view.frame().is_some();
                self.show_stream(None);
                self.grid.set_open(open);
            }
            _ if self.grid.is_open() => {}
            Command::ToggleFreeze | Command::Dismiss | Command::LeaveProblem
                if self.film.is_frozen() =>
            {
                self.resume();
            }
            Command::Dismiss | Command::LeaveProblem => {}
            Command::NextProblem | Command::PreviousProblem | Command::ShowProblem(..) => {
                self.show_problem_picture();
            }
            Command::ToggleFreeze => self.freeze(),
            Command::StepBack => self.step(Direction::Back),
            Command::StepForward => self.step(Direction::Forward),
            Command::ShowStill(number) => self.show_still(*number),
            _ => self.change_comparison(command),
        }
    }

    /// The picture, and over it whether it stands still.
    pub(super) fn picture(&mut self, ui: &mut Ui) {
        let rect = self.view.ui(ui).rect;
        self.film.mark(ui, rect);
    }

    fn change_comparison(&mut self, command: &Command) {
        match command {
            Command::MarkA => {
                if let Some(source) = &self.source {
                    self.comparison.mark(source);
                }
            }
            Command::LookAt(side) => self.comparison.look_at(*side),
            Command::FlipSides => self.comparison.flip(),
            Command::ToggleDifference => self.comparison.toggle_difference(),
            Command::EndComparison => self.comparison.end(),
            _ => return,
        }
        if let Some(presenter) = &self.presenter {
            presenter.compare(self.comparison.against().cloned());
        }
    }

    fn show_stream(&mut self, stream: Option<StreamKey>) {
        self.resume();
        self.grid.set_open(false);
        self.only = stream;
        self.film.show_only(stream);
        if let Some(presenter) = &self.presenter {
            presenter.show_only(stream);
        }
    }

    fn freeze(&mut self) {
        let Some(source) = self.source.clone() else { return };
        self.film.freeze(&self.ctx, &source);
        if let Some(presenter) = self.presenter.as_ref().filter(|_| self.film.is_frozen()) {
            presenter.stand_still_at(Some(source));
        }
    }

    fn resume(&mut self) {
        self.film.resume();
        if let Some(presenter) = &self.presenter {
            presenter.stand_still_at(None);
        }
    }

    fn step(&mut self, direction: Direction) {
        if !self.film.is_frozen() {
            self.freeze();
        }
        if let Some(number) = self.film.neighbour(direction) {
            self.show_still(number);
        }
    }

    /// Stands still at the problem frame, if the film still has it.
    fn show_problem_picture(&mut self) {
        let problem = self.network.problem().map(|problem| (problem.stream, problem.frame_id));
        let kept = problem.and_then(|(stream, frame_id)| self.film.kept(stream, frame_id));
        if let Some(number) = kept {
            self.show_still(number);
        }
    }

    fn show_still(&mut self, number: u64) {
        if !self.film.is_frozen() {
            self.freeze();
        }
        if let (Some(frame), Some(presenter)) = (self.film.choose(number), &self.presenter) {
            presenter.stand_still_at(Some(frame));
        }
    }
}
