//! Counting: bytes by a table, everything else in two rounds, the first for the ends.

use std::ops::Range;

use super::{BINS, ChannelStatistics, Series, Statistics, luminance};
use crate::frame::{DisplayRange, Frame, PixelFormat, SampleType};

/// Counts the `parts` of a frame, which are ranges of whole pixels' bytes.
pub(super) fn count(frame: &Frame, parts: &[Range<usize>], row_step: usize) -> Statistics {
    let parts = || parts.iter().filter_map(|part| frame.pixels().get(part.clone()));
    let (domain, series) = if frame.format().sample == SampleType::U8 {
        (DisplayRange::BYTES, count_bytes(frame.format(), parts()))
    } else {
        count_samples(frame.format(), &parts)
    };
    Statistics { domain, series, row_step }
}

fn series_of(format: PixelFormat) -> Vec<Series> {
    let channels = format.order.letters().chars().map(Series::Channel);
    let bright = colors(format).map(|_| Series::Luminance);
    channels.chain(bright).collect()
}

/// Where red, green and blue lie in a pixel, if it has colours.
fn colors(format: PixelFormat) -> Option<[usize; 3]> {
    let place = |letter| format.order.position(letter);
    Some([place('R')?, place('G')?, place('B')?])
}

fn count_bytes<'a>(
    format: PixelFormat,
    parts: impl Iterator<Item = &'a [u8]>,
) -> Vec<ChannelStatistics> {
    let colors = colors(format);
    let mut counts = [[0_u64; BINS]; MOST_SERIES];
    for part in parts {
        match format.order.channels() {
            1 => tally::<1>(part, &mut counts, None),
            2 => tally::<2>(part, &mut counts, None),
            3 => tally::<3>(part, &mut counts, colors),
            _ => tally::<4>(part, &mut counts, colors),
        }
    }
    let series = series_of(format).into_iter().zip(&counts);
    series.map(|(of, counts)| from_bytes(of, counts)).collect()
}

fn tally<const N: usize>(
    part: &[u8],
    counts: &mut [[u64; BINS]; MOST_SERIES],
    colors: Option<[usize; 3]>,
) {
    let (pixels, _) = part.as_chunks::<N>();
    for pixel in pixels {
        for (counts, &sample) in counts.iter_mut().zip(pixel) {
            counts[usize::from(sample)] += 1;
        }
        if let Some(colors) = colors {
            let [r, g, b] = colors.map(|place| u32::from(pixel[place]));
            // The weights of `luminance` in parts of 65,536.
            let bright = (13_933 * r + 46_871 * g + 4_732 * b + 32_768) >> 16;
            counts[N][bright as usize] += 1;
        }
    }
}

fn from_bytes(of: Series, counts: &[u64; BINS]) -> ChannelStatistics {
    let used = |&value: &usize| counts[value] > 0;
    let samples: u64 = counts.iter().sum();
    let sum: u64 = counts.iter().enumerate().map(|(value, count)| value as u64 * count).sum();
    ChannelStatistics {
        of,
        counts: counts.to_vec(),
        min: (0..BINS).find(used).unwrap_or(0) as f64,
        max: (0..BINS).rev().find(used).unwrap_or(0) as f64,
        mean: sum as f64 / samples.max(1) as f64,
        not_finite: 0,
    }
}

fn count_samples<'a, P: Iterator<Item = &'a [u8]>>(
    format: PixelFormat,
    parts: &impl Fn() -> P,
) -> (DisplayRange, Vec<ChannelStatistics>) {
    let mut ends = vec![Ends::default(); series_of(format).len()];
    for part in parts() {
        each_value(format, part, |series, value| ends[series].add(value));
    }
    let domain = domain(format.sample, &ends[..format.order.channels()]);
    let step = if format.sample.is_integer() { 1.0 } else { 0.0 };
    let scale = BINS as f64 / (domain.high - domain.low + step);
    let mut counts = vec![vec![0_u64; BINS]; ends.len()];
    for part in parts() {
        each_value(format, part, |series, value| {
            if value.is_finite() {
                // Rounded, a luminance can lie a little outside.
                let bin = ((value - domain.low) * scale) as usize;
                counts[series][bin.min(BINS - 1)] += 1;
            }
        });
    }
    let series = series_of(format).into_iter().zip(ends).zip(counts);
    (domain, series.map(|((of, ends), counts)| ends.with(of, counts)).collect())
}

/// Calls `add` with every sample, and with the luminance of every pixel that has colours.
fn each_value(format: PixelFormat, part: &[u8], mut add: impl FnMut(usize, f64)) {
    let (colors, channels) = (colors(format), format.order.channels());
    let mut pixel = [0.0; MOST_SERIES];
    for bytes in part.chunks_exact(format.bytes_per_pixel()) {
        for (series, value) in format.sample.values(bytes).enumerate() {
            pixel[series] = value;
            add(series, value);
        }
        if let Some([r, g, b]) = colors {
            add(channels, luminance(pixel[r], pixel[g], pixel[b]));
        }
    }
}

/// The first round.
#[derive(Clone)]
struct Ends {
    min: f64,
    max: f64,
    /// A running mean: a sum of large floats would overflow.
    mean: f64,
    finite: u64,
    not_finite: u64,
}

impl Default for Ends {
    fn default() -> Self {
        Self { min: f64::INFINITY, max: f64::NEG_INFINITY, mean: 0.0, finite: 0, not_finite: 0 }
    }
}

impl Ends {
    fn add(&mut self, value: f64) {
        if !value.is_finite() {
            self.not_finite += 1;
            return;
        }
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.finite += 1;
        let share = 1.0 / self.finite as f64;
        self.mean = self.mean * (1.0 - share) + value * share;
    }

    fn with(self, of: Series, counts: Vec<u64>) -> ChannelStatistics {
        let or_zero = |value: f64| if self.finite > 0 { value } else { 0.0 };
        ChannelStatistics {
            of,
            counts,
            min: or_zero(self.min),
            max: or_zero(self.max),
            mean: self.mean,
            not_finite: self.not_finite,
        }
    }
}

fn domain(sample: SampleType, ends: &[Ends]) -> DisplayRange {
    let min = ends.iter().map(|ends| ends.min).fold(f64::INFINITY, f64::min);
    let max = ends.iter().map(|ends| ends.max).fold(f64::NEG_INFINITY, f64::max);
    if !sample.is_integer() {
        let within_unit = min >= 0.0 && max <= 1.0;
        return match (min, max) {
            _ if within_unit || min > max => DisplayRange { low: 0.0, high: 1.0 },
            _ if min < max => DisplayRange { low: min, high: max },
            _ => DisplayRange { low: min, high: min + 1.0 },
        };
    }
    let bits = |value: f64, at_least: i32| {
        (at_least..64).find(|&bits| value <= f64::powi(2.0, bits) - 1.0).unwrap_or(64)
    };
    if sample.is_signed() {
        let bits = bits(max.max(-1.0 - min), 7);
        let half = f64::powi(2.0, bits);
        DisplayRange { low: -half, high: half - 1.0 }
    } else {
        DisplayRange { low: 0.0, high: f64::powi(2.0, bits(max, 8)) - 1.0 }
    }
}

/// Four channels and their luminance.
const MOST_SERIES: usize = 5;
