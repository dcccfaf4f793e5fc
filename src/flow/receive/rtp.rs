//! One stream of uncompressed video over RTP: packets are counted by their numbers, frames told
//! apart by their timestamps, and pixels placed by line and offset.

mod numbers;
mod open;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::flow::account::{Account, Arrival};
use crate::flow::counters::Counters;
use crate::flow::jitter::Jitter;
use crate::flow::job::{Mode, Protocol};
use crate::flow::limits;
use crate::flow::time::Time;
use crate::frame::PixelFormat;
use crate::wire::rtp::{CLOCK_RATE, Packet};

use super::problems::{Outcome, ProblemFrame};
use super::shared::Shared;
use super::{ReceivedFrame, StreamAccount, StreamKey};

use numbers::{Numbered, Numbers};
use open::OpenFrame;

/// Why a stream's packets are counted and not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtpTrouble {
    /// Nobody said what is in it.
    Unknown,
    /// Its payload type is another than the one that was described.
    OtherType,
    /// It has pixels outside of the picture that was described.
    OtherSize,
    /// Its frames have two fields.
    Interlaced,
}

impl fmt::Display for RtpTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => {
                "an RTP stream arrives, which does not say what it holds: give its SDP file \
                 (--sdp FILE), or its size and format (--size 1280x720 --pixel-format UYVY)"
            }
            Self::OtherType => {
                "an RTP stream arrives whose payload type is not that of the SDP file: use the \
                 file that belongs to it"
            }
            Self::OtherSize => {
                "an RTP stream has pixels outside of the picture that was described: check its \
                 size and format"
            }
            Self::Interlaced => {
                "an RTP stream is interlaced, which is not supported: let the sender deinterlace it"
            }
        })
    }
}

/// A stream, told apart by its sender's address and its SSRC.
pub(super) struct RtpStream {
    pub(super) key: StreamKey,
    pub(super) last_heard: Time,
    numbers: Numbers,
    account: Account,
    tally: Counters,
    /// Overflows of the socket's buffer that have been accounted for.
    overflows: u32,
    jitter: Jitter,
    /// The newest timestamp, and the same in µs.
    clock: Option<(u32, u32)>,
    /// Oldest first, [`MOST_OPEN`] at most.
    open: VecDeque<OpenFrame>,
    ended: Option<Ended>,
    /// The number after the newest marker: where the next frame begins.
    boundary: Option<u64>,
    next_frame: u64,
    shape: Option<(u32, u32, PixelFormat)>,
    interlaced: bool,
    trouble: Option<RtpTrouble>,
}

/// The newest frame that is over.
#[derive(Clone, Copy)]
struct Ended {
    id: u64,
    timestamp: u32,
    first: u64,
    last: Option<u64>,
}

impl RtpStream {
    pub(super) fn new(peer: SocketAddr, ssrc: u32, now: Time, shared: &Shared) -> Self {
        Self {
            key: StreamKey::over_udp(peer, u64::from(ssrc)),
            last_heard: now,
            numbers: Numbers::default(),
            account: Account::default(),
            tally: shared.fresh_counters(),
            overflows: shared.overflows,
            jitter: Jitter::default(),
            clock: None,
            open: VecDeque::new(),
            ended: None,
            boundary: None,
            next_frame: 0,
            shape: None,
            interlaced: false,
            trouble: None,
        }
    }

    /// Takes a packet of this stream.
    pub(super) fn handle(&mut self, packet: &Packet<'_>, now: Time, shared: &mut Shared) {
        let number = match self.numbers.take(packet.head.number) {
            Numbered::At(number) => number,
            Numbered::Anew(number) => {
                self.begin_anew(shared);
                number
            }
            Numbered::Stray => {
                self.tally.packets_invalid += 1;
                return;
            }
        };
        self.last_heard = now;
        self.blame_overflow(number, shared);
        let arrival = self.account.observe(number, 1);
        match arrival {
            Arrival::Duplicate => {
                self.tally.packets_duplicate += 1;
                return;
            }
            Arrival::Reordered => self.tally.packets_reordered += 1,
            Arrival::InOrder => self.keep_time(packet.head.timestamp, now),
        }
        self.tally.bytes_received += packet.pixel_bytes() as u64;
        self.place(number, packet, arrival, shared);
        self.end_what_is_over(now, shared);
    }

    /// Gives up what has waited long enough.
    pub(super) fn handle_timeout(&mut self, now: Time, shared: &mut Shared) {
        while let Some(at) = self.open.iter().position(|open| due(open) <= now) {
            self.end(at, shared);
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.open.iter().map(due).min()
    }

    pub(super) fn count_complete(&mut self) {
        self.tally.frames_complete += 1;
    }

    pub(super) fn count_dropped(&mut self) {
        self.tally.complete_was_dropped();
    }

    pub(super) fn forget_losses(&mut self) {
        self.account.forget_loss_pattern();
    }

    /// Why its packets are not shown, if they are not.
    pub(super) fn trouble(&self) -> Option<RtpTrouble> {
        self.trouble
    }

    /// Counters now.
    pub(super) fn counters(&self) -> Counters {
        let mut counters = self.tally;
        counters.packets_expected += self.account.expected();
        counters.packets_received += self.account.received();
        counters.packets_lost = counters.packets_expected.saturating_sub(counters.packets_received);
        counters
    }

    pub(super) fn account(&self) -> StreamAccount {
        StreamAccount {
            key: self.key,
            name: self.key.peer.ip().to_string(),
            protocol: Protocol::Rtp,
            mode: Mode::Live,
            shape: self.shape,
            last_heard: self.last_heard,
            closed: false,
            counters: self.counters(),
            jitter_us: self.jitter.micros(),
            losses: self.account.loss_pattern(),
            round_trip: None,
            latency: None,
        }
    }

    /// Ends every frame under way.
    pub(super) fn give_up(&mut self, shared: &mut Shared) {
        while !self.open.is_empty() {
            self.end(0, shared);
        }
    }

    /// What it holds is about to be described in another way.
    pub(super) fn describe_anew(&mut self, shared: &mut Shared) {
        self.give_up(shared);
        self.trouble = None;
        self.shape = None;
    }

    /// The sender was started again under the same SSRC: what it sent before stays counted.
    fn begin_anew(&mut self, shared: &mut Shared) {
        self.give_up(shared);
        self.tally.packets_expected += self.account.expected();
        self.tally.packets_received += self.account.received();
        self.account = Account::default();
        self.ended = None;
        self.boundary = None;
    }

    /// When the socket's buffer has overflowed since the last packet, the gap before this one is
    /// what the overflow took.
    fn blame_overflow(&mut self, number: u64, shared: &mut Shared) {
        if let Some(gap) = self.account.gap_before(number) {
            shared.blame_overflow(&mut self.overflows, &mut self.tally, gap);
        }
    }

    fn keep_time(&mut self, timestamp: u32, now: Time) {
        let (before, before_us) = self.clock.unwrap_or((timestamp, 0));
        let ticks = i64::from(timestamp.wrapping_sub(before) as i32);
        let passed_us = ticks * 1_000_000 / i64::from(CLOCK_RATE);
        let sent_us = before_us.wrapping_add(passed_us as u32);
        self.clock = Some((timestamp, sent_us));
        self.jitter.observe(sent_us, now.wire_micros());
    }

    fn place(&mut self, number: u64, packet: &Packet<'_>, arrival: Arrival, shared: &mut Shared) {
        if packet.head.marker {
            self.boundary = self.boundary.max(Some(number + 1));
        }
        if self.is_unknown(packet, shared) {
            return;
        }
        let timestamp = packet.head.timestamp;
        let known = self.open.iter().position(|open| open.owns(number, timestamp));
        let at = match known {
            Some(at) => at,
            None if self.came_late(number, timestamp, arrival, shared) => return,
            None => {
                if !self.begin(number, timestamp, shared) {
                    return;
                }
                self.open.len() - 1
            }
        };
        if !self.open[at].place(number, packet, shared.now) {
            self.trouble = Some(RtpTrouble::OtherSize);
        }
    }

    /// Whether there is no saying what the packet's pixels are.
    fn is_unknown(&mut self, packet: &Packet<'_>, shared: &mut Shared) -> bool {
        self.interlaced |= packet.segments().any(|segment| segment.second_field);
        let described = shared.config.rtp;
        let trouble = match described.map(|video| video.payload_type) {
            None => Some(RtpTrouble::Unknown),
            Some(Some(kind)) if kind != packet.head.payload_type => Some(RtpTrouble::OtherType),
            Some(_) if self.interlaced => Some(RtpTrouble::Interlaced),
            Some(_) => None,
        };
        if trouble.is_some() {
            self.trouble = trouble;
            self.give_up(shared);
        }
        trouble.is_some()
    }

    /// Whether the packet belongs to a frame that is over.
    fn came_late(
        &mut self,
        number: u64,
        timestamp: u32,
        arrival: Arrival,
        shared: &mut Shared,
    ) -> bool {
        let Some(ended) = self.ended else { return false };
        let same = timestamp == ended.timestamp && ended.last.is_none_or(|last| number <= last);
        let before = timestamp.wrapping_sub(ended.timestamp) as i32 <= 0;
        let late = same || (arrival == Arrival::Reordered && before);
        if late {
            self.tally.packets_late += 1;
        }
        if let Some(place) = number.checked_sub(ended.first).filter(|_| late && same) {
            shared.problems.came_late(self.key, ended.id, place as u32);
        }
        late
    }

    /// Begins the frame of a packet; whether the memory limit allows it.
    fn begin(&mut self, number: u64, timestamp: u32, shared: &mut Shared) -> bool {
        let Some(video) = shared.config.rtp else { return false };
        // What comes after the frame before and did not arrive is this frame's.
        let after_marker =
            self.boundary.filter(|&first| first <= number && number - first < MOST_LOST_BEFORE);
        let first = after_marker.unwrap_or(number);
        if self.open.len() == MOST_OPEN {
            self.end(0, shared);
        }
        let due = shared.now + limits::REORDER_GRACE;
        for older in &mut self.open {
            older.due.get_or_insert(due);
        }
        let open = OpenFrame::new(self.next_frame, timestamp, first, video, shared);
        self.next_frame += 1;
        self.shape = Some((video.width(), video.height(), video.sampling().format()));
        let Some(open) = open else {
            // The rest of it must not begin it again.
            self.ended = Some(Ended { id: self.next_frame - 1, timestamp, first, last: None });
            self.tally.frames_incomplete += 1;
            return false;
        };
        self.open.push_back(open);
        true
    }

    /// Hands over a frame that is whole and ends those before it; sets when others have to be.
    fn end_what_is_over(&mut self, now: Time, shared: &mut Shared) {
        if let Some(at) = self.open.iter().position(OpenFrame::is_whole) {
            (0..=at).for_each(|_| self.end(0, shared));
        }
        for open in &mut self.open {
            if open.last.is_some() {
                open.due.get_or_insert(now + limits::REORDER_GRACE);
            }
        }
        if let Some(at) = self.open.iter().position(OpenFrame::is_scattered) {
            self.end(at, shared);
        }
    }

    /// Ends a frame, whole or not.
    fn end(&mut self, at: usize, shared: &mut Shared) {
        let Some(open) = self.open.remove(at) else { return };
        let (id, timestamp, first, last) = (open.id, open.timestamp, open.first, open.last);
        if self.ended.is_none_or(|ended| ended.id < id) {
            self.ended = Some(Ended { id, timestamp, first, last });
        }
        let whole = open.is_whole();
        let record = Arc::new(open.record());
        shared.problems.note(ProblemFrame {
            stream: self.key,
            frame_id: id,
            ended: shared.now,
            outcome: if whole { Outcome::Complete } else { Outcome::Incomplete },
            buffer_drops: shared.drops - open.drops_before,
            record: Arc::clone(&record),
        });
        if !whole {
            self.tally.frames_incomplete += 1;
            if !shared.config.show_damaged {
                open.release(shared);
                return;
            }
        }
        let packets = open.packet_count();
        let Some((frame, missing)) = open.into_frame(shared) else { return };
        shared.ready.push_back(ReceivedFrame {
            missing,
            packets,
            record,
            ..ReceivedFrame::new(self.key, id, Protocol::Rtp, Mode::Live, frame)
        });
    }
}

/// When an unfinished frame is given up, at the latest after some silence.
fn due(open: &OpenFrame) -> Time {
    let silent = open.heard + limits::RTP_IDLE;
    open.due.map_or(silent, |due| due.min(silent))
}

/// Frames under way at once: one that begins while the one before still waits for what was
/// reordered.
const MOST_OPEN: usize = 2;
/// More packets than this that are missing before a frame's first one are not of that frame alone.
const MOST_LOST_BEFORE: u64 = 1 << 16;
