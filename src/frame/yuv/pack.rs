//! Red, green and blue turned into groups of brightness and colour difference.

use std::ops::Range;

use super::{PackedYcbcr, Ycbcr, YcbcrRange};
use crate::frame::{ChannelOrder, Frame, SampleType};

/// Packs the pixels of frames into groups.
#[derive(Clone, Copy, Debug)]
pub struct Packer {
    packing: PackedYcbcr,
    /// The shares of red, green and blue in the brightness.
    shares: [f32; 3],
    black: f32,
    middle: f32,
    /// Steps from black to white.
    span: f32,
    /// Steps that a full unit of blue or red less brightness takes.
    blue_span: f32,
    red_span: f32,
    highest: f32,
}

impl Packer {
    /// Packs in this way, with this meaning of the samples.
    pub fn new(packing: PackedYcbcr, colour: Ycbcr) -> Self {
        let (red, blue) = colour.matrix.shares();
        let bits = packing.bits();
        let scale = f64::from(1 << (bits - 8));
        let full = f64::from((1 << bits) - 1);
        let (black, span, colours) = match colour.range {
            YcbcrRange::Narrow => (16.0 * scale, 219.0 * scale, 224.0 * scale),
            YcbcrRange::Full => (0.0, full, full),
        };
        Self {
            packing,
            shares: [red, 1.0 - red - blue, blue].map(|share| share as f32),
            black: black as f32,
            middle: f64::from(1 << (bits - 1)) as f32,
            span: (span / 255.0) as f32,
            blue_span: (colours / 255.0 / (2.0 * (1.0 - blue))) as f32,
            red_span: (colours / 255.0 / (2.0 * (1.0 - red))) as f32,
            highest: full as f32,
        }
    }

    /// Whether the pixels of `frame` have red, green and blue of 8 bits.
    pub fn takes(frame: &Frame) -> bool {
        places(frame.format().order).is_some() && frame.format().sample == SampleType::U8
    }

    /// Adds the groups to `out` that hold `columns` of row `line`, and of the row below where a group has two. The
    /// columns begin and end with a group; a frame's last row stands in for one that is missing below it.
    pub fn pack(&self, frame: &Frame, line: u32, columns: Range<u32>, out: &mut Vec<u8>) {
        let Some(places) = places(frame.format().order) else { return };
        let rows = self.packing.group_size().1;
        let lines = (line..line + rows).map(|line| line.min(frame.height() - 1) as usize);
        let bytes = frame.row_bytes();
        let pixel = frame.format().bytes_per_pixel();
        let within = columns.start as usize * pixel..columns.end as usize * pixel;
        let mut lines = lines.map(|line| &frame.pixels()[line * bytes..][within.clone()]);
        let upper = lines.next().unwrap_or_default().chunks_exact(2 * pixel);
        let read = |pair: &[u8]| {
            let (left, right) = pair.split_at(pixel);
            [left, right].map(|pixel| places.map(|place| f32::from(pixel[place])))
        };
        match lines.next() {
            None => upper.for_each(|pair| self.group_422(read(pair), out)),
            Some(lower) => upper
                .zip(lower.chunks_exact(2 * pixel))
                .for_each(|(upper, lower)| self.group_420(read(upper), read(lower), out)),
        }
    }

    fn group_422(&self, pixels: [Rgb; 2], out: &mut Vec<u8>) {
        let [cb, cr] = self.colour(mean(&pixels));
        let [y0, y1] = pixels.map(|pixel| self.brightness(pixel));
        if self.packing.bits() == 8 {
            out.extend([cb, y0, cr, y1].map(|sample| sample as u8));
        } else {
            let samples = [cb, y0, cr, y1].into_iter();
            let bits = samples.fold(0_u64, |bits, sample| bits << 10 | u64::from(sample));
            out.extend_from_slice(&bits.to_be_bytes()[3..]);
        }
    }

    fn group_420(&self, upper: [Rgb; 2], lower: [Rgb; 2], out: &mut Vec<u8>) {
        let [cb, cr] = self.colour(mean(&[upper[0], upper[1], lower[0], lower[1]]));
        let [y00, y01] = upper.map(|pixel| self.brightness(pixel));
        let [y10, y11] = lower.map(|pixel| self.brightness(pixel));
        out.extend([y00, y01, y10, y11, cb, cr].map(|sample| sample as u8));
    }

    fn brightness(&self, pixel: Rgb) -> u16 {
        self.sample(self.black + self.luma(pixel) * self.span)
    }

    fn colour(&self, pixel: Rgb) -> [u16; 2] {
        let luma = self.luma(pixel);
        [
            self.sample(self.middle + (pixel[2] - luma) * self.blue_span),
            self.sample(self.middle + (pixel[0] - luma) * self.red_span),
        ]
    }

    fn luma(&self, pixel: Rgb) -> f32 {
        pixel.iter().zip(self.shares).map(|(colour, share)| colour * share).sum()
    }

    fn sample(&self, value: f32) -> u16 {
        (value + 0.5).clamp(0.0, self.highest) as u16
    }
}

/// Red, green and blue of 0 to 255.
type Rgb = [f32; 3];

fn mean(pixels: &[Rgb]) -> Rgb {
    let sum = pixels.iter().fold([0.0; 3], |sum, pixel| [0, 1, 2].map(|at| sum[at] + pixel[at]));
    sum.map(|sum| sum / pixels.len() as f32)
}

/// Where red, green and blue stand in a pixel.
fn places(order: ChannelOrder) -> Option<[usize; 3]> {
    let [red, green, blue] = ['R', 'G', 'B'].map(|letter| order.position(letter));
    Some([red?, green?, blue?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Matrix, PixelFormat};

    const PACKINGS: [PackedYcbcr; 3] =
        [PackedYcbcr::Ycbcr422In8, PackedYcbcr::Ycbcr422In10, PackedYcbcr::Ycbcr420In8];

    fn packed(packing: PackedYcbcr, colour: Ycbcr, frame: &Frame) -> Vec<u8> {
        let packer = Packer::new(packing, colour);
        let mut groups = Vec::new();
        for line in (0..frame.height()).step_by(packing.group_size().1 as usize) {
            packer.pack(frame, line, 0..frame.width(), &mut groups);
        }
        groups
    }

    #[test]
    fn what_is_packed_and_unpacked_is_what_it_was_but_for_rounding() {
        // Blocks of two by two pixels of one colour, so that nothing is lost by sharing it.
        let colours =
            [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 80, 200]];
        let row: Vec<u8> = colours.iter().flat_map(|colour| [*colour; 2].concat()).collect();
        let width = 2 * colours.len();
        let frame = Frame::new(width as u32, 3, PixelFormat::RGB8, row.repeat(3)).expect("valid");
        for range in [YcbcrRange::Narrow, YcbcrRange::Full] {
            for matrix in [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020, Matrix::Smpte240m] {
                for packing in PACKINGS {
                    let colour = Ycbcr { matrix, range };
                    let mut back = vec![0; frame.pixels().len()];
                    packing.write_rgb8(&packed(packing, colour, &frame), colour, width, &mut back);
                    for (was, is) in frame.pixels().iter().zip(&back) {
                        assert!(was.abs_diff(*is) <= 2, "{packing} {colour:?}: {was} {is}");
                    }
                }
            }
        }
    }

    #[test]
    fn known_colours_have_the_samples_of_the_standards() {
        let red = Frame::new(2, 1, PixelFormat::BGR8, [0, 0, 255].repeat(2)).expect("valid");
        let narrow = |matrix| Ycbcr { matrix, range: YcbcrRange::Narrow };
        let packing = PackedYcbcr::Ycbcr422In8;
        assert_eq!(packed(packing, narrow(Matrix::Bt601), &red), [90, 81, 240, 81]);
        assert_eq!(packed(packing, narrow(Matrix::Bt709), &red), [102, 63, 240, 63]);
    }

    #[test]
    fn a_group_is_packed_alone_as_it_is_among_others() {
        let pixels: Vec<u8> = (0..8 * 2 * 4).map(|at| (at * 37) as u8).collect();
        let frame = Frame::new(8, 2, PixelFormat::BGRA8, pixels).expect("valid");
        for packing in PACKINGS {
            let packer = Packer::new(packing, Ycbcr::usual(2));
            let mut alone = Vec::new();
            packer.pack(&frame, 0, 4..6, &mut alone);
            let group = packing.group_bytes();
            assert_eq!(alone, packed(packing, Ycbcr::usual(2), &frame)[2 * group..3 * group]);
        }
    }
}
