//! Brightness and colour difference (YCbCr) turned into red, green and blue, and back.

mod pack;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use pack::Packer;

/// What YCbCr samples mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ycbcr {
    /// How much of each colour is in the brightness.
    pub matrix: Matrix,
    /// Which sample values are black and white.
    pub range: YcbcrRange,
}

impl Ycbcr {
    /// What is meant when nobody says: BT.601 up to the height of standard definition, else
    /// BT.709, in the narrow range.
    pub fn usual(height: u32) -> Self {
        let matrix = if height <= STANDARD_DEFINITION { Matrix::Bt601 } else { Matrix::Bt709 };
        Self { matrix, range: YcbcrRange::Narrow }
    }
}

/// How much red, green and blue make up the brightness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrix {
    /// ITU-R BT.601: standard definition.
    Bt601,
    /// ITU-R BT.709: high definition.
    Bt709,
    /// ITU-R BT.2020, with constant coefficients.
    Bt2020,
    /// SMPTE 240M.
    Smpte240m,
}

impl Matrix {
    /// The shares of red and blue.
    const fn shares(self) -> (f64, f64) {
        match self {
            Self::Bt601 => (0.299, 0.114),
            Self::Bt709 => (0.2126, 0.0722),
            Self::Bt2020 => (0.2627, 0.0593),
            Self::Smpte240m => (0.212, 0.087),
        }
    }
}

/// Which sample values are black and white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YcbcrRange {
    /// 16 to 235 of 8 bits, colours 16 to 240.
    Narrow,
    /// Every value.
    Full,
}

/// How YCbCr samples are packed into groups, as RFC 4175 does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PackedYcbcr {
    /// Two pixels side by side in four bytes: Cb, Y0, Cr, Y1.
    Ycbcr422In8,
    /// The same in 10 bits each, without gaps, the high bits first: five bytes.
    Ycbcr422In10,
    /// Two by two pixels in six bytes: Y00, Y01, Y10, Y11, Cb, Cr.
    Ycbcr420In8,
}

impl PackedYcbcr {
    /// Bytes of a group.
    pub const fn group_bytes(self) -> usize {
        match self {
            Self::Ycbcr422In8 => 4,
            Self::Ycbcr422In10 => 5,
            Self::Ycbcr420In8 => 6,
        }
    }

    /// Columns and rows of a group.
    pub const fn group_size(self) -> (u32, u32) {
        match self {
            Self::Ycbcr422In8 | Self::Ycbcr422In10 => (2, 1),
            Self::Ycbcr420In8 => (2, 2),
        }
    }

    /// Bits of a sample.
    const fn bits(self) -> u32 {
        match self {
            Self::Ycbcr422In8 | Self::Ycbcr420In8 => 8,
            Self::Ycbcr422In10 => 10,
        }
    }

    /// Turns rows of groups into RGB8 pixels, `width` in a row; a group's pixels share its colour.
    ///
    /// `width` must be even. A row of `out` that a group reaches beyond is left out.
    pub fn write_rgb8(self, groups: &[u8], colour: Ycbcr, width: usize, out: &mut [u8]) {
        let row_bytes = (width / 2 * self.group_bytes()).max(1);
        let lines = (width * 3 * self.group_size().1 as usize).max(1);
        let convert = Conversion::new(colour, self.bits());
        for (row, lines) in groups.chunks_exact(row_bytes).zip(out.chunks_mut(lines)) {
            match self {
                Self::Ycbcr422In8 => row_422(row, lines, &convert),
                Self::Ycbcr422In10 => row_422_10(row, lines, &convert),
                Self::Ycbcr420In8 => row_420(row, lines, width * 3, &convert),
            }
        }
    }
}

impl fmt::Display for PackedYcbcr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ycbcr422In8 => "YCbCr422_8",
            Self::Ycbcr422In10 => "YCbCr422_10",
            Self::Ycbcr420In8 => "YCbCr420_8",
        })
    }
}

fn row_422(row: &[u8], line: &mut [u8], convert: &Conversion) {
    for (&[cb, y0, cr, y1], out) in row.as_chunks().0.iter().zip(line.as_chunks_mut::<6>().0) {
        let colour = convert.colour(i32::from(cb), i32::from(cr));
        write_pair([i32::from(y0), i32::from(y1)], colour, convert, out);
    }
}

fn row_422_10(row: &[u8], line: &mut [u8], convert: &Conversion) {
    for (group, out) in row.as_chunks::<5>().0.iter().zip(line.as_chunks_mut::<6>().0) {
        let bits = group.iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
        let sample = |place: u32| (bits >> (10 * place) & 0x3ff) as i32;
        let colour = convert.colour(sample(3), sample(1));
        write_pair([sample(2), sample(0)], colour, convert, out);
    }
}

fn row_420(row: &[u8], lines: &mut [u8], line_bytes: usize, convert: &Conversion) {
    let (upper, lower) = lines.split_at_mut(line_bytes.min(lines.len()));
    let mut lower = lower.as_chunks_mut::<6>().0.iter_mut();
    for (group, upper) in row.as_chunks::<6>().0.iter().zip(upper.as_chunks_mut::<6>().0) {
        let [y00, y01, y10, y11, cb, cr] = group.map(i32::from);
        let colour = convert.colour(cb, cr);
        write_pair([y00, y01], colour, convert, upper);
        // The last row of an odd height stands alone.
        if let Some(lower) = lower.next() {
            write_pair([y10, y11], colour, convert, lower);
        }
    }
}

fn write_pair(brightness: [i32; 2], colour: [i32; 3], convert: &Conversion, out: &mut [u8; 6]) {
    let [left, right] = brightness.map(|y| convert.rgb(y, colour));
    out[..3].copy_from_slice(&left);
    out[3..].copy_from_slice(&right);
}

/// The factors of one conversion, in [`ONE`]ths.
struct Conversion {
    black: i32,
    middle: i32,
    brightness: i32,
    red_of_cr: i32,
    green_of_cb: i32,
    green_of_cr: i32,
    blue_of_cb: i32,
}

impl Conversion {
    fn new(colour: Ycbcr, bits: u32) -> Self {
        let (red, blue) = colour.matrix.shares();
        let green = 1.0 - red - blue;
        let scale = f64::from(1 << (bits - 8));
        let full = f64::from((1 << bits) - 1);
        let (black, span, colour_span) = match colour.range {
            YcbcrRange::Narrow => (16.0 * scale, 219.0 * scale, 224.0 * scale),
            YcbcrRange::Full => (0.0, full, full),
        };
        let fixed = |factor: f64| (factor * 255.0 * f64::from(ONE)).round() as i32;
        let redness = 2.0 * (1.0 - red) / colour_span;
        let blueness = 2.0 * (1.0 - blue) / colour_span;
        Self {
            black: black as i32,
            middle: 1 << (bits - 1),
            brightness: fixed(1.0 / span),
            red_of_cr: fixed(redness),
            green_of_cb: fixed(-blueness * blue / green),
            green_of_cr: fixed(-redness * red / green),
            blue_of_cb: fixed(blueness),
        }
    }

    /// What the colour adds to red, green and blue; half a step is in it, to round.
    fn colour(&self, cb: i32, cr: i32) -> [i32; 3] {
        let (cb, cr) = (cb - self.middle, cr - self.middle);
        let green = cb * self.green_of_cb + cr * self.green_of_cr;
        [cr * self.red_of_cr, green, cb * self.blue_of_cb].map(|part| part + ONE / 2)
    }

    fn rgb(&self, y: i32, colour: [i32; 3]) -> [u8; 3] {
        let brightness = (y - self.black) * self.brightness;
        colour.map(|part| ((brightness + part) / ONE).clamp(0, 255) as u8)
    }
}

/// Fine enough for 10 bits, and the sum of all parts stays below 2^31.
const ONE: i32 = 1 << 20;
/// Rows of the taller of the two standard definitions.
const STANDARD_DEFINITION: u32 = 576;

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW_601: Ycbcr = Ycbcr { matrix: Matrix::Bt601, range: YcbcrRange::Narrow };
    const NARROW_709: Ycbcr = Ycbcr { matrix: Matrix::Bt709, range: YcbcrRange::Narrow };
    const FULL_601: Ycbcr = Ycbcr { range: YcbcrRange::Full, ..NARROW_601 };

    fn one(y: u8, cb: u8, cr: u8, colour: Ycbcr) -> [u8; 3] {
        let mut out = [0; 6];
        PackedYcbcr::Ycbcr422In8.write_rgb8(&[cb, y, cr, y], colour, 2, &mut out);
        assert_eq!(out[..3], out[3..]);
        [out[0], out[1], out[2]]
    }

    #[test]
    fn known_colours_come_out_right() {
        assert_eq!(one(16, 128, 128, NARROW_601), [0, 0, 0]);
        assert_eq!(one(235, 128, 128, NARROW_601), [255, 255, 255]);
        assert_eq!(one(126, 128, 128, NARROW_709), [128, 128, 128]);
        // Pure red, green and blue as each standard's encoders write them.
        assert_eq!(one(81, 90, 240, NARROW_601), [254, 0, 0]);
        assert_eq!(one(63, 102, 240, NARROW_709), [255, 1, 0]);
        assert_eq!(one(145, 54, 34, NARROW_601), [0, 255, 1]);
        assert_eq!(one(32, 240, 118, NARROW_709), [1, 0, 255]);
        assert_eq!(one(76, 85, 255, FULL_601), [254, 0, 0]);
        assert_eq!(one(0, 128, 128, FULL_601), [0, 0, 0]);
        assert_eq!(one(255, 128, 128, FULL_601), [255, 255, 255]);
    }

    #[test]
    fn every_sample_is_converted_as_real_numbers_are() {
        for colour in [NARROW_601, NARROW_709, FULL_601] {
            for (y, cb, cr) in (0..=255)
                .step_by(5)
                .flat_map(|y| (0..=255).step_by(17).map(move |c| (y, c, 255 - c / 2)))
            {
                let (red, blue) = colour.matrix.shares();
                let (black, span, colours) = match colour.range {
                    YcbcrRange::Narrow => (16.0, 219.0, 224.0),
                    YcbcrRange::Full => (0.0, 255.0, 255.0),
                };
                let [y1, b, r] = [
                    (f64::from(y) - black) / span,
                    (f64::from(cb) - 128.0) / colours,
                    (f64::from(cr) - 128.0) / colours,
                ];
                let red_out = y1 + 2.0 * (1.0 - red) * r;
                let blue_out = y1 + 2.0 * (1.0 - blue) * b;
                let green_out = (y1 - red * red_out - blue * blue_out) / (1.0 - red - blue);
                let expected =
                    [red_out, green_out, blue_out].map(|v| (v * 255.0).clamp(0.0, 255.0));
                for (found, expected) in one(y, cb, cr, colour).iter().zip(expected) {
                    assert!((f64::from(*found) - expected).abs() < 0.51, "{y} {cb} {cr}");
                }
            }
        }
    }

    #[test]
    fn ten_bits_mean_the_same_as_eight() {
        let (y0, y1, cb, cr) = (300_u64, 800_u64, 400_u64, 700_u64);
        let bits = cb << 30 | y0 << 20 | cr << 10 | y1;
        let mut out = [0; 6];
        let group = &bits.to_be_bytes()[3..];
        PackedYcbcr::Ycbcr422In10.write_rgb8(group, NARROW_709, 2, &mut out);
        let mut coarse = [0; 6];
        let eight = [cb, y0, cr, y1].map(|sample| (sample / 4) as u8);
        PackedYcbcr::Ycbcr422In8.write_rgb8(&eight, NARROW_709, 2, &mut coarse);
        for (fine, coarse) in out.iter().zip(coarse) {
            assert!(fine.abs_diff(coarse) <= 1, "{out:?} {coarse:?}");
        }
    }

    #[test]
    fn four_pixels_share_a_colour_and_an_odd_height_ends_with_half_a_group() {
        let groups = [16, 235, 126, 60, 128, 128, 20, 40, 60, 80, 128, 128];
        let mut out = [9; 2 * 3 * 3];
        PackedYcbcr::Ycbcr420In8.write_rgb8(&groups, NARROW_601, 2, &mut out);
        assert_eq!(out[..6], [0, 0, 0, 255, 255, 255]);
        assert_eq!(out[6..9], [128; 3]);
        assert_eq!(out[12..15], [5; 3]);
        assert_eq!(out[15..], [28; 3]);
    }

    #[test]
    fn what_nobody_says_depends_on_the_height() {
        assert_eq!(Ycbcr::usual(576), NARROW_601);
        assert_eq!(Ycbcr::usual(720), NARROW_709);
    }
}
