//! What stands at both ends of an encoded frame: how many rows a stripe has, and where each lies.

use std::ops::Range;

use crate::frame::Digest;

use super::{Codec, Form};

/// Bytes before the lengths.
const HEAD: usize = 16;

/// The least that an encoded frame has: both ends of one stripe of a byte.
pub(super) const LEAST: usize = 2 * (HEAD + 4) + 1;

/// Rows of a JPEG stripe are a multiple of this: its blocks of 8 rows, at half the colour.
pub(super) const JPEG_ROWS: u32 = 16;

/// Bytes of the pixels of a stripe, unless it is all there is: fewer would be mostly table, more
/// would cost the memory of another picture while they are decoded. The most are 16 rows of the
/// widest JPEG.
const LEAST_STRIPE: usize = 1 << 10;
pub(super) const MOST_STRIPE: usize = 4 << 20;

/// The part of the beginning that is not about single stripes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Rows of each stripe but the last.
    pub(super) rows: u32,
    /// Of a JPEG; 0 for lossless.
    pub(super) quality: u8,
    /// Of the decoded pixels, for lossless.
    pub(super) digest: Digest,
}

impl Head {
    fn write(&self) -> [u8; HEAD] {
        let mut out = [0; HEAD];
        out[0..4].copy_from_slice(&self.rows.to_le_bytes());
        out[4] = self.quality;
        out[8..16].copy_from_slice(&self.digest.0.to_le_bytes());
        out
    }

    /// Reads it, and checks that a frame of this form can have it.
    fn read(bytes: &[u8], form: Form) -> Option<Self> {
        let bytes: &[u8; HEAD] = bytes.first_chunk()?;
        let [a, b, c, d, quality, _, _, _, digest @ ..] = *bytes;
        let rows = u32::from_le_bytes([a, b, c, d]);
        let fits = match form.codec {
            Codec::Raw => false,
            Codec::Lossless => quality == 0,
            Codec::Jpeg => {
                (1..=100).contains(&quality)
                    && rows.is_multiple_of(JPEG_ROWS)
                    && u16::try_from(rows).is_ok()
                    && u16::try_from(form.width).is_ok()
            }
        };
        let stripe = form.row_bytes().saturating_mul(rows.min(form.height) as usize);
        let fits = fits
            && rows > 0
            && stripe <= MOST_STRIPE
            && (stripe >= LEAST_STRIPE || rows >= form.height);
        let digest = Digest(u64::from_le_bytes(digest));
        fits.then_some(Self { rows, quality, digest })
    }

    fn stripes(&self, form: Form) -> usize {
        form.height.div_ceil(self.rows) as usize
    }
}

/// Lays stripes end to end between two tables of them; `None` when one is too long to be told.
pub(super) fn write(head: Head, stripes: &[Vec<u8>]) -> Option<Vec<u8>> {
    let content: usize = stripes.iter().map(Vec::len).sum();
    let mut lengths = Vec::with_capacity(4 * stripes.len());
    for stripe in stripes {
        lengths.extend_from_slice(&u32::try_from(stripe.len()).ok()?.to_le_bytes());
    }
    let mut out = Vec::with_capacity(2 * (HEAD + lengths.len()) + content);
    out.extend_from_slice(&head.write());
    out.extend_from_slice(&lengths);
    for stripe in stripes {
        out.extend_from_slice(stripe);
    }
    out.extend_from_slice(&lengths);
    out.extend_from_slice(&head.write());
    Some(out)
}

/// The stripes of an encoded frame. Checked: they are as many as the frame's rows need, and lie in
/// the frame, one behind the other.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) head: Head,
    lengths: &'a [u8],
}

impl<'a> Table<'a> {
    /// Reads whichever of both tables is there; `missing` are the bytes that are not, in order.
    /// Where both are, they must agree.
    pub(super) fn read(bytes: &'a [u8], missing: &[Range<usize>], form: Form) -> Option<Self> {
        let first = Self::read_first(bytes, form).filter(|(_, place)| is_there(place, missing));
        let last = Self::read_last(bytes, form).filter(|(_, place)| is_there(place, missing));
        let table = match (first, last) {
            (Some((first, _)), Some((last, _))) => {
                let agree = first.head == last.head && first.lengths == last.lengths;
                agree.then_some(first)?
            }
            (Some((table, _)), None) | (None, Some((table, _))) if !missing.is_empty() => table,
            _ => return None,
        };
        table.adds_up_to(bytes.len()).then_some(table)
    }

    /// The bytes of every stripe within the encoded frame.
    pub(super) fn stripes(&self) -> impl Iterator<Item = Range<usize>> {
        let mut end = HEAD + self.lengths.len();
        self.each_length().map(move |length| {
            let start = end;
            end += length;
            start..end
        })
    }

    fn read_first(bytes: &'a [u8], form: Form) -> Option<(Self, Range<usize>)> {
        let head = Head::read(bytes, form)?;
        let end = HEAD + 4 * head.stripes(form);
        Some((Self { head, lengths: bytes.get(HEAD..end)? }, 0..end))
    }

    fn read_last(bytes: &'a [u8], form: Form) -> Option<(Self, Range<usize>)> {
        let end = bytes.len().checked_sub(HEAD)?;
        let head = Head::read(&bytes[end..], form)?;
        let start = end.checked_sub(4 * head.stripes(form))?;
        Some((Self { head, lengths: &bytes[start..end] }, start..bytes.len()))
    }

    fn each_length(&self) -> impl Iterator<Item = usize> + use<'a> {
        self.lengths.as_chunks().0.iter().map(|length| u32::from_le_bytes(*length) as usize)
    }

    fn adds_up_to(&self, length: usize) -> bool {
        let content: u64 = self.each_length().map(|length| length as u64).sum();
        content + 2 * (HEAD + self.lengths.len()) as u64 == length as u64
    }
}

/// Whether nothing of `range` is missing.
pub(super) fn is_there(range: &Range<usize>, missing: &[Range<usize>]) -> bool {
    let after = missing.partition_point(|gap| gap.end <= range.start);
    missing.get(after).is_none_or(|gap| gap.start >= range.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PixelFormat;

    const FORM: Form =
        Form { codec: Codec::Lossless, width: 200, height: 25, format: PixelFormat::MONO8 };
    const HEAD_OF_TEN_ROWS: Head = Head { rows: 10, quality: 0, digest: Digest(7) };

    fn frame() -> Vec<u8> {
        write(HEAD_OF_TEN_ROWS, &[vec![1; 5], vec![2; 6], vec![3; 7]]).expect("short")
    }

    fn stripes(bytes: &[u8], missing: &[Range<usize>]) -> Option<Vec<Range<usize>>> {
        Table::read(bytes, missing, FORM).map(|table| table.stripes().collect())
    }

    #[test]
    fn stripes_are_found_from_either_end() {
        let frame = frame();
        let places = Some(vec![28..33, 33..39, 39..46]);
        assert_eq!(frame.len(), 74);
        assert_eq!(stripes(&frame, &[]), places);
        assert_eq!(stripes(&frame, &[0..30, 40..41]), places, "the first table is lost");
        assert_eq!(stripes(&frame, &[33..34, 50..51]), places, "the second is");
        assert_eq!(stripes(&frame, &[27..28, 73..74]), None, "both are");
    }

    #[test]
    fn a_table_that_does_not_fit_its_frame_is_refused() {
        for (at, value) in [(0, 0), (0, 13), (4, 1), (16, 6), (19, 1), (46, 6), (58, 9), (62, 1)] {
            let mut bytes = frame();
            bytes[at] = value;
            assert_eq!(stripes(&bytes, &[]), None, "byte {at}");
        }
        let whole = frame();
        for length in 0..whole.len() {
            assert_eq!(stripes(&whole[..length], &[]), None, "{length} bytes");
            assert_eq!(stripes(&whole[..length], &[30..31, 32..33]), None, "{length} bytes");
        }
        let tall = Form { height: u32::MAX, ..FORM };
        assert!(Table::read(&whole, &[], tall).is_none());
        let narrow = Form { width: 100, ..FORM };
        assert!(Table::read(&whole, &[], narrow).is_none(), "stripes that are mostly table");
        let wide = Form { width: 1 << 19, ..FORM };
        assert!(Table::read(&whole, &[], wide).is_none(), "stripes as large as pictures");
        let jpeg = Form { codec: Codec::Jpeg, ..FORM };
        assert!(Table::read(&whole, &[], jpeg).is_none(), "rows that no JPEG stripe has");
    }
}
