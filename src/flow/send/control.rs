//! The sender's conversation: opening, end-of-frame, closing, and what it makes of the answers.

use std::net::SocketAddr;
use std::time::Duration;

use crate::flow::job::{Mode, Transport};
use crate::flow::limits;
use crate::flow::time::Time;
use crate::flow::train::Train;
use crate::wire;
use crate::wire::pixelwire::{FrameId, PacketNumber, ReceiverId, Report, ToReceiver, ToSender};

use super::audience::Met;
use super::{Ended, Failure, Phase, Sender, SenderEvent};

/// How soon an opening is repeated, should it have been lost; then twice as late each time, up to
/// the longest interval.
const FIRST_OPEN_INTERVAL: Duration = Duration::from_millis(5);
const OPEN_INTERVAL: Duration = Duration::from_millis(100);

/// How often a sender that nobody answers any more asks whether somebody is there.
const PROBE_INTERVAL: Duration = Duration::from_millis(250);

/// Most time between two closings.
pub(super) const CLOSE_INTERVAL: Duration = Duration::from_millis(50);

impl Sender {
    /// Takes a datagram that came back.
    pub fn handle_datagram(&mut self, datagram: &[u8], now: Time) {
        self.handle_datagram_from(None, datagram, now);
    }

    /// Takes a datagram that came back, from this address.
    pub fn handle_datagram_from(&mut self, from: Option<SocketAddr>, datagram: &[u8], now: Time) {
        let Ok(packet) = wire::parse_answer(datagram) else { return };
        let stamp = packet.stamp();
        if stamp.stream != self.config.stream || self.phase == Phase::Ended {
            return;
        }
        let Some(at) = self.meet(stamp.receiver, now) else { return };
        self.audience.note_address(at, from);
        if self.config.one_way {
            self.note_answer(at, &packet, now);
            return;
        }
        match packet {
            ToSender::Report(_, report) => self.handle_report(at, report, now),
            ToSender::Resend(_, frame, runs) => self.handle_resend(at, frame, &runs, now),
            ToSender::Complete(_, frame, digest) => self.handle_complete(at, frame, digest, now),
            ToSender::Abandoned(_, frame) => self.settle(at, frame, Some(Failure::Abandoned), now),
            ToSender::Closed(_, highest) => self.handle_closed(at, highest),
            ToSender::Leave(_) => self.handle_leave(at, now),
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
            Phase::Opening if self.gathering.is_some_and(|until| now >= until) => {
                self.begin_streaming(now);
            }
            Phase::Opening if self.gathering.is_none() && self.is_unanswered(now) => {
                self.end(Ended::NoAnswer);
            }
            Phase::Streaming if !self.config.one_way => {
                self.drop_silent(now);
                let silent = self
                    .audience
                    .last_heard()
                    .is_some_and(|heard| now.since(heard) >= limits::IDLE_PROBE);
                if silent && self.phase == Phase::Streaming {
                    self.open_due.get_or_insert(now);
                }
            }
            Phase::Closing { since } => self.pass_closing(now.since(since)),
            _ => {}
        }
        if self.may_stall() && self.audience.pass_stalls(now) && self.phase == Phase::Streaming {
            self.open_due.get_or_insert(now);
        }
        self.close_when_done(now);
    }

    fn is_unanswered(&self, now: Time) -> bool {
        now.since(self.began) >= limits::NO_ANSWER
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
            self.close_due = now + (self.audience.timeout() * 2).min(CLOSE_INTERVAL);
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
            round_trip: self.audience.round_trip(),
            name: self.config.name.clone(),
        };
        train.push(|out| packet.write(out));
        let heard = self.audience.last_heard();
        let silent = heard.is_some_and(|heard| now.since(heard) > PROBE_INTERVAL);
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
        let (round_trip, timeout) = (self.audience.round_trip(), self.audience.timeout());
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

    /// Notices who answers: somebody new, or a receiver that was started again. The place of who
    /// takes part.
    fn meet(&mut self, receiver: ReceiverId, now: Time) -> Option<usize> {
        let (at, met) = self.audience.meet(receiver, now)?;
        match met {
            Met::Known => {}
            Met::Restarted => self.events.push_back(SenderEvent::Restarted),
            Met::New if self.config.one_way => {}
            Met::New if self.phase != Phase::Opening => {
                if let Some(member) = self.audience.member(at) {
                    member.joined = self.next_frame;
                }
            }
            Met::New if self.audience.is_group() => {
                self.gathering.get_or_insert(now + limits::GATHERING);
            }
            Met::New => self.begin_streaming(now),
        }
        Some(at)
    }

    fn begin_streaming(&mut self, now: Time) {
        self.phase = Phase::Streaming;
        // Once more, to tell the receiver the round trip.
        self.open_due = Some(now);
        let since_opening = now.since(self.began);
        let round_trip = if self.audience.is_group() {
            self.audience.round_trip().unwrap_or(since_opening)
        } else {
            since_opening
        };
        self.events.push_back(SenderEvent::Opened { round_trip });
    }

    fn handle_report(&mut self, at: usize, report: Report, now: Time) {
        if report.highest.0 >= self.next_number {
            return;
        }
        if !report.opened && self.open_due.is_none() {
            self.account_first = self.next_number;
            self.open_due = Some(now);
        }
        self.count_report(at, report, now);
        // What is told of the buffer is about datagrams.
        let report = match self.config.transport {
            Transport::Udp => report,
            Transport::Tcp => Report { kernel_drops: None, receive_buffer: u32::MAX, ..report },
        };
        if let Some(member) = self.audience.member(at) {
            member.land(report, now);
        }
    }

    /// Takes a report's figures.
    pub(super) fn count_report(&mut self, at: usize, report: Report, now: Time) {
        let is_group = self.audience.is_group();
        let Some(member) = self.audience.member(at) else { return };
        if !is_group {
            member.first = self.account_first;
        } else if !report.opened {
            // Who came late counts from what it heard first.
            member.first = (report.highest.0 + 1).saturating_sub(report.received);
        }
        member.count(report, now);
        let (reported, lost) = self.audience.worst();
        self.counters.packets_reported = reported;
        self.counters.packets_lost = lost;
    }

    fn handle_resend(&mut self, at: usize, id: FrameId, runs: &[(u32, u32)], now: Time) {
        let timeout = self.audience.timeout();
        let is_group = self.audience.is_group();
        let receivers = self.audience.entitled(id.0).count_ones();
        let round_trip = self.audience.member(at).and_then(|asker| asker.round_trip.smoothed());
        let Some(frame) = self.frames.iter_mut().find(|frame| frame.header.id == id) else {
            if !self.gone.contains(&id) && self.gone.len() < 64 {
                self.gone.push_back(id);
            }
            return;
        };
        frame.heard(timeout, now);
        if is_group {
            frame.want_of_group(runs, round_trip.unwrap_or_default(), now);
        } else {
            frame.want(runs);
        }
        if frame.is_budget_spent(receivers) {
            self.fail(id, Failure::BudgetSpent, now);
            self.gone.push_back(id);
        }
    }

    fn handle_closed(&mut self, at: usize, highest: PacketNumber) {
        if !matches!(self.phase, Phase::Closing { .. }) || highest.0 >= self.next_number {
            return;
        }
        if let Some(member) = self.audience.member(at) {
            member.closed = member.closed.max(Some(highest.0 + 1));
        }
        if self.audience.has_closed(Some(self.next_number)) {
            self.end(Ended::Closed);
        }
    }

    /// The closing has been going on for so long.
    fn pass_closing(&mut self, elapsed: Duration) {
        let everybody = !self.config.one_way && self.audience.has_closed(None);
        let long_enough = self.audience.is_group() && elapsed >= limits::GROUP_CLOSING;
        if everybody && long_enough {
            self.end(Ended::Closed);
        } else if elapsed >= self.close_patience() {
            self.end(if everybody { Ended::Closed } else { Ended::Unanswered });
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
