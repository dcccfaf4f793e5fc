//! A frame of 1920x1080 RGB8 made smaller, on one thread: a drawing (the sample image, which is
//! smooth), the same with noise as a camera adds it, and a screen; beside copying the frame.

#![expect(clippy::expect_used, reason = "a bench that cannot be set up has failed")]

use std::sync::Arc;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use pixelwire::frame::codec::{self, Coded, Compression};
use pixelwire::frame::{Buffers, Frame, PixelFormat};

const SIZE: (u32, u32) = (1920, 1080);
const FRAME: usize = 1920 * 1080 * 3;
const CASES: [(Picture, Compression); 6] = [
    (Picture::Drawing, Compression::Lossless),
    (Picture::Photograph, Compression::Lossless),
    (Picture::Screen, Compression::Lossless),
    (Picture::Drawing, Compression::Jpeg(85)),
    (Picture::Photograph, Compression::Jpeg(85)),
    (Picture::Screen, Compression::Jpeg(85)),
];

fn main() {
    for (picture, compression) in CASES {
        let smaller = coded(picture, compression).bytes().len();
        println!("{picture:?} {compression}: {:.1}:1", FRAME as f64 / smaller as f64);
    }
    divan::main();
}

#[derive(Clone, Copy, Debug)]
enum Picture {
    Drawing,
    Photograph,
    Screen,
}

impl Picture {
    fn frame(self) -> Arc<Frame> {
        let file = match self {
            Self::Drawing | Self::Photograph => "assets/demo.png",
            Self::Screen => "screenshots/receive-live-dark-1440x900.png",
        };
        let noise = if matches!(self, Self::Photograph) { 4 } else { 0 };
        let tile = image::open(file).expect("readable").to_rgb8();
        let mut random = fastrand::Rng::with_seed(1);
        let mut pixels = Vec::with_capacity(FRAME);
        for y in 0..SIZE.1 {
            for x in 0..SIZE.0 {
                let pixel = tile.get_pixel(x % tile.width(), y % tile.height());
                pixels.extend(pixel.0.map(|value| value.saturating_add(random.u8(0..=noise))));
            }
        }
        let frame = Frame::new(SIZE.0, SIZE.1, PixelFormat::RGB8, pixels).expect("it fits");
        // Somebody wants it anyway.
        frame.digest();
        Arc::new(frame)
    }
}

fn coded(picture: Picture, compression: Compression) -> Coded {
    codec::encode(picture.frame(), compression, &codec::in_turn).expect("it can be")
}

#[divan::bench]
fn copy(bencher: Bencher<'_, '_>) {
    let frame = Picture::Drawing.frame();
    bencher.counter(BytesCount::new(FRAME)).bench(|| black_box(frame.pixels()).to_vec());
}

#[divan::bench(args = CASES)]
fn encode(bencher: Bencher<'_, '_>, (picture, compression): (Picture, Compression)) {
    let frame = picture.frame();
    bencher
        .counter(BytesCount::new(FRAME))
        .bench(|| codec::encode(Arc::clone(black_box(&frame)), compression, &codec::in_turn));
}

#[divan::bench(args = CASES)]
fn decode(bencher: Bencher<'_, '_>, (picture, compression): (Picture, Compression)) {
    let (coded, buffers) = (coded(picture, compression), Buffers::default());
    bencher.counter(BytesCount::new(FRAME)).bench(|| {
        codec::decode(coded.form(), black_box(coded.bytes()), &[], &buffers, &codec::in_turn)
    });
}
