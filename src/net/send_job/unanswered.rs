//! A job that nobody answers, in the classic protocol or RTP: it ends when everything has left.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::flow::{Time, Train, Unanswered, earliest};
use crate::frame::Frame;
use crate::frame::codec::Coded;
use crate::net::clock::Clock;

use super::exit::Exit;
use super::feed::{Fed, Feed, Prepared};
use super::progress::Progress;
use super::{FrameReport, SendError, SendEvent, SendPhase, Way};

/// How long to wait at the end for the other machine's word that the port is closed.
const REFUSAL_WAIT: Duration = Duration::from_millis(50);

/// How long to sleep when nothing is due.
const IDLE_INTERVAL: Duration = Duration::from_millis(2);

/// Writes what receivers have to be told of a stream, from its first frame.
pub(super) type Describe = Box<dyn FnOnce(&Frame) -> Option<String>>;

/// Sends everything that the feed gives with the sender that `start` makes.
pub(super) fn send<S: Unanswered>(
    start: impl FnOnce(Time) -> S,
    way: Way,
    describe: Option<Describe>,
    progress: &mut Progress,
) -> Result<(), SendError> {
    let clock = Clock::start();
    let Way { peer, exit, feed, chunk } = way;
    progress.phase(SendPhase::Sending);
    let round_trip = None;
    progress.tell(SendEvent::Connected { peer, chunk: usize::from(chunk), round_trip });
    let job = Job {
        sender: start(clock.now()),
        describe,
        peer,
        exit,
        feed,
        feed_due: Some(clock.now()),
        clock,
        train: Train::default(),
        pending: false,
        present: None,
        frames: 0,
    };
    job.run(progress)
}

struct Job<S> {
    sender: S,
    describe: Option<Describe>,
    peer: SocketAddr,
    exit: Exit,
    feed: Feed,
    /// When to ask the feed again; `None` once it has ended.
    feed_due: Option<Time>,
    clock: Clock,
    train: Train,
    /// Whether `train` still waits because the socket was full.
    pending: bool,
    present: Option<(FrameReport, Time)>,
    frames: u64,
}

impl<S: Unanswered> Job<S> {
    fn run(mut self, progress: &mut Progress) -> Result<(), SendError> {
        loop {
            if progress.is_cancelled() {
                return Err(SendError::Cancelled);
            }
            let now = self.clock.now();
            self.feed(now, progress);
            let busy = self.transmit(progress)?;
            progress.update(self.sender.counters(), None, self.sender.progress(), now);
            progress.impaired(self.exit.dropped());
            self.exit.release(now).map_err(|error| self.refused(&error))?;
            let all_left = self.feed_due.is_none() && self.present.is_none();
            if all_left && self.exit.next_release().is_none() {
                break;
            }
            if !busy {
                self.sleep();
            }
        }
        std::thread::sleep(REFUSAL_WAIT);
        self.check_refusal()?;
        progress.update(self.sender.counters(), None, 1.0, self.clock.now() + REFUSAL_WAIT);
        Ok(())
    }

    fn feed(&mut self, now: Time, progress: &mut Progress) {
        while self.feed_due.is_some_and(|due| due <= now) && self.present.is_none() {
            match self.feed.next(now) {
                Fed::Frame(prepared) => self.begin(prepared, now, progress),
                Fed::Failed(report, reason) => progress.frame_failed(report, reason),
                Fed::NotYet(due) => self.feed_due = Some(due),
                Fed::End => self.feed_due = None,
            }
        }
    }

    fn begin(&mut self, prepared: Prepared, now: Time, progress: &mut Progress) {
        let Prepared { frame, mut report, .. } = prepared;
        let Coded::Raw(frame) = frame else {
            progress.frame_failed(report, "this protocol carries raw pixels only".to_owned());
            return;
        };
        if let Some(reason) = self.sender.objection(&frame) {
            progress.frame_failed(report, reason);
            return;
        }
        if let Some(text) = self.describe.take().and_then(|describe| describe(&frame)) {
            progress.tell(SendEvent::Described(text));
        }
        report.frame_id.get_or_insert(self.frames);
        self.frames += 1;
        progress.tell(SendEvent::FrameStarted(report.clone()));
        self.present = Some((report, now));
        self.sender.offer(frame, now);
    }

    /// Sends what may leave; whether something did.
    fn transmit(&mut self, progress: &mut Progress) -> Result<bool, SendError> {
        if !self.pending && !self.sender.poll_transmit(self.clock.now(), &mut self.train) {
            return Ok(false);
        }
        match self.exit.send(&self.train, self.clock.now()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.pending = true;
                return Ok(false);
            }
            Err(error) => return Err(self.refused(&error)),
        }
        self.pending = false;
        if self.sender.wants_frame()
            && let Some((report, began)) = self.present.take()
        {
            progress.frame_sent();
            let elapsed = self.clock.now().since(began);
            progress.tell(SendEvent::FrameDone(FrameReport { elapsed, ..report }));
        }
        Ok(true)
    }

    fn sleep(&mut self) {
        let now = self.clock.now();
        let due = earliest(self.sender.next_timeout(now), self.feed_due);
        let due = earliest(due, self.exit.next_release());
        let timeout = due.map_or(IDLE_INTERVAL, |due| self.clock.until(due));
        std::thread::sleep(timeout.clamp(Duration::from_micros(20), Duration::from_millis(50)));
    }

    fn check_refusal(&mut self) -> Result<(), SendError> {
        match self.exit.port.receive(|_, _| ()) {
            Err(error) => Err(self.refused(&error)),
            Ok(_) => Ok(()),
        }
    }

    fn refused(&self, error: &io::Error) -> SendError {
        match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => {
                SendError::NobodyListening { peer: self.peer }
            }
            _ => SendError::of_connect(error, self.peer),
        }
    }
}
