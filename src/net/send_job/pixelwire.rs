//! A job in the pixelwire protocol: the socket thread between the feed and the protocol.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::flow::{
    Ended, Failure, Mode, ReceiverAccount, Sender, SenderConfig, SenderEvent, Time, Train,
    Transport, earliest, limits,
};
use crate::net::clock::Clock;
use crate::net::{host_name, random_id};
use crate::wire::pixelwire::{FrameId, StreamId};

use super::exit::Exit;
use super::feed::{Fed, Feed};
use super::progress::Progress;
use super::spread::verdict;
use super::{FrameReport, ReceiverReport, SendError, SendEvent, SendOptions, SendPhase, Way};

/// How soon to look again for a cancellation.
const IDLE_INTERVAL: Duration = Duration::from_millis(50);

/// Sleeps shorter than this are left to the thread's own sleep, because waiting for the socket is
/// counted in milliseconds.
const SHORT_SLEEP: Duration = Duration::from_millis(1);

/// Sends everything that the feed gives, and stays until the receiver has it.
pub(super) fn send(
    options: &SendOptions,
    way: Way,
    progress: &mut Progress,
) -> Result<(), SendError> {
    let Way { peer, exit, feed, chunk } = way;
    let clock = Clock::start();
    let transport = exit.port.transport();
    let stream = random_id().map_err(|error| SendError::System(error.to_string()))?;
    let config = SenderConfig {
        stream: StreamId(stream),
        mode: options.mode,
        chunk,
        rate: options.rate,
        name: host_name(),
        one_way: options.one_way && options.mode == Mode::Live && transport == Transport::Udp,
        transport,
    };
    if config.one_way {
        progress.phase(SendPhase::Sending);
        let chunk = usize::from(chunk);
        progress.tell(SendEvent::Connected { peer, chunk, round_trip: None });
    }
    let sender = if peer.ip().is_multicast() {
        Sender::to_group(config, clock.now())
    } else {
        Sender::new(config, clock.now())
    };
    let job = Job {
        sender,
        among_others: !options.spread.others.is_empty(),
        mode: options.mode,
        chunk,
        peer,
        exit,
        feed,
        feed_due: Some(clock.now()),
        clock,
        train: Train::default(),
        pending: false,
        reports: HashMap::new(),
        refusal: Refusal::None,
        foreign: false,
        ended: None,
    };
    job.run(progress)
}

struct Job {
    sender: Sender,
    /// Whether the same frames go to other targets, which go on when this one fails.
    among_others: bool,
    mode: Mode,
    chunk: u16,
    peer: SocketAddr,
    exit: Exit,
    feed: Feed,
    /// When to ask the feed again; `None` once it has ended.
    feed_due: Option<Time>,
    clock: Clock,
    train: Train,
    /// Whether `train` still waits because the socket was full.
    pending: bool,
    reports: HashMap<FrameId, FrameReport>,
    refusal: Refusal,
    /// Whether something came through the connection that was no packet.
    foreign: bool,
    ended: Option<Ended>,
}

/// Whether the other machine has said that nobody listens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refusal {
    None,
    /// It has, and the user does not know it yet.
    Untold,
    Told,
}

impl Job {
    fn run(mut self, progress: &mut Progress) -> Result<(), SendError> {
        while self.ended.is_none() {
            let now = self.clock.now();
            if progress.is_cancelled() {
                self.sender.cancel(now);
            }
            self.receive(now)?;
            self.sender.handle_timeout(now);
            self.feed.suggest(self.sender.suggested_share(now));
            self.feed(now, progress);
            let busy = self.transmit()?;
            self.tell_events(progress);
            progress.impaired(self.exit.dropped());
            let counters = self.sender.counters();
            if progress.is_due(now) {
                progress.receivers(self.receivers());
            }
            progress.update(counters, self.sender.round_trip(), self.sender.progress(), now);
            if !busy && self.ended.is_none() {
                self.sleep()?;
            }
        }
        let receivers = self.receivers();
        let result = self.result(progress, &receivers);
        progress.receivers(receivers);
        progress.update(self.sender.counters(), self.sender.round_trip(), 1.0, self.clock.now());
        result
    }

    fn receive(&mut self, now: Time) -> Result<(), SendError> {
        let sender = &mut self.sender;
        let result =
            self.exit.port.receive(|from, packet| sender.handle_datagram_from(from, packet, now));
        match result {
            Err(error) if self.exit.port.transport() == Transport::Tcp => {
                self.foreign = error.kind() == io::ErrorKind::InvalidData;
                self.sender.handle_disconnect();
                Ok(())
            }
            result => self.tolerate(result.map(drop)),
        }
    }

    fn feed(&mut self, now: Time, progress: &mut Progress) {
        while self.feed_due.is_some_and(|due| due <= now) && self.sender.wants_frame() {
            match self.feed.next(now) {
                Fed::Frame(prepared) => {
                    let mut report = prepared.report;
                    let name = report.name.clone();
                    let offered = self.sender.offer(prepared.frame, name, prepared.parity);
                    let Some(id) = offered else {
                        let reason = "larger than a frame can be (4 GiB)".to_owned();
                        progress.frame_failed(report, reason);
                        continue;
                    };
                    report.frame_id.get_or_insert(u64::from(id.0));
                    progress.tell(SendEvent::FrameStarted(report.clone()));
                    self.reports.insert(id, report);
                }
                Fed::Failed(report, reason) => progress.frame_failed(report, reason),
                Fed::NotYet(due) => self.feed_due = Some(due),
                Fed::End => {
                    self.feed_due = None;
                    self.sender.finish();
                    self.sender.handle_timeout(now);
                    progress.phase(SendPhase::Finishing);
                }
            }
        }
    }

    /// Sends what may leave now; whether anything did.
    fn transmit(&mut self) -> Result<bool, SendError> {
        let mut any = false;
        let released = self.exit.release(self.clock.now());
        self.tolerate(released)?;
        // A bound, so that answers are looked at between trains.
        for _ in 0..4 {
            if !self.pending && !self.sender.poll_transmit(self.clock.now(), &mut self.train) {
                break;
            }
            match self.exit.send(&self.train, self.clock.now()) {
                Ok(()) => self.pending = false,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.pending = true;
                    break;
                }
                // Why a connection broke is said when it is read.
                Err(_) if self.exit.port.transport() == Transport::Tcp => {
                    self.pending = true;
                    break;
                }
                Err(error) => {
                    self.pending = false;
                    self.tolerate(Err(error))?;
                }
            }
            any = true;
        }
        Ok(any)
    }

    fn tell_events(&mut self, progress: &mut Progress) {
        if self.refusal == Refusal::Untold {
            self.refusal = Refusal::Told;
            progress.tell(SendEvent::NobodyListening { peer: self.peer });
        }
        while let Some(event) = self.sender.poll_event() {
            match event {
                SenderEvent::Opened { round_trip } => {
                    progress.phase(SendPhase::Sending);
                    progress.tell(SendEvent::Connected {
                        peer: self.peer,
                        chunk: usize::from(self.chunk),
                        round_trip: Some(round_trip),
                    });
                }
                SenderEvent::Restarted => progress.tell(SendEvent::ReceiverRestarted),
                SenderEvent::FrameSent(id) => {
                    progress.frame_sent();
                    // Nobody need confirm a live frame: that it has left is all there is to say.
                    if self.mode == Mode::Live
                        && let Some(report) = self.reports.remove(&id)
                    {
                        progress.tell(SendEvent::FrameDone(report));
                    }
                }
                SenderEvent::FrameDone { id, verified, resent, elapsed } => {
                    if let Some(report) = self.reports.remove(&id) {
                        let packets_resent = resent;
                        let report = FrameReport { packets_resent, elapsed, verified, ..report };
                        progress.tell(SendEvent::FrameDone(report));
                    }
                }
                // That its job ended is this target's failure, and not the frame's.
                SenderEvent::FrameFailed(id, Failure::Unconfirmed) if self.among_others => {
                    self.reports.remove(&id);
                }
                SenderEvent::FrameFailed(id, failure) => {
                    if let Some(report) = self.reports.remove(&id) {
                        if self.mode == Mode::Live {
                            // Newer frames have overtaken it, which is what live promises.
                            progress.tell(SendEvent::FrameDone(report));
                            continue;
                        }
                        progress.frame_failed(report, in_words(failure).to_owned());
                    }
                }
                SenderEvent::Ended(ended) => self.ended = Some(ended),
            }
        }
    }

    fn sleep(&mut self) -> Result<(), SendError> {
        let now = self.clock.now();
        let due = earliest(self.sender.next_timeout(now), self.feed_wake());
        let due = earliest(due, self.exit.next_release());
        let timeout = due.map_or(IDLE_INTERVAL, |due| self.clock.until(due)).min(IDLE_INTERVAL);
        if timeout.is_zero() {
            return Ok(());
        }
        let result = if timeout < SHORT_SLEEP && !self.pending {
            std::thread::sleep(timeout);
            Ok(())
        } else {
            self.exit.port.wait(timeout.max(SHORT_SLEEP))
        };
        result.map_err(|error| SendError::System(error.to_string()))
    }

    fn feed_wake(&self) -> Option<Time> {
        self.feed_due.filter(|_| self.sender.wants_frame())
    }

    /// The other machine's word that nobody listens, which comes as an error of the next call, is
    /// told once and then waited out; other errors end the job.
    fn tolerate(&mut self, result: io::Result<()>) -> Result<(), SendError> {
        let Err(error) = result else { return Ok(()) };
        match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => {
                if self.refusal == Refusal::None {
                    self.refusal = Refusal::Untold;
                }
                Ok(())
            }
            io::ErrorKind::Interrupted => Ok(()),
            // A cable that was pulled may be put back: as long as the receiver is waited for.
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable
                if self.sender.counters().packets_reported > 0 =>
            {
                Ok(())
            }
            _ => Err(SendError::of_connect(&error, self.peer)),
        }
    }

    fn receivers(&self) -> Vec<ReceiverReport> {
        let report = |account: &ReceiverAccount| {
            ReceiverReport::of(account.address.unwrap_or(self.peer).to_string(), account)
        };
        self.sender.receivers().iter().map(report).collect()
    }

    fn result(&self, progress: &Progress, receivers: &[ReceiverReport]) -> Result<(), SendError> {
        let (peer, delivered) = (self.peer, progress.delivered());
        match self.ended {
            _ if progress.is_cancelled() => Err(SendError::Cancelled),
            Some(Ended::NoAnswer) if self.refusal != Refusal::None => {
                Err(SendError::NobodyListening { peer })
            }
            Some(Ended::NoAnswer) if self.exit.port.transport() == Transport::Tcp => {
                Err(SendError::NotAnswered { peer })
            }
            Some(Ended::NoAnswer) if peer.ip().is_multicast() => {
                Err(SendError::NobodyInGroup { group: peer, seconds: limits::NO_ANSWER.as_secs() })
            }
            Some(Ended::NoAnswer) => {
                Err(SendError::NoAnswer { peer, seconds: limits::NO_ANSWER.as_secs() })
            }
            Some(Ended::Silence) => Err(SendError::Silence { peer, delivered }),
            Some(Ended::ReceiverLeft) => Err(SendError::ReceiverLeft { peer, delivered }),
            Some(Ended::Disconnected) if self.foreign => Err(SendError::NotPixelwire { peer }),
            Some(Ended::Disconnected) if self.sender.round_trip().is_none() => {
                Err(SendError::NotAnswered { peer })
            }
            Some(Ended::Disconnected) => {
                Err(SendError::ConnectionLost { peer, sent: progress.sent(), delivered })
            }
            Some(Ended::Closed | Ended::Unanswered) if self.peer.ip().is_multicast() => {
                verdict(receivers)
            }
            Some(Ended::Closed | Ended::Unanswered) | None => Ok(()),
        }
    }
}

fn in_words(failure: Failure) -> &'static str {
    match failure {
        Failure::Abandoned => "the receiver gave it up: send it again",
        Failure::BudgetSpent => {
            "the network loses too much to carry it: send slower, or smaller chunks"
        }
        Failure::WrongDigest => "other pixels arrived than were sent: send it again",
        Failure::Unconfirmed => "the job ended before the receiver had it",
    }
}
