//! A frame's pixels in a file's form.

use std::io::{self, Write};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _, ImageError};

use super::{SaveError, SaveFormat};
use crate::frame::{ChannelOrder, Frame, PixelFormat, SampleType, reorder_into};
use crate::media::npy;

/// Whether `format` can hold the frame exactly.
pub(super) fn check(frame: &Frame, format: SaveFormat) -> Result<(), SaveError> {
    if format == SaveFormat::Png && !fits_png(frame.format()) {
        return Err(SaveError::Inexact { format: frame.format() });
    }
    Ok(())
}

/// Whether PNG can hold such pixels exactly.
pub(super) fn fits_png(format: PixelFormat) -> bool {
    png_color(format).is_some()
}

/// Writes the frame in a form that [`check`] has allowed.
pub(super) fn write(frame: &Frame, format: SaveFormat, out: &mut impl Write) -> io::Result<()> {
    match format {
        SaveFormat::Npy => write_npy(frame, out),
        SaveFormat::Png => write_png(frame, out),
        SaveFormat::Raw => out.write_all(frame.pixels()),
    }
}

fn write_npy(frame: &Frame, out: &mut impl Write) -> io::Result<()> {
    let (height, width) = (frame.height() as usize, frame.width() as usize);
    let channels = frame.format().order.channels();
    let shape = [height, width, channels];
    let shape = if channels == 1 { &shape[..2] } else { &shape[..] };
    out.write_all(&npy::text_for(npy_type(frame.format().sample), shape))?;
    out.write_all(frame.pixels())
}

fn write_png(frame: &Frame, out: &mut impl Write) -> io::Result<()> {
    let Some((order, color)) = png_color(frame.format()) else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    };
    let mut pixels = vec![0; frame.pixels().len()];
    reorder_into(frame.pixels(), frame.format(), order, &mut pixels);
    if frame.format().sample == SampleType::U16 {
        // The encoder takes samples in the order of this machine.
        for sample in pixels.as_chunks_mut::<2>().0 {
            *sample = u16::from_le_bytes(*sample).to_ne_bytes();
        }
    }
    PngEncoder::new_with_quality(out, CompressionType::Fast, FilterType::Adaptive)
        .write_image(&pixels, frame.width(), frame.height(), color)
        .map_err(|error| match error {
            ImageError::IoError(error) => error,
            other => io::Error::other(other),
        })
}

/// In which order a PNG has these channels, and what its encoder calls them.
fn png_color(format: PixelFormat) -> Option<(ChannelOrder, ExtendedColorType)> {
    use ChannelOrder::{Bgr, Bgra, Mono, MonoA, Rgb, Rgba};
    use SampleType::{U8, U16};

    Some(match (format.order, format.sample) {
        (Mono, U8) => (Mono, ExtendedColorType::L8),
        (Mono, U16) => (Mono, ExtendedColorType::L16),
        (MonoA, U8) => (MonoA, ExtendedColorType::La8),
        (MonoA, U16) => (MonoA, ExtendedColorType::La16),
        (Rgb | Bgr, U8) => (Rgb, ExtendedColorType::Rgb8),
        (Rgb | Bgr, U16) => (Rgb, ExtendedColorType::Rgb16),
        (Rgba | Bgra, U8) => (Rgba, ExtendedColorType::Rgba8),
        (Rgba | Bgra, U16) => (Rgba, ExtendedColorType::Rgba16),
        _ => return None,
    })
}

const fn npy_type(sample: SampleType) -> &'static str {
    match sample {
        SampleType::U8 => "|u1",
        SampleType::U16 => "<u2",
        SampleType::U32 => "<u4",
        SampleType::U64 => "<u8",
        SampleType::I8 => "|i1",
        SampleType::I16 => "<i2",
        SampleType::I32 => "<i4",
        SampleType::I64 => "<i8",
        SampleType::F32 => "<f4",
        SampleType::F64 => "<f8",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn frame(format: PixelFormat) -> Frame {
        let bytes = 3 * 2 * format.bytes_per_pixel();
        let pixels = (0..bytes).map(|n| (n * 37 % 251) as u8).collect::<Vec<u8>>();
        Frame::new(3, 2, format, pixels).expect("valid")
    }

    fn encoded(frame: &Frame, format: SaveFormat) -> Vec<u8> {
        let mut out = Vec::new();
        check(frame, format).expect("exact");
        write(frame, format, &mut out).expect("written");
        out
    }

    #[test]
    fn a_png_has_the_samples_of_the_frame_red_first() {
        for format in PixelFormat::all() {
            let frame = frame(format);
            if !fits_png(format) {
                assert!(check(&frame, SaveFormat::Png).is_err());
                continue;
            }
            let bytes = encoded(&frame, SaveFormat::Png);
            let image =
                image::ImageReader::with_format(Cursor::new(bytes), image::ImageFormat::Png)
                    .decode()
                    .expect("a picture");
            let back = crate::media::still::frame_of(image).expect("sendable");
            assert_eq!(back.format().sample, format.sample);
            for (x, y) in [(0, 0), (2, 1)] {
                let letters = format.order.letters();
                for (place, letter) in letters.char_indices() {
                    let there = back.format().order.position(letter).expect("same letters");
                    let sample = |frame: &Frame, place: usize| {
                        frame.samples_at(x, y).expect("inside")[place]
                    };
                    assert_eq!(sample(&back, there), sample(&frame, place), "{format} {letter}");
                }
            }
        }
    }

    #[test]
    fn an_array_has_the_bytes_of_the_frame_in_the_order_of_the_wire() {
        for format in PixelFormat::all() {
            let frame = frame(format);
            let bytes = encoded(&frame, SaveFormat::Npy);
            assert!(bytes.ends_with(frame.pixels()), "{format}");
            let peer = npyz::NpyFile::new(&bytes[..]).expect("an array");
            let shape: &[u64] = match format.order.channels() {
                1 => &[2, 3],
                2 => &[2, 3, 2],
                3 => &[2, 3, 3],
                _ => &[2, 3, 4],
            };
            assert_eq!(peer.shape(), shape);
        }
        assert_eq!(encoded(&frame(PixelFormat::BGR8), SaveFormat::Raw).len(), 18);
    }
}
