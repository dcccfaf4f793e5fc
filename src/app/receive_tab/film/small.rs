//! Frames made small enough for a strip or a grid, at a cost that depends on the small size only.

use std::ops::Range;

use egui::{Color32, ColorImage};

use crate::app::image_view::missing_areas;
use crate::app::theme::{Meaning, Palette};
use crate::frame::{DisplayRange, Frame, write_rgba};
use crate::net::ReceivedFrame;

/// `received` as [`reduced`] makes it, with what is missing hatched as it is in the large picture.
pub(super) fn reduced_with_damage(received: &ReceivedFrame, most: [u32; 2]) -> ColorImage {
    let mut small = reduced(&received.frame, most);
    hatch(&mut small, &received.frame, &received.missing);
    small
}

/// `frame` within `most` pixels a side each, in its proportions. Smaller frames stay as they are.
///
/// Of each pixel of the result four of the frame's are averaged, whatever its size: enough for a
/// glance, and a large frame costs no more than a small one.
fn reduced(frame: &Frame, most: [u32; 2]) -> ColorImage {
    let (width, height) = (frame.width(), frame.height());
    let scale = (most[0] as f32 / width as f32).min(most[1] as f32 / height as f32).min(1.0);
    let side = |length: u32| ((length as f32 * scale).round() as u32).max(1);
    let (small_width, small_height) = (side(width), side(height));
    let Some(picked) = picked(frame, small_width * 2, small_height * 2) else {
        return ColorImage::default();
    };
    let mut rgba = vec![0; picked.width() as usize * picked.height() as usize * 4];
    write_rgba(&picked, DisplayRange::of(&picked), &mut rgba);
    halved(&rgba, [small_width as usize, small_height as usize])
}

/// `width` times `height` pixels of the frame, evenly spread.
fn picked(frame: &Frame, width: u32, height: u32) -> Option<Frame> {
    let size = frame.format().bytes_per_pixel();
    let columns: Vec<usize> = (0..width).map(|x| place(x, width, frame.width()) * size).collect();
    let mut pixels = Vec::with_capacity(width as usize * height as usize * size);
    for y in 0..height {
        let start = place(y, height, frame.height()) * frame.row_bytes();
        let row = frame.pixels().get(start..start + frame.row_bytes())?;
        for &column in &columns {
            pixels.extend_from_slice(row.get(column..column + size)?);
        }
    }
    Frame::new(width, height, frame.format(), pixels).ok()
}

/// The middle of the `index`th of `parts` of a side.
fn place(index: u32, parts: u32, side: u32) -> usize {
    let place = (u64::from(index) * 2 + 1) * u64::from(side) / (u64::from(parts) * 2);
    place.min(u64::from(side) - 1) as usize
}

/// Averages two by two pixels.
fn halved(rgba: &[u8], [width, height]: [usize; 2]) -> ColorImage {
    let row = width * 2 * 4;
    let mut pixels = Vec::with_capacity(width * height);
    for (above, below) in rgba.chunks_exact(row * 2).map(|rows| rows.split_at(row)) {
        for (a, b) in above.chunks_exact(8).zip(below.chunks_exact(8)) {
            let mean = |c: usize| {
                let sum = [a[c], a[c + 4], b[c], b[c + 4]].map(u16::from).iter().sum::<u16>();
                (sum / 4) as u8
            };
            pixels.push(Color32::from_rgb(mean(0), mean(1), mean(2)));
        }
    }
    ColorImage::new([width, height], pixels)
}

/// Stripes over what is missing. The ground of pictures is near-black in both themes, so that the
/// colours are those of the dark one.
fn hatch(small: &mut ColorImage, frame: &Frame, missing: &[Range<usize>]) {
    let [width, height] = small.size;
    let step = (width / STRIPES).max(LEAST_STEP);
    let (lost, dark) = (Palette::DARK.fill(Meaning::Lost), Palette::DARK.backdrop);
    for area in missing_areas(missing, frame) {
        let columns = scaled(&area.columns, frame.width(), width);
        for y in scaled(&area.rows, frame.height(), height) {
            for x in columns.clone() {
                let striped = (x + y) % step < step / 2;
                small.pixels[y * width + x] = if striped { dark } else { lost };
            }
        }
    }
}

/// The pixels of a small side that a part of a long one touches: one at least.
fn scaled(part: &Range<usize>, long: u32, small: usize) -> Range<usize> {
    let long = long.max(1) as usize;
    let start = (part.start * small / long).min(small.saturating_sub(1));
    start..(part.end * small).div_ceil(long).clamp(start + 1, small.max(start + 1))
}

/// How many stripes lie side by side in a tile.
const STRIPES: usize = 60;
/// From one stripe to the next at least, in pixels: fewer look like a grey of their own.
const LEAST_STEP: usize = 6;

#[cfg(test)]
mod tests {
    use super::super::tests::received;
    use super::*;
    use crate::frame::PixelFormat;

    fn reduced_size(width: u32, height: u32) -> [usize; 2] {
        let bytes = width as usize * height as usize;
        let frame = Frame::new(width, height, PixelFormat::MONO8, vec![9; bytes]).expect("valid");
        let small = reduced(&frame, [88, 54]);
        assert!(small.pixels.iter().all(|pixel| *pixel == Color32::from_gray(9)));
        assert_eq!(small.pixels.len(), small.width() * small.height());
        small.size
    }

    #[test]
    fn proportions_stay() {
        assert_eq!(reduced_size(1920, 1080), [88, 50]);
        assert_eq!(reduced_size(100, 5_000), [1, 54]);
        assert_eq!(reduced_size(3, 2), [3, 2]);
        assert_eq!(reduced_size(1, 1), [1, 1]);
    }

    #[test]
    fn a_small_picture_looks_like_the_large_one() {
        let pixels = [[0_u8, 0, 255].repeat(100), [0, 255, 0].repeat(100)].concat().repeat(100);
        let frame = Frame::new(200, 100, PixelFormat::BGR8, pixels).expect("valid");
        let small = reduced(&frame, [20, 20]);
        assert_eq!(small.size, [20, 10]);
        assert_eq!(small[(2, 5)], Color32::from_rgb(255, 0, 0));
        assert_eq!(small[(17, 5)], Color32::from_rgb(0, 255, 0));
    }

    #[test]
    fn what_is_missing_is_hatched_however_thin_it_is() {
        let mut frame = ReceivedFrame::clone(&received(1, 9, 1000, 1000));
        // A single row, in the middle.
        frame.missing.push(500_000..501_000);
        let small = reduced_with_damage(&frame, [50, 50]);
        let row = |y: usize| &small.pixels[y * 50..(y + 1) * 50];
        let (lost, dark) = (Palette::DARK.fill(Meaning::Lost), Palette::DARK.backdrop);
        assert!(row(25).iter().all(|pixel| [lost, dark].contains(pixel)));
        assert!(row(25).contains(&lost) && row(25).contains(&dark));
        for whole in [24, 26] {
            assert!(row(whole).iter().all(|pixel| *pixel == Color32::from_gray(9)));
        }
    }

    #[test]
    fn a_part_of_a_side_touches_a_pixel_and_none_beyond() {
        assert_eq!(scaled(&(0..1000), 1000, 50), 0..50);
        assert_eq!(scaled(&(999..1000), 1000, 50), 49..50);
        assert_eq!(scaled(&(10..11), 1000, 1), 0..1);
        assert_eq!(scaled(&(3..5), 10, 10), 3..5);
    }
}
