//! Drawing for the test pattern: rectangles, discs and digits on blue-green-red pixels.

use std::ops::Range;

use crate::frame::Frame;

/// A frame in BGR8 that is drawn on. What lies outside is cut off.
pub(super) struct Canvas<'a> {
    frame: &'a mut Frame,
}

impl<'a> Canvas<'a> {
    pub(super) fn over(frame: &'a mut Frame) -> Self {
        Self { frame }
    }

    pub(super) fn width(&self) -> usize {
        self.frame.width() as usize
    }

    pub(super) fn height(&self) -> usize {
        self.frame.height() as usize
    }

    pub(super) fn fill(&mut self, columns: Range<usize>, rows: Range<usize>, color: [u8; 3]) {
        let columns = columns.start.min(self.width())..columns.end.min(self.width());
        let width = self.width();
        let rows = rows.start..rows.end.min(self.height());
        let [grey, ..] = color;
        let is_grey = color == [grey; 3];
        let pixels = self.frame.pixels_mut();
        for y in rows {
            let part = 3 * (y * width + columns.start)..3 * (y * width + columns.end);
            if is_grey {
                // The system's fastest way to fill memory.
                pixels[part].fill(grey);
            } else {
                pixels[part].as_chunks_mut::<3>().0.fill(color);
            }
        }
    }

    /// Makes a part look as it does in `original`, which has the same size.
    pub(super) fn restore(&mut self, original: &Frame, columns: Range<usize>, rows: Range<usize>) {
        let columns = columns.start.min(self.width())..columns.end.min(self.width());
        for y in rows.start..rows.end.min(self.height()) {
            let row = y * self.width();
            let bytes = 3 * (row + columns.start)..3 * (row + columns.end);
            self.frame.pixels_mut()[bytes.clone()].copy_from_slice(&original.pixels()[bytes]);
        }
    }

    pub(super) fn disc(&mut self, (x, y): (usize, usize), radius: usize, color: [u8; 3]) {
        for row in y.saturating_sub(radius)..=y + radius {
            let away = row.abs_diff(y);
            let half = (radius * radius - away * away).isqrt();
            self.fill(x.saturating_sub(half)..x + half + 1, row..row + 1, color);
        }
    }

    /// Writes decimal digits, each [`DIGIT_ADVANCE`] x `scale` wide and five `scale` high.
    pub(super) fn digits(
        &mut self,
        text: &str,
        (left, top): (usize, usize),
        scale: usize,
        color: [u8; 3],
    ) {
        for (place, digit) in text.bytes().enumerate() {
            let shape = DIGITS[usize::from(digit.saturating_sub(b'0')).min(9)];
            for (row, bits) in shape.into_iter().enumerate() {
                for column in (0..3).filter(|column| bits >> (2 - column) & 1 == 1) {
                    let x = left + (place * DIGIT_ADVANCE + column) * scale;
                    let y = top + row * scale;
                    self.fill(x..x + scale, y..y + scale, color);
                }
            }
        }
    }
}

/// Units of `scale` from one digit to the next.
pub(super) const DIGIT_ADVANCE: usize = 4;

/// Three bits for each of five rows.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];
