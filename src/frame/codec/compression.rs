//! What a sender chooses.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Codec;

/// How frames are to be made smaller before they are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Compression {
    /// Not at all.
    #[default]
    Raw,
    /// As far as every bit comes back.
    Lossless,
    /// As JPEG of this quality, 1 to 100.
    Jpeg(u8),
}

/// The quality of a JPEG unless the user says otherwise: a trained eye sees no difference at
/// normal size, and most photographs are a tenth to a thirtieth of their pixels.
pub const DEFAULT_QUALITY: u8 = 85;

impl Compression {
    /// The codec that it uses.
    pub const fn codec(self) -> Codec {
        match self {
            Self::Raw => Codec::Raw,
            Self::Lossless => Codec::Lossless,
            Self::Jpeg(_) => Codec::Jpeg,
        }
    }
}

impl FromStr for Compression {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, quality) = text.split_once(':').map_or((text, None), |(n, q)| (n, Some(q)));
        match (name, quality) {
            ("raw", None) => Ok(Self::Raw),
            ("lossless", None) => Ok(Self::Lossless),
            ("jpeg", None) => Ok(Self::Jpeg(DEFAULT_QUALITY)),
            ("jpeg", Some(quality)) => match quality.parse() {
                Ok(quality @ 1..=100) => Ok(Self::Jpeg(quality)),
                _ => Err("the quality of a JPEG is 1 to 100, such as jpeg:85".to_owned()),
            },
            _ => Err("a codec is raw, lossless, jpeg or jpeg:QUALITY, such as jpeg:85".to_owned()),
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jpeg(quality) => write!(f, "jpeg:{quality}"),
            Self::Raw | Self::Lossless => f.write_str(self.codec().name()),
        }
    }
}

impl TryFrom<String> for Compression {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Compression> for String {
    fn from(compression: Compression) -> Self {
        compression.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codec_is_a_word_and_perhaps_a_quality() {
        assert_eq!("raw".parse(), Ok(Compression::Raw));
        assert_eq!("lossless".parse(), Ok(Compression::Lossless));
        assert_eq!("jpeg".parse(), Ok(Compression::Jpeg(85)));
        for quality in [1, 40, 100] {
            let jpeg = Compression::Jpeg(quality);
            assert_eq!(jpeg.to_string().parse(), Ok(jpeg));
        }
        for wrong in ["", "png", "raw:5", "lossless:", "jpeg:", "jpeg:0", "jpeg:101", "jpeg:-1"] {
            assert!(wrong.parse::<Compression>().is_err(), "{wrong}");
        }
    }
}
