//! What size a classic frame may have, when only its bytes are known.

use crate::flow::job::Geometry;

/// Sizes that cameras, screens and the classic tutorials use, the likeliest first.
const COMMON: [(u32, u32); 38] = [
    (640, 480),
    (1280, 720),
    (1920, 1080),
    (720, 570),
    (320, 240),
    (800, 600),
    (1024, 768),
    (3840, 2160),
    (720, 576),
    (720, 480),
    (960, 540),
    (640, 360),
    (1280, 960),
    (1280, 1024),
    (1600, 1200),
    (2560, 1440),
    (2048, 1536),
    (2592, 1944),
    (3280, 2464),
    (4056, 3040),
    (1640, 1232),
    (1296, 972),
    (1920, 1200),
    (1440, 900),
    (1366, 768),
    (1440, 1080),
    (2448, 2048),
    (4096, 3000),
    (4096, 2160),
    (848, 480),
    (424, 240),
    (512, 512),
    (256, 256),
    (1024, 1024),
    (224, 224),
    (160, 120),
    (28, 28),
    (512, 424),
];

/// How many guesses beyond the common sizes are worth offering.
const MOST_GUESSES: usize = 8;

/// The geometries that an image of so many bytes may have, the likeliest first; empty when no
/// sensible one fits.
///
/// Common sizes come first, three channels before one and four; then pairs of factors with the
/// shape of a picture, the nearest to 4:3 first.
pub(super) fn candidates(bytes: u64) -> Vec<Geometry> {
    let common = [3_u8, 1, 4].into_iter().flat_map(|channels| {
        COMMON.into_iter().map(move |(width, height)| Geometry { width, height, channels })
    });
    let mut found: Vec<Geometry> = common.filter(|geometry| geometry.bytes() == bytes).collect();
    for channels in [3, 1, 4] {
        for guess in factor_pairs(bytes, channels) {
            if !found.contains(&guess) {
                found.push(guess);
            }
        }
    }
    found
}

fn factor_pairs(bytes: u64, channels: u8) -> Vec<Geometry> {
    if !bytes.is_multiple_of(u64::from(channels)) {
        return Vec::new();
    }
    let pixels = bytes / u64::from(channels);
    let root = pixels.isqrt();
    let mut pairs: Vec<Geometry> = (root / 2 + 1..=root.saturating_mul(2))
        .filter(|width| pixels.is_multiple_of(*width))
        .filter_map(|width| {
            let height = u32::try_from(pixels / width).ok()?;
            Some(Geometry { width: u32::try_from(width).ok()?, height, channels })
        })
        .collect();
    let distance =
        |g: &Geometry| (f64::from(g.width) * 3.0 / (f64::from(g.height) * 4.0)).ln().abs();
    pairs.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    pairs.truncate(MOST_GUESSES);
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry(width: u32, height: u32, channels: u8) -> Geometry {
        Geometry { width, height, channels }
    }

    #[test]
    fn common_sizes_are_recognised() {
        for (width, height, channels) in
            [(720, 570, 3), (640, 480, 3), (1920, 1080, 3), (640, 480, 1), (28, 28, 1)]
        {
            let expected = geometry(width, height, channels);
            assert_eq!(candidates(expected.bytes()).first(), Some(&expected));
        }
    }

    #[test]
    fn uncommon_sizes_are_among_the_guesses() {
        let odd = geometry(750, 500, 3);
        assert!(candidates(odd.bytes()).contains(&odd));
        assert!(candidates(odd.bytes()).iter().all(|guess| guess.bytes() == odd.bytes()));
    }

    #[test]
    fn no_shape_fits_a_prime() {
        assert_eq!(candidates(7919), []);
        assert_eq!(candidates(0), []);
    }
}
