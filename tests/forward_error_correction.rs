//! A frame that lost up to the chosen share of its packets is complete without one resend, with or
//! without a way back; one that lost more does no harm.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::simulation::{Job, Outcome, image, run};
use pixelwire::flow::fec::Parity;
use pixelwire::flow::impair::Impairment;
use pixelwire::flow::{Ended, Fec, Mode, Rate};
use pixelwire::frame::{Frame, PixelFormat};
use pixelwire::net::{SendEvent, SendJob};

use crate::loopback::{FromMemory, listen, listen_patiently, no_wake, send_options, take, wait};

const SHARES: [f64; 5] = [0.01, 0.05, 0.1, 0.2, 0.5];

fn images() -> Vec<Arc<Frame>> {
    let sizes = [(320, 240), (1, 1), (640, 480), (37, 41), (320, 240)];
    sizes.iter().zip(1..).map(|(&(w, h), seed)| image(w, h, PixelFormat::BGR8, seed)).collect()
}

fn job(share: f64) -> Job {
    Job {
        mode: Mode::Live,
        frames: images(),
        share,
        rate: Rate::Fixed(1000.0),
        interval: Duration::from_millis(20),
        ..Job::default()
    }
}

/// Nothing that the receiver says arrives, and the sender does not wait for it.
fn without_a_way_back(job: Job) -> Job {
    let back = Impairment { loss: 1.0, ..Impairment::default() };
    Job { one_way: true, back, ..job }
}

/// How many packets of the frame leave, parity included.
fn packets(job: &Job, frame: &Frame) -> u32 {
    let parity = Parity::of(frame.pixels(), job.chunk, job.share).expect("parity");
    parity.cut().chunks() + parity.packets()
}

/// Dooms of every frame as many packets as the share allows, chosen by `choose` from how many
/// there are and how many to choose.
fn doom(mut job: Job, share: f64, mut choose: impl FnMut(u32, u32) -> Vec<u32>) -> Job {
    for (id, frame) in (0..).zip(&job.frames) {
        let packets = packets(&job, frame);
        let most = (f64::from(packets) * share + 1e-9) as u32;
        job.doomed.extend(choose(packets, most).into_iter().map(|packet| (id, packet)));
    }
    job
}

fn scattered(seed: u64) -> impl FnMut(u32, u32) -> Vec<u32> {
    let mut random = fastrand::Rng::with_seed(seed);
    move |packets, most| random.choose_multiple(0..packets, most as usize)
}

fn burst(seed: u64) -> impl FnMut(u32, u32) -> Vec<u32> {
    let mut random = fastrand::Rng::with_seed(seed);
    move |packets, most| {
        let first = random.u32(0..=packets - most);
        (first..first + most).collect()
    }
}

fn assert_exact(outcome: &Outcome) {
    let counters = outcome.counters;
    assert_eq!(counters.packets_expected, outcome.packets_sent);
    assert_eq!(counters.packets_lost, outcome.there.dropped + outcome.doomed);
    assert_eq!(counters.packets_duplicate, outcome.there.duplicated);
    assert_eq!(counters.packets_invalid, 0);
}

fn assert_whole_without_resend(job: &Job, outcome: &Outcome) {
    let sent: Vec<_> = job.frames.iter().map(|frame| frame.digest()).collect();
    let received: Vec<_> = outcome.received.iter().map(|frame| frame.frame.digest()).collect();
    assert_eq!(received, sent);
    assert!(outcome.received.iter().all(|frame| frame.missing.is_empty()));
    assert_eq!(outcome.counters.frames_complete, job.frames.len() as u64);
    assert_eq!((outcome.packets_resent, outcome.requests), (0, 0));
    assert_exact(outcome);
    // What is missing and what was restored are the same, frame by frame.
    for (id, frame) in (0..).zip(&outcome.received) {
        let chunks = job.frames[id as usize].pixels().len().div_ceil(usize::from(job.chunk));
        let lost = job.doomed.iter().filter(|&&(f, at)| f == id && (at as usize) < chunks).count();
        assert_eq!(frame.packets_recovered, lost as u64, "frame {id}");
    }
}

#[test]
fn any_packets_up_to_the_share_may_be_lost_without_a_way_back() {
    for share in SHARES {
        for seed in 0..10 {
            for job in
                [doom(job(share), share, scattered(seed)), doom(job(share), share, burst(seed))]
            {
                let job = without_a_way_back(job);
                let outcome = run(&job);
                assert_whole_without_resend(&job, &outcome);
                assert_eq!(outcome.ended, Some(Ended::Unanswered));
            }
        }
    }
}

#[test]
fn with_a_way_back_nothing_is_asked_for_that_parity_restores() {
    for mode in [Mode::Live, Mode::Deliver] {
        for share in SHARES {
            for seed in 0..5 {
                let job = Job { mode, rate: Rate::Auto, ..job(share) };
                let job = doom(job, share, scattered(seed));
                let outcome = run(&job);
                assert_whole_without_resend(&job, &outcome);
                assert_eq!(outcome.ended, Some(Ended::Closed));
            }
        }
    }
}

#[test]
fn a_frame_of_several_blocks_keeps_the_promise() {
    let frames = vec![image(2560, 1500, PixelFormat::BGR8, 1)];
    for seed in 0..3 {
        let job = Job { frames: frames.clone(), rate: Rate::Fixed(4000.0), ..job(0.05) };
        for job in [doom(job.clone(), 0.05, scattered(seed)), doom(job, 0.05, burst(seed))] {
            let job = without_a_way_back(job);
            assert_whole_without_resend(&job, &run(&job));
        }
    }
}

#[test]
fn the_end_of_a_frame_and_the_order_of_its_packets_do_not_matter() {
    for seed in 0..10 {
        let there = Impairment {
            reorder: 0.2,
            duplicate: 0.1,
            delay: Duration::from_micros(100),
            seed,
            ..Impairment::default()
        };
        let job = without_a_way_back(doom(Job { there, ..job(0.2) }, 0.1, scattered(seed)));
        let outcome = run(&job);
        assert_exact(&outcome);
        assert_eq!(outcome.counters.frames_complete, job.frames.len() as u64, "seed {seed}");
    }
}

#[test]
fn more_loss_than_parity_is_asked_for_in_deliver_mode() {
    for seed in 0..10 {
        let job = Job { mode: Mode::Deliver, rate: Rate::Auto, ..job(0.05) };
        let job = doom(job, 0.2, scattered(seed));
        let outcome = run(&job);
        assert_eq!(outcome.counters.frames_complete, job.frames.len() as u64);
        assert_eq!(outcome.ended, Some(Ended::Closed));
        assert!(outcome.packets_resent > 0);
        assert_exact(&outcome);
    }
}

#[test]
fn more_loss_than_parity_without_a_way_back_costs_only_the_frames_it_hits() {
    let frames: Vec<_> = (0..20).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect();
    let job = Job { frames, ..job(0.05) };
    let hurt: HashSet<u32> = [3, 4, 11].into();
    let doomed = hurt.iter().flat_map(|&id| (20..80).map(move |packet| (id, packet))).collect();
    let job = without_a_way_back(Job { doomed, ..job });
    let outcome = run(&job);
    assert_exact(&outcome);
    assert_eq!(outcome.counters.frames_complete, 17);
    assert_eq!(outcome.counters.frames_incomplete, 3);
    let ids: Vec<u64> = outcome.received.iter().map(|frame| frame.frame_id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    for frame in &outcome.received {
        let id = frame.frame_id as u32;
        assert_eq!(frame.missing.is_empty(), !hurt.contains(&id), "frame {id}");
        if frame.missing.is_empty() {
            assert_eq!(frame.frame.digest(), job.frames[id as usize].digest());
        }
    }
    assert!(!outcome.busy, "all memory is free again");
}

#[test]
fn a_sender_without_a_way_back_neither_waits_nor_gives_up() {
    let frames: Vec<_> = (0..30).map(|seed| image(64, 48, PixelFormat::BGR8, seed)).collect();
    let interval = Duration::from_millis(600);
    let job = without_a_way_back(Job { frames, interval, rate: Rate::Auto, ..job(0.1) });
    let outcome = run(&job);
    assert_eq!(outcome.ended, Some(Ended::Unanswered));
    assert_eq!(outcome.counters.frames_complete, 30);
    assert_exact(&outcome);
}

#[test]
fn answers_to_a_sender_that_wants_none_change_nothing() {
    let there = Impairment { loss: 0.3, seed: 5, ..Impairment::default() };
    let heard = Job { one_way: true, there, ..job(0.1) };
    let unheard = without_a_way_back(heard.clone());
    let (heard, unheard) = (run(&heard), run(&unheard));
    assert!(heard.requests > 0);
    assert_eq!(heard.packets_resent, 0);
    assert_eq!(heard.packets_sent, unheard.packets_sent);
    assert_eq!(heard.ended, Some(Ended::Unanswered));
}

#[test]
fn delivered_frames_are_restored_over_real_sockets_without_a_resend() {
    let frames: Vec<_> = (0..20).map(|seed| image(640, 480, PixelFormat::BGR8, seed)).collect();
    let listener = listen();
    let mut options = send_options(listener.address());
    options.fec = Fec::Share(0.2);
    options.impairment = Some("loss=5%,seed=4".parse().expect("valid"));
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    let received = take(&listener, frames.len());
    assert!(received.iter().zip(&frames).all(|(received, sent)| &received.frame == sent));
    let events = wait(&job);
    assert!(matches!(events.last(), Some(SendEvent::Finished(Ok(_)))), "{:?}", events.last());
    let Some(SendEvent::Finished(Ok(status))) = events.last() else { return };
    let total = listener.stop().total;
    assert_eq!(status.packets_resent, 0);
    assert!(total.packets_recovered > 100, "{total:?}");
    assert_eq!(total.packets_expected, status.packets_sent);
    assert_eq!(total.packets_lost, status.packets_impaired);
}

#[test]
fn live_frames_are_restored_over_real_sockets_without_a_way_back() {
    let frames: Vec<_> = (0..20).map(|seed| image(640, 480, PixelFormat::BGR8, seed)).collect();
    // A machine that is busy otherwise must not make frames late: that is not what is asked here.
    let listener = listen_patiently(Duration::from_secs(5));
    let mut options = send_options(listener.address());
    options.mode = Mode::Live;
    options.one_way = true;
    options.rate = Rate::Fixed(500.0);
    options.frames_per_second = Some(20.0);
    options.fec = Fec::Share(0.2);
    options.impairment = Some("loss=5%,seed=4".parse().expect("valid"));
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    let mut whole = 0;
    while let Ok(received) = listener.frames().recv_timeout(Duration::from_millis(500)) {
        if received.missing.is_empty() {
            assert_eq!(received.frame, frames[received.frame_id as usize]);
            whole += 1;
        }
    }
    // Without parity none would be.
    assert!(whole >= 18, "{whole}");
    let events = wait(&job);
    assert!(matches!(events.last(), Some(SendEvent::Finished(Ok(s))) if s.packets_resent == 0));
    assert!(listener.stop().total.packets_recovered > 100);
}

#[test]
fn auto_makes_parity_once_packets_are_lost() {
    let frames: Vec<_> = (0..60).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect();
    let listener = listen();
    let mut options = send_options(listener.address());
    options.mode = Mode::Live;
    options.frames_per_second = Some(30.0);
    options.fec = Fec::Auto;
    options.impairment = Some("loss=5%,seed=4".parse().expect("valid"));
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    let events = wait(&job);
    assert!(matches!(events.last(), Some(SendEvent::Finished(Ok(_)))), "{:?}", events.last());
    let Some(SendEvent::Finished(Ok(status))) = events.last() else { return };
    listener.stop();
    let payloads = 60 * (320 * 240 * 3_u64).div_ceil(1400);
    let lost = status.packets_impaired;
    let parity = status.packets_sent - payloads - status.packets_resent;
    assert!(lost > 100 && parity > payloads / 20, "{parity} beside {payloads}, {lost} lost");
}
