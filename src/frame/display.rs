//! Frames made visible: any pixel format to 8-bit RGBA for a screen.

mod range;

use super::{ChannelOrder, Frame, PixelFormat, SampleType};

pub use range::DisplayRange;

/// Which channels of a picture are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Channel {
    /// All of them, as colours; opacity is left out.
    #[default]
    All,
    /// Red alone, as grey.
    Red,
    /// Green alone, as grey.
    Green,
    /// Blue alone, as grey.
    Blue,
    /// Opacity alone, as grey.
    Alpha,
}

impl Channel {
    /// Every choice, in the order in which they are offered.
    pub const CHOICES: [Self; 5] = [Self::All, Self::Red, Self::Green, Self::Blue, Self::Alpha];

    /// The letter of the channel; `None` for all.
    pub const fn letter(self) -> Option<char> {
        match self {
            Self::All => None,
            Self::Red => Some('R'),
            Self::Green => Some('G'),
            Self::Blue => Some('B'),
            Self::Alpha => Some('A'),
        }
    }

    /// Where the one channel lies in a pixel; `None` when all are shown, because all are asked for
    /// or because the picture has no such channel.
    pub fn place(self, order: ChannelOrder) -> Option<usize> {
        self.letter().and_then(|letter| order.position(letter))
    }
}

/// How samples become shades of the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Display {
    /// What is shown.
    pub channel: Channel,
    /// From black to white.
    pub range: DisplayRange,
}

impl Display {
    /// Shows `frame` without a choice of the user's.
    pub fn of(frame: &Frame) -> Self {
        Self { channel: Channel::All, range: DisplayRange::of(frame) }
    }

    /// Writes `frame` as opaque RGBA bytes: four for each pixel, row by row from the top.
    ///
    /// Opacity is not applied but left out: the pixel that was sent is what a person wants to see.
    ///
    /// # Panics
    /// When `out` is not `4 * width * height` bytes long.
    pub fn write(self, frame: &Frame, out: &mut [u8]) {
        let pixels = frame.width() as usize * frame.height() as usize;
        assert_eq!(out.len(), pixels * 4, "the output holds four bytes for each pixel");
        self.write_pixels(frame.format(), frame.pixels(), out);
    }

    /// Red, green and blue of the pixel at `x`, `y` as it is shown; `None` outside the picture.
    pub fn color_at(self, frame: &Frame, x: u32, y: u32) -> Option<[u8; 3]> {
        let mut rgba = [0; 4];
        self.write_pixels(frame.format(), frame.pixel(x, y)?, &mut rgba);
        rgba.first_chunk().copied()
    }

    fn write_pixels(self, format: PixelFormat, pixels: &[u8], out: &mut [u8]) {
        let place = self.channel.place(format.order);
        match format.sample {
            SampleType::U8 if self.range == DisplayRange::BYTES => {
                write_bytes(pixels, (format.order, place), out, |byte| byte);
            }
            SampleType::U8 => {
                let table: [u8; 256] = std::array::from_fn(|byte| self.range.to_byte(byte as f64));
                let shade = |byte| table[usize::from(byte)];
                write_bytes(pixels, (format.order, place), out, shade);
            }
            SampleType::U16 if pixels.len() > 2 * WORDS => {
                let table: Vec<u8> =
                    (0..WORDS).map(|word| self.range.to_byte(word as f64)).collect();
                let shade =
                    |word: &[u8]| table[usize::from(u16::from_le_bytes([word[0], word[1]]))];
                write_samples(pixels, format, place, out, shade);
            }
            sample => {
                let shade = |bytes: &[u8]| self.range.to_byte(sample.value(bytes));
                write_samples(pixels, format, place, out, shade);
            }
        }
    }
}

/// [`Display::write`] of all channels over `range`.
///
/// # Panics
/// When `out` is not `4 * width * height` bytes long.
pub fn write_rgba(frame: &Frame, range: DisplayRange, out: &mut [u8]) {
    Display { channel: Channel::All, range }.write(frame, out);
}

/// Generic over the shade, so that bytes which are shown as they are cost no more than a copy.
fn write_bytes(
    pixels: &[u8],
    (order, place): (ChannelOrder, Option<usize>),
    out: &mut [u8],
    s: impl Fn(u8) -> u8,
) {
    if let Some(place) = place {
        return match order.channels() {
            2 => expand(pixels, out, |pixel: [u8; 2]| grey(s(pixel[place]))),
            3 => expand(pixels, out, |pixel: [u8; 3]| grey(s(pixel[place]))),
            _ => expand(pixels, out, |pixel: [u8; 4]| grey(s(pixel[place]))),
        };
    }
    match order {
        ChannelOrder::Mono => expand(pixels, out, |[y]| grey(s(y))),
        ChannelOrder::MonoA => expand(pixels, out, |[y, _]| grey(s(y))),
        ChannelOrder::Rgb => expand(pixels, out, |[r, g, b]| [s(r), s(g), s(b), 255]),
        ChannelOrder::Bgr => expand(pixels, out, |[b, g, r]| [s(r), s(g), s(b), 255]),
        ChannelOrder::Rgba => expand(pixels, out, |[r, g, b, _]| [s(r), s(g), s(b), 255]),
        ChannelOrder::Bgra => expand(pixels, out, |[b, g, r, _]| [s(r), s(g), s(b), 255]),
    }
}

const fn grey(shade: u8) -> [u8; 4] {
    [shade, shade, shade, 255]
}

fn expand<const N: usize>(pixels: &[u8], out: &mut [u8], to_rgba: impl Fn([u8; N]) -> [u8; 4]) {
    let (pixels, _) = pixels.as_chunks::<N>();
    let (out, _) = out.as_chunks_mut::<4>();
    for (pixel, out) in pixels.iter().zip(out) {
        *out = to_rgba(*pixel);
    }
}

fn write_samples(
    pixels: &[u8],
    format: PixelFormat,
    only: Option<usize>,
    out: &mut [u8],
    shade: impl Fn(&[u8]) -> u8,
) {
    let place = |letter| {
        let of_letter = || format.order.position(letter).or_else(|| format.order.position('Y'));
        only.or_else(of_letter).unwrap_or(0) * format.sample.bytes()
    };
    let places = ['R', 'G', 'B'].map(place);
    let (out, _) = out.as_chunks_mut::<4>();
    for (pixel, out) in pixels.chunks_exact(format.bytes_per_pixel()).zip(out) {
        let [r, g, b] = places.map(|place| shade(&pixel[place..]));
        *out = [r, g, b, 255];
    }
}

/// How many values a 16-bit word has.
const WORDS: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(display: Option<Display>, width: u32, format: PixelFormat, pixels: &[u8]) -> Vec<u8> {
        let frame = Frame::new(width, 1, format, pixels.to_vec()).expect("valid");
        let mut out = vec![0; width as usize * 4];
        display.unwrap_or_else(|| Display::of(&frame)).write(&frame, &mut out);
        out
    }

    fn shown(width: u32, format: PixelFormat, pixels: &[u8]) -> Vec<u8> {
        drawn(None, width, format, pixels)
    }

    fn window(channel: Channel, low: f64, high: f64) -> Display {
        Display { channel, range: DisplayRange { low, high } }
    }

    #[test]
    fn channels_come_out_red_first_and_opaque() {
        assert_eq!(shown(1, PixelFormat::BGR8, &[1, 2, 3]), [3, 2, 1, 255]);
        assert_eq!(shown(1, PixelFormat::BGRA8, &[1, 2, 3, 0]), [3, 2, 1, 255]);
        assert_eq!(shown(1, PixelFormat::RGB8, &[1, 2, 3]), [1, 2, 3, 255]);
        assert_eq!(shown(2, PixelFormat::MONO8, &[7, 9]), [7, 7, 7, 255, 9, 9, 9, 255]);
    }

    #[test]
    fn one_channel_alone_is_grey_in_every_format_that_has_it() {
        for format in PixelFormat::all() {
            let sample = format.sample;
            let of = |value: u8| match sample {
                SampleType::F32 => f32::from(value).to_le_bytes().to_vec(),
                SampleType::F64 => f64::from(value).to_le_bytes().to_vec(),
                _ => [&[value][..], &[0; 7]].concat()[..sample.bytes()].to_vec(),
            };
            let pixel: Vec<u8> = (1..=format.order.channels() as u8).flat_map(of).collect();
            for channel in Channel::CHOICES {
                let Some(place) = channel.place(format.order) else { continue };
                let grey = place as u8 + 1;
                let out = drawn(Some(window(channel, 0.0, 255.0)), 1, format, &pixel);
                assert_eq!(out, [grey, grey, grey, 255], "{channel:?} of {format}");
            }
        }
    }

    #[test]
    fn a_channel_that_a_picture_has_not_leaves_all_of_it() {
        let out = drawn(Some(window(Channel::Red, 0.0, 255.0)), 1, PixelFormat::MONO8, &[7]);
        assert_eq!(out, [7, 7, 7, 255]);
    }

    #[test]
    fn sixteen_bits_keep_their_full_range() {
        let pixels: Vec<u8> =
            [0_u16, 32_768, 65_535].into_iter().flat_map(u16::to_le_bytes).collect();
        let out = shown(3, PixelFormat::MONO16, &pixels);
        assert_eq!([out[0], out[4], out[8]], [0, 128, 255]);
    }

    #[test]
    fn floats_beyond_one_are_stretched_and_nan_is_black() {
        let pixels: Vec<u8> =
            [0.0_f32, 10.0, f32::NAN].into_iter().flat_map(f32::to_le_bytes).collect();
        let out = shown(3, PixelFormat::MONO32F, &pixels);
        assert_eq!([out[0], out[4], out[8]], [0, 255, 0]);
    }

    #[test]
    fn black_and_white_points_are_black_and_white_and_what_lies_beyond_too() {
        let bytes = drawn(
            Some(window(Channel::All, 50.0, 100.0)),
            5,
            PixelFormat::MONO8,
            &[0, 50, 60, 100, 255],
        );
        let words: Vec<u8> =
            [0_u16, 50, 60, 100, 255].into_iter().flat_map(u16::to_le_bytes).collect();
        let words = drawn(Some(window(Channel::All, 50.0, 100.0)), 5, PixelFormat::MONO16, &words);
        for out in [bytes, words] {
            let shades: Vec<u8> = out.iter().step_by(4).copied().collect();
            assert_eq!(shades, [0, 0, 51, 255, 255]);
        }
    }

    #[test]
    fn a_table_of_words_gives_what_single_words_give() {
        let range = DisplayRange { low: 1_000.0, high: 40_000.0 };
        let display = Display { channel: Channel::All, range };
        let words: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
        let twice = words.repeat(2);
        let frame = Frame::new(1 << 16, 2, PixelFormat::MONO16, twice).expect("valid");
        let mut out = vec![0; 4 << 17];
        display.write(&frame, &mut out);
        for word in (0..1 << 16).step_by(97) {
            let [shade, ..] = display.color_at(&frame, word, 1).expect("inside");
            assert_eq!(out[4 * word as usize], shade, "{word}");
        }
    }
}
