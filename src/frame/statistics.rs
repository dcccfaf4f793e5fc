//! What the samples of a frame are like: how often each value occurs, the smallest, the largest,
//! the mean. All of it is about the wire's samples, not about what is drawn for them.

mod counting;
mod parts;

use std::ops::Range;

use super::{DisplayRange, Frame};

/// How many columns a histogram has.
pub const BINS: usize = 256;

/// The samples of a frame, counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// The values at the left and at the right end of every histogram. Whole numbers get a range
    /// that ends with a number of bits, at least 8; floats 0 to 1 if they stay within, else
    /// their smallest to their largest.
    pub domain: DisplayRange,
    /// Each channel in the order of the wire; then, if there are colours, their luminance.
    pub series: Vec<ChannelStatistics>,
    /// 1: every row was counted; 2: every second row, and so on.
    pub row_step: usize,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// The channel with this letter: `Y`, `R`, `G`, `B` or `A`.
    Channel(char),
    /// How bright the colours are: see [`luminance`].
    Luminance,
}

/// The samples of one channel, counted.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelStatistics {
    /// Which channel it is.
    pub of: Series,
    /// How many finite samples fall into each of [`BINS`] equal parts of the domain.
    pub counts: Vec<u64>,
    /// The smallest finite sample; 0 when there is none.
    pub min: f64,
    /// The largest finite sample; 0 when there is none.
    pub max: f64,
    /// The mean of the finite samples; 0 when there is none.
    pub mean: f64,
    /// Samples that are infinite or not a number.
    pub not_finite: u64,
}

impl Statistics {
    /// Counts `frame` but for the bytes in `missing`. Of frames larger than 8 MiB, every second
    /// row (or third, and so on) is counted.
    pub fn of(frame: &Frame, missing: &[Range<usize>]) -> Self {
        let row_step = frame.pixels().len().div_ceil(MOST_BYTES).max(1);
        counting::count(frame, &parts::present(frame, missing, row_step), row_step)
    }
}

/// How bright a colour is, with the weights of Rec. 709, of the samples as they are.
pub fn luminance(red: f64, green: f64, blue: f64) -> f64 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Full HD in 8-bit colours with opacity is counted whole, in a fraction of a frame's time.
const MOST_BYTES: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{PixelFormat, SampleType};

    /// A frame with all kinds of bytes.
    fn frame(format: PixelFormat) -> Frame {
        let mut random = fastrand::Rng::with_seed(7);
        let length = 61 * 47 * format.bytes_per_pixel();
        let pixels = std::iter::repeat_with(|| random.u8(..)).take(length).collect::<Vec<u8>>();
        Frame::new(61, 47, format, pixels).expect("valid")
    }

    /// The samples of one channel, one by one.
    fn channel(frame: &Frame, place: usize) -> Vec<f64> {
        let all = (0..frame.height()).flat_map(|y| (0..frame.width()).map(move |x| (x, y)));
        all.map(|(x, y)| frame.samples_at(x, y).expect("inside")[place]).collect()
    }

    fn naive(values: &[f64], domain: DisplayRange, sample: SampleType) -> Vec<u64> {
        let width = domain.high - domain.low + f64::from(u8::from(sample.is_integer()));
        let mut counts = vec![0; BINS];
        for value in values.iter().filter(|value| value.is_finite()) {
            let bin = (value - domain.low) / width * BINS as f64;
            counts[(bin.floor() as usize).min(BINS - 1)] += 1;
        }
        counts
    }

    #[test]
    fn every_format_is_counted_as_one_would_count_by_hand() {
        for format in PixelFormat::all() {
            let frame = frame(format);
            let statistics = Statistics::of(&frame, &[]);
            assert_eq!(statistics.row_step, 1);
            for (place, letter) in format.order.letters().chars().enumerate() {
                let one = &statistics.series[place];
                let values = channel(&frame, place);
                assert_eq!(one.of, Series::Channel(letter));
                assert_eq!(
                    one.counts,
                    naive(&values, statistics.domain, format.sample),
                    "{format}"
                );
                let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
                assert_eq!(one.not_finite as usize, values.len() - finite.len());
                assert_eq!(one.min, finite.iter().copied().fold(f64::INFINITY, f64::min));
                assert_eq!(one.max, finite.iter().copied().fold(f64::NEG_INFINITY, f64::max));
                let mean = finite.iter().map(|value| value / finite.len() as f64).sum::<f64>();
                let scale = one.max.abs().max(one.min.abs());
                assert!((one.mean - mean).abs() <= scale * 1e-9, "{format}: {} {mean}", one.mean);
            }
        }
    }

    #[test]
    fn the_ends_are_those_of_the_bits_in_use() {
        let words = |values: &[u16]| {
            let pixels = values.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
            Frame::new(values.len() as u32, 1, PixelFormat::MONO16, pixels).expect("valid")
        };
        let domain = |values: &[u16]| Statistics::of(&words(values), &[]).domain;
        assert_eq!(domain(&[0, 3]), DisplayRange { low: 0.0, high: 255.0 });
        assert_eq!(domain(&[0, 4_095]), DisplayRange { low: 0.0, high: 4_095.0 });
        assert_eq!(domain(&[4_096]), DisplayRange { low: 0.0, high: 8_191.0 });
        assert_eq!(domain(&[65_535]), DisplayRange { low: 0.0, high: 65_535.0 });
    }

    #[test]
    fn grey_colours_are_as_bright_as_their_channels() {
        let values: Vec<u8> = (0..=255).flat_map(|value| [value; 3]).collect();
        let frame = Frame::new(256, 1, PixelFormat::BGR8, values).expect("valid");
        let statistics = Statistics::of(&frame, &[]);
        let bright = statistics.series.last().expect("four series");
        assert_eq!(bright.of, Series::Luminance);
        assert_eq!(bright.counts, statistics.series[0].counts);
        assert_eq!((bright.min, bright.max, bright.mean), (0.0, 255.0, 127.5));
    }

    #[test]
    fn what_is_missing_is_not_counted() {
        let frame = Frame::new(10, 10, PixelFormat::BGR8, vec![9; 300]).expect("valid");
        // Touches the last pixel of row 1, all of row 2 and the first two of row 3.
        let statistics = Statistics::of(&frame, std::slice::from_ref(&(59..95)));
        assert_eq!(statistics.series[0].counts[9], 87);
    }

    #[test]
    fn of_a_large_frame_rows_are_left_out_and_it_is_said() {
        let rows: Vec<u8> = (0..4_400).flat_map(|row| vec![row as u8; 4_000]).collect();
        let frame = Frame::new(4_000, 4_400, PixelFormat::MONO8, rows).expect("valid");
        let statistics = Statistics::of(&frame, &[]);
        assert_eq!(statistics.row_step, 3);
        let counted: u64 = statistics.series[0].counts.iter().sum();
        assert_eq!(counted, 4_000 * 4_400_u64.div_ceil(3));
    }
}
