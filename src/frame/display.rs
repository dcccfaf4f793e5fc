//! Frames made visible: any pixel format to 8-bit RGBA for a screen.

use super::{ChannelOrder, Frame, SampleType};

/// Which sample values are drawn black and white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DisplayRange {
    /// Drawn black.
    pub low: f64,
    /// Drawn white.
    pub high: f64,
}

impl DisplayRange {
    /// The range that shows `frame` without a choice of the user's: all of it for 8 and 16 bits,
    /// 0 to 1 for floats that stay within, else the smallest to the largest finite sample.
    pub fn of(frame: &Frame) -> Self {
        let sample = frame.format().sample;
        match sample {
            SampleType::U8 => Self { low: 0.0, high: 255.0 },
            SampleType::U16 => Self { low: 0.0, high: 65_535.0 },
            _ => Self::of_samples(frame),
        }
    }

    fn of_samples(frame: &Frame) -> Self {
        let sample = frame.format().sample;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in sample.values(frame.pixels()).filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        let unit = Self { low: 0.0, high: 1.0 };
        let within_unit = low >= 0.0 && high <= 1.0;
        if low > high || (within_unit && !sample.is_integer()) {
            return unit;
        }
        if low < high { Self { low, high } } else { Self { low, high: low + 1.0 } }
    }

    fn to_byte(self, value: f64) -> u8 {
        // A float cast saturates, and sends not-a-number to 0: black.
        ((value - self.low) * (255.0 / (self.high - self.low)) + 0.5) as u8
    }
}

/// Writes `frame` as opaque RGBA bytes: four for each pixel, row by row from the top.
///
/// Opacity is not applied but left out: the pixel that was sent is what a person wants to see.
/// 8-bit samples are shown as they are; others are spread over `range`.
///
/// # Panics
/// When `out` is not `4 * width * height` bytes long.
pub fn write_rgba(frame: &Frame, range: DisplayRange, out: &mut [u8]) {
    let pixels = frame.width() as usize * frame.height() as usize;
    assert_eq!(out.len(), pixels * 4, "the output holds four bytes for each pixel");
    let order = frame.format().order;
    if frame.format().sample == SampleType::U8 {
        write_bytes(frame.pixels(), order, out);
    } else {
        write_samples(frame, range, out);
    }
}

fn write_bytes(pixels: &[u8], order: ChannelOrder, out: &mut [u8]) {
    match order {
        ChannelOrder::Mono => expand(pixels, out, |[y]| [y, y, y, 255]),
        ChannelOrder::MonoA => expand(pixels, out, |[y, _]| [y, y, y, 255]),
        ChannelOrder::Rgb => expand(pixels, out, |[r, g, b]| [r, g, b, 255]),
        ChannelOrder::Bgr => expand(pixels, out, |[b, g, r]| [r, g, b, 255]),
        ChannelOrder::Rgba => expand(pixels, out, |[r, g, b, _]| [r, g, b, 255]),
        ChannelOrder::Bgra => expand(pixels, out, |[b, g, r, _]| [r, g, b, 255]),
    }
}

fn expand<const N: usize>(pixels: &[u8], out: &mut [u8], to_rgba: impl Fn([u8; N]) -> [u8; 4]) {
    let (pixels, _) = pixels.as_chunks::<N>();
    let (out, _) = out.as_chunks_mut::<4>();
    for (pixel, out) in pixels.iter().zip(out) {
        *out = to_rgba(*pixel);
    }
}

fn write_samples(frame: &Frame, range: DisplayRange, out: &mut [u8]) {
    let format = frame.format();
    let place = |letter| format.order.position(letter).or_else(|| format.order.position('Y'));
    let places =
        [place('R'), place('G'), place('B')].map(|p| p.unwrap_or(0) * format.sample.bytes());
    let (out, _) = out.as_chunks_mut::<4>();
    for (pixel, out) in frame.pixels().chunks_exact(format.bytes_per_pixel()).zip(out) {
        let [r, g, b] = places.map(|place| range.to_byte(format.sample.value(&pixel[place..])));
        *out = [r, g, b, 255];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PixelFormat;

    fn shown(width: u32, format: PixelFormat, pixels: Vec<u8>) -> Vec<u8> {
        let frame = Frame::new(width, 1, format, pixels).expect("valid");
        let mut out = vec![0; width as usize * 4];
        write_rgba(&frame, DisplayRange::of(&frame), &mut out);
        out
    }

    #[test]
    fn channels_come_out_red_first_and_opaque() {
        assert_eq!(shown(1, PixelFormat::BGR8, vec![1, 2, 3]), [3, 2, 1, 255]);
        assert_eq!(shown(1, PixelFormat::BGRA8, vec![1, 2, 3, 0]), [3, 2, 1, 255]);
        assert_eq!(shown(1, PixelFormat::RGB8, vec![1, 2, 3]), [1, 2, 3, 255]);
        assert_eq!(shown(2, PixelFormat::MONO8, vec![7, 9]), [7, 7, 7, 255, 9, 9, 9, 255]);
    }

    #[test]
    fn sixteen_bits_keep_their_full_range() {
        let pixels = [0_u16, 32_768, 65_535].iter().flat_map(|v| v.to_le_bytes()).collect();
        let out = shown(3, PixelFormat::MONO16, pixels);
        assert_eq!([out[0], out[4], out[8]], [0, 128, 255]);
    }

    #[test]
    fn floats_beyond_one_are_stretched_and_nan_is_black() {
        let pixels = [0.0_f32, 10.0, f32::NAN].iter().flat_map(|v| v.to_le_bytes()).collect();
        let out = shown(3, PixelFormat::MONO32F, pixels);
        assert_eq!([out[0], out[4], out[8]], [0, 255, 0]);
    }
}
