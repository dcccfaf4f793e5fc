//! Packets of the pixelwire protocol over a byte stream, such as a TCP connection.
//!
//! Where datagrams would have borders, each packet follows its length:
//!
//! | offset | size | field                                                              |
//! |-------:|-----:|--------------------------------------------------------------------|
//! |      0 |    4 | length of the packet in bytes, little-endian, 1 to [`MAX_PACKET`]  |
//! |      4 |      | the packet, byte for byte what would be one datagram               |
//!
//! Both directions are alike, nothing precedes the first length and nothing follows the last
//! packet. Only our own protocol is spoken here: classic and RTP are of UDP alone. A length out of
//! range, or a packet that is not one of ours, is the end of the connection, because behind it
//! nobody knows where the next packet begins; a version or a kind of packet that is not known is
//! passed over, as it is over UDP.

use super::{MAX_DATAGRAM, Malformed};

/// Bytes of the length before each packet.
pub const PREFIX: usize = 4;

/// Bytes of the largest packet: what one datagram carries, so that nothing depends on the way that
/// a packet came.
pub const MAX_PACKET: usize = MAX_DATAGRAM;

/// The length that goes before a packet of `length` bytes.
pub const fn prefix(length: usize) -> [u8; PREFIX] {
    (length as u32).to_le_bytes()
}

/// Reads the length before a packet.
///
/// # Errors
/// [`Malformed::Contradiction`] when no packet has this length.
pub fn parse_prefix(prefix: [u8; PREFIX]) -> Result<usize, Malformed> {
    match usize::try_from(u32::from_le_bytes(prefix)) {
        Ok(length @ 1..=MAX_PACKET) => Ok(length),
        _ => Err(Malformed::Contradiction("a length that no packet has")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_read_as_it_was_written_and_none_is_out_of_range() {
        for length in [1, 56, 40_000, MAX_PACKET] {
            assert_eq!(parse_prefix(prefix(length)), Ok(length));
        }
        for length in [0, MAX_PACKET as u32 + 1, 1 << 16, 0x2d48_5353, u32::MAX] {
            assert!(parse_prefix(length.to_le_bytes()).is_err(), "{length}");
        }
    }
}
