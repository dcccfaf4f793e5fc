//! Which bytes of a frame are counted.

use std::ops::Range;

use crate::frame::Frame;

/// The bytes of the whole pixels that are there, of every `row_step`th row, in order.
pub(super) fn present(
    frame: &Frame,
    missing: &[Range<usize>],
    row_step: usize,
) -> Vec<Range<usize>> {
    let pixel = frame.format().bytes_per_pixel();
    let mut parts = Vec::new();
    let mut start = 0;
    let end = frame.pixels().len();
    for gap in missing.iter().filter(|gap| !gap.is_empty()).chain([&(end..end + 1)]) {
        let stop = (gap.start / pixel * pixel).min(end);
        if start < stop {
            push_rows(&mut parts, start..stop, frame.row_bytes(), row_step);
        }
        start = start.max(gap.end.div_ceil(pixel) * pixel);
    }
    parts
}

fn push_rows(parts: &mut Vec<Range<usize>>, run: Range<usize>, row_bytes: usize, row_step: usize) {
    if row_step == 1 {
        parts.push(run);
        return;
    }
    let first_row = (run.start / row_bytes).next_multiple_of(row_step);
    for row in (first_row..run.end.div_ceil(row_bytes)).step_by(row_step) {
        let row = row * row_bytes..(row + 1) * row_bytes;
        parts.push(row.start.max(run.start)..row.end.min(run.end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PixelFormat;

    /// Each range as where it starts and where it ends.
    fn parts(missing: &[(usize, usize)], row_step: usize) -> Vec<(usize, usize)> {
        let frame = Frame::new(10, 5, PixelFormat::MONO16, vec![0; 100]).expect("valid");
        let missing: Vec<_> = missing.iter().map(|&(start, end)| start..end).collect();
        let parts = present(&frame, &missing, row_step);
        parts.into_iter().map(|part| (part.start, part.end)).collect()
    }

    #[test]
    fn a_pixel_that_lacks_a_byte_is_left_out() {
        assert_eq!(parts(&[], 1), [(0, 100)]);
        assert_eq!(parts(&[(3, 5), (99, 100)], 1), [(0, 2), (6, 98)]);
        assert_eq!(parts(&[(0, 100)], 1), []);
        assert_eq!(parts(&[(4, 4)], 1), [(0, 100)]);
    }

    #[test]
    fn rows_between_the_steps_are_left_out() {
        assert_eq!(parts(&[], 2), [(0, 20), (40, 60), (80, 100)]);
        assert_eq!(parts(&[(10, 50)], 2), [(0, 10), (50, 60), (80, 100)]);
        assert_eq!(parts(&[(10, 50)], 3), [(0, 10), (60, 80)]);
    }
}
