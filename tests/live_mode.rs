//! Live: the newest whole frame wins, and a viewer that is slower than the wire sees fewer frames,
//! never older ones.

use std::net::SocketAddr;
use std::time::Duration;

use pixelwire::flow::Mode;
use pixelwire::flow::impair::Impairment;
use pixelwire::frame::PixelFormat;
use pixelwire::net::{ListenOptions, Listener, SendEvent, SendJob};

use crate::loopback::{FromMemory, no_wake, send_options};
use crate::simulation::{Job, image, run};

#[test]
fn a_slow_viewer_skips_frames_and_every_frame_is_accounted_for() {
    let frames: Vec<_> = (0..120).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect();
    let options = ListenOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    let listener = Listener::start(&options, no_wake()).expect("a free port");
    let mut options = send_options(listener.address());
    options.mode = Mode::Live;
    options.frames_per_second = Some(240.0);
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    // The viewer looks once for every eight frames that leave, however fast this machine is.
    let (mut left, mut seen) = (0, Vec::new());
    for event in job.events() {
        match event {
            SendEvent::FrameDone(_) => left += 1,
            SendEvent::Finished(_) => break,
            _ => continue,
        }
        if left % 8 == 0 {
            seen.extend(listener.frames().try_recv().map(|frame| frame.frame_id));
        }
    }
    let frames = listener.frames().clone();
    let total = listener.stop().total;
    // Whatever waits is the newest; nothing queued up behind it.
    assert!(frames.len() <= 1);
    seen.extend(frames.try_iter().map(|frame| frame.frame_id));
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
    assert!((1..=16).contains(&seen.len()), "{seen:?}");
    assert_eq!(total.frames_complete + total.frames_incomplete + total.frames_dropped, 120);
    assert!(total.frames_dropped + total.frames_incomplete >= 100, "{total:?}");
}

#[test]
fn a_frame_that_is_late_is_shown_damaged_with_its_missing_parts_named() {
    let frames: Vec<_> = (0..20).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect();
    let there = Impairment {
        loss: 0.1,
        delay: Duration::from_millis(60),
        seed: 3,
        ..Impairment::default()
    };
    // A round trip of 120 ms leaves no time for repairs within the budget of 100 ms.
    let job = Job {
        mode: Mode::Live,
        frames,
        there,
        back: Impairment { loss: 0.0, ..there },
        interval: Duration::from_millis(200),
        ..Job::default()
    };
    let outcome = run(&job);
    assert_eq!(outcome.counters.frames_incomplete, 20);
    assert_eq!(outcome.received.len(), 20);
    for frame in &outcome.received {
        let sent = &job.frames[frame.frame_id as usize];
        let mut expected = sent.pixels().to_vec();
        assert!(!frame.missing.is_empty());
        for gap in &frame.missing {
            expected[gap.clone()].fill(0);
        }
        assert_eq!(frame.frame.pixels(), expected, "what is not missing is exact");
    }
    assert_eq!(outcome.packets_resent, 0, "what cannot arrive in time is not asked for");
    assert_eq!(outcome.counters.packets_expected, outcome.packets_sent);
    assert_eq!(outcome.counters.packets_lost, outcome.there.dropped);
    assert!(!outcome.busy && outcome.ended.is_some() && !outcome.events.is_empty());
    assert_eq!(outcome.counters.packets_received + outcome.there.dropped, outcome.packets_sent);
}
