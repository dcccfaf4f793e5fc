//! Which sample values are black and white.

use super::Channel;
use crate::frame::{Frame, SampleType};

/// Which sample values are drawn black and white. White below black shows a negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DisplayRange {
    /// Drawn black.
    pub low: f64,
    /// Drawn white.
    pub high: f64,
}

impl DisplayRange {
    /// All of 8 bits: bytes are shown as they are.
    pub const BYTES: Self = Self { low: 0.0, high: 255.0 };

    /// The range that shows `frame` without a choice of the user's: all of it for 8 and 16 bits,
    /// 0 to 1 for floats that stay within, else the smallest to the largest finite sample.
    pub fn of(frame: &Frame) -> Self {
        let sample = frame.format().sample;
        match sample {
            SampleType::U8 => Self::BYTES,
            SampleType::U16 => Self { low: 0.0, high: 65_535.0 },
            _ => Self::of_samples(frame),
        }
    }

    /// The range that shows the most of this frame: the darkest and the brightest thousandth of
    /// its samples are left to black and white. Large frames are judged by a part of their
    /// pixels, spread evenly.
    pub fn stretched(frame: &Frame, channel: Channel) -> Self {
        let mut values = some_values(frame, channel);
        if values.is_empty() {
            return Self::of(frame);
        }
        let (last, cut) = (values.len() - 1, values.len() / 1_000);
        let mut at = |place: usize| *values.select_nth_unstable_by(place, f64::total_cmp).1;
        for (low, high) in [(at(cut), at(last - cut)), (at(0), at(last))] {
            if low < high {
                return Self { low, high };
            }
        }
        Self { low: values[0], high: values[0] + 1.0 }
    }

    /// What is drawn for a sample.
    pub(super) fn to_byte(self, value: f64) -> u8 {
        // A float cast saturates, and sends not-a-number to 0: black.
        ((value - self.low) * (255.0 / (self.high - self.low)) + 0.5) as u8
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
}

/// The finite samples of at most [`MOST_JUDGED`] pixels.
fn some_values(frame: &Frame, channel: Channel) -> Vec<f64> {
    let format = frame.format();
    let order = format.order;
    let seen = |place: &usize| match channel.place(order) {
        Some(only) => *place == only,
        None => order.position('A') != Some(*place),
    };
    let places: Vec<usize> = (0..order.channels()).filter(seen).collect();
    let pixels = frame.pixels().len() / format.bytes_per_pixel();
    let step = pixels.div_ceil(MOST_JUDGED).max(1);
    let judged = frame.pixels().chunks_exact(format.bytes_per_pixel()).step_by(step);
    let values = judged.flat_map(|pixel| {
        let value = |&place: &usize| format.sample.value(&pixel[place * format.sample.bytes()..]);
        places.iter().map(value).collect::<Vec<_>>()
    });
    values.filter(|value| value.is_finite()).collect()
}

/// So many pixels tell where the darkest and the brightest thousandth lie, in a few milliseconds.
const MOST_JUDGED: usize = 1 << 15;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PixelFormat;

    fn words(values: &[u16]) -> Frame {
        let pixels = values.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        Frame::new(values.len() as u32, 1, PixelFormat::MONO16, pixels).expect("valid")
    }

    #[test]
    fn stretched_a_single_hot_pixel_does_not_darken_the_rest() {
        let mut values: Vec<u16> = (0..4_000).map(|i| 500 + i % 1_000).collect();
        values[17] = u16::MAX;
        let range = DisplayRange::stretched(&words(&values), Channel::All);
        assert!((500.0..510.0).contains(&range.low), "{range:?}");
        assert!((1_490.0..1_500.0).contains(&range.high), "{range:?}");
    }

    #[test]
    fn a_picture_of_one_value_has_a_range_that_can_be_drawn() {
        let range = DisplayRange::stretched(&words(&[7; 100]), Channel::All);
        assert_eq!(range, DisplayRange { low: 7.0, high: 8.0 });
        let nothing = f32::NAN.to_le_bytes().to_vec();
        let frame = Frame::new(1, 1, PixelFormat::MONO32F, nothing).expect("valid");
        assert_eq!(DisplayRange::stretched(&frame, Channel::All), DisplayRange::of(&frame));
    }

    #[test]
    fn only_the_channel_that_is_shown_decides() {
        let pixels = [10, 100, 200].repeat(50).into_iter().chain([20, 110, 210].repeat(50));
        let frame =
            Frame::new(100, 1, PixelFormat::BGR8, pixels.collect::<Vec<u8>>()).expect("valid");
        let range = |channel| DisplayRange::stretched(&frame, channel);
        assert_eq!(range(Channel::Green), DisplayRange { low: 100.0, high: 110.0 });
        assert_eq!(range(Channel::All), DisplayRange { low: 10.0, high: 210.0 });
    }
}
