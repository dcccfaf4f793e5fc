//! Packets that a sender sends.

mod parity;
mod run;

use std::time::Duration;

use crate::frame::codec::Codec;
use crate::frame::{Digest, PixelFormat};
use crate::wire::Malformed;

use super::cursor::{Cursor, write_text};
use super::{
    DATA_HEADER, FLAG_DELIVER, FLAG_PARITY, FLAG_RESEND, FrameHeader, FrameId, MAGIC, PacketNumber,
    Stamp, StreamId, VERSION,
};

pub use parity::{ParityPlace, write_parity_header};
pub use run::{DataRun, advance_data_header};

use parity::parse_parity;

/// Longest name of a device or a frame, in bytes.
pub const MAX_NAME: usize = 120;

/// A packet from a sender.
#[derive(Clone, Debug, PartialEq)]
pub enum ToReceiver<'a> {
    /// Begins the account of a stream; repeated until a receiver answers with a report, and sent
    /// again to a receiver that came later.
    Open {
        /// The datagram.
        stamp: Stamp,
        /// The packet number at which the receiver's account begins.
        first: PacketNumber,
        /// Whether frames are promised to be delivered.
        deliver: bool,
        /// The sender's smoothed round trip, once it knows one.
        round_trip: Option<Duration>,
        /// What the sending device is called.
        name: String,
    },
    /// A part of a frame, or several that follow one another.
    Data(DataRun<'a>),
    /// A part of what restores lost payloads of a frame.
    Parity {
        /// The datagram.
        stamp: Stamp,
        /// The frame.
        frame: FrameHeader,
        /// Where it belongs.
        place: ParityPlace,
        /// Since the frame's first packet left.
        age: Duration,
        /// Its bytes: as many as [`super::Cut::shard`] says.
        payload: &'a [u8],
    },
    /// All of a frame has been sent; repeated until answered in deliver mode.
    End {
        /// The datagram.
        stamp: Stamp,
        /// The frame.
        frame: FrameHeader,
        /// Since the frame's first packet left.
        age: Duration,
        /// XXH3-64 of the frame's bytes, as they are on the wire.
        digest: Digest,
        /// The sender's smoothed round trip, once it knows one.
        round_trip: Option<Duration>,
        /// The oldest frame that the sender still holds: all before it have ended.
        oldest: FrameId,
        /// What the sender calls the frame; may be empty.
        name: String,
    },
    /// The sender no longer has the frame: nothing of it will be sent again.
    Gone {
        /// The datagram.
        stamp: Stamp,
        /// The frame.
        frame: FrameId,
    },
    /// The job is over and this is its last packet so far; repeated until a receiver confirms
    /// that very number.
    Close {
        /// The datagram.
        stamp: Stamp,
    },
}

const OPEN: u8 = 1;
const DATA: u8 = 2;
const END: u8 = 3;
const CLOSE: u8 = 4;
const GONE: u8 = 5;
const PARITY: u8 = 6;

impl ToReceiver<'_> {
    /// The packet's stamp.
    pub fn stamp(&self) -> Stamp {
        match self {
            Self::Data(run) => run.stamp,
            Self::Open { stamp, .. }
            | Self::Parity { stamp, .. }
            | Self::End { stamp, .. }
            | Self::Gone { stamp, .. }
            | Self::Close { stamp } => *stamp,
        }
    }

    /// How many packets it stands for.
    pub fn count(&self) -> u64 {
        if let Self::Data(run) = self { u64::from(run.count) } else { 1 }
    }

    /// Appends the packet to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Open { stamp, first, deliver, round_trip, name } => {
                write_stamp(out, OPEN, if *deliver { FLAG_DELIVER } else { 0 }, 0, stamp);
                out.extend_from_slice(&first.0.to_le_bytes());
                out.extend_from_slice(&to_micros(*round_trip).to_le_bytes());
                write_text(out, name, MAX_NAME);
            }
            Self::Data(run) => {
                for packet in run.packets() {
                    let DataRun { stamp, frame, index, age, resend, .. } = packet;
                    let place = Place { index, age, resend };
                    out.extend_from_slice(&write_data_header(&stamp, &frame, place));
                    packet.payloads().for_each(|(_, payload)| out.extend_from_slice(payload));
                }
            }
            Self::Parity { stamp, frame, place, age, payload } => {
                out.extend_from_slice(&write_parity_header(stamp, frame, *place, *age));
                out.extend_from_slice(payload);
            }
            Self::End { stamp, frame, age, digest, round_trip, oldest, name } => {
                out.extend_from_slice(&frame_header(END, stamp, frame, *age));
                out.extend_from_slice(&digest.0.to_le_bytes());
                out.extend_from_slice(&to_micros(*round_trip).to_le_bytes());
                out.extend_from_slice(&oldest.0.to_le_bytes());
                write_text(out, name, MAX_NAME);
            }
            Self::Gone { stamp, frame } => {
                write_stamp(out, GONE, 0, 0, stamp);
                out.extend_from_slice(&frame.0.to_le_bytes());
            }
            Self::Close { stamp } => write_stamp(out, CLOSE, 0, 0, stamp),
        }
    }
}

/// Where a payload lies in its frame, and when it left.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Which payload.
    pub index: u32,
    /// Since the frame's first packet left.
    pub age: Duration,
    /// Whether it was asked for.
    pub resend: bool,
}

/// The bytes before a data packet's payload.
pub fn write_data_header(stamp: &Stamp, frame: &FrameHeader, place: Place) -> [u8; DATA_HEADER] {
    let mut header = frame_header(DATA, stamp, frame, place.age);
    if place.resend {
        header[5] |= FLAG_RESEND;
    }
    let offset = place.index * u32::from(frame.chunk);
    header[32..36].copy_from_slice(&offset.to_le_bytes());
    header
}

fn frame_header(kind: u8, stamp: &Stamp, frame: &FrameHeader, age: Duration) -> [u8; DATA_HEADER] {
    let deliver = if frame.deliver { FLAG_DELIVER } else { 0 };
    let parity = if frame.parity { FLAG_PARITY } else { 0 };
    let mut out = [0; DATA_HEADER];
    out[0..3].copy_from_slice(&MAGIC);
    out[3..6].copy_from_slice(&[VERSION, kind, deliver | parity]);
    out[6..8].copy_from_slice(&frame.format.to_wire().to_le_bytes());
    out[8..16].copy_from_slice(&stamp.stream.0.to_le_bytes());
    out[16..24].copy_from_slice(&stamp.number.0.to_le_bytes());
    out[24..28].copy_from_slice(&stamp.sent_at_us.to_le_bytes());
    out[28..32].copy_from_slice(&frame.id.0.to_le_bytes());
    out[36..40].copy_from_slice(&frame.length.to_le_bytes());
    out[40..44].copy_from_slice(&frame.width.to_le_bytes());
    out[44..48].copy_from_slice(&frame.height.to_le_bytes());
    out[48..50].copy_from_slice(&frame.chunk.to_le_bytes());
    out[50] = frame.codec.to_wire();
    out[52..56].copy_from_slice(&to_micros(Some(age)).to_le_bytes());
    out
}

fn write_stamp(out: &mut Vec<u8>, kind: u8, flags: u8, format: u16, stamp: &Stamp) {
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[VERSION, kind, flags]);
    out.extend_from_slice(&format.to_le_bytes());
    out.extend_from_slice(&stamp.stream.0.to_le_bytes());
    out.extend_from_slice(&stamp.number.0.to_le_bytes());
    out.extend_from_slice(&stamp.sent_at_us.to_le_bytes());
}

/// Reads a sender's packet.
///
/// # Errors
/// [`Malformed`] when it is too short, of another version or kind, or contradicts itself.
pub fn parse_to_receiver(datagram: &[u8]) -> Result<ToReceiver<'_>, Malformed> {
    let mut bytes = Cursor(datagram);
    if bytes.array::<3>()? != MAGIC {
        return Err(Malformed::Foreign);
    }
    let [version, kind, flags] = bytes.array()?;
    if version != VERSION {
        return Err(Malformed::Version(version));
    }
    let format = bytes.u16()?;
    let stamp = Stamp {
        stream: StreamId(bytes.u64()?),
        number: PacketNumber(bytes.u64()?),
        sent_at_us: bytes.u32()?,
    };
    if stamp.number.0 > MAX_NUMBER {
        return Err(Malformed::Contradiction("a packet number beyond any job"));
    }
    match kind {
        OPEN => parse_open(bytes, stamp, flags),
        DATA => parse_data(bytes, stamp, flags, format),
        PARITY => parse_parity(bytes, stamp, flags, format),
        END => parse_end(bytes, stamp, flags, format),
        GONE => Ok(ToReceiver::Gone { stamp, frame: FrameId(bytes.u32()?) }),
        CLOSE => Ok(ToReceiver::Close { stamp }),
        kind => Err(Malformed::Kind(kind)),
    }
}

/// No job sends so many packets (at 10 million a second it would take 28,000 years), so numbers
/// above are hostile; below, sums cannot overflow.
const MAX_NUMBER: u64 = 1 << 63;

fn parse_open(mut bytes: Cursor<'_>, stamp: Stamp, flags: u8) -> Result<ToReceiver<'_>, Malformed> {
    let first = PacketNumber(bytes.u64()?);
    if first > stamp.number {
        return Err(Malformed::Contradiction("an account that begins after its first packet"));
    }
    Ok(ToReceiver::Open {
        stamp,
        first,
        deliver: flags & FLAG_DELIVER != 0,
        round_trip: from_micros(bytes.u32()?),
        name: bytes.text()?,
    })
}

fn parse_data(
    mut bytes: Cursor<'_>,
    stamp: Stamp,
    flags: u8,
    format: u16,
) -> Result<ToReceiver<'_>, Malformed> {
    let FrameFields { frame, offset, age, block } = parse_frame(&mut bytes, flags, format)?;
    no_block(block)?;
    let payload = bytes.rest();
    let index = offset / u32::from(frame.chunk);
    if !offset.is_multiple_of(u32::from(frame.chunk)) || offset >= frame.length {
        return Err(Malformed::Contradiction("a payload that does not lie in its frame"));
    }
    if payload.len() != frame.range(index).len() {
        return Err(Malformed::Contradiction("a payload of another size than its frame says"));
    }
    let place = Place { index, age, resend: flags & FLAG_RESEND != 0 };
    Ok(ToReceiver::Data(DataRun::single(stamp, frame, place, payload)))
}

fn parse_end(
    mut bytes: Cursor<'_>,
    stamp: Stamp,
    flags: u8,
    format: u16,
) -> Result<ToReceiver<'_>, Malformed> {
    let FrameFields { frame, age, block, .. } = parse_frame(&mut bytes, flags, format)?;
    no_block(block)?;
    Ok(ToReceiver::End {
        stamp,
        frame,
        age,
        digest: Digest(bytes.u64()?),
        round_trip: from_micros(bytes.u32()?),
        oldest: FrameId(bytes.u32()?),
        name: bytes.text()?,
    })
}

/// What every packet of a frame has after its stamp.
struct FrameFields {
    frame: FrameHeader,
    offset: u32,
    age: Duration,
    block: u8,
}

fn no_block(block: u8) -> Result<(), Malformed> {
    if block == 0 { Ok(()) } else { Err(Malformed::Contradiction("a block where none belongs")) }
}

fn parse_frame(bytes: &mut Cursor<'_>, flags: u8, format: u16) -> Result<FrameFields, Malformed> {
    let id = FrameId(bytes.u32()?);
    let offset = bytes.u32()?;
    let [length, width, height] = [bytes.u32()?, bytes.u32()?, bytes.u32()?];
    let chunk = bytes.u16()?;
    let [codec, block] = bytes.array()?;
    let frame = FrameHeader {
        id,
        length,
        width,
        height,
        format: PixelFormat::from_wire(format)
            .map_err(|_| Malformed::Contradiction("an unknown pixel format"))?,
        codec: Codec::from_wire(codec).ok_or(Malformed::Contradiction("an unknown codec"))?,
        chunk,
        deliver: flags & FLAG_DELIVER != 0,
        parity: flags & FLAG_PARITY != 0,
    };
    let age = Duration::from_micros(u64::from(bytes.u32()?));
    frame.check()?;
    Ok(FrameFields { frame, offset, age, block })
}

/// Microseconds in 32 bits, 0 for unknown; longer times saturate.
fn to_micros(duration: Option<Duration>) -> u32 {
    duration.map_or(0, |duration| u32::try_from(duration.as_micros()).unwrap_or(u32::MAX))
}

fn from_micros(micros: u32) -> Option<Duration> {
    (micros != 0).then(|| Duration::from_micros(u64::from(micros)))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn stamp() -> Stamp {
        Stamp { stream: StreamId(0x1122_3344_5566_7788), number: PacketNumber(9), sent_at_us: 77 }
    }

    pub(super) fn frame() -> FrameHeader {
        FrameHeader {
            id: FrameId(3),
            length: 300,
            width: 10,
            height: 10,
            format: PixelFormat::BGR8,
            codec: Codec::Raw,
            chunk: 256,
            deliver: true,
            parity: false,
        }
    }

    pub(super) fn data(index: u32, payload: &[u8]) -> Vec<u8> {
        let age = Duration::from_micros(12);
        let place = Place { index, age, resend: true };
        let packet = ToReceiver::Data(DataRun::single(stamp(), frame(), place, payload));
        let mut bytes = Vec::new();
        packet.write(&mut bytes);
        assert_eq!(parse_to_receiver(&bytes).ok().as_ref(), Some(&packet));
        bytes
    }

    #[test]
    fn every_kind_survives_the_wire() {
        let packets = [
            ToReceiver::Open {
                stamp: stamp(),
                first: PacketNumber(0),
                deliver: true,
                round_trip: None,
                name: "bench-laptop".to_owned(),
            },
            ToReceiver::End {
                stamp: stamp(),
                frame: frame(),
                age: Duration::from_micros(5),
                digest: Digest(99),
                round_trip: Some(Duration::from_micros(400)),
                oldest: FrameId(2),
                name: "star.jpg".to_owned(),
            },
            ToReceiver::Gone { stamp: stamp(), frame: FrameId(8) },
            ToReceiver::Close { stamp: stamp() },
        ];
        for packet in packets {
            let mut bytes = Vec::new();
            packet.write(&mut bytes);
            assert_eq!(parse_to_receiver(&bytes), Ok(packet));
        }
        data(0, &[1; 256]);
        data(1, &[1; 44]);
    }

    #[test]
    fn a_data_packet_cut_short_anywhere_is_refused() {
        let whole = data(1, &[1; 44]);
        for length in 0..whole.len() {
            assert!(parse_to_receiver(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn fields_that_contradict_each_other_are_refused() {
        let refused = |at: usize, value: u8| {
            let mut bytes = data(0, &[1; 256]);
            bytes[at] = value;
            parse_to_receiver(&bytes).expect_err("must be refused")
        };
        assert_eq!(refused(3, 2), Malformed::Version(2));
        assert_eq!(refused(4, 99), Malformed::Kind(99));
        for (at, value) in [
            (6, 77),
            (23, 0xff),
            (32, 1),
            (33, 1),
            (36, 31),
            (40, 6),
            (44, 0),
            (49, 0),
            (50, 1),
            (50, 3),
            (50, 9),
            (51, 1),
        ] {
            assert!(matches!(refused(at, value), Malformed::Contradiction(_)), "{at}");
        }
    }

    #[test]
    fn an_encoded_frame_is_shorter_than_its_pixels() {
        let sent = |codec, length| {
            let frame = FrameHeader { length, codec, ..frame() };
            let place = Place { index: 0, age: Duration::ZERO, resend: false };
            let mut bytes = write_data_header(&stamp(), &frame, place).to_vec();
            bytes.resize(DATA_HEADER + length.min(256) as usize, 1);
            match parse_to_receiver(&bytes) {
                Ok(ToReceiver::Data(run)) => run.frame == frame,
                _ => false,
            }
        };
        for codec in [Codec::Lossless, Codec::Jpeg] {
            assert!(sent(codec, 299) && sent(codec, 41));
            assert!(!sent(codec, 300) && !sent(codec, 301) && !sent(codec, 40));
        }
        assert!(sent(Codec::Raw, 300) && !sent(Codec::Raw, 299));
    }

    #[test]
    fn a_long_name_is_cut_at_a_character() {
        let name = "ä".repeat(100);
        let packet = ToReceiver::Open {
            stamp: stamp(),
            first: PacketNumber(0),
            deliver: false,
            round_trip: None,
            name,
        };
        let mut bytes = Vec::new();
        packet.write(&mut bytes);
        match parse_to_receiver(&bytes) {
            Ok(ToReceiver::Open { name, .. }) => assert_eq!(name, "ä".repeat(60)),
            other => panic!("{other:?}"),
        }
    }
}
