//! Sending: one socket thread for each job, fed by a source on a thread of its own.

mod connection;
mod exit;
mod feed;
mod many;
mod pixelwire;
mod progress;
mod protection;
mod rtp;
mod slot;
mod spread;
mod unanswered;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use crate::flow::impair::Impairment;
use crate::flow::{ClassicSender, Fec, MAX_CHUNK, Mode, Protocol, Rate, Transport};
use crate::frame::PackedYcbcr;
use crate::frame::codec::Compression;
use crate::media::FrameSource;
use crate::wire::pixelwire::{DATA_HEADER, MIN_CHUNK};
use crate::wire::{MAX_DATAGRAM, classic as wire_classic, rtp as wire_rtp};

use super::interfaces::interface_from;
use super::{Published, Target, Wake};

pub use spread::{ReceiverReport, Spread};

use exit::Exit;
use feed::Feed;
use progress::Progress;
use protection::Protection;
use unanswered::Way;

/// How many events may wait for a reader; a job with nobody reading waits too.
const EVENTS: usize = 4096;

/// MTU that is taken for granted when the system does not tell one: Ethernet's.
const USUAL_MTU: usize = 1500;

/// The largest RTP packet that ffmpeg reads whole.
const RTP_PACKET: usize = 8192;

/// Live frames a second when neither the user nor the source says so.
const LIVE_FRAMES_PER_SECOND: f64 = 30.0;

/// Payload bytes of each packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chunk {
    /// What fits the MTU of the interface that leads to the target (classic: 49,152; over TCP, which
    /// has no MTU: 60,000, or 32,768 live).
    #[default]
    Auto,
    /// So many bytes, kept within what a packet can carry and what is worth its header.
    Bytes(u16),
}

impl Chunk {
    /// Payload bytes of each packet to `peer`.
    fn resolve(self, protocol: Protocol, peer: SocketAddr, source: Option<IpAddr>) -> u16 {
        let most = match protocol {
            Protocol::Classic => MAX_DATAGRAM - wire_classic::HEADER,
            Protocol::Pixelwire => MAX_CHUNK,
            Protocol::Rtp => MAX_DATAGRAM - wire_rtp::HEADER,
        };
        let mtu = || {
            let known = interface_from(source, peer).and_then(|interface| interface.mtu);
            known.map_or(USUAL_MTU, |mtu| mtu as usize)
        };
        let wanted = match (self, protocol) {
            (Self::Bytes(bytes), _) => usize::from(bytes),
            (Self::Auto, Protocol::Classic) => wire_classic::USUAL_CHUNK,
            (Self::Auto, Protocol::Pixelwire) => fitting_chunk(mtu(), peer, DATA_HEADER),
            (Self::Auto, Protocol::Rtp) => {
                fitting_chunk(mtu(), peer, wire_rtp::HEADER).min(RTP_PACKET - wire_rtp::HEADER)
            }
        };
        wanted.clamp(usize::from(MIN_CHUNK), most) as u16
    }
}

/// The largest payload whose packet fits the MTU without IP fragments.
fn fitting_chunk(mtu: usize, peer: SocketAddr, header: usize) -> usize {
    let ip_and_udp = if peer.is_ipv4() { 20 + 8 } else { 40 + 8 };
    mtu.saturating_sub(ip_and_udp + header).max(512)
}

/// How a job is to be sent.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// To whom.
    pub target: Target,
    /// In which protocol.
    pub protocol: Protocol,
    /// With which promise.
    pub mode: Mode,
    /// Payload bytes of each packet.
    pub chunk: Chunk,
    /// How fast.
    pub rate: Rate,
    /// Frames a second; `None` is as fast as they go in deliver mode, and in live mode the
    /// source's own timing or 30.
    pub frames_per_second: Option<f64>,
    /// A bad network to be put between the job and its socket, to see what one does.
    pub impairment: Option<Impairment>,
    /// How frames are made smaller (pixelwire only: others are sent raw).
    pub compression: Compression,
    /// How much parity goes with each frame (pixelwire only).
    pub fec: Fec,
    /// Nobody is expected to answer (live pixelwire only).
    pub one_way: bool,
    /// The address of this machine to send from; `None` leaves that to the system's routes.
    pub source: Option<IpAddr>,
    /// Brightness and colour difference in place of a frame's own samples (RTP only).
    pub packing: Option<PackedYcbcr>,
    /// Over what (TCP: pixelwire only, without impairment, parity and one way).
    pub transport: Transport,
    /// To whom else, and how far.
    pub spread: Spread,
}

impl SendOptions {
    /// To `target` alone, by our own protocol over UDP, each frame delivered, as fast as the path
    /// carries them.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            protocol: Protocol::Pixelwire,
            mode: Mode::Deliver,
            chunk: Chunk::Auto,
            rate: Rate::Auto,
            frames_per_second: None,
            impairment: None,
            compression: Compression::Raw,
            fec: Fec::Off,
            one_way: false,
            source: None,
            packing: None,
            transport: Transport::Udp,
            spread: Spread::default(),
        }
    }
}

/// A job that is being sent in the background until it ends, is cancelled or is dropped.
pub struct SendJob {
    events: Receiver<SendEvent>,
    status: Published<SendStatus>,
    cancelled: Arc<AtomicBool>,
}

impl SendJob {
    /// Starts to send what `source` gives. Never fails at once: what goes wrong comes as
    /// [`SendEvent::Finished`]. `wake` is called after each event and each status published.
    pub fn start(options: SendOptions, source: Box<dyn FrameSource>, wake: Wake) -> Self {
        let (events, receiver) = bounded(EVENTS);
        let status = Published::new(SendStatus::default());
        let cancelled = Arc::new(AtomicBool::new(false));
        let progress = Progress::new(events.clone(), status.clone(), Arc::clone(&cancelled), wake);
        let thread = std::thread::Builder::new()
            .name("send job".to_owned())
            .spawn(move || run(&options, source, progress));
        if let Err(error) = thread {
            let failure = SendError::System(error.to_string());
            let _ = events.try_send(SendEvent::Finished(Err(failure)));
        }
        Self { events: receiver, status, cancelled }
    }

    /// What happened, in order; ends after `Finished`.
    pub fn events(&self) -> &Receiver<SendEvent> {
        &self.events
    }

    /// How far it is now.
    pub fn status(&self) -> Arc<SendStatus> {
        self.status.get()
    }

    /// Asks it to stop soon; `Finished` follows.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Drop for SendJob {
    fn drop(&mut self) {
        self.cancel();
    }
}

fn run(options: &SendOptions, source: Box<dyn FrameSource>, mut progress: Progress) {
    progress.total(source.frames());
    if !options.spread.others.is_empty() {
        return many::run(options, source, progress);
    }
    let result = connection::open(options, &mut progress).and_then(|(peer, chunk, exit)| {
        let protection = Protection::new(options, chunk);
        let chunk = protection.chunk();
        let feed = Feed::start(source, options, protection)?;
        send_over(options, chunk, peer, exit, feed, &mut progress)
    });
    progress.finish(result);
}

/// Sends everything that the feed gives to one target.
fn send_over(
    options: &SendOptions,
    chunk: u16,
    peer: SocketAddr,
    exit: Exit,
    feed: Feed,
    progress: &mut Progress,
) -> Result<(), SendError> {
    match options.protocol {
        Protocol::Classic => {
            let way = Way { peer, exit, feed, chunk };
            let start = |now| ClassicSender::new(chunk, options.rate, now);
            unanswered::send(start, way, None, progress)
        }
        Protocol::Rtp => rtp::send(options, Way { peer, exit, feed, chunk }, progress),
        Protocol::Pixelwire => pixelwire::send(options, chunk, peer, exit, feed, progress),
    }
}

/// Something that happened to a job.
#[derive(Clone, Debug)]
pub enum SendEvent {
    /// The receiver answered (classic: the socket is ready; nobody ever answers).
    Connected {
        /// Its address.
        peer: SocketAddr,
        /// The payload size that is used.
        chunk: usize,
        /// Round trip, where it can be known.
        round_trip: Option<Duration>,
    },
    /// The system said that nobody listens there; the job goes on trying for a while.
    NobodyListening {
        /// Where nobody listens.
        peer: SocketAddr,
    },
    /// Another receiver than before answers: it was started again.
    ReceiverRestarted,
    /// RTP only, before the first frame: the text of the stream's SDP file.
    Described(String),
    /// A frame began to leave.
    FrameStarted(FrameReport),
    /// Deliver mode: the receiver has it whole and verified. Live and classic: it has left.
    FrameDone(FrameReport),
    /// A frame could not be read, or was not delivered.
    FrameFailed {
        /// Which frame; `frame_id` is `None` when it never got as far as the wire.
        frame: FrameReport,
        /// Why, in words.
        reason: String,
    },
    /// The job is over; nothing follows.
    Finished(Result<SendStatus, SendError>),
}

/// One frame of a job.
#[derive(Clone, Debug)]
pub struct FrameReport {
    /// Which entry of the job it belongs to, counted from 0.
    pub item: usize,
    /// Its number on the wire.
    pub frame_id: Option<u64>,
    /// What it is called.
    pub name: String,
    /// Pixel bytes.
    pub bytes: u64,
    /// Packets that had to be sent again for it.
    pub packets_resent: u64,
    /// From its first packet to the receiver's word that it is whole.
    pub elapsed: Duration,
    /// Whether the receiver confirmed its digest.
    pub verified: bool,
}

/// How far a job is.
#[derive(Clone, Debug, Default)]
pub struct SendStatus {
    /// What it is doing.
    pub phase: SendPhase,
    /// The item that is being sent.
    pub item: usize,
    /// Frames in all, where known.
    pub frames_total: Option<u64>,
    /// Frames that have left whole.
    pub frames_sent: u64,
    /// Frames whose arrival was confirmed.
    pub frames_delivered: u64,
    /// Frames that failed.
    pub frames_failed: u64,
    /// Payload bytes that have left for the first time: those of the pixels, or of what they were
    /// encoded to.
    pub bytes_sent: u64,
    /// How much of the current frame is confirmed or sent, 0 to 1.
    pub frame_progress: f32,
    /// Datagrams sent, resends included.
    pub packets_sent: u64,
    /// Of these, resends of payloads.
    pub packets_resent: u64,
    /// Datagrams that the receiver reported to have missed.
    pub packets_lost: u64,
    /// Of these, dropped by the impairment that was asked for, before they reached the socket.
    pub packets_impaired: u64,
    /// Megabits of payload a second, over the last second.
    pub throughput_mbps: f64,
    /// Smoothed round trip.
    pub round_trip: Option<Duration>,
    /// Since the job began.
    pub seconds: f64,
    /// Of each receiver that is known, what it has got.
    pub receivers: Vec<ReceiverReport>,
}

/// What a job is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SendPhase {
    /// Looking up the name and asking the receiver whether it is there.
    #[default]
    Connecting,
    /// Frames are leaving.
    Sending,
    /// Everything has left; waiting for the last confirmations.
    Finishing,
    /// Over.
    Done,
}

/// Why a job failed; the message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// Stopped by the user.
    #[error("cancelled")]
    Cancelled,
    /// Frames could not be read, or were not delivered; each has said why.
    #[error("{failed} of {frames} frames were not delivered")]
    FramesFailed {
        /// How many failed.
        failed: u64,
        /// Out of how many.
        frames: u64,
    },
    /// Nobody answered.
    #[error(
        "{peer} did not answer within {seconds} s: start listening there, and let its firewall pass UDP port {port}",
        port = peer.port()
    )]
    NoAnswer {
        /// Who was asked.
        peer: SocketAddr,
        /// For how long.
        seconds: u64,
    },
    /// Nobody accepted a connection.
    #[error(
        "{peer} did not accept a TCP connection within {seconds} s: start listening there, and let its firewall pass TCP port {port}",
        port = peer.port()
    )]
    NotConnected {
        /// Who was asked.
        peer: SocketAddr,
        /// For how long.
        seconds: u64,
    },
    /// Nobody answered through the connection.
    #[error(
        "{peer} took the connection and did not answer: check that a Pixelwire listens there (behind a tunnel: at its other end), with fewer than 16 senders"
    )]
    NotAnswered {
        /// Who took it.
        peer: SocketAddr,
    },
    /// Something else than a Pixelwire answers there.
    #[error("what answers at {peer} is no Pixelwire: check the port, and where a tunnel leads")]
    NotPixelwire {
        /// Who was asked.
        peer: SocketAddr,
    },
    /// The connection broke in the middle.
    #[error(
        "the connection to {peer} was lost after {sent} frames had left and {delivered} were delivered: check the cable or the tunnel, and send again"
    )]
    ConnectionLost {
        /// Who was connected.
        peer: SocketAddr,
        /// Frames that had left whole.
        sent: u64,
        /// How much had been delivered.
        delivered: u64,
    },
    /// Only our own protocol is spoken over TCP.
    #[error("the {name} protocol is of UDP alone: send over UDP, or by the pixelwire protocol", name = .0.name())]
    UdpOnly(Protocol),
    /// Nobody in a multicast group answered.
    #[error(
        "nobody in the group {group} answered within {seconds} s: receivers must join it (receive --join {address}), and routers must let it through",
        address = group.ip()
    )]
    NobodyInGroup {
        /// Which group.
        group: SocketAddr,
        /// For how long was asked.
        seconds: u64,
    },
    /// The other machine said that the port is closed.
    #[error("nobody listens at {peer}: start Pixelwire there and press Listen, or check the port")]
    NobodyListening {
        /// Who was asked.
        peer: SocketAddr,
    },
    /// The receiver fell silent in the middle.
    #[error(
        "{peer} stopped answering after {delivered} delivered frames: check its cable and window"
    )]
    Silence {
        /// Who fell silent.
        peer: SocketAddr,
        /// How much had been delivered.
        delivered: u64,
    },
    /// The receiver stopped listening in the middle.
    #[error("{peer} stopped listening after {delivered} delivered frames")]
    ReceiverLeft {
        /// Who left.
        peer: SocketAddr,
        /// How much had been delivered.
        delivered: u64,
    },
    /// Some of several receivers failed.
    #[error("{failed} of {receivers} receivers failed: {reasons}")]
    ReceiversFailed {
        /// How many failed.
        failed: usize,
        /// Out of how many.
        receivers: usize,
        /// Who and why, in words.
        reasons: String,
    },
    /// The name is not known; the message says which.
    #[error("{0}")]
    UnknownHost(String),
    /// There is no way to that address.
    #[error("no network of this PC leads to {0}: check the cable and the address")]
    Unreachable(SocketAddr),
    /// The address that was chosen to send from is not there, or does not lead there.
    #[error("{interface} does not lead to {peer}: choose another interface, or leave it automatic")]
    WrongInterface {
        /// The address of this machine that was chosen.
        interface: IpAddr,
        /// To whom.
        peer: SocketAddr,
    },
    /// The operating system refuses.
    #[error("the system does not let us send: {0}")]
    System(String),
}

impl SendError {
    /// What `error` means when an address was chosen by hand.
    pub(super) fn because_of(self, source: Option<IpAddr>) -> Self {
        match (self, source) {
            (Self::Unreachable(peer), Some(interface)) => Self::WrongInterface { interface, peer },
            (error, _) => error,
        }
    }

    pub(super) fn of_connect(error: &io::Error, peer: SocketAddr) -> Self {
        match error.kind() {
            io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::AddrNotAvailable => Self::Unreachable(peer),
            _ => Self::System(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_chunk_fills_the_mtu_and_never_more() {
        let v4 = SocketAddr::from(([192, 168, 1, 20], 4321));
        let v6 = SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 4321));
        assert_eq!(fitting_chunk(1500, v4, DATA_HEADER) + DATA_HEADER + 28, 1500);
        assert_eq!(fitting_chunk(9000, v6, DATA_HEADER) + DATA_HEADER + 48, 9000);
        assert_eq!(Chunk::Auto.resolve(Protocol::Classic, v4, None), 49_152);
        assert_eq!(Chunk::Bytes(u16::MAX).resolve(Protocol::Classic, v4, None), 65_495);
        let loopback = SocketAddr::from(([127, 0, 0, 1], 4321));
        let most = usize::from(Chunk::Bytes(u16::MAX).resolve(Protocol::Pixelwire, loopback, None));
        assert_eq!(most, MAX_CHUNK);
    }
}
