//! From brightness and two colour differences to red, green and blue.

/// The factors of one standard and range, in parts of 2^[`SHIFT`].
pub(super) struct Matrix {
    black: i32,
    luma: i32,
    red_of_red: i32,
    green_of_blue: i32,
    green_of_red: i32,
    blue_of_blue: i32,
}

impl Matrix {
    /// What pictures of this size and range are encoded by: BT.709 above standard definition,
    /// else BT.601.
    pub(super) fn of(width: u32, height: u32, full: bool) -> Self {
        let high = width >= HIGH_WIDTH || height > STANDARD_HEIGHT;
        let (red, blue) = if high { (0.2126, 0.0722) } else { (0.299, 0.114) };
        let green = 1.0 - red - blue;
        let (luma, colour) = if full { (1.0, 1.0) } else { (255.0 / 219.0, 255.0 / 224.0) };
        let fixed = |factor: f64| (factor * f64::from(1 << SHIFT)).round() as i32;
        Self {
            black: if full { 0 } else { 16 },
            luma: fixed(luma),
            red_of_red: fixed(colour * 2.0 * (1.0 - red)),
            green_of_blue: fixed(colour * -2.0 * (1.0 - blue) * blue / green),
            green_of_red: fixed(colour * -2.0 * (1.0 - red) * red / green),
            blue_of_blue: fixed(colour * 2.0 * (1.0 - blue)),
        }
    }

    /// Converts a row; each colour sample stands for `1 << columns` pixels.
    pub(super) fn convert_row(
        &self,
        luma: &[u8],
        blue: &[u8],
        red: &[u8],
        columns: u32,
        rgb: &mut [u8],
    ) {
        let samples = blue.iter().zip(red);
        let pairs = luma.chunks(1 << columns).zip(rgb.chunks_mut(3 << columns));
        for ((&blue, &red), (luma, rgb)) in samples.zip(pairs) {
            let (blue, red) = (i32::from(blue) - 128, i32::from(red) - 128);
            let add = [
                red * self.red_of_red,
                blue * self.green_of_blue + red * self.green_of_red,
                blue * self.blue_of_blue,
            ];
            for (&luma, pixel) in luma.iter().zip(rgb.chunks_exact_mut(3)) {
                let luma = self.bright(luma);
                for (out, add) in pixel.iter_mut().zip(add) {
                    *out = whole(luma + add);
                }
            }
        }
    }

    /// Grey to the full range.
    pub(super) fn stretch_grey(&self, samples: &mut [u8]) {
        if self.black > 0 {
            for sample in samples {
                *sample = whole(self.bright(*sample));
            }
        }
    }

    fn bright(&self, luma: u8) -> i32 {
        (i32::from(luma) - self.black) * self.luma
    }
}

/// Rounded, and within a byte.
fn whole(fixed: i32) -> u8 {
    ((fixed + (1 << (SHIFT - 1))) >> SHIFT).clamp(0, 255) as u8
}

const SHIFT: u32 = 16;
/// Standard definition ends here: 720 x 576.
const STANDARD_HEIGHT: u32 = 576;
const HIGH_WIDTH: u32 = 1280;

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(matrix: &Matrix, [y, u, v]: [u8; 3]) -> [u8; 3] {
        let mut rgb = [0; 3];
        matrix.convert_row(&[y], &[u], &[v], 0, &mut rgb);
        rgb
    }

    #[test]
    fn the_colours_of_the_bars_come_back() {
        let standard = Matrix::of(720, 576, false);
        assert_eq!(converted(&standard, [16, 128, 128]), [0, 0, 0]);
        assert_eq!(converted(&standard, [235, 128, 128]), [255, 255, 255]);
        assert_eq!(converted(&standard, [41, 240, 110]), [0, 0, 255]);
        let high = Matrix::of(1280, 720, false);
        assert_eq!(converted(&high, [63, 102, 240]), [255, 1, 0]);
        let full = Matrix::of(320, 240, true);
        assert_eq!(converted(&full, [76, 85, 255]), [254, 0, 0]);
    }

    #[test]
    fn every_sample_is_within_a_hair_of_the_exact_formula() {
        let matrix = Matrix::of(1920, 1080, false);
        for y in (0..=255).step_by(5) {
            for u in (0..=255).step_by(5) {
                let luma = (f64::from(y) - 16.0) * 255.0 / 219.0;
                let blue = luma + (f64::from(u) - 128.0) * 255.0 / 224.0 * 1.8556;
                let rgb = converted(&matrix, [y as u8, u as u8, 128]);
                assert!((f64::from(rgb[2]) - blue.clamp(0.0, 255.0)).abs() <= 0.51, "{y} {u}");
            }
        }
    }
}
