//! Reads and writes fields in order; reading past the end is an error and never a panic.

use crate::wire::Malformed;

/// Takes little-endian fields from the front of a datagram.
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (field, rest) = self.0.split_first_chunk().ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(*field)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    /// A length byte and so many bytes of text; what is not UTF-8 is replaced.
    pub(super) fn text(&mut self) -> Result<String, Malformed> {
        let length = usize::from(self.u8()?);
        let (text, rest) = self.0.split_at_checked(length).ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }
}

/// Appends `text` with a length byte, cut at a character's border to at most `max` bytes.
pub(super) fn write_text(out: &mut Vec<u8>, text: &str, max: usize) {
    let mut length = text.len().min(max);
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    out.push(length as u8);
    out.extend_from_slice(&text.as_bytes()[..length]);
}
