//! One receiver of a stream, as its sender knows it.

use std::net::SocketAddr;
use std::time::Duration;

use crate::flow::fec::LossFollower;
use crate::flow::round_trip::RoundTrip;
use crate::flow::time::Time;
use crate::wire::pixelwire::{ReceiverId, Report};

use super::flight::Flight;
use super::window::{Reading, Window};

/// What a sender knows of one of its receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverAccount {
    /// Random for each time that somebody starts to listen.
    pub id: ReceiverId,
    /// Where its answers come from, if that was told.
    pub address: Option<SocketAddr>,
    /// Whether it still takes part.
    pub standing: Standing,
    /// Frames that it has whole.
    pub frames_delivered: u64,
    /// Frames that were promised to it and that it does not have.
    pub frames_missed: u64,
    /// Datagrams that it reported to have received.
    pub packets_received: u64,
    /// Datagrams that it reported to have missed, before any repair.
    pub packets_lost: u64,
    /// Of these, dropped by its own system, where that can tell.
    pub kernel_drops: Option<u64>,
    /// The smoothed round trip.
    pub round_trip: Option<Duration>,
}

/// Whether a receiver still takes part in a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It does, or did until the job ended.
    #[default]
    Present,
    /// It said that it listens no longer.
    Left,
    /// It fell silent.
    Silent,
}

/// One receiver's account, and what its reports say of the path to it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Who it is, once it has answered.
    pub(super) id: Option<ReceiverId>,
    pub(super) address: Option<SocketAddr>,
    pub(super) standing: Standing,
    /// The first frame that is promised to it.
    pub(super) joined: u32,
    /// Where its account of packets begins.
    pub(super) first: u64,
    pub(super) round_trip: RoundTrip,
    pub(super) flight: Flight,
    pub(super) window: Window,
    window_was_full: bool,
    pub(super) last_heard: Time,
    last_landed: Time,
    /// Whether what was on its way to it was taken for lost, and nothing has landed since.
    pub(super) stalled: bool,
    pub(super) loss: LossFollower,
    /// One more than the last packet that it knew at its closing.
    pub(super) closed: Option<u64>,
    pub(super) delivered: u64,
    pub(super) missed: u64,
    reported: u64,
    lost: u64,
    kernel_drops: Option<u64>,
}

impl Member {
    pub(super) fn new(now: Time) -> Self {
        Self {
            id: None,
            address: None,
            standing: Standing::Present,
            joined: 0,
            first: 0,
            round_trip: RoundTrip::default(),
            flight: Flight::default(),
            window: Window::new(now),
            window_was_full: false,
            last_heard: now,
            last_landed: now,
            stalled: false,
            loss: LossFollower::default(),
            closed: None,
            delivered: 0,
            missed: 0,
            reported: 0,
            lost: 0,
            kernel_drops: None,
        }
    }

    pub(super) fn is_present(&self) -> bool {
        self.standing == Standing::Present
    }

    /// Its account, once it has answered.
    pub(super) fn account(&self) -> Option<ReceiverAccount> {
        Some(ReceiverAccount {
            id: self.id?,
            address: self.address,
            standing: self.standing,
            frames_delivered: self.delivered,
            frames_missed: self.missed,
            packets_received: self.reported,
            packets_lost: self.lost,
            kernel_drops: self.kernel_drops,
            round_trip: self.round_trip.smoothed(),
        })
    }

    /// Datagrams that it reported to have received and to have missed.
    pub(super) fn reported(&self) -> (u64, u64) {
        (self.reported, self.lost)
    }

    /// Bytes that its window still lets out; `least` may always be on their way.
    pub(super) fn room(&self, least: usize) -> usize {
        self.window.bytes().max(least).saturating_sub(self.flight.bytes())
    }

    /// The window was what held the sender back.
    pub(super) fn note_full(&mut self) {
        self.window_was_full = true;
    }

    /// The packets `first` to `last` are on their way.
    pub(super) fn depart(&mut self, first: u64, last: u64, bytes: usize, now: Time) {
        if self.flight.bytes() == 0 {
            self.last_landed = now;
        }
        self.flight.depart(first, last, bytes, now);
    }

    /// Takes a report's figures.
    pub(super) fn count(&mut self, report: Report, now: Time) {
        self.reported = report.received;
        self.kernel_drops = report.kernel_drops;
        let expected = (report.highest.0 + 1).saturating_sub(self.first);
        self.lost = expected.saturating_sub(report.received);
        self.loss.observe(expected, self.lost, now);
    }

    /// Takes what a report says of the path.
    pub(super) fn land(&mut self, report: Report, now: Time) {
        let Some(landed) = self.flight.land(report.highest.0, now) else { return };
        self.last_landed = now;
        self.stalled = false;
        let sample = landed.elapsed.saturating_sub(report.hold);
        self.round_trip.sample(sample, now);
        let least = self.round_trip.least().unwrap_or(sample);
        let reading = Reading {
            landed: landed.bytes,
            round_trip: sample,
            least_round_trip: least,
            kernel_drops: report.kernel_drops,
            receive_buffer: report.receive_buffer,
            was_full: std::mem::take(&mut self.window_was_full),
        };
        self.window.update(reading, now);
    }

    /// When what is on its way is taken for lost, if nothing lands until then.
    pub(super) fn stalls_at(&self) -> Option<Time> {
        let patience = (self.round_trip.timeout() * 4).max(LEAST_STALL);
        (self.is_present() && self.flight.bytes() > 0).then(|| self.last_landed + patience)
    }

    /// What was on its way is taken for lost.
    pub(super) fn stall(&mut self, now: Time) {
        self.flight.forget();
        self.window.collapse();
        self.last_landed = now;
        self.stalled = true;
    }
}

/// For how long at least nothing has to land before what is on its way is taken for lost.
const LEAST_STALL: Duration = Duration::from_millis(50);
