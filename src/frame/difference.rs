//! Two frames compared sample by sample.

use std::sync::OnceLock;

use super::{Frame, PixelFormat, SampleType};

/// How far two frames of one size and format are apart.
#[derive(Clone, Debug)]
pub struct Difference {
    /// For each sample the absolute difference; of signed samples as unsigned ones, which hold it.
    pub frame: Frame,
    /// Pixels that have at least one sample that differs.
    pub differing: u64,
    /// The largest difference of two samples; 0 when there is none.
    pub largest: f64,
}

impl Difference {
    /// Compares two frames.
    ///
    /// # Errors
    /// [`NotComparable`] when they have different sizes or formats.
    pub fn of(a: &Frame, b: &Frame) -> Result<Self, NotComparable> {
        let shape = |frame: &Frame| (frame.width(), frame.height(), frame.format());
        if shape(a) != shape(b) {
            return Err(NotComparable { a: shape(a), b: shape(b) });
        }
        let mut samples = vec![0; a.pixels().len()];
        write_differences(a.format().sample, a.pixels(), b.pixels(), &mut samples);
        let from = a.format();
        let format = PixelFormat::new(from.order, unsigned(from.sample));
        let differing = differing_pixels(a, b);
        let largest = format.sample.values(&samples).fold(0.0, f64::max);
        let frame = Frame {
            width: a.width,
            height: a.height,
            format,
            pixels: samples.into(),
            digest: OnceLock::new(),
        };
        Ok(Self { frame, differing, largest })
    }
}

/// Width, height and format.
type Shape = (u32, u32, PixelFormat);

/// Why two frames cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "A is {} × {} {}, this frame is {} × {} {}: only frames of one size and format can be \
     compared",
    a.0, a.1, a.2, b.0, b.1, b.2
)]
pub struct NotComparable {
    a: Shape,
    b: Shape,
}

fn differing_pixels(a: &Frame, b: &Frame) -> u64 {
    let size = a.format().bytes_per_pixel();
    let pixels = a.pixels().chunks_exact(size).zip(b.pixels().chunks_exact(size));
    pixels.filter(|(a, b)| a != b).count() as u64
}

fn write_differences(sample: SampleType, a: &[u8], b: &[u8], out: &mut [u8]) {
    /// Writes `|a - b|` of each pair of samples.
    macro_rules! write_each {
        ($number:ty, $difference:expr) => {{
            const SIZE: usize = size_of::<$number>();
            let pairs = a.as_chunks::<SIZE>().0.iter().zip(b.as_chunks::<SIZE>().0);
            for ((a, b), out) in pairs.zip(out.as_chunks_mut::<SIZE>().0) {
                let (a, b) = (<$number>::from_le_bytes(*a), <$number>::from_le_bytes(*b));
                *out = $difference(a, b).to_le_bytes();
            }
        }};
    }
    match sample {
        SampleType::U8 => write_each!(u8, u8::abs_diff),
        SampleType::U16 => write_each!(u16, u16::abs_diff),
        SampleType::U32 => write_each!(u32, u32::abs_diff),
        SampleType::U64 => write_each!(u64, u64::abs_diff),
        SampleType::I8 => write_each!(i8, i8::abs_diff),
        SampleType::I16 => write_each!(i16, i16::abs_diff),
        SampleType::I32 => write_each!(i32, i32::abs_diff),
        SampleType::I64 => write_each!(i64, i64::abs_diff),
        SampleType::F32 => write_each!(f32, |a: f32, b: f32| (a - b).abs()),
        SampleType::F64 => write_each!(f64, |a: f64, b: f64| (a - b).abs()),
    }
}

const fn unsigned(sample: SampleType) -> SampleType {
    match sample {
        SampleType::I8 => SampleType::U8,
        SampleType::I16 => SampleType::U16,
        SampleType::I32 => SampleType::U32,
        SampleType::I64 => SampleType::U64,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::ChannelOrder;

    fn random(format: PixelFormat, random: &mut fastrand::Rng) -> Frame {
        let bytes = 7 * 5 * format.bytes_per_pixel();
        // Few values, so that some pixels are equal.
        let pixels = (0..bytes).map(|_| random.u8(..2) * 0x43).collect::<Vec<u8>>();
        Frame::new(7, 5, format, pixels).expect("valid")
    }

    #[test]
    fn the_difference_equals_the_naive_one_in_every_format() {
        let mut rng = fastrand::Rng::with_seed(7);
        for format in PixelFormat::all() {
            let (a, b) = (random(format, &mut rng), random(format, &mut rng));
            let difference = Difference::of(&a, &b).expect("alike");
            let mut differing = 0;
            // 64-bit integers are rounded when they are read as numbers.
            let rounding = if matches!(format.sample, SampleType::U64 | SampleType::I64) {
                4096.0
            } else {
                0.0
            };
            for (x, y) in (0..5).flat_map(|y| (0..7).map(move |x| (x, y))) {
                let at = |frame: &Frame| frame.samples_at(x, y).expect("inside");
                let naive: Vec<f64> =
                    at(&a).into_iter().zip(at(&b)).map(|(a, b)| (a - b).abs()).collect();
                for (ours, naive) in at(&difference.frame).iter().zip(&naive) {
                    assert!(
                        (ours - naive).abs() <= naive * 1e-6 + rounding,
                        "{format}: {ours}, not {naive}"
                    );
                }
                differing += u64::from(naive.iter().any(|sample| *sample != 0.0));
            }
            assert_eq!(difference.differing, differing, "{format}");
        }
    }

    #[test]
    fn the_largest_difference_does_not_overflow() {
        let format = PixelFormat::new(ChannelOrder::Mono, SampleType::I8);
        let frame = |value: i8| Frame::new(1, 1, format, value.to_le_bytes().to_vec()).expect("ok");
        let difference = Difference::of(&frame(i8::MIN), &frame(i8::MAX)).expect("alike");
        assert_eq!((difference.largest, difference.differing), (255.0, 1));
    }

    #[test]
    fn equal_frames_have_no_difference() {
        let frame = random(PixelFormat::BGR8, &mut fastrand::Rng::with_seed(1));
        let difference = Difference::of(&frame, &frame.clone()).expect("alike");
        assert_eq!((difference.largest, difference.differing), (0.0, 0));
    }

    #[test]
    fn frames_of_different_shapes_are_refused_in_words() {
        let a = Frame::new(2, 1, PixelFormat::MONO8, vec![0; 2]).expect("valid");
        let b = Frame::new(2, 1, PixelFormat::BGR8, vec![0; 6]).expect("valid");
        let words = Difference::of(&a, &b).expect_err("refused").to_string();
        assert!(words.starts_with("A is 2 × 1 Mono8, this frame is 2 × 1 BGR8: "), "{words}");
    }
}
