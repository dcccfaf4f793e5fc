//! One frame on its way out: what has left, what was asked for again, how it ended.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use crate::flow::fec::Parity;
use crate::flow::limits;
use crate::flow::ranges::RangeSet;
use crate::flow::time::Time;
use crate::frame::codec::Coded;
use crate::frame::{Digest, Digester};
use crate::wire::pixelwire::{FrameHeader, ParityPlace};

use super::Failure;

/// A frame that the receiver may still ask for.
pub(super) struct Outgoing {
    pub(super) header: FrameHeader,
    pub(super) frame: Coded,
    /// Takes the bytes as they leave, while they are in the processor's cache.
    digester: Digester,
    digested: usize,
    pub(super) name: String,
    /// The next payload that has not left yet.
    next: u32,
    /// What protects it, until that has left, and the next parity packet.
    parity: Option<Parity>,
    next_parity: u32,
    /// Payloads that were asked for again.
    wanted: RangeSet,
    /// When its first packet left.
    pub(super) began: Option<Time>,
    /// When its end-of-frame is to be sent (again), once everything has left.
    pub(super) end_due: Option<Time>,
    end_tries: u32,
    pub(super) resent: u64,
    /// What was sent again lately, and when: asked for by another receiver of a group, it is on
    /// its way already.
    answered: VecDeque<(Time, Range<u32>)>,
    /// The places of those who have the frame or will not have it, and of those who have it.
    settled: u64,
    verified: u64,
    /// Why somebody will not have it.
    pub(super) failure: Option<Failure>,
}

/// What a packet of a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The payload of this index.
    Payload(u32),
    /// The parity packet of this index.
    Parity(u32),
}

impl Outgoing {
    /// A frame, and its parity if that is cut as the frame is.
    pub(super) fn new(
        header: FrameHeader,
        frame: Coded,
        name: String,
        parity: Option<Parity>,
    ) -> Self {
        let parity = parity.filter(|parity| header.cut() == Some(parity.cut()));
        Self {
            header: FrameHeader { parity: parity.is_some(), ..header },
            frame,
            digester: Digester::default(),
            digested: 0,
            name,
            next: 0,
            parity,
            next_parity: 0,
            wanted: RangeSet::default(),
            began: None,
            end_due: None,
            end_tries: 0,
            resent: 0,
            answered: VecDeque::new(),
            settled: 0,
            verified: 0,
            failure: None,
        }
    }

    /// Whether every payload has left once, and all parity.
    pub(super) fn all_left(&self) -> bool {
        self.payloads_left() && self.parity.is_none()
    }

    fn payloads_left(&self) -> bool {
        self.next == self.header.chunks()
    }

    /// Payload bytes that have left once.
    pub(super) fn bytes_left(&self) -> usize {
        if self.payloads_left() {
            self.header.length as usize
        } else {
            self.header.range(self.next).start
        }
    }

    /// Digests what has left since the last call, unless the digest is known already.
    pub(super) fn digest_left(&mut self) {
        if self.frame.known_digest().is_some() {
            return;
        }
        let left = self.bytes_left();
        if left == self.digested {
            return;
        }
        self.digester.update(&self.frame.bytes()[self.digested..left]);
        self.digested = left;
        if left == self.frame.bytes().len() {
            self.frame.note_digest(self.digester.finish());
        }
    }

    /// The digest of the whole frame.
    pub(super) fn digest(&self) -> Digest {
        self.frame.digest()
    }

    /// Whether something was asked for again.
    pub(super) fn has_wanted(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// What is to be sent next: what was asked for again, or else payloads, then parity.
    pub(super) fn peek(&self, resend: bool) -> Option<Piece> {
        if resend {
            self.wanted.first().map(Piece::Payload)
        } else if self.payloads_left() {
            self.parity.as_ref().map(|_| Piece::Parity(self.next_parity))
        } else {
            Some(Piece::Payload(self.next))
        }
    }

    /// Bytes of a piece.
    pub(super) fn length(&self, piece: Piece) -> usize {
        match piece {
            Piece::Payload(index) => self.header.range(index).len(),
            Piece::Parity(_) => self.parity.as_ref().map_or(0, |parity| parity.cut().shard()),
        }
    }

    /// A parity packet's place and payload.
    pub(super) fn parity(&self, packet: u32) -> Option<(ParityPlace, &[u8])> {
        self.parity.as_ref()?.packet(packet)
    }

    /// How long ago its first packet left.
    pub(super) fn age(&self, now: Time) -> Duration {
        self.began.map_or(Duration::ZERO, |began| now.since(began))
    }

    /// So many payloads more have left for the first time.
    pub(super) fn left(&mut self, payloads: u32, now: Time) {
        self.began.get_or_insert(now);
        self.next += payloads;
        self.end_when_left(now);
    }

    /// The first payload of those that were asked for has left again.
    pub(super) fn left_again(&mut self) {
        self.wanted.pop_first(1);
        self.resent += 1;
    }

    /// The payload `index` has left again, for all receivers of a group that may ask for it.
    pub(super) fn answered_all(&mut self, index: u32, now: Time) {
        while self.answered.front().is_some_and(|(left, _)| now.since(*left) > LONGEST_WAY) {
            self.answered.pop_front();
        }
        match self.answered.back_mut() {
            Some((left, run)) if *left == now && run.end == index => run.end += 1,
            _ => self.answered.push_back((now, index..index + 1)),
        }
    }

    /// The same as [`Self::want`] with what has not left again within a `round_trip`: who asks for
    /// that could not know yet.
    pub(super) fn want_of_group(&mut self, runs: &[(u32, u32)], round_trip: Duration, now: Time) {
        let on_their_way = self.answered.iter().filter(|(left, _)| now.since(*left) < round_trip);
        let mut open = RangeSet::default();
        for &(first, count) in runs {
            open.insert(first..first + count);
        }
        for (_, run) in on_their_way {
            let overlap: Vec<Range<u32>> = open.runs_within(run.clone()).collect();
            for index in overlap.into_iter().flatten() {
                open.remove(index);
            }
        }
        let left: Vec<(u32, u32)> =
            open.runs().map(|run| (run.start, run.end - run.start)).collect();
        self.want(&left);
    }

    /// The next parity packet has left.
    pub(super) fn parity_left(&mut self, now: Time) {
        self.next_parity += 1;
        self.parity.take_if(|parity| parity.packets() == self.next_parity);
        self.end_when_left(now);
    }

    fn end_when_left(&mut self, now: Time) {
        if self.all_left() {
            self.end_due = Some(now);
        }
    }

    /// Payloads were asked for; only what has left once is sent again.
    pub(super) fn want(&mut self, runs: &[(u32, u32)]) {
        for &(first, count) in runs {
            self.wanted.insert(first.min(self.next)..(first + count).min(self.next));
        }
    }

    /// Whether so much was asked for again that the frame's budget of resends to so many receivers
    /// is spent.
    pub(super) fn is_budget_spent(&self, receivers: u32) -> bool {
        let packets = u64::from(self.header.chunks()) * u64::from(receivers.max(1));
        self.resent > limits::RESEND_BUDGET * packets + 64
    }

    /// Whether the receiver at this place has the frame, or will not have it.
    pub(super) fn is_settled_for(&self, at: usize) -> bool {
        self.settled & (1 << at) != 0
    }

    /// Whether that holds for all of these places.
    pub(super) fn is_settled_for_all(&self, places: u64) -> bool {
        self.settled & places == places
    }

    /// The receiver at this place has the frame, or will not have it because of `failure`.
    pub(super) fn settle_for(&mut self, at: usize, failure: Option<Failure>) {
        self.settled |= 1 << at;
        self.verified |= u64::from(failure.is_none()) << at;
        self.failure = self.failure.or(failure);
    }

    /// Whether somebody has it.
    pub(super) fn is_verified(&self) -> bool {
        self.verified != 0
    }

    /// The end-of-frame left; in deliver mode it is repeated until answered.
    pub(super) fn end_left(&mut self, timeout: Duration, now: Time) {
        self.end_tries += 1;
        let wait = timeout * (1 << self.end_tries.min(5)) / 2;
        self.end_due = self.header.deliver.then(|| now + wait.min(Duration::from_millis(200)));
    }

    /// An answer came: the end-of-frame need not be repeated quickly.
    pub(super) fn heard(&mut self, timeout: Duration, now: Time) {
        if self.end_tries > 0 && self.end_due.is_some() {
            self.end_tries = 1;
            self.end_due = Some(now + timeout * 2);
        }
    }
}

/// For how long it is remembered what was sent again: no round trip is longer.
const LONGEST_WAY: Duration = Duration::from_secs(1);
