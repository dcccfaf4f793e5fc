//! Stripes as JPEG files.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jpeg_encoder::{ColorType, Encoder};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::frame::{ChannelOrder, Frame, PixelFormat, SampleType};

use super::Unencodable;

/// Whether a frame can be a JPEG.
pub(super) fn check(frame: &Frame) -> Result<(), Unencodable> {
    let format = frame.format();
    if !holds(format) {
        return Err(Unencodable::Format(format));
    }
    if frame.width() > u32::from(u16::MAX) {
        return Err(Unencodable::Width(frame.width()));
    }
    let opaque = match format.order.position('A') {
        Some(at) => frame.pixels().iter().skip(at).step_by(4).all(|alpha| *alpha == u8::MAX),
        None => true,
    };
    if opaque { Ok(()) } else { Err(Unencodable::Transparent) }
}

/// Whether a JPEG can hold opaque pixels of this format.
pub(super) fn holds(format: PixelFormat) -> bool {
    colours(format).is_some()
}

/// Encodes whole rows of pixels; `None` when the encoder refuses.
pub(super) fn encode(
    pixels: &[u8],
    width: u32,
    format: PixelFormat,
    quality: u8,
) -> Option<Vec<u8>> {
    let (colours, _) = colours(format)?;
    let rows = pixels.len() / (width as usize * format.bytes_per_pixel()).max(1);
    let (width, rows) = (u16::try_from(width).ok()?, u16::try_from(rows).ok()?);
    let mut out = Vec::with_capacity(pixels.len() / 8);
    Encoder::new(&mut out, quality).encode(pixels, width, rows, colours).ok()?;
    Some(out)
}

/// Decodes a stripe into exactly its pixels; `None` when it is not theirs.
pub(super) fn decode(
    stripe: &[u8],
    width: u32,
    format: PixelFormat,
    pixels: &mut [u8],
) -> Option<()> {
    let (_, colours) = colours(format)?;
    let width = width as usize;
    let rows = pixels.len() / (width * format.bytes_per_pixel()).max(1);
    let options = DecoderOptions::default()
        .set_max_width(width)
        .set_max_height(rows)
        .set_strict_mode(true)
        .jpeg_set_out_colorspace(colours);
    let mut decode = || {
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(stripe), options);
        decoder.decode_headers().ok()?;
        let size = decoder.info().map(|info| (usize::from(info.width), usize::from(info.height)));
        let fits = size == Some((width, rows))
            && decoder.output_colorspace() == Some(colours)
            && decoder.output_buffer_size() == Some(pixels.len());
        if fits { decoder.decode_into(pixels).ok() } else { None }
    };
    // What others' code did not foresee may cost a stripe and no more.
    catch_unwind(AssertUnwindSafe(&mut decode)).ok().flatten()
}

/// How both libraries call a pixel format; `None` for what a JPEG cannot hold.
fn colours(format: PixelFormat) -> Option<(ColorType, ColorSpace)> {
    if format.sample != SampleType::U8 {
        return None;
    }
    match format.order {
        ChannelOrder::Mono => Some((ColorType::Luma, ColorSpace::Luma)),
        ChannelOrder::MonoA => None,
        ChannelOrder::Rgb => Some((ColorType::Rgb, ColorSpace::RGB)),
        ChannelOrder::Bgr => Some((ColorType::Bgr, ColorSpace::BGR)),
        ChannelOrder::Rgba => Some((ColorType::Rgba, ColorSpace::RGBA)),
        ChannelOrder::Bgra => Some((ColorType::Bgra, ColorSpace::BGRA)),
    }
}
