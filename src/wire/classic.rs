//! The classic protocol: a 12-byte header that small OpenCV scripts use.
//!
//! Each datagram is three little-endian `u32` and a chunk of the image:
//!
//! | offset | field   | meaning                                     |
//! |-------:|---------|---------------------------------------------|
//! |      0 | `last`  | 1 on the last chunk of an image, else 0     |
//! |      4 | `seq`   | which chunk this is, counted from 0         |
//! |      8 | `count` | how many chunks the image has               |
//! |     12 | chunk   | the image's raw bytes, in order of `seq`    |
//!
//! The image's bytes lie row by row from the top, channels interleaved blue, green, red. Neither
//! its size nor its number is on the wire.

use super::Malformed;

/// Bytes of the header.
pub const HEADER: usize = 12;

/// The chunk size that classic scripts use.
pub const USUAL_CHUNK: usize = 49_152;

/// One datagram of a classic image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Which chunk this is, counted from 0; always less than `count`.
    pub seq: u32,
    /// How many chunks the image has; at least 1.
    pub count: u32,
    /// The image's bytes; at least one.
    pub payload: &'a [u8],
}

impl Chunk<'_> {
    /// Whether this is the image's last chunk.
    pub fn is_last(&self) -> bool {
        self.seq + 1 == self.count
    }

    /// The header that goes before the payload.
    pub fn header(&self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[0..4].copy_from_slice(&u32::from(self.is_last()).to_le_bytes());
        header[4..8].copy_from_slice(&self.seq.to_le_bytes());
        header[8..12].copy_from_slice(&self.count.to_le_bytes());
        header
    }
}

/// Reads a classic datagram.
///
/// # Errors
/// [`Malformed`] when the header does not fit a classic image: `last` neither 0 nor 1, `seq` not
/// below `count`, the last flag on another chunk than the last, or no payload.
pub fn parse(datagram: &[u8]) -> Result<Chunk<'_>, Malformed> {
    let (header, payload) = datagram.split_first_chunk::<HEADER>().ok_or(Malformed::Foreign)?;
    let word = |at: usize| {
        u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let chunk = Chunk { seq: word(4), count: word(8), payload };
    match word(0) {
        0 | 1 if chunk.seq >= chunk.count => {
            Err(Malformed::Contradiction("seq is not below count"))
        }
        1 if !chunk.is_last() => {
            Err(Malformed::Contradiction("the last flag before the last chunk"))
        }
        0 | 1 if payload.is_empty() => Err(Malformed::Contradiction("a chunk without bytes")),
        0 | 1 => Ok(chunk),
        _ => Err(Malformed::Foreign),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_three_little_endian_words() {
        let chunk = Chunk { seq: 25, count: 26, payload: &[7] };
        assert_eq!(chunk.header(), [1, 0, 0, 0, 25, 0, 0, 0, 26, 0, 0, 0]);
        let earlier = Chunk { seq: 1, ..chunk };
        assert_eq!(earlier.header()[0], 0);

        let mut datagram = chunk.header().to_vec();
        datagram.push(7);
        assert_eq!(parse(&datagram), Ok(chunk));
    }

    #[test]
    fn headers_that_contradict_themselves_are_refused() {
        let datagram = |last: u32, seq: u32, count: u32, payload: &[u8]| {
            let words = [last, seq, count];
            let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            bytes.extend(payload);
            bytes
        };
        assert!(parse(&datagram(0, 0, 2, b"x")).is_ok());
        assert!(parse(&datagram(0, 2, 2, b"x")).is_err());
        assert!(parse(&datagram(1, 0, 2, b"x")).is_err());
        assert!(parse(&datagram(2, 0, 2, b"x")).is_err());
        assert!(parse(&datagram(0, 0, 0, b"x")).is_err());
        assert!(parse(&datagram(0, 0, 2, b"")).is_err());
        assert!(parse(b"short").is_err());
        assert!(parse(&datagram(0, u32::MAX, u32::MAX, b"x")).is_err());
    }
}
