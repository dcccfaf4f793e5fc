//! What the receiving end does with each byte and each packet, beside copying the same bytes, which
//! is the least that it can cost: putting a frame together, digesting it, and making it visible.

#![expect(clippy::expect_used, reason = "a bench that cannot be set up has failed")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use pixelwire::flow::{
    Mode, Rate, Receiver, ReceiverConfig, Sender, SenderConfig, SenderEvent, Time, Train, Transport,
};
use pixelwire::frame::{Digest, DisplayRange, Frame, PixelFormat, write_rgba};
use pixelwire::wire::pixelwire::{MIN_CHUNK, ReceiverId, StreamId};

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;
const PACKETS: [u32; 7] = [1, 7, 70, 700, 7_000, 70_000, 700_000];

fn main() {
    divan::main();
}

#[divan::bench]
fn copy(bencher: Bencher<'_, '_>) {
    let frame = image(WIDTH, HEIGHT, PixelFormat::BGR8);
    let mut place = frame.pixels().to_vec();
    bencher
        .counter(BytesCount::of_slice(frame.pixels()))
        .bench_local(|| black_box(&mut place).copy_from_slice(black_box(frame.pixels())));
}

/// A frame from its first packet to being handed over, verified.
#[divan::bench(args = [1_400, 65_000])]
fn reassemble(bencher: Bencher<'_, '_>, chunk: u16) {
    let frame = image(WIDTH, HEIGHT, PixelFormat::BGR8);
    let recording = Recording::of(&frame, chunk);
    bencher
        .counter(BytesCount::of_slice(frame.pixels()))
        .with_inputs(|| recording.warm_receiver())
        .bench_local_refs(|receiver| recording.second.play(receiver));
}

/// The same for frames of so many packets, as small as they may be: what a packet costs beside its
/// bytes.
#[divan::bench(args = PACKETS)]
fn packets(bencher: Bencher<'_, '_>, packets: u32) {
    let frame = image(u32::from(MIN_CHUNK), packets, PixelFormat::MONO8);
    let recording = Recording::of(&frame, MIN_CHUNK);
    bencher
        .counter(ItemsCount::new(packets))
        .with_inputs(|| recording.warm_receiver())
        .bench_local_refs(|receiver| recording.second.play(receiver));
}

/// Copying the payloads of so many packets.
#[divan::bench(args = PACKETS)]
fn copy_packets(bencher: Bencher<'_, '_>, packets: u32) {
    let frame = image(u32::from(MIN_CHUNK), packets, PixelFormat::MONO8);
    let mut place = frame.pixels().to_vec();
    bencher
        .counter(ItemsCount::new(packets))
        .bench_local(|| black_box(&mut place).copy_from_slice(black_box(frame.pixels())));
}

#[divan::bench]
fn digest(bencher: Bencher<'_, '_>) {
    let frame = image(WIDTH, HEIGHT, PixelFormat::BGR8);
    bencher
        .counter(BytesCount::of_slice(frame.pixels()))
        .bench_local(|| Digest::of(black_box(frame.pixels())));
}

/// Copying as many bytes as a visible frame has.
#[divan::bench]
fn copy_visible(bencher: Bencher<'_, '_>) {
    let source = visible();
    let mut place = visible();
    bencher
        .counter(BytesCount::of_slice(&source))
        .bench_local(|| black_box(&mut place).copy_from_slice(black_box(&source)));
}

/// Making a frame visible, by the bytes that come out.
#[divan::bench(args = [PixelFormat::BGR8, PixelFormat::MONO8, PixelFormat::MONO16])]
fn make_visible(bencher: Bencher<'_, '_>, format: PixelFormat) {
    let frame = image(WIDTH, HEIGHT, format);
    let range = DisplayRange::of(&frame);
    let mut place = visible();
    bencher
        .counter(BytesCount::of_slice(&place))
        .bench_local(|| write_rgba(black_box(&frame), range, black_box(&mut place)));
}

fn image(width: u32, height: u32, format: PixelFormat) -> Arc<Frame> {
    let mut pixels = vec![0; width as usize * height as usize * format.bytes_per_pixel()];
    fastrand::Rng::with_seed(1).fill(&mut pixels);
    Arc::new(Frame::new(width, height, format, pixels).expect("the geometry fits"))
}

fn visible() -> Vec<u8> {
    vec![1; WIDTH as usize * HEIGHT as usize * 4]
}

/// Two frames of a job, as a receiver's socket hands them over.
struct Recording {
    first: Arrivals,
    second: Arrivals,
}

#[derive(Default)]
struct Arrivals(Vec<Arrival>);

/// Packets that came together.
struct Arrival {
    now: Time,
    /// End to end.
    bytes: Vec<u8>,
    /// How long each is.
    segment: usize,
}

impl Recording {
    /// Lets a sender deliver the frame twice.
    fn of(frame: &Arc<Frame>, chunk: u16) -> Self {
        let config = SenderConfig {
            stream: StreamId(42),
            mode: Mode::Deliver,
            chunk,
            rate: Rate::Max,
            name: String::new(),
            one_way: false,
            transport: Transport::Udp,
        };
        let mut sender = Sender::new(config, Time::START);
        let mut receiver = new_receiver();
        let mut times = (0..).map(|ms| Time::after_start(Duration::from_millis(ms)));
        let mut deliver = || {
            let mut arrivals = Arrivals::default();
            let mut offered = false;
            for now in times.by_ref().take(MOST_STEPS) {
                if !offered && sender.wants_frame() {
                    sender.offer(Arc::clone(frame), String::new(), None).expect("small enough");
                    offered = true;
                }
                if arrivals.follow(&mut sender, &mut receiver, now) {
                    break;
                }
            }
            arrivals
        };
        Self { first: deliver(), second: deliver() }
    }

    /// A receiver that has received the first frame, so that it has memory for the second.
    fn warm_receiver(&self) -> Receiver {
        let mut receiver = new_receiver();
        self.first.play(&mut receiver);
        receiver
    }
}

impl Arrivals {
    /// Lets sender and receiver do what they can, and keeps what arrives; whether a frame was
    /// delivered.
    fn follow(&mut self, sender: &mut Sender, receiver: &mut Receiver, now: Time) -> bool {
        let mut train = Train::default();
        sender.handle_timeout(now);
        while sender.poll_transmit(now, &mut train) {
            let bytes = train.parts().concat();
            let alone = train.packets() == 1;
            let segment = if alone { bytes.len() } else { train.segment() };
            let arrival = Arrival { now, bytes, segment };
            arrival.reach(receiver);
            self.0.push(arrival);
        }
        receiver.handle_drained(now);
        receiver.poll_frame(true);
        while let Some((_, answer)) = receiver.poll_transmit() {
            sender.handle_datagram(&answer, now);
        }
        let mut events = std::iter::from_fn(|| sender.poll_event());
        events.any(|event| matches!(event, SenderEvent::FrameDone { .. }))
    }

    /// Receives all of it as it came, to the frame that it makes.
    fn play(&self, receiver: &mut Receiver) {
        for arrival in &self.0 {
            arrival.reach(receiver);
            while receiver.poll_transmit().is_some() {}
        }
        let frame = receiver.poll_frame(true).expect("a whole frame");
        assert!(frame.digest.is_some(), "the frame is verified");
    }
}

impl Arrival {
    fn reach(&self, receiver: &mut Receiver) {
        let peer = SocketAddr::from(([192, 0, 2, 1], 5000));
        receiver.handle_datagrams(peer, black_box(&self.bytes), self.segment, self.now);
        receiver.handle_timeout(self.now);
    }
}

fn new_receiver() -> Receiver {
    Receiver::new(ReceiverConfig::new(ReceiverId(1)))
}

/// A frame that takes longer is never delivered; then a bench fails for want of a whole frame.
const MOST_STEPS: usize = 10_000;
