//! The sending end of uncompressed video over RTP: whole pixel groups in order, paced, the marker
//! on the last packet of each frame.

use std::ops::Range;
use std::sync::Arc;

use crate::flow::job::Rate;
use crate::flow::limits;
use crate::flow::pacer::Pacer;
use crate::flow::time::Time;
use crate::flow::train::Train;
use crate::frame::{Frame, PackedYcbcr, Packer};
use crate::wire::rtp::{
    self, CLOCK_RATE, EXTENDED_NUMBER, Head, LINE_HEADER, PAYLOAD_TYPE, Sampling, Segment, Video,
};

use super::{SendCounters, Unanswered};

/// How an RTP stream is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct RtpConfig {
    /// Names the stream, random.
    pub ssrc: u32,
    /// The number of the first packet, random.
    pub first_number: u16,
    /// The timestamp when the job began, random.
    pub first_timestamp: u32,
    /// Bytes of each packet after its RTP header, at most.
    pub chunk: u16,
    /// How fast packets leave.
    pub rate: Rate,
    /// In which rhythm frames are offered, as far as is known.
    pub frames_per_second: f64,
    /// Brightness and colour difference to be sent in place of a frame's own samples.
    pub packing: Option<PackedYcbcr>,
}

/// Sends frames that are all of one size and format.
pub struct RtpSender {
    config: RtpConfig,
    began: Time,
    video: Option<Video>,
    present: Option<Present>,
    number: u32,
    timestamp: Option<u32>,
    /// Of the next packet.
    runs: Vec<Run>,
    /// Pixel groups of the next packet, where they are not a frame's own bytes.
    packed: Vec<u8>,
    pacer: Pacer,
    counters: SendCounters,
}

/// The frame that is leaving, and up to where it has left.
struct Present {
    frame: Arc<Frame>,
    /// Where the frame's own bytes are not what is sent.
    packer: Option<Packer>,
    line: u32,
    /// In pixels.
    offset: u32,
}

/// Pixels of one line that go into one packet.
#[derive(Clone)]
struct Run {
    line: u32,
    columns: Range<u32>,
    /// Among the packet's pixel bytes.
    bytes: Range<usize>,
}

impl RtpSender {
    /// A sender that begins at `now`.
    pub fn new(config: RtpConfig, now: Time) -> Self {
        Self {
            config,
            began: now,
            video: None,
            present: None,
            number: u32::from(config.first_number),
            timestamp: None,
            runs: Vec::new(),
            packed: Vec::new(),
            pacer: Pacer::new(now),
            counters: SendCounters::default(),
        }
    }

    /// What a stream of such frames holds, as its SDP file has to say.
    ///
    /// # Errors
    /// In words, when RTP cannot carry them.
    pub fn video_of(frame: &Frame, packing: Option<PackedYcbcr>) -> Result<Video, String> {
        let (width, height, format) = (frame.width(), frame.height(), frame.format());
        let sampling = match packing {
            None => Sampling::of(format),
            Some(packing) => Packer::takes(frame).then_some(Sampling::Ycbcr(packing)),
        };
        let Some(sampling) = sampling else {
            return Err(format!(
                "RTP carries RGB8, BGR8, RGBa8 and BGRa8, and this is {format}: send it by the \
                 pixelwire protocol"
            ));
        };
        let mut video =
            Video::new(width, height, sampling).map_err(|refused| refused.to_string())?;
        video.payload_type = Some(PAYLOAD_TYPE);
        Ok(video)
    }

    /// Bytes a second.
    fn rate(&self) -> f64 {
        let least = self.config.rate.bytes_per_second(limits::RTP_AUTO_MBIT);
        match (self.config.rate, self.video) {
            (Rate::Auto, Some(video)) => {
                let frame = video.wire_bytes() as f64;
                least.max(frame * self.config.frames_per_second / limits::RTP_SPREAD)
            }
            _ => least,
        }
    }

    /// Cuts the next packet's runs; bytes of that packet, 0 when nothing is left.
    fn plan(&mut self) -> usize {
        self.runs.clear();
        let (Some(present), Some(video)) = (&self.present, self.video) else { return 0 };
        let group = video.sampling().group_bytes();
        let (columns, rows) = video.sampling().group_size();
        let (mut line, mut offset) = (present.line, present.offset);
        let mut left = usize::from(self.config.chunk).saturating_sub(EXTENDED_NUMBER);
        let mut pixel_bytes = 0;
        while line < video.height() && left >= LINE_HEADER + group {
            let fitting = ((left - LINE_HEADER) / group) as u32;
            let in_row = (video.width() - offset) / columns;
            let groups = fitting.min(in_row).min(MOST_RUN / group as u32);
            let (bytes, end) = (groups as usize * group, offset + groups * columns);
            left -= LINE_HEADER + bytes;
            let bytes = pixel_bytes..pixel_bytes + bytes;
            pixel_bytes = bytes.end;
            self.runs.push(Run { line, columns: offset..end, bytes });
            (line, offset) = if end == video.width() { (line + rows, 0) } else { (line, end) };
        }
        rtp::packet_length(self.runs.len(), pixel_bytes)
    }

    /// Adds the packet that was planned; whether it was the frame's last.
    fn push(&mut self, train: &mut Train) -> bool {
        let (Some(present), Some(video)) = (&mut self.present, self.video) else { return true };
        let frame = &*present.frame;
        self.packed.clear();
        if let Some(packer) = &present.packer {
            for run in &self.runs {
                packer.pack(frame, run.line, run.columns.clone(), &mut self.packed);
            }
        }
        let (columns, rows) = video.sampling().group_size();
        for run in &self.runs {
            let ends_row = run.columns.end + columns > video.width();
            present.line = if ends_row { run.line + rows } else { run.line };
            present.offset = if ends_row { 0 } else { run.columns.end };
        }
        let marker = present.line >= video.height();
        let head = Head {
            payload_type: PAYLOAD_TYPE,
            marker,
            number: self.number,
            timestamp: self.timestamp.unwrap_or(self.config.first_timestamp),
            ssrc: self.config.ssrc,
        };
        let segments = self.runs.iter().map(|run| {
            let own = || own_bytes(frame, run);
            let pixels = self.packed.get(run.bytes.clone()).unwrap_or_else(own);
            Segment { second_field: false, line: run.line, offset: run.columns.start, pixels }
        });
        train.push(|out| rtp::write(head, segments, out));
        self.number = self.number.wrapping_add(1);
        self.counters.packets_sent += 1;
        self.counters.bytes_sent += self.runs.last().map_or(0, |run| run.bytes.end as u64);
        if marker {
            self.present = None;
        }
        marker
    }
}

/// A run's pixels as they lie in the frame.
fn own_bytes<'a>(frame: &'a Frame, run: &Run) -> &'a [u8] {
    let start = run.columns.start as usize * frame.format().bytes_per_pixel();
    &frame.pixels()[run.line as usize * frame.row_bytes() + start..][..run.bytes.len()]
}

impl Unanswered for RtpSender {
    fn objection(&self, frame: &Frame) -> Option<String> {
        let video = match Self::video_of(frame, self.config.packing) {
            Ok(video) => video,
            Err(refused) => return Some(refused),
        };
        let first = self.video.filter(|&first| first != video)?;
        let (width, height, format) = (frame.width(), frame.height(), frame.format());
        Some(format!(
            "an RTP stream has frames of one size and format, {} x {} {}, and this is {width} x \
             {height} {format}: send it as a job of its own",
            first.width(),
            first.height(),
            first.sampling(),
        ))
    }

    fn offer(&mut self, frame: Arc<Frame>, now: Time) {
        self.video = Self::video_of(&frame, self.config.packing).ok();
        let packing = self.config.packing.zip(self.video);
        let packer = packing.map(|(packing, video)| Packer::new(packing, video.colour));
        let elapsed = now.since(self.began).as_micros() * u128::from(CLOCK_RATE) / 1_000_000;
        let timestamp = self.config.first_timestamp.wrapping_add(elapsed as u32);
        // Frames are told apart by their timestamps, however fast they follow each other.
        let earliest = self.timestamp.map(|before| before.wrapping_add(1));
        let hurried = earliest.filter(|earliest| timestamp.wrapping_sub(*earliest) as i32 <= 0);
        self.timestamp = Some(hurried.unwrap_or(timestamp));
        self.present = Some(Present { frame, packer, line: 0, offset: 0 });
    }

    fn wants_frame(&self) -> bool {
        self.present.is_none()
    }

    fn counters(&self) -> SendCounters {
        self.counters
    }

    fn progress(&self) -> f32 {
        let of = |present: &Present| present.line as f32 / present.frame.height() as f32;
        self.present.as_ref().map_or(0.0, of)
    }

    fn poll_transmit(&mut self, now: Time, train: &mut Train) -> bool {
        train.clear();
        let rate = self.rate();
        loop {
            let length = self.plan();
            if length == 0 || !train.has_room(length) || self.pacer.available(rate, now) < length {
                return train.packets() > 0;
            }
            self.pacer.take(length);
            if self.push(train) {
                return true;
            }
        }
    }

    fn next_timeout(&mut self, now: Time) -> Option<Time> {
        let rate = self.rate();
        let length = self.plan();
        self.pacer.available(rate, now);
        (length > 0).then(|| self.pacer.ready_at(length, rate))
    }
}

/// Bytes that a line header can announce.
const MOST_RUN: u32 = 65_535;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::frame::PixelFormat;

    fn sender(chunk: u16) -> RtpSender {
        let config = RtpConfig {
            ssrc: 7,
            first_number: u16::MAX,
            first_timestamp: u32::MAX - 100,
            chunk,
            rate: Rate::Fixed(80.0),
            frames_per_second: 30.0,
            packing: None,
        };
        RtpSender::new(config, Time::START)
    }

    fn frame(width: u32, height: u32, format: PixelFormat) -> Arc<Frame> {
        let length = (width * height) as usize * format.bytes_per_pixel();
        let pixels: Vec<u8> = (0..length).map(|at| (at * at % 251) as u8).collect();
        Arc::new(Frame::new(width, height, format, pixels).expect("valid"))
    }

    fn drain(sender: &mut RtpSender) -> (Vec<Vec<u8>>, Time) {
        let (mut now, mut train, mut datagrams) = (Time::START, Train::default(), Vec::new());
        while let Some(due) = sender.next_timeout(now) {
            now = now.max(due) + Duration::from_micros(1);
            while sender.poll_transmit(now, &mut train) {
                datagrams.extend(train.datagrams().map(|parts| parts.concat()));
            }
        }
        (datagrams, now)
    }

    #[test]
    fn a_frame_leaves_in_whole_pixels_in_order_with_the_marker_on_the_last() {
        for (width, height) in [(1, 1), (7, 900), (301, 40), (5000, 3)] {
            for format in [PixelFormat::RGB8, PixelFormat::BGRA8] {
                let mut sender = sender(800);
                let picture = frame(width, height, format);
                let video = RtpSender::video_of(&picture, None).expect("sent");
                sender.offer(Arc::clone(&picture), Time::START);
                let (datagrams, _) = drain(&mut sender);
                let mut pixels = Vec::new();
                for (at, datagram) in datagrams.iter().enumerate() {
                    let packet = rtp::parse(datagram).expect("ours");
                    assert!(datagram.len() <= rtp::HEADER + 800);
                    assert_eq!(packet.head.number, 0xffff + at as u32, "both halves are counted");
                    assert_eq!(packet.head.marker, at + 1 == datagrams.len());
                    for run in packet.segments() {
                        let place = video.place(run.line, run.offset, run.pixels.len());
                        assert_eq!(place.map(|place| place.start), Some(pixels.len()));
                        pixels.extend_from_slice(run.pixels);
                    }
                }
                assert!(pixels == picture.pixels() && sender.wants_frame());
                assert_eq!(sender.counters().packets_sent, datagrams.len() as u64);
            }
        }
    }

    #[test]
    fn packets_are_paced() {
        let mut sender = sender(1400);
        sender.offer(frame(1000, 1000, PixelFormat::RGB8), Time::START);
        let (datagrams, end) = drain(&mut sender);
        let bytes: usize = datagrams.iter().map(Vec::len).sum();
        let expected = (bytes - 65_536) as f64 / 10e6;
        assert!((end.since_start().as_secs_f64() / expected - 1.0).abs() < 0.02, "{end:?}");
    }

    #[test]
    fn every_frame_has_a_timestamp_of_its_own() {
        let mut sender = sender(1400);
        let mut stamps = Vec::new();
        for at in [0, 0, 20_000, 40_000] {
            sender.offer(frame(4, 4, PixelFormat::RGB8), Time::START + Duration::from_micros(at));
            let mut train = Train::default();
            assert!(sender.poll_transmit(Time::START, &mut train));
            let packet = train.datagrams().next().expect("one").concat();
            stamps.push(rtp::parse(&packet).expect("ours").head.timestamp);
        }
        let first = u32::MAX - 100;
        assert_eq!(stamps, [0, 1, 1800, 3600].map(|ticks| first.wrapping_add(ticks)));
    }

    #[test]
    fn what_rtp_cannot_carry_is_refused_in_words() {
        let mut sender = sender(1400);
        let deep = frame(4, 4, PixelFormat::MONO16);
        assert!(sender.objection(&deep).is_some_and(|words| words.contains("Mono16")));
        sender.offer(frame(4, 4, PixelFormat::RGB8), Time::START);
        assert_eq!(sender.objection(&frame(4, 4, PixelFormat::RGB8)), None);
        let other = frame(5, 4, PixelFormat::RGB8);
        assert!(sender.objection(&other).is_some_and(|words| words.contains("5 x 4")));
    }
}
