//! What samples differ from what their neighbours let expect: small numbers, mostly, where a
//! picture is smooth.

/// How the bytes of a picture are samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Bytes of a row.
    pub(super) row_bytes: usize,
    /// Samples of a pixel.
    pub(super) channels: usize,
    /// Bytes of a sample: 1, 2, 4 or 8.
    pub(super) sample_bytes: usize,
}

/// The differences of whole rows of pixels, in as many bytes: first digits, second digits, ...
pub(super) fn differences(pixels: &[u8], layout: Layout) -> Vec<u8> {
    match layout.sample_bytes {
        1 => forward::<u8>(pixels, layout),
        2 => forward::<u16>(pixels, layout),
        4 => forward::<u32>(pixels, layout),
        _ => forward::<u64>(pixels, layout),
    }
}

/// Makes pixels of as many differences.
pub(super) fn restore(differences: &[u8], layout: Layout, pixels: &mut [u8]) {
    match layout.sample_bytes {
        1 => backward::<u8>(differences, layout, pixels),
        2 => backward::<u16>(differences, layout, pixels),
        4 => backward::<u32>(differences, layout, pixels),
        _ => backward::<u64>(differences, layout, pixels),
    }
}

fn forward<S: Sample>(pixels: &[u8], layout: Layout) -> Vec<u8> {
    let samples: Vec<S> = pixels.chunks_exact(S::BYTES).map(S::read).collect();
    let row = (layout.row_bytes / S::BYTES).max(1);
    let mut differences = Vec::with_capacity(samples.len());
    let mut above: &[S] = &[];
    for row in samples.chunks(row) {
        difference_row(row, above, layout.channels, &mut differences);
        above = row;
    }
    let mut out = Vec::with_capacity(pixels.len());
    for digit in 0..S::BYTES {
        // Carried over, a small negative number is as short as a positive one.
        out.extend(differences.iter().map(|d| d.plus(S::MIDDLES).byte(digit) ^ 0x80));
    }
    out
}

/// Adds the differences of a row; `above` is empty for the first.
fn difference_row<S: Sample>(row: &[S], above: &[S], channels: usize, out: &mut Vec<S>) {
    let start = channels.min(row.len());
    let left = &row[..row.len() - start];
    if above.is_empty() {
        out.extend_from_slice(&row[..start]);
        out.extend(row[start..].iter().zip(left).map(|(here, a)| here.minus(*a)));
        return;
    }
    out.extend(row[..start].iter().zip(above).map(|(here, b)| here.minus(*b)));
    let neighbours = left.iter().zip(&above[start..]).zip(above);
    let expected = neighbours.map(|((a, b), c)| S::median(*a, *b, *c));
    out.extend(row[start..].iter().zip(expected).map(|(here, expected)| here.minus(expected)));
}

fn backward<S: Sample>(differences: &[u8], layout: Layout, pixels: &mut [u8]) {
    let count = differences.len() / S::BYTES;
    let mut samples = vec![S::default(); count];
    for digit in 0..S::BYTES {
        let digits = &differences[digit * count..(digit + 1) * count];
        for (sample, byte) in samples.iter_mut().zip(digits) {
            *sample = sample.with_byte(digit, byte ^ 0x80);
        }
    }
    match layout.channels {
        1 => restore_rows::<S, 1>(&mut samples, layout.row_bytes),
        2 => restore_rows::<S, 2>(&mut samples, layout.row_bytes),
        3 => restore_rows::<S, 3>(&mut samples, layout.row_bytes),
        _ => restore_rows::<S, 4>(&mut samples, layout.row_bytes),
    }
    for (bytes, sample) in pixels.chunks_exact_mut(S::BYTES).zip(&samples) {
        sample.write(bytes);
    }
}

/// Makes samples of differences; the number of channels `C` is known when this is compiled, so
/// that the pixel to the left stays in registers.
fn restore_rows<S: Sample, const C: usize>(samples: &mut [S], row_bytes: usize) {
    let (pixels, _) = samples.as_chunks_mut::<C>();
    let mut above: &[[S; C]] = &[];
    for row in pixels.chunks_mut((row_bytes / S::BYTES / C).max(1)) {
        let mut left = [S::default(); C];
        let mut above_left = left;
        for (x, pixel) in row.iter_mut().enumerate() {
            // The first row has none above it, and expects what is to the left; the first column
            // has nothing to the left, and expects what is above.
            let above = above.get(x).copied();
            let here = above.unwrap_or(above_left);
            if x == 0 {
                left = here;
                above_left = here;
            }
            for c in 0..C {
                let expected = S::median(left[c], here[c], above_left[c]);
                pixel[c] = pixel[c].minus(S::MIDDLES).plus(expected);
            }
            left = *pixel;
            above_left = if above.is_some() { here } else { above_left };
        }
        above = row;
    }
}

/// An unsigned little-endian integer.
trait Sample: Copy + Default {
    const BYTES: usize;
    /// 0x80 in every byte: adding it and taking it away from every byte makes digits of -128 to
    /// 127 of a number.
    const MIDDLES: Self;

    fn read(bytes: &[u8]) -> Self;
    fn write(self, out: &mut [u8]);
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    /// The median of `a`, `b` and `a + b - c`.
    fn median(a: Self, b: Self, c: Self) -> Self;
    fn byte(self, digit: usize) -> u8;
    fn with_byte(self, digit: usize, byte: u8) -> Self;
}

macro_rules! sample {
    ($($integer:ty, $wider:ty);+) => {$(
        impl Sample for $integer {
            const BYTES: usize = size_of::<Self>();
            const MIDDLES: Self = Self::MAX / 0xff * 0x80;

            fn read(bytes: &[u8]) -> Self {
                bytes.first_chunk().map_or(0, |bytes| Self::from_le_bytes(*bytes))
            }

            fn write(self, out: &mut [u8]) {
                out.copy_from_slice(&self.to_le_bytes());
            }

            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            fn median(a: Self, b: Self, c: Self) -> Self {
                let (least, most) = (a.min(b), a.max(b));
                // Without a branch, which nothing could predict.
                let sum = <$wider>::from(a) + <$wider>::from(b) - <$wider>::from(c);
                sum.max(<$wider>::from(least)).min(<$wider>::from(most)) as Self
            }

            fn byte(self, digit: usize) -> u8 {
                (self >> (8 * digit)) as u8
            }

            fn with_byte(self, digit: usize, byte: u8) -> Self {
                self | Self::from(byte) << (8 * digit)
            }
        }
    )+};
}

sample!(u8, i16; u16, i32; u32, i64; u64, i128);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_and_number_of_channels_comes_back() {
        let mut random = fastrand::Rng::with_seed(5);
        for sample_bytes in [1, 2, 4, 8] {
            for (channels, width, rows) in [(1, 1, 1), (3, 1, 4), (4, 7, 1), (2, 5, 3), (3, 9, 6)] {
                let row_bytes = width * channels * sample_bytes;
                let layout = Layout { row_bytes, channels, sample_bytes };
                let mut pixels = vec![0; row_bytes * rows];
                random.fill(&mut pixels);
                let differences = differences(&pixels, layout);
                let mut restored = vec![9; pixels.len()];
                restore(&differences, layout, &mut restored);
                assert_eq!(restored, pixels, "{layout:?}");
            }
        }
    }

    #[test]
    fn a_slope_of_wide_samples_differs_in_the_first_digit_only() {
        let slope = |x: u16, y: u16| (40_000 - 3 * x - 2 * y).to_le_bytes();
        let pixels: Vec<u8> = (0..8).flat_map(|y| (0..50).flat_map(move |x| slope(x, y))).collect();
        let layout = Layout { row_bytes: 100, channels: 1, sample_bytes: 2 };
        let differences = differences(&pixels, layout);
        let high = &differences[400..];
        assert_eq!(high.iter().filter(|digit| **digit != 0).count(), 1, "the first sample's");
    }
}
