//! Codecs: pixels made smaller for links that are too slow for them as they are.
//!
//! A frame is encoded in **stripes**: runs of rows that are encoded each by itself, so that a lost
//! packet damages the stripes that it carried and nothing else, and so that every processor can
//! work on some of them. An encoded frame is
//!
//! | bytes | field                                                                       |
//! |------:|-----------------------------------------------------------------------------|
//! |     4 | rows of each stripe but the last; for JPEG a multiple of 16                 |
//! |     1 | quality of a JPEG, 1 to 100; 0 for lossless                                 |
//! |     3 | 0                                                                           |
//! |     8 | lossless: XXH3-64 of the decoded pixels; 0 for JPEG                         |
//! |   4 n | length of each of the n stripes                                             |
//! |       | the stripes, end to end                                                     |
//! |   4 n | the lengths again                                                           |
//! |    16 | the first 16 bytes again                                                    |
//!
//! with integers little-endian. What tells the stripes apart is there twice, at both ends, so that
//! one lost packet never takes the whole picture.
//!
//! **Lossless** ([`Codec::Lossless`]) takes every pixel format and gives back every bit. A stripe
//! is a byte that says how, and its content, whichever way is smallest:
//!
//! - 0: the pixels as they are.
//! - 1: the pixels as an LZ4 block, for drawings and screens, where colours repeat.
//! - 2: what each sample differs from its prediction, as a zlib stream, for photographs. Samples
//!   are unsigned integers of their width; the prediction is the median of the sample to the left
//!   (`a`), the one above (`b`) and `a + b - c` with `c` above `a` (LOCO-I); `a` in the first row,
//!   `b` in the first column, 0 for the first sample of all. A difference, modulo the samples'
//!   range, is written in digits of -128 to 127, least first: the first digits of all samples of
//!   the stripe, then the second digits, and so on.
//!
//! **JPEG** ([`Codec::Jpeg`]) takes 8 bits a sample, grey or colour, and gives back what looks
//! alike. Each stripe is a JPEG file. Opacity has no place in it: where all pixels are opaque they
//! come out opaque again, and others are refused.
//!
//! A frame that does not become smaller is sent raw. Lengths and counts in an encoded frame are
//! hostile until checked: decoding allocates no more than the pixels that the frame's geometry
//! asks for and some stripes more (which have 1 KiB to 4 MiB of pixels), and gives up a stripe that
//! is not what it should be.

mod compression;
mod decode;
mod encode;
mod jpeg;
mod lossless;
mod predict;
mod table;

use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use super::{Digest, Frame, FrameError, PixelFormat, byte_length};

pub use compression::{Compression, DEFAULT_QUALITY};
pub use decode::{Decoded, Undecodable, decode};
pub use encode::{Unencodable, encode};

/// How the pixels of a frame are written on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Codec {
    /// As they are.
    #[default]
    Raw = 0,
    /// Smaller, and every bit comes back.
    Lossless = 1,
    /// Much smaller, and what comes back looks alike.
    Jpeg = 2,
}

impl Codec {
    /// The number that stands for it on the wire.
    pub const fn to_wire(self) -> u8 {
        self as u8
    }

    /// The codec that a number from the wire stands for.
    pub const fn from_wire(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Raw),
            1 => Some(Self::Lossless),
            2 => Some(Self::Jpeg),
            _ => None,
        }
    }

    /// Whether it can hold pixels of this format.
    pub fn holds(self, format: PixelFormat) -> bool {
        self != Self::Jpeg || jpeg::holds(format)
    }

    /// The name that the command line uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Lossless => "lossless",
            Self::Jpeg => "jpeg",
        }
    }
}

/// How a frame is written on the wire, and what it is when it has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// How its pixels are written.
    pub codec: Codec,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The order and type of the samples.
    pub format: PixelFormat,
}

impl Form {
    /// Bytes of the pixels, once decoded.
    ///
    /// # Errors
    /// As [`byte_length`].
    pub fn pixel_bytes(self) -> Result<usize, FrameError> {
        byte_length(self.width, self.height, self.format)
    }

    /// How many bytes the frame may have on the wire: those of its pixels, or fewer when they are
    /// encoded.
    ///
    /// # Errors
    /// As [`byte_length`].
    pub fn wire_bytes(self) -> Result<RangeInclusive<usize>, FrameError> {
        let pixels = self.pixel_bytes()?;
        Ok(match self.codec {
            Codec::Raw => pixels..=pixels,
            Codec::Lossless | Codec::Jpeg => table::LEAST..=pixels.saturating_sub(1),
        })
    }

    fn row_bytes(self) -> usize {
        self.width as usize * self.format.bytes_per_pixel()
    }
}

/// A frame that was encoded.
#[derive(Debug)]
pub struct Encoded {
    form: Form,
    bytes: Vec<u8>,
    digest: OnceLock<Digest>,
}

/// A frame as it goes on the wire: its pixels as they are, or encoded. Copies share the bytes.
#[derive(Clone, Debug)]
pub enum Coded {
    /// The pixels as they are.
    Raw(Arc<Frame>),
    /// Encoded.
    Encoded(Arc<Encoded>),
}

impl Coded {
    /// How it is written, and what it is.
    pub fn form(&self) -> Form {
        match self {
            Self::Raw(frame) => Form {
                codec: Codec::Raw,
                width: frame.width(),
                height: frame.height(),
                format: frame.format(),
            },
            Self::Encoded(encoded) => encoded.form,
        }
    }

    /// The bytes that go on the wire.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Raw(frame) => frame.pixels(),
            Self::Encoded(encoded) => &encoded.bytes,
        }
    }

    /// XXH3-64 of these bytes, which both ends compare to know that they arrived exactly.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Raw(frame) => frame.digest(),
            Self::Encoded(encoded) => *encoded.digest.get_or_init(|| Digest::of(&encoded.bytes)),
        }
    }

    /// The digest, if it is known already.
    pub fn known_digest(&self) -> Option<Digest> {
        match self {
            Self::Raw(frame) => frame.known_digest(),
            Self::Encoded(encoded) => encoded.digest.get().copied(),
        }
    }

    /// Says what the digest is, for who has digested all bytes in passing.
    pub fn note_digest(&self, digest: Digest) {
        match self {
            Self::Raw(frame) => frame.note_digest(digest),
            // Whoever said so first has digested the same bytes.
            Self::Encoded(encoded) => drop(encoded.digest.set(digest)),
        }
    }
}

impl From<Arc<Frame>> for Coded {
    fn from(frame: Arc<Frame>) -> Self {
        Self::Raw(frame)
    }
}

/// Does a piece of work for every number below a count, in any order, on as many threads as it
/// likes, and comes back when all are done.
pub type Spread<'a> = &'a dyn Fn(usize, &(dyn Fn(usize) + Sync));

/// A [`Spread`] over no other thread.
pub fn in_turn(count: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..count).for_each(work);
}

#[cfg(test)]
mod tests;
