//! The receiving end: datagrams of every protocol go in; frames, answers and counters come out.

mod assembly;
mod classic;
mod decode;
mod echo;
mod framed;
mod geometry;
mod latency;
mod problems;
mod received;
mod record;
mod repair;
mod rtp;
mod shared;
mod stream;

use std::net::SocketAddr;
use std::time::Duration;

use crate::frame::PixelFormat;
use crate::wire::pixelwire::{FrameId, ReceiverId, ToReceiver};
use crate::wire::rtp::Video;
use crate::wire::{self, Datagram};

use super::burst::LossPattern;
use super::counters::Counters;
use super::job::{Geometry, Mode, Protocol, Transport};
use super::limits;
use super::time::{Time, earliest};

use classic::ClassicStream;
use echo::EchoLimit;
use rtp::RtpStream;
use shared::Shared;
use stream::Stream;

pub use decode::{Decode, DecodedFrame};
pub use problems::{Outcome, ProblemFrame};
pub use received::{Encoding, ReceivedFrame, StreamKey};
pub use record::{Fate, FateCounts, FateRun, FrameCut, PacketRecord};
pub use repair::{Repair, Repaired};
pub use rtp::RtpTrouble;

/// How a receiver is to receive.
#[derive(Clone, Debug)]
pub struct ReceiverConfig {
    /// Random for each time that somebody starts to listen.
    pub id: ReceiverId,
    /// How long a live frame may take from its first packet to its last.
    pub latency_budget: Duration,
    /// Hand over live frames with missing parts instead of skipping them.
    pub show_damaged: bool,
    /// The geometry of classic frames, when the user typed one.
    pub geometry: Option<Geometry>,
    /// What RTP streams hold; without it their packets are only counted.
    pub rtp: Option<Video>,
    /// Bytes of the socket's receive buffer, which senders are told.
    pub receive_buffer: usize,
    /// Whether [`Receiver::note_overflows`] is told of overflows, so that none means none.
    pub tells_overflows: bool,
}

impl ReceiverConfig {
    /// The defaults, for a receiver called `id`.
    pub fn new(id: ReceiverId) -> Self {
        Self {
            id,
            latency_budget: limits::LATENCY_BUDGET,
            show_damaged: true,
            geometry: None,
            rtp: None,
            receive_buffer: 0,
            tells_overflows: false,
        }
    }
}

/// One stream's state and account.
#[derive(Clone, Debug)]
pub struct StreamAccount {
    /// Whose it is.
    pub key: StreamKey,
    /// What the sender calls itself, else its address.
    pub name: String,
    /// How it speaks.
    pub protocol: Protocol,
    /// What it promises.
    pub mode: Mode,
    /// Size and format of its newest frame.
    pub shape: Option<(u32, u32, PixelFormat)>,
    /// When it was last heard.
    pub last_heard: Time,
    /// Whether the sender said that the job is over.
    pub closed: bool,
    /// Its counters since it began.
    pub counters: Counters,
    /// RFC 3550 interarrival jitter.
    pub jitter_us: Option<u64>,
    /// How its losses were spread.
    pub losses: LossPattern,
    /// The sender's smoothed round trip.
    pub round_trip: Option<Duration>,
    /// Of its newest complete frame.
    pub latency: Option<Duration>,
}

/// Receives streams from any number of senders.
///
/// There are four kinds of method. Getters take `&self`. **Inputs** are [`Self::handle_datagrams`],
/// [`Self::handle_framed`], [`Self::handle_disconnect`], [`Self::handle_drained`],
/// [`Self::handle_timeout`], [`Self::handle_repaired`] and [`Self::handle_decoded`]; **commands**
/// are the `set_` methods and [`Self::leave`]; after every one of these, drain the **outputs**
/// [`Self::poll_transmit`], [`Self::poll_framed`], [`Self::poll_repair`], [`Self::poll_decode`] and
/// [`Self::poll_frame`], and call `handle_timeout` at [`Self::next_timeout`].
pub struct Receiver {
    shared: Shared,
    streams: Vec<Stream>,
    classic: Vec<ClassicStream>,
    rtp: Vec<RtpStream>,
    /// What streams that have been forgotten had counted.
    forgotten: Counters,
    invalid: u64,
    echoes: EchoLimit,
}

impl Receiver {
    /// A receiver that has heard nothing yet.
    pub fn new(config: ReceiverConfig) -> Self {
        Self {
            shared: Shared::new(config),
            streams: Vec::new(),
            classic: Vec::new(),
            rtp: Vec::new(),
            forgotten: Counters::default(),
            invalid: 0,
            echoes: EchoLimit::default(),
        }
    }

    /// Takes one datagram from `peer`.
    pub fn handle_datagram(&mut self, peer: SocketAddr, datagram: &[u8], now: Time) {
        self.handle_datagrams(peer, datagram, datagram.len(), now);
    }

    /// Takes datagrams from `peer` that lie end to end in `bytes`, each `segment` bytes long but
    /// perhaps the last: what it does is what [`Self::handle_datagram`] does with each, for less.
    pub fn handle_datagrams(&mut self, peer: SocketAddr, bytes: &[u8], segment: usize, now: Time) {
        let segment = segment.max(1);
        let mut rest = bytes;
        self.shared.now = now;
        loop {
            self.shared.drops_before = self.shared.drops;
            let datagram = &rest[..segment.min(rest.len())];
            let mut count = 1;
            match wire::parse(datagram) {
                Ok(Datagram::Pixelwire(ToReceiver::Data(run))) => {
                    let run = run.extended(rest, segment);
                    count = run.count;
                    self.handle_packet((peer, Transport::Udp), ToReceiver::Data(run), now);
                }
                Ok(Datagram::Pixelwire(packet)) => {
                    self.handle_packet((peer, Transport::Udp), packet, now);
                }
                Ok(Datagram::Classic(chunk)) => match self.classic_of(peer, now) {
                    Some(at) => self.classic[at].handle(chunk, now, &mut self.shared),
                    None => self.invalid += 1,
                },
                Ok(Datagram::Rtp(packet)) => match self.rtp_of(peer, packet.head.ssrc, now) {
                    Some(at) => self.rtp[at].handle(&packet, now, &mut self.shared),
                    None => self.invalid += 1,
                },
                Ok(Datagram::Probe(probe)) => self.answer_probe(peer, probe, now),
                Err(_) => self.invalid += 1,
            }
            rest = rest.get(count as usize * segment..).unwrap_or_default();
            if rest.is_empty() {
                return;
            }
        }
    }

    /// How often the socket's receive buffer had overflowed when the next datagram was queued: the
    /// gap before that datagram in its stream's packet numbers is what the overflow took.
    pub fn note_overflows(&mut self, count: u32) {
        self.shared.overflows = count;
    }

    /// Does what has become due by `now`.
    pub fn handle_timeout(&mut self, now: Time) {
        self.shared.now = now;
        for stream in &mut self.streams {
            stream.handle_timeout(now, &mut self.shared);
        }
        for stream in &mut self.classic {
            stream.handle_timeout(now, &mut self.shared);
        }
        for stream in &mut self.rtp {
            stream.handle_timeout(now, &mut self.shared);
        }
    }

    /// Everything that had arrived by `now` has been taken.
    pub fn handle_drained(&mut self, now: Time) {
        for stream in &mut self.streams {
            stream.handle_drained(now, &mut self.shared);
        }
    }

    /// When [`Self::handle_timeout`] is next wanted.
    pub fn next_timeout(&self) -> Option<Time> {
        let own = self.streams.iter().filter_map(|stream| stream.next_timeout(&self.shared)).min();
        let classic = self.classic.iter().filter_map(ClassicStream::next_timeout).min();
        let rtp = self.rtp.iter().filter_map(RtpStream::next_timeout).min();
        earliest(earliest(own, classic), rtp)
    }

    /// The next datagram to answer with, and to whom.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.shared.answers.pop_front()
    }

    /// The next block of a frame to restore from parity: run it, here or on another thread, and
    /// give the result to [`Self::handle_repaired`].
    pub fn poll_repair(&mut self) -> Option<Repair> {
        self.shared.repairs.pop_front()
    }

    /// Takes a block that was restored.
    pub fn handle_repaired(&mut self, repaired: &Repaired, now: Time) {
        self.shared.now = now;
        self.shared.release(repaired.memory());
        if let Some(stream) = self.streams.iter_mut().find(|s| s.key == repaired.stream()) {
            stream.handle_repaired(repaired, now, &mut self.shared);
        }
    }

    /// The next frame to hand over, if there is one; deliver frames only with `room` for them.
    ///
    /// A sender is told that a frame is delivered when it is taken here, and holds back while it
    /// is not: this is how a slow reader slows the sender down.
    pub fn poll_frame(&mut self, room: bool) -> Option<ReceivedFrame> {
        let at = self.shared.ready.iter().position(|frame| {
            let free = room || frame.mode == Mode::Live;
            free && self.find(frame.stream).is_none_or(|stream| stream.is_next(frame.frame_id))
        })?;
        let frame = self.shared.ready.remove(at)?;
        self.shared.release(frame.frame.pixels().len());
        if let Some(stream) = self.streams.iter_mut().find(|s| s.key == frame.stream) {
            stream.note_taken(frame.frame_id);
        }
        if frame.missing.is_empty() {
            self.confirm(&frame);
        }
        Some(frame)
    }

    /// A complete frame that was taken was then let go, because its reader was slow.
    pub fn count_dropped(&mut self, key: StreamKey) {
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.key == key) {
            stream.count_dropped();
        } else if let Some(stream) = self.classic.iter_mut().find(|stream| stream.key == key) {
            stream.count_dropped();
        } else if let Some(stream) = self.rtp.iter_mut().find(|stream| stream.key == key) {
            stream.count_dropped();
        }
    }

    /// Gives classic frames this geometry; `None` goes back to inferring it.
    pub fn set_geometry(&mut self, geometry: Option<Geometry>) {
        self.shared.config.geometry = geometry;
    }

    /// RTP streams hold this from now on; without it their packets are only counted. Frames under
    /// way are given up.
    pub fn describe_rtp(&mut self, video: Option<Video>) {
        for stream in &mut self.rtp {
            stream.describe_anew(&mut self.shared);
        }
        self.shared.config.rtp = video;
    }

    /// The socket's receive buffer has another size now.
    pub fn set_receive_buffer(&mut self, bytes: usize) {
        self.shared.config.receive_buffer = bytes;
    }

    /// Whether live frames with missing parts are handed over.
    pub fn set_show_damaged(&mut self, show: bool) {
        self.shared.config.show_damaged = show;
    }

    /// Forgets how losses were spread and which frames had trouble, for an account that starts
    /// again; what is counted goes on.
    pub fn forget_troubles(&mut self) {
        self.shared.problems.clear();
        self.streams.iter_mut().for_each(Stream::forget_losses);
        self.rtp.iter_mut().for_each(RtpStream::forget_losses);
    }

    /// Tells every sender whose job is not over that nobody listens any more.
    pub fn leave(&mut self) {
        for stream in &mut self.streams {
            stream.leave(&mut self.shared);
        }
    }

    /// Whether delivered frames wait to be taken.
    pub fn has_waiting_frames(&self) -> bool {
        !self.shared.ready.is_empty()
    }

    /// Whether some frame is under way.
    pub fn is_busy(&self) -> bool {
        self.streams.iter().any(|stream| stream.open_bytes() > 0)
    }

    /// Whether every job has been closed, and long enough ago for its sender to have asked again
    /// if our answer was lost.
    pub fn is_settled(&self, now: Time) -> bool {
        self.shared.ready.is_empty()
            && self.shared.decoding.is_empty()
            && self.streams.iter().all(|stream| {
                stream.closed_at.is_some_and(|at| now.since(at) >= limits::CLOSE_LINGER)
            })
    }

    /// The account of every stream that is remembered.
    pub fn streams(&self) -> Vec<StreamAccount> {
        let own = self.streams.iter().map(|stream| StreamAccount {
            key: stream.key,
            name: stream.name.clone(),
            protocol: Protocol::Pixelwire,
            mode: if stream.deliver { Mode::Deliver } else { Mode::Live },
            shape: stream.shape,
            last_heard: stream.last_heard,
            closed: stream.closed_at.is_some(),
            counters: stream.counters(),
            jitter_us: stream.jitter.micros(),
            losses: stream.losses(),
            round_trip: stream.round_trip,
            latency: stream.latency,
        });
        let classic = self.classic.iter().map(ClassicStream::account);
        own.chain(classic).chain(self.rtp.iter().map(RtpStream::account)).collect()
    }

    /// Why an RTP stream is counted and not shown, if there is such a one.
    pub fn rtp_trouble(&self) -> Option<RtpTrouble> {
        self.rtp.iter().find_map(RtpStream::trouble)
    }

    /// The last frames that had trouble, of any stream, oldest first.
    pub fn problems(&self) -> impl Iterator<Item = &ProblemFrame> {
        self.shared.problems.frames()
    }

    /// A number that changes whenever [`Self::problems`] does.
    pub fn problems_revision(&self) -> u64 {
        self.shared.problems.revision()
    }

    /// The sum over all streams, forgotten ones included, and what belongs to none.
    pub fn total(&self) -> Counters {
        let mut total = self.forgotten;
        let own = self.streams.iter().map(Stream::counters);
        let classic = self.classic.iter().map(ClassicStream::counters);
        let rtp = self.rtp.iter().map(RtpStream::counters);
        for counters in own.chain(classic).chain(rtp) {
            total += counters;
        }
        total.packets_invalid += self.invalid;
        if self.shared.config.tells_overflows {
            total.kernel_drops.get_or_insert(0);
        }
        total
    }

    fn handle_packet(
        &mut self,
        (peer, transport): (SocketAddr, Transport),
        packet: ToReceiver<'_>,
        now: Time,
    ) {
        let key = StreamKey { peer, transport, id: packet.stamp().stream.0 };
        let at = match self.streams.iter().position(|stream| stream.key == key) {
            Some(at) => at,
            None if self.make_room(now) => {
                self.streams.push(Stream::new(key, now, &self.shared));
                self.streams.len() - 1
            }
            None => {
                self.invalid += packet.count();
                return;
            }
        };
        self.streams[at].handle(packet, now, &mut self.shared);
    }

    fn classic_of(&mut self, peer: SocketAddr, now: Time) -> Option<usize> {
        let known = self.classic.iter().position(|stream| stream.key.peer == peer);
        if known.is_none() && self.make_room(now) {
            self.classic.push(ClassicStream::new(peer, now, &self.shared));
            return Some(self.classic.len() - 1);
        }
        known
    }

    fn rtp_of(&mut self, peer: SocketAddr, ssrc: u32, now: Time) -> Option<usize> {
        let key = StreamKey::over_udp(peer, u64::from(ssrc));
        let known = self.rtp.iter().position(|stream| stream.key == key);
        if known.is_none() && self.make_room(now) {
            self.rtp.push(RtpStream::new(peer, ssrc, now, &self.shared));
            return Some(self.rtp.len() - 1);
        }
        known
    }

    /// Makes room for one more stream, forgetting one that is over if there is none left; whether
    /// there is room.
    fn make_room(&mut self, now: Time) -> bool {
        if self.streams.len() + self.classic.len() + self.rtp.len() < limits::MAX_STREAMS {
            return true;
        }
        let is_over = |heard: Time, closed: bool| {
            let patience = if closed { limits::STREAM_ACTIVE } else { limits::STREAM_IDLE };
            now.since(heard) > patience
        };
        let own = self
            .streams
            .iter()
            .position(|stream| is_over(stream.last_heard, stream.closed_at.is_some()));
        if let Some(at) = own {
            let stream = self.streams.remove(at);
            self.shared.release(stream.open_bytes());
            self.forgotten += stream.counters();
            return true;
        }
        let classic = self.classic.iter().position(|stream| is_over(stream.last_heard, false));
        if let Some(at) = classic {
            let mut stream = self.classic.remove(at);
            stream.give_up(&mut self.shared);
            self.forgotten += stream.counters();
            return true;
        }
        let rtp = self.rtp.iter().position(|stream| is_over(stream.last_heard, false));
        if let Some(at) = rtp {
            let mut stream = self.rtp.remove(at);
            stream.give_up(&mut self.shared);
            self.forgotten += stream.counters();
        }
        rtp.is_some()
    }

    fn find(&self, key: StreamKey) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.key == key)
    }

    fn confirm(&mut self, frame: &ReceivedFrame) {
        match frame.protocol {
            Protocol::Pixelwire => {
                let id = FrameId(frame.frame_id as u32);
                if let Some(stream) = self.streams.iter_mut().find(|s| s.key == frame.stream) {
                    let digest = frame.encoded.map_or(frame.digest, |encoded| encoded.digest);
                    stream.confirm(id, digest, &mut self.shared);
                }
            }
            Protocol::Classic => {
                if let Some(stream) = self.classic.iter_mut().find(|s| s.key == frame.stream) {
                    stream.count_complete();
                }
            }
            Protocol::Rtp => {
                if let Some(stream) = self.rtp.iter_mut().find(|s| s.key == frame.stream) {
                    stream.count_complete();
                }
            }
        }
    }
}
