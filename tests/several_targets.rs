//! Several targets on one command: each gets every frame over a stream of its own, one that fails
//! is named, and the others go on.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::command_line::run::{Receiver, pixelwire};
use crate::loopback::{FromMemory, PATIENCE, listen, no_wake, send_options, take, wait};
use crate::simulation::image;
use pixelwire::flow::Mode;
use pixelwire::frame::{Digest, Frame, PixelFormat};
use pixelwire::net::{
    ListenOptions, Listener, ReceivedFrame, SendError, SendEvent, SendJob, SendOptions, Spread,
    Target,
};

fn frames(count: u64) -> Vec<Arc<Frame>> {
    (0..count).map(|seed| image(160, 120, PixelFormat::BGR8, seed)).collect()
}

fn digests<'a>(frames: impl IntoIterator<Item = &'a Arc<Frame>>) -> Vec<Digest> {
    frames.into_iter().map(|frame| frame.digest()).collect()
}

fn received(frames: &[Arc<ReceivedFrame>]) -> Vec<Digest> {
    digests(frames.iter().map(|received| &received.frame))
}

fn options(to: &[SocketAddr]) -> SendOptions {
    let target = |to: &SocketAddr| Target { host: to.ip().to_string(), port: to.port() };
    let others = to[1..].iter().map(target).collect();
    SendOptions { spread: Spread { others, ..Spread::default() }, ..send_options(to[0]) }
}

fn delivered(events: &[SendEvent]) -> usize {
    let done = |event: &&SendEvent| matches!(event, SendEvent::FrameDone(one) if one.verified);
    events.iter().filter(done).count()
}

/// What each listener gets, all of them read at once: a slow reader slows everybody down.
fn take_all<const N: usize>(from: [&Listener; N], count: usize) -> [Vec<Digest>; N] {
    std::thread::scope(|scope| {
        let readers = from.map(|one| scope.spawn(move || received(&take(one, count))));
        readers.map(|reader| reader.join().expect("every frame arrives"))
    })
}

/// Listens as a window does: only the newest frame waits.
fn listen_for_newest() -> Listener {
    let options = ListenOptions {
        latency_budget: PATIENCE,
        ..ListenOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))
    };
    Listener::start(&options, no_wake()).expect("a free port")
}

/// The last frame that a listener handed over, once nothing more comes.
fn take_newest(listener: &Listener) -> Option<Digest> {
    let mut newest = None;
    while let Ok(frame) = listener.frames().try_recv() {
        newest = Some(frame.frame.digest());
    }
    newest
}

#[test]
fn each_target_gets_every_frame_and_each_frame_is_delivered_once() {
    let frames = frames(12);
    let (one, other) = (listen(), listen());
    let options = options(&[one.address(), other.address()]);
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    for got in take_all([&one, &other], frames.len()) {
        assert_eq!(got, digests(&frames));
    }
    let events = wait(&job);
    assert_eq!(delivered(&events), frames.len());
    let Some(SendEvent::Finished(Ok(status))) = events.last() else {
        panic!("{:?}", events.last());
    };
    assert_eq!((status.frames_sent, status.frames_delivered), (12, 12));
    let addresses: Vec<&str> = status.receivers.iter().map(|one| one.address.as_str()).collect();
    assert_eq!(addresses, [one.address().to_string(), other.address().to_string()]);
    assert!(status.receivers.iter().all(|one| one.frames_delivered == 12 && one.failure.is_none()));
}

#[test]
fn a_target_that_leaves_is_named_and_the_others_get_the_rest() {
    let frames = frames(40);
    let (stays, leaves) = (listen(), listen());
    let options = options(&[stays.address(), leaves.address()]);
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    let address = leaves.address().to_string();
    let got = std::thread::scope(|scope| {
        let all = scope.spawn(|| received(&take(&stays, frames.len())));
        take(&leaves, 1);
        leaves.stop();
        all.join().expect("every frame arrives")
    });
    assert_eq!(got, digests(&frames));
    let events = wait(&job);
    let Some(SendEvent::Finished(Err(error))) = events.last() else {
        panic!("{:?}", events.last());
    };
    assert!(matches!(error, SendError::ReceiversFailed { failed: 1, receivers: 2, .. }), "{error}");
    assert!(error.to_string().contains(&address), "{error}");
    assert_eq!(delivered(&events), frames.len(), "what the others have is delivered");
}

#[test]
fn a_live_target_that_reads_nothing_holds_nobody_up() {
    let frames = frames(30);
    let (reads, sleeps) = (listen_for_newest(), listen());
    let mut options = options(&[reads.address(), sleeps.address()]);
    options.mode = Mode::Live;
    options.frames_per_second = Some(100.0);
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    let events = wait(&job);
    assert!(matches!(events.last(), Some(SendEvent::Finished(Ok(_)))), "{:?}", events.last());
    let last = frames.last().map(|frame| frame.digest());
    let newest = take_newest(&reads);
    assert_eq!(newest, last, "the newest frame arrives");
}

#[test]
fn the_command_line_sends_to_several_and_says_what_each_got() {
    let (one, other) = (Receiver::start(&["--frames", "5"]), Receiver::start(&["--frames", "5"]));
    let both = ["--to", one.address(), "--to", other.address()];
    let input = ["send", "pattern:160x120", "--mode", "deliver", "--count", "5", "--json"];
    let sent = pixelwire(&[&input[..], &both].concat());
    assert_eq!((sent.status, sent.errors.as_str()), (0, ""), "{}", sent.text);
    assert_eq!(sent.events("delivered").count(), 5);
    let summary = sent.event("summary");
    assert_eq!(summary["frames_delivered"], 5);
    assert_eq!(summary["receivers"][0]["address"], one.address());
    assert_eq!(summary["receivers"][1]["frames_delivered"], 5);
    let (here, there) = (one.finish(), other.finish());
    let digests = |run: &crate::command_line::run::Run| -> Vec<serde_json::Value> {
        run.events("frame").map(|frame| frame["digest"].clone()).collect()
    };
    assert_eq!(digests(&here), digests(&there));
    assert_eq!(digests(&here).len(), 5);
}

#[test]
fn a_target_that_cannot_be_is_named_in_one_line_and_the_other_gets_everything() {
    let listener = Receiver::start(&["--frames", "3"]);
    let input = ["send", "pattern:160x120", "--mode", "deliver", "--count", "3"];
    // Nobody may send to everybody without asking for it.
    let to = ["--to", "255.255.255.255", "--to", listener.address()];
    let sent = pixelwire(&[&input[..], &to].concat());
    assert_eq!(sent.status, 1, "{}", sent.text);
    assert_eq!(sent.errors.lines().count(), 1, "{}", sent.errors);
    assert!(
        sent.errors.contains("1 of 2") && sent.errors.contains("255.255.255.255"),
        "{}",
        sent.errors
    );
    assert_eq!(listener.finish().events("frame").count(), 3);
}
