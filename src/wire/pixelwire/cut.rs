//! How a frame is cut into payloads, and its payloads into the blocks that parity protects. Both
//! ends work it out from the frame's length and its payload size, so that no packet need say it.

use std::ops::Range;

/// Most bytes of a block. A block must be small enough to be restored within 30 ms, and with the
/// least payload size it then holds no more payloads than the code can: 32,768.
const BLOCK_BYTES: u32 = 8 << 20;

/// Most blocks, which parity packets count in a byte: frames above 2 GiB go without parity.
const MOST_BLOCKS: u32 = 256;

/// A frame's length and payload size, and what follows from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    length: u32,
    chunk: u16,
}

impl Cut {
    /// A frame of `length` bytes in payloads of `chunk`; `None` when either is 0.
    pub fn new(length: u32, chunk: u16) -> Option<Self> {
        (length > 0 && chunk > 0).then_some(Self { length, chunk })
    }

    /// How many payloads there are.
    pub fn chunks(&self) -> u32 {
        self.length.div_ceil(u32::from(self.chunk))
    }

    /// The bytes of payload `index` within the frame.
    pub fn range(&self, index: u32) -> Range<usize> {
        let start = index as usize * usize::from(self.chunk);
        start..(start + usize::from(self.chunk)).min(self.length as usize)
    }

    /// Whether parity can be laid over it: the code works on pairs of bytes.
    pub fn takes_parity(&self) -> bool {
        self.blocks() <= MOST_BLOCKS
            && (self.chunk.is_multiple_of(2) || self.length < u32::from(self.chunk))
    }

    /// Bytes of each parity payload: the chunk, or a lone payload's own length rounded up to even.
    pub fn shard(&self) -> usize {
        (self.length.min(u32::from(self.chunk)) as usize).next_multiple_of(2)
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> u32 {
        self.length.div_ceil(BLOCK_BYTES).min(self.chunks())
    }

    /// How many payloads the largest block has.
    pub fn block_chunks(&self) -> u32 {
        self.chunks().div_ceil(self.blocks())
    }

    /// The block of payload `index`.
    ///
    /// Payloads are dealt to the blocks in turn, each round beginning with another one: a burst
    /// hits all blocks alike, and so does a network that loses every n-th packet.
    pub fn block_of(&self, index: u32) -> u32 {
        let blocks = self.blocks();
        (index + first_of_round(index / blocks, blocks)) % blocks
    }

    /// The payloads of `block`, in order.
    pub fn chunks_of(&self, block: u32) -> impl Iterator<Item = u32> + use<> {
        let (blocks, chunks) = (self.blocks(), self.chunks());
        let in_round = move |round| (block + blocks - first_of_round(round, blocks)) % blocks;
        (0..self.block_chunks())
            .map(move |round| round * blocks + in_round(round))
            .filter(move |&index| index < chunks)
    }
}

/// Which block the first payload of a round goes to.
fn first_of_round(round: u32, blocks: u32) -> u32 {
    (round.wrapping_mul(0x9e37_79b1) >> 16) % blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_payload_is_in_one_block_and_blocks_are_of_one_size() {
        for (length, chunk) in [(1, 1400), (6_220_800, 1400), (30_000_000, 1400), (90_000_001, 256)]
        {
            let cut = Cut::new(length, chunk).expect("not empty");
            let mut seen = vec![false; cut.chunks() as usize];
            for block in 0..cut.blocks() {
                let chunks: Vec<u32> = cut.chunks_of(block).collect();
                assert!(chunks.len() as u32 + 1 >= cut.block_chunks());
                assert!(chunks.len() <= 32_768);
                for index in chunks {
                    assert_eq!(cut.block_of(index), block);
                    assert!(!std::mem::replace(&mut seen[index as usize], true));
                }
            }
            assert!(seen.into_iter().all(|seen| seen), "{length} in {chunk}");
        }
    }

    #[test]
    fn losses_at_regular_distances_hit_all_blocks_alike() {
        let cut = Cut::new(33 << 20, 1400).expect("not empty");
        assert_eq!(cut.blocks(), 5);
        for distance in [5_u32, 10, 25, 100, 125] {
            let mut hit = [0_u32; 5];
            for index in (0..cut.chunks()).step_by(distance as usize) {
                hit[cut.block_of(index) as usize] += 1;
            }
            let fair = cut.chunks() / distance / 5;
            assert!(hit.iter().all(|&hit| hit < fair * 3 / 2), "{distance}: {hit:?}");
        }
    }

    #[test]
    fn a_lone_payload_has_parity_of_its_own_size() {
        let shard = |length, chunk| Cut::new(length, chunk).expect("not empty").shard();
        assert_eq!(shard(1, 1400), 2);
        assert_eq!(shard(1400, 1400), 1400);
        assert_eq!(shard(1401, 1400), 1400);
        assert_eq!(shard(u32::MAX, 1400), 1400);
    }
}
