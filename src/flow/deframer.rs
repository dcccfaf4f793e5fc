//! Packets out of a byte stream, in whatever pieces its bytes come.

use crate::wire::Malformed;
use crate::wire::framed::{MAX_PACKET, PREFIX, parse_prefix};

/// Bytes that are held of one stream: a few of the largest packets, so that many small ones are
/// read at once. This is all the memory that a connection takes, and it takes none before its first
/// byte.
const CAPACITY: usize = 256 << 10;

/// Cuts a byte stream into the packets that were put into it, as [`crate::wire::framed`] says.
///
/// **Input**: write what was read into [`Self::space`] and tell how much by [`Self::filled`]; after
/// that drain the **output** [`Self::next_packet`]. Once there was an error nothing more follows.
#[derive(Debug, Default)]
pub struct Deframer {
    buffer: Vec<u8>,
    /// Where the bytes are that have not been given out: from here ...
    begin: usize,
    /// ... to here.
    end: usize,
}

impl Deframer {
    /// Where the next bytes go; never empty after all packets were taken.
    pub fn space(&mut self) -> &mut [u8] {
        if self.buffer.is_empty() {
            self.buffer = vec![0; CAPACITY];
        }
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        } else if self.end > CAPACITY / 2 {
            // The rest is less than a packet, so half of the space is free again.
            self.buffer.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
        }
        &mut self.buffer[self.end..]
    }

    /// So many bytes were written into [`Self::space`].
    pub fn filled(&mut self, bytes: usize) {
        self.end = (self.end + bytes).min(self.buffer.len());
    }

    /// The next packet that has come whole.
    ///
    /// # Errors
    /// [`Malformed`] when what should be a length is none: the stream cannot be followed further.
    pub fn next_packet(&mut self) -> Result<Option<&[u8]>, Malformed> {
        let held = &self.buffer[self.begin..self.end];
        let Some((prefix, rest)) = held.split_first_chunk::<PREFIX>() else { return Ok(None) };
        let length = parse_prefix(*prefix)?;
        if rest.len() < length {
            return Ok(None);
        }
        let packet = self.begin + PREFIX..self.begin + PREFIX + length;
        self.begin = packet.end;
        Ok(Some(&self.buffer[packet]))
    }
}

/// There is always room for the largest packet beside the rest of another.
const _: () = assert!(CAPACITY / 2 > PREFIX + MAX_PACKET);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::framed::prefix;

    fn framed(packets: &[Vec<u8>]) -> Vec<u8> {
        packets.iter().flat_map(|packet| [&prefix(packet.len())[..], packet].concat()).collect()
    }

    /// What comes out when `stream` comes in pieces of these sizes, again and again.
    fn cut(stream: &[u8], pieces: &[usize]) -> Result<Vec<Vec<u8>>, Malformed> {
        let mut deframer = Deframer::default();
        let (mut packets, mut rest) = (Vec::new(), stream);
        for &piece in pieces.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let space = deframer.space();
            assert!(!space.is_empty());
            let piece = piece.min(rest.len()).min(space.len());
            space[..piece].copy_from_slice(&rest[..piece]);
            deframer.filled(piece);
            rest = &rest[piece..];
            while let Some(packet) = deframer.next_packet()? {
                packets.push(packet.to_vec());
            }
        }
        Ok(packets)
    }

    #[test]
    fn nothing_is_held_before_the_first_byte_and_no_more_than_the_limit_after() {
        let mut deframer = Deframer::default();
        assert_eq!(deframer.next_packet(), Ok(None));
        assert_eq!(deframer.buffer.capacity(), 0);
        let largest = vec![7; MAX_PACKET];
        let stream = framed(&vec![largest.clone(); 20]);
        assert_eq!(cut(&stream, &[usize::MAX]), Ok(vec![largest; 20]));
        deframer.space();
        assert_eq!(deframer.buffer.len(), CAPACITY);
    }

    #[test]
    fn a_length_that_no_packet_has_ends_the_stream_after_what_came_before() {
        for hostile in [0, MAX_PACKET as u32 + 1, u32::MAX] {
            let mut deframer = Deframer::default();
            let stream = [&framed(&[vec![1; 9]])[..], &hostile.to_le_bytes(), &[3; 50]].concat();
            deframer.space()[..stream.len()].copy_from_slice(&stream);
            deframer.filled(stream.len());
            assert_eq!(deframer.next_packet(), Ok(Some(&[1; 9][..])));
            assert!(deframer.next_packet().is_err(), "{hostile}");
            assert!(deframer.next_packet().is_err(), "nothing follows");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 64, failure_persistence: None, ..ProptestConfig::default()
        })]

        #[test]
        fn packets_come_out_as_they_went_in_however_the_stream_is_cut(
            lengths in proptest::collection::vec(
                prop_oneof![4 => 1_usize..200, 1 => 60_000_usize..=MAX_PACKET], 1..12),
            pieces in proptest::collection::vec(
                prop_oneof![1_usize..9, 100_usize..5000, 50_000_usize..300_000], 1..6),
        ) {
            let packet = |(at, &length): (usize, &usize)| vec![at as u8 + 1; length];
            let packets: Vec<Vec<u8>> = lengths.iter().enumerate().map(packet).collect();
            // In pieces of a few bytes large packets would take too long to test.
            let least = if lengths.iter().any(|&length| length > 200) { 100 } else { 1 };
            let pieces: Vec<usize> = pieces.iter().map(|&piece| piece.max(least)).collect();
            prop_assert_eq!(cut(&framed(&packets), &pieces), Ok(packets));
        }
    }
}
