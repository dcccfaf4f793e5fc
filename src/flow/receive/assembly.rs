//! One frame being put together: payloads are placed the moment they arrive, gaps become missing
//! runs, and missing runs become requests.

mod spares;

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use crate::flow::limits::REORDER_GRACE;
use crate::flow::ranges::RangeSet;
use crate::flow::time::{Time, earliest};
use crate::frame::codec::Codec;
use crate::frame::{Digest, Digester, PixelBuffer};
use crate::wire::pixelwire::{DataRun, FrameHeader};

use super::record::{FrameCut, Mended, PacketRecord};

use spares::Spares;

/// How many bytes may arrive before the digest catches up with them, while they are in cache.
const DIGEST_EVERY: usize = 64 << 10;

/// A frame that is not whole yet.
///
/// Payloads below `next` are there unless they are in `missing`; those from `next` on have not
/// been seen. A run that becomes missing waits for the reorder grace in `fresh`, and after each
/// request for an answer in `asked`; both are in order of their due times, so that nothing is
/// ever searched.
pub(super) struct Assembly {
    pub(super) header: FrameHeader,
    bytes: PixelBuffer,
    next: u32,
    missing: RangeSet,
    fresh: VecDeque<(Time, Range<u32>)>,
    asked: VecDeque<(Time, Range<u32>)>,
    /// When requests may begin: at once, unless parity may make them needless.
    requests_from: Option<Time>,
    /// Parity, while something is missing that it may restore.
    spares: Option<Spares>,
    digester: Digester,
    digested: usize,
    /// Bytes since the digest was last brought up to them.
    undigested: usize,
    /// What the sender's end-of-frame said.
    pub(super) ending: Option<Ending>,
    /// When the first packet arrived.
    pub(super) began: Time,
    /// The sender's clock when the first packet left, in µs modulo 2^32.
    pub(super) first_sent_us: u32,
    /// Distinct payloads placed.
    pub(super) packets: u64,
    /// Of these, missing ones that came by a resend or were restored.
    pub(super) recovered: u64,
    /// Which ones these are.
    mended: Mended,
    /// Packets that this machine's buffer had lost before the frame began.
    pub(super) drops_before: u64,
}

/// What the sender's end-of-frame said.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) digest: Digest,
    pub(super) name: String,
}

/// What became of payloads; those that are not counted here came in their turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Placed {
    /// Filled a gap by a resend.
    pub(super) recovered: u64,
    /// Were there already.
    pub(super) redundant: u64,
}

impl Assembly {
    /// Begins a frame in `bytes`, which has its length and whatever was in it before.
    pub(super) fn new(
        header: FrameHeader,
        bytes: PixelBuffer,
        began: Time,
        first_sent_us: u32,
    ) -> Self {
        Self {
            header,
            bytes,
            next: 0,
            missing: RangeSet::default(),
            fresh: VecDeque::new(),
            asked: VecDeque::new(),
            requests_from: (!header.parity).then_some(began),
            spares: None,
            digester: Digester::default(),
            digested: 0,
            undigested: 0,
            ending: None,
            began,
            first_sent_us,
            packets: 0,
            recovered: 0,
            mended: Mended::default(),
            drops_before: 0,
        }
    }

    /// Places payloads of this frame, which are as long as the header says.
    pub(super) fn place(&mut self, run: &DataRun<'_>, now: Time) -> Placed {
        let mut placed = Placed::default();
        if run.index >= self.next {
            self.miss_until(run.index, now);
            self.next = run.index + run.count;
            run.payloads().for_each(|(index, payload)| self.put(index, payload));
        } else {
            for (index, payload) in run.payloads() {
                self.fill(index, payload, run.resend, now, &mut placed);
            }
        }
        self.undigested += run.payload_bytes();
        if self.undigested >= DIGEST_EVERY {
            self.undigested = 0;
            self.digest_prefix();
        }
        placed
    }

    fn put(&mut self, index: u32, payload: &[u8]) {
        self.bytes[self.header.range(index)].copy_from_slice(payload);
        self.packets += 1;
    }

    fn fill(&mut self, index: u32, payload: &[u8], resend: bool, now: Time, placed: &mut Placed) {
        if index >= self.next {
            self.miss_until(index, now);
            self.next = index + 1;
        } else if self.missing.remove(index) {
            self.no_longer_lacks(index);
            if resend {
                self.recovered += 1;
                placed.recovered += 1;
                self.mended.by_resend(index);
            }
        } else {
            placed.redundant += 1;
            return;
        }
        self.put(index, payload);
    }

    /// Everything has left the sender once, parity too: what has not come is missing.
    pub(super) fn all_sent(&mut self, now: Time) {
        self.payloads_sent(now);
        self.requests_from.get_or_insert(now + REORDER_GRACE);
    }

    /// Every payload has left the sender once.
    fn payloads_sent(&mut self, now: Time) {
        self.miss_until(self.header.chunks(), now);
        self.next = self.header.chunks();
    }

    /// Whether every payload is in its place.
    pub(super) fn is_whole(&self) -> bool {
        self.next == self.header.chunks() && self.missing.is_empty()
    }

    /// The digest of the bytes, once the frame is whole.
    pub(super) fn digest(&mut self) -> Digest {
        self.digest_prefix();
        self.digester.finish()
    }

    /// Forgets all payloads, because together they were not what the sender digested.
    pub(super) fn start_again(&mut self, now: Time) {
        self.missing.insert(0..self.header.chunks());
        self.fresh.clear();
        self.asked.clear();
        self.fresh.push_back((now, 0..self.header.chunks()));
        self.requests_from = Some(now);
        self.refuse_parity();
        self.mended = Mended::default();
        self.digester = Digester::default();
        self.digested = 0;
    }

    /// When a run is next to be asked for.
    pub(super) fn next_request(&self) -> Option<Time> {
        let due = |queue: &VecDeque<(Time, Range<u32>)>| queue.front().map(|&(due, _)| due);
        let due = earliest(due(&self.fresh), due(&self.asked))?;
        self.requests_from.filter(|_| !self.is_being_repaired()).map(|from| due.max(from))
    }

    /// Adds to `runs` what is due to be asked for now, to be asked again after `patience`.
    pub(super) fn take_requests(
        &mut self,
        now: Time,
        patience: Duration,
        runs: &mut Vec<(u32, u32)>,
    ) {
        let start = runs.len();
        for queue in [&mut self.fresh, &mut self.asked] {
            while queue.front().is_some_and(|&(due, _)| due <= now) {
                let Some((_, run)) = queue.pop_front() else { break };
                let still_missing = self.missing.runs_within(run);
                runs.extend(still_missing.map(|run| (run.start, run.end - run.start)));
            }
        }
        let again = runs[start..].iter().map(|&(first, count)| first..first + count);
        self.asked.extend(again.map(|run| (now + patience, run)));
    }

    /// The bytes that are not there and will not come, as ranges of the frame.
    pub(super) fn missing_bytes(&mut self) -> Vec<Range<usize>> {
        self.missing.insert(self.next..self.header.chunks());
        self.next = self.header.chunks();
        let bytes = |run: Range<u32>| {
            self.header.range(run.start).start..self.header.range(run.end - 1).end
        };
        self.missing.runs().map(bytes).collect()
    }

    /// Makes the bytes zero that are not there.
    pub(super) fn clear(&mut self, missing: &[Range<usize>]) {
        for range in missing {
            self.bytes.clear_unwritten(range.clone());
        }
    }

    /// What became of each packet, once the frame is whole or [`Self::missing_bytes`] were asked
    /// for.
    pub(super) fn record(&self) -> PacketRecord {
        let FrameHeader { length, width, format, codec, chunk, .. } = self.header;
        let cut = FrameCut {
            packets: self.header.chunks(),
            chunk: u32::from(chunk),
            bytes: length as usize,
            // Nobody can see where in the picture an encoded byte belongs.
            row_bytes: if codec == Codec::Raw {
                width as usize * format.bytes_per_pixel()
            } else {
                0
            },
        };
        self.mended.record(cut, &self.missing)
    }

    /// The bytes as they are.
    pub(super) fn into_bytes(self) -> PixelBuffer {
        self.bytes
    }

    fn miss_until(&mut self, index: u32, now: Time) {
        if index > self.next {
            let gap = self.next..index;
            self.missing.insert(gap.clone());
            self.fresh.push_back((now + REORDER_GRACE, gap));
        }
    }

    fn digest_prefix(&mut self) {
        let whole = self.missing.first().unwrap_or(self.next);
        let end = if whole == self.header.chunks() {
            self.bytes.len()
        } else {
            self.header.range(whole).start
        };
        if end > self.digested {
            self.digester.update(&self.bytes[self.digested..end]);
            self.digested = end;
        }
    }
}

#[cfg(test)]
pub(in crate::flow::receive) mod tests {
    use super::*;
    use crate::frame::PixelFormat;
    use crate::wire::pixelwire::{FrameId, PacketNumber, Place, Stamp, StreamId};

    const MS: Duration = Duration::from_millis(1);

    fn assembly() -> Assembly {
        let header = FrameHeader {
            id: FrameId(0),
            length: 95,
            width: 19,
            height: 5,
            format: PixelFormat::MONO8,
            codec: Codec::Raw,
            chunk: 10,
            deliver: true,
            parity: false,
        };
        Assembly::new(header, PixelBuffer::from(vec![7; 95]), Time::START, 0)
    }

    fn payload(index: u32) -> Vec<u8> {
        vec![index as u8 + 1; if index == 9 { 5 } else { 10 }]
    }

    fn place(assembly: &mut Assembly, index: u32, resend: bool, now: Time) -> Placed {
        place_payload(assembly, index, &payload(index), resend, now)
    }

    pub(in crate::flow::receive) fn place_payload(
        assembly: &mut Assembly,
        index: u32,
        payload: &[u8],
        resend: bool,
        now: Time,
    ) -> Placed {
        let stamp = Stamp { stream: StreamId(0), number: PacketNumber(0), sent_at_us: 0 };
        let place = Place { index, age: Duration::ZERO, resend };
        assembly.place(&DataRun::single(stamp, assembly.header, place, payload), now)
    }

    const IN_ITS_TURN: Placed = Placed { recovered: 0, redundant: 0 };
    const RECOVERED: Placed = Placed { recovered: 1, ..IN_ITS_TURN };
    const REDUNDANT: Placed = Placed { redundant: 1, ..IN_ITS_TURN };

    fn requests(assembly: &mut Assembly, now: Time) -> Vec<(u32, u32)> {
        let mut runs = Vec::new();
        assembly.take_requests(now, 5 * MS, &mut runs);
        runs
    }

    #[test]
    fn payloads_find_their_place_in_any_order() {
        let mut assembly = assembly();
        for index in [9, 3, 0, 1, 2, 8, 7, 6, 5] {
            assert!(!assembly.is_whole());
            assert_eq!(place(&mut assembly, index, false, Time::START), IN_ITS_TURN);
        }
        assert_eq!(place(&mut assembly, 4, true, Time::START), RECOVERED);
        assert_eq!(place(&mut assembly, 4, true, Time::START), REDUNDANT);
        assert!(assembly.is_whole());
        let expected: Vec<u8> = (0..10).flat_map(payload).collect();
        assert_eq!(assembly.digest(), Digest::of(&expected));
        assert_eq!((assembly.packets, assembly.recovered), (10, 1));
        assert_eq!(*assembly.into_bytes(), *expected);
    }

    #[test]
    fn a_gap_is_asked_for_after_its_grace_once_and_again_after_patience() {
        let mut assembly = assembly();
        place(&mut assembly, 4, false, Time::START);
        assert_eq!(assembly.next_request(), Some(Time::START + REORDER_GRACE));
        assert_eq!(requests(&mut assembly, Time::START), []);

        place(&mut assembly, 2, false, Time::START);
        let later = Time::START + REORDER_GRACE;
        assert_eq!(requests(&mut assembly, later), [(0, 2), (3, 1)]);
        assert_eq!(requests(&mut assembly, later), []);

        place(&mut assembly, 0, true, later);
        assert_eq!(requests(&mut assembly, later + 5 * MS), [(1, 1), (3, 1)]);
    }

    #[test]
    fn a_lost_tail_is_missing_once_all_was_sent() {
        let mut assembly = assembly();
        place(&mut assembly, 0, false, Time::START);
        assert_eq!(assembly.next_request(), None);
        assembly.all_sent(Time::START);
        assert_eq!(requests(&mut assembly, Time::START + MS), [(1, 9)]);
        let missing = assembly.missing_bytes();
        assert_eq!(missing, vec![10..95]);
        assembly.clear(&missing);
        let pixels = assembly.into_bytes().into_vec();
        assert_eq!(pixels[10..], [0; 85], "nothing of an earlier frame shows");
    }

    #[test]
    fn a_frame_that_is_not_what_was_digested_is_asked_for_again() {
        let mut assembly = assembly();
        for index in 0..10 {
            place(&mut assembly, index, false, Time::START);
        }
        assert!(assembly.is_whole());
        assembly.start_again(Time::START);
        assert!(!assembly.is_whole());
        assert_eq!(requests(&mut assembly, Time::START), [(0, 10)]);
        for index in 0..10 {
            place(&mut assembly, index, true, Time::START);
        }
        let expected: Vec<u8> = (0..10).flat_map(payload).collect();
        assert_eq!(assembly.digest(), Digest::of(&expected));
    }
}
