//! The sending end of the pixelwire protocol: frames and answers go in; packets and events come
//! out.

mod audience;
mod classic;
mod control;
mod flight;
mod member;
mod one_way;
mod outgoing;
mod packets;
mod rtp;
mod settling;
mod unanswered;
mod window;

use std::collections::VecDeque;
use std::time::Duration;

use crate::frame::codec::{Coded, Form};
use crate::wire;
use crate::wire::pixelwire::{DATA_HEADER, FrameHeader, FrameId, StreamId};

use super::fec::Parity;
use super::job::{Mode, Rate, Transport};
use super::limits;
use super::pacer::Pacer;
use super::time::{Time, earliest};
use super::train::Train;

use audience::Audience;
use outgoing::Outgoing;

pub use classic::ClassicSender;
pub use member::{ReceiverAccount, Standing};
pub use rtp::{RtpConfig, RtpSender};
pub use unanswered::Unanswered;

/// How a sender is to send.
#[derive(Clone, Debug)]
pub struct SenderConfig {
    /// The job's random number.
    pub stream: StreamId,
    /// What is promised for each frame.
    pub mode: Mode,
    /// Payload bytes of each packet, at most [`wire::MAX_DATAGRAM`] less the header.
    pub chunk: u16,
    /// How fast packets leave.
    pub rate: Rate,
    /// What this device is called.
    pub name: String,
    /// Whether nobody is expected to answer: live frames leave at a fixed rate, and what answers
    /// come are used for the figures only.
    pub one_way: bool,
    /// Over what. A connection loses nothing and has a pace of its own, so what is not reported yet is
    /// still on its way, and at any rate no more is on its way than the window lets out: what waits
    /// in a connection can no longer give way to what is newer.
    pub transport: Transport,
}

/// Something that happened to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SenderEvent {
    /// A receiver answered for the first time.
    Opened {
        /// From the opening to its answer.
        round_trip: Duration,
    },
    /// Another receiver answered than before: it was started again.
    Restarted,
    /// All of a frame has left once.
    FrameSent(FrameId),
    /// The receiver has the frame whole; of a group, everyone who takes part.
    FrameDone {
        /// Which frame.
        id: FrameId,
        /// Whether its digest was compared.
        verified: bool,
        /// Packets that had to be sent again for it.
        resent: u64,
        /// From its first packet to the receiver's answer.
        elapsed: Duration,
    },
    /// The frame did not arrive whole, and will not.
    FrameFailed(FrameId, Failure),
    /// The job is over, one way or another; nothing follows.
    Ended(Ended),
}

/// Why a frame did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The receiver gave it up.
    Abandoned,
    /// So many resends were asked for that the network does not carry it.
    BudgetSpent,
    /// The receiver says that it is whole, with other bytes than were sent.
    WrongDigest,
    /// The job ended before it was confirmed.
    Unconfirmed,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The receiver knows the last packet number: both accounts are complete.
    Closed,
    /// Everything was sent, and the closing was not answered.
    Unanswered,
    /// Nobody ever answered.
    NoAnswer,
    /// The receiver fell silent.
    Silence,
    /// The receiver stopped listening.
    ReceiverLeft,
    /// The connection is gone.
    Disconnected,
}

/// Packets of a job so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendCounters {
    /// Datagrams put on the wire, resends included.
    pub packets_sent: u64,
    /// Of these, payloads sent again.
    pub packets_resent: u64,
    /// Payload bytes that have left for the first time.
    pub bytes_sent: u64,
    /// Payload bytes of frames that the receiver has whole.
    pub bytes_delivered: u64,
    /// Datagrams that the receiver reported to have received.
    pub packets_reported: u64,
    /// Datagrams that the receiver reported to have missed, before any repair.
    pub packets_lost: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Opening,
    Streaming,
    Closing { since: Time },
    Ended,
}

/// Sends the frames of one job to one receiver, or to a group.
///
/// To a group every packet leaves once, for all. Whoever answers the opening takes part, and
/// whoever answers later takes part from the next frame on; a frame is delivered when everyone who
/// takes part and to whom it was promised has it. What several receivers ask for again within a
/// round trip is sent again once. A receiver that falls silent takes no part any more, and the
/// others go on.
///
/// There are four kinds of method. Getters take `&self`. **Inputs** are [`Self::handle_datagram`],
/// [`Self::handle_disconnect`] and [`Self::handle_timeout`]; **commands** are [`Self::offer`] and
/// [`Self::finish`]; after every one of these, drain the **outputs** [`Self::poll_transmit`] (as
/// long as the socket takes trains) and [`Self::poll_event`], and call `handle_timeout` at
/// [`Self::next_timeout`].
pub struct Sender {
    config: SenderConfig,
    phase: Phase,
    finishing: bool,
    audience: Audience,
    /// Until when others of a group are waited for, once somebody has answered.
    gathering: Option<Time>,
    /// Where the account of the present receiver begins, or of one who came late to a group.
    account_first: u64,
    next_number: u64,
    next_frame: u32,
    frames: VecDeque<Outgoing>,
    pacer: Pacer,
    open_due: Option<Time>,
    close_due: Time,
    began: Time,
    counters: SendCounters,
    events: VecDeque<SenderEvent>,
    gone: VecDeque<FrameId>,
    /// Openings that have left.
    openings: u32,
}

impl Sender {
    /// A job for one receiver that begins now.
    pub fn new(config: SenderConfig, now: Time) -> Self {
        let audience = Audience::one(config.mode == Mode::Deliver, now);
        Self::to(audience, config, now)
    }

    /// A job for everybody who answers, of a group, that begins now.
    pub fn to_group(config: SenderConfig, now: Time) -> Self {
        let audience = Audience::group(config.mode == Mode::Deliver);
        Self::to(audience, config, now)
    }

    fn to(audience: Audience, config: SenderConfig, now: Time) -> Self {
        Self {
            phase: if config.one_way { Phase::Streaming } else { Phase::Opening },
            config,
            finishing: false,
            audience,
            gathering: None,
            account_first: 0,
            next_number: 0,
            next_frame: 0,
            frames: VecDeque::new(),
            pacer: Pacer::new(now),
            open_due: Some(now),
            close_due: now,
            began: now,
            counters: SendCounters::default(),
            events: VecDeque::new(),
            gone: VecDeque::new(),
            openings: 0,
        }
    }

    /// Whether there is a place for another frame.
    pub fn wants_frame(&self) -> bool {
        let under_way = match self.config.mode {
            Mode::Deliver => self.frames.len(),
            Mode::Live => self.frames.iter().filter(|frame| !frame.all_left()).count(),
        };
        let most = match self.config.mode {
            Mode::Deliver => self.frames_in_hand(),
            Mode::Live => 1,
        };
        self.phase == Phase::Streaming && !self.finishing && under_way < most
    }

    /// How many frames of the present size may be under way at once: no more than keep the path
    /// filled, because what is spread over memory is in no cache.
    fn frames_in_hand(&self) -> usize {
        let most = |of: fn(&Outgoing) -> usize| self.frames.iter().map(of).max().unwrap_or(0);
        // Of an encoded frame the receiver holds the pixels, too.
        let pixels = most(|frame| frame.header.pixel_bytes());
        let bytes = most(|frame| frame.header.length as usize);
        if pixels >= limits::HUGE_FRAME {
            1
        } else if pixels >= limits::LARGE_FRAME || bytes > 2 * self.audience.window() {
            2
        } else {
            limits::FRAMES_IN_HAND
        }
    }

    /// Counters so far.
    pub fn counters(&self) -> SendCounters {
        self.counters
    }

    /// The smoothed round trip; of a group, that to the farthest receiver.
    pub fn round_trip(&self) -> Option<Duration> {
        self.audience.round_trip()
    }

    /// The account of each receiver that has answered, in the order in which they did.
    pub fn receivers(&self) -> Vec<ReceiverAccount> {
        self.audience.accounts()
    }

    /// How much of the oldest frame under way has left, 0 to 1.
    pub fn progress(&self) -> f32 {
        let of = |frame: &Outgoing| frame.bytes_left() as f32 / frame.header.length as f32;
        self.frames.front().map_or(0.0, of)
    }

    /// The share of a frame's packets that parity should make good, as the reported losses are
    /// now.
    pub fn suggested_share(&self, now: Time) -> f64 {
        self.audience.suggested_share(now)
    }

    /// Takes the next frame, raw or encoded, with the parity that is to follow it (made of its bytes
    /// for this sender's chunk); it is `None` when it is too large for one (4 GiB).
    pub fn offer(
        &mut self,
        frame: impl Into<Coded>,
        name: String,
        parity: Option<Parity>,
    ) -> Option<FrameId> {
        let id = FrameId(self.next_frame);
        let frame = frame.into();
        let Form { codec, width, height, format } = frame.form();
        let header = FrameHeader {
            id,
            length: u32::try_from(frame.bytes().len()).ok()?,
            width,
            height,
            format,
            codec,
            chunk: self.config.chunk,
            deliver: self.config.mode == Mode::Deliver,
            parity: parity.is_some(),
        };
        self.next_frame += 1;
        if self.config.mode == Mode::Live {
            // The last whole frame may still be asked for.
            while self.frames.len() >= self.frames_in_hand().max(2) {
                self.frames.pop_front();
            }
        }
        self.audience.frame_offered();
        self.frames.push_back(Outgoing::new(header, frame, name, parity));
        Some(id)
    }

    /// No more frames will come: the job closes when those under way have ended.
    pub fn finish(&mut self) {
        self.finishing = true;
    }

    /// The job is given up: it closes at once.
    pub fn cancel(&mut self, now: Time) {
        self.finishing = true;
        self.frames.clear();
        if self.phase == Phase::Opening {
            self.end(Ended::Unanswered);
        } else {
            self.close_when_done(now);
        }
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<SenderEvent> {
        self.events.pop_front()
    }

    /// Fills `train` with packets that may leave now; whether there are any.
    pub fn poll_transmit(&mut self, now: Time, train: &mut Train) -> bool {
        train.clear();
        if self.phase == Phase::Ended {
            return false;
        }
        train.whole = self.is_fast();
        let first = self.next_number;
        if self.fill_control(now, train) {
            self.depart(train, now);
            return true;
        }
        if self.phase == Phase::Streaming {
            self.fill_data(now, train);
        }
        if self.next_number > first {
            self.depart(train, now);
        }
        self.next_number > first
    }

    /// When [`Self::handle_timeout`] and [`Self::poll_transmit`] are next wanted.
    pub fn next_timeout(&mut self, now: Time) -> Option<Time> {
        let control = match self.phase {
            Phase::Ended => return None,
            Phase::Opening => self.gathering.or(Some(self.began + limits::NO_ANSWER)),
            Phase::Streaming if self.config.one_way => None,
            Phase::Streaming => {
                let patience =
                    if self.open_due.is_none() { limits::IDLE_PROBE } else { limits::NO_ANSWER };
                self.audience.last_heard().map(|heard| heard + patience)
            }
            Phase::Closing { .. } => Some(self.close_due),
        };
        // What was asked for again goes before the end-of-frame, whenever the window lets it.
        let ending = self.frames.iter().filter(|frame| !frame.has_wanted());
        let ends = ending.filter_map(|frame| frame.end_due).min();
        let stall = self.may_stall().then(|| self.audience.stalls_at()).flatten();
        let own = earliest(earliest(control, self.open_due), earliest(ends, stall));
        let own = earliest(own, self.live_repairs_end());
        earliest(own, self.pacer_due(now))
    }

    /// When the last live frames have had their time for repairs and the job may close.
    fn live_repairs_end(&self) -> Option<Time> {
        let waits = self.finishing && self.config.mode == Mode::Live;
        let last = self.frames.iter().filter_map(|frame| frame.began).max();
        last.filter(|_| waits && self.phase == Phase::Streaming)
            .map(|began| began + limits::LATENCY_BUDGET)
    }

    fn pacer_due(&mut self, now: Time) -> Option<Time> {
        if self.phase != Phase::Streaming {
            return None;
        }
        let length = self.next_packet()?.length;
        if self.window_room() < length {
            return None;
        }
        let rate = self.pace();
        self.pacer.available(rate, now);
        Some(self.pacer.ready_at(length, rate))
    }

    /// Bytes that the window still lets out.
    fn window_room(&self) -> usize {
        if self.follows_reports() { self.audience.room(self.least_room()) } else { usize::MAX }
    }

    /// Two packets may always be on their way.
    fn least_room(&self) -> usize {
        2 * (DATA_HEADER + usize::from(self.config.chunk))
    }

    /// Whether no more is on its way than the receivers' reports allow. Over TCP that holds at every
    /// rate: nothing is lost there, but it would queue up.
    fn follows_reports(&self) -> bool {
        let follows = self.config.rate == Rate::Auto || self.config.transport == Transport::Tcp;
        follows && !self.config.one_way
    }

    /// Whether packets are so many that they must leave by the train.
    fn is_fast(&self) -> bool {
        match self.config.rate {
            Rate::Auto => self.audience.delivery_rate() > limits::WHOLE_TRAINS_ABOVE,
            Rate::Max => true,
            Rate::Fixed(_) => self.pace() > limits::WHOLE_TRAINS_ABOVE,
        }
    }

    /// Bytes a second at which packets leave.
    fn pace(&self) -> f64 {
        let follows = self.config.rate == Rate::Auto && !self.config.one_way;
        let followed = follows.then(|| self.audience.pace()).flatten();
        followed.unwrap_or_else(|| self.config.rate.bytes_per_second(limits::BLIND_AUTO_MBIT))
    }

    /// Whether what was sent may be lost without anybody saying so.
    fn may_stall(&self) -> bool {
        self.config.transport == Transport::Udp
    }

    fn end(&mut self, ended: Ended) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Ended;
            for frame in std::mem::take(&mut self.frames) {
                if frame.header.deliver {
                    let failed = SenderEvent::FrameFailed(frame.header.id, Failure::Unconfirmed);
                    self.events.push_back(failed);
                }
            }
            self.events.push_back(SenderEvent::Ended(ended));
        }
    }
}

/// The largest chunk that a packet can carry.
pub const MAX_CHUNK: usize = wire::MAX_DATAGRAM - DATA_HEADER;
