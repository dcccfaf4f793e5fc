//! Parity of one frame, as its sender makes it.

use std::borrow::Cow;

use reed_solomon_simd::ReedSolomonEncoder;

use crate::wire::pixelwire::{Cut, ParityPlace};

use super::{MOST_SHARE, exclusive_or};

/// How many standard deviations of chance the parity of a frame of several blocks covers.
const DEVIATIONS: f64 = 5.0;

/// The parity payloads of one frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parity {
    cut: Cut,
    /// Parity payloads of each block.
    count: u16,
    /// The first payload of every block, the second of every block, and so on: what leaves
    /// together belongs to different blocks, so that a burst is shared among them.
    bytes: Vec<u8>,
}

impl Parity {
    /// Parity for a frame that is sent in payloads of `chunk` bytes, against the loss of `share`
    /// of its packets (0 to [`MOST_SHARE`]).
    ///
    /// `None` when nothing is to be lost, or the frame cannot have parity: an odd chunk, or more
    /// than 2 GiB.
    pub fn of(pixels: &[u8], chunk: u16, share: f64) -> Option<Self> {
        let cut = Cut::new(u32::try_from(pixels.len()).ok()?, chunk)?;
        let count = count(cut, share);
        if count == 0 || !cut.takes_parity() {
            return None;
        }
        let packets = usize::from(count) * cut.blocks() as usize;
        let mut parity = Self { cut, count, bytes: vec![0; packets * cut.shard()] };
        if count == 1 {
            parity.add_up(pixels);
        } else {
            parity.encode(pixels)?;
        }
        Some(parity)
    }

    /// How the frame is cut that this belongs to.
    pub fn cut(&self) -> Cut {
        self.cut
    }

    /// How many parity packets there are.
    pub fn packets(&self) -> u32 {
        u32::from(self.count) * self.cut.blocks()
    }

    /// Packet number `packet`: its place and its payload.
    pub fn packet(&self, packet: u32) -> Option<(ParityPlace, &[u8])> {
        let blocks = self.cut.blocks();
        let place = ParityPlace {
            block: (packet % blocks) as u8,
            index: (packet / blocks) as u16,
            count: self.count,
        };
        let payload = self.bytes.chunks(self.cut.shard()).nth(packet as usize)?;
        Some((place, payload))
    }

    fn add_up(&mut self, pixels: &[u8]) {
        let (cut, shard) = (self.cut, self.cut.shard());
        for (block, sum) in (0..).zip(self.bytes.chunks_mut(shard)) {
            for index in cut.chunks_of(block) {
                exclusive_or(sum, &pixels[cut.range(index)]);
            }
        }
    }

    fn encode(&mut self, pixels: &[u8]) -> Option<()> {
        let (cut, shard, count) = (self.cut, self.cut.shard(), usize::from(self.count));
        let blocks = cut.blocks();
        let payloads = |block| cut.chunks_of(block).count();
        let mut encoder = ReedSolomonEncoder::new(payloads(0), count, shard).ok()?;
        for block in 0..blocks {
            if block > 0 {
                encoder.reset(payloads(block), count, shard).ok()?;
            }
            for index in cut.chunks_of(block) {
                encoder.add_original_shard(padded(&pixels[cut.range(index)], shard)).ok()?;
            }
            let places = self.bytes.chunks_mut(shard).skip(block as usize).step_by(blocks as usize);
            for (place, payload) in places.zip(encoder.encode().ok()?.recovery_iter()) {
                place.copy_from_slice(payload);
            }
        }
        Some(())
    }
}

/// A payload as long as a parity payload: the last one of a frame is filled up with zeros.
pub(super) fn padded(payload: &[u8], shard: usize) -> Cow<'_, [u8]> {
    if payload.len() == shard {
        return Cow::Borrowed(payload);
    }
    let mut padded = payload.to_vec();
    padded.resize(shard, 0);
    Cow::Owned(padded)
}

/// How many parity payloads each block needs so that `share` of all packets may be lost.
fn count(cut: Cut, share: f64) -> u16 {
    if share.is_nan() || share <= 0.0 {
        return 0;
    }
    let share = share.min(MOST_SHARE);
    let payloads = f64::from(cut.block_chunks());
    let packets = payloads / (1.0 - share);
    let chance = if cut.blocks() > 1 { DEVIATIONS * (packets * share).sqrt() } else { 0.0 };
    // The thousandth is for sums such as 0.1 x 9 / 0.9, which come out a little above 1.
    let needed = (packets * share + chance - 0.001).ceil();
    needed.clamp(1.0, payloads) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_as_much_parity_as_the_share_may_take_of_all_packets() {
        for share in [0.01, 0.05, 0.1, 0.2, 0.333, 0.5] {
            for chunks in 1..3000_u32 {
                let cut = Cut::new(chunks * 1400, 1400).expect("not empty");
                let count = u32::from(count(cut, share));
                let lost = (f64::from(chunks + count) * share + 1e-9).floor() as u32;
                assert!(lost <= count, "{share} of {chunks} + {count}");
                let spare = f64::from(count) - f64::from(chunks) * share / (1.0 - share);
                assert!(spare <= 1.0, "{share} of {chunks} + {count} is too much");
            }
        }
    }

    #[test]
    fn nothing_to_be_lost_needs_no_parity() {
        for share in [0.0, -1.0, f64::NAN] {
            assert_eq!(Parity::of(&[1; 5000], 1400, share), None);
        }
        assert_eq!(Parity::of(&[], 1400, 0.1), None);
        assert_eq!(Parity::of(&[1; 5000], 1401, 0.1), None);
    }

    #[test]
    fn the_largest_frames_keep_within_what_the_code_can() {
        for (length, chunk) in [(u32::MAX >> 1, 256), (u32::MAX >> 1, 65_450), (8 << 20, 256)] {
            let cut = Cut::new(length, chunk).expect("not empty");
            assert!(cut.takes_parity());
            let count = usize::from(count(cut, 0.5));
            assert!(ReedSolomonEncoder::supports(cut.block_chunks() as usize, count));
        }
    }

    #[test]
    fn a_single_parity_payload_is_the_exclusive_or() {
        let pixels: Vec<u8> = (0..=255).cycle().take(700).collect();
        let parity = Parity::of(&pixels, 256, 0.1).expect("small");
        assert_eq!(parity.packets(), 1);
        let (place, payload) = parity.packet(0).expect("one");
        assert_eq!(place, ParityPlace { block: 0, index: 0, count: 1 });
        assert_eq!(payload[3], pixels[3] ^ pixels[259] ^ pixels[515]);
        assert_eq!(payload[255], pixels[255] ^ pixels[511]);
        assert_eq!(parity.packet(1), None);
    }
}
