//! Parity of a frame of 1920x1080 BGR8 in payloads of 1,400 bytes: what it costs to make, and to
//! restore what was lost; beside copying the frame, which is the least that either can cost.

#![expect(clippy::expect_used, reason = "a bench that cannot be set up has failed")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use pixelwire::flow::fec::{Damage, Parity};

const CHUNK: u16 = 1400;
const FRAME: usize = 1920 * 1080 * 3;
const SHARES: [f64; 5] = [0.0001, 0.01, 0.05, 0.1, 0.2];

fn main() {
    divan::main();
}

fn pixels() -> Vec<u8> {
    let mut pixels = vec![0; FRAME];
    fastrand::Rng::with_seed(1).fill(&mut pixels);
    pixels
}

#[divan::bench]
fn copy(bencher: Bencher<'_, '_>) {
    let pixels = pixels();
    bencher.counter(BytesCount::new(FRAME)).bench(|| black_box(&pixels).clone());
}

/// The first share leaves one parity payload: exclusive or.
#[divan::bench(args = SHARES)]
fn encode(bencher: Bencher<'_, '_>, share: f64) {
    let pixels = pixels();
    bencher
        .counter(BytesCount::new(FRAME))
        .bench(|| Parity::of(black_box(&pixels), CHUNK, share).expect("parity"));
}

/// As many payloads are lost as the parity makes good; with the copy that is made beforehand.
#[divan::bench(args = SHARES)]
fn restore(bencher: Bencher<'_, '_>, share: f64) {
    let pixels = pixels();
    let lost = Lost::of(&pixels, share);
    bencher
        .counter(BytesCount::new(FRAME))
        .bench(|| lost.gather(black_box(&pixels)).restore().expect("enough"));
}

/// What of it the thread of the socket does.
#[divan::bench(args = SHARES)]
fn gather(bencher: Bencher<'_, '_>, share: f64) {
    let pixels = pixels();
    let lost = Lost::of(&pixels, share);
    bencher.counter(BytesCount::new(FRAME)).bench(|| lost.gather(black_box(&pixels)));
}

struct Lost {
    parity: Parity,
    arrived: Vec<(u16, Box<[u8]>)>,
}

impl Lost {
    fn of(pixels: &[u8], share: f64) -> Self {
        let parity = Parity::of(pixels, CHUNK, share).expect("parity");
        let packet = |packet| parity.packet(packet).map(|(place, p)| (place.index, Box::from(p)));
        let arrived = (0..parity.packets()).filter_map(packet).collect();
        Self { parity, arrived }
    }

    fn gather(&self, pixels: &[u8]) -> Damage {
        let count = self.arrived.len() as u16;
        let missing = |index| index < u32::from(count);
        Damage::gather(self.parity.cut(), 0, count, pixels, missing, &self.arrived).expect("enough")
    }
}
