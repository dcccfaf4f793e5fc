//! An image file with one frame.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _};

use super::file::{image_error, image_reader};
use super::input::file_name;
use super::{FrameSource, MediaError, SourceFrame};
use crate::frame::{ChannelOrder, Frame, PixelFormat, SampleType};

/// Gives the one frame of an image file, decoded when it is asked for.
pub(super) struct Still {
    path: PathBuf,
    given: bool,
}

impl Still {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), given: false }
    }
}

impl FrameSource for Still {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        if self.given {
            return None;
        }
        self.given = true;
        let frame = decode(&self.path);
        Some(frame.map(|frame| SourceFrame::new(file_name(&self.path), Arc::new(frame))))
    }

    fn frames(&self) -> Option<u64> {
        Some(1)
    }
}

/// Decodes an image with its own channels and depth, turned upright as its EXIF data says.
pub(super) fn decode(path: &Path) -> Result<Frame, MediaError> {
    let decoded = image_reader(path)?.into_decoder().and_then(|mut decoder| {
        // Damaged metadata is no reason to refuse a good picture.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut image = DynamicImage::from_decoder(decoder)?;
        image.apply_orientation(orientation);
        Ok(image)
    });
    let image = decoded.map_err(|error| image_error(path, &error))?;
    frame_of(image)
        .ok_or_else(|| MediaError::new(path, "its pixel format is not one that can be sent"))
}

/// The frame that an image is, sample for sample.
pub(super) fn frame_of(image: DynamicImage) -> Option<Frame> {
    use ChannelOrder::{Mono, MonoA, Rgb, Rgba};
    use SampleType::{F32, U8, U16};

    let (width, height) = (image.width(), image.height());
    let (order, sample, pixels) = match image {
        DynamicImage::ImageLuma8(image) => (Mono, U8, image.into_raw()),
        DynamicImage::ImageLumaA8(image) => (MonoA, U8, image.into_raw()),
        DynamicImage::ImageRgb8(image) => (Rgb, U8, image.into_raw()),
        DynamicImage::ImageRgba8(image) => (Rgba, U8, image.into_raw()),
        DynamicImage::ImageLuma16(image) => (Mono, U16, words(&image)),
        DynamicImage::ImageLumaA16(image) => (MonoA, U16, words(&image)),
        DynamicImage::ImageRgb16(image) => (Rgb, U16, words(&image)),
        DynamicImage::ImageRgba16(image) => (Rgba, U16, words(&image)),
        DynamicImage::ImageRgb32F(image) => (Rgb, F32, floats(&image)),
        DynamicImage::ImageRgba32F(image) => (Rgba, F32, floats(&image)),
        _ => return None,
    };
    Frame::new(width, height, PixelFormat::new(order, sample), pixels).ok()
}

fn words(samples: &[u16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn floats(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use image::{ImageBuffer, ImageFormat, Luma, LumaA, Rgb, Rgba};

    use super::*;
    use crate::media::{Input, Playback, open};

    fn written(image: impl Into<DynamicImage>, name: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        image.into().save(&path).expect("saved");
        (folder, path)
    }

    fn read(path: &Path) -> Frame {
        let mut source =
            open(vec![Input::at(path).expect("there")], Playback::default()).expect("opened");
        let first = source.next_frame().expect("one").expect("readable");
        assert!(source.next_frame().is_none());
        Arc::unwrap_or_clone(first.frame)
    }

    #[test]
    fn eight_bit_pixels_are_exactly_those_of_the_file() {
        let colour = ImageBuffer::from_fn(5, 3, |x, y| Rgb([x as u8, y as u8, (x * y) as u8 + 9]));
        let (_folder, path) = written(colour.clone(), "colour.png");
        let frame = read(&path);
        assert_eq!((frame.width(), frame.height()), (5, 3));
        assert_eq!((frame.format(), frame.pixels()), (PixelFormat::RGB8, &colour.as_raw()[..]));

        let grey = ImageBuffer::from_fn(5, 3, |x, y| Luma([(x * 50 + y) as u8]));
        let (_folder, path) = written(grey.clone(), "grey.png");
        let frame = read(&path);
        assert_eq!((frame.format(), frame.pixels()), (PixelFormat::MONO8, &grey.as_raw()[..]));

        let clear = ImageBuffer::from_fn(5, 3, |x, y| Rgba([x as u8, y as u8, 3, 0]));
        let (_folder, path) = written(clear.clone(), "clear.png");
        let frame = read(&path);
        assert_eq!((frame.format(), frame.pixels()), (PixelFormat::RGBA8, &clear.as_raw()[..]));

        let both = ImageBuffer::from_fn(2, 2, |x, y| LumaA([x as u8, y as u8]));
        let (_folder, path) = written(both.clone(), "both.png");
        assert_eq!(read(&path).format().to_string(), "MonoA8");
    }

    #[test]
    fn sixteen_bits_stay_sixteen_bits_in_little_endian() {
        let grey = ImageBuffer::from_fn(3, 1, |x, _| Luma([0x0102_u16 + x as u16]));
        let (_folder, path) = written(grey, "grey.png");
        let frame = read(&path);
        assert_eq!(frame.format(), PixelFormat::MONO16);
        assert_eq!(frame.pixels(), [0x02, 0x01, 0x03, 0x01, 0x04, 0x01]);

        let colour = ImageBuffer::from_fn(1, 1, |_, _| Rgb([0x0102_u16, 0x0304, 0xfffe]));
        let (_folder, path) = written(colour, "colour.tiff");
        let frame = read(&path);
        assert_eq!(frame.format(), PixelFormat::RGB16);
        assert_eq!(frame.pixels(), [2, 1, 4, 3, 0xfe, 0xff]);
    }

    #[test]
    fn floats_stay_floats() {
        let image = ImageBuffer::from_fn(2, 1, |x, _| Rgb([x as f32 + 0.5, -2.0, 1e9]));
        let (_folder, path) = written(image.clone(), "light.tiff");
        let frame = read(&path);
        assert_eq!(frame.format().to_string(), "RGB32f");
        assert_eq!(frame.pixels(), floats(image.as_raw()));
    }

    #[test]
    fn a_jpeg_is_what_its_decoder_says_and_content_goes_before_the_name() {
        let image = ImageBuffer::from_fn(16, 16, |x, y| Rgb([x as u8 * 9, y as u8 * 9, 40]));
        let (folder, path) = written(image, "photo.jpg");
        let expected = image::open(&path).expect("decoded").into_rgb8();
        let misnamed = folder.path().join("photo.png");
        fs::rename(&path, &misnamed).expect("renamed");
        let frame = read(&misnamed);
        assert_eq!((frame.format(), frame.pixels()), (PixelFormat::RGB8, &expected.as_raw()[..]));
    }

    #[test]
    fn a_picture_taken_sideways_is_turned_upright() {
        let image = ImageBuffer::from_fn(2, 1, |x, _| Luma([x as u8 * 255]));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("side.png");
        let file = fs::File::create(&path).expect("created");
        let mut encoder = image::codecs::png::PngEncoder::new(file);
        // A TIFF header and one directory with one entry: orientation 6, turn clockwise.
        let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        image::ImageEncoder::set_exif_metadata(&mut encoder, exif).expect("taken");
        DynamicImage::from(image).write_with_encoder(encoder).expect("written");
        let frame = read(&path);
        assert_eq!((frame.width(), frame.height(), frame.pixels()), (1, 2, &[0, 255][..]));
    }

    #[test]
    fn what_is_no_image_is_refused_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let refused = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, content).expect("written");
            let opened = open(vec![Input::File(path)], Playback::default());
            opened.err().map(|error| error.reason)
        };
        let text = refused("text.png", b"Dear reader,\n").expect("refused");
        assert!(text.contains("damaged or not one at all"), "{text}");
        let unknown = refused("text.txt", b"Dear reader,\n").expect("refused");
        assert!(unknown.contains("readable are PNG"), "{unknown}");
        assert!(refused("empty.png", b"").is_some());
        let huge = b"P5 100000 100000 255\n";
        let limit = refused("huge.pgm", huge).expect("refused");
        assert!(limit.contains("512 MiB"), "{limit}");
    }

    #[test]
    fn an_image_cut_short_is_an_error_of_its_frame() {
        let image = ImageBuffer::from_fn(64, 64, |x, y| Luma([(x * y) as u8]));
        let (_folder, path) = written(image, "cut.png");
        let whole = fs::read(&path).expect("read");
        fs::write(&path, &whole[..whole.len() / 2]).expect("written");
        assert_eq!(ImageFormat::from_path(&path).ok(), Some(ImageFormat::Png));
        let mut source =
            open(vec![Input::File(path)], Playback::default()).expect("header is fine");
        assert!(source.next_frame().expect("one").is_err());
        assert!(source.next_frame().is_none());
    }
}
