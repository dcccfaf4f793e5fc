//! The form of raw pixels that do not say it themselves: size and pixel format, as a user types
//! them.

use std::str::FromStr;

use super::MAX_FRAME_BYTES;
use crate::frame::{ChannelOrder, PixelFormat, SampleType, byte_length};

/// Size and pixel format of frames that come as bare pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawForm {
    width: u32,
    height: u32,
    format: PixelFormat,
}

impl RawForm {
    /// Joins what a user typed.
    ///
    /// # Errors
    /// In words, when such a frame has no pixels or is larger than [`MAX_FRAME_BYTES`].
    pub fn new(width: u32, height: u32, format: PixelFormat) -> Result<Self, String> {
        let bytes = byte_length(width, height, format).map_err(|error| error.to_string())?;
        if bytes as u64 > MAX_FRAME_BYTES {
            let limit = MAX_FRAME_BYTES >> 20;
            return Err(format!("a frame of more than {limit} MiB of pixels cannot be sent"));
        }
        Ok(Self { width, height, format })
    }

    /// Pixels in a row.
    pub fn width(self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(self) -> u32 {
        self.height
    }

    /// The order and type of the samples.
    pub fn format(self) -> PixelFormat {
        self.format
    }

    /// Bytes of one frame.
    pub fn bytes(self) -> usize {
        self.width as usize * self.height as usize * self.format.bytes_per_pixel()
    }
}

/// Reads `1280x720`: pixels in a row and rows.
pub fn parse_size(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once(['x', 'X', '×'])?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

/// Reads the name of a pixel format: PFNC's (`BGR8`) or ffmpeg's (`bgr24`).
///
/// # Errors
/// In words, with what to do.
pub fn parse_pixel_format(name: &str) -> Result<PixelFormat, String> {
    let known = FFMPEG_NAMES.iter().find(|(ffmpeg, _)| ffmpeg.eq_ignore_ascii_case(name));
    if let Some((_, format)) = known {
        return Ok(*format);
    }
    PixelFormat::from_str(name).map_err(|_| {
        let name: String = name.chars().take(LONGEST_NAME).collect();
        format!(
            "{name} is not a pixel format that is sent raw: use Mono8, Mono16, RGB8, BGR8, BGRa8, \
             Mono32f and the like, or ffmpeg's gray, gray16le, rgb24, bgr24, rgba, bgra, rgb48le"
        )
    })
}

/// What ffmpeg calls this format, where it knows it.
pub fn ffmpeg_name(format: PixelFormat) -> Option<&'static str> {
    FFMPEG_NAMES.iter().find(|(_, known)| *known == format).map(|(name, _)| *name)
}

/// ffmpeg's name of each format, the one to use before its other spellings.
const FFMPEG_NAMES: &[(&str, PixelFormat)] = &[
    ("gray", PixelFormat::MONO8),
    ("gray8", PixelFormat::MONO8),
    ("gray16le", PixelFormat::MONO16),
    ("gray16", PixelFormat::MONO16),
    ("grayf32le", PixelFormat::MONO32F),
    ("grayf32", PixelFormat::MONO32F),
    ("ya8", PixelFormat::new(ChannelOrder::MonoA, SampleType::U8)),
    ("ya16le", PixelFormat::new(ChannelOrder::MonoA, SampleType::U16)),
    ("ya16", PixelFormat::new(ChannelOrder::MonoA, SampleType::U16)),
    ("rgb24", PixelFormat::RGB8),
    ("bgr24", PixelFormat::BGR8),
    ("rgba", PixelFormat::RGBA8),
    ("bgra", PixelFormat::BGRA8),
    ("rgb48le", PixelFormat::RGB16),
    ("rgb48", PixelFormat::RGB16),
    ("bgr48le", PixelFormat::new(ChannelOrder::Bgr, SampleType::U16)),
    ("bgr48", PixelFormat::new(ChannelOrder::Bgr, SampleType::U16)),
    ("rgba64le", PixelFormat::RGBA16),
    ("rgba64", PixelFormat::RGBA16),
    ("bgra64le", PixelFormat::new(ChannelOrder::Bgra, SampleType::U16)),
    ("bgra64", PixelFormat::new(ChannelOrder::Bgra, SampleType::U16)),
];

/// Characters of a wrong name that an error repeats.
const LONGEST_NAME: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_both_of_their_names() {
        assert_eq!(parse_pixel_format("bgr24"), Ok(PixelFormat::BGR8));
        assert_eq!(parse_pixel_format("BGR8"), Ok(PixelFormat::BGR8));
        assert_eq!(parse_pixel_format("bgra8"), Ok(PixelFormat::BGRA8));
        assert_eq!(parse_pixel_format("gray16le"), Ok(PixelFormat::MONO16));
        for (name, format) in FFMPEG_NAMES {
            assert_eq!(parse_pixel_format(name), Ok(*format));
        }
        let error = parse_pixel_format("yuv420p").expect_err("planar");
        assert!(error.contains("bgr24"), "{error}");
    }

    #[test]
    fn ffmpeg_hears_the_name_with_its_byte_order() {
        assert_eq!(ffmpeg_name(PixelFormat::MONO16), Some("gray16le"));
        assert_eq!(ffmpeg_name(PixelFormat::BGR8), Some("bgr24"));
        assert_eq!(ffmpeg_name(PixelFormat::new(ChannelOrder::Mono, SampleType::F64)), None);
    }

    #[test]
    fn a_frame_that_is_nothing_or_too_large_is_refused() {
        assert_eq!(RawForm::new(3, 2, PixelFormat::RGB8).map(RawForm::bytes), Ok(18));
        assert!(RawForm::new(0, 2, PixelFormat::RGB8).is_err());
        assert!(RawForm::new(u32::MAX, u32::MAX, PixelFormat::RGB8).is_err());
        assert!(RawForm::new(65_536, 65_536, PixelFormat::MONO8).is_err());
    }

    #[test]
    fn a_size_is_two_numbers() {
        assert_eq!(parse_size("1280x720"), Some((1280, 720)));
        for wrong in ["", "1280", "1280x", "x720", "1280x720x3", "-1x5"] {
            assert_eq!(parse_size(wrong), None, "{wrong}");
        }
    }
}
