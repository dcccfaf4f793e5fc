//! One pixelwire stream at the receiver: its account, its frames, and what it is answered.

mod decoded;
mod repair;

use std::collections::VecDeque;
use std::time::Duration;

use crate::flow::account::{Account, Arrival};
use crate::flow::burst::LossPattern;
use crate::flow::counters::Counters;
use crate::flow::jitter::Jitter;
use crate::flow::limits;
use crate::flow::ranges::RangeSet;
use crate::flow::time::{Time, earliest};
use crate::frame::{Digest, PixelFormat};
use crate::wire::pixelwire::{
    DataRun, FrameHeader, FrameId, MAX_RANGES, PacketNumber, Report, Stamp, ToReceiver, ToSender,
};

use super::assembly::{Assembly, Ending};
use super::decode::Whose;
use super::latency::ClockOffset;
use super::{Shared, StreamKey};

/// How many ended frames are remembered, so that a repeated end-of-frame is answered again.
const ENDED_RUNS: usize = 64;

/// How long to wait for a resend before any round trip is known.
const FIRST_PATIENCE: Duration = Duration::from_millis(10);

/// A stream from its first packet until it is forgotten.
pub(super) struct Stream {
    pub(super) key: StreamKey,
    pub(super) name: String,
    pub(super) deliver: bool,
    pub(super) shape: Option<(u32, u32, PixelFormat)>,
    pub(super) last_heard: Time,
    pub(super) round_trip: Option<Duration>,
    pub(super) jitter: Jitter,
    pub(super) latency: Option<Duration>,
    /// When the sender's closing was last heard.
    pub(super) closed_at: Option<Time>,
    opened: bool,
    account: Account,
    tally: Counters,
    /// Overflows of the socket's buffer that have been accounted for.
    overflows: u32,
    frames: VecDeque<Assembly>,
    /// Frames that ended well, to be confirmed again when their sender asks.
    complete: RangeSet,
    /// Frames below this have ended, as their sender says.
    ended_below: u32,
    /// Frames that were given up or let go.
    abandoned: RangeSet,
    newest_shown: Option<FrameId>,
    /// The newest that was taken.
    newest_taken: Option<u64>,
    clock: ClockOffset,
    highest_at: Time,
    unreported_bytes: usize,
    report_due: Option<Time>,
}

impl Stream {
    pub(super) fn new(key: StreamKey, now: Time, shared: &Shared) -> Self {
        Self {
            key,
            name: key.peer.ip().to_string(),
            deliver: false,
            shape: None,
            last_heard: now,
            round_trip: None,
            jitter: Jitter::default(),
            latency: None,
            closed_at: None,
            opened: false,
            account: Account::default(),
            tally: shared.fresh_counters(),
            overflows: shared.overflows,
            frames: VecDeque::new(),
            complete: RangeSet::default(),
            ended_below: 0,
            abandoned: RangeSet::default(),
            newest_shown: None,
            newest_taken: None,
            clock: ClockOffset::default(),
            highest_at: now,
            unreported_bytes: 0,
            report_due: None,
        }
    }

    /// The stream's counters now.
    pub(super) fn counters(&self) -> Counters {
        let mut counters = self.tally;
        counters.packets_expected = self.account.expected();
        counters.packets_received = self.account.received();
        counters.packets_lost = counters.packets_expected - counters.packets_received;
        counters
    }

    /// How its losses were spread.
    pub(super) fn losses(&self) -> LossPattern {
        self.account.loss_pattern()
    }

    /// How losses are spread is looked at anew.
    pub(super) fn forget_losses(&mut self) {
        self.account.forget_loss_pattern();
    }

    /// A complete frame was let go because its reader was slow.
    pub(super) fn count_dropped(&mut self) {
        self.tally.complete_was_dropped();
    }

    /// Bytes of memory that unfinished frames hold.
    pub(super) fn open_bytes(&self) -> usize {
        self.frames.iter().map(|frame| Whose::memory(&frame.header) + frame.parity_bytes()).sum()
    }

    /// Takes a packet of this stream, or several data packets that follow one another.
    pub(super) fn handle(&mut self, packet: ToReceiver<'_>, now: Time, shared: &mut Shared) {
        let stamp = packet.stamp();
        if let ToReceiver::Data(run) = packet
            && run.count > 1
            && !self.account.is_ahead(stamp.number.0)
        {
            // Some of them may have come before: each is looked at by itself.
            run.packets().for_each(|one| self.handle(ToReceiver::Data(one), now, shared));
            return;
        }
        self.last_heard = now;
        self.blame_overflow(stamp.number.0, shared);
        match self.account.observe(stamp.number.0, packet.count()) {
            Arrival::Duplicate => {
                self.tally.packets_duplicate += 1;
                // A copy says nothing new, but the question in it may still want an answer.
                if matches!(packet, ToReceiver::Data(_) | ToReceiver::Parity { .. }) {
                    return;
                }
            }
            Arrival::Reordered => self.tally.packets_reordered += 1,
            Arrival::InOrder => self.highest_at = now,
        }
        self.keep_time(stamp, now);
        self.dispatch(packet, stamp, now, shared);
    }

    fn keep_time(&mut self, stamp: Stamp, now: Time) {
        self.jitter.observe(stamp.sent_at_us, now.wire_micros());
        self.clock.observe(stamp.sent_at_us, now);
        if self.report_due.is_none() {
            self.report_due = Some(now + limits::REPORT_DELAY);
        }
    }

    /// When the socket's buffer has overflowed since this stream's last packet, the gap before
    /// this one is what the overflow took.
    fn blame_overflow(&mut self, number: u64, shared: &mut Shared) {
        if let Some(gap) = self.account.gap_before(number) {
            shared.blame_overflow(&mut self.overflows, &mut self.tally, gap);
        }
    }

    fn dispatch(&mut self, packet: ToReceiver<'_>, stamp: Stamp, now: Time, shared: &mut Shared) {
        match packet {
            ToReceiver::Open { first, deliver, round_trip, name, .. } => {
                self.account.open(first.0);
                self.opened = true;
                self.deliver = deliver;
                self.round_trip = round_trip.or(self.round_trip);
                if !name.is_empty() {
                    self.name = name;
                }
                self.report_due = Some(now);
            }
            ToReceiver::Data(run) => self.take_payloads(&run, now, shared),
            ToReceiver::Parity { frame, place, age, payload, .. } => {
                self.count_toward_report(payload.len(), now);
                let first_sent = stamp.sent_at_us.wrapping_sub(age.as_micros() as u32);
                self.all_sent_before(frame.id, now);
                if let Some(at) = self.assembly(frame, first_sent, now, shared) {
                    self.keep_parity(at, (place, payload), now, shared);
                }
            }
            ToReceiver::End { frame, age, digest, round_trip, oldest, name, .. } => {
                self.round_trip = round_trip.or(self.round_trip);
                self.ended_below = self.ended_below.max(oldest.0.min(frame.id.0));
                self.report_due = Some(now);
                let first_sent = stamp.sent_at_us.wrapping_sub(age.as_micros() as u32);
                match self.assembly(frame, first_sent, now, shared) {
                    Some(at) => {
                        self.frames[at].all_sent(now);
                        self.frames[at].ending = Some(Ending { digest, name });
                        self.finish_if_whole(at, now, shared);
                    }
                    None => self.answer_ended(frame.id, digest, shared),
                }
            }
            ToReceiver::Gone { frame, .. } => {
                if let Some(at) = self.frames.iter().position(|open| open.header.id == frame) {
                    self.give_up(at, shared);
                }
            }
            ToReceiver::Close { .. } => self.close(now, shared),
        }
    }

    fn take_payloads(&mut self, run: &DataRun<'_>, now: Time, shared: &mut Shared) {
        let bytes = run.payload_bytes();
        self.tally.bytes_received += bytes as u64;
        self.count_toward_report(bytes, now);
        let first_sent = run.stamp.sent_at_us.wrapping_sub(run.age.as_micros() as u32);
        if !run.resend {
            self.all_sent_before(run.frame.id, now);
        }
        let Some(at) = self.assembly(run.frame, first_sent, now, shared) else {
            self.tally.packets_late += u64::from(run.count);
            let frame = u64::from(run.frame.id.0);
            for index in run.index..run.index + run.count {
                shared.problems.came_late(self.key, frame, index);
            }
            return;
        };
        let placed = self.frames[at].place(run, now);
        self.tally.packets_recovered += placed.recovered;
        self.tally.packets_late += placed.redundant;
        self.finish_if_whole(at, now, shared);
    }

    fn count_toward_report(&mut self, bytes: usize, now: Time) {
        self.unreported_bytes += bytes;
        if self.unreported_bytes >= limits::MOST_UNREPORTED {
            self.report_due = Some(now);
        }
    }

    /// Nothing more waits at the socket: what is worth a report is reported, for the sender may be
    /// waiting for just that.
    pub(super) fn handle_drained(&mut self, now: Time, shared: &mut Shared) {
        if self.unreported_bytes >= limits::REPORT_BYTES {
            self.report(now, shared);
        }
    }

    /// When [`Self::handle_timeout`] is next wanted.
    pub(super) fn next_timeout(&self, shared: &Shared) -> Option<Time> {
        let requests = self.frames.iter().filter_map(Assembly::next_request).min();
        let repairs = self.frames.iter().filter_map(Assembly::next_repair).min();
        let deadline = self.frames.front().map(|frame| {
            if self.deliver {
                self.last_heard + limits::STREAM_IDLE
            } else {
                frame.began + shared.config.latency_budget
            }
        });
        earliest(earliest(requests, repairs), earliest(deadline, self.report_due))
    }

    /// Does what is due: repairs, requests, reports, deadlines.
    pub(super) fn handle_timeout(&mut self, now: Time, shared: &mut Shared) {
        self.pass_deadlines(now, shared);
        self.start_repairs(now, shared);
        self.request_missing(now, shared);
        if self.report_due.is_some_and(|due| due <= now) {
            self.report(now, shared);
        }
    }

    /// Tells the sender that nobody listens any more.
    pub(super) fn leave(&mut self, shared: &mut Shared) {
        if self.closed_at.is_none() {
            let stamp = shared.stamp(self.key);
            shared.answer(self.key, &ToSender::Leave(stamp));
        }
    }

    /// The sender's connection is gone, and the job with it.
    pub(super) fn disconnect(&mut self, now: Time, shared: &mut Shared) {
        while !self.frames.is_empty() {
            self.give_up(0, shared);
        }
        self.closed_at.get_or_insert(now);
    }

    /// A frame that was handed over: its sender may know.
    ///
    /// A live frame may be whole before its end-of-frame has come; then that is what is answered.
    pub(super) fn confirm(&mut self, id: FrameId, digest: Option<Digest>, shared: &mut Shared) {
        self.tally.frames_complete += 1;
        remember(&mut self.complete, id);
        if let Some(digest) = digest {
            let stamp = shared.stamp(self.key);
            shared.answer(self.key, &ToSender::Complete(stamp, id, digest));
        }
    }

    /// The place of the frame among those under way, begun now if it is new; `None` when it is
    /// over already or may not be begun.
    fn assembly(
        &mut self,
        header: FrameHeader,
        first_sent_us: u32,
        now: Time,
        shared: &mut Shared,
    ) -> Option<usize> {
        let after = self.frames.partition_point(|open| open.header.id < header.id);
        if let Some(open) = self.frames.get(after).filter(|open| open.header.id == header.id) {
            return (open.header == header).then_some(after);
        }
        if self.is_over(header, shared) {
            return None;
        }
        if self.frames.len() + shared.waiting_of(self.key) >= most_open(header) {
            if self.deliver || after == 0 {
                return None;
            }
            self.give_up(0, shared);
            return self.assembly(header, first_sent_us, now, shared);
        }
        if !shared.admit_frame(&header) {
            return None;
        }
        self.deliver = header.deliver;
        self.shape = Some((header.width, header.height, header.format));
        let bytes = shared.buffers.take(header.length as usize);
        let mut frame = Assembly::new(header, bytes, now, first_sent_us);
        frame.drops_before = shared.drops_before;
        self.frames.insert(after, frame);
        Some(after)
    }

    fn is_over(&self, header: FrameHeader, shared: &Shared) -> bool {
        let id = header.id;
        let overtaken = !header.deliver && self.newest_shown.is_some_and(|newest| id <= newest);
        overtaken
            || self.complete.contains(id.0)
            || self.abandoned.contains(id.0)
            || shared.has(self.key, id)
    }

    fn all_sent_before(&mut self, id: FrameId, now: Time) {
        for frame in self.frames.iter_mut().take_while(|frame| frame.header.id < id) {
            frame.all_sent(now);
        }
    }

    fn finish_if_whole(&mut self, at: usize, now: Time, shared: &mut Shared) {
        let frame = &mut self.frames[at];
        if !frame.is_whole() {
            return;
        }
        shared.release(frame.drop_parity());
        let digest = match (&frame.ending, frame.header.deliver) {
            (None, true) => return,
            (None, false) => None,
            (Some(ending), _) => {
                let expected = ending.digest;
                let digest = frame.digest();
                if digest != expected {
                    frame.start_again(now);
                    return;
                }
                Some(digest)
            }
        };
        if !frame.header.deliver {
            for _ in 0..at {
                self.give_up(0, shared);
            }
            self.newest_shown = self.frames.front().map(|frame| frame.header.id);
        }
        let at = if self.deliver { at } else { 0 };
        if let Some(frame) = self.frames.remove(at) {
            self.latency = self.clock.since(frame.first_sent_us, self.round_trip, now);
            shared.finish(self.key, frame, digest, self.latency);
        }
    }

    /// Whether `id` may be handed over: in deliver mode every earlier frame of the stream has
    /// ended, even one of which nothing has arrived yet.
    pub(super) fn is_next(&self, id: u64) -> bool {
        let run_end = |from| self.complete.run_end(from).or_else(|| self.abandoned.run_end(from));
        let mut ended = self.ended_below;
        while let Some(end) = run_end(ended) {
            ended = end;
        }
        !self.deliver || id <= u64::from(ended)
    }

    fn answer_ended(&mut self, id: FrameId, digest: Digest, shared: &mut Shared) {
        let stamp = shared.stamp(self.key);
        if self.complete.contains(id.0) {
            shared.answer(self.key, &ToSender::Complete(stamp, id, digest));
        } else if self.abandoned.contains(id.0) {
            shared.answer(self.key, &ToSender::Abandoned(stamp, id));
        }
    }

    /// Ends a frame without all of its bytes.
    fn give_up(&mut self, at: usize, shared: &mut Shared) {
        let Some(mut frame) = self.frames.remove(at) else { return };
        shared.release(frame.drop_parity());
        let id = frame.header.id;
        self.tally.frames_incomplete += 1;
        remember(&mut self.abandoned, id);
        let stamp = shared.stamp(self.key);
        shared.answer(self.key, &ToSender::Abandoned(stamp, id));
        let overtaken = self.newest_shown.is_some_and(|newest| id < newest);
        shared.incomplete(self.key, frame, overtaken);
        if !self.deliver && !overtaken && shared.config.show_damaged {
            self.newest_shown = Some(id);
        }
    }

    fn pass_deadlines(&mut self, now: Time, shared: &mut Shared) {
        let budget = if self.deliver { limits::STREAM_IDLE } else { shared.config.latency_budget };
        let late = |frame: &Assembly, heard: Time, deliver: bool| {
            now >= if deliver { heard } else { frame.began } + budget
        };
        while self.frames.front().is_some_and(|frame| late(frame, self.last_heard, self.deliver)) {
            self.give_up(0, shared);
        }
    }

    fn request_missing(&mut self, now: Time, shared: &mut Shared) {
        let patience = self
            .round_trip
            .map_or(FIRST_PATIENCE, |round_trip| round_trip.mul_f32(1.5) + limits::REORDER_GRACE);
        let mut runs = Vec::new();
        for at in 0..self.frames.len() {
            let frame = &mut self.frames[at];
            if frame.next_request().is_none_or(|due| due > now) {
                continue;
            }
            let id = frame.header.id;
            frame.take_requests(now, patience, &mut runs);
            // What cannot arrive in time is not worth the way.
            let arrives = now + self.round_trip.unwrap_or_default();
            if !self.deliver && arrives > frame.began + shared.config.latency_budget {
                runs.clear();
            }
            for some in runs.chunks(MAX_RANGES) {
                let stamp = shared.stamp(self.key);
                shared.answer(self.key, &ToSender::Resend(stamp, id, some.to_vec()));
            }
            runs.clear();
        }
    }

    fn report(&mut self, now: Time, shared: &mut Shared) {
        self.report_due = None;
        self.unreported_bytes = 0;
        let Some(highest) = self.account.highest() else { return };
        let report = Report {
            highest: PacketNumber(highest),
            hold: now.since(self.highest_at),
            received: self.account.received(),
            kernel_drops: self.tally.kernel_drops,
            receive_buffer: u32::try_from(shared.config.receive_buffer).unwrap_or(u32::MAX),
            opened: self.opened,
        };
        let stamp = shared.stamp(self.key);
        shared.answer(self.key, &ToSender::Report(stamp, report));
    }

    fn close(&mut self, now: Time, shared: &mut Shared) {
        while !self.frames.is_empty() {
            self.give_up(0, shared);
        }
        self.closed_at = Some(now);
        let highest = PacketNumber(self.account.highest().unwrap_or(0));
        let stamp = shared.stamp(self.key);
        shared.answer(self.key, &ToSender::Closed(stamp, highest));
    }
}

/// How many frames of this size may be under way at once.
fn most_open(header: FrameHeader) -> usize {
    let large = header.pixel_bytes() > limits::LARGE_FRAME;
    if large { limits::MAX_OPEN_LARGE_FRAMES } else { limits::MAX_OPEN_FRAMES }
}

fn remember(ended: &mut RangeSet, id: FrameId) {
    ended.insert(id.0..id.0.saturating_add(1));
    while ended.run_count() > ENDED_RUNS {
        ended.pop_first(u32::MAX);
    }
}
