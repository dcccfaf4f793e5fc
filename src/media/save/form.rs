//! In which form frames are kept.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::encode;
use crate::frame::PixelFormat;

/// In which form a frame is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SaveFormat {
    /// NumPy's format: every pixel format, exact, channels in the order of the wire.
    Npy,
    /// Grey and colour of 8 and 16 bits, exact.
    #[default]
    Png,
    /// The pixel bytes and nothing else.
    Raw,
}

impl SaveFormat {
    /// The file name's extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Png => "png",
            Self::Raw => "raw",
        }
    }

    /// The form that holds `format` exactly and that most programs can open: PNG, else `.npy`.
    pub fn exact_for(format: PixelFormat) -> Self {
        if encode::fits_png(format) { Self::Png } else { Self::Npy }
    }
}

impl fmt::Display for SaveFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.extension())
    }
}

/// In which form frames become a video, through an installed ffmpeg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoFormat {
    /// FFV1 in Matroska: every pixel of every frame, at the times at which frames came.
    Mkv,
    /// What every player takes (H.264 where this ffmpeg has it): not exact, 60 frames a second.
    Mp4,
}

impl VideoFormat {
    /// The file name's extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Mkv => "mkv",
            Self::Mp4 => "mp4",
        }
    }
}

/// In which form frame after frame is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeepFormat {
    /// A file for each frame: PNG where that is exact, else `.npy`.
    #[default]
    Exact,
    /// A file of this form for each frame.
    Files(SaveFormat),
    /// A video of each stream.
    Video(VideoFormat),
}

impl fmt::Display for KeepFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Exact => SaveFormat::Png.extension(),
            Self::Files(format) => format.extension(),
            Self::Video(format) => format.extension(),
        })
    }
}

impl FromStr for KeepFormat {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let known = [
            Self::Files(SaveFormat::Png),
            Self::Files(SaveFormat::Npy),
            Self::Files(SaveFormat::Raw),
            Self::Video(VideoFormat::Mkv),
            Self::Video(VideoFormat::Mp4),
        ];
        let named = |format: &Self| format.to_string().eq_ignore_ascii_case(name);
        known.into_iter().find(named).ok_or(UnknownFormat)
    }
}

/// A name that is not one of [`KeepFormat`]'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("frames are kept as `png`, `npy` or `raw`, or as a video: `mkv` (exact) or `mp4`")]
pub struct UnknownFormat;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_read_as_typed() {
        assert_eq!("npy".parse(), Ok(KeepFormat::Files(SaveFormat::Npy)));
        assert_eq!("PNG".parse(), Ok(KeepFormat::Files(SaveFormat::Png)));
        assert_eq!("Mkv".parse(), Ok(KeepFormat::Video(VideoFormat::Mkv)));
        assert!("jpg".parse::<KeepFormat>().is_err());
    }
}
