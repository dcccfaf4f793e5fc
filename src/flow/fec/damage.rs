//! A block with payloads missing, and their restoration.

use std::fmt;

use reed_solomon_simd::ReedSolomonDecoder;

use crate::wire::pixelwire::Cut;

use super::exclusive_or;
use super::parity::padded;

/// A block of which enough has arrived to restore the rest: a copy, so that it can be restored by
/// another thread.
pub struct Damage {
    missing: Vec<u32>,
    shard: usize,
    work: Work,
}

enum Work {
    /// The exclusive or of all that arrived, which is the one payload that did not.
    Done(Vec<u8>),
    Decode(Box<ReedSolomonDecoder>),
}

impl Damage {
    /// Gathers `block` of a frame: its payloads in `pixels` but those that are missing, and as
    /// much of its `parity`, by index, as is needed. `count` parity payloads were sent.
    ///
    /// `None` when nothing is missing or too little has arrived.
    pub fn gather(
        cut: Cut,
        block: u32,
        count: u16,
        pixels: &[u8],
        is_missing: impl Fn(u32) -> bool,
        parity: &[(u16, Box<[u8]>)],
    ) -> Option<Self> {
        let missing: Vec<u32> = cut.chunks_of(block).filter(|&index| is_missing(index)).collect();
        if missing.is_empty() || missing.len() > parity.len() {
            return None;
        }
        let shard = cut.shard();
        let here = cut.chunks_of(block).enumerate().filter(|&(_, index)| !is_missing(index));
        if count == 1 {
            let mut sum = parity.first()?.1.to_vec();
            here.for_each(|(_, index)| exclusive_or(&mut sum, &pixels[cut.range(index)]));
            return Some(Self { missing, shard, work: Work::Done(sum) });
        }
        let payloads = cut.chunks_of(block).count();
        let mut decoder = ReedSolomonDecoder::new(payloads, usize::from(count), shard).ok()?;
        for (place, index) in here {
            decoder.add_original_shard(place, padded(&pixels[cut.range(index)], shard)).ok()?;
        }
        for (index, payload) in &parity[..missing.len()] {
            decoder.add_recovery_shard(usize::from(*index), payload).ok()?;
        }
        Some(Self { missing, shard, work: Work::Decode(Box::new(decoder)) })
    }

    /// Bytes of memory that gathering a block takes at most.
    pub fn memory(cut: Cut, count: u16) -> usize {
        let (payloads, parity) = (cut.block_chunks() as usize, usize::from(count));
        let transform = payloads.next_power_of_two() + parity.next_power_of_two();
        let shard = cut.shard().next_multiple_of(64);
        if parity == 1 { shard } else { transform.next_power_of_two() * shard }
    }

    /// The missing payloads; `None` when they cannot be had after all.
    pub fn restore(self) -> Option<Restored> {
        let Self { missing, shard, work } = self;
        let bytes = match work {
            Work::Done(bytes) => bytes,
            Work::Decode(mut decoder) => {
                let mut bytes = Vec::with_capacity(missing.len() * shard);
                let result = decoder.decode().ok()?;
                result
                    .restored_original_iter()
                    .for_each(|(_, payload)| bytes.extend_from_slice(payload));
                bytes
            }
        };
        (bytes.len() == missing.len() * shard).then_some(Restored { missing, shard, bytes })
    }
}

impl fmt::Debug for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Damage").field("missing", &self.missing).finish_non_exhaustive()
    }
}

/// Payloads that were missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    missing: Vec<u32>,
    shard: usize,
    bytes: Vec<u8>,
}

impl Restored {
    /// Each payload with its index in the frame; the frame's last one is followed by zeros.
    pub fn payloads(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.missing.iter().copied().zip(self.bytes.chunks(self.shard))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::fec::Parity;

    /// Loses `lost` packets (payloads first, then parity) and restores what can be restored.
    fn restored(length: usize, chunk: u16, share: f64, lost: &[u32]) -> Option<bool> {
        let mut random = fastrand::Rng::with_seed(length as u64);
        let mut pixels = vec![0; length];
        random.fill(&mut pixels);
        let parity = Parity::of(&pixels, chunk, share).expect("parity");
        let cut = parity.cut();
        let mut damaged = pixels.clone();
        let is_missing = |index| lost.contains(&index);
        (0..cut.chunks()).filter(|&index| is_missing(index)).for_each(|index| {
            damaged[cut.range(index)].fill(0);
        });
        for block in 0..cut.blocks() {
            let (mut count, mut arrived) = (0, Vec::new());
            for packet in 0..parity.packets() {
                let (place, payload) = parity.packet(packet).expect("there");
                count = place.count;
                if u32::from(place.block) == block && !is_missing(cut.chunks() + packet) {
                    arrived.push((place.index, Box::from(payload)));
                }
            }
            if !cut.chunks_of(block).any(is_missing) {
                continue;
            }
            let damage = Damage::gather(cut, block, count, &damaged, is_missing, &arrived)?;
            for (index, payload) in damage.restore()?.payloads() {
                let place = &mut damaged[cut.range(index)];
                place.copy_from_slice(&payload[..place.len()]);
            }
        }
        Some(damaged == pixels)
    }

    #[test]
    fn any_packets_up_to_the_share_are_restored() {
        let mut random = fastrand::Rng::with_seed(3);
        for share in [0.02, 0.1, 0.3, 0.5] {
            for length in [1, 2, 999, 1400, 2801, 40_000, 300_001] {
                let pixels = vec![1; length];
                let parity = Parity::of(&pixels, 1400, share).expect("parity");
                let packets = parity.cut().chunks() + parity.packets();
                let lost = (f64::from(packets) * share).floor() as usize;
                let lost = random.choose_multiple(0..packets, lost);
                assert_eq!(restored(length, 1400, share, &lost), Some(true), "{length} {share}");
                let tail = parity.cut().chunks() - 1;
                assert_eq!(restored(length, 1400, share, &[tail]), Some(true), "{length} {share}");
            }
        }
    }

    #[test]
    fn several_blocks_are_restored_each_by_its_own_parity() {
        let mut random = fastrand::Rng::with_seed(4);
        let length = (8 << 20) + 12_345;
        let parity = Parity::of(&vec![1; length], 8000, 0.05).expect("parity");
        assert_eq!(parity.cut().blocks(), 2);
        let packets = parity.cut().chunks() + parity.packets();
        let burst: Vec<u32> = (500..500 + packets / 20).collect();
        assert_eq!(restored(length, 8000, 0.05, &burst), Some(true));
        let lost = random.choose_multiple(0..packets, packets as usize / 20);
        assert_eq!(restored(length, 8000, 0.05, &lost), Some(true));
    }

    #[test]
    fn too_much_lost_is_not_made_up() {
        let lost: Vec<u32> = (0..10).collect();
        assert_eq!(restored(60_000, 1400, 0.05, &lost), None);
        assert_eq!(restored(5000, 1400, 0.1, &[0, 1]), None);
    }
}
