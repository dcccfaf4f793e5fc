//! Sending: one socket thread for each job, fed by a source on a thread of its own.

mod connection;
mod error;
mod exit;
mod feed;
mod many;
mod options;
mod pixelwire;
mod progress;
mod protection;
mod rtp;
mod slot;
mod spread;
mod unanswered;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use crate::flow::{ClassicSender, Protocol};
use crate::media::FrameSource;

use super::{Published, Wake};

pub use error::SendError;
pub use options::{Chunk, SendOptions};
pub use spread::{ReceiverReport, Spread};

use exit::Exit;
use feed::Feed;
use progress::Progress;
use protection::Protection;

/// How many events may wait for a reader; a job with nobody reading waits too.
const EVENTS: usize = 4096;

/// Live frames a second when neither the user nor the source says so.
const LIVE_FRAMES_PER_SECOND: f64 = 30.0;
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
        send_over(options, Way { peer, exit, feed, chunk }, &mut progress)
    });
    progress.finish(result);
}

/// Where a job leads and what it sends.
struct Way {
    peer: SocketAddr,
    exit: Exit,
    feed: Feed,
    /// Payload bytes of each packet.
    chunk: u16,
}

/// Sends everything that the feed gives to one target.
fn send_over(options: &SendOptions, way: Way, progress: &mut Progress) -> Result<(), SendError> {
    match options.protocol {
        Protocol::Classic => {
            let chunk = way.chunk;
            let start = |now| ClassicSender::new(chunk, options.rate, now);
            unanswered::send(start, way, None, progress)
        }
        Protocol::Rtp => rtp::send(options, way, progress),
        Protocol::Pixelwire => pixelwire::send(options, way, progress),
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
