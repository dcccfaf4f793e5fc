//! A frame: one image as rows of pixels, with its size and its pixel format.
//!
//! Pixel formats carry the names of the GenICam Pixel Format Naming Convention (PFNC): `Mono8`,
//! `BGR8`, `RGBa16`. Samples are little-endian and rows lie end to end without padding, from the
//! top. Nothing here knows a file, a packet or a window.

mod buffer;
pub mod codec;
mod convert;
mod difference;
mod display;
mod format;
mod statistics;
mod yuv;

use std::fmt;
use std::hash::Hasher as _;
use std::sync::OnceLock;

use twox_hash::XxHash3_64;

pub use buffer::{Buffers, PixelBuffer};
pub use convert::{grey_to_rgb8, reorder_into, to_bgr8};
pub use difference::{Difference, NotComparable};
pub use display::{Channel, Display, DisplayRange, write_rgba};
pub use format::{ChannelOrder, PixelFormat, SampleType, UnknownFormat};
pub use statistics::{BINS, ChannelStatistics, Series, Statistics, luminance};
pub use yuv::{Matrix, PackedYcbcr, Packer, Ycbcr, YcbcrRange};

/// One image: `height` rows of `width` pixels in `format`, row by row from the top.
#[derive(Clone)]
pub struct Frame {
    width: u32,
    height: u32,
    format: PixelFormat,
    pixels: PixelBuffer,
    /// Known once somebody has asked for it, or digested the pixels in passing.
    digest: OnceLock<Digest>,
}

impl Frame {
    /// Joins pixels and their geometry; the lengths must agree.
    ///
    /// # Errors
    /// [`FrameError`] when a side is zero, the size overflows, or `pixels` has another length
    /// than `width * height * bytes_per_pixel`.
    pub fn new(
        width: u32,
        height: u32,
        format: PixelFormat,
        pixels: impl Into<PixelBuffer>,
    ) -> Result<Self, FrameError> {
        let pixels = pixels.into();
        let expected = byte_length(width, height, format)?;
        if expected != pixels.len() {
            return Err(FrameError::Length { expected, actual: pixels.len() });
        }
        Ok(Self { width, height, format, pixels, digest: OnceLock::new() })
    }

    /// Pixels in a row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The order and type of the samples of each pixel.
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// The pixel bytes, row by row from the top, exactly as they go on the wire.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixel bytes, to be drawn on; their number stays.
    pub fn pixels_mut(&mut self) -> &mut [u8] {
        self.digest = OnceLock::new();
        &mut self.pixels
    }

    /// The pixel bytes, given away.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels.into_vec()
    }

    /// Bytes of one row.
    pub fn row_bytes(&self) -> usize {
        self.width as usize * self.format.bytes_per_pixel()
    }

    /// The samples of the pixel at `x`, `y` as the wire carries them, in wire order; `None`
    /// outside the picture.
    pub fn samples_at(&self, x: u32, y: u32) -> Option<Vec<f64>> {
        Some(self.format.sample.values(self.pixel(x, y)?).collect())
    }

    /// The bytes of the pixel at `x`, `y`; `None` outside the picture.
    pub fn pixel(&self, x: u32, y: u32) -> Option<&[u8]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let size = self.format.bytes_per_pixel();
        let start = y as usize * self.row_bytes() + x as usize * size;
        self.pixels.get(start..start + size)
    }

    /// XXH3-64 of the pixel bytes, which both ends compare to know that a frame arrived exactly.
    pub fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| Digest::of(&self.pixels))
    }

    /// The digest, if it is known already.
    pub fn known_digest(&self) -> Option<Digest> {
        self.digest.get().copied()
    }

    /// Says what the digest is, for who has digested all pixels in passing.
    pub fn note_digest(&self, digest: Digest) {
        // Whoever said so first has digested the same pixels.
        let _ = self.digest.set(digest);
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        let geometry = |frame: &Self| (frame.width, frame.height, frame.format);
        geometry(self) == geometry(other) && self.pixels() == other.pixels()
    }
}

impl Eq for Frame {}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} x {} {})", self.width, self.height, self.format)
    }
}

/// How many bytes an image of this geometry has.
///
/// # Errors
/// [`FrameError::Empty`] for a side of zero, [`FrameError::TooLarge`] when the product does not
/// fit in memory's address range.
pub fn byte_length(width: u32, height: u32, format: PixelFormat) -> Result<usize, FrameError> {
    if width == 0 || height == 0 {
        return Err(FrameError::Empty { width, height });
    }
    let bytes = u128::from(width) * u128::from(height) * format.bytes_per_pixel() as u128;
    isize::try_from(bytes)
        .ok()
        .and_then(|bytes| usize::try_from(bytes).ok())
        .ok_or(FrameError::TooLarge { width, height, format })
}

/// XXH3-64 of a frame's pixel bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub u64);

impl Digest {
    /// Digests `bytes` in one go.
    pub fn of(bytes: &[u8]) -> Self {
        Self(XxHash3_64::oneshot(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Digests pixels as they pass by, in order.
#[derive(Default)]
pub struct Digester(XxHash3_64);

impl Digester {
    /// Takes the next bytes in order.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// The digest of everything taken so far.
    pub fn finish(&self) -> Digest {
        Digest(self.0.finish())
    }
}

/// Why pixels and geometry do not make a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A side of zero.
    #[error("an image of {width} x {height} has no pixels")]
    Empty {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The pixels are not as many as the geometry says.
    #[error("the geometry asks for {expected} bytes and there are {actual}")]
    Length {
        /// Bytes that the geometry asks for.
        expected: usize,
        /// Bytes that were given.
        actual: usize,
    },
    /// More bytes than this machine can address.
    #[error("an image of {width} x {height} {format} is too large for this machine")]
    TooLarge {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// The pixel format.
        format: PixelFormat,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_holds_exactly_its_geometry() {
        assert!(Frame::new(2, 2, PixelFormat::BGR8, vec![0; 12]).is_ok());
        assert_eq!(
            Frame::new(2, 2, PixelFormat::BGR8, vec![0; 11]),
            Err(FrameError::Length { expected: 12, actual: 11 })
        );
        assert_eq!(
            byte_length(0, 2, PixelFormat::MONO8),
            Err(FrameError::Empty { width: 0, height: 2 })
        );
        assert!(byte_length(u32::MAX, u32::MAX, PixelFormat::RGBA16).is_err());
    }

    #[test]
    fn samples_are_read_in_wire_order() {
        let frame = Frame::new(2, 1, PixelFormat::BGR8, vec![1, 2, 3, 4, 5, 6]).expect("valid");
        assert_eq!(frame.samples_at(1, 0), Some(vec![4.0, 5.0, 6.0]));
        assert_eq!(frame.samples_at(2, 0), None);
    }

    #[test]
    fn a_digest_in_parts_equals_the_digest_of_the_whole() {
        let bytes: Vec<u8> = (0..5000_u32).map(|i| (i * 7) as u8).collect();
        let mut digester = Digester::default();
        digester.update(&bytes[..1234]);
        digester.update(&bytes[1234..]);
        assert_eq!(digester.finish(), Digest::of(&bytes));
    }

    #[test]
    fn a_frame_that_was_drawn_on_has_another_digest() {
        let mut frame = Frame::new(2, 1, PixelFormat::MONO8, vec![1, 2]).expect("valid");
        assert_eq!(frame.known_digest(), None);
        let before = frame.digest();
        assert_eq!(frame.known_digest(), Some(before));
        frame.pixels_mut()[0] = 9;
        assert_eq!(frame.digest(), Digest::of(&[9, 2]));
    }

    #[test]
    fn the_digest_is_xxh3_of_the_reference() {
        // The reference implementation's value for no input.
        assert_eq!(Digest::of(b"").to_string(), "2d06800538d394c2");
    }
}
