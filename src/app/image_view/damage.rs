//! What is missing of a picture, hatched over it in the colour of loss.

use std::ops::Range;

use egui::{Painter, Rect, Stroke, Vec2, pos2};

use super::projection::{PixelRect, Projection};
use crate::app::theme::{Meaning, Palette};
use crate::frame::Frame;

/// The pixels that ranges of bytes touch: for each at most a part of a row, whole rows, and
/// another part of a row.
pub(in crate::app) fn rects(missing: &[Range<usize>], frame: &Frame) -> Vec<PixelRect> {
    let width = frame.width() as usize;
    let pixel = frame.format().bytes_per_pixel();
    let end = width * frame.height() as usize;
    let mut rects = Vec::new();
    for bytes in missing.iter().filter(|bytes| !bytes.is_empty()) {
        let pixels = bytes.start / pixel..bytes.end.div_ceil(pixel).min(end);
        push_rows(&mut rects, pixels, width);
    }
    rects
}

fn push_rows(rects: &mut Vec<PixelRect>, pixels: Range<usize>, width: usize) {
    let mut start = pixels.start;
    while start < pixels.end {
        let (row, column) = (start / width, start % width);
        let whole_rows = (pixels.end - start) / width;
        let rect = if column == 0 && whole_rows > 0 {
            PixelRect { columns: 0..width, rows: row..row + whole_rows }
        } else {
            let last = (pixels.end - row * width).min(width);
            PixelRect { columns: column..last, rows: row..row + 1 }
        };
        start = (rect.rows.end - 1) * width + rect.columns.end;
        rects.push(rect);
    }
}

/// Hatches `rects` of a picture.
pub(super) fn paint(
    painter: &Painter,
    palette: &Palette,
    projection: &Projection,
    rects: &[PixelRect],
) {
    for (index, rect) in rects.iter().enumerate() {
        let area = projection.area(rect);
        // Reduced, a lost packet can be thinner than a pixel; it must still be seen.
        let area = Rect::from_center_size(area.center(), area.size().max(Vec2::splat(2.0)));
        let visible = area.intersect(painter.clip_rect());
        if !visible.is_positive() {
            continue;
        }
        painter.rect_filled(visible, 0.0, palette.fill(Meaning::Lost));
        if index < MOST_HATCHED {
            hatch(&painter.with_clip_rect(visible), palette, visible);
        }
    }
}

/// Dark diagonal stripes, in step with those of every other area.
fn hatch(painter: &Painter, palette: &Palette, area: Rect) {
    let stroke = Stroke::new(STRIPE * 0.6, palette.backdrop);
    let height = area.height();
    let first = ((area.left() + area.top() - STRIPE) / STRIPE_STEP).floor();
    let last = ((area.right() + area.bottom() + STRIPE) / STRIPE_STEP).ceil();
    for stripe in first as i32..=last as i32 {
        // A stripe is the line x + y = constant.
        let sum = stripe as f32 * STRIPE_STEP;
        let reach = height + STRIPE;
        let top = pos2(sum - area.top() + STRIPE, area.top() - STRIPE);
        let bottom = pos2(sum - area.top() - reach, area.top() + reach);
        painter.line_segment([top, bottom], stroke);
    }
}

/// Width of a stripe, in points.
const STRIPE: f32 = 6.0;
/// From one stripe to the next, along a row.
const STRIPE_STEP: f32 = 11.0;
/// More areas than these are plain: nobody could tell their stripes apart.
const MOST_HATCHED: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PixelFormat;

    fn damaged(missing: Range<usize>) -> Vec<PixelRect> {
        let frame = Frame::new(10, 4, PixelFormat::BGR8, vec![0; 120]).expect("valid");
        rects(std::slice::from_ref(&missing), &frame)
    }

    fn rect(columns: Range<usize>, rows: Range<usize>) -> PixelRect {
        PixelRect { columns, rows }
    }

    #[test]
    fn a_range_of_bytes_covers_every_pixel_that_it_touches_and_no_other() {
        assert_eq!(damaged(4..5), [rect(1..2, 0..1)]);
        assert_eq!(damaged(5..7), [rect(1..3, 0..1)]);
        assert_eq!(damaged(0..120), [rect(0..10, 0..4)]);
        assert_eq!(damaged(30..90), [rect(0..10, 1..3)]);
        assert_eq!(damaged(24..99), [rect(8..10, 0..1), rect(0..10, 1..3), rect(0..3, 3..4)]);
        assert_eq!(damaged(3..3), []);
    }

    #[test]
    fn a_range_beyond_the_picture_ends_with_it() {
        assert_eq!(damaged(117..4_000), [rect(9..10, 3..4)]);
    }
}
