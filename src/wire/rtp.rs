//! Uncompressed video over RTP (RFC 4175), as GStreamer, ffmpeg and ST 2110-20 tools speak it.
//!
//! All numbers are big-endian. The 12-byte RTP header (RFC 3550):
//!
//! | offset | field        | meaning                                                     |
//! |-------:|--------------|-------------------------------------------------------------|
//! |      0 | flags        | version 2 in the high two bits, padding, extension, sources |
//! |      1 | marker, type | 1 bit: the frame's last packet; 7 bits: 96 to 127           |
//! |      2 | sequence     | low half of the packet's number                             |
//! |      4 | timestamp    | of the frame, 90,000 a second                               |
//! |      8 | SSRC         | names the stream, random                                    |
//!
//! The payload begins with the high half of the packet's number (which GStreamer leaves 0) and one
//! line header for each run of pixels, the last of which has no continuation bit:
//!
//! | offset | field        | meaning                                                  |
//! |-------:|--------------|----------------------------------------------------------|
//! |      0 | length       | bytes of the run                                         |
//! |      2 | field, line  | 1 bit: second field of an interlaced frame; 15 bits: row |
//! |      4 | more, offset | 1 bit: another line header follows; 15 bits: first pixel |
//!
//! The runs follow in the same order, each a whole number of pixel groups.

mod video;

use super::Malformed;

pub use video::{NotSent, Sampling, UnknownSampling, Video};

/// Bytes of the RTP header without contributing sources and extensions.
pub const HEADER: usize = 12;

/// The most payload bytes of a packet that ffmpeg reads whole: it has room for 8 KiB.
pub const USUAL_CHUNK: usize = 8192 - HEADER;

/// Bytes of the upper half of the number, before the line headers.
pub const EXTENDED_NUMBER: usize = 2;

/// Bytes of each line header.
pub const LINE_HEADER: usize = 6;

/// Ticks of the timestamps in a second.
pub const CLOCK_RATE: u32 = 90_000;

/// The largest line number and pixel offset: 15 bits.
pub const MAX_SIDE: u32 = 0x7fff;

/// The payload type that we send, the first of those whose meaning each session gives out.
pub const PAYLOAD_TYPE: u8 = 96;

/// What every packet says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// 96 to 127: what is in it, as an SDP file says.
    pub payload_type: u8,
    /// Whether it is the last packet of its frame.
    pub marker: bool,
    /// Its number; the upper half is 0 where the sender does not count that far.
    pub number: u32,
    /// Which frame it belongs to, in 90,000ths of a second.
    pub timestamp: u32,
    /// Which stream it belongs to.
    pub ssrc: u32,
}

/// One packet of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What it says about itself.
    pub head: Head,
    /// Line headers, whole.
    lines: &'a [u8],
    /// The pixels of all lines, as many as the headers say.
    pixels: &'a [u8],
}

impl<'a> Packet<'a> {
    /// The runs of pixels that it carries.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'a>> {
        let mut rest = self.pixels;
        self.lines.as_chunks::<LINE_HEADER>().0.iter().map(move |line| {
            let half = |at: usize| u16::from_be_bytes([line[at], line[at + 1]]);
            let length = usize::from(half(0)).min(rest.len());
            let (pixels, after) = rest.split_at(length);
            rest = after;
            Segment {
                second_field: half(2) & TOP_BIT != 0,
                line: u32::from(half(2) & !TOP_BIT),
                offset: u32::from(half(4) & !TOP_BIT),
                pixels,
            }
        })
    }

    /// Bytes of pixels in all runs.
    pub fn pixel_bytes(&self) -> usize {
        self.pixels.len()
    }
}

/// Pixels of one line that lie side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Whether they belong to the second field of an interlaced frame.
    pub second_field: bool,
    /// Their row, counted from 0; of 4:2:0 the first of two.
    pub line: u32,
    /// The first pixel's column, counted from 0.
    pub offset: u32,
    /// Whole pixel groups.
    pub pixels: &'a [u8],
}

/// Whether a datagram is RTP with a dynamic payload type: version 2 in its first two bits, and
/// none of the types that are given out for good, among which are all of RTCP.
pub fn is_rtp(datagram: &[u8]) -> bool {
    matches!(datagram, [flags, kind, ..] if flags >> 6 == 2 && kind & !HIGH_BIT >= 96)
}

/// Reads a packet.
///
/// # Errors
/// [`Malformed`] when it is not RTP of a dynamic type, ends before its headers do, or carries
/// less than they say.
pub fn parse(datagram: &[u8]) -> Result<Packet<'_>, Malformed> {
    if !is_rtp(datagram) {
        return Err(Malformed::Foreign);
    }
    let (fixed, rest) = datagram.split_first_chunk::<HEADER>().ok_or(Malformed::Short)?;
    let payload = payload(fixed[0], rest).ok_or(Malformed::Short)?;
    let (upper, rest) = payload.split_first_chunk().ok_or(Malformed::Short)?;
    let (lines, pixels) = split_lines(rest).ok_or(Malformed::Short)?;
    let length = length_of(lines);
    let pixels = pixels
        .get(..length)
        .ok_or(Malformed::Contradiction("line headers that say more pixels than there are"))?;
    let half = |at: usize| u32::from(u16::from_be_bytes([fixed[at], fixed[at + 1]]));
    let word = |at: usize| half(at) << 16 | half(at + 2);
    let head = Head {
        payload_type: fixed[1] & !HIGH_BIT,
        marker: fixed[1] & HIGH_BIT != 0,
        number: u32::from(u16::from_be_bytes(*upper)) << 16 | half(2),
        timestamp: word(4),
        ssrc: word(8),
    };
    Ok(Packet { head, lines, pixels })
}

/// Bytes of a packet with so many line headers and pixel bytes.
pub fn packet_length(lines: usize, pixel_bytes: usize) -> usize {
    HEADER + EXTENDED_NUMBER + lines * LINE_HEADER + pixel_bytes
}

/// Appends a packet with these segments, of which there must be one.
pub fn write<'a>(
    head: Head,
    segments: impl Iterator<Item = Segment<'a>> + Clone,
    out: &mut Vec<u8>,
) {
    let marker = if head.marker { HIGH_BIT } else { 0 };
    out.extend_from_slice(&[VERSION_2, head.payload_type & !HIGH_BIT | marker]);
    out.extend_from_slice(&(head.number as u16).to_be_bytes());
    out.extend_from_slice(&head.timestamp.to_be_bytes());
    out.extend_from_slice(&head.ssrc.to_be_bytes());
    out.extend_from_slice(&((head.number >> 16) as u16).to_be_bytes());
    let mut lines = segments.clone().peekable();
    while let Some(segment) = lines.next() {
        let more = if lines.peek().is_some() { TOP_BIT } else { 0 };
        let field = if segment.second_field { TOP_BIT } else { 0 };
        out.extend_from_slice(&(segment.pixels.len() as u16).to_be_bytes());
        out.extend_from_slice(&(segment.line as u16 & !TOP_BIT | field).to_be_bytes());
        out.extend_from_slice(&(segment.offset as u16 & !TOP_BIT | more).to_be_bytes());
    }
    segments.for_each(|segment| out.extend_from_slice(segment.pixels));
}

/// What follows contributing sources and the header's extension, without padding.
fn payload(flags: u8, rest: &[u8]) -> Option<&[u8]> {
    let mut rest = rest.get(usize::from(flags & 0x0f) * 4..)?;
    if flags & 0x10 != 0 {
        let (&[_, _, high, low], _) = rest.split_first_chunk()?;
        rest = rest.get(4 + usize::from(u16::from_be_bytes([high, low])) * 4..)?;
    }
    if flags & 0x20 != 0 {
        let padding = usize::from(*rest.last()?);
        rest = rest.get(..rest.len().checked_sub(padding.max(1))?)?;
    }
    Some(rest)
}

/// Cuts the line headers off.
fn split_lines(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let lines = rest.as_chunks::<LINE_HEADER>().0;
    let last = lines.iter().position(|line| line[4] & HIGH_BIT == 0)?;
    rest.split_at_checked((last + 1) * LINE_HEADER)
}

/// How many bytes of pixels the line headers announce.
fn length_of(lines: &[u8]) -> usize {
    let length = |line: &[u8; LINE_HEADER]| usize::from(u16::from_be_bytes([line[0], line[1]]));
    lines.as_chunks().0.iter().map(length).sum()
}

const VERSION_2: u8 = 0x80;
const HIGH_BIT: u8 = 0x80;
const TOP_BIT: u16 = 0x8000;

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Head = Head {
        payload_type: 96,
        marker: true,
        number: 0x0001_0203,
        timestamp: 0x0a0b_0c0d,
        ssrc: 0xdead_beef,
    };

    fn segment(line: u32, offset: u32, pixels: &[u8]) -> Segment<'_> {
        Segment { second_field: false, line, offset, pixels }
    }

    fn written(segments: &[Segment<'_>]) -> Vec<u8> {
        let mut out = Vec::new();
        write(HEAD, segments.iter().copied(), &mut out);
        out
    }

    #[test]
    fn the_bytes_are_those_of_the_standard() {
        let bytes = written(&[segment(5, 300, &[1, 2, 3]), segment(6, 0, &[4, 5, 6])]);
        assert_eq!(bytes[..14], [0x80, 0xe0, 2, 3, 10, 11, 12, 13, 0xde, 0xad, 0xbe, 0xef, 0, 1]);
        assert_eq!(bytes[14..26], [0, 3, 0, 5, 0x81, 0x2c, 0, 3, 0, 6, 0, 0]);
        assert_eq!(bytes[26..], [1, 2, 3, 4, 5, 6]);
        assert_eq!(bytes.len(), packet_length(2, 6));
    }

    #[test]
    fn several_lines_survive_the_wire() {
        let second = Segment { second_field: true, ..segment(0x7fff, 0x7fff, &[9; 30]) };
        let segments = [segment(5, 300, &[1, 2, 3]), segment(6, 0, &[]), second];
        let bytes = written(&segments);
        let packet = parse(&bytes).expect("ours");
        assert_eq!(packet.head, HEAD);
        assert_eq!(packet.segments().collect::<Vec<_>>(), segments);
        assert_eq!(packet.pixel_bytes(), 33);
    }

    #[test]
    fn sources_extensions_and_padding_are_stepped_over() {
        let plain = written(&[segment(1, 2, &[7, 8, 9])]);
        let mut bytes = plain.clone();
        bytes[0] |= 0x32;
        let extras = [&[0; 8][..], &[0xbe, 0xde, 0, 1, 1, 2, 3, 4]].concat();
        bytes.splice(HEADER..HEADER, extras);
        bytes.extend([0, 0, 3]);
        let packet = parse(&bytes).expect("valid");
        assert_eq!(packet.segments().next(), Some(segment(1, 2, &[7, 8, 9])));
        bytes.pop();
        bytes.push(200);
        assert_eq!(parse(&bytes), Err(Malformed::Short));
    }

    #[test]
    fn packets_that_end_too_early_are_refused() {
        let bytes = written(&[segment(5, 300, &[1, 2, 3]), segment(6, 0, &[4, 5, 6])]);
        for length in 0..bytes.len() {
            assert!(parse(&bytes[..length]).is_err(), "{length}");
        }
        assert!(parse(&bytes).is_ok());
    }

    #[test]
    fn only_dynamic_payload_types_are_ours() {
        let mut bytes = written(&[segment(0, 0, &[1])]);
        for kind in 0..=u8::MAX {
            bytes[1] = kind;
            assert_eq!(parse(&bytes).is_ok(), kind & 0x7f >= 96, "{kind}");
        }
    }
}
