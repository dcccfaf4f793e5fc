//! What a receiver makes of RTP streams.

use std::net::SocketAddr;
use std::time::Duration;

use crate::flow::receive::RtpTrouble;
use crate::flow::{Counters, Protocol, ReceivedFrame, Receiver, ReceiverConfig, Time};
use crate::frame::{Matrix, PackedYcbcr, PixelFormat, YcbcrRange};
use crate::wire::pixelwire::ReceiverId;
use crate::wire::rtp::{self, Head, Sampling, Segment, Video};

const MS: Duration = Duration::from_millis(1);

/// A sender of pictures of 8 x 6 pixels, two rows in each packet, as GStreamer would.
struct Camera {
    receiver: Receiver,
    number: u32,
    timestamp: u32,
    now: Time,
}

impl Camera {
    fn new(video: Option<Video>) -> Self {
        let config = ReceiverConfig { rtp: video, ..ReceiverConfig::new(ReceiverId(1)) };
        Self { receiver: Receiver::new(config), number: 65_534, timestamp: 0, now: Time::START }
    }

    /// The packets of the next picture.
    fn picture(&mut self, sampling: Sampling) -> (Vec<Vec<u8>>, Vec<u8>) {
        let video = Video::new(8, 6, sampling).expect("valid");
        let rows = sampling.group_size().1;
        let row = video.row_bytes();
        let seed = self.timestamp as usize;
        let wire: Vec<u8> = (0..video.wire_bytes()).map(|at| (at * 7 + seed) as u8).collect();
        self.timestamp = self.timestamp.wrapping_add(3000);
        let lines: Vec<u32> = (0..6).step_by(rows as usize).collect();
        let packets = lines.chunks(2).map(|lines| {
            let segments = lines.iter().map(|&line| {
                let start = (line / rows) as usize * row;
                let pixels = &wire[start..start + row];
                Segment { second_field: false, line, offset: 0, pixels }
            });
            let marker = lines.last() == Some(&(6 - rows));
            self.packet(marker, segments)
        });
        (packets.collect(), wire)
    }

    fn packet<'a>(
        &mut self,
        marker: bool,
        segments: impl Iterator<Item = Segment<'a>> + Clone,
    ) -> Vec<u8> {
        let timestamp = self.timestamp;
        let head =
            Head { payload_type: 96, marker, number: self.number & 0xffff, timestamp, ssrc: 9 };
        self.number += 1;
        let mut datagram = Vec::new();
        rtp::write(head, segments, &mut datagram);
        datagram
    }

    fn hear(&mut self, datagram: &[u8]) {
        let peer = SocketAddr::from(([192, 0, 2, 1], 5004));
        self.receiver.handle_datagram(peer, datagram, self.now);
    }

    fn hear_all(&mut self, datagrams: &[Vec<u8>]) {
        for datagram in datagrams {
            self.hear(datagram);
        }
    }

    fn wait(&mut self, span: Duration) {
        self.now = self.now + span;
        self.receiver.handle_timeout(self.now);
    }

    fn frames(&mut self) -> Vec<ReceivedFrame> {
        std::iter::from_fn(|| self.receiver.poll_frame(true)).collect()
    }

    fn total(&self) -> Counters {
        self.receiver.total()
    }
}

fn missing(frame: &ReceivedFrame) -> Vec<(usize, usize)> {
    frame.missing.iter().map(|range| (range.start, range.end)).collect()
}

fn plain(format: PixelFormat) -> Sampling {
    Sampling::Plain(format)
}

fn rgb() -> Option<Video> {
    Video::new(8, 6, plain(PixelFormat::RGB8)).ok()
}

#[test]
fn plain_frames_come_out_as_they_were_sent() {
    for format in [PixelFormat::RGB8, PixelFormat::BGR8, PixelFormat::RGBA8, PixelFormat::BGRA8] {
        let mut camera = Camera::new(Video::new(8, 6, plain(format)).ok());
        for id in 0..3 {
            let (packets, pixels) = camera.picture(plain(format));
            camera.hear_all(&packets);
            let frames = camera.frames();
            assert_eq!(frames.len(), 1);
            assert_eq!((frames[0].protocol, frames[0].frame_id), (Protocol::Rtp, id));
            assert_eq!(frames[0].frame.format(), format);
            assert_eq!(frames[0].frame.pixels(), pixels);
            assert!(frames[0].missing.is_empty() && frames[0].record.is_clean());
            camera.wait(33 * MS);
        }
        let total = camera.total();
        assert_eq!((total.packets_expected, total.packets_received), (9, 9));
        assert_eq!((total.packets_lost, total.frames_complete), (0, 3));
        assert_eq!(camera.receiver.streams()[0].jitter_us, Some(40));
    }
}

#[test]
fn ycbcr_comes_out_as_rgb_of_the_colour_that_was_described() {
    for packing in [PackedYcbcr::Ycbcr422In8, PackedYcbcr::Ycbcr422In10, PackedYcbcr::Ycbcr420In8] {
        let mut video = Video::new(8, 6, Sampling::Ycbcr(packing)).expect("valid");
        video.colour.matrix = Matrix::Bt709;
        video.colour.range = YcbcrRange::Full;
        let mut camera = Camera::new(Some(video));
        let (packets, wire) = camera.picture(Sampling::Ycbcr(packing));
        for packet in packets.iter().rev() {
            camera.hear(packet);
        }
        let mut expected = vec![0; 8 * 6 * 3];
        packing.write_rgb8(&wire, video.colour, 8, &mut expected);
        assert_eq!(camera.frames()[0].frame.pixels(), expected);
    }
}

#[test]
fn lost_rows_are_missing_and_counted() {
    let mut camera = Camera::new(rgb());
    let (packets, pixels) = camera.picture(plain(PixelFormat::RGB8));
    camera.hear(&packets[0]);
    camera.hear(&packets[2]);
    assert!(camera.frames().is_empty(), "it may be reordered");
    camera.wait(2 * MS);
    let frames = camera.frames();
    assert_eq!(missing(&frames[0]), [(48, 96)]);
    let shown = frames[0].frame.pixels();
    assert_eq!((&shown[..48], &shown[96..]), (&pixels[..48], &pixels[96..]));
    assert!(shown[48..96].iter().all(|&byte| byte == 0));
    assert_eq!((frames[0].record.counts().lost, frames[0].record.cut().packets), (1, 3));
    let total = camera.total();
    assert_eq!((total.packets_expected, total.packets_received, total.packets_lost), (3, 2, 1));
    assert_eq!((total.frames_complete, total.frames_incomplete), (0, 1));

    camera.hear(&packets[1]);
    let total = camera.total();
    assert_eq!((total.packets_lost, total.packets_late, total.packets_reordered), (0, 1, 1));
    let late = camera.receiver.problems().next().expect("one").record.counts();
    assert_eq!((late.late, late.lost), (1, 0));
    assert!(camera.frames().is_empty());
}

#[test]
fn a_frame_whose_marker_was_lost_ends_with_the_next() {
    let mut camera = Camera::new(rgb());
    let (first, _) = camera.picture(plain(PixelFormat::RGB8));
    camera.hear_all(&first[..2]);
    camera.wait(33 * MS);
    let (second, pixels) = camera.picture(plain(PixelFormat::RGB8));
    camera.hear_all(&second);
    let frames = camera.frames();
    assert_eq!((missing(&frames[0]), missing(&frames[1])), (vec![(96, 144)], vec![]));
    assert_eq!(frames[1].frame.pixels(), pixels);
    let (third, _) = camera.picture(plain(PixelFormat::RGB8));
    camera.hear(&third[0]);
    camera.wait(600 * MS);
    assert_eq!(missing(&camera.frames()[0]), [(48, 144)], "silence ends a frame, too");
}

#[test]
fn copies_and_reordered_packets_are_counted_as_such() {
    let mut camera = Camera::new(rgb());
    let (packets, pixels) = camera.picture(plain(PixelFormat::RGB8));
    for at in [0, 2, 2, 1, 0] {
        camera.hear(&packets[at]);
    }
    assert_eq!(camera.frames()[0].frame.pixels(), pixels);
    let total = camera.total();
    assert_eq!((total.packets_received, total.packets_duplicate), (3, 2));
    assert_eq!((total.packets_reordered, total.packets_late, total.packets_lost), (1, 0, 0));
    assert_eq!((total.bytes_received, total.frames_complete), (144, 1));
}

#[test]
fn frames_with_one_timestamp_are_told_apart_by_the_marker() {
    let mut camera = Camera::new(rgb());
    for _ in 0..3 {
        camera.timestamp = 0;
        let (packets, _) = camera.picture(plain(PixelFormat::RGB8));
        camera.hear_all(&packets);
    }
    assert_eq!((camera.frames().len(), camera.total().packets_late), (3, 0));
}

#[test]
fn a_stream_that_nobody_described_is_counted_and_the_reason_told() {
    let mut camera = Camera::new(None);
    let (packets, _) = camera.picture(plain(PixelFormat::RGB8));
    camera.hear_all(&packets);
    assert!(camera.frames().is_empty());
    assert_eq!(camera.total().packets_received, 3);
    let trouble = camera.receiver.rtp_trouble().expect("told");
    assert!(trouble.to_string().contains("--sdp"));

    let mut video = rgb().expect("valid");
    video.payload_type = Some(97);
    let mut camera = Camera::new(Some(video));
    camera.hear_all(&packets);
    assert_eq!(camera.receiver.rtp_trouble(), Some(RtpTrouble::OtherType));
}

#[test]
fn pixels_outside_of_the_picture_are_not_placed() {
    let mut camera = Camera::new(rgb());
    let pixels = [7; 24];
    let outside = Segment { second_field: false, line: 6, offset: 0, pixels: &pixels };
    let packet = camera.packet(true, std::iter::once(outside));
    camera.hear(&packet);
    assert_eq!(camera.receiver.rtp_trouble(), Some(RtpTrouble::OtherSize));
    camera.wait(2 * MS);
    assert_eq!(missing(&camera.frames()[0]), [(0, 144)]);
}

#[test]
fn interlaced_video_is_counted_and_refused() {
    let mut camera = Camera::new(rgb());
    let pixels = [7; 24];
    let field = Segment { second_field: true, line: 0, offset: 0, pixels: &pixels };
    let packet = camera.packet(false, std::iter::once(field));
    camera.hear(&packet);
    camera.wait(600 * MS);
    assert_eq!(camera.receiver.rtp_trouble(), Some(RtpTrouble::Interlaced));
    assert_eq!((camera.frames().len(), camera.total().packets_received), (0, 1));
}

#[test]
fn what_nobody_described_is_shown_from_the_moment_somebody_does() {
    let mut camera = Camera::new(None);
    let (packets, _) = camera.picture(plain(PixelFormat::RGB8));
    camera.hear_all(&packets);
    assert_eq!(camera.receiver.rtp_trouble(), Some(RtpTrouble::Unknown));
    camera.receiver.describe_rtp(rgb());
    assert_eq!(camera.receiver.rtp_trouble(), None);
    let (packets, wire) = camera.picture(plain(PixelFormat::RGB8));
    camera.hear_all(&packets);
    assert_eq!(camera.frames()[0].frame.pixels(), wire);
    assert_eq!(camera.total().packets_received, 6);
}

#[test]
fn a_frame_under_way_does_not_outlive_what_it_was_said_to_be() {
    let mut camera = Camera::new(rgb());
    let (packets, _) = camera.picture(plain(PixelFormat::RGB8));
    camera.hear_all(&packets[..2]);
    camera.receiver.describe_rtp(Video::new(4, 3, plain(PixelFormat::RGB8)).ok());
    let given_up = camera.frames();
    assert_eq!((given_up.len(), given_up[0].frame.width()), (1, 8));
    // The rest of it is late, and not a picture of the other size.
    camera.hear_all(&packets[2..]);
    assert_eq!((camera.receiver.rtp_trouble(), camera.total().packets_late), (None, 1));
}

#[test]
fn a_sender_that_begins_again_is_shown_again() {
    let mut camera = Camera::new(rgb());
    let (packets, _) = camera.picture(plain(PixelFormat::RGB8));
    camera.hear_all(&packets);
    camera.number = 40_000;
    for _ in 0..2 {
        let (packets, _) = camera.picture(plain(PixelFormat::RGB8));
        camera.hear_all(&packets);
        camera.wait(33 * MS);
    }
    let total = camera.total();
    assert_eq!((total.packets_expected, total.packets_received), (3 + 5, 3 + 5));
    assert_eq!((total.packets_invalid, total.frames_complete), (1, 0));
    assert_eq!(camera.frames().iter().filter(|frame| frame.missing.is_empty()).count(), 2);
}
