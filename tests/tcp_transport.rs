//! Over TCP: the same packets through a connection, with the same promises and the same account.

mod relay;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use pixelwire::flow::{
    self, Mode, Rate, ReceiverConfig, SenderConfig, Time, Train, Transport, limits,
};
use pixelwire::frame::{Frame, PixelFormat};
use pixelwire::media::{FrameSource, MediaError, SourceFrame};
use pixelwire::net::{
    Chunk, ListenOptions, ListenStatus, Listener, SendError, SendEvent, SendJob, SendOptions,
    SendStatus,
};
use pixelwire::wire::pixelwire::{ReceiverId, StreamId};

use crate::command_line::run::{self, pixelwire};
use crate::loopback::{
    FromMemory, PATIENCE, listen, listen_patiently, no_wake, send_options, take, wait,
};
use crate::simulation::image;
use relay::Relay;

fn tcp_options(to: SocketAddr) -> SendOptions {
    SendOptions { transport: Transport::Tcp, chunk: Chunk::Auto, ..send_options(to) }
}

fn images(count: u64) -> Vec<Arc<Frame>> {
    (0..count).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect()
}

/// Delivers `frames` by way of `to`, and gives the receiver's and the sender's account.
fn deliver(listener: Listener, to: SocketAddr, frames: &[Arc<Frame>]) -> Arc<ListenStatus> {
    let job = SendJob::start(tcp_options(to), FromMemory::boxed(frames), no_wake());
    for (received, sent) in take(&listener, frames.len()).iter().zip(frames) {
        assert_eq!(received.frame.pixels(), sent.pixels());
        assert_eq!(received.stream.transport, Transport::Tcp);
    }
    let events = wait(&job);
    let sent = finished(&events).expect("all went well");
    let verified = |event: &&SendEvent| matches!(event, SendEvent::FrameDone(f) if f.verified);
    assert_eq!(events.iter().filter(verified).count(), frames.len());
    let received = listener.stop();
    let total = received.total;
    assert_eq!(
        (total.packets_expected, total.packets_received),
        (sent.packets_sent, sent.packets_sent)
    );
    assert_eq!((total.packets_lost, total.packets_duplicate, total.packets_invalid), (0, 0, 0));
    assert_eq!((sent.packets_lost, sent.packets_resent), (0, 0));
    received
}

/// How the job ended.
fn finished(events: &[SendEvent]) -> Result<&SendStatus, &SendError> {
    let result = events.last().and_then(|event| match event {
        SendEvent::Finished(result) => Some(result.as_ref()),
        _ => None,
    });
    result.expect("that it is over is said last")
}

/// Waits until the listener's account is as it should be.
fn until(listener: &Listener, what: impl Fn(&ListenStatus) -> bool) -> Arc<ListenStatus> {
    let look = |_| {
        std::thread::sleep(Duration::from_millis(5));
        Some(listener.status()).filter(|status| what(status))
    };
    (0..PATIENCE.as_millis() / 5).find_map(look).expect("it becomes so")
}

#[test]
fn every_frame_is_delivered_and_verified_and_both_accounts_are_equal() {
    let listener = listen();
    let to = listener.address();
    let received = deliver(listener, to, &images(5));
    assert_eq!(received.total.frames_complete, 5);
    assert_eq!(received.tcp_trouble, None);
}

#[test]
fn a_tunnel_is_no_other_way_than_a_cable() {
    let listener = listen();
    let relay = Relay::start(listener.address(), usize::MAX);
    let received = deliver(listener, relay.address, &images(5));
    assert_eq!(received.total.frames_complete, 5);
}

#[test]
fn small_packets_arrive_many_at_a_time() {
    let listener = listen();
    let mut options = tcp_options(listener.address());
    options.chunk = Chunk::Bytes(512);
    let frames = images(3);
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    for (received, sent) in take(&listener, 3).iter().zip(&frames) {
        assert_eq!(received.frame.pixels(), sent.pixels());
        assert_eq!(received.packets, 450);
    }
    assert!(finished(&wait(&job)).is_ok());
}

/// Frames of a camera: what nobody has taken yet gives way to what is newer.
struct Camera {
    frames: std::vec::IntoIter<Arc<Frame>>,
    /// Says when it may give the next one; disconnected, when all of them.
    go_on: Receiver<()>,
    /// Disconnected once everything was given.
    _given: Sender<()>,
}

impl FrameSource for Camera {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        let _ = self.go_on.recv();
        let frame = self.frames.next()?;
        Some(Ok(SourceFrame { item: 0, name: String::new(), frame, duration: None }))
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn newest_wins(&self) -> bool {
        true
    }
}

#[test]
fn where_the_connection_stalls_the_newest_frame_wins() {
    let listener = listen_patiently(PATIENCE);
    let relay = Relay::start(listener.address(), usize::MAX);
    let options = SendOptions {
        mode: Mode::Live,
        rate: Rate::Max,
        frames_per_second: Some(1000.0),
        ..tcp_options(relay.address)
    };
    let frames = images(200);
    let (go_on, may_go_on) = bounded(1);
    let (given, all_given) = bounded::<()>(0);
    let camera = Camera { frames: frames.clone().into_iter(), go_on: may_go_on, _given: given };
    let job = SendJob::start(options, Box::new(camera), no_wake());
    let next = || job.events().recv_timeout(PATIENCE).expect("the job goes on");
    assert!(matches!(next(), SendEvent::Connected { .. }));
    relay.open(false);
    go_on.send(()).expect("it waits");
    assert!(matches!(next(), SendEvent::FrameStarted(_)));
    drop(go_on);
    // The camera is through while the first frame still is on its way.
    assert!(all_given.recv_timeout(PATIENCE).is_err_and(|error| error.is_disconnected()));
    assert!(job.events().is_empty(), "no more than a window is on its way");
    relay.open(true);
    let newest = take(&listener, 2).pop().expect("two");
    assert_eq!(newest.frame.pixels(), frames[199].pixels());
    let events = wait(&job);
    let sent = finished(&events).expect("all went well");
    assert_eq!(sent.frames_sent, 2);
    let total = listener.stop().total;
    assert_eq!((total.packets_expected, total.packets_lost), (sent.packets_sent, 0));
}

#[test]
fn no_more_is_on_its_way_than_a_window_however_much_a_connection_would_take() {
    let chunk = limits::TCP_CHUNK;
    let frame = image(640, 480, PixelFormat::BGR8, 1);
    let leaves_unanswered = |transport| {
        let mut receiver = flow::Receiver::new(ReceiverConfig::new(ReceiverId(1)));
        let (stream, mode, rate) = (StreamId(2), Mode::Live, Rate::Max);
        let name = String::new();
        let config = SenderConfig { stream, mode, chunk, rate, name, one_way: false, transport };
        let mut sender = flow::Sender::new(config, Time::START);
        let (mut train, peer) = (Train::default(), SocketAddr::from(([127, 0, 0, 1], 1)));
        assert!(sender.poll_transmit(Time::START, &mut train));
        for opening in train.datagrams() {
            assert!(receiver.handle_framed(peer, &opening.concat(), Time::START));
        }
        receiver.handle_timeout(Time::START);
        let (_, answer) = receiver.poll_framed().expect("an answer");
        let now = Time::START + Duration::from_millis(1);
        sender.handle_datagram(&answer, now);
        sender.offer(Arc::clone(&frame), String::new(), None).expect("small enough");
        let before = sender.counters().bytes_sent;
        while sender.poll_transmit(now, &mut train) {}
        sender.counters().bytes_sent - before
    };
    assert!((1..=2 * u64::from(chunk)).contains(&leaves_unanswered(Transport::Tcp)));
    assert_eq!(leaves_unanswered(Transport::Udp), 640 * 480 * 3);
}

#[test]
fn a_connection_that_breaks_is_said_with_how_far_it_came() {
    let listener = listen();
    let relay = Relay::start(listener.address(), 600_000);
    let frames = images(20);
    let job = SendJob::start(tcp_options(relay.address), FromMemory::boxed(&frames), no_wake());
    let events = wait(&job);
    let error = finished(&events).expect_err("it broke");
    let count = |what: fn(&SendEvent) -> bool| events.iter().filter(|event| what(event)).count();
    let started = count(|event| matches!(event, SendEvent::FrameStarted(_)));
    let done = count(|event| matches!(event, SendEvent::FrameDone(frame) if frame.verified));
    let failed = count(|event| matches!(event, SendEvent::FrameFailed { .. }));
    assert_eq!(done + failed, started, "nobody is left in doubt about a frame");
    // Less than three frames of 230,400 bytes passed.
    assert!(done <= 2 && failed > 0, "{done} {failed}");
    let SendError::ConnectionLost { delivered, .. } = error else { panic!("{error}") };
    assert_eq!(*delivered, done as u64);
    assert!(error.to_string().contains("send again"), "{error}");
    let status = until(&listener, |status| status.streams.iter().all(|stream| !stream.active));
    let total = status.total;
    assert_eq!((total.packets_expected, total.packets_lost), (total.packets_received, 0));
}

#[test]
fn a_tunnel_that_leads_nowhere_is_said_at_once() {
    let door = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let to = door.local_addr().expect("bound");
    let job = SendJob::start(tcp_options(to), FromMemory::boxed(&images(1)), no_wake());
    drop(door.accept().expect("the sender"));
    assert_eq!(finished(&wait(&job)).err(), Some(&SendError::NotAnswered { peer: to }));

    let job = SendJob::start(tcp_options(to), FromMemory::boxed(&images(1)), no_wake());
    let (mut stream, _) = door.accept().expect("the sender");
    stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n").expect("written");
    assert_eq!(finished(&wait(&job)).err(), Some(&SendError::NotPixelwire { peer: to }));
}

#[test]
fn a_listener_takes_its_port_again_at_once_and_is_found_by_who_waits() {
    let first = listen();
    let address = first.address();
    let mut silent = TcpStream::connect(address).expect("let in");
    let frames = images(1);
    deliver(first, address, &frames);
    assert_eq!(silent.read(&mut [0; 8]).unwrap_or(0), 0, "closed with the listener");
    let job = SendJob::start(tcp_options(address), FromMemory::boxed(&frames), no_wake());
    let refused = job.events().recv_timeout(PATIENCE).expect("an event");
    assert!(matches!(refused, SendEvent::NobodyListening { .. }), "{refused:?}");
    let again = Listener::start(&ListenOptions::new(address), no_wake()).expect("free again");
    assert_eq!(again.status().tcp_trouble, None);
    assert_eq!(take(&again, 1)[0].frame.pixels(), frames[0].pixels());
    assert!(finished(&wait(&job)).is_ok());
}

#[test]
fn garbage_ends_its_own_connection_and_nothing_else() {
    let listener = listen();
    let to = listener.address();
    let garbage: [&[u8]; 4] = [
        b"GET / HTTP/1.1\r\nHost: pixelwire\r\n\r\n",
        &[0xff; 100],
        &[0; 4],
        // A classic chunk behind its length: that protocol is of UDP alone.
        &[13, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5],
    ];
    for (count, bytes) in (1..).zip(garbage) {
        let mut stream = TcpStream::connect(to).expect("let in");
        stream.write_all(bytes).expect("written");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        assert_eq!(stream.read(&mut [0; 8]).unwrap_or(0), 0, "closed");
        until(&listener, |status| status.total.packets_invalid == count);
    }
    let frames = images(2);
    let job = SendJob::start(send_options(to), FromMemory::boxed(&frames), no_wake());
    take(&listener, 2);
    assert!(finished(&wait(&job)).is_ok());
    let job = SendJob::start(tcp_options(to), FromMemory::boxed(&frames), no_wake());
    take(&listener, 2);
    assert!(finished(&wait(&job)).is_ok());
    let total = listener.stop().total;
    assert_eq!((total.packets_invalid, total.frames_complete), (4, 4));
}

#[test]
fn no_more_connections_are_held_than_there_may_be_streams() {
    let listener = listen();
    let to = listener.address();
    let connect = || TcpStream::connect(to).expect("let in");
    let mut held: Vec<TcpStream> = (0..16).map(|_| connect()).collect();
    let mut one_more = connect();
    one_more.set_read_timeout(Some(PATIENCE)).expect("set");
    assert_eq!(one_more.read(&mut [0; 8]).unwrap_or(0), 0, "closed at once");
    // The others still are there; where one goes, there is room for another.
    held.truncate(15);
    let frames = images(1);
    let job = SendJob::start(tcp_options(to), FromMemory::boxed(&frames), no_wake());
    if finished(&wait(&job)).is_err() {
        // The place of the one that went may not have been free yet.
        let job = SendJob::start(tcp_options(to), FromMemory::boxed(&frames), no_wake());
        assert!(finished(&wait(&job)).is_ok());
    }
    for stream in &mut held {
        stream.set_nonblocking(true).expect("set");
        let open = stream.read(&mut [0; 8]).expect_err("open and silent");
        assert_eq!(open.kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[test]
fn the_command_line_sends_over_tcp_and_refuses_what_has_no_meaning_there() {
    let listener = run::Receiver::start(&["--frames", "1"]);
    let pattern = ["send", "pattern:320x240", "--count", "1", "--mode", "deliver", "--json"];
    let tcp = ["--transport", "tcp", "--to", listener.address()];
    let sent = pixelwire(&[&pattern[..], &tcp].concat());
    let received = listener.finish();
    assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);
    assert_eq!(received.event("frame")["transport"], "tcp");
    let (there, here) = (sent.event("summary"), received.event("summary"));
    assert_eq!(there["packets_sent"], here["packets_received"]);
    assert_eq!((&here["packets_lost"], &here["frames_complete"]), (&0.into(), &1.into()));
    for needless in [
        &["--protocol", "classic"][..],
        &["--protocol", "rtp"],
        &["--fec", "5%"],
        &["--one-way"],
        &["--impair", "loss=1%"],
    ] {
        let fixed = ["send", "pattern:64x48", "--transport", "tcp", "--to", "127.0.0.1:9"];
        let refused = pixelwire(&[&fixed[..], needless].concat());
        assert_eq!(refused.status, 2, "{needless:?}: {}", refused.errors);
        assert!(refused.errors.contains("--transport"), "{}", refused.errors);
    }
}
