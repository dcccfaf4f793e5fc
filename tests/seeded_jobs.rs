//! Thousands of jobs over a network that does everything at once, each from a seed that a failure
//! prints. Every failure that this ever found stays as a case.

use std::time::Duration;

use crate::simulation::{Job, Outcome, image, run};
use pixelwire::flow::impair::Impairment;
use pixelwire::flow::{Ended, Mode, SenderEvent};
use pixelwire::frame::PixelFormat;

/// Jobs of each kind; together they take some seconds.
const JOBS: u64 = 1000;

fn impairment(random: &mut fastrand::Rng) -> Impairment {
    let share = |random: &mut fastrand::Rng, most: f64| {
        if random.bool() { 0.0 } else { random.f64() * most }
    };
    Impairment {
        loss: share(random, 0.35),
        burst: 1.0 + share(random, 15.0),
        reorder: share(random, 0.2),
        duplicate: share(random, 0.1),
        delay: Duration::from_micros(random.u64(20..20_000)),
        seed: random.u64(..),
    }
}

/// Frames from one byte to some hundred KiB, and now and then one of many MiB.
fn job(seed: u64, mode: Mode) -> Job {
    let mut random = fastrand::Rng::with_seed(seed);
    let count = random.u64(1..6);
    let large = random.u32(0..200) == 0;
    let frames = (0..count)
        .map(|i| {
            let most = if large && i == 0 { 8000 } else { 1 << random.u32(0..9) };
            let (width, height) = (random.u32(1..=most), random.u32(1..=most));
            image(width, height, PixelFormat::MONO8, seed ^ i)
        })
        .collect();
    let chunk = random.u16(256..9000);
    let share = if random.bool() { 0.0 } else { random.f64() * 0.5 };
    let (there, back) = (impairment(&mut random), impairment(&mut random));
    Job {
        mode,
        there,
        back,
        coalesces: random.bool(),
        chunk: if share > 0.0 { chunk & !1 } else { chunk },
        share,
        frames,
        interval: Duration::from_millis(random.u64(1..50)),
        ..Job::default()
    }
}

fn assert_exact(outcome: &Outcome, seed: u64) {
    let counters = outcome.counters;
    let network = outcome.there;
    assert_eq!(outcome.ended, Some(Ended::Closed), "seed {seed}");
    assert_eq!(counters.packets_expected, outcome.packets_sent, "seed {seed}");
    assert_eq!(counters.packets_lost, network.dropped, "seed {seed}");
    assert_eq!(counters.packets_duplicate, network.duplicated, "seed {seed}");
    assert_eq!(counters.packets_invalid, 0, "seed {seed}");
}

fn digests(outcome: &Outcome) -> Vec<(u64, pixelwire::frame::Digest)> {
    outcome.received.iter().map(|frame| (frame.frame_id, frame.frame.digest())).collect()
}

fn expected(job: &Job) -> Vec<(u64, pixelwire::frame::Digest)> {
    job.frames.iter().enumerate().map(|(id, frame)| (id as u64, frame.digest())).collect()
}

fn check_delivery(seed: u64) {
    let job = job(seed, Mode::Deliver);
    let outcome = run(&job);
    assert_eq!(digests(&outcome), expected(&job), "seed {seed}");
    let verified =
        |event: &&SenderEvent| matches!(event, SenderEvent::FrameDone { verified: true, .. });
    assert_eq!(outcome.events.iter().filter(verified).count(), job.frames.len(), "seed {seed}");
    if job.share == 0.0 {
        assert!(outcome.packets_resent >= outcome.counters.packets_recovered, "seed {seed}");
    }
    assert_exact(&outcome, seed);
}

fn check_live(seed: u64) {
    let job = job(seed, Mode::Live);
    let outcome = run(&job);
    let ids: Vec<u64> = outcome.received.iter().map(|frame| frame.frame_id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "seed {seed}: {ids:?}");
    for frame in outcome.received.iter().filter(|frame| frame.missing.is_empty()) {
        let sent = &job.frames[frame.frame_id as usize];
        assert_eq!(frame.frame.digest(), sent.digest(), "seed {seed}");
    }
    let counters = outcome.counters;
    let whole = outcome.received.iter().filter(|frame| frame.missing.is_empty()).count();
    assert_eq!(counters.frames_complete, whole as u64, "seed {seed}");
    assert!(counters.frames_complete + counters.frames_incomplete <= job.frames.len() as u64);
    assert_exact(&outcome, seed);
}

/// What came together means the same as one by one.
fn check_coalescing(seed: u64) {
    let mode = if seed.is_multiple_of(2) { Mode::Deliver } else { Mode::Live };
    let one_by_one = run(&Job { coalesces: false, ..job(seed, mode) });
    let together = run(&Job { coalesces: true, ..job(seed, mode) });
    assert_eq!(together.counters, one_by_one.counters, "seed {seed}");
    assert_eq!(digests(&together), digests(&one_by_one), "seed {seed}");
    assert_eq!(together.events, one_by_one.events, "seed {seed}");
}

fn check_receiver_restart(seed: u64) {
    let mut job = job(seed, Mode::Deliver);
    let at = fastrand::Rng::with_seed(seed).u64(0..200);
    job.receiver_restarts = Some(Duration::from_millis(at));
    let outcome = run(&job);
    assert_eq!(outcome.ended, Some(Ended::Closed), "seed {seed}");
    let mut received = digests(&outcome);
    received.sort_by_key(|(id, _)| *id);
    received.dedup();
    assert_eq!(received, expected(&job), "seed {seed}");
}

fn check_sender_death(seed: u64) {
    let mode = if seed.is_multiple_of(2) { Mode::Deliver } else { Mode::Live };
    let mut job = job(seed, mode);
    let at = fastrand::Rng::with_seed(seed).u64(0..100);
    job.sender_dies = Some(Duration::from_millis(at));
    let outcome = run(&job);
    assert!(!outcome.busy, "seed {seed}: memory is held for a sender that has gone");
}

#[test]
fn deliver_delivers_whatever_the_network_does() {
    (0..JOBS).for_each(check_delivery);
}

#[test]
fn live_shows_frames_in_order_and_counts_exactly() {
    (0..JOBS).for_each(check_live);
}

#[test]
fn datagrams_that_come_together_mean_what_they_mean_one_by_one() {
    (0..JOBS / 4).for_each(check_coalescing);
}

#[test]
fn a_receiver_that_starts_again_gets_the_rest_of_the_job() {
    (0..JOBS / 2).for_each(check_receiver_restart);
}

#[test]
fn a_sender_that_dies_leaves_no_memory_behind() {
    (0..JOBS / 4).for_each(check_sender_death);
}
