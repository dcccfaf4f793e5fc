//! Two endpoints, a network between them, and a clock that jumps: whole jobs in milliseconds.

pub(crate) mod group;

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pixelwire::flow::fec::Parity;
use pixelwire::flow::impair::{Impaired, Impairment, Ledger};
use pixelwire::flow::{
    Counters, DecodedFrame, Ended, Mode, ProblemFrame, Rate, ReceivedFrame, Receiver,
    ReceiverConfig, Sender, SenderConfig, SenderEvent, Time, Train, Transport, earliest,
};
use pixelwire::frame::codec::{self, Compression};
use pixelwire::frame::{Frame, PixelFormat};
use pixelwire::wire::pixelwire::{
    ReceiverId, StreamId, ToReceiver, ToSender, parse_to_receiver, parse_to_sender,
};

/// A job to be simulated.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) mode: Mode,
    pub(crate) chunk: u16,
    pub(crate) frames: Vec<Arc<Frame>>,
    pub(crate) rate: Rate,
    /// Time between live frames.
    pub(crate) interval: Duration,
    pub(crate) there: Impairment,
    pub(crate) back: Impairment,
    /// When the receiver is started again, if it is.
    pub(crate) receiver_restarts: Option<Duration>,
    /// When the sender disappears, if it does.
    pub(crate) sender_dies: Option<Duration>,
    /// How frames are made smaller.
    pub(crate) compression: Compression,
    /// How long the receiver takes to decode one, one after the other.
    pub(crate) decoding: Duration,
    /// Parity against the loss of this share of each frame's packets.
    pub(crate) share: f64,
    /// Whether the sender expects no answers.
    pub(crate) one_way: bool,
    /// Whether the receiver's system hands over what came together as one.
    pub(crate) coalesces: bool,
    /// Packets that are lost whatever else happens: the frame, and which of its payload and
    /// parity packets in the order in which they leave.
    pub(crate) doomed: HashSet<(u32, u32)>,
}

impl Default for Job {
    fn default() -> Self {
        let path = Impairment { delay: Duration::from_micros(100), ..Impairment::default() };
        Self {
            mode: Mode::Deliver,
            chunk: 1400,
            frames: Vec::new(),
            rate: Rate::Auto,
            interval: Duration::from_millis(16),
            there: path,
            back: path,
            receiver_restarts: None,
            sender_dies: None,
            compression: Compression::Raw,
            decoding: Duration::ZERO,
            share: 0.0,
            one_way: false,
            coalesces: false,
            doomed: HashSet::new(),
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) received: Vec<ReceivedFrame>,
    pub(crate) events: Vec<SenderEvent>,
    pub(crate) ended: Option<Ended>,
    pub(crate) counters: Counters,
    pub(crate) packets_sent: u64,
    pub(crate) packets_resent: u64,
    /// Doomed packets that were lost; the network never saw them.
    pub(crate) doomed: u64,
    /// Answers that ask for resends.
    pub(crate) requests: u64,
    pub(crate) there: Ledger,
    /// Whether the receiver still holds memory for unfinished frames.
    pub(crate) busy: bool,
    /// Every payload packet that arrived, and every frame that turned out to have had trouble, in
    /// the order of events.
    pub(crate) log: Vec<Event>,
    /// What the receiver remembers of frames that had trouble.
    pub(crate) problems: Vec<ProblemFrame>,
}

/// What can be seen from outside the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A payload of a frame arrived: which, and whether it was sent again.
    Arrived { frame: u64, index: u32, resend: bool },
    /// A frame that had trouble is over.
    Over { frame: u64 },
}

/// An image whose pixels follow from a seed.
pub(crate) fn image(width: u32, height: u32, format: PixelFormat, seed: u64) -> Arc<Frame> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut pixels = vec![0; width as usize * height as usize * format.bytes_per_pixel()];
    random.fill(&mut pixels);
    Arc::new(Frame::new(width, height, format, pixels).expect("the geometry fits"))
}

/// Runs a job to its end, or for ten virtual minutes.
pub(crate) fn run(job: &Job) -> Outcome {
    let mut simulation = Simulation::new(job);
    let mut steps = 0_u64;
    while !simulation.is_over() {
        simulation.drain();
        let Some(next) = simulation.next_time() else { break };
        simulation.now = next.max(simulation.now);
        steps += 1;
        assert!(steps < 50_000_000, "the job makes no progress at {:?}", simulation.now);
        if simulation.now > Time::after_start(Duration::from_mins(10)) {
            break;
        }
    }
    simulation.outcome()
}

struct Simulation<'a> {
    job: &'a Job,
    now: Time,
    sender: Option<Sender>,
    receiver: Receiver,
    there: Impaired<Vec<u8>>,
    back: Impaired<Vec<u8>>,
    waiting: VecDeque<Arc<Frame>>,
    offered: usize,
    received: Vec<ReceivedFrame>,
    events: Vec<SenderEvent>,
    ended: Option<Ended>,
    restarted: bool,
    /// The frame that is being decoded, and when it will have been.
    decoder: Option<(Time, DecodedFrame)>,
    sent: (u64, u64),
    left_of_frame: HashMap<u32, u32>,
    doomed: u64,
    requests: u64,
    log: Vec<Event>,
    over: HashSet<u64>,
}

impl<'a> Simulation<'a> {
    fn new(job: &'a Job) -> Self {
        let config = SenderConfig {
            stream: StreamId(42),
            mode: job.mode,
            chunk: job.chunk,
            rate: job.rate,
            name: "simulated".to_owned(),
            one_way: job.one_way,
            transport: Transport::Udp,
        };
        Self {
            job,
            now: Time::START,
            sender: Some(Sender::new(config, Time::START)),
            receiver: receiver(1),
            there: Impaired::new(job.there),
            back: Impaired::new(job.back),
            waiting: job.frames.iter().cloned().collect(),
            offered: 0,
            received: Vec::new(),
            events: Vec::new(),
            ended: None,
            restarted: false,
            decoder: None,
            sent: (0, 0),
            left_of_frame: HashMap::new(),
            doomed: 0,
            requests: 0,
            log: Vec::new(),
            over: HashSet::new(),
        }
    }

    fn is_over(&self) -> bool {
        let settled = self.receiver.is_settled(self.now) || self.job.sender_dies.is_some();
        self.sender.is_none()
            && settled
            && self.receiver.next_timeout().is_none()
            && self.there.next_arrival().is_none()
    }

    /// Takes what has come: one by one, or as the system coalesces it, which is all of one size but
    /// a shorter last one.
    fn arrive(&mut self) {
        let (mut train, mut segment) = (Vec::new(), 0);
        while let Some(datagram) = self.there.poll(self.now) {
            let ends = train.len() % segment.max(1) != 0 || datagram.len() > segment;
            if !train.is_empty() && (ends || !self.job.coalesces) {
                self.receiver.handle_datagrams(peer(), &train, segment, self.now);
                self.note_problems();
                train.clear();
            }
            if train.is_empty() {
                segment = datagram.len();
            }
            self.note_arrival(&datagram);
            train.extend(datagram);
        }
        if !train.is_empty() {
            self.receiver.handle_datagrams(peer(), &train, segment, self.now);
        }
    }

    /// Lets everything happen that happens at this moment.
    fn drain(&mut self) {
        self.pass_fate();
        let now = self.now;
        if let Some(sender) = &mut self.sender {
            while let Some(answer) = self.back.poll(now) {
                sender.handle_datagram(&answer, now);
            }
            sender.handle_timeout(now);
        }
        self.feed();
        self.transmit();
        self.arrive();
        self.receiver.handle_drained(now);
        self.note_problems();
        self.receiver.handle_timeout(now);
        self.note_problems();
        while let Some(repair) = self.receiver.poll_repair() {
            self.receiver.handle_repaired(&repair.run(), now);
            self.note_problems();
        }
        self.decode();
        while let Some(frame) = self.receiver.poll_frame(true) {
            self.received.push(frame);
        }
        while let Some((_, answer)) = self.receiver.poll_transmit() {
            let is_request = matches!(parse_to_sender(&answer), Ok(ToSender::Resend(..)));
            self.requests += u64::from(is_request);
            self.back.submit(answer, now);
        }
    }

    fn decode(&mut self) {
        if let Some((_, decoded)) = self.decoder.take_if(|(due, _)| *due <= self.now) {
            self.receiver.handle_decoded(decoded, self.now);
        }
        while let Some(decode) = self.receiver.poll_decode(self.decoder.is_none()) {
            let decoded = decode.run(&codec::in_turn);
            if self.job.decoding.is_zero() {
                self.receiver.handle_decoded(decoded, self.now);
            } else {
                self.decoder = Some((self.now + self.job.decoding, decoded));
            }
        }
    }

    fn note_arrival(&mut self, datagram: &[u8]) {
        if let Ok(ToReceiver::Data(run)) = parse_to_receiver(datagram) {
            let (frame, index) = (u64::from(run.frame.id.0), run.index);
            self.log.push(Event::Arrived { frame, index, resend: run.resend });
        }
    }

    fn note_problems(&mut self) {
        for problem in self.receiver.problems() {
            if self.over.insert(problem.frame_id) {
                self.log.push(Event::Over { frame: problem.frame_id });
            }
        }
    }

    fn pass_fate(&mut self) {
        let reached = |at: Option<Duration>| at.is_some_and(|at| self.now >= Time::after_start(at));
        if reached(self.job.receiver_restarts) && !self.restarted {
            self.restarted = true;
            self.receiver = receiver(2);
        }
        if reached(self.job.sender_dies) {
            self.sender = None;
        }
    }

    fn feed(&mut self) {
        let Some(sender) = &mut self.sender else { return };
        while sender.wants_frame() {
            let due = Time::START + self.job.interval * self.offered as u32;
            if self.job.mode == Mode::Live && due > self.now {
                break;
            }
            let Some(frame) = self.waiting.pop_front() else {
                sender.finish();
                sender.handle_timeout(self.now);
                break;
            };
            let name = format!("frame {}", self.offered);
            self.offered += 1;
            let coded = codec::encode(frame, self.job.compression, &codec::in_turn);
            let coded = coded.expect("the codec holds it");
            let parity = Parity::of(coded.bytes(), self.job.chunk, self.job.share);
            sender.offer(coded, name, parity).expect("small enough");
        }
    }

    fn transmit(&mut self) {
        let Some(sender) = &mut self.sender else { return };
        let mut train = Train::default();
        while sender.poll_transmit(self.now, &mut train) {
            for parts in train.datagrams() {
                let datagram = parts.concat();
                if is_doomed(self.job, &mut self.left_of_frame, &datagram) {
                    self.doomed += 1;
                    continue;
                }
                self.there.submit(datagram, self.now);
            }
        }
        let counters = sender.counters();
        self.sent = (counters.packets_sent, counters.packets_resent);
        while let Some(event) = sender.poll_event() {
            if let SenderEvent::Ended(ended) = event {
                self.ended = Some(ended);
            }
            self.events.push(event);
        }
        if self.ended.is_some() {
            self.sender = None;
        }
    }

    fn next_time(&mut self) -> Option<Time> {
        let mut next = earliest(self.there.next_arrival(), self.receiver.next_timeout());
        next = earliest(next, self.decoder.as_ref().map(|(due, _)| *due));
        if let Some(sender) = &mut self.sender {
            next = earliest(next, self.back.next_arrival());
            next = earliest(next, sender.next_timeout(self.now));
            if self.job.mode == Mode::Live {
                let due = Time::START + self.job.interval * self.offered as u32;
                next = earliest(next, Some(due).filter(|&due| due > self.now));
            }
        }
        let fate = [self.job.receiver_restarts, self.job.sender_dies];
        for at in fate.into_iter().flatten().map(Time::after_start) {
            next = earliest(next, Some(at).filter(|&at| at > self.now));
        }
        if next.is_none() && !self.receiver.is_settled(self.now) {
            next = Some(self.now + Duration::from_millis(10)).filter(|_| self.ended.is_some());
        }
        next.map(|next| next.max(self.now + Duration::from_nanos(1)))
    }

    fn outcome(self) -> Outcome {
        Outcome {
            counters: self.receiver.total(),
            received: self.received,
            events: self.events,
            ended: self.ended,
            packets_sent: self.sent.0,
            packets_resent: self.sent.1,
            doomed: self.doomed,
            requests: self.requests,
            there: self.there.ledger(),
            busy: self.receiver.is_busy(),
            log: self.log,
            problems: self.receiver.problems().cloned().collect(),
        }
    }
}

fn is_doomed(job: &Job, left: &mut HashMap<u32, u32>, datagram: &[u8]) -> bool {
    let frame = match parse_to_receiver(datagram) {
        Ok(ToReceiver::Data(run)) if !run.resend => run.frame.id.0,
        Ok(ToReceiver::Parity { frame, .. }) => frame.id.0,
        _ => return false,
    };
    let place = left.entry(frame).or_default();
    *place += 1;
    job.doomed.contains(&(frame, *place - 1))
}

fn receiver(id: u64) -> Receiver {
    Receiver::new(ReceiverConfig { receive_buffer: 8 << 20, ..ReceiverConfig::new(ReceiverId(id)) })
}

fn peer() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5000))
}
