//! One frame of RTP video while it is under way.

use std::ops::Range;

use crate::flow::limits;
use crate::flow::ranges::RangeSet;
use crate::flow::receive::record::{FrameCut, Mended, PacketRecord};
use crate::flow::receive::shared::Shared;
use crate::flow::time::Time;
use crate::frame::{Frame, PixelBuffer};
use crate::wire::rtp::{Packet, Sampling, Video};

/// A frame's wire bytes, as far as they have come.
pub(super) struct OpenFrame {
    pub(super) id: u64,
    pub(super) timestamp: u32,
    /// The number of the first of its packets that is known of.
    pub(super) first: u64,
    /// The number of the packet with the marker, once that came.
    pub(super) last: Option<u64>,
    pub(super) heard: Time,
    /// When it is given up, once a later packet than its last has come.
    pub(super) due: Option<Time>,
    /// Packets that this machine's buffer had lost before the frame began.
    pub(super) drops_before: u64,
    video: Video,
    bytes: PixelBuffer,
    have: RangeSet,
    /// Its packets, counted from `origin`.
    packets: RangeSet,
    /// A number before everything that is reordered.
    origin: u64,
}

impl OpenFrame {
    /// A frame whose packets begin with `first`; `None` when the memory limit does not allow it.
    pub(super) fn new(
        id: u64,
        timestamp: u32,
        first: u64,
        video: Video,
        shared: &mut Shared,
    ) -> Option<Self> {
        if !shared.admit(admitted(&video)) {
            return None;
        }
        Some(Self {
            id,
            timestamp,
            first,
            last: None,
            heard: shared.now,
            due: None,
            drops_before: shared.drops_before,
            video,
            bytes: shared.buffers.take(video.wire_bytes()),
            have: RangeSet::default(),
            packets: RangeSet::default(),
            origin: first.saturating_sub(1 << 16),
        })
    }

    /// Whether the packet of this number and time belongs to it.
    pub(super) fn owns(&self, number: u64, timestamp: u32) -> bool {
        self.timestamp == timestamp && self.last.is_none_or(|last| number <= last)
    }

    /// Puts a packet's pixels into their places; whether there were places for all of them.
    pub(super) fn place(&mut self, number: u64, packet: &Packet<'_>, now: Time) -> bool {
        self.heard = now;
        self.note(number);
        if packet.head.marker {
            self.last = Some(number);
        }
        let mut all = true;
        for segment in packet.segments() {
            let place = self.video.place(segment.line, segment.offset, segment.pixels.len());
            match place {
                Some(place) => {
                    self.have.insert(place.start as u32..place.end as u32);
                    self.bytes[place].copy_from_slice(segment.pixels);
                }
                None => all = false,
            }
        }
        all
    }

    pub(super) fn is_whole(&self) -> bool {
        self.have.count() == self.video.wire_bytes() as u64
    }

    /// Whether it is in more pieces than any network makes of it.
    pub(super) fn is_scattered(&self) -> bool {
        self.have.run_count().max(self.packets.run_count()) > limits::CLASSIC_RUNS
    }

    /// Its packets that came.
    pub(super) fn packet_count(&self) -> u64 {
        self.packets.count()
    }

    /// What became of its packets.
    pub(super) fn record(&self) -> PacketRecord {
        let own = |number: u64| (number.saturating_sub(self.origin)) as u32;
        let begin = own(self.first);
        let highest = self.packets.runs().last().map_or(begin, |run| run.end);
        let end = self.last.map_or(highest, |last| own(last) + 1).max(highest);
        let (mut lost, mut next) = (RangeSet::default(), begin);
        for run in self.packets.runs() {
            lost.insert(next - begin..run.start - begin);
            next = run.end;
        }
        lost.insert(next - begin..end - begin);
        let cut = FrameCut {
            packets: end - begin,
            // Packets differ in size: which rows one carries, only its own headers said.
            chunk: 0,
            bytes: self.video.frame_bytes(),
            row_bytes: self.video.width() as usize
                * self.video.sampling().format().bytes_per_pixel(),
        };
        Mended::default().record(cut, &lost)
    }

    /// Lets its memory go.
    pub(super) fn release(&self, shared: &mut Shared) {
        shared.release(admitted(&self.video));
    }

    /// The picture, and the ranges of its bytes that are missing and zero.
    pub(super) fn into_frame(self, shared: &mut Shared) -> Option<(Frame, Vec<Range<usize>>)> {
        let video = self.video;
        shared.release(admitted(&video) - video.frame_bytes());
        let missing = self.missing();
        let mut pixels = match video.sampling() {
            Sampling::Plain(_) => self.bytes,
            Sampling::Ycbcr(packing) => {
                let mut pixels = shared.buffers.take(video.frame_bytes());
                let width = video.width() as usize;
                packing.write_rgb8(&self.bytes, video.colour, width, &mut pixels);
                pixels
            }
        };
        for range in &missing {
            pixels[range.clone()].fill(0);
        }
        let format = video.sampling().format();
        let frame = Frame::new(video.width(), video.height(), format, pixels).ok()?;
        Some((frame, missing))
    }

    /// The bytes of the picture that have not come, in order.
    fn missing(&self) -> Vec<Range<usize>> {
        let (mut missing, mut next) = (RangeSet::default(), 0);
        let mut lack = |wire: Range<usize>| {
            if !wire.is_empty() {
                for part in self.video.frame_ranges(wire) {
                    missing.insert(part.start as u32..part.end as u32);
                }
            }
        };
        for run in self.have.runs() {
            lack(next..run.start as usize);
            next = run.end as usize;
        }
        lack(next..self.video.wire_bytes());
        missing.runs().map(|run| run.start as usize..run.end as usize).collect()
    }

    fn note(&mut self, number: u64) {
        // What is further away is counted by the stream alone.
        let place = number.checked_sub(self.origin).and_then(|place| u32::try_from(place).ok());
        if let Some(place) = place.filter(|&place| place < u32::MAX) {
            self.packets.insert(place..place + 1);
            self.first = self.first.min(number);
        }
    }
}

/// What counts against the memory limit: what came and, where it is another, what is made of it.
fn admitted(video: &Video) -> usize {
    match video.sampling() {
        Sampling::Plain(_) => video.frame_bytes(),
        Sampling::Ycbcr(_) => video.wire_bytes() + video.frame_bytes(),
    }
}
