//! The header of a `.npy` file: a Python dictionary with three known keys.
//!
//! Read by hand because a file is hostile until checked: nothing here recurses, overflows or
//! allocates more than [`MAX_HEADER_BYTES`].

use std::io::Read;

/// How every `.npy` file begins.
pub(in crate::media) const MAGIC: &[u8] = b"\x93NUMPY";

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// NumPy's type string, such as `<f4`.
    pub(super) descr: String,
    /// The first axis runs fastest.
    pub(super) fortran: bool,
    pub(super) shape: Vec<u64>,
}

/// Reads a header and leaves `reader` at the first sample.
pub(super) fn read(reader: &mut impl Read) -> Result<Header, String> {
    let cut = |_| "the .npy header is cut short; copy or save the file again".to_owned();
    let mut start = [0; 8];
    reader.read_exact(&mut start).map_err(cut)?;
    let [.., major, minor] = start;
    if !start.starts_with(MAGIC) {
        return Err("it is not a .npy array, whatever its name says".to_owned());
    }
    let length = match major {
        1 => {
            let mut length = [0; 2];
            reader.read_exact(&mut length).map_err(cut)?;
            u32::from(u16::from_le_bytes(length))
        }
        2 | 3 => {
            let mut length = [0; 4];
            reader.read_exact(&mut length).map_err(cut)?;
            u32::from_le_bytes(length)
        }
        _ => return Err(format!("version {major}.{minor} of .npy is not known here")),
    };
    if length > MAX_HEADER_BYTES {
        return Err(format!("a .npy header of {length} bytes is not read"));
    }
    let mut text = vec![0; length as usize];
    reader.read_exact(&mut text).map_err(cut)?;
    let text = String::from_utf8(text).map_err(|_| damaged("it is not text"))?;
    Parser { rest: &text }.dictionary()
}

/// The bytes before the samples of a C-ordered array, as NumPy itself writes them.
pub(in crate::media) fn text_for(descr: &str, shape: &[usize]) -> Vec<u8> {
    let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if sides.len() == 1 { "," } else { "" };
    let sides = sides.join(", ");
    let mut text =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sides}{comma}), }}");
    let prefix = MAGIC.len() + 4;
    let padded = (prefix + text.len() + 1).next_multiple_of(ALIGNMENT);
    text.extend(std::iter::repeat_n(' ', padded - prefix - text.len() - 1));
    text.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.into_bytes());
    bytes
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn dictionary(mut self) -> Result<Header, String> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        self.expect("{")?;
        while !self.take("}") {
            let key = self.string()?;
            self.expect(":")?;
            match key {
                "descr" => descr = Some(self.descr()?),
                "fortran_order" => fortran = Some(self.truth()?),
                "shape" => shape = Some(self.tuple()?),
                _ => return Err(damaged("it has a key that no version of .npy has")),
            }
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        if !self.rest.trim().is_empty() {
            return Err(damaged("something follows the dictionary"));
        }
        match (descr, fortran, shape) {
            (Some(descr), Some(fortran), Some(shape)) => Ok(Header { descr, fortran, shape }),
            _ => Err(damaged("descr, fortran_order or shape is missing")),
        }
    }

    fn descr(&mut self) -> Result<String, String> {
        if self.rest.trim_start().starts_with('[') {
            return Err("structured arrays are not images; save one of the fields".to_owned());
        }
        self.string().map(str::to_owned)
    }

    fn string(&mut self) -> Result<&'a str, String> {
        let rest = self.rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let (text, rest) = quote
            .and_then(|quote| rest[1..].split_once(quote))
            .ok_or_else(|| damaged("a string is missing"))?;
        self.rest = rest;
        Ok(text)
    }

    fn truth(&mut self) -> Result<bool, String> {
        if self.take("True") {
            return Ok(true);
        }
        self.expect("False").map(|()| false)
    }

    fn tuple(&mut self) -> Result<Vec<u64>, String> {
        let mut sides = Vec::new();
        self.expect("(")?;
        while !self.take(")") {
            sides.push(self.number()?);
            if !self.take(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(sides)
    }

    fn number(&mut self) -> Result<u64, String> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, rest) = rest.split_at(end);
        // Python 2 wrote long integers with an L.
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        digits.parse().map_err(|_| damaged("a side of its shape is not a number"))
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.take(word) { Ok(()) } else { Err(damaged(&format!("{word} is missing"))) }
    }

    fn take(&mut self, word: &str) -> bool {
        match self.rest.trim_start().strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

fn damaged(how: &str) -> String {
    format!("the .npy header is damaged: {how}")
}

/// NumPy refuses headers beyond 10,000 bytes unless told otherwise; ours have no more to say.
const MAX_HEADER_BYTES: u32 = 65_535;

/// NumPy aligns the samples for memory mapping.
const ALIGNMENT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes
    }

    #[test]
    fn a_header_is_read_as_numpy_writes_it() {
        let header = Header { descr: "<f4".into(), fortran: false, shape: vec![3, 4] };
        let written = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }      \n";
        assert_eq!(read(&mut &file(written)[..]), Ok(header.clone()));
        let other = "{\"shape\": (3L, 4L,), 'fortran_order':False,'descr':'<f4'}";
        assert_eq!(read(&mut &file(other)[..]), Ok(header.clone()));
        assert_eq!(read(&mut &text_for("<f4", &[3, 4])[..]), Ok(header));
        assert_eq!(text_for("|u1", &[720, 570, 3]).len() % 64, 0);
    }

    #[test]
    fn hostile_headers_are_refused_in_words() {
        let long = format!("{{'descr': '{}", "(".repeat(60_000));
        for text in [
            "",
            "{",
            "{}",
            "[]",
            "{'descr': '<f4'}",
            "{'descr': '<f4', 'fortran_order': 1, 'shape': (3,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': 3}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 4)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3 4)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 4)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)} import os",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3, 4)}",
            "{'descr': '<f4', 'evil': False, 'shape': (3, 4)}",
            "{'descr': 'é",
            &long,
        ] {
            assert!(read(&mut &file(text)[..]).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_the_reader_panic(
            text in "(\\PC{0,4}|\\{|'descr'|'shape'|'fortran_order'|:|,|\\(|\\)|'<f4'|True|[0-9]{1,21}|\\}| ){0,20}",
        ) {
            let _ = read(&mut &file(&text)[..]);
        }
    }

    #[test]
    fn a_promised_length_is_not_believed() {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([2, 0]);
        bytes.extend(u32::MAX.to_le_bytes());
        assert!(read(&mut &bytes[..]).is_err());
        assert!(read(&mut &b"\x93NUMPY\x09\x00"[..]).is_err());
        assert!(read(&mut &b"\x93NUM"[..]).is_err());
    }
}
