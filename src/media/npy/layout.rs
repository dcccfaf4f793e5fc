//! What an array's type and shape mean as frames.

use super::header::Header;
use crate::frame::{ChannelOrder, PixelFormat, SampleType, byte_length};

/// An array understood as frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) frames: u64,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) format: PixelFormat,
    pub(super) big_endian: bool,
    /// The first axis runs fastest.
    pub(super) fortran: bool,
    /// How samples lie in the file.
    pub(super) stored: Stored,
    frame_bytes: u64,
}

/// How samples lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// As in a frame, but for the order of their bytes.
    Plain,
    /// As truth values, which are shown as black and white.
    Truth,
    /// As floats of two bytes, which are widened: nothing is lost.
    Half,
}

impl Stored {
    /// Bytes in the file of a sample that is `in_frame` bytes in a frame.
    pub(super) fn bytes(self, in_frame: usize) -> usize {
        if self == Self::Half { 2 } else { in_frame }
    }
}

impl Layout {
    /// Height x width, with channels last (blue first, as OpenCV has them), with frames first.
    ///
    /// Three axes are ambiguous: a last one of 1 to 4 is channels, else the first one is frames.
    pub(super) fn of(header: &Header) -> Result<Self, String> {
        let (sample, stored, big_endian) = sample_type(&header.descr)?;
        let (frames, height, width, channels) = match header.shape[..] {
            [height, width] => (1, height, width, 1),
            [height, width, channels @ 1..=4] => (1, height, width, channels),
            [frames, height, width] => (frames, height, width, 1),
            [frames, height, width, channels @ 1..=4] => (frames, height, width, channels),
            _ => return Err(wrong_shape(&header.shape)),
        };
        let order = match channels {
            1 => ChannelOrder::Mono,
            2 => ChannelOrder::MonoA,
            3 => ChannelOrder::Bgr,
            _ => ChannelOrder::Bgra,
        };
        let side = |n: u64| u32::try_from(n).map_err(|_| wrong_shape(&header.shape));
        let (width, height, format) =
            (side(width)?, side(height)?, PixelFormat::new(order, sample));
        if frames == 0 || width == 0 || height == 0 {
            return Err("the array is empty".to_owned());
        }
        let frame_bytes =
            byte_length(width, height, format).map_err(|error| error.to_string())? as u64;
        let fortran = header.fortran;
        Ok(Self { frames, width, height, format, big_endian, fortran, stored, frame_bytes })
    }

    /// Bytes of one frame.
    pub(super) fn frame_bytes(&self) -> u64 {
        self.frame_bytes
    }

    /// Bytes of one frame in the file.
    pub(super) fn stored_bytes(&self) -> u64 {
        let sample = self.format.sample.bytes();
        self.frame_bytes / sample as u64 * self.stored.bytes(sample) as u64
    }
}

/// The sample type that one of NumPy's type strings means, how it is stored, and whether it is big-endian.
fn sample_type(descr: &str) -> Result<(SampleType, Stored, bool), String> {
    let big_endian = descr.starts_with('>');
    let sample = match descr.trim_start_matches(['<', '>', '|', '=']) {
        "u1" => SampleType::U8,
        "u2" => SampleType::U16,
        "u4" => SampleType::U32,
        "u8" => SampleType::U64,
        "i1" => SampleType::I8,
        "i2" => SampleType::I16,
        "i4" => SampleType::I32,
        "i8" => SampleType::I64,
        "f4" => SampleType::F32,
        "f8" => SampleType::F64,
        "b1" => return Ok((SampleType::U8, Stored::Truth, big_endian)),
        "f2" => return Ok((SampleType::F32, Stored::Half, big_endian)),
        _ => {
            let shown: String = descr.chars().take(20).collect();
            return Err(format!(
                "samples of type {shown:?} are not pixels; save integers or floats, \
                 such as array.astype('f4')"
            ));
        }
    };
    Ok((sample, Stored::Plain, big_endian))
}

fn wrong_shape(shape: &[u64]) -> String {
    let sides: Vec<String> = shape.iter().take(8).map(u64::to_string).collect();
    format!(
        "an array of shape ({}) is not an image; height x width, height x width x 3 \
         or frames x height x width x 3 are",
        sides.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(descr: &str, shape: &[u64]) -> Result<Layout, String> {
        let header = Header { descr: descr.to_owned(), fortran: false, shape: shape.to_vec() };
        Layout::of(&header)
    }

    fn meant(shape: &[u64]) -> (u64, u32, u32, String) {
        let layout = layout("|u1", shape).expect("an image");
        (layout.frames, layout.height, layout.width, layout.format.to_string())
    }

    #[test]
    fn shapes_mean_what_an_opencv_user_means() {
        assert_eq!(meant(&[4, 5]), (1, 4, 5, "Mono8".into()));
        assert_eq!(meant(&[4, 5, 1]), (1, 4, 5, "Mono8".into()));
        assert_eq!(meant(&[4, 5, 2]), (1, 4, 5, "MonoA8".into()));
        assert_eq!(meant(&[4, 5, 3]), (1, 4, 5, "BGR8".into()));
        assert_eq!(meant(&[4, 5, 4]), (1, 4, 5, "BGRa8".into()));
        assert_eq!(meant(&[9, 4, 5]), (9, 4, 5, "Mono8".into()));
        assert_eq!(meant(&[9, 4, 5, 3]), (9, 4, 5, "BGR8".into()));
    }

    #[test]
    fn what_is_no_image_is_refused_in_words() {
        for shape in [&[][..], &[5], &[0, 5], &[5, 0, 3], &[0, 5, 5], &[2, 4, 5, 7], &[1; 5]] {
            assert!(layout("|u1", shape).is_err(), "{shape:?}");
        }
        assert!(layout("|u1", &[1 << 32, 1]).is_err());
        assert!(layout("<f8", &[u64::from(u32::MAX), u64::from(u32::MAX)]).is_err());
        assert!(layout("|O", &[4, 5]).is_err());
        assert!(layout("<c8", &[4, 5]).is_err());
    }
}
