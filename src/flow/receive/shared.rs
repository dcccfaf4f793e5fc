//! What the streams of one receiver share: configuration, the memory limit, answers and frames on
//! their way out.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::flow::counters::Counters;
use crate::flow::job::{Mode, Protocol, Transport};
use crate::flow::limits;
use crate::flow::time::Time;
use crate::frame::{Buffers, Digest};
use crate::wire::pixelwire::{ReceiverStamp, StreamId, ToSender};

use super::assembly::Assembly;
use super::problems::{Outcome, ProblemFrame, ProblemLog};
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

    /// How many frames of a stream wait to be taken.
    pub(super) fn ready_of(&self, key: StreamKey) -> usize {
        self.ready.iter().filter(|frame| frame.stream == key).count()
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
            self.release(frame.header.length as usize);
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
        let frame_id = u64::from(frame.header.id.0);
        let mode = if frame.header.deliver { Mode::Deliver } else { Mode::Live };
        let (packets, packets_recovered) = (frame.packets, frame.recovered);
        let name = frame.ending.as_ref().map(|ending| ending.name.clone());
        let Some(frame) = frame.into_frame() else { return };
        // In the order of the stream, whichever was whole first.
        let later = |ready: &ReceivedFrame| ready.stream == stream && ready.frame_id > frame_id;
        let place = self.ready.iter().position(later).unwrap_or(self.ready.len());
        let received = ReceivedFrame {
            stream,
            frame_id,
            protocol: Protocol::Pixelwire,
            mode,
            frame: Arc::new(frame),
            missing,
            digest,
            packets,
            packets_recovered,
            record,
            latency,
            name: name.filter(|name| !name.is_empty()),
            geometry_choices: Vec::new(),
        };
        self.ready.insert(place, received);
    }
}
