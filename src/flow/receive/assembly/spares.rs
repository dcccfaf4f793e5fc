//! A frame's parity at the receiver: kept while payloads are missing that it may restore.

use crate::flow::fec::{Damage, Restored};
use crate::flow::limits::REORDER_GRACE;
use crate::flow::time::Time;
use crate::wire::pixelwire::{Cut, ParityPlace};

use super::Assembly;

/// What may restore missing payloads of a frame.
pub(super) struct Spares {
    cut: Cut,
    /// How many parity payloads each block has.
    count: u16,
    blocks: Vec<Block>,
    /// From when payloads that have not come are no longer thought to be reordered.
    due: Time,
    under_repair: Option<u32>,
    /// Whether what was restored turned out to be wrong, or could not be: no more of it then.
    refused: bool,
}

#[derive(Default)]
struct Block {
    /// How many of its payloads are missing.
    lacking: usize,
    /// Parity payloads by their index: never more than are lacking, so that a frame holds no more
    /// memory for parity than for pixels.
    parity: Vec<(u16, Box<[u8]>)>,
}

impl Block {
    fn is_repairable(&self) -> bool {
        self.lacking > 0 && self.parity.len() >= self.lacking
    }
}

impl Spares {
    fn repairable(&self) -> Option<u32> {
        if self.refused || self.under_repair.is_some() {
            return None;
        }
        (0..).zip(&self.blocks).find(|(_, block)| block.is_repairable()).map(|(block, _)| block)
    }
}

impl Assembly {
    /// A parity packet came, so every payload has left; whether its payload is of use.
    pub(in crate::flow::receive) fn wants_parity(&mut self, place: ParityPlace, now: Time) -> bool {
        self.payloads_sent(now);
        if self.missing.is_empty() || !self.is_shelved(place, now) {
            return false;
        }
        let Some(spares) = &self.spares else { return false };
        let block = spares.blocks.get(usize::from(place.block));
        spares.count == place.count
            && !spares.refused
            && block.is_some_and(|block| {
                block.parity.len() < block.lacking
                    && block.parity.iter().all(|&(index, _)| index != place.index)
            })
    }

    /// Keeps a parity payload that is wanted.
    pub(in crate::flow::receive) fn keep_parity(&mut self, place: ParityPlace, payload: &[u8]) {
        let spares = self.spares.as_mut();
        if let Some(block) = spares.and_then(|s| s.blocks.get_mut(usize::from(place.block))) {
            block.parity.push((place.index, Box::from(payload)));
        }
    }

    /// Bytes of parity that are held.
    pub(in crate::flow::receive) fn parity_bytes(&self) -> usize {
        let count = |spares: &Spares| {
            spares.blocks.iter().map(|block| block.parity.len()).sum::<usize>() * spares.cut.shard()
        };
        self.spares.as_ref().map_or(0, count)
    }

    /// When a block is next to be repaired.
    pub(in crate::flow::receive) fn next_repair(&self) -> Option<Time> {
        self.spares.as_ref().filter(|spares| spares.repairable().is_some()).map(|spares| spares.due)
    }

    /// Bytes of memory that repairing a block takes.
    pub(in crate::flow::receive) fn repair_memory(&self) -> usize {
        self.spares.as_ref().map_or(0, |spares| Damage::memory(spares.cut, spares.count))
    }

    /// Gathers a block that is due to be repaired. Until [`Self::repaired`] is called, nothing
    /// else is repaired and nothing is asked for again.
    pub(in crate::flow::receive) fn start_repair(&mut self, now: Time) -> Option<Damage> {
        let spares = self.spares.as_mut().filter(|spares| spares.due <= now)?;
        let at = spares.repairable()?;
        let block = spares.blocks.get(at as usize)?;
        let (bytes, missing) = (&self.bytes, &self.missing);
        let is_missing = |index| missing.contains(index);
        let damage = Damage::gather(spares.cut, at, spares.count, bytes, is_missing, &block.parity);
        spares.under_repair = damage.is_some().then_some(at);
        spares.refused |= damage.is_none();
        damage
    }

    /// Puts what was restored into its place; how many payloads that were still missing.
    pub(in crate::flow::receive) fn repaired(&mut self, restored: Option<&Restored>) -> u64 {
        let Some(spares) = &mut self.spares else { return 0 };
        if spares.under_repair.take().is_none() || spares.refused {
            return 0;
        }
        spares.refused |= restored.is_none();
        let before = self.packets;
        for (index, payload) in restored.iter().flat_map(|restored| restored.payloads()) {
            if self.missing.remove(index) {
                self.no_longer_lacks(index);
                let place = &mut self.bytes[self.header.range(index)];
                place.copy_from_slice(&payload[..place.len()]);
                self.packets += 1;
                self.mended.by_parity(index);
            }
        }
        self.recovered += self.packets - before;
        self.packets - before
    }

    /// Not before `due` a repair may begin.
    pub(in crate::flow::receive) fn put_repair_off(&mut self, due: Time) {
        if let Some(spares) = &mut self.spares {
            spares.due = due;
        }
    }

    /// Lets all parity go; how many bytes that were.
    pub(in crate::flow::receive) fn drop_parity(&mut self) -> usize {
        let bytes = self.parity_bytes();
        self.spares.iter_mut().flat_map(|s| &mut s.blocks).for_each(|block| block.parity.clear());
        bytes
    }

    pub(super) fn is_being_repaired(&self) -> bool {
        self.spares.as_ref().is_some_and(|spares| spares.under_repair.is_some())
    }

    pub(super) fn refuse_parity(&mut self) {
        if let Some(spares) = &mut self.spares {
            spares.refused = true;
        }
    }

    /// A payload that was missing came.
    pub(super) fn no_longer_lacks(&mut self, index: u32) {
        if let Some(spares) = &mut self.spares {
            let block = spares.cut.block_of(index) as usize;
            spares.blocks[block].lacking = spares.blocks[block].lacking.saturating_sub(1);
        }
    }

    /// Makes place for parity, once it is known what is missing; whether there is one.
    fn is_shelved(&mut self, place: ParityPlace, now: Time) -> bool {
        if self.spares.is_none() {
            let Some(cut) = self.header.cut() else { return false };
            let mut blocks: Vec<Block> = (0..cut.blocks()).map(|_| Block::default()).collect();
            for index in self.missing.runs().flatten() {
                blocks[cut.block_of(index) as usize].lacking += 1;
            }
            let (count, due) = (place.count, now + REORDER_GRACE);
            self.spares =
                Some(Spares { cut, count, blocks, due, under_repair: None, refused: false });
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::flow::fec::Parity;
    use crate::flow::receive::assembly::tests::place_payload;
    use crate::frame::codec::Codec;
    use crate::frame::{PixelBuffer, PixelFormat};
    use crate::wire::pixelwire::{FrameHeader, FrameId};

    const MS: Duration = Duration::from_millis(1);

    fn pixels() -> Vec<u8> {
        (0..2000_u32).map(|i| (i * i % 251) as u8).collect()
    }

    /// Ten payloads of 200 bytes, two parity payloads; these payloads are lost.
    fn assembly(lost: &[u32]) -> (Assembly, Parity) {
        let header = FrameHeader {
            id: FrameId(0),
            length: 2000,
            width: 100,
            height: 20,
            format: PixelFormat::MONO8,
            codec: Codec::Raw,
            chunk: 200,
            deliver: true,
            parity: true,
        };
        let mut assembly = Assembly::new(header, PixelBuffer::from(vec![0; 2000]), Time::START, 0);
        for index in (0..10).filter(|index| !lost.contains(index)) {
            let payload = &pixels()[header.range(index)];
            place_payload(&mut assembly, index, payload, false, Time::START);
        }
        (assembly, Parity::of(&pixels(), 200, 0.15).expect("parity"))
    }

    fn give(assembly: &mut Assembly, parity: &Parity, packet: u32) -> bool {
        let (place, payload) = parity.packet(packet).expect("there");
        let wanted = assembly.wants_parity(place, Time::START);
        if wanted {
            assembly.keep_parity(place, payload);
        }
        wanted
    }

    #[test]
    fn what_is_missing_is_restored_after_the_grace_and_not_asked_for() {
        let (mut assembly, parity) = assembly(&[3, 9]);
        assert_eq!(parity.packets(), 2);
        assert_eq!(assembly.next_request(), None, "parity may come");
        assert!(give(&mut assembly, &parity, 1));
        assert_eq!(assembly.next_repair(), None, "one is too few");
        assert!(give(&mut assembly, &parity, 0));
        assert_eq!(assembly.parity_bytes(), 400);
        assert_eq!(assembly.next_repair(), Some(Time::START + REORDER_GRACE));
        assert!(assembly.start_repair(Time::START).is_none());

        let damage = assembly.start_repair(Time::START + REORDER_GRACE).expect("due");
        assembly.all_sent(Time::START);
        assert_eq!((assembly.next_request(), assembly.next_repair()), (None, None));
        assert_eq!(assembly.repaired(damage.restore().as_ref()), 2);
        assert!(assembly.is_whole());
        assert_eq!((assembly.packets, assembly.recovered), (10, 2));
        assert_eq!(*assembly.into_bytes(), *pixels());
    }

    #[test]
    fn a_whole_frame_keeps_no_parity_and_a_hurt_one_no_more_than_it_lacks() {
        let (mut whole, parity) = assembly(&[]);
        assert!(!give(&mut whole, &parity, 0));
        assert_eq!(whole.parity_bytes(), 0);
        let (mut hurt, parity) = assembly(&[4]);
        assert!(give(&mut hurt, &parity, 1));
        assert!(!give(&mut hurt, &parity, 1), "a copy");
        assert!(!give(&mut hurt, &parity, 0));
        assert_eq!(hurt.parity_bytes(), 200);
        assert_eq!(hurt.drop_parity(), 200);
    }

    #[test]
    fn a_reordered_payload_that_comes_during_the_repair_is_not_placed_twice() {
        let (mut assembly, parity) = assembly(&[3, 4]);
        assert!(give(&mut assembly, &parity, 0) && give(&mut assembly, &parity, 1));
        let damage = assembly.start_repair(Time::START + MS).expect("due");
        let range = assembly.header.range(3);
        place_payload(&mut assembly, 3, &pixels()[range], false, Time::START + MS);
        assert_eq!(assembly.repaired(damage.restore().as_ref()), 1);
        assert!(assembly.is_whole());
        assert_eq!(assembly.packets, 10);
    }

    #[test]
    fn what_parity_cannot_restore_is_asked_for_after_the_end_of_the_frame() {
        let (mut assembly, parity) = assembly(&[1, 2, 3]);
        assert!(give(&mut assembly, &parity, 0) && give(&mut assembly, &parity, 1));
        assert_eq!((assembly.next_repair(), assembly.next_request()), (None, None));
        assembly.all_sent(Time::START + 5 * MS);
        assert_eq!(assembly.next_request(), Some(Time::START + 5 * MS + REORDER_GRACE));
    }

    #[test]
    fn parity_that_restored_something_else_is_not_trusted_again() {
        let (mut assembly, parity) = assembly(&[5]);
        assert!(give(&mut assembly, &parity, 0));
        assembly.start_again(Time::START);
        assert_eq!(assembly.next_repair(), None);
        assert!(!give(&mut assembly, &parity, 1));
        assert_eq!(assembly.next_request(), Some(Time::START));
    }
}
