//! A question whether somebody listens, and its answer. Neither belongs to a stream, and nobody
//! keeps a state for them.
//!
//! Both begin like every packet; in the place of the stream id stands the question's token.
//!
//! | offset | size | field of a **probe** (kind 7)                                  |
//! |-------:|-----:|----------------------------------------------------------------|
//! |      8 |    8 | token, random for each question                                |
//! |     16 |      | padding of zeros, so that it is [`ECHO_BYTES`] long at least   |
//!
//! | offset | size | field of an **echo** (kind 0x87)                               |
//! |-------:|-----:|----------------------------------------------------------------|
//! |      8 |    8 | the probe's token                                              |
//! |     16 |    8 | receiver id                                                    |
//! |     24 |    4 | bytes that the probe had: what the way carries in one piece    |
//! |     28 |    4 | bytes of the receiver's socket buffer                          |
//!
//! A shorter probe is malformed, so that no answer is ever larger than its question. A receiver
//! that is older than the kind counts a probe as invalid and does not answer.

use crate::wire::Malformed;

use super::cursor::Cursor;
use super::{MAGIC, ReceiverId, VERSION};

/// Bytes of every echo, and the least of every probe.
pub const ECHO_BYTES: usize = 32;

/// Asks whether somebody listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Random, so that nobody can answer who was not asked.
    pub token: u64,
    /// Bytes of the whole datagram; at least [`ECHO_BYTES`].
    pub bytes: usize,
}

/// Answers a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo {
    /// That of the probe.
    pub token: u64,
    /// Who listens.
    pub receiver: ReceiverId,
    /// Bytes that the probe had when it arrived.
    pub probe_bytes: u32,
    /// Bytes of the receiver's socket buffer.
    pub receive_buffer: u32,
}

const PROBE: u8 = 7;
const ECHO: u8 = 0x87;

impl Probe {
    /// Appends the packet to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        write_start(out, PROBE, self.token);
        out.resize(start + self.bytes.max(ECHO_BYTES), 0);
    }
}

impl Echo {
    /// Appends the packet to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        write_start(out, ECHO, self.token);
        out.extend_from_slice(&self.receiver.0.to_le_bytes());
        out.extend_from_slice(&self.probe_bytes.to_le_bytes());
        out.extend_from_slice(&self.receive_buffer.to_le_bytes());
    }
}

fn write_start(out: &mut Vec<u8>, kind: u8, token: u64) {
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[VERSION, kind, 0, 0, 0]);
    out.extend_from_slice(&token.to_le_bytes());
}

/// Whether the datagram says that it is a probe, of whatever version.
pub fn is_probe(datagram: &[u8]) -> bool {
    datagram.starts_with(&MAGIC) && datagram.get(KIND_AT) == Some(&PROBE)
}

/// Reads a probe.
///
/// # Errors
/// [`Malformed`] when it is shorter than its answer would be, or of another version or kind.
pub fn parse_probe(datagram: &[u8]) -> Result<Probe, Malformed> {
    let mut bytes = parse_start(datagram, PROBE)?;
    let token = bytes.u64()?;
    if datagram.len() < ECHO_BYTES {
        return Err(Malformed::Short);
    }
    Ok(Probe { token, bytes: datagram.len() })
}

/// Reads the answer to a probe.
///
/// # Errors
/// [`Malformed`] when it is too short, or of another version or kind.
pub fn parse_echo(datagram: &[u8]) -> Result<Echo, Malformed> {
    let mut bytes = parse_start(datagram, ECHO)?;
    Ok(Echo {
        token: bytes.u64()?,
        receiver: ReceiverId(bytes.u64()?),
        probe_bytes: bytes.u32()?,
        receive_buffer: bytes.u32()?,
    })
}

fn parse_start(datagram: &[u8], wanted: u8) -> Result<Cursor<'_>, Malformed> {
    let mut bytes = Cursor(datagram);
    if bytes.array::<3>()? != MAGIC {
        return Err(Malformed::Foreign);
    }
    let [version, kind, _flags, _, _] = bytes.array()?;
    match (version, kind) {
        (VERSION, kind) if kind == wanted => Ok(bytes),
        (VERSION, kind) => Err(Malformed::Kind(kind)),
        (version, _) => Err(Malformed::Version(version)),
    }
}

/// Where every packet has its kind.
const KIND_AT: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{self, Datagram};

    fn probe(bytes: usize) -> Vec<u8> {
        let mut out = Vec::new();
        Probe { token: 0x1122_3344_5566_7788, bytes }.write(&mut out);
        out
    }

    #[test]
    fn question_and_answer_survive_the_wire() {
        for bytes in [ECHO_BYTES, 1472, 65_507] {
            let written = probe(bytes);
            assert_eq!(written.len(), bytes);
            let read = Probe { token: 0x1122_3344_5566_7788, bytes };
            assert_eq!(wire::parse(&written), Ok(Datagram::Probe(read)));
        }
        let echo =
            Echo { token: 5, receiver: ReceiverId(6), probe_bytes: 1472, receive_buffer: 8 << 20 };
        let mut written = Vec::new();
        echo.write(&mut written);
        assert_eq!(written.len(), ECHO_BYTES);
        assert_eq!(parse_echo(&written), Ok(echo));
    }

    #[test]
    fn a_question_shorter_than_its_answer_is_refused() {
        let whole = probe(0);
        assert_eq!(whole.len(), ECHO_BYTES);
        for length in 0..whole.len() {
            assert!(wire::parse(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn other_versions_and_kinds_are_refused() {
        let mut bytes = probe(64);
        bytes[3] = 2;
        assert_eq!(wire::parse(&bytes), Err(Malformed::Version(2)));
        assert_eq!(parse_echo(&probe(64)), Err(Malformed::Kind(PROBE)));
        assert_eq!(parse_echo(b"PXX"), Err(Malformed::Foreign));
    }
}
