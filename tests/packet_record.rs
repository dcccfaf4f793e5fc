//! What the packet map shows is what happened: packet by packet, against a log kept beside the
//! receiver.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::simulation::{Event, Job, Outcome, image, run};
use pixelwire::flow::impair::Impairment;
use pixelwire::flow::{
    Fate, Mode, PacketRecord, Rate, Receiver, ReceiverConfig, Sender, SenderConfig, Time, Train,
    Transport, limits,
};
use pixelwire::frame::PixelFormat;
use pixelwire::wire::pixelwire::{ReceiverId, StreamId};

fn job(mode: Mode, seed: u64, there: Impairment) -> Job {
    let frames = (0..12).map(|n| image(320, 240, PixelFormat::BGR8, seed * 100 + n)).collect();
    let there = Impairment { delay: Duration::from_millis(5), seed, ..there };
    let back = Impairment {
        loss: 0.1,
        delay: Duration::from_millis(5),
        seed: seed + 50,
        ..Impairment::default()
    };
    Job {
        mode,
        frames,
        there,
        back,
        rate: Rate::Fixed(300.0),
        interval: Duration::from_millis(40),
        ..Job::default()
    }
}

fn networks() -> [Impairment; 4] {
    let perfect = Impairment::default();
    [
        Impairment { loss: 0.03, ..perfect },
        Impairment { loss: 0.2, burst: 20.0, ..perfect },
        Impairment { loss: 0.05, reorder: 0.05, duplicate: 0.05, ..perfect },
        Impairment { loss: 0.6, burst: 3.0, ..perfect },
    ]
}

/// What the log says became of each packet of `frame`.
fn naive(outcome: &Outcome, frame: u64, packets: u32, missing: bool) -> Vec<Fate> {
    let over = outcome.log.iter().position(|event| *event == Event::Over { frame });
    let mut first = HashMap::new();
    let mut after = HashMap::new();
    for (at, event) in outcome.log.iter().enumerate() {
        if let Event::Arrived { frame: of, index, resend } = *event
            && of == frame
        {
            let in_time = over.is_none_or(|over| at < over);
            let seen = if in_time { &mut first } else { &mut after };
            seen.entry(index).or_insert(resend);
        }
    }
    let fate = |index: u32| match (first.get(&index), missing) {
        (Some(false), _) => Fate::Received,
        (Some(true), _) => Fate::Resent,
        (None, false) => Fate::Restored,
        (None, true) if after.contains_key(&index) => Fate::Late,
        (None, true) => Fate::Lost,
    };
    (0..packets).map(fate).collect()
}

fn fates(record: &PacketRecord) -> Vec<Fate> {
    let mut fates = vec![Fate::Received; record.cut().packets as usize];
    for run in record.runs() {
        fates[run.first as usize..run.end as usize].fill(run.fate);
    }
    fates
}

/// The record of every frame is what the log says, and its sums are the frame's counters.
fn assert_true(outcome: &Outcome) {
    for received in &outcome.received {
        let record = &received.record;
        let (counts, packets) = (record.counts(), record.cut().packets);
        assert_eq!(counts.received + counts.troubled(), u64::from(packets));
        assert_eq!(counts.received + counts.recovered(), received.packets);
        assert_eq!(counts.recovered(), received.packets_recovered);
        let lost: usize = received.missing.iter().map(|gap| gap.len().div_ceil(1400)).sum();
        assert_eq!(counts.lost, lost as u64);
        let remembered = outcome.problems.iter().find(|p| p.frame_id == received.frame_id);
        assert_eq!(remembered.is_none(), record.is_clean());
        let newest = remembered.map_or(record, |problem| &problem.record);
        let expected = naive(outcome, received.frame_id, packets, !received.missing.is_empty());
        assert_eq!(fates(newest), expected, "frame {}", received.frame_id);
        let late = newest.counts();
        assert_eq!(late.late + late.lost, counts.lost, "what came late had been lost");
    }
}

#[test]
fn the_record_is_what_a_log_of_every_packet_says() {
    for (network, there) in networks().into_iter().enumerate() {
        for mode in [Mode::Deliver, Mode::Live] {
            for seed in 1..=6 {
                let outcome = run(&job(mode, seed, there));
                assert!(!outcome.received.is_empty(), "network {network}");
                assert!(!outcome.problems.is_empty(), "network {network}");
                assert_true(&outcome);
            }
        }
    }
}

#[test]
fn what_parity_restores_is_told_from_what_was_sent_again() {
    for seed in 1..=6 {
        let there = Impairment { loss: 0.08, ..Impairment::default() };
        let outcome = run(&Job { share: 0.1, ..job(Mode::Live, seed, there) });
        assert_true(&outcome);
        let sum = |fate| outcome.problems.iter().map(|p| p.record.counts().of(fate)).sum::<u64>();
        assert!(sum(Fate::Restored) > 0);
    }
}

#[test]
fn a_packet_that_comes_after_its_frame_was_given_up_is_late_and_not_lost() {
    let datagrams = live_frame();
    let mut receiver = Receiver::new(ReceiverConfig::new(ReceiverId(1)));
    let peer = SocketAddr::from(([192, 0, 2, 1], 4321));
    let (straggler, others) = (&datagrams[7], datagrams.iter().enumerate());
    for (_, datagram) in others.filter(|&(at, _)| at != 7) {
        receiver.handle_datagram(peer, datagram, Time::START);
    }
    receiver.handle_timeout(Time::START + limits::LATENCY_BUDGET);
    let shown = receiver.poll_frame(true).expect("shown damaged");
    assert_eq!(shown.record.counts().of(Fate::Lost), 1);

    receiver.handle_datagram(peer, straggler, Time::START + 2 * limits::LATENCY_BUDGET);
    let problem = receiver.problems().last().expect("remembered");
    let counts = problem.record.counts();
    assert_eq!((counts.late, counts.lost), (1, 0));
    let total = receiver.total();
    assert_eq!((total.packets_late, total.packets_lost), (1, 0));
}

/// The packets of a live frame of 165 payloads.
fn live_frame() -> Vec<Vec<u8>> {
    let config = SenderConfig {
        stream: StreamId(5),
        mode: Mode::Live,
        chunk: 1400,
        rate: Rate::Fixed(100_000.0),
        name: String::new(),
        one_way: true,
        transport: Transport::Udp,
    };
    let mut sender = Sender::new(config, Time::START);
    sender.offer(image(320, 240, PixelFormat::BGR8, 1), String::new(), None).expect("small enough");
    let (mut train, mut now, mut datagrams) = (Train::default(), Time::START, Vec::new());
    while datagrams.len() < 160 {
        while sender.poll_transmit(now, &mut train) {
            datagrams.extend(train.datagrams().map(|parts| parts.concat()));
        }
        now = now + Duration::from_millis(1);
    }
    datagrams
}

#[test]
fn a_network_without_losses_leaves_no_record() {
    let outcome = run(&job(Mode::Live, 1, Impairment::default()));
    assert_eq!(outcome.received.len(), 12);
    assert!(outcome.problems.is_empty());
    assert!(outcome.received.iter().all(|frame| frame.record.is_clean()));
}
