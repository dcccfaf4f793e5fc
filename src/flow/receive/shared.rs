//! What the streams of one receiver share: configuration, the memory limit, answers and frames on
//! their way out.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::flow::counters::Counters;
use crate::flow::job::{Mode, Transport};
use crate::flow::limits;
use crate::flow::time::Time;
use crate::frame::codec::Codec;
use crate::frame::{Buffers, Digest, Frame};
use crate::wire::pixelwire::{FrameHeader, FrameId, ReceiverStamp, StreamId, ToSender};

use super::assembly::Assembly;
use super::decode::{Decode, Whose};
use super::problems::{Outcome, ProblemFrame, ProblemLog};
use super::received::Particulars;
use super::record::PacketRecord;
use super::{ReceivedFrame, ReceiverConfig, Repair, StreamKey};

pub(super) struct Shared {
    pub(super) config: ReceiverConfig,
    /// Memory for frames, used again when nobody looks at them any more.
    pub(super) buffers: Buffers,
    /// When the present input came.
    pub(super) now: Time,
    /// Bytes that frames hold, over all streams, until they are taken.
    open_bytes: usize,
    /// How often the socket's buffer had overflowed when the present datagram was queued.
    pub(super) overflows: u32,
    /// Packets that were lost to that, over all streams, now and before the present datagram.
    pub(super) drops: u64,
    pub(super) drops_before: u64,
    /// Packets to be sent, and to whom.
    pub(super) answers: VecDeque<(SocketAddr, Vec<u8>)>,
    /// ... and those for the connections of these peers.
    pub(super) framed: VecDeque<(SocketAddr, Vec<u8>)>,
    /// Frames that wait to be taken.
    pub(super) ready: VecDeque<ReceivedFrame>,
    /// Encoded frames that wait to be decoded, and all that have not been.
    pub(super) decodes: VecDeque<Decode>,
    pub(super) decoding: Vec<(StreamKey, FrameHeader)>,
    /// Blocks that wait to be restored.
    pub(super) repairs: VecDeque<Repair>,
    /// Frames that had trouble.
    pub(super) problems: ProblemLog,
}

impl Shared {
    pub(super) fn new(config: ReceiverConfig) -> Self {
        Self {
            config,
            buffers: Buffers::default(),
            now: Time::START,
            open_bytes: 0,
            overflows: 0,
            drops: 0,
            drops_before: 0,
            answers: VecDeque::new(),
            framed: VecDeque::new(),
            ready: VecDeque::new(),
            decodes: VecDeque::new(),
            decoding: Vec::new(),
            repairs: VecDeque::new(),
            problems: ProblemLog::default(),
        }
    }

    /// No packets lost to the kernel yet, where the system would tell.
    pub(super) fn fresh_counters(&self) -> Counters {
        let kernel_drops = self.config.tells_overflows.then_some(0);
        Counters { kernel_drops, ..Counters::default() }
    }

    /// Whether so many bytes more may be held; if so they count until they are released.
    pub(super) fn admit(&mut self, bytes: usize) -> bool {
        let fits = bytes <= limits::MAX_FRAME_BYTES
            && self.open_bytes.saturating_add(bytes) <= limits::MAX_OPEN_BYTES;
        if fits {
            self.open_bytes += bytes;
        }
        fits
    }

    /// Whether a frame may be held: what arrives of it, and what it is decoded to.
    pub(super) fn admit_frame(&mut self, header: &FrameHeader) -> bool {
        // The one limit is for what a stranger says, the other for what all of them may take.
        let memory = Whose::memory(header);
        let fits = header.pixel_bytes() <= limits::MAX_FRAME_BYTES
            && self.open_bytes.saturating_add(memory) <= limits::MAX_OPEN_BYTES;
        if fits {
            self.open_bytes += memory;
        }
        fits
    }

    /// So many bytes were handed over, or let go.
    pub(super) fn release(&mut self, bytes: usize) {
        self.open_bytes = self.open_bytes.saturating_sub(bytes);
    }

    /// Counts the `gap` of packets before the present one as dropped by the system, when the
    /// socket's buffer has overflowed since `seen`, which is brought up to date.
    pub(super) fn blame_overflow(&mut self, seen: &mut u32, tally: &mut Counters, gap: u64) {
        if std::mem::replace(seen, self.overflows) != self.overflows
            && let Some(drops) = &mut tally.kernel_drops
        {
            *drops += gap;
            self.drops += gap;
        }
    }

    /// How many frames of a stream wait to be taken; delivered ones also while they are decoded.
    pub(super) fn waiting_of(&self, key: StreamKey) -> usize {
        let ready = self.ready.iter().filter(|frame| frame.stream == key).count();
        let decoding = self.decoding.iter().filter(|(of, header)| *of == key && header.deliver);
        ready + decoding.count()
    }

    /// Whether a frame is whole, and on its way to be taken.
    pub(super) fn has(&self, key: StreamKey, id: FrameId) -> bool {
        self.decoding.iter().any(|(of, header)| *of == key && header.id == id)
            || self
                .ready
                .iter()
                .any(|ready| ready.stream == key && ready.frame_id == u64::from(id.0))
    }

    pub(super) fn stamp(&self, key: StreamKey) -> ReceiverStamp {
        ReceiverStamp { stream: StreamId(key.id), receiver: self.config.id }
    }

    pub(super) fn answer(&mut self, key: StreamKey, packet: &ToSender) {
        let mut bytes = Vec::with_capacity(64);
        packet.write(&mut bytes);
        let answers = match key.transport {
            Transport::Udp => &mut self.answers,
            Transport::Tcp => &mut self.framed,
        };
        answers.push_back((key.peer, bytes));
    }

    /// A whole frame waits to be taken.
    pub(super) fn finish(
        &mut self,
        key: StreamKey,
        frame: Assembly,
        digest: Option<Digest>,
        latency: Option<Duration>,
    ) {
        let record = self.note_trouble(key, &frame, Outcome::Complete);
        self.hand_over(key, frame, (Vec::new(), record), digest, latency);
    }

    /// A frame ended with bytes missing; a live one may still be worth a look.
    pub(super) fn incomplete(&mut self, key: StreamKey, mut frame: Assembly, overtaken: bool) {
        let missing = frame.missing_bytes();
        let record = self.note_trouble(key, &frame, Outcome::Incomplete);
        if self.config.show_damaged && !overtaken && !frame.header.deliver && frame.packets > 0 {
            frame.clear(&missing);
            self.hand_over(key, frame, (missing, record), None, None);
        } else {
            self.release(Whose::memory(&frame.header));
        }
    }

    /// The record of a frame that is over, which is remembered if there was trouble.
    fn note_trouble(
        &mut self,
        stream: StreamKey,
        frame: &Assembly,
        outcome: Outcome,
    ) -> Arc<PacketRecord> {
        let record = Arc::new(frame.record());
        self.problems.note(ProblemFrame {
            stream,
            frame_id: u64::from(frame.header.id.0),
            ended: self.now,
            outcome,
            buffer_drops: self.drops - frame.drops_before,
            record: Arc::clone(&record),
        });
        record
    }

    fn hand_over(
        &mut self,
        stream: StreamKey,
        frame: Assembly,
        (missing, record): (Vec<std::ops::Range<usize>>, Arc<PacketRecord>),
        digest: Option<Digest>,
        latency: Option<Duration>,
    ) {
        let header = frame.header;
        let name = frame.ending.as_ref().map(|ending| ending.name.clone());
        let particulars = Particulars {
            stream,
            frame_id: u64::from(header.id.0),
            mode: if header.deliver { Mode::Deliver } else { Mode::Live },
            packets: frame.packets,
            packets_recovered: frame.recovered,
            record,
            latency,
            name: name.filter(|name| !name.is_empty()),
        };
        let bytes = frame.into_bytes();
        if header.codec == Codec::Raw {
            let frame = Frame::new(header.width, header.height, header.format, bytes);
            if let Ok(frame) = frame {
                self.put_ready(particulars.with(frame, missing, digest, None));
            }
            return;
        }
        self.decoding.push((stream, header));
        let buffers = self.buffers.clone();
        self.decodes.push_back(Decode { header, bytes, missing, digest, particulars, buffers });
    }

    /// A frame waits to be taken, in the order of its stream, whichever was whole first.
    pub(super) fn put_ready(&mut self, frame: ReceivedFrame) {
        let later =
            |ready: &ReceivedFrame| ready.stream == frame.stream && ready.frame_id > frame.frame_id;
        let place = self.ready.iter().position(later).unwrap_or(self.ready.len());
        self.ready.insert(place, frame);
    }
}
