//! Bytes to checked headers and back, for each protocol; no state.
//!
//! One port understands every protocol: the first bytes of a datagram tell them apart, and no
//! datagram can be read in two ways:
//!
//! | protocol  | byte 0       | and                                        |
//! |-----------|--------------|--------------------------------------------|
//! | pixelwire | `P`          | bytes 1 and 2 are `XW`                     |
//! | rtp       | 0x80 to 0xbf | byte 1 but its high bit is 96 to 127       |
//! | classic   | 0 or 1       | bytes 1 to 3 are 0, then `seq` and `count` |
//!
//! Over TCP only our own protocol is spoken, each packet behind its length: see [`framed`].
//!
//! What comes out of here has been checked once and needs no second look; what a limit allows is
//! for [`crate::flow`] to decide.

pub mod classic;
pub mod framed;
pub mod pixelwire;
pub mod rtp;
pub mod sdp;

use self::pixelwire::{ToReceiver, ToSender};

/// Default port of every protocol.
pub const DEFAULT_PORT: u16 = 4321;

/// Largest payload of a UDP datagram over IPv4: 65,535 less the IP and UDP headers.
pub const MAX_DATAGRAM: usize = 65_507;

/// A datagram that a receiver may get, understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Datagram<'a> {
    /// A chunk in the 12-byte classic format.
    Classic(classic::Chunk<'a>),
    /// A packet of uncompressed video over RTP.
    Rtp(rtp::Packet<'a>),
    /// A packet of our own protocol, from a sender.
    Pixelwire(ToReceiver<'a>),
    /// A question whether somebody listens.
    Probe(pixelwire::Probe),
}

/// Reads a datagram that arrived on the listening port.
///
/// # Errors
/// [`Malformed`] when it belongs to no protocol or breaks the rules of its own.
pub fn parse(datagram: &[u8]) -> Result<Datagram<'_>, Malformed> {
    if pixelwire::is_probe(datagram) {
        pixelwire::parse_probe(datagram).map(Datagram::Probe)
    } else if datagram.starts_with(&pixelwire::MAGIC) {
        pixelwire::parse_to_receiver(datagram).map(Datagram::Pixelwire)
    } else if rtp::is_rtp(datagram) {
        rtp::parse(datagram).map(Datagram::Rtp)
    } else {
        classic::parse(datagram).map(Datagram::Classic)
    }
}

/// Reads a datagram that arrived at a sender.
///
/// # Errors
/// [`Malformed`] when it is not a receiver's packet or breaks the rules.
pub fn parse_answer(datagram: &[u8]) -> Result<ToSender, Malformed> {
    pixelwire::parse_to_sender(datagram)
}

/// Why a datagram is not understood. The sender of it is at fault, or the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// It does not begin like any protocol.
    #[error("not a packet of any known protocol")]
    Foreign,
    /// It ends before its header does.
    #[error("shorter than its header")]
    Short,
    /// A version of the protocol that came after this program.
    #[error("protocol version {0} is newer than this program")]
    Version(u8),
    /// A kind of packet that came after this program.
    #[error("unknown kind of packet {0}")]
    Kind(u8),
    /// Fields that contradict each other or are out of range.
    #[error("{0}")]
    Contradiction(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_first_bytes_belong_to_two_protocols() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let mut datagram = [0; 24];
                datagram[..2].copy_from_slice(&[first, second]);
                datagram[8] = 1;
                let classic = classic::parse(&datagram).is_ok();
                let begins_as_ours = pixelwire::MAGIC.starts_with(&[first, second]);
                let claims = [classic, rtp::is_rtp(&datagram), begins_as_ours];
                assert!(claims.iter().filter(|&&claim| claim).count() <= 1, "{first} {second}");
                assert_eq!(classic, first <= 1 && second == 0);
            }
        }
    }

    #[test]
    fn control_packets_and_given_out_types_are_foreign() {
        for second in [0, 26, 33, 95, 200, 201, 204] {
            let mut datagram = [0; 24];
            datagram[..2].copy_from_slice(&[0x80, second]);
            assert_eq!(parse(&datagram), Err(Malformed::Foreign));
        }
    }
}
