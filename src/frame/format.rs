//! Pixel formats: the order of the channels and the type of their samples.

use std::fmt;
use std::str::FromStr;

/// How one pixel is laid out: channels in order, all of one sample type, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PixelFormat {
    /// Which channels, in which order.
    pub order: ChannelOrder,
    /// The type of each sample.
    pub sample: SampleType,
}

impl PixelFormat {
    /// One grey byte.
    pub const MONO8: Self = Self::new(ChannelOrder::Mono, SampleType::U8);
    /// One grey 16-bit word.
    pub const MONO16: Self = Self::new(ChannelOrder::Mono, SampleType::U16);
    /// One grey 32-bit float.
    pub const MONO32F: Self = Self::new(ChannelOrder::Mono, SampleType::F32);
    /// Blue, green, red: the order of OpenCV arrays.
    pub const BGR8: Self = Self::new(ChannelOrder::Bgr, SampleType::U8);
    /// Blue, green, red, opacity.
    pub const BGRA8: Self = Self::new(ChannelOrder::Bgra, SampleType::U8);
    /// Red, green, blue: the order of image files.
    pub const RGB8: Self = Self::new(ChannelOrder::Rgb, SampleType::U8);
    /// Red, green, blue, opacity.
    pub const RGBA8: Self = Self::new(ChannelOrder::Rgba, SampleType::U8);
    /// Red, green, blue in 16 bits.
    pub const RGB16: Self = Self::new(ChannelOrder::Rgb, SampleType::U16);
    /// Red, green, blue, opacity in 16 bits.
    pub const RGBA16: Self = Self::new(ChannelOrder::Rgba, SampleType::U16);

    /// The format with these channels and samples.
    pub const fn new(order: ChannelOrder, sample: SampleType) -> Self {
        Self { order, sample }
    }

    /// Every format there is.
    pub fn all() -> impl Iterator<Item = Self> {
        ChannelOrder::ALL
            .into_iter()
            .flat_map(|order| SampleType::ALL.into_iter().map(move |sample| Self { order, sample }))
    }

    /// Bytes of one pixel.
    pub const fn bytes_per_pixel(self) -> usize {
        self.order.channels() * self.sample.bytes()
    }

    /// The number that stands for this format on the wire: the order in the high byte, the
    /// sample type in the low one.
    pub const fn to_wire(self) -> u16 {
        (self.order as u16) << 8 | self.sample as u16
    }

    /// The format that a number from the wire stands for.
    ///
    /// # Errors
    /// [`UnknownFormat`] for a number that no version of this protocol has given out.
    pub fn from_wire(code: u16) -> Result<Self, UnknownFormat> {
        let [sample, order] = code.to_le_bytes();
        let of = |code: u8| usize::from(code).wrapping_sub(1);
        match (ChannelOrder::ALL.get(of(order)), SampleType::ALL.get(of(sample))) {
            (Some(&order), Some(&sample)) => Ok(Self { order, sample }),
            _ => Err(UnknownFormat(format!("number {code:#06x}"))),
        }
    }
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}{}", self.order.name(), self.sample.suffix()))
    }
}

impl FromStr for PixelFormat {
    type Err = UnknownFormat;

    /// Reads a PFNC name, whatever its capitals.
    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::all()
            .find(|format| format.to_string().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownFormat(format!("\"{name}\"")))
    }
}

/// A pixel format that we do not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown pixel format {0}; known are Mono8, Mono16, RGB8, BGR8, BGRa8, Mono32f and the like"
)]
pub struct UnknownFormat(String);

/// The channels of a pixel, in the order in which they lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ChannelOrder {
    /// Grey.
    Mono = 1,
    /// Grey and opacity.
    MonoA = 2,
    /// Red, green, blue.
    Rgb = 3,
    /// Blue, green, red.
    Bgr = 4,
    /// Red, green, blue, opacity.
    Rgba = 5,
    /// Blue, green, red, opacity.
    Bgra = 6,
}

impl ChannelOrder {
    /// In the order of their numbers, which start at 1.
    const ALL: [Self; 6] = [Self::Mono, Self::MonoA, Self::Rgb, Self::Bgr, Self::Rgba, Self::Bgra];

    /// How many samples a pixel has.
    pub const fn channels(self) -> usize {
        self.letters().len()
    }

    /// One letter for each channel, in order: `Y` grey, `R`, `G`, `B`, `A` opacity.
    pub const fn letters(self) -> &'static str {
        match self {
            Self::Mono => "Y",
            Self::MonoA => "YA",
            Self::Rgb => "RGB",
            Self::Bgr => "BGR",
            Self::Rgba => "RGBA",
            Self::Bgra => "BGRA",
        }
    }

    /// The place of the sample called `letter`, if there is one.
    pub fn position(self, letter: char) -> Option<usize> {
        self.letters().find(letter)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Mono => "Mono",
            Self::MonoA => "MonoA",
            Self::Rgb => "RGB",
            Self::Bgr => "BGR",
            Self::Rgba => "RGBa",
            Self::Bgra => "BGRa",
        }
    }
}

/// The type of one sample, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SampleType {
    /// Unsigned byte.
    U8 = 1,
    /// Unsigned 16-bit word.
    U16 = 2,
    /// Unsigned 32-bit word.
    U32 = 3,
    /// Unsigned 64-bit word.
    U64 = 4,
    /// Signed byte.
    I8 = 5,
    /// Signed 16-bit word.
    I16 = 6,
    /// Signed 32-bit word.
    I32 = 7,
    /// Signed 64-bit word.
    I64 = 8,
    /// IEEE 754 single precision.
    F32 = 9,
    /// IEEE 754 double precision.
    F64 = 10,
}

impl SampleType {
    /// In the order of their numbers, which start at 1.
    const ALL: [Self; 10] = [
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::F32,
        Self::F64,
    ];

    /// Bytes of one sample.
    pub const fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Whether samples are whole numbers.
    pub const fn is_integer(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }

    /// Whether samples can be below zero.
    pub const fn is_signed(self) -> bool {
        !matches!(self, Self::U8 | Self::U16 | Self::U32 | Self::U64)
    }

    /// The samples in `bytes`, in order; a rest shorter than a sample is left out.
    pub fn values(self, bytes: &[u8]) -> impl Iterator<Item = f64> + '_ {
        bytes.chunks_exact(self.bytes()).map(move |sample| self.value(sample))
    }

    /// One sample as a number; 0 when `bytes` is shorter than a sample. 64-bit integers beyond
    /// 2^53 are rounded.
    pub fn value(self, bytes: &[u8]) -> f64 {
        match self {
            Self::U8 => f64::from(u8::from_le_bytes(array(bytes))),
            Self::U16 => f64::from(u16::from_le_bytes(array(bytes))),
            Self::U32 => f64::from(u32::from_le_bytes(array(bytes))),
            Self::U64 => u64::from_le_bytes(array(bytes)) as f64,
            Self::I8 => f64::from(i8::from_le_bytes(array(bytes))),
            Self::I16 => f64::from(i16::from_le_bytes(array(bytes))),
            Self::I32 => f64::from(i32::from_le_bytes(array(bytes))),
            Self::I64 => i64::from_le_bytes(array(bytes)) as f64,
            Self::F32 => f64::from(f32::from_le_bytes(array(bytes))),
            Self::F64 => f64::from_le_bytes(array(bytes)),
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::U8 => "8",
            Self::U16 => "16",
            Self::U32 => "32",
            Self::U64 => "64",
            Self::I8 => "8s",
            Self::I16 => "16s",
            Self::I32 => "32s",
            Self::I64 => "64s",
            Self::F32 => "32f",
            Self::F64 => "64f",
        }
    }
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_survives_its_name_and_its_wire_number() {
        for format in PixelFormat::all() {
            assert_eq!(format.to_string().parse(), Ok(format));
            assert_eq!(PixelFormat::from_wire(format.to_wire()), Ok(format));
        }
        assert_eq!(PixelFormat::BGR8.to_string(), "BGR8");
        assert_eq!(PixelFormat::RGBA16.to_string(), "RGBa16");
        assert_eq!("mono16".parse(), Ok(PixelFormat::MONO16));
        assert!(PixelFormat::from_wire(0).is_err());
        assert!("YUYV".parse::<PixelFormat>().is_err());
    }

    #[test]
    fn samples_are_little_endian() {
        assert_eq!(SampleType::U16.value(&[0x01, 0x02]), 513.0);
        assert_eq!(SampleType::I8.value(&[0xff]), -1.0);
        assert_eq!(SampleType::F32.value(&1.5_f32.to_le_bytes()), 1.5);
    }
}
