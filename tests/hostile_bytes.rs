//! Whatever arrives, neither end panics, and no memory is taken above the limits.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::alloc::System;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cap::Cap;
use pixelwire::flow::fec::Parity;
use pixelwire::flow::{
    Mode, Rate, Receiver, ReceiverConfig, Sender, SenderConfig, Time, Train, Transport, limits,
};
use pixelwire::frame::codec::{self, Codec, Compression};
use pixelwire::frame::{Digest, Frame, PixelFormat};
use pixelwire::wire;
use pixelwire::wire::pixelwire::{
    DataRun, FrameHeader, FrameId, PacketNumber, ParityPlace, Place, ReceiverId, ReceiverStamp,
    Report, Stamp, StreamId, ToReceiver, ToSender,
};
use pixelwire::wire::rtp::{self, Head, Sampling, Segment, Video};
use proptest::prelude::*;

/// Refuses memory, which ends the process, above what frames may hold and a rest for accounts,
/// answers and the tests themselves.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, limits::MAX_OPEN_BYTES + (128 << 20));

/// Held by who may take all that one receiver may take: two at once would be refused.
static ALL_OF_IT: Mutex<()> = Mutex::new(());

/// Large frames have memory of their own, past the allocator: the same limit, with room for the program itself and its
/// threads.
const MOST_MAPPED: usize = limits::MAX_OPEN_BYTES + (768 << 20);

/// The most bytes that this process has ever had mapped; `None` where the system does not say.
fn mapped() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmPeak:"))?;
    Some(peak.trim().trim_end_matches(" kB").parse::<usize>().ok()? << 10)
}

fn receiver() -> Receiver {
    Receiver::new(ReceiverConfig::new(ReceiverId(1)))
}

fn sender() -> Sender {
    let config = SenderConfig {
        stream: StreamId(7),
        mode: Mode::Deliver,
        chunk: 256,
        rate: Rate::Auto,
        name: "target".to_owned(),
        one_way: false,
        transport: Transport::Udp,
    };
    Sender::new(config, Time::START)
}

fn peer(host: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, host], 4321))
}

/// Hands datagrams to a receiver, with everything that its thread would do in between.
fn feed(receiver: &mut Receiver, datagrams: &[(u8, Vec<u8>)]) {
    let mut now = Time::START;
    for (host, datagram) in datagrams {
        now = now + Duration::from_micros(700);
        receiver.note_overflows(u32::from(*host));
        receiver.handle_datagram(peer(*host), datagram, now);
        receiver.handle_timeout(now);
        work(receiver, now);
        while receiver.poll_transmit().is_some() {}
        while receiver.poll_frame(host % 2 == 0).is_some() {}
    }
    for _ in 0..20 {
        now = now + Duration::from_secs(1);
        receiver.handle_timeout(now);
        work(receiver, now);
        while receiver.poll_transmit().is_some() {}
        while receiver.poll_frame(true).is_some() {}
    }
    assert!(!receiver.is_busy(), "silence frees all memory");
    let total = receiver.total();
    assert!(total.packets_received <= datagrams.len() as u64);
}

fn work(receiver: &mut Receiver, now: Time) {
    while let Some(repair) = receiver.poll_repair() {
        receiver.handle_repaired(&repair.run(), now);
    }
    while let Some(decode) = receiver.poll_decode(true) {
        receiver.handle_decoded(decode.run(&codec::in_turn), now);
    }
}

/// The datagrams of a true job, to be bent.
fn true_job() -> Vec<Vec<u8>> {
    let frame = Frame::new(40, 30, PixelFormat::BGR8, vec![9; 3600]).expect("valid");
    let (mut sender, mut receiver) = (sender(), receiver());
    let (mut train, mut datagrams) = (Train::default(), Vec::new());
    let mut now = Time::START;
    let mut frames = 3;
    for _ in 0..200 {
        while sender.wants_frame() {
            if frames == 0 {
                sender.finish();
                break;
            }
            frames -= 1;
            let compression =
                [Compression::Raw, Compression::Lossless, Compression::Jpeg(90)][frames];
            let frame = codec::encode(Arc::new(frame.clone()), compression, &codec::in_turn);
            let frame = frame.expect("the codec holds it");
            let parity = Parity::of(frame.bytes(), 256, 0.2);
            sender.offer(frame, "a".to_owned(), parity);
        }
        while sender.poll_transmit(now, &mut train) {
            for parts in train.datagrams() {
                let datagram = parts.concat();
                receiver.handle_datagram(peer(1), &datagram, now);
                datagrams.push(datagram);
            }
        }
        now = now + Duration::from_millis(1);
        receiver.handle_timeout(now);
        work(&mut receiver, now);
        while receiver.poll_frame(true).is_some() {}
        while let Some((_, answer)) = receiver.poll_transmit() {
            sender.handle_datagram(&answer, now);
        }
        sender.handle_timeout(now);
    }
    assert!(datagrams.len() > 15, "a whole job");
    datagrams
}

/// A packet whose fields agree with each other but want as much as they can.
fn greedy() -> impl Strategy<Value = Vec<u8>> {
    let side = prop_oneof![1_u32..5000, Just(u32::MAX), Just(65_535)];
    let fields = (any::<u8>(), 0_u64..4, any::<u32>(), side.clone(), side, 256_u16..2000);
    fields.prop_map(|(kind, stream, id, width, height, chunk)| {
        let pixels = (u64::from(width) * u64::from(height)) as u32;
        let (codec, length) = match kind >> 6 {
            0 | 1 => (Codec::Raw, pixels),
            2 => (Codec::Lossless, pixels / 3),
            _ => (Codec::Jpeg, pixels / 50),
        };
        let frame = FrameHeader {
            id: FrameId(id % 64),
            length,
            width,
            height,
            format: PixelFormat::MONO8,
            codec,
            chunk,
            deliver: kind & 8 == 0,
            parity: kind & 32 == 0,
        };
        let number = PacketNumber(u64::from(id));
        let stamp = Stamp { stream: StreamId(stream), number, sent_at_us: id };
        let payload = vec![1; usize::from(chunk)];
        let chunks = (length / u32::from(chunk)).max(1);
        let age = Duration::from_micros(u64::from(id));
        let shard = frame.cut().map_or(0, |cut| cut.shard());
        let packet = match kind % 8 {
            0 => ToReceiver::Close { stamp },
            1 => ToReceiver::Gone { stamp, frame: frame.id },
            2 => ToReceiver::End {
                stamp,
                frame,
                age,
                digest: Digest(0),
                round_trip: Some(age),
                oldest: FrameId(id % 70),
                name: "x".repeat(200),
            },
            3 | 4 => ToReceiver::Parity {
                stamp,
                frame,
                place: ParityPlace {
                    block: (id % 3) as u8,
                    index: (id % 5) as u16,
                    count: if id % 7 == 0 { 32_768 } else { 1 + (id % 5 + id % 3) as u16 },
                },
                age,
                payload: &payload[..shard.min(payload.len())],
            },
            _ => {
                let place = Place { index: id % chunks, age, resend: kind & 16 == 0 };
                ToReceiver::Data(DataRun::single(stamp, frame, place, &payload))
            }
        };
        let mut bytes = Vec::new();
        packet.write(&mut bytes);
        bytes
    })
}

fn classic() -> impl Strategy<Value = Vec<u8>> {
    let count = prop_oneof![1_u32..6, Just(u32::MAX), Just(100_000)];
    (0_u32..3, 0_u32..6, count, 0_usize..1500).prop_map(|(last, seq, count, length)| {
        let mut bytes: Vec<u8> =
            [last, seq, count].iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.resize(12 + length, 5);
        bytes
    })
}

/// An RTP packet that is well formed and points anywhere.
fn rtp() -> impl Strategy<Value = Vec<u8>> {
    let near = prop_oneof![0_u32..70, any::<u32>()];
    let run = (0_u32..70, prop_oneof![0_u32..70, 0_u32..0x8000], 0_usize..200);
    let runs = proptest::collection::vec(run, 1..5);
    (near.clone(), near, 0_u32..20, any::<u8>(), runs).prop_map(
        |(number, timestamp, ssrc, kind, runs)| {
            let marker = kind & 1 == 0;
            let head = Head { payload_type: 96 + kind % 32, marker, number, timestamp, ssrc };
            let segments = runs.iter().map(|&(line, offset, groups)| Segment {
                second_field: kind == 0,
                line: line * 2,
                offset: offset * 2,
                pixels: &PIXELS[..groups * 6],
            });
            let mut bytes = Vec::new();
            rtp::write(head, segments, &mut bytes);
            bytes.truncate(bytes.len() - usize::from(kind > 250));
            bytes
        },
    )
}

/// What an RTP stream is said to hold: something small, or as much as there can be.
fn described() -> impl Strategy<Value = Option<Video>> {
    let side = prop_oneof![4 => 1_u32..70, 1 => Just(rtp::MAX_SIDE - 1)];
    let sampling = prop::sample::select(Sampling::ALL.to_vec());
    (side.clone(), side, sampling)
        .prop_map(|(width, height, sampling)| Video::new(width * 2, height, sampling).ok())
}

const PIXELS: [u8; 1200] = [3; 1200];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = wire::parse(&bytes);
        let _ = wire::parse_answer(&bytes);
        for kind in 0..=255 {
            let mut ours = b"PXW\x01".to_vec();
            ours.push(kind);
            ours.extend(&bytes);
            let _ = wire::parse(&ours);
            let _ = wire::parse_answer(&ours);
        }
        let mut rtp = vec![0x80 | bytes.len() as u8 & 0x3f, 96];
        rtp.extend(&bytes);
        let _ = wire::parse(&rtp);
    }

    #[test]
    fn any_text_is_read_as_sdp_without_a_panic(
        lines in proptest::collection::vec("(m=video 5 RTP/AVP 96|a=rtpmap:96 raw/90000|a=fmtp:96 width=9999999999;|[a-z]=.{0,40})", 0..8)
    ) {
        let _ = wire::sdp::parse(&lines.join("\n"));
    }

    #[test]
    fn rtp_packets_that_point_anywhere_take_no_more_than_the_limits(
        video in described(),
        datagrams in proptest::collection::vec((0_u8..4, rtp()), 1..150)
    ) {
        let _alone = ALL_OF_IT.lock().unwrap_or_else(PoisonError::into_inner);
        let config = ReceiverConfig { rtp: video, ..ReceiverConfig::new(ReceiverId(1)) };
        feed(&mut Receiver::new(config), &datagrams);
        prop_assert!(MEMORY.allocated() < MEMORY.limit());
        prop_assert!(mapped().is_none_or(|bytes| bytes < MOST_MAPPED));
    }

    #[test]
    fn greedy_packets_take_no_more_than_the_limits(
        datagrams in proptest::collection::vec(
            (0_u8..40, prop_oneof![3 => greedy(), 1 => classic()]), 1..150)
    ) {
        let _alone = ALL_OF_IT.lock().unwrap_or_else(PoisonError::into_inner);
        feed(&mut receiver(), &datagrams);
        prop_assert!(MEMORY.allocated() < MEMORY.limit());
        prop_assert!(mapped().is_none_or(|bytes| bytes < MOST_MAPPED));
    }

    #[test]
    fn a_bent_job_does_not_break_the_receiver(
        bends in proptest::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..200)
    ) {
        let job = true_job();
        let datagrams: Vec<(u8, Vec<u8>)> = bends
            .into_iter()
            .map(|(which, place, value, how)| {
                let mut datagram = which.get(&job).clone();
                let at = place.index(datagram.len());
                match how {
                    0 => datagram[at] = value,
                    1 => datagram.truncate(at),
                    _ => {}
                }
                (value % 3, datagram)
            })
            .collect();
        feed(&mut receiver(), &datagrams);
    }

    #[test]
    fn any_answers_leave_the_sender_standing(
        answers in proptest::collection::vec((0_u8..7, any::<u64>(), any::<u32>(), any::<u32>()), 1..100)
    ) {
        let mut sender = sender();
        let mut train = Train::default();
        let mut now = Time::START;
        let pixels = vec![1; 10_000];
        let frame = Arc::new(Frame::new(100, 100, PixelFormat::MONO8, pixels).expect("valid"));
        for (kind, big, a, b) in answers {
            let stamp = ReceiverStamp { stream: StreamId(7), receiver: ReceiverId(big % 2) };
            let id = FrameId(a % 4);
            let answer = match kind {
                0 => ToSender::Complete(stamp, id, Digest(big)),
                1 => ToSender::Resend(stamp, id, vec![(a % 50, b % 50 + 1), (a, 1)]),
                2 => ToSender::Abandoned(stamp, id),
                3 => ToSender::Closed(stamp, PacketNumber(big % 200)),
                _ => ToSender::Report(stamp, Report {
                    highest: PacketNumber(big % 300),
                    hold: Duration::from_micros(u64::from(a)),
                    received: big,
                    kernel_drops: Some(big),
                    receive_buffer: b,
                    opened: a % 2 == 0,
                }),
            };
            let mut bytes = Vec::new();
            answer.write(&mut bytes);
            now = now + Duration::from_micros(u64::from(b % 5000));
            sender.handle_datagram(&bytes, now);
            if sender.wants_frame() {
                sender.offer(Arc::clone(&frame), String::new(), None);
            }
            sender.handle_timeout(now);
            let _ = sender.next_timeout(now);
            let mut trains = 0;
            while sender.poll_transmit(now, &mut train) {
                trains += 1;
                prop_assert!(trains < 10_000, "the sender floods");
            }
            while sender.poll_event().is_some() {}
        }
    }
}
