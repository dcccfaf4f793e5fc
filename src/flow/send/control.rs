//! The sender's conversation: opening, end-of-frame, closing, and what it makes of the answers.

use std::time::Duration;

use crate::flow::job::{Mode, Transport};
use crate::flow::limits;
use crate::flow::time::Time;
use crate::flow::train::Train;
use crate::frame::Digest;
use crate::wire;
use crate::wire::pixelwire::{FrameId, PacketNumber, ReceiverId, Report, ToReceiver, ToSender};

use super::window::Reading;
use super::{Ended, Failure, Phase, Sender, SenderEvent};

/// How soon an opening is repeated, should it have been lost; then twice as late each time, up to
/// the longest interval.
const FIRST_OPEN_INTERVAL: Duration = Duration::from_millis(5);
const OPEN_INTERVAL: Duration = Duration::from_millis(100);

/// How often a sender that nobody answers any more asks whether somebody is there.
const PROBE_INTERVAL: Duration = Duration::from_millis(250);

/// After how long without an answer a sender asks whether somebody is there.
const KEEP_ALIVE: Duration = Duration::from_secs(2);

/// Most time between two closings.
pub(super) const CLOSE_INTERVAL: Duration = Duration::from_millis(50);

impl Sender {
    /// Takes a datagram that came back.
    pub fn handle_datagram(&mut self, datagram: &[u8], now: Time) {
        let Ok(packet) = wire::parse_answer(datagram) else { return };
        let stamp = packet.stamp();
        if stamp.stream != self.config.stream || self.phase == Phase::Ended {
            return;
        }
        self.last_heard = now;
        if self.config.one_way {
            self.note_answer(&packet, now);
            return;
        }
        self.meet(stamp.receiver, now);
        match packet {
            ToSender::Report(_, report) => self.handle_report(report, now),
            ToSender::Resend(_, frame, runs) => self.handle_resend(frame, &runs, now),
            ToSender::Complete(_, frame, digest) => self.handle_complete(frame, digest, now),
            ToSender::Abandoned(_, frame) => self.fail(frame, Failure::Abandoned),
            ToSender::Closed(_, highest) => {
                if matches!(self.phase, Phase::Closing { .. }) && highest.0 + 1 == self.next_number
                {
                    self.end(Ended::Closed);
                }
            }
            ToSender::Leave(_) => {
                let closing = matches!(self.phase, Phase::Closing { .. });
                self.end(if closing { Ended::Closed } else { Ended::ReceiverLeft });
            }
        }
        self.close_when_done(now);
    }

    /// The connection to the receiver is gone: every frame that is not confirmed has failed.
    pub fn handle_disconnect(&mut self) {
        let closing = matches!(self.phase, Phase::Closing { .. });
        self.end(if closing { Ended::Unanswered } else { Ended::Disconnected });
    }

    /// Does what has become due by `now`.
    pub fn handle_timeout(&mut self, now: Time) {
        match self.phase {
            Phase::Opening if now.since(self.began) >= limits::NO_ANSWER => {
                self.end(Ended::NoAnswer);
            }
            Phase::Streaming
                if !self.config.one_way && now.since(self.last_heard) >= limits::NO_ANSWER =>
            {
                self.end(Ended::Silence);
            }
            Phase::Closing { since } if now.since(since) >= self.close_patience() => {
                self.end(Ended::Unanswered);
            }
            _ => {}
        }
        if self.keep_alive_at().is_some_and(|due| due <= now) {
            self.open_due = Some(now);
        }
        if self.may_stall() && now >= self.stalled_at() {
            self.flight.forget();
            self.window.collapse();
            self.last_landed = now;
            if self.phase == Phase::Streaming && self.open_due.is_none() {
                self.open_due = Some(now);
            }
        }
        self.close_when_done(now);
    }

    /// When to ask whether the receiver is still there, although nothing is to be sent: a source may
    /// pause for longer than anybody waits for an answer.
    pub(super) fn keep_alive_at(&self) -> Option<Time> {
        let asks = self.phase == Phase::Streaming && !self.config.one_way;
        (asks && self.open_due.is_none()).then(|| self.last_heard + KEEP_ALIVE)
    }

    /// Adds a packet of the conversation that is due; whether there was one.
    pub(super) fn fill_control(&mut self, now: Time, train: &mut Train) -> bool {
        if self.open_due.is_some_and(|due| due <= now) {
            self.push_open(now, train);
            return true;
        }
        if let Some(frame) = self.gone.pop_front() {
            let stamp = self.stamp(now);
            train.push(|out| ToReceiver::Gone { stamp, frame }.write(out));
            return true;
        }
        if matches!(self.phase, Phase::Closing { .. }) && self.close_due <= now {
            let stamp = self.stamp(now);
            self.close_due = now + (self.round_trip.timeout() * 2).min(CLOSE_INTERVAL);
            train.push(|out| ToReceiver::Close { stamp }.write(out));
            return true;
        }
        let ended = |frame: &super::Outgoing| {
            frame.end_due.is_some_and(|due| due <= now) && !frame.has_wanted()
        };
        match self.frames.iter().position(ended) {
            Some(at) if self.phase == Phase::Streaming => {
                self.push_end(at, now, train);
                true
            }
            _ => false,
        }
    }

    fn push_open(&mut self, now: Time, train: &mut Train) {
        let stamp = self.stamp(now);
        let packet = ToReceiver::Open {
            stamp,
            first: PacketNumber(self.account_first),
            deliver: self.config.mode == Mode::Deliver,
            round_trip: self.round_trip.smoothed(),
            name: self.config.name.clone(),
        };
        train.push(|out| packet.write(out));
        let silent = now.since(self.last_heard) > PROBE_INTERVAL;
        self.openings += 1;
        self.open_due = match self.phase {
            _ if self.config.one_way => self.next_opening(now),
            Phase::Opening => {
                let tries = (self.openings - 1).min(8);
                Some(now + (FIRST_OPEN_INTERVAL * (1 << tries)).min(OPEN_INTERVAL))
            }
            Phase::Streaming if silent => Some(now + PROBE_INTERVAL),
            _ => None,
        };
    }

    fn push_end(&mut self, at: usize, now: Time, train: &mut Train) {
        let stamp = self.stamp(now);
        let (round_trip, timeout) = (self.round_trip.smoothed(), self.round_trip.timeout());
        let oldest = self.frames.front().map_or(FrameId(0), |frame| frame.header.id);
        let Some(frame) = self.frames.get_mut(at) else { return };
        frame.end_left(timeout, now);
        let packet = ToReceiver::End {
            stamp,
            frame: frame.header,
            age: frame.began.map_or(Duration::ZERO, |began| now.since(began)),
            digest: frame.digest(),
            round_trip,
            oldest,
            name: frame.name.clone(),
        };
        train.push(|out| packet.write(out));
    }

    /// Notices who answers: the first receiver, or one that was started again.
    fn meet(&mut self, receiver: ReceiverId, now: Time) {
        match self.receiver.replace(receiver) {
            Some(known) if known != receiver => {
                self.flight.forget();
                self.events.push_back(SenderEvent::Restarted);
            }
            Some(_) => {}
            None => {
                self.phase = Phase::Streaming;
                // Once more, to tell the receiver the round trip.
                self.open_due = Some(now);
                let round_trip = now.since(self.began);
                self.events.push_back(SenderEvent::Opened { round_trip });
            }
        }
    }

    fn handle_report(&mut self, report: Report, now: Time) {
        if report.highest.0 >= self.next_number {
            return;
        }
        if !report.opened && self.open_due.is_none() {
            self.account_first = self.next_number;
            self.open_due = Some(now);
        }
        self.count_report(report, now);
        let Some(landed) = self.flight.land(report.highest.0, now) else { return };
        self.last_landed = now;
        let sample = landed.elapsed.saturating_sub(report.hold);
        self.round_trip.sample(sample, now);
        let least = self.round_trip.least().unwrap_or(sample);
        // What is told of the buffer is about datagrams.
        let (kernel_drops, receive_buffer) = match self.config.transport {
            Transport::Udp => (report.kernel_drops, report.receive_buffer),
            Transport::Tcp => (None, u32::MAX),
        };
        let reading = Reading {
            landed: landed.bytes,
            round_trip: sample,
            least_round_trip: least,
            kernel_drops,
            receive_buffer,
            was_full: std::mem::take(&mut self.window_was_full),
        };
        self.window.update(reading, now);
    }

    /// Takes a report's figures.
    pub(super) fn count_report(&mut self, report: Report, now: Time) {
        self.counters.packets_reported = report.received;
        let expected = (report.highest.0 + 1).saturating_sub(self.account_first);
        self.counters.packets_lost = expected.saturating_sub(report.received);
        self.loss.observe(expected, self.counters.packets_lost, now);
    }

    fn handle_resend(&mut self, id: FrameId, runs: &[(u32, u32)], now: Time) {
        let timeout = self.round_trip.timeout();
        match self.frames.iter_mut().find(|frame| frame.header.id == id) {
            Some(frame) => {
                frame.heard(timeout, now);
                if !frame.want(runs) {
                    self.fail(id, Failure::BudgetSpent);
                    self.gone.push_back(id);
                }
            }
            None if !self.gone.contains(&id) && self.gone.len() < 64 => self.gone.push_back(id),
            None => {}
        }
    }

    fn handle_complete(&mut self, id: FrameId, digest: Digest, now: Time) {
        let Some(at) = self.frames.iter().position(|frame| frame.header.id == id) else { return };
        if !self.frames[at].all_left() {
            return;
        }
        let Some(frame) = self.frames.remove(at) else { return };
        if digest != frame.digest() {
            self.events.push_back(SenderEvent::FrameFailed(id, Failure::WrongDigest));
            return;
        }
        self.counters.bytes_delivered += u64::from(frame.header.length);
        self.events.push_back(SenderEvent::FrameDone {
            id,
            verified: frame.header.deliver,
            resent: frame.resent,
            elapsed: frame.began.map_or(Duration::ZERO, |began| now.since(began)),
        });
    }

    fn fail(&mut self, id: FrameId, failure: Failure) {
        if let Some(at) = self.frames.iter().position(|frame| frame.header.id == id) {
            self.frames.remove(at);
            self.events.push_back(SenderEvent::FrameFailed(id, failure));
        }
    }

    /// Begins the closing once nothing is left to do: in deliver mode when every frame has ended,
    /// in live mode when every frame has left and had its time for repairs.
    pub(super) fn close_when_done(&mut self, now: Time) {
        if self.phase != Phase::Streaming || !self.finishing {
            return;
        }
        let done = match self.config.mode {
            Mode::Deliver => self.frames.is_empty(),
            Mode::Live => self.frames.iter().all(|frame| {
                let began = frame.began.unwrap_or(now);
                frame.all_left()
                    && frame.end_due.is_none()
                    && now.since(began) >= limits::LATENCY_BUDGET
            }),
        };
        if done {
            self.phase = Phase::Closing { since: now };
            self.close_due = now;
        }
    }
}
