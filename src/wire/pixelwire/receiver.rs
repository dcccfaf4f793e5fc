//! Packets that a receiver sends back.

use std::time::Duration;

use crate::frame::Digest;
use crate::wire::Malformed;

use super::cursor::Cursor;
use super::{FrameId, MAGIC, PacketNumber, ReceiverId, StreamId, VERSION};

/// Most ranges in one resend request; more go into the next.
pub const MAX_RANGES: usize = 160;

/// What every packet of a receiver says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverStamp {
    /// The job that it answers.
    pub stream: StreamId,
    /// Who answers.
    pub receiver: ReceiverId,
}

/// A packet from a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToSender {
    /// What has arrived; also the answer to an opening.
    Report(ReceiverStamp, Report),
    /// Payloads that are missing, as runs `(first, count)` of payload indexes.
    Resend(ReceiverStamp, FrameId, Vec<(u32, u32)>),
    /// The frame is whole, and these bytes have this digest.
    Complete(ReceiverStamp, FrameId, Digest),
    /// The frame was given up.
    Abandoned(ReceiverStamp, FrameId),
    /// The closing was heard; `highest` is the last packet number that arrived.
    Closed(ReceiverStamp, PacketNumber),
    /// Nobody will listen here from now on.
    Leave(ReceiverStamp),
}

/// What has arrived at a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// The highest packet number that arrived.
    pub highest: PacketNumber,
    /// How long ago that one arrived.
    pub hold: Duration,
    /// Distinct packets that arrived.
    pub received: u64,
    /// Packets that found this receiver's buffer full; `None` where it cannot tell.
    pub kernel_drops: Option<u64>,
    /// Bytes of the receiver's socket buffer.
    pub receive_buffer: u32,
    /// Whether the receiver has heard this stream's opening.
    pub opened: bool,
}

const REPORT: u8 = 0x81;
const RESEND: u8 = 0x82;
const COMPLETE: u8 = 0x83;
const ABANDONED: u8 = 0x84;
const CLOSED: u8 = 0x85;
const LEAVE: u8 = 0x86;

const FLAG_OPENED: u8 = 1;
const UNKNOWN: u64 = u64::MAX;

impl ToSender {
    /// Who answers, and which job.
    pub fn stamp(&self) -> ReceiverStamp {
        match self {
            Self::Report(stamp, _)
            | Self::Resend(stamp, ..)
            | Self::Complete(stamp, ..)
            | Self::Abandoned(stamp, _)
            | Self::Closed(stamp, _)
            | Self::Leave(stamp) => *stamp,
        }
    }

    /// Appends the packet to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let (kind, flags) = match self {
            Self::Report(_, report) => (REPORT, if report.opened { FLAG_OPENED } else { 0 }),
            Self::Resend(..) => (RESEND, 0),
            Self::Complete(..) => (COMPLETE, 0),
            Self::Abandoned(..) => (ABANDONED, 0),
            Self::Closed(..) => (CLOSED, 0),
            Self::Leave(_) => (LEAVE, 0),
        };
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[VERSION, kind, flags, 0, 0]);
        out.extend_from_slice(&self.stamp().stream.0.to_le_bytes());
        out.extend_from_slice(&self.stamp().receiver.0.to_le_bytes());
        match self {
            Self::Report(_, report) => report.write(out),
            Self::Resend(_, frame, ranges) => write_ranges(out, *frame, ranges),
            Self::Complete(_, frame, digest) => {
                out.extend_from_slice(&frame.0.to_le_bytes());
                out.extend_from_slice(&digest.0.to_le_bytes());
            }
            Self::Abandoned(_, frame) => out.extend_from_slice(&frame.0.to_le_bytes()),
            Self::Closed(_, highest) => out.extend_from_slice(&highest.0.to_le_bytes()),
            Self::Leave(_) => {}
        }
    }
}

impl Report {
    fn write(&self, out: &mut Vec<u8>) {
        let hold = u32::try_from(self.hold.as_micros()).unwrap_or(u32::MAX);
        out.extend_from_slice(&self.highest.0.to_le_bytes());
        out.extend_from_slice(&hold.to_le_bytes());
        out.extend_from_slice(&self.receive_buffer.to_le_bytes());
        out.extend_from_slice(&self.received.to_le_bytes());
        out.extend_from_slice(&self.kernel_drops.unwrap_or(UNKNOWN).to_le_bytes());
    }

    fn parse(bytes: &mut Cursor<'_>, flags: u8) -> Result<Self, Malformed> {
        let highest = PacketNumber(bytes.u64()?);
        let hold = Duration::from_micros(u64::from(bytes.u32()?));
        let receive_buffer = bytes.u32()?;
        let received = bytes.u64()?;
        let kernel_drops = Some(bytes.u64()?).filter(|&drops| drops != UNKNOWN);
        let opened = flags & FLAG_OPENED != 0;
        Ok(Self { highest, hold, received, kernel_drops, receive_buffer, opened })
    }
}

fn write_ranges(out: &mut Vec<u8>, frame: FrameId, ranges: &[(u32, u32)]) {
    let ranges = &ranges[..ranges.len().min(MAX_RANGES)];
    out.extend_from_slice(&frame.0.to_le_bytes());
    out.extend_from_slice(&(ranges.len() as u16).to_le_bytes());
    for (first, count) in ranges {
        out.extend_from_slice(&first.to_le_bytes());
        out.extend_from_slice(&count.to_le_bytes());
    }
}

/// Reads a receiver's packet.
///
/// # Errors
/// [`Malformed`] when it is too short, of another version or kind, or contradicts itself.
pub fn parse_to_sender(datagram: &[u8]) -> Result<ToSender, Malformed> {
    let mut bytes = Cursor(datagram);
    if bytes.array::<3>()? != MAGIC {
        return Err(Malformed::Foreign);
    }
    let [version, kind, flags] = bytes.array()?;
    if version != VERSION {
        return Err(Malformed::Version(version));
    }
    bytes.u16()?;
    let stamp =
        ReceiverStamp { stream: StreamId(bytes.u64()?), receiver: ReceiverId(bytes.u64()?) };
    Ok(match kind {
        REPORT => ToSender::Report(stamp, Report::parse(&mut bytes, flags)?),
        RESEND => {
            let frame = FrameId(bytes.u32()?);
            ToSender::Resend(stamp, frame, parse_ranges(&mut bytes)?)
        }
        COMPLETE => ToSender::Complete(stamp, FrameId(bytes.u32()?), Digest(bytes.u64()?)),
        ABANDONED => ToSender::Abandoned(stamp, FrameId(bytes.u32()?)),
        CLOSED => ToSender::Closed(stamp, PacketNumber(bytes.u64()?)),
        LEAVE => ToSender::Leave(stamp),
        kind => return Err(Malformed::Kind(kind)),
    })
}

fn parse_ranges(bytes: &mut Cursor<'_>) -> Result<Vec<(u32, u32)>, Malformed> {
    let count = usize::from(bytes.u16()?);
    if count > MAX_RANGES {
        return Err(Malformed::Contradiction("too many ranges"));
    }
    (0..count)
        .map(|_| {
            let (first, count) = (bytes.u32()?, bytes.u32()?);
            match first.checked_add(count) {
                Some(_) if count > 0 => Ok((first, count)),
                _ => Err(Malformed::Contradiction("an impossible range")),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: ReceiverStamp =
        ReceiverStamp { stream: StreamId(0x0102_0304_0506_0708), receiver: ReceiverId(5) };

    fn survives(packet: ToSender) {
        let mut bytes = Vec::new();
        packet.write(&mut bytes);
        for length in 0..bytes.len() {
            assert!(parse_to_sender(&bytes[..length]).is_err(), "{length} bytes of {packet:?}");
        }
        assert_eq!(parse_to_sender(&bytes), Ok(packet));
    }

    #[test]
    fn every_kind_survives_the_wire_and_is_refused_when_cut() {
        let report = Report {
            highest: PacketNumber(77),
            hold: Duration::from_micros(15),
            received: 70,
            kernel_drops: None,
            receive_buffer: 425_984,
            opened: true,
        };
        survives(ToSender::Report(STAMP, report));
        survives(ToSender::Report(
            STAMP,
            Report { kernel_drops: Some(3), opened: false, ..report },
        ));
        survives(ToSender::Resend(STAMP, FrameId(2), vec![(0, 1), (5, 100)]));
        survives(ToSender::Complete(STAMP, FrameId(2), Digest(42)));
        survives(ToSender::Abandoned(STAMP, FrameId(2)));
        survives(ToSender::Closed(STAMP, PacketNumber(80)));
        survives(ToSender::Leave(STAMP));
    }

    #[test]
    fn impossible_ranges_are_refused() {
        for ranges in [vec![(0, 0)], vec![(u32::MAX, 2)]] {
            let mut bytes = Vec::new();
            ToSender::Resend(STAMP, FrameId(1), ranges).write(&mut bytes);
            assert!(matches!(parse_to_sender(&bytes), Err(Malformed::Contradiction(_))));
        }
    }

    #[test]
    fn a_sender_does_not_take_its_own_kind_of_packet() {
        let mut bytes = Vec::new();
        ToSender::Leave(STAMP).write(&mut bytes);
        bytes[4] = 2;
        assert_eq!(parse_to_sender(&bytes), Err(Malformed::Kind(2)));
    }
}
