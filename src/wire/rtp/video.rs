//! What is in a stream: RTP packets do not say it, an SDP file or the user does.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::frame::{PackedYcbcr, PixelFormat, Ycbcr, byte_length};

use super::MAX_SIDE;

/// Which samples a pixel group holds, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sampling {
    /// Pixels whose bytes go on the wire as they lie in a frame: RGB8, BGR8, RGBa8 or BGRa8.
    Plain(PixelFormat),
    /// Brightness and colour difference, converted to RGB8 when a frame is whole.
    Ycbcr(PackedYcbcr),
}

impl Sampling {
    /// Everything that can be received.
    pub const ALL: [Self; 7] = [
        Self::Plain(PixelFormat::RGB8),
        Self::Plain(PixelFormat::BGR8),
        Self::Plain(PixelFormat::RGBA8),
        Self::Plain(PixelFormat::BGRA8),
        Self::Ycbcr(PackedYcbcr::Ycbcr422In8),
        Self::Ycbcr(PackedYcbcr::Ycbcr422In10),
        Self::Ycbcr(PackedYcbcr::Ycbcr420In8),
    ];

    /// How it is sent, if a frame of this format can be sent as it is.
    pub fn of(format: PixelFormat) -> Option<Self> {
        Self::ALL.into_iter().find(|&sampling| sampling == Self::Plain(format))
    }

    /// The name and the depth in bits that SDP files give it.
    pub fn in_sdp(self) -> (&'static str, u8) {
        match self {
            Self::Plain(PixelFormat::BGR8) => ("BGR", 8),
            Self::Plain(PixelFormat::RGBA8) => ("RGBA", 8),
            Self::Plain(PixelFormat::BGRA8) => ("BGRA", 8),
            Self::Plain(_) => ("RGB", 8),
            Self::Ycbcr(PackedYcbcr::Ycbcr422In8) => ("YCbCr-4:2:2", 8),
            Self::Ycbcr(PackedYcbcr::Ycbcr422In10) => ("YCbCr-4:2:2", 10),
            Self::Ycbcr(PackedYcbcr::Ycbcr420In8) => ("YCbCr-4:2:0", 8),
        }
    }

    /// The format of the frames that come out.
    pub fn format(self) -> PixelFormat {
        match self {
            Self::Plain(format) => format,
            Self::Ycbcr(_) => PixelFormat::RGB8,
        }
    }

    /// Bytes of a pixel group.
    pub fn group_bytes(self) -> usize {
        match self {
            Self::Plain(format) => format.bytes_per_pixel(),
            Self::Ycbcr(packing) => packing.group_bytes(),
        }
    }

    /// Columns and rows of a pixel group.
    pub fn group_size(self) -> (u32, u32) {
        match self {
            Self::Plain(_) => (1, 1),
            Self::Ycbcr(packing) => packing.group_size(),
        }
    }

    /// The names under which other programs know it.
    fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Plain(PixelFormat::BGR8) => &["bgr", "bgr24"],
            Self::Plain(PixelFormat::RGBA8) => &["rgba"],
            Self::Plain(PixelFormat::BGRA8) => &["bgra"],
            Self::Plain(_) => &["rgb", "rgb24"],
            Self::Ycbcr(PackedYcbcr::Ycbcr422In8) => &["uyvy", "uyvy422"],
            Self::Ycbcr(PackedYcbcr::Ycbcr422In10) => &["uyvp", "yuv422p10", "yuv422p10le"],
            Self::Ycbcr(PackedYcbcr::Ycbcr420In8) => &["i420", "yuv420p"],
        }
    }
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(format) => format.fmt(f),
            Self::Ycbcr(packing) => packing.fmt(f),
        }
    }
}

impl FromStr for Sampling {
    type Err = UnknownSampling;

    /// Reads our name or that of GStreamer or ffmpeg, whatever its capitals.
    fn from_str(name: &str) -> Result<Self, UnknownSampling> {
        let lower = name.to_ascii_lowercase();
        let is_called = |sampling: &Self| {
            sampling.to_string().to_ascii_lowercase() == lower
                || sampling.aliases().contains(&lower.as_str())
        };
        Self::ALL.into_iter().find(is_called).ok_or_else(|| UnknownSampling(name.to_owned()))
    }
}

/// A pixel format that RTP streams are not received in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown pixel format \"{0}\"; known are RGB8, BGR8, RGBa8, BGRa8, YCbCr422_8 (UYVY), \
     YCbCr422_10 (UYVP) and YCbCr420_8 (I420)"
)]
pub struct UnknownSampling(String);

/// Size and samples of a stream's frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Video {
    width: u32,
    height: u32,
    sampling: Sampling,
    /// What YCbCr samples mean.
    pub colour: Ycbcr,
    /// The payload type that carries it; `None` takes any.
    pub payload_type: Option<u8>,
}

impl Video {
    /// Frames of this size, with the colours that are usual for it.
    ///
    /// # Errors
    /// [`NotSent`] when RTP cannot carry frames of this size.
    pub fn new(width: u32, height: u32, sampling: Sampling) -> Result<Self, NotSent> {
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            return Err(NotSent::Side { width, height });
        }
        if !width.is_multiple_of(sampling.group_size().0) {
            return Err(NotSent::OddWidth { width, sampling });
        }
        let colour = Ycbcr::usual(height);
        Ok(Self { width, height, sampling, colour, payload_type: None })
    }

    /// Pixels in a row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// What its pixel groups hold.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// Bytes of a row of pixel groups.
    pub fn row_bytes(&self) -> usize {
        (self.width / self.sampling.group_size().0) as usize * self.sampling.group_bytes()
    }

    /// Bytes of a frame on the wire.
    pub fn wire_bytes(&self) -> usize {
        self.row_bytes() * self.height.div_ceil(self.sampling.group_size().1) as usize
    }

    /// Bytes of a frame that comes out.
    pub fn frame_bytes(&self) -> usize {
        // Both sides were checked: the product is below 2^32.
        byte_length(self.width, self.height, self.sampling.format()).unwrap_or(0)
    }

    /// Where in a frame's wire bytes a run of so many bytes belongs; `None` when it is not of
    /// whole pixel groups or reaches out of its row or the picture.
    pub fn place(&self, line: u32, offset: u32, length: usize) -> Option<Range<usize>> {
        let ((columns, rows), group) = (self.sampling.group_size(), self.sampling.group_bytes());
        let whole = line.is_multiple_of(rows)
            && offset.is_multiple_of(columns)
            && length.is_multiple_of(group);
        let in_row = (offset / columns) as usize * group;
        let fits = line < self.height && in_row + length <= self.row_bytes();
        let start = (line / rows) as usize * self.row_bytes() + in_row;
        (whole && fits).then(|| start..start + length)
    }

    /// The byte ranges of the frame that comes out that some of its wire bytes make, in order of
    /// rows of pixel groups.
    pub fn frame_ranges(&self, wire: Range<usize>) -> Vec<Range<usize>> {
        let (columns, rows) = self.sampling.group_size();
        let group = self.sampling.group_bytes();
        let out_group = columns as usize * self.sampling.format().bytes_per_pixel();
        let mut ranges = Vec::new();
        if rows == 1 {
            ranges.push(wire.start / group * out_group..wire.end.div_ceil(group) * out_group);
            return ranges;
        }
        let (row, out_row) = (self.row_bytes(), self.row_bytes() / group * out_group);
        for at in wire.start / row..wire.end.div_ceil(row) {
            let within =
                wire.start.max(at * row) - at * row..wire.end.min((at + 1) * row) - at * row;
            let part = within.start / group * out_group..within.end.div_ceil(group) * out_group;
            for line in (at * rows as usize..(at + 1) * rows as usize)
                .take_while(|&line| line < self.height as usize)
            {
                ranges.push(line * out_row + part.start..line * out_row + part.end);
            }
        }
        ranges
    }
}

/// Frames that RTP cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// Line numbers and offsets have 15 bits.
    #[error(
        "RTP carries pictures of 1 to {MAX_SIDE} pixels a side, and this is {width} x {height}"
    )]
    Side {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Colours are shared by neighbours.
    #[error("{sampling} has one colour for two pixels, so a width of {width} cannot be cut evenly")]
    OddWidth {
        /// Pixels in a row.
        width: u32,
        /// What its pixel groups hold.
        sampling: Sampling,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(width: u32, height: u32, name: &str) -> Video {
        Video::new(width, height, name.parse().expect("known")).expect("valid")
    }

    #[test]
    fn samplings_go_by_every_usual_name() {
        for sampling in Sampling::ALL {
            assert_eq!(sampling.to_string().parse(), Ok(sampling));
        }
        for (name, ours) in [
            ("UYVY", "YCbCr422_8"),
            ("yuv420p", "YCbCr420_8"),
            ("UYVP", "ycbcr422_10"),
            ("bgra", "BGRa8"),
        ] {
            assert_eq!(name.parse::<Sampling>(), ours.parse());
        }
        assert!("Mono8".parse::<Sampling>().is_err());
    }

    #[test]
    fn runs_belong_where_their_row_and_column_are() {
        let rgb = video(10, 4, "RGB8");
        assert_eq!(rgb.place(2, 3, 6), Some(69..75));
        assert_eq!(rgb.place(3, 9, 6), None, "out of its row");
        assert_eq!(rgb.place(4, 0, 3), None, "out of the picture");
        assert_eq!(rgb.place(0, 0, 4), None, "no whole pixel");
        let small = video(10, 5, "YCbCr420_8");
        assert_eq!((small.row_bytes(), small.wire_bytes(), small.frame_bytes()), (30, 90, 150));
        assert_eq!(small.place(4, 2, 12), Some(66..78));
        assert_eq!((small.place(1, 0, 6), small.place(0, 1, 6)), (None, None));
        assert_eq!(video(6, 2, "UYVP").wire_bytes(), 30);
    }

    #[test]
    fn what_is_missing_on_the_wire_is_missing_in_the_frame() {
        assert_eq!(video(10, 4, "RGB8").frame_ranges(3..9).first(), Some(&(3..9)));
        assert_eq!(video(10, 4, "UYVY").frame_ranges(4..22).first(), Some(&(6..36)));
        let small = video(4, 5, "I420");
        assert_eq!(small.frame_ranges(6..12), [6..12, 18..24]);
        // The last row stands alone.
        assert_eq!(small.frame_ranges(18..36), [30..36, 42..48, 48..60]);
    }

    #[test]
    fn sizes_that_rtp_cannot_carry_are_refused_in_words() {
        let of =
            |width, height, name: &str| Video::new(width, height, name.parse().expect("known"));
        assert!(of(32_768, 1, "RGB8").is_err_and(|error| error.to_string().contains("32767")));
        assert!(of(5, 5, "UYVY").is_err_and(|error| error.to_string().contains("width of 5")));
        assert!(of(0, 5, "RGB8").is_err() && of(5, 5, "RGB8").is_ok());
    }
}
