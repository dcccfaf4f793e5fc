//! Frames that are made smaller for the way: every bit of a lossless one comes back, a JPEG is what
//! its stripes decode to, and a lost packet costs the stripes that it carried.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use pixelwire::flow::impair::Impairment;
use pixelwire::flow::{Ended, Mode, Rate, Receiver, ReceiverConfig, SenderEvent, Time};
use pixelwire::frame::codec::{self, Codec, Compression};
use pixelwire::frame::{Buffers, Digest, Frame, PixelFormat};
use pixelwire::net::{SendError, SendEvent, SendJob};
use pixelwire::wire::pixelwire::{
    DataRun, FrameHeader, FrameId, PacketNumber, Place, ReceiverId, Stamp, StreamId, ToReceiver,
    ToSender, parse_to_sender,
};

use crate::command_line::run::{Receiver as Program, pixelwire};
use crate::loopback::{FromMemory, listen, no_wake, send_options, take, wait};
use crate::simulation::{Job, image, run};

/// A picture of slow waves, a little noisy, as a camera sees one.
fn smooth(width: u32, height: u32, format: PixelFormat, seed: u64) -> Arc<Frame> {
    let mut random = fastrand::Rng::with_seed(seed);
    let row = width as usize * format.bytes_per_pixel();
    let pixels: Vec<u8> = (0..row * height as usize)
        .map(|at| (at % row / 20 + at / row / 3 + seed as usize) as u8 ^ random.u8(..2))
        .collect();
    Arc::new(Frame::new(width, height, format, pixels).expect("the geometry fits"))
}

/// What a frame becomes by being encoded and decoded, with bytes of the encoded frame missing.
fn decoded(frame: &Arc<Frame>, compression: Compression, missing: &[Range<usize>]) -> Frame {
    let coded =
        codec::encode(Arc::clone(frame), compression, &codec::in_turn).expect("it holds it");
    let buffers = Buffers::default();
    codec::decode(coded.form(), coded.bytes(), missing, &buffers, &codec::in_turn)
        .expect("its own")
        .frame
}

#[test]
fn every_pixel_format_is_delivered_lossless_over_real_sockets() {
    let frames: Vec<_> = PixelFormat::all().map(|format| smooth(161, 97, format, 3)).collect();
    let listener = listen();
    let mut options = send_options(listener.address());
    options.compression = Compression::Lossless;
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    let received = take(&listener, frames.len());
    let mut encoded = 0;
    for (received, sent) in received.iter().zip(&frames) {
        assert_eq!(&received.frame, sent);
        assert_eq!(received.digest, Some(sent.digest()), "{}", sent.format());
        encoded += usize::from(received.encoded.is_some_and(|encoded| {
            encoded.codec == Codec::Lossless && encoded.bytes < sent.pixels().len()
        }));
    }
    assert!(encoded > frames.len() / 2, "{encoded} of {} became smaller", frames.len());
    let events = wait(&job);
    let verified = |event: &&SendEvent| matches!(event, SendEvent::FrameDone(f) if f.verified);
    assert_eq!(events.iter().filter(verified).count(), frames.len());
    let total = listener.stop().total;
    assert_eq!(total.frames_complete, frames.len() as u64);
    assert!(matches!(events.last(), Some(SendEvent::Finished(Ok(status)))
        if status.packets_sent == total.packets_expected));
}

#[test]
fn a_jpeg_over_real_sockets_is_what_its_stripes_decode_to() {
    let frames = [smooth(640, 480, PixelFormat::BGR8, 1), smooth(201, 33, PixelFormat::MONO8, 2)];
    let listener = listen();
    let mut options = send_options(listener.address());
    options.compression = Compression::Jpeg(70);
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    let received = take(&listener, frames.len());
    for (received, sent) in received.iter().zip(&frames) {
        assert_eq!(*received.frame, decoded(sent, Compression::Jpeg(70), &[]));
        let encoded = received.encoded.expect("a JPEG");
        assert_eq!(encoded.described(sent.pixels().len()), "JPEG 70");
        assert_eq!(received.digest, None, "nobody has verified what is only alike");
    }
    let events = wait(&job);
    let verified = |event: &&SendEvent| matches!(event, SendEvent::FrameDone(f) if f.verified);
    assert_eq!(events.iter().filter(verified).count(), 2);
}

#[test]
fn what_a_jpeg_cannot_hold_fails_in_words_before_it_is_sent() {
    let frames = [smooth(64, 48, PixelFormat::MONO16, 1), smooth(64, 48, PixelFormat::MONO8, 2)];
    let listener = listen();
    let mut options = send_options(listener.address());
    options.compression = Compression::Jpeg(85);
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    assert_eq!(take(&listener, 1)[0].frame.format(), PixelFormat::MONO8);
    let events = wait(&job);
    let reasons: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            SendEvent::FrameFailed { frame, reason } if frame.frame_id.is_none() => Some(&**reason),
            _ => None,
        })
        .collect();
    assert_eq!(
        reasons,
        ["JPEG holds 8-bit grey or colour only, and this is Mono16: send it lossless"]
    );
    let failed = SendError::FramesFailed { failed: 1, frames: 2 };
    assert!(matches!(events.last(), Some(SendEvent::Finished(Err(error))) if *error == failed));
}

#[test]
fn encoded_frames_survive_loss_with_and_without_parity_and_are_counted_as_raw_ones() {
    for share in [0.0, 0.2] {
        let frames: Vec<_> = (0..8).map(|seed| smooth(320, 240, PixelFormat::BGR8, seed)).collect();
        let there = Impairment { loss: 0.1, reorder: 0.02, duplicate: 0.02, seed: 5, ..path(100) };
        let compression = Compression::Lossless;
        let job = Job { frames, there, compression, share, chunk: 700, ..Job::default() };
        let outcome = run(&job);
        let received: Vec<_> = outcome.received.iter().map(|frame| frame.frame.digest()).collect();
        let sent: Vec<_> = job.frames.iter().map(|frame| frame.digest()).collect();
        assert_eq!(received, sent);
        assert_eq!(outcome.ended, Some(Ended::Closed));
        let counters = outcome.counters;
        assert_eq!(counters.packets_expected, outcome.packets_sent);
        assert_eq!(counters.packets_lost, outcome.there.dropped);
        assert_eq!(counters.frames_complete, 8);
        assert!(counters.packets_recovered > 0 && !outcome.busy);
        let raw: usize = job.frames.iter().map(|frame| frame.pixels().len()).sum();
        assert!(counters.bytes_received < raw as u64 / 2, "{} of {raw}", counters.bytes_received);
    }
}

fn path(micros: u64) -> Impairment {
    Impairment { delay: Duration::from_micros(micros), ..Impairment::default() }
}

#[test]
fn a_packet_lost_live_costs_the_stripes_that_it_carried() {
    for compression in [Compression::Lossless, Compression::Jpeg(90)] {
        let frames: Vec<_> = (0..4).map(|seed| smooth(640, 480, PixelFormat::BGR8, seed)).collect();
        // A round trip of 120 ms leaves no time for repairs within the budget of 100 ms.
        let job = Job {
            mode: Mode::Live,
            frames,
            there: path(60_000),
            back: path(60_000),
            interval: Duration::from_millis(200),
            // Faster than a window that follows reports over such a way.
            rate: Rate::Fixed(400.0),
            compression,
            doomed: HashSet::from([(1, 7), (2, 0)]),
            ..Job::default()
        };
        let outcome = run(&job);
        assert_eq!(outcome.received.len(), 4);
        assert_eq!(outcome.counters.frames_incomplete, 2);
        for frame in &outcome.received {
            let sent = &job.frames[frame.frame_id as usize];
            let row = sent.row_bytes();
            let gaps: usize = frame.missing.iter().map(Range::len).sum();
            match frame.frame_id {
                // The first packet has the table and the first stripes; there is a second table.
                1 | 2 => assert!(gaps > 0 && gaps <= 96 * row, "{gaps}"),
                _ => assert_eq!(gaps, 0),
            }
            let mut expected = decoded(sent, compression, &[]).pixels().to_vec();
            for gap in &frame.missing {
                assert_eq!((gap.start % row, gap.end % row), (0, 0), "whole rows");
                expected[gap.clone()].fill(0);
            }
            assert!(frame.frame.pixels() == expected, "frame {}", frame.frame_id);
        }
    }
}

#[test]
fn a_decoder_slower_than_the_wire_shows_fewer_frames_and_never_older_ones() {
    let frames: Vec<_> = (0..30).map(|seed| smooth(320, 240, PixelFormat::BGR8, seed)).collect();
    let job = Job {
        mode: Mode::Live,
        frames,
        compression: Compression::Lossless,
        decoding: Duration::from_millis(50),
        ..Job::default()
    };
    let outcome = run(&job);
    let ids: Vec<u64> = outcome.received.iter().map(|frame| frame.frame_id).collect();
    assert!(ids.is_sorted() && ids.last() == Some(&29), "{ids:?}");
    let counters = outcome.counters;
    assert_eq!(counters.frames_complete, ids.len() as u64);
    assert_eq!(counters.frames_complete + counters.frames_dropped, 30);
    assert!(counters.frames_dropped > 10, "{counters:?}");
    assert_eq!(counters.packets_late, 0, "none was refused because others were being decoded");
    assert!(!outcome.busy);
}

#[test]
fn slow_decoding_holds_deliver_frames_back_and_loses_none() {
    let frames: Vec<_> = (0..12).map(|seed| smooth(320, 240, PixelFormat::BGR8, seed)).collect();
    let job = Job {
        frames,
        compression: Compression::Jpeg(85),
        decoding: Duration::from_millis(80),
        ..Job::default()
    };
    let outcome = run(&job);
    let ids: Vec<u64> = outcome.received.iter().map(|frame| frame.frame_id).collect();
    assert_eq!(ids, (0..12).collect::<Vec<_>>());
    assert_eq!(outcome.counters.frames_complete, 12);
    let done =
        |event: &&SenderEvent| matches!(event, SenderEvent::FrameDone { verified: true, .. });
    assert_eq!(outcome.events.iter().filter(done).count(), 12);
}

#[test]
fn a_frame_that_is_not_what_its_header_says_is_given_up() {
    let garbage = image(20, 10, PixelFormat::MONO8, 4);
    let frame = FrameHeader {
        id: FrameId(0),
        length: 200,
        width: 64,
        height: 64,
        format: PixelFormat::BGR8,
        codec: Codec::Lossless,
        chunk: 1400,
        deliver: true,
        parity: false,
    };
    let stamp = |number| Stamp { stream: StreamId(1), number: PacketNumber(number), sent_at_us: 0 };
    let place = Place { index: 0, age: Duration::ZERO, resend: false };
    let packets = [
        ToReceiver::Data(DataRun::single(stamp(0), frame, place, garbage.pixels())),
        ToReceiver::End {
            stamp: stamp(1),
            frame,
            age: Duration::ZERO,
            digest: Digest::of(garbage.pixels()),
            round_trip: None,
            oldest: FrameId(0),
            name: String::new(),
        },
    ];
    let mut receiver = Receiver::new(ReceiverConfig::new(ReceiverId(1)));
    for packet in packets {
        let mut bytes = Vec::new();
        packet.write(&mut bytes);
        receiver.handle_datagram(([192, 0, 2, 1], 5).into(), &bytes, Time::START);
    }
    let decode = receiver.poll_decode(true).expect("it is whole");
    assert!(receiver.poll_frame(true).is_none(), "not before it is decoded");
    receiver.handle_decoded(decode.run(&codec::in_turn), Time::START);
    assert!(receiver.poll_frame(true).is_none());
    let answers = std::iter::from_fn(|| receiver.poll_transmit());
    let given_up = answers
        .filter(|(_, answer)| matches!(parse_to_sender(answer), Ok(ToSender::Abandoned(..))))
        .count();
    assert_eq!(given_up, 1);
    assert_eq!(receiver.total().frames_incomplete, 1);
    assert!(!receiver.is_busy());
}

#[test]
fn the_command_line_names_the_codec_and_refuses_it_where_it_cannot_be() {
    for protocol in ["classic", "rtp"] {
        let arguments = [
            "send",
            "pattern:64x48",
            "--to",
            "127.0.0.1",
            "--protocol",
            protocol,
            "--codec",
            "jpeg",
        ];
        let refused = pixelwire(&arguments);
        assert_eq!(refused.status, 2, "{}", refused.errors);
        assert!(refused.errors.contains("--codec") && refused.errors.lines().count() == 1);
    }
    for (codec, name) in [("raw", "raw"), ("lossless", "lossless"), ("jpeg:40", "jpeg")] {
        let listener = Program::start(&["--frames", "1"]);
        let to = listener.address().to_owned();
        let arguments =
            ["send", "pattern:320x240", "--count", "1", "--mode", "deliver", "--to", &to];
        let sent = pixelwire(&[&arguments[..], &["--codec", codec]].concat());
        let received = listener.finish();
        assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);
        let frame = received.event("frame");
        assert_eq!((&frame["codec"], &frame["bytes"]), (&name.into(), &(320 * 240 * 3).into()));
        let smaller = frame["wire_bytes"].as_u64() < frame["bytes"].as_u64();
        assert_eq!(smaller, codec != "raw", "{frame}");
    }
}
