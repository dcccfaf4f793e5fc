//! One sender to a group of receivers, each behind a network of its own, and a clock that jumps.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pixelwire::flow::impair::{Impaired, Impairment, Ledger};
use pixelwire::flow::{
    Counters, Ended, Mode, Rate, ReceivedFrame, Receiver, ReceiverAccount, ReceiverConfig, Sender,
    SenderConfig, SenderEvent, Time, Train, Transport, earliest, limits,
};
use pixelwire::frame::Frame;
use pixelwire::wire::pixelwire::{ReceiverId, StreamId, ToReceiver, parse_to_receiver};

/// A receiver of the group, and the network before it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) there: Impairment,
    pub(crate) back: Impairment,
    /// When it disappears without a word, if it does.
    pub(crate) vanishes: Option<Duration>,
    /// When it begins to listen.
    pub(crate) comes: Duration,
}

/// A job for a group.
#[derive(Clone, Debug)]
pub(crate) struct GroupJob {
    pub(crate) mode: Mode,
    pub(crate) frames: Vec<Arc<Frame>>,
    /// Time between live frames.
    pub(crate) interval: Duration,
    pub(crate) places: Vec<Place>,
    /// Payloads whose first packet is lost before the ways part: frame and index.
    pub(crate) doomed: HashSet<(u32, u32)>,
}

/// What came of it.
pub(crate) struct GroupOutcome {
    pub(crate) places: Vec<PlaceOutcome>,
    pub(crate) events: Vec<SenderEvent>,
    pub(crate) ended: Option<Ended>,
    pub(crate) packets_sent: u64,
    pub(crate) packets_resent: u64,
    /// What the sender knows of its receivers.
    pub(crate) accounts: Vec<ReceiverAccount>,
    /// When the job ended.
    pub(crate) took: Duration,
}

/// What came of it at one receiver.
pub(crate) struct PlaceOutcome {
    pub(crate) received: Vec<ReceivedFrame>,
    pub(crate) counters: Counters,
    pub(crate) there: Ledger,
}

/// Runs a job to its end, or for ten virtual minutes.
pub(crate) fn run(job: &GroupJob) -> GroupOutcome {
    let mut simulation = Simulation::new(job);
    let mut steps = 0_u64;
    while !simulation.is_over() {
        steps += 1;
        assert!(steps < 2_000_000, "the job makes no progress at {:?}", simulation.now);
        simulation.drain();
        let Some(next) = simulation.next_time() else { break };
        simulation.now = next.max(simulation.now + Duration::from_nanos(1));
        if simulation.now > Time::after_start(Duration::from_mins(10)) {
            break;
        }
    }
    simulation.outcome()
}

struct Simulation<'a> {
    job: &'a GroupJob,
    now: Time,
    sender: Sender,
    ended: Option<(Ended, Time)>,
    events: Vec<SenderEvent>,
    ends: Vec<End<'a>>,
    waiting: VecDeque<Arc<Frame>>,
    offered: u32,
    doomed: HashSet<(u32, u32)>,
}

struct End<'a> {
    place: &'a Place,
    address: SocketAddr,
    receiver: Receiver,
    there: Impaired<Vec<u8>>,
    back: Impaired<Vec<u8>>,
    received: Vec<ReceivedFrame>,
}

impl End<'_> {
    fn is_there(&self, now: Time) -> bool {
        let came = now >= Time::after_start(self.place.comes);
        came && self.place.vanishes.is_none_or(|at| now < Time::after_start(at))
    }

    fn drain(&mut self, now: Time) {
        let is_there = self.is_there(now);
        while let Some(datagram) = self.there.poll(now) {
            if is_there {
                self.receiver.handle_datagram(sender_address(), &datagram, now);
            }
        }
        if !is_there {
            return;
        }
        self.receiver.handle_drained(now);
        self.receiver.handle_timeout(now);
        while let Some(frame) = self.receiver.poll_frame(true) {
            self.received.push(frame);
        }
        while let Some((_, answer)) = self.receiver.poll_transmit() {
            self.back.submit(answer, now);
        }
    }

    fn next_time(&self, now: Time) -> Option<Time> {
        let ways = earliest(self.there.next_arrival(), self.back.next_arrival());
        let due = self.receiver.next_timeout().filter(|_| self.is_there(now));
        earliest(ways, due)
    }
}

impl<'a> Simulation<'a> {
    fn new(job: &'a GroupJob) -> Self {
        let config = SenderConfig {
            stream: StreamId(42),
            mode: job.mode,
            chunk: 1400,
            rate: Rate::Auto,
            name: "simulated".to_owned(),
            one_way: false,
            transport: Transport::Udp,
        };
        let end = |(number, place): (usize, &'a Place)| End {
            place,
            address: SocketAddr::from(([192, 0, 2, number as u8 + 10], 4321)),
            receiver: Receiver::new(ReceiverConfig {
                receive_buffer: 8 << 20,
                ..ReceiverConfig::new(ReceiverId(number as u64))
            }),
            there: Impaired::new(place.there),
            back: Impaired::new(place.back),
            received: Vec::new(),
        };
        Self {
            job,
            now: Time::START,
            sender: Sender::to_group(config, Time::START),
            ended: None,
            events: Vec::new(),
            ends: job.places.iter().enumerate().map(end).collect(),
            waiting: job.frames.iter().cloned().collect(),
            offered: 0,
            doomed: job.doomed.clone(),
        }
    }

    fn is_over(&self) -> bool {
        let is_done = |end: &End<'_>| {
            let settled = end.there.next_arrival().is_none() && end.receiver.is_settled(self.now);
            settled || !end.is_there(self.now)
        };
        self.ended.is_some() && self.ends.iter().all(is_done)
    }

    /// Lets everything happen that happens at this moment.
    fn drain(&mut self) {
        let now = self.now;
        for end in &mut self.ends {
            while let Some(answer) = end.back.poll(now) {
                self.sender.handle_datagram_from(Some(end.address), &answer, now);
            }
        }
        self.sender.handle_timeout(now);
        self.feed();
        self.transmit();
        self.ends.iter_mut().for_each(|end| end.drain(now));
    }

    fn feed(&mut self) {
        while self.sender.wants_frame() {
            if self.job.mode == Mode::Live && self.next_live() > self.now {
                break;
            }
            let Some(frame) = self.waiting.pop_front() else {
                self.sender.finish();
                self.sender.handle_timeout(self.now);
                break;
            };
            self.offered += 1;
            self.sender.offer(frame, String::new(), None).expect("small enough");
        }
    }

    /// When the next live frame is there; those that came while nobody could be sent to are gone.
    fn next_live(&self) -> Time {
        Time::after_start(limits::GATHERING) + self.job.interval * self.offered
    }

    fn transmit(&mut self) {
        let mut train = Train::default();
        while self.sender.poll_transmit(self.now, &mut train) {
            for parts in train.datagrams() {
                let datagram = parts.concat();
                if let Ok(ToReceiver::Data(run)) = parse_to_receiver(&datagram)
                    && self.doomed.remove(&(run.frame.id.0, run.index))
                {
                    continue;
                }
                for end in &mut self.ends {
                    end.there.submit(datagram.clone(), self.now);
                }
            }
        }
        while let Some(event) = self.sender.poll_event() {
            if let SenderEvent::Ended(ended) = event {
                self.ended = Some((ended, self.now));
            }
            self.events.push(event);
        }
    }

    fn next_time(&mut self) -> Option<Time> {
        let now = self.now;
        let mut next = self.sender.next_timeout(now);
        for end in &self.ends {
            next = earliest(next, end.next_time(now));
            let comes = Time::after_start(end.place.comes);
            next = earliest(next, Some(comes).filter(|&comes| comes > now));
        }
        if self.job.mode == Mode::Live && self.ended.is_none() {
            next = earliest(next, Some(self.next_live()).filter(|&due| due > now));
        }
        // Who has closed stays for a while, without anything being due.
        earliest(next, self.ended.map(|_| now + Duration::from_millis(10)))
    }

    fn outcome(self) -> GroupOutcome {
        let counters = self.sender.counters();
        let place = |end: End<'_>| PlaceOutcome {
            counters: end.receiver.total(),
            received: end.received,
            there: end.there.ledger(),
        };
        GroupOutcome {
            accounts: self.sender.receivers(),
            places: self.ends.into_iter().map(place).collect(),
            events: self.events,
            ended: self.ended.map(|(ended, _)| ended),
            packets_sent: counters.packets_sent,
            packets_resent: counters.packets_resent,
            took: self.ended.map_or(Duration::MAX, |(_, at)| at.since_start()),
        }
    }
}

fn sender_address() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5000))
}
