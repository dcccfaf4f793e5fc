//! The listener's thread: moves datagrams from the socket to the protocol, and frames, answers and
//! figures out of it.

use std::io;
use std::time::Duration;

use crossbeam_channel::Receiver as Channel;

use crate::flow::{Receiver, ReceiverConfig, StreamAccount, Time, earliest, limits};
use crate::frame;
use crate::net::Published;
use crate::net::clock::Clock;
use crate::net::tcp::Acceptor;
use crate::net::udp::UdpPort;
use crate::wire::pixelwire::ReceiverId;

use super::advice::{BufferAdvice, fitting_buffer};
use super::decoder::Decoder;
use super::history::{History, INTERVAL};
use super::mender::Mender;
use super::outlet::Outlet;
use super::status::ListenStatus;
use super::{ListenCommand, ListenOptions, Wake};

/// How long a stopped listener hears its senders out.
const PATIENCE: Duration = Duration::from_secs(1);

/// How soon to look again whether a slow reader has made room.
const ROOM_INTERVAL: Duration = Duration::from_millis(2);

/// Over how long the rate is measured.
const RATE_SPAN: Duration = Duration::from_millis(25);

/// How often it is looked what happened to connections while datagrams come without a pause: so
/// seldom that those are none the slower for it.
const LOOK_INTERVAL: Duration = Duration::from_millis(1);

/// A leaving receiver says so several times, because nobody will answer for it afterwards.
const FAREWELLS: u32 = 3;

pub(super) struct Worker {
    port: UdpPort,
    /// `None` where the port is another program's over TCP.
    tcp: Option<Acceptor>,
    next_look: Time,
    receiver: Receiver,
    mender: Mender,
    decoder: Decoder,
    exits: Exits,
    commands: Channel<ListenCommand>,
    clock: Clock,
    history: History,
    next_reading: Time,
    last_heard: Option<Time>,
    stopping: Option<Time>,
    failure: Option<String>,
    wanted_buffer: usize,
    /// Bytes since the rate was last looked at, and when that was.
    measured: (usize, Time),
    coalesces: bool,
    /// Which revision of the problem frames was published.
    published_problems: u64,
}

/// Where what was learnt goes.
pub(super) struct Exits {
    pub(super) outlet: Outlet,
    pub(super) published: Published<ListenStatus>,
    pub(super) wake: Wake,
}

impl Worker {
    pub(super) fn new(
        (port, tcp): (UdpPort, Option<Acceptor>),
        options: &ListenOptions,
        id: u64,
        exits: Exits,
        commands: Channel<ListenCommand>,
    ) -> Self {
        let receiver = Receiver::new(ReceiverConfig {
            latency_budget: options.latency_budget,
            show_damaged: options.show_damaged,
            geometry: options.geometry,
            rtp: options.rtp,
            receive_buffer: port.receive_buffer(),
            tells_overflows: port.tells_overflows(),
            ..ReceiverConfig::new(ReceiverId(id))
        });
        Self {
            mender: Mender::new(port.waker()),
            decoder: Decoder::new(port.waker()),
            port,
            tcp,
            next_look: Time::START,
            receiver,
            exits,
            commands,
            clock: Clock::start(),
            history: History::default(),
            next_reading: Time::START,
            last_heard: None,
            stopping: None,
            failure: None,
            wanted_buffer: fitting_buffer(0),
            measured: (0, Time::START),
            coalesces: false,
            published_problems: 0,
        }
    }

    /// Listens until it is told to stop.
    pub(super) fn run(mut self) {
        while !self.is_over() {
            if let Err(error) = self.turn() {
                self.failure = Some(format!("the system ended the reception: {error}"));
                break;
            }
        }
        self.leave();
        self.publish(self.clock.now());
        (self.exits.wake)();
    }

    /// One round: commands, datagrams, what is due, what goes out, sleep.
    fn turn(&mut self) -> io::Result<()> {
        while let Ok(command) = self.commands.try_recv() {
            self.obey(&command);
        }
        let now = self.clock.now();
        let receiver = &mut self.receiver;
        let mut bytes = 0;
        let arrived = self.port.receive(|arrived| {
            if let Some(overflows) = arrived.overflows {
                receiver.note_overflows(overflows);
            }
            bytes += arrived.bytes.len();
            receiver.handle_datagrams(arrived.from, arrived.bytes, arrived.segment, now);
        })?;
        if arrived {
            self.last_heard = Some(now);
            self.follow_rate(bytes, now);
        }
        let framed = self.receive_framed(now)?;
        if !arrived && !framed {
            self.receiver.handle_drained(now);
        }
        self.receiver.handle_timeout(now);
        self.mend();
        self.decode();
        self.hand_over();
        self.send_answers();
        if now >= self.next_reading {
            self.next_reading = now + INTERVAL;
            if let Some(tcp) = &mut self.tcp {
                tcp.handle_timeout(&mut self.receiver, now);
            }
            if self.publish(now) {
                (self.exits.wake)();
            }
        }
        if arrived || framed { Ok(()) } else { self.sleep() }
    }

    /// Takes what has come over TCP; whether there was anything.
    fn receive_framed(&mut self, now: Time) -> io::Result<bool> {
        let Some(tcp) = &mut self.tcp else { return Ok(false) };
        if now >= self.next_look {
            self.next_look = now + LOOK_INTERVAL;
            self.port.look()?;
            self.port.woken().for_each(|token| tcp.handle_event(token, now));
        }
        let taken = tcp.receive(&mut self.receiver, now) > 0;
        if taken {
            self.last_heard = Some(now);
        }
        Ok(taken)
    }

    /// Takes datagrams by the train once they are too many to be taken one by one.
    fn follow_rate(&mut self, bytes: usize, now: Time) {
        let (before, since) = self.measured;
        self.measured.0 += bytes;
        let span = now.since(since);
        if span < RATE_SPAN {
            return;
        }
        let rate = (before + bytes) as f64 / span.as_secs_f64();
        self.measured = (0, now);
        let fast = rate > limits::WHOLE_TRAINS_ABOVE / if self.coalesces { 2.0 } else { 1.0 };
        if fast != self.coalesces {
            self.coalesces = fast;
            self.port.coalesce(fast);
        }
    }

    fn obey(&mut self, command: &ListenCommand) {
        match command {
            ListenCommand::SetGeometry(geometry) => self.receiver.set_geometry(*geometry),
            ListenCommand::DescribeRtp(video) => self.receiver.describe_rtp(*video),
            ListenCommand::ShowDamaged(show) => self.receiver.set_show_damaged(*show),
            ListenCommand::ResetCounters => {
                let now = self.clock.now();
                self.receiver.forget_troubles();
                self.history.reset(self.receiver.total(), &self.receiver.streams(), now);
                self.publish(now);
            }
            ListenCommand::Stop => self.stopping = Some(self.clock.now() + PATIENCE),
        }
    }

    /// Gives away what can be restored, and takes back what has been.
    fn mend(&mut self) {
        while let Some(repaired) = self.mender.poll() {
            self.receiver.handle_repaired(&repaired, self.clock.now());
        }
        while let Some(repair) = self.receiver.poll_repair() {
            if let Some(repaired) = self.mender.submit(repair) {
                self.receiver.handle_repaired(&repaired, self.clock.now());
            }
        }
    }

    /// Gives away what can be decoded, and takes back what has been.
    fn decode(&mut self) {
        if let Some(decoded) = self.decoder.poll() {
            self.receiver.handle_decoded(decoded, self.clock.now());
        }
        while let Some(decode) = self.receiver.poll_decode(self.decoder.has_room()) {
            if let Some(decoded) = self.decoder.submit(decode) {
                self.receiver.handle_decoded(decoded, self.clock.now());
            }
        }
    }

    fn hand_over(&mut self) {
        let mut any = false;
        while let Some(frame) = self.receiver.poll_frame(self.exits.outlet.has_room()) {
            any = true;
            if let Some(dropped) = self.exits.outlet.put(frame)
                && dropped.mode == crate::flow::Mode::Live
                && dropped.missing.is_empty()
            {
                self.receiver.count_dropped(dropped.stream);
            }
        }
        if any {
            (self.exits.wake)();
        }
    }

    fn send_answers(&mut self) {
        while let Some((peer, answer)) = self.receiver.poll_transmit() {
            self.port.send_to(&answer, peer);
        }
        self.send_framed_answers();
    }

    fn send_framed_answers(&mut self) {
        while let Some((peer, answer)) = self.receiver.poll_framed() {
            if let Some(tcp) = &mut self.tcp {
                tcp.send_to(&answer, peer);
            }
        }
    }

    fn sleep(&mut self) -> io::Result<()> {
        let now = self.clock.now();
        let mut due = earliest(self.receiver.next_timeout(), Some(self.next_reading));
        if self.receiver.has_waiting_frames() {
            due = earliest(due, Some(now + ROOM_INTERVAL));
        }
        if self.stopping.is_some() {
            due = earliest(due, Some(now + ROOM_INTERVAL));
        }
        let timeout = due.map_or(INTERVAL, |due| due.since(now));
        if timeout.is_zero() {
            return Ok(());
        }
        self.port.wait(timeout)?;
        if let Some(tcp) = &mut self.tcp {
            let now = self.clock.now();
            self.next_look = now + LOOK_INTERVAL;
            self.port.woken().for_each(|token| tcp.handle_event(token, now));
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        let Some(deadline) = self.stopping else { return false };
        let now = self.clock.now();
        now >= deadline || self.receiver.is_busy() || self.receiver.is_settled(now)
    }

    fn leave(&mut self) {
        self.receiver.leave();
        self.send_framed_answers();
        let mut farewells = Vec::new();
        while let Some(answer) = self.receiver.poll_transmit() {
            farewells.push(answer);
        }
        for _ in 0..FAREWELLS {
            for (peer, answer) in &farewells {
                self.port.send_to(answer, *peer);
            }
        }
    }

    /// Asks for a larger receive buffer when frames have become larger.
    fn fit_buffer(&mut self, frame_bytes: u64) {
        let wanted = fitting_buffer(frame_bytes);
        if wanted > self.wanted_buffer {
            self.wanted_buffer = wanted;
            self.port.ask_for_buffer(wanted);
            self.receiver.set_receive_buffer(self.port.receive_buffer());
        }
    }

    /// Publishes the figures; whether they had changed.
    fn publish(&mut self, now: Time) -> bool {
        let mut status = ListenStatus::clone(&self.exits.published.get());
        let accounts = self.receiver.streams();
        let changed = self.history.read(self.receiver.total(), &accounts, now, &mut status);
        if self.published_problems != self.receiver.problems_revision() {
            self.published_problems = self.receiver.problems_revision();
            status.problems = self.receiver.problems().cloned().collect();
        }
        let frame_bytes = accounts.iter().filter_map(frame_bytes).max().unwrap_or(0);
        self.fit_buffer(frame_bytes);
        status.receive_buffer = self.port.receive_buffer();
        status.receive_buffer_wanted = self.wanted_buffer;
        status.rtp_trouble = self.receiver.rtp_trouble();
        let drops = status.total.kernel_drops;
        status.advice = BufferAdvice::of(drops, status.receive_buffer, frame_bytes);
        status.quiet_seconds = self.last_heard.map(|heard| now.since(heard).as_secs_f64());
        status.failure.clone_from(&self.failure);
        self.exits.published.set(status);
        changed
    }
}

/// Bytes of a stream's newest frame.
fn frame_bytes(account: &StreamAccount) -> Option<u64> {
    let (width, height, format) = account.shape?;
    frame::byte_length(width, height, format).ok().map(|bytes| bytes as u64)
}
