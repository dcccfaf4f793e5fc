//! Pixelwire's own protocol: self-describing packets.
//!
//! A packet is the payload of one UDP datagram; over TCP each goes behind its length, as
//! [`super::framed`] says, and is otherwise the same.
//!
//! Integers are little-endian. Every packet begins with the same eight bytes and its stream:
//!
//! | offset | size | field                                                          |
//! |-------:|-----:|----------------------------------------------------------------|
//! |      0 |    3 | magic `PXW`                                                    |
//! |      3 |    1 | version, 1                                                     |
//! |      4 |    1 | kind; those of receivers have the high bit set                 |
//! |      5 |    1 | flags                                                          |
//! |      6 |    2 | pixel format ([`PixelFormat::to_wire`]) in packets of a frame  |
//! |      8 |    8 | stream id, random for each job                                 |
//!
//! A **sender's** packet goes on with its stamp, and packets of a frame with the frame:
//!
//! | offset | size | field                                                          |
//! |-------:|-----:|----------------------------------------------------------------|
//! |     16 |    8 | packet number: counts every datagram sent, never repeats       |
//! |     24 |    4 | when it left, in µs of the sender's clock, modulo 2^32         |
//! |     28 |    4 | frame id                                                       |
//! |     32 |    4 | byte offset of the payload in the frame                        |
//! |     36 |    4 | frame length in bytes, as it is on the wire                    |
//! |     40 |    4 | width in pixels                                                |
//! |     44 |    4 | height in pixels                                               |
//! |     48 |    2 | payload size of every packet of the frame but the last         |
//! |     50 |    1 | codec: 0 raw, 1 lossless, 2 JPEG                               |
//! |     51 |    1 | block of a parity packet, else 0                               |
//! |     52 |    4 | µs since the frame's first packet left                         |
//! |     56 |      | payload                                                        |
//!
//! Width, height and pixel format are always those of the picture to be shown. A raw frame's length
//! is that of its pixels; an encoded frame is shorter, and [`crate::frame::codec`] says what its
//! bytes are. Everything else goes by the bytes on the wire, whatever they hold: payloads, parity,
//! resends, and the digest that both ends compare.
//!
//! A **parity** packet has the same header, so that it is never larger than a data packet; in place
//! of the offset stand its index in its block (low 16 bits) and how many its block has (high 16
//! bits). [`Cut`] says what a block is.
//!
//! A **receiver's** packet goes on with its receiver id (8 bytes, random for each time that
//! somebody starts to listen) and its body. [`sender`] and [`receiver`] hold the kinds.
//!
//! A **probe** asks whether somebody listens, and its **echo** answers; [`probe`] says how.

mod cursor;
mod cut;
mod probe;
mod receiver;
mod sender;

use std::fmt;

use crate::frame::PixelFormat;
use crate::frame::codec::{Codec, Form};

use super::Malformed;

pub use cut::Cut;
pub use probe::{ECHO_BYTES, Echo, Probe, is_probe, parse_echo, parse_probe};
pub use receiver::{MAX_RANGES, ReceiverStamp, Report, ToSender, parse_to_sender};
pub use sender::{
    DataRun, MAX_NAME, ParityPlace, Place, ToReceiver, advance_data_header, parse_to_receiver,
    write_data_header, write_parity_header,
};

/// How every packet begins.
pub const MAGIC: [u8; 3] = *b"PXW";

/// The version that this program speaks.
pub const VERSION: u8 = 1;

/// Bytes before the payload of a data packet.
pub const DATA_HEADER: usize = 56;

/// The least payload size of a frame of several packets. Smaller ones would be mostly header, and
/// would let a hostile sender make a receiver keep more account of packets than there are pixels.
pub const MIN_CHUNK: u16 = 256;

/// Names a job; random, so that a sender that comes back is a new stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u64);

/// Names a receiver from its start to its stop; random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReceiverId(pub u64);

/// Counts every datagram that a sender puts on the wire, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PacketNumber(pub u64);

/// Numbers the frames of a stream, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrameId(pub u32);

impl fmt::Display for FrameId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What every packet of a sender says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The job.
    pub stream: StreamId,
    /// The datagram.
    pub number: PacketNumber,
    /// When it left, in µs of the sender's clock, modulo 2^32.
    pub sent_at_us: u32,
}

/// What every packet of a frame says of its frame. Checked: the length is that of the geometry, or
/// less for an encoded frame, and payloads are not too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Which frame.
    pub id: FrameId,
    /// Bytes of all its payloads together.
    pub length: u32,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Order and type of the samples.
    pub format: PixelFormat,
    /// How the pixels are written.
    pub codec: Codec,
    /// Payload bytes of every packet but the last.
    pub chunk: u16,
    /// Whether the sender promised to deliver it (else it is live).
    pub deliver: bool,
    /// Whether parity packets follow its payloads.
    pub parity: bool,
}

impl FrameHeader {
    /// How the pixels are written, and what they are.
    pub fn form(&self) -> Form {
        let Self { codec, width, height, format, .. } = *self;
        Form { codec, width, height, format }
    }

    /// Bytes of the pixels, once decoded.
    pub fn pixel_bytes(&self) -> usize {
        // A geometry that has none was refused.
        self.form().pixel_bytes().unwrap_or(usize::MAX)
    }

    /// How it is cut; its length and payload size have been checked not to be 0.
    pub fn cut(&self) -> Option<Cut> {
        Cut::new(self.length, self.chunk)
    }

    /// How many payloads the frame is cut into.
    pub fn chunks(&self) -> u32 {
        self.length.div_ceil(u32::from(self.chunk))
    }

    /// The bytes of payload `index` within the frame.
    pub fn range(&self, index: u32) -> std::ops::Range<usize> {
        let start = index as usize * usize::from(self.chunk);
        start..(start + usize::from(self.chunk)).min(self.length as usize)
    }

    fn check(&self) -> Result<(), Malformed> {
        let lengths = self
            .form()
            .wire_bytes()
            .map_err(|_| Malformed::Contradiction("an impossible geometry"))?;
        if !lengths.contains(&(self.length as usize)) {
            return Err(Malformed::Contradiction("the frame's length is not that of its geometry"));
        }
        if self.chunk < MIN_CHUNK && self.length > u32::from(self.chunk) {
            return Err(Malformed::Contradiction("payloads too small to be worth their headers"));
        }
        if self.chunk == 0 {
            return Err(Malformed::Contradiction("payloads of no bytes"));
        }
        Ok(())
    }
}

const FLAG_RESEND: u8 = 1;
const FLAG_DELIVER: u8 = 2;
const FLAG_PARITY: u8 = 4;
