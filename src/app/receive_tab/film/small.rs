//! Frames made small enough for a strip or a grid, at a cost that depends on the small size only.

use egui::{Color32, ColorImage};

use crate::frame::{DisplayRange, Frame, write_rgba};

/// `frame` within `most` pixels a side each, in its proportions. Smaller frames stay as they are.
///
/// Of each pixel of the result four of the frame's are averaged, whatever its size: enough for a
/// glance, and a large frame costs no more than a small one.
pub(super) fn reduced(frame: &Frame, most: [u32; 2]) -> ColorImage {
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

#[cfg(test)]
mod tests {
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
}
