//! Deliver mode survives a bad network, and its account is exact: against the simulated network's
//! own ledger.

use std::time::Duration;

use crate::simulation::{Job, Outcome, image, run};
use pixelwire::flow::impair::Impairment;
use pixelwire::flow::{Ended, Mode, SenderEvent};
use pixelwire::frame::PixelFormat;

const PATH: Impairment = Impairment {
    loss: 0.0,
    burst: 1.0,
    reorder: 0.0,
    duplicate: 0.0,
    delay: Duration::from_micros(100),
    seed: 1,
};

fn ten_images() -> Job {
    let frames = (0..10).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect();
    Job { frames, ..Job::default() }
}

/// Every frame arrived in order and bit for bit, its sender knows, and the account is the
/// network's.
fn assert_delivered(job: &Job, outcome: &Outcome) {
    let sent: Vec<_> = job.frames.iter().map(|frame| frame.digest()).collect();
    let received: Vec<_> = outcome.received.iter().map(|frame| frame.frame.digest()).collect();
    assert_eq!(received, sent);
    let verified =
        |event: &&SenderEvent| matches!(event, SenderEvent::FrameDone { verified: true, .. });
    assert_eq!(outcome.events.iter().filter(verified).count(), job.frames.len());
    assert_eq!(outcome.ended, Some(Ended::Closed));
    assert_exact(outcome);
}

fn assert_exact(outcome: &Outcome) {
    let counters = outcome.counters;
    assert_eq!(counters.packets_expected, outcome.packets_sent);
    assert_eq!(counters.packets_lost, outcome.there.dropped);
    assert_eq!(counters.packets_received, outcome.there.submitted - outcome.there.dropped);
    assert_eq!(counters.packets_duplicate, outcome.there.duplicated);
    assert_eq!(counters.packets_invalid, 0);
    assert!(!outcome.busy);
}

#[test]
fn a_perfect_network_needs_no_resend() {
    let job = ten_images();
    let outcome = run(&job);
    assert_delivered(&job, &outcome);
    assert_eq!(outcome.packets_resent, 0);
    assert_eq!(outcome.counters.packets_lost, 0);
    assert_eq!(outcome.counters.frames_complete, 10);
}

#[test]
fn lost_packets_are_sent_again_until_every_frame_is_verified() {
    for loss in [0.01, 0.05, 0.2, 0.3, 0.5] {
        let job = Job { there: Impairment { loss, ..PATH }, ..ten_images() };
        let outcome = run(&job);
        assert_delivered(&job, &outcome);
        assert!(outcome.counters.packets_recovered > 0, "at {loss}");
    }
}

#[test]
fn losses_in_bursts_and_on_the_way_back_are_survived() {
    let job = Job {
        there: Impairment { loss: 0.1, burst: 50.0, ..PATH },
        back: Impairment { loss: 0.2, seed: 2, ..PATH },
        ..ten_images()
    };
    assert_delivered(&job, &run(&job));
}

#[test]
fn reordered_packets_are_not_taken_for_lost() {
    let job = Job { there: Impairment { reorder: 0.02, ..PATH }, ..ten_images() };
    let outcome = run(&job);
    assert_delivered(&job, &outcome);
    assert!(outcome.counters.packets_reordered > 0);
    assert_eq!(outcome.counters.packets_lost, 0);
}

#[test]
fn copies_are_counted_apart() {
    let job = Job { there: Impairment { duplicate: 0.1, ..PATH }, ..ten_images() };
    let outcome = run(&job);
    assert_delivered(&job, &outcome);
    assert!(outcome.counters.packets_duplicate > 100);
}

#[test]
fn everything_at_once_is_survived() {
    for seed in 1..=20 {
        let there = Impairment {
            loss: 0.1,
            burst: 4.0,
            reorder: 0.05,
            duplicate: 0.02,
            delay: Duration::from_millis(3),
            seed,
        };
        let job = Job { there, back: Impairment { seed: seed + 100, ..there }, ..ten_images() };
        assert_delivered(&job, &run(&job));
    }
}

#[test]
fn a_source_may_pause_for_longer_than_a_silent_receiver_is_waited_for() {
    let frames = (0..3).map(|seed| image(32, 24, PixelFormat::BGR8, seed)).collect();
    let interval = Duration::from_secs(45);
    let job = Job { mode: Mode::Live, frames, interval, ..Job::default() };
    let outcome = run(&job);
    assert_eq!(outcome.ended, Some(Ended::Closed));
    assert_eq!(outcome.counters.frames_complete, 3);
    assert_exact(&outcome);
}

#[test]
fn live_frames_are_never_shown_after_newer_ones_and_end_once_each() {
    let frames: Vec<_> = (0..60).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect();
    let there = Impairment { loss: 0.05, reorder: 0.02, ..PATH };
    let job = Job { mode: Mode::Live, frames, there, ..Job::default() };
    let outcome = run(&job);
    assert_exact(&outcome);
    let ids: Vec<u64> = outcome.received.iter().map(|frame| frame.frame_id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    let ended = outcome.counters.frames_complete + outcome.counters.frames_incomplete;
    assert!(ended <= 60 && outcome.counters.frames_complete >= 55, "{:?}", outcome.counters);
    for frame in &outcome.received {
        if frame.missing.is_empty() {
            assert_eq!(frame.frame.digest(), job.frames[frame.frame_id as usize].digest());
        }
    }
}
