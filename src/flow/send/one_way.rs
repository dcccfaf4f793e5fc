//! Sending where nobody answers: what would be confirmed is said several times instead.

use std::time::Duration;

use crate::flow::limits;
use crate::flow::time::Time;
use crate::wire::pixelwire::ToSender;

use super::Sender;
use super::control::CLOSE_INTERVAL;

/// How often the opening is said, and how far apart: a burst should not take them all.
const OPENINGS: u32 = 3;
const OPEN_INTERVAL: Duration = Duration::from_millis(20);

/// How often the closing is said.
const CLOSINGS: u32 = 5;

impl Sender {
    /// Takes an answer that came nevertheless: for the figures only.
    pub(super) fn note_answer(&mut self, at: usize, packet: &ToSender, now: Time) {
        if let ToSender::Report(_, report) = packet
            && report.highest.0 < self.next_number
        {
            self.count_report(at, *report, now);
        }
    }

    /// When the opening is said again.
    pub(super) fn next_opening(&self, now: Time) -> Option<Time> {
        (self.openings < OPENINGS).then(|| now + OPEN_INTERVAL)
    }

    /// How long the closing is repeated when it is not answered.
    pub(super) fn close_patience(&self) -> Duration {
        if self.config.one_way {
            CLOSE_INTERVAL * (2 * CLOSINGS - 1) / 2
        } else {
            limits::CLOSE_PATIENCE
        }
    }
}
