//! Packets that leave together: laid end to end, all of one size but a shorter last one, so that
//! the kernel can cut them apart (segmentation offload).

use crate::wire::MAX_DATAGRAM;

/// Most packets in a train: what Linux cuts apart at once.
const MAX_PACKETS: usize = 64;

/// A buffer that is filled with packets and sent in one call.
#[derive(Clone, Debug, Default)]
pub struct Train {
    bytes: Vec<u8>,
    segment: usize,
    packets: usize,
    closed: bool,
    /// Whether the system may be given all packets at once, to cut apart as late as it likes.
    pub(super) whole: bool,
}

impl Train {
    /// Takes out all packets; keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.segment = 0;
        self.packets = 0;
        self.closed = false;
        self.whole = false;
    }

    /// Whether the packets may leave as one, to be cut apart by the system or the network card.
    /// Otherwise each leaves by itself, and whoever counts packets on the way (a firewall, a
    /// capture) counts the same ones as we do.
    pub fn may_leave_whole(&self) -> bool {
        self.whole
    }

    /// The packets, end to end.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes of each packet but perhaps the last.
    pub fn segment(&self) -> usize {
        self.segment
    }

    /// How many packets there are.
    pub fn packets(&self) -> usize {
        self.packets
    }

    /// The packets one by one.
    pub fn datagrams(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks(self.segment.max(1))
    }

    /// Whether a packet of `length` bytes may be added.
    pub fn has_room(&self, length: usize) -> bool {
        self.packets == 0
            || (!self.closed
                && length <= self.segment
                && self.packets < MAX_PACKETS
                && self.bytes.len() + length <= MAX_DATAGRAM)
    }

    /// Adds the packet that `write` appends; there must be room for it.
    pub fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.bytes.len();
        write(&mut self.bytes);
        let length = self.bytes.len() - before;
        if self.packets == 0 {
            self.segment = length;
        }
        self.closed = length < self.segment;
        self.packets += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_packet_may_be_shorter() {
        let mut train = Train::default();
        assert!(train.has_room(65_507));
        train.push(|out| out.extend([1; 1000]));
        assert!(!train.has_room(1001));
        train.push(|out| out.extend([2; 1000]));
        train.push(|out| out.extend([3; 10]));
        assert!(!train.has_room(10));
        let lengths: Vec<usize> = train.datagrams().map(<[u8]>::len).collect();
        assert_eq!(lengths, [1000, 1000, 10]);
        assert_eq!(train.packets(), 3);
    }

    #[test]
    fn a_train_fits_in_one_datagram() {
        let mut train = Train::default();
        while train.has_room(9000) {
            train.push(|out| out.extend([0; 9000]));
        }
        assert_eq!(train.packets(), 7);
        train.clear();
        while train.has_room(100) {
            train.push(|out| out.extend([0; 100]));
        }
        assert_eq!(train.packets(), MAX_PACKETS);
    }
}
