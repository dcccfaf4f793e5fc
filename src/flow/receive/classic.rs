//! One sender of classic frames: chunks are placed by their `seq`, and the geometry is inferred.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::flow::burst::LossPattern;
use crate::flow::counters::Counters;
use crate::flow::job::{Geometry, Mode, Protocol};
use crate::flow::limits;
use crate::flow::ranges::RangeSet;
use crate::flow::time::Time;
use crate::frame::{ChannelOrder, Digest, Frame, PixelFormat, SampleType};
use crate::wire::classic::Chunk;

use super::geometry;
use super::problems::{Outcome, ProblemFrame};
use super::record::{FrameCut, Mended, PacketRecord};
use super::shared::Shared;
use super::{ReceivedFrame, StreamAccount, StreamKey};

/// A sender of classic frames, told apart by its address.
pub(super) struct ClassicStream {
    pub(super) key: StreamKey,
    pub(super) last_heard: Time,
    tally: Counters,
    /// Overflows of the socket's buffer that have been accounted for.
    overflows: u32,
    open: Option<OpenFrame>,
    next_frame: u64,
    shape: Option<(u32, u32, PixelFormat)>,
    /// Geometries that a user confirmed, by how many bytes they have.
    known: HashMap<u64, Geometry>,
    /// What the geometry of so many bytes may be: the question is asked for every frame, and the
    /// answer takes some searching.
    guesses: (u64, Vec<Geometry>),
    /// The chunk that came last, to tell a copy made by the network from a new frame.
    last_chunk: Option<(u32, u32, u64)>,
}

/// A classic frame that is not whole yet.
struct OpenFrame {
    count: u32,
    /// Length of every chunk but the last, once one of them has come.
    chunk: Option<usize>,
    /// The last chunk, kept until its place is known.
    tail: Option<Vec<u8>>,
    bytes: Vec<u8>,
    have: RangeSet,
    highest: u32,
    /// Bytes that count against the memory limit.
    admitted: usize,
    /// Packets that this machine's buffer had lost before the frame began.
    drops_before: u64,
}

impl ClassicStream {
    pub(super) fn new(peer: SocketAddr, now: Time, shared: &Shared) -> Self {
        Self {
            key: StreamKey::over_udp(peer, 0),
            last_heard: now,
            tally: shared.fresh_counters(),
            overflows: shared.overflows,
            open: None,
            next_frame: 0,
            shape: None,
            known: HashMap::new(),
            guesses: (0, Vec::new()),
            last_chunk: None,
        }
    }

    /// Takes a chunk. A frame begins when `count` changes or a `seq` comes again.
    pub(super) fn handle(&mut self, chunk: Chunk<'_>, now: Time, shared: &mut Shared) {
        if self.is_copy(chunk) {
            self.tally.packets_duplicate += 1;
            return;
        }
        self.last_heard = now;
        self.blame_overflow(chunk, shared);
        let continues = |open: &OpenFrame| {
            open.count == chunk.count && !open.have.contains(chunk.seq) && open.fits(chunk)
        };
        if !self.open.as_ref().is_some_and(continues) {
            self.give_up(shared);
            self.open = Some(OpenFrame::new(chunk.count, shared.drops_before));
        }
        let Some(open) = &mut self.open else { return };
        if !open.admit(chunk, shared) {
            self.tally.packets_invalid += 1;
            return;
        }
        if chunk.seq < open.highest {
            self.tally.packets_reordered += 1;
        }
        open.place(chunk);
        let scattered = open.have.run_count() > limits::CLASSIC_RUNS;
        self.tally.packets_received += 1;
        self.tally.bytes_received += chunk.payload.len() as u64;
        if open.is_whole() {
            self.finish(shared);
        } else if scattered {
            self.give_up(shared);
        }
    }

    /// Gives up an unfinished frame after some silence: nothing says that it is over.
    pub(super) fn handle_timeout(&mut self, now: Time, shared: &mut Shared) {
        if self.next_timeout().is_some_and(|due| due <= now) {
            self.give_up(shared);
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        self.open.as_ref().map(|_| self.last_heard + limits::CLASSIC_IDLE)
    }

    pub(super) fn count_complete(&mut self) {
        self.tally.frames_complete += 1;
    }

    pub(super) fn count_dropped(&mut self) {
        self.tally.complete_was_dropped();
    }

    /// Counters now; of the frame under way the chunks up to the highest one seen are expected.
    pub(super) fn counters(&self) -> Counters {
        let mut counters = self.tally;
        if let Some(open) = &self.open {
            counters.packets_expected += u64::from(open.highest) + 1;
        }
        counters.packets_lost = counters.packets_expected.saturating_sub(counters.packets_received);
        counters
    }

    pub(super) fn account(&self) -> StreamAccount {
        StreamAccount {
            key: self.key,
            name: self.key.peer.ip().to_string(),
            protocol: Protocol::Classic,
            mode: Mode::Live,
            shape: self.shape,
            last_heard: self.last_heard,
            closed: false,
            counters: self.counters(),
            jitter_us: None,
            losses: LossPattern::default(),
            round_trip: None,
            latency: None,
        }
    }

    /// Ends the frame under way, if any, without all of its chunks.
    pub(super) fn give_up(&mut self, shared: &mut Shared) {
        if let Some(open) = self.open.take() {
            shared.release(open.admitted);
            shared.problems.note(ProblemFrame {
                stream: self.key,
                frame_id: self.next_frame,
                ended: shared.now,
                outcome: Outcome::Incomplete,
                buffer_drops: shared.drops - open.drops_before,
                record: Arc::new(open.record(self.shape)),
            });
            self.tally.packets_expected += u64::from(open.count);
            self.tally.frames_incomplete += 1;
            self.next_frame += 1;
        }
    }

    /// When the socket's buffer has overflowed since the last chunk, the chunks skipped before this
    /// one of the same frame are what the overflow took.
    fn blame_overflow(&mut self, chunk: Chunk<'_>, shared: &mut Shared) {
        let open = self.open.as_ref().filter(|open| open.count == chunk.count);
        let gap = open.map_or(0, |open| chunk.seq.saturating_sub(open.highest + 1));
        shared.blame_overflow(&mut self.overflows, &mut self.tally, u64::from(gap));
    }

    fn finish(&mut self, shared: &mut Shared) {
        let Some(open) = self.open.take() else { return };
        self.tally.packets_expected += u64::from(open.count);
        let packets = u64::from(open.count);
        let frame_id = self.next_frame;
        self.next_frame += 1;
        let admitted = open.admitted;
        let chunk = open.chunk;
        let bytes = open.into_bytes();
        shared.release(admitted.saturating_sub(bytes.len()));
        let choices = self.choices(bytes.len() as u64, shared.config.geometry);
        // No shape fits: one row of grey shows at least that something came.
        let geometry = choices.first().copied().unwrap_or(Geometry {
            width: bytes.len() as u32,
            height: 1,
            channels: 1,
        });
        let format = pixel_format(geometry.channels);
        let cut = FrameCut {
            packets: packets as u32,
            // An image of a single chunk has no other.
            chunk: chunk.unwrap_or(bytes.len()) as u32,
            bytes: bytes.len(),
            row_bytes: geometry.width as usize * format.bytes_per_pixel(),
        };
        let Ok(frame) = Frame::new(geometry.width, geometry.height, format, bytes) else { return };
        self.shape = Some((geometry.width, geometry.height, format));
        shared.ready.push_back(ReceivedFrame {
            packets,
            record: Arc::new(Mended::default().record(cut, &RangeSet::default())),
            geometry_choices: choices,
            ..ReceivedFrame::new(self.key, frame_id, Protocol::Classic, Mode::Live, frame)
        });
    }

    /// The geometries that fit, the one to use first: the one typed, else one that was typed
    /// before for as many bytes, else the likeliest.
    fn choices(&mut self, bytes: u64, typed: Option<Geometry>) -> Vec<Geometry> {
        if let Some(typed) = typed {
            self.known.insert(typed.bytes(), typed);
        }
        if self.guesses.0 != bytes {
            self.guesses = (bytes, geometry::candidates(bytes));
        }
        let mut choices = self.guesses.1.clone();
        if let Some(&known) = self.known.get(&bytes) {
            choices.retain(|&choice| choice != known);
            choices.insert(0, known);
        }
        choices
    }

    /// Whether the chunk is the one that came just before, copied by the network.
    fn is_copy(&mut self, chunk: Chunk<'_>) -> bool {
        let digest = Digest::of(chunk.payload).0;
        let this = (chunk.seq, chunk.count, digest);
        // An image of a single chunk is sent again as the same datagram: that is no copy.
        self.last_chunk.replace(this) == Some(this) && chunk.count > 1
    }
}

impl OpenFrame {
    fn new(count: u32, drops_before: u64) -> Self {
        Self {
            count,
            chunk: None,
            tail: None,
            bytes: Vec::new(),
            have: RangeSet::default(),
            highest: 0,
            admitted: 0,
            drops_before,
        }
    }

    /// Whether the chunk's length agrees with what has come.
    fn fits(&self, chunk: Chunk<'_>) -> bool {
        match self.chunk {
            Some(length) if chunk.is_last() => chunk.payload.len() <= length,
            Some(length) => chunk.payload.len() == length,
            None => self.tail.as_ref().is_none_or(|tail| tail.len() <= chunk.payload.len()),
        }
    }

    /// Whether the memory limit allows what the frame needs to hold with `chunk` in it.
    fn admit(&mut self, chunk: Chunk<'_>, shared: &mut Shared) -> bool {
        let length = self.chunk.unwrap_or(chunk.payload.len());
        let needed = if self.chunk.is_none() && chunk.is_last() {
            length
        } else {
            length.saturating_mul(chunk.count as usize)
        };
        let more = needed.saturating_sub(self.admitted);
        let fits = more == 0 || shared.admit(more);
        if fits {
            self.admitted = self.admitted.max(needed);
        }
        fits
    }

    fn place(&mut self, chunk: Chunk<'_>) {
        self.have.insert(chunk.seq..chunk.seq + 1);
        self.highest = self.highest.max(chunk.seq);
        if chunk.is_last() {
            self.tail = Some(chunk.payload.to_vec());
            return;
        }
        let length = *self.chunk.get_or_insert(chunk.payload.len());
        if self.bytes.is_empty() {
            self.bytes = vec![0; length * (self.count as usize - 1)];
        }
        let start = length * chunk.seq as usize;
        self.bytes[start..start + length].copy_from_slice(chunk.payload);
    }

    fn is_whole(&self) -> bool {
        self.have.count() == u64::from(self.count)
    }

    /// What became of each chunk of a frame that was given up.
    ///
    /// Its size is not on the wire: it is taken for that of the frame before it, if as many chunks
    /// fit that one.
    fn record(&self, before: Option<(u32, u32, PixelFormat)>) -> PacketRecord {
        let mut lost = RangeSet::default();
        let mut next = 0;
        for run in self.have.runs() {
            lost.insert(next..run.start);
            next = run.end;
        }
        lost.insert(next..self.count);
        let chunk = self.chunk.unwrap_or(0);
        let likely = before.and_then(|(width, height, format)| {
            let row_bytes = width as usize * format.bytes_per_pixel();
            let bytes = row_bytes * height as usize;
            let fits = chunk > 0 && bytes.div_ceil(chunk) == self.count as usize;
            fits.then_some((bytes, row_bytes))
        });
        let (bytes, row_bytes) = likely.unwrap_or((chunk.saturating_mul(self.count as usize), 0));
        let cut = FrameCut { packets: self.count, chunk: chunk as u32, bytes, row_bytes };
        Mended::default().record(cut, &lost)
    }

    fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.extend(self.tail.unwrap_or_default());
        self.bytes
    }
}

fn pixel_format(channels: u8) -> PixelFormat {
    let order = match channels {
        1 => ChannelOrder::Mono,
        4 => ChannelOrder::Bgra,
        _ => ChannelOrder::Bgr,
    };
    PixelFormat::new(order, SampleType::U8)
}
