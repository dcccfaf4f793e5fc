//! Packets that leave together: laid end to end, all of one size but a shorter last one, so that
//! the kernel can cut them apart (segmentation offload).

use std::ops::Range;

use crate::frame::codec::Coded;
use crate::wire::MAX_DATAGRAM;

/// Most packets in a train: what Linux cuts apart at once.
const MAX_PACKETS: usize = 64;

/// A buffer that is filled with packets and sent in one call.
#[derive(Clone, Debug, Default)]
pub struct Train {
    bytes: Vec<u8>,
    /// The end of the only packet, where it is so large that copying it would cost more than
    /// sending it in two parts.
    content: Option<(Coded, Range<usize>)>,
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
        self.content = None;
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

    /// The packets end to end, in two parts.
    pub fn parts(&self) -> [&[u8]; 2] {
        let content =
            self.content.as_ref().and_then(|(frame, range)| frame.bytes().get(range.clone()));
        [&self.bytes, content.unwrap_or_default()]
    }

    /// Bytes of all packets.
    pub fn length(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum()
    }

    /// Bytes of each packet but perhaps the last.
    pub fn segment(&self) -> usize {
        self.segment
    }

    /// How many packets there are.
    pub fn packets(&self) -> usize {
        self.packets
    }

    /// The packets one by one, each in two parts.
    pub fn datagrams(&self) -> impl Iterator<Item = [&[u8]; 2]> {
        let [bytes, content] = self.parts();
        bytes.chunks(self.segment.max(1)).map(move |packet| [packet, content])
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

    /// Adds a packet of `header` and some of `frame`'s bytes; there must be room for it.
    pub fn push_content(&mut self, header: &[u8], frame: &Coded, range: Range<usize>) {
        if self.packets == 0 && range.len() >= GATHERED_FROM {
            self.push(|out| out.extend_from_slice(header));
            self.content = Some((frame.clone(), range));
            self.closed = true;
        } else {
            self.push(|out| {
                out.extend_from_slice(header);
                out.extend_from_slice(&frame.bytes()[range]);
            });
        }
    }
}

/// From so many bytes on, where no two packets fit into a train, a payload is sent from where it
/// lies. Many small ones the system would take as long to gather as it takes us to lay them end to
/// end.
const GATHERED_FROM: usize = MAX_DATAGRAM / 2;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::frame::{Frame, PixelFormat};

    #[test]
    fn only_the_last_packet_may_be_shorter() {
        let mut train = Train::default();
        assert!(train.has_room(65_507));
        train.push(|out| out.extend([1; 1000]));
        assert!(!train.has_room(1001));
        train.push(|out| out.extend([2; 1000]));
        train.push(|out| out.extend([3; 10]));
        assert!(!train.has_room(10));
        let lengths: Vec<usize> = train.datagrams().map(|parts| parts.concat().len()).collect();
        assert_eq!(lengths, [1000, 1000, 10]);
        assert_eq!(train.packets(), 3);
    }

    #[test]
    fn a_large_payload_leaves_from_where_it_lies_and_alone() {
        let bytes: Vec<u8> = (0..80_000).map(|at| at as u8).collect();
        let frame = Frame::new(400, 200, PixelFormat::MONO8, bytes).expect("valid");
        let frame = Coded::from(Arc::new(frame));
        let mut train = Train::default();
        train.push_content(&[7; 56], &frame, 100..40_100);
        assert_eq!((train.packets(), train.length()), (1, 40_056));
        assert!(!train.has_room(40_056));
        let packets: Vec<_> = train.datagrams().map(|parts| parts.concat()).collect();
        assert_eq!(packets, [[&[7; 56], &frame.bytes()[100..40_100]].concat()]);
        train.clear();
        train.push_content(&[8; 56], &frame, 0..1000);
        train.push_content(&[9; 56], &frame, 1000..2000);
        assert_eq!((train.packets(), train.segment(), train.length()), (2, 1056, 2112));
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
