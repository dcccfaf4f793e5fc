//! One stream to a group: everybody gets every frame, whatever each one's network loses; what
//! several miss is sent again once; and who disappears holds nobody up for long.

use std::collections::HashSet;
use std::time::Duration;

use crate::simulation::group::{GroupJob, GroupOutcome, Place, PlaceOutcome, run};
use crate::simulation::image;
use pixelwire::flow::impair::Impairment;
use pixelwire::flow::{Ended, Mode, SenderEvent, Standing, limits};
use pixelwire::frame::PixelFormat;

fn place(loss: f64, delay_us: u64, seed: u64) -> Place {
    let delay = Duration::from_micros(delay_us);
    let there = Impairment { loss, burst: 1.0, delay, seed, ..Impairment::default() };
    Place {
        there,
        back: Impairment { loss: loss / 2.0, seed: seed + 1000, ..there },
        vanishes: None,
        comes: Duration::ZERO,
    }
}

fn job(places: Vec<Place>) -> GroupJob {
    GroupJob {
        mode: Mode::Deliver,
        frames: (0..8).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect(),
        interval: Duration::from_millis(16),
        places,
        doomed: HashSet::new(),
    }
}

fn delivered(outcome: &GroupOutcome) -> usize {
    let done =
        |event: &&SenderEvent| matches!(event, SenderEvent::FrameDone { verified: true, .. });
    outcome.events.iter().filter(done).count()
}

fn has_everything(job: &GroupJob, place: &PlaceOutcome) -> bool {
    let sent = job.frames.iter().map(|frame| frame.digest());
    sent.eq(place.received.iter().map(|frame| frame.frame.digest()))
}

#[test]
fn everybody_gets_every_frame_and_counts_every_packet_whatever_each_network_loses() {
    for seed in 1..=10 {
        let places =
            vec![place(0.0, 100, seed), place(0.05, 300, seed + 1), place(0.3, 2000, seed + 2)];
        let job = job(places);
        let outcome = run(&job);
        assert_eq!(outcome.ended, Some(Ended::Closed), "seed {seed}");
        assert_eq!(delivered(&outcome), 8, "seed {seed}");
        for (place, account) in outcome.places.iter().zip(&outcome.accounts) {
            assert!(has_everything(&job, place), "seed {seed}");
            let counters = place.counters;
            assert_eq!(counters.packets_expected, outcome.packets_sent, "seed {seed}");
            assert_eq!(counters.packets_lost, place.there.dropped, "seed {seed}");
            assert_eq!(counters.packets_duplicate, 0, "seed {seed}");
            assert_eq!((account.frames_delivered, account.frames_missed), (8, 0));
        }
    }
}

#[test]
fn what_everybody_misses_is_sent_again_once() {
    let doomed: HashSet<(u32, u32)> = (0..8).flat_map(|frame| [(frame, 3), (frame, 90)]).collect();
    // Far enough apart that the last one asks when the first one has its answer already.
    let places = vec![place(0.0, 100, 1), place(0.0, 900, 2), place(0.0, 4000, 3)];
    let job = GroupJob { doomed: doomed.clone(), ..job(places) };
    let outcome = run(&job);
    assert_eq!(delivered(&outcome), 8);
    assert_eq!(outcome.packets_resent, doomed.len() as u64);
    for place in &outcome.places {
        assert!(has_everything(&job, place));
        assert_eq!(place.counters.packets_lost, doomed.len() as u64);
        assert_eq!(place.counters.packets_recovered, doomed.len() as u64);
    }
}

#[test]
fn who_disappears_is_named_and_the_others_get_the_rest() {
    let mut places = vec![place(0.02, 200, 1), place(0.02, 200, 2), place(0.02, 200, 3)];
    places[1].vanishes = Some(Duration::from_millis(265));
    let frames = (0..200).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect();
    let job = GroupJob { frames, ..job(places) };
    let outcome = run(&job);
    assert_eq!(outcome.ended, Some(Ended::Closed));
    assert!(has_everything(&job, &outcome.places[0]) && has_everything(&job, &outcome.places[2]));
    assert_eq!(delivered(&outcome), 200);
    let standing: Vec<_> = outcome.accounts.iter().map(|account| account.standing).collect();
    assert_eq!(standing.iter().filter(|&&one| one == Standing::Silent).count(), 1);
    let lost = outcome.accounts.iter().find(|account| account.standing == Standing::Silent);
    let lost = lost.expect("named");
    assert!(lost.address.is_some_and(|address| address.to_string().starts_with("192.0.2.11")));
    assert_eq!(lost.frames_delivered + lost.frames_missed, 200);
    assert!(lost.frames_delivered > 0 && lost.frames_missed > 0, "{lost:?}");
    assert!(outcome.took < limits::NO_ANSWER + Duration::from_secs(5), "{:?}", outcome.took);
}

#[test]
fn who_comes_late_gets_what_begins_after_and_counts_from_what_it_heard() {
    let mut places = vec![place(0.0, 100, 1), place(0.01, 100, 2)];
    places[1].comes = Duration::from_millis(253);
    let frames = (0..200).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect();
    let job = GroupJob { frames, ..job(places) };
    let outcome = run(&job);
    assert_eq!(outcome.ended, Some(Ended::Closed));
    assert!(has_everything(&job, &outcome.places[0]));
    let late = &outcome.places[1];
    assert!(
        (10..200).contains(&late.received.len()),
        "{} in {:?}",
        late.received.len(),
        outcome.took
    );
    let digests = job.frames.iter().map(|frame| frame.digest());
    let tail = digests.skip(200 - late.received.len());
    assert!(tail.eq(late.received.iter().map(|frame| frame.frame.digest())), "the last ones, all");
    assert!(late.counters.packets_expected < outcome.packets_sent);
    assert!(late.counters.packets_lost < late.counters.packets_expected / 20);
    assert_eq!(outcome.accounts[1].frames_missed, 0);
}

#[test]
fn a_slow_receiver_holds_no_live_stream_up() {
    let slow = |delay| {
        let mut slow = place(0.4, delay, 3);
        slow.vanishes = Some(Duration::from_millis(500));
        slow
    };
    let job = |places| {
        let frames = (0..60).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect();
        GroupJob { mode: Mode::Live, frames, ..job(places) }
    };
    let with = job(vec![place(0.0, 100, 1), place(0.0, 200, 2), slow(50_000)]);
    let outcome = run(&with);
    for place in &outcome.places[..2] {
        // While others are gathered newer frames replace older ones.
        assert!(place.received.len() > 40, "{}", place.received.len());
        assert!(place.received.iter().all(|frame| frame.missing.is_empty()));
        let ids: Vec<u64> = place.received.iter().map(|frame| frame.frame_id).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    }
}

#[test]
fn nobody_is_a_reason_to_give_up() {
    let mut nobody = place(0.0, 100, 1);
    nobody.comes = Duration::from_hours(1);
    let outcome = run(&job(vec![nobody]));
    assert_eq!(outcome.ended, Some(Ended::NoAnswer));
    assert!(outcome.accounts.is_empty());
}
