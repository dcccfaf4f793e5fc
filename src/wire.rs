//! Bytes to checked headers and back, for each protocol; no state.
//!
//! One port understands every protocol: the first bytes of a datagram tell them apart. What comes
//! out of here has been checked once and needs no second look; what a limit allows is for
//! [`crate::flow`] to decide.

pub mod classic;
pub mod pixelwire;

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
