//! An encoded frame's pixels, or as many of them as its bytes allow.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::frame::{Buffers, Frame};

use super::predict::Layout;
use super::table::{Table, is_there};
use super::{Codec, Form, Spread, jpeg, lossless};

/// What an encoded frame was.
#[derive(Debug)]
pub struct Decoded {
    /// The picture; missing parts are zero.
    pub frame: Frame,
    /// Byte ranges of the pixels that could not be had: whole rows, in order.
    pub missing: Vec<Range<usize>>,
    /// The quality of a JPEG, where that is known.
    pub quality: Option<u8>,
}

/// An encoded frame that is not what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the frame cannot be decoded")]
pub struct Undecodable;

/// Decodes a frame of this form, of which the bytes in `missing` (in order) are not there, into
/// memory from `buffers`. With some missing, what else cannot be decoded is missing, too.
///
/// Checked against the form before anything is allocated; the form itself is the caller's to
/// limit.
///
/// # Errors
/// [`Undecodable`] when nothing is missing and yet it is not a frame of this form.
pub fn decode(
    form: Form,
    bytes: &[u8],
    missing: &[Range<usize>],
    buffers: &Buffers,
    spread: Spread<'_>,
) -> Result<Decoded, Undecodable> {
    let length = form.pixel_bytes().map_err(|_| Undecodable)?;
    let table = Table::read(bytes, missing, form);
    if table.is_none() && missing.is_empty() {
        return Err(Undecodable);
    }
    let mut pixels = buffers.take(length);
    let lost = match &table {
        Some(table) => decode_stripes(form, table, bytes, missing, &mut pixels, spread),
        None => std::iter::once(0..length).collect(),
    };
    if missing.is_empty() && !lost.is_empty() {
        return Err(Undecodable);
    }
    for range in &lost {
        pixels.clear_unwritten(range.clone());
    }
    let frame = Frame::new(form.width, form.height, form.format, pixels);
    let frame = frame.map_err(|_| Undecodable)?;
    let head = table.map(|table| table.head);
    let exact = form.codec == Codec::Lossless && lost.is_empty();
    if exact && head.is_some_and(|head| head.digest != frame.digest()) {
        return Err(Undecodable);
    }
    let quality = head.map(|head| head.quality).filter(|quality| *quality > 0);
    Ok(Decoded { frame, missing: lost, quality })
}

/// A stripe on its way to its pixels.
struct Stripe<'a> {
    /// `None` when not all of it is there.
    encoded: Option<&'a [u8]>,
    pixels: &'a mut [u8],
    decoded: bool,
}

/// Decodes the stripes that are there, and gives the bytes of the pixels of the others.
fn decode_stripes(
    form: Form,
    table: &Table<'_>,
    bytes: &[u8],
    missing: &[Range<usize>],
    pixels: &mut [u8],
    spread: Spread<'_>,
) -> Vec<Range<usize>> {
    let stripe_bytes = form.row_bytes().saturating_mul(table.head.rows as usize).max(1);
    let there =
        |place: Range<usize>| if is_there(&place, missing) { bytes.get(place) } else { None };
    let stripes: Vec<Mutex<Stripe<'_>>> = pixels
        .chunks_mut(stripe_bytes)
        .zip(table.stripes())
        .map(|(pixels, place)| Stripe { encoded: there(place), pixels, decoded: false })
        .map(Mutex::new)
        .collect();
    spread(stripes.len(), &|at| {
        stripes[at].lock().unwrap_or_else(PoisonError::into_inner).decode(form);
    });
    let mut gaps: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for stripe in stripes {
        let stripe = stripe.into_inner().unwrap_or_else(PoisonError::into_inner);
        let range = start..start + stripe.pixels.len();
        start = range.end;
        match gaps.last_mut().filter(|last| last.end == range.start) {
            _ if stripe.decoded => {}
            Some(last) => last.end = range.end,
            None => gaps.push(range),
        }
    }
    gaps
}

impl Stripe<'_> {
    fn decode(&mut self, form: Form) {
        let Some(encoded) = self.encoded else { return };
        let decoded = match form.codec {
            Codec::Raw => None,
            Codec::Lossless => {
                let layout = Layout::of(form.format, form.row_bytes());
                lossless::decode(encoded, layout, self.pixels)
            }
            Codec::Jpeg => jpeg::decode(encoded, form.width, form.format, self.pixels),
        };
        self.decoded = decoded.is_some();
        if !self.decoded {
            // Half of it may have been written.
            self.pixels.fill(0);
        }
    }
}
