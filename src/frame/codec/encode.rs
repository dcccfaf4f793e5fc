//! A frame's pixels made smaller.

use std::sync::{Arc, OnceLock};

use crate::frame::{Digest, Frame, PixelFormat};

use super::predict::Layout;
use super::table::{self, Head, JPEG_ROWS, MOST_STRIPE};
use super::{Coded, Compression, Encoded, Form, Spread, jpeg, lossless};

/// Makes a frame smaller, stripe by stripe. What would not become smaller stays as it is.
///
/// # Errors
/// [`Unencodable`] when the codec cannot hold such pixels.
pub fn encode(
    frame: Arc<Frame>,
    compression: Compression,
    spread: Spread<'_>,
) -> Result<Coded, Unencodable> {
    let (head, stripes) = match compression {
        Compression::Raw => return Ok(Coded::Raw(frame)),
        // Not even a row of it is a stripe.
        Compression::Lossless if frame.row_bytes() > MOST_STRIPE => return Ok(Coded::Raw(frame)),
        Compression::Lossless => {
            let layout = Layout::of(frame.format(), frame.row_bytes());
            let rows = u32::try_from(STRIPE_BYTES / frame.row_bytes()).unwrap_or(u32::MAX);
            let rows = rows.clamp(1, frame.height());
            let head = Head { rows, quality: 0, digest: frame.digest() };
            (head, stripes(&frame, rows, &|pixels| Some(lossless::encode(pixels, layout)), spread))
        }
        Compression::Jpeg(quality) => {
            jpeg::check(&frame)?;
            let rows = STRIPE_PIXELS / frame.width() / JPEG_ROWS * JPEG_ROWS;
            let rows = rows.clamp(JPEG_ROWS, MOST_JPEG_ROWS);
            let head = Head { rows, quality, digest: Digest(0) };
            let (width, format) = (frame.width(), frame.format());
            let encode = |pixels: &[u8]| jpeg::encode(pixels, width, format, quality);
            (head, stripes(&frame, rows, &encode, spread))
        }
    };
    let bytes = stripes.and_then(|stripes| table::write(head, &stripes));
    Ok(match bytes.filter(|bytes| bytes.len() < frame.pixels().len()) {
        Some(bytes) => {
            let form = Form { codec: compression.codec(), ..Coded::Raw(frame).form() };
            Coded::Encoded(Arc::new(Encoded { form, bytes, digest: OnceLock::new() }))
        }
        None => Coded::Raw(frame),
    })
}

/// Encodes the rows of each stripe; `None` when one of them cannot be.
fn stripes(
    frame: &Frame,
    rows: u32,
    encode: &(dyn Fn(&[u8]) -> Option<Vec<u8>> + Sync),
    spread: Spread<'_>,
) -> Option<Vec<Vec<u8>>> {
    let pixels: Vec<&[u8]> = frame.pixels().chunks(rows as usize * frame.row_bytes()).collect();
    let encoded: Vec<OnceLock<Vec<u8>>> = pixels.iter().map(|_| OnceLock::new()).collect();
    spread(pixels.len(), &|at| {
        if let Some(stripe) = encode(pixels[at]) {
            // Nobody else works on this stripe.
            let _ = encoded[at].set(stripe);
        }
    });
    encoded.into_iter().map(OnceLock::into_inner).collect()
}

/// Why a codec cannot hold a frame; the message says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unencodable {
    /// Samples or channels that a JPEG does not have.
    #[error("JPEG holds 8-bit grey or colour only, and this is {0}: send it lossless")]
    Format(PixelFormat),
    /// Pixels that are not opaque.
    #[error("JPEG cannot hold transparent pixels, and this has some: send it lossless")]
    Transparent,
    /// A row that is too long.
    #[error("a JPEG is at most 65,535 pixels wide, and this is {0}: send it lossless")]
    Width(u32),
}

impl Layout {
    /// How the rows of a frame of this format are samples.
    pub(super) fn of(format: PixelFormat, row_bytes: usize) -> Self {
        let (channels, sample_bytes) = (format.order.channels(), format.sample.bytes());
        Self { row_bytes, channels, sample_bytes }
    }
}

/// Bytes of the pixels of a lossless stripe, or one row where that is longer: enough to find what
/// repeats itself, and no more of the picture than must be lost with a packet.
const STRIPE_BYTES: usize = 64 << 10;

/// Pixels of a JPEG stripe, about: each begins with 600 bytes of tables, 3 to 10 % of it.
const STRIPE_PIXELS: u32 = 32 << 10;

/// Rows of a JPEG stripe at most.
const MOST_JPEG_ROWS: u32 = 1024;
