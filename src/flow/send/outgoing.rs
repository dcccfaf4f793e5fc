//! One frame on its way out: what has left, what was asked for again, how it ended.

use std::sync::Arc;
use std::time::Duration;

use crate::flow::limits;
use crate::flow::ranges::RangeSet;
use crate::flow::time::Time;
use crate::frame::{Digest, Frame};
use crate::wire::pixelwire::FrameHeader;

/// A frame that the receiver may still ask for.
pub(super) struct Outgoing {
    pub(super) header: FrameHeader,
    pub(super) frame: Arc<Frame>,
    pub(super) digest: Digest,
    pub(super) name: String,
    /// The next payload that has not left yet.
    next: u32,
    /// Payloads that were asked for again.
    wanted: RangeSet,
    /// When its first packet left.
    pub(super) began: Option<Time>,
    /// When its end-of-frame is to be sent (again), once everything has left.
    pub(super) end_due: Option<Time>,
    end_tries: u32,
    pub(super) resent: u64,
}

impl Outgoing {
    pub(super) fn new(
        header: FrameHeader,
        frame: Arc<Frame>,
        digest: Digest,
        name: String,
    ) -> Self {
        Self {
            header,
            frame,
            digest,
            name,
            next: 0,
            wanted: RangeSet::default(),
            began: None,
            end_due: None,
            end_tries: 0,
            resent: 0,
        }
    }

    /// Whether every payload has left once.
    pub(super) fn all_left(&self) -> bool {
        self.next == self.header.chunks()
    }

    /// Payload bytes that have left once.
    pub(super) fn bytes_left(&self) -> usize {
        if self.all_left() {
            self.header.length as usize
        } else {
            self.header.range(self.next).start
        }
    }

    /// Whether something was asked for again.
    pub(super) fn has_wanted(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// The next payload to send, and whether it is a resend; it counts as sent.
    pub(super) fn take(&mut self, resend: bool, now: Time) -> Option<u32> {
        self.began.get_or_insert(now);
        if resend {
            let index = self.wanted.pop_first(1)?.start;
            self.resent += 1;
            return Some(index);
        }
        let index = self.next;
        if self.all_left() {
            return None;
        }
        self.next += 1;
        if self.all_left() {
            self.end_due = Some(now);
        }
        Some(index)
    }

    /// Length of the payload that [`Self::take`] would give.
    pub(super) fn peek_length(&self, resend: bool) -> Option<usize> {
        let index = if resend { self.wanted.first()? } else { self.next };
        (index < self.header.chunks()).then(|| self.header.range(index).len())
    }

    /// Payloads were asked for; only what has left once is sent again. Whether the frame's budget
    /// of resends allows it.
    pub(super) fn want(&mut self, runs: &[(u32, u32)]) -> bool {
        for &(first, count) in runs {
            self.wanted.insert(first.min(self.next)..(first + count).min(self.next));
        }
        self.resent <= limits::RESEND_BUDGET * u64::from(self.header.chunks()) + 64
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
