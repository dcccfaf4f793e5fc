//! Stripes of which every bit comes back.

use super::predict::{Layout, differences, restore};

/// How a stripe is written, in its first byte.
const STORED: u8 = 0;
const REPEATS: u8 = 1;
const DIFFERENCES: u8 = 2;

/// Encodes whole rows of pixels.
pub(super) fn encode(pixels: &[u8], layout: Layout) -> Vec<u8> {
    let repeats = if repeats(pixels) { lz4_flex::block::compress(pixels) } else { Vec::new() };
    if !repeats.is_empty() && repeats.len() <= pixels.len() / PLENTY {
        return tagged(REPEATS, &repeats);
    }
    let smooth = fdeflate::compress_to_vec(&differences(pixels, layout));
    let found = !repeats.is_empty() && repeats.len() <= smooth.len();
    let (tag, best) = if found { (REPEATS, &repeats) } else { (DIFFERENCES, &smooth) };
    if best.len() < pixels.len() { tagged(tag, best) } else { tagged(STORED, pixels) }
}

/// Decodes a stripe into exactly its pixels; `None` when it is not theirs.
pub(super) fn decode(stripe: &[u8], layout: Layout, pixels: &mut [u8]) -> Option<()> {
    let (&tag, content) = stripe.split_first()?;
    match tag {
        STORED if content.len() == pixels.len() => pixels.copy_from_slice(content),
        REPEATS => {
            let length = lz4_flex::block::decompress_into(content, pixels).ok()?;
            return (length == pixels.len()).then_some(());
        }
        DIFFERENCES => {
            let differences = fdeflate::decompress_to_vec_bounded(content, pixels.len()).ok()?;
            if differences.len() != pixels.len() {
                return None;
            }
            restore(&differences, layout, pixels);
        }
        _ => return None,
    }
    Some(())
}

/// Whether a look at the beginning lets expect that something repeats itself: a search in vain
/// takes longer than everything else.
fn repeats(pixels: &[u8]) -> bool {
    let beginning = &pixels[..pixels.len() / SAMPLE];
    beginning.len() < LEAST_SAMPLE
        || lz4_flex::block::compress(beginning).len() <= beginning.len() / 2
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + content.len());
    out.push(tag);
    out.extend_from_slice(content);
    out
}

/// What becomes a part of this by its repetitions alone need not be tried otherwise.
const PLENTY: usize = 8;

/// The part of a stripe that is looked at, and from how many bytes on it says anything.
const SAMPLE: usize = 8;
const LEAST_SAMPLE: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout { row_bytes: 600, channels: 3, sample_bytes: 1 };

    fn kind(pixels: &[u8]) -> u8 {
        let stripe = encode(pixels, LAYOUT);
        let mut decoded = vec![1; pixels.len()];
        assert_eq!(decode(&stripe, LAYOUT, &mut decoded), Some(()));
        assert_eq!(decoded, pixels);
        stripe[0]
    }

    #[test]
    fn each_stripe_is_written_the_way_that_suits_it() {
        let mut random = fastrand::Rng::with_seed(1);
        let drawing: Vec<u8> = (0..24_000).map(|at| if at % 600 < 300 { 9 } else { 200 }).collect();
        assert_eq!(kind(&drawing), REPEATS);
        let photo: Vec<u8> =
            (0..24_000).map(|at| (at % 600 / 4 + at / 600) as u8 + random.u8(..4)).collect();
        assert_eq!(kind(&photo), DIFFERENCES);
        let noise: Vec<u8> = (0..24_000).map(|_| random.u8(..)).collect();
        assert_eq!(kind(&noise), STORED);
    }

    #[test]
    fn a_stripe_of_another_length_is_refused() {
        for pixels in [vec![3; 6000], (0..6000_u32).map(|at| ((at * at) >> 7) as u8).collect()] {
            let stripe = encode(&pixels, LAYOUT);
            for length in [5400, 6600] {
                assert_eq!(decode(&stripe, LAYOUT, &mut vec![0; length]), None);
            }
            assert_eq!(decode(&stripe[..stripe.len() - 1], LAYOUT, &mut vec![0; 6000]), None);
        }
        assert_eq!(decode(&[], LAYOUT, &mut [0; 600]), None);
        assert_eq!(decode(&[STORED; 600], LAYOUT, &mut [0; 600]), None);
        assert_eq!(decode(&[9; 601], LAYOUT, &mut [0; 600]), None);
    }
}
