//! One file: what it holds, told by its content and only then by its name.

use std::fs::{self, File};
use std::io::{BufReader, Read as _};
use std::path::Path;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{ImageDecoder, ImageError, ImageFormat, ImageReader, ImageResult, Limits};

use super::animation::Animation;
use super::npy::{self, NpyFile};
use super::pages::Pages;
use super::still::Still;
use super::{FrameSource, MAX_FRAME_BYTES, MediaError};

/// What a file's header says.
pub(super) struct Header {
    pub(super) kind: Kind,
    /// Frames, where known without decoding.
    pub(super) frames: Option<u64>,
    /// Pixel bytes of one frame.
    pub(super) frame_bytes: u64,
}

/// How a file is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Animation(ImageFormat),
    Array,
    /// A TIFF file that is more than a picture.
    Pages,
    Still,
}

/// Opens an image, an animation or an array.
pub(super) fn open(path: &Path) -> Result<Box<dyn FrameSource>, MediaError> {
    Ok(match probe(path)?.kind {
        Kind::Animation(format) => Box::new(Animation::new(path, format)),
        Kind::Array => Box::new(NpyFile::open(path)?),
        Kind::Pages => match Pages::open(path)? {
            Some(pages) => Box::new(pages),
            None => Box::new(Still::new(path)),
        },
        Kind::Still => Box::new(Still::new(path)),
    })
}

/// Reads no more than the header.
pub(super) fn probe(path: &Path) -> Result<Header, MediaError> {
    let metadata = fs::metadata(path).map_err(|error| MediaError::reading(path, &error))?;
    if !metadata.is_file() {
        return Err(MediaError::new(path, "it is not a file that can be read as an image"));
    }
    if is_array(path)? {
        let array = NpyFile::open(path)?;
        let (frames, frame_bytes) = (array.frames(), array.frame_bytes());
        return Ok(Header { kind: Kind::Array, frames, frame_bytes });
    }
    if metadata.len() > MAX_IMAGE_FILE_BYTES {
        let limit = MAX_IMAGE_FILE_BYTES >> 30;
        return Err(MediaError::new(
            path,
            format!("image files of more than {limit} GiB are not read"),
        ));
    }
    let reader = image_reader(path)?;
    if reader.format() == Some(ImageFormat::Tiff)
        && let Some(mut pages) = Pages::open(path)?
    {
        return Ok(Header { kind: Kind::Pages, frames: None, frame_bytes: pages.frame_bytes() });
    }
    let (kind, frame_bytes) = probe_image(reader).map_err(|error| image_error(path, &error))?;
    if frame_bytes > MAX_FRAME_BYTES {
        return Err(too_large(path));
    }
    Ok(Header { kind, frames: (kind == Kind::Still).then_some(1), frame_bytes })
}

/// A reader for the image at `path` that knows its format, if anyone does.
pub(super) fn image_reader(path: &Path) -> Result<ImageReader<BufReader<File>>, MediaError> {
    let mut reader = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|error| MediaError::reading(path, &error))?;
    reader.limits(limits());
    Ok(reader)
}

/// What a decoder may allocate: the frame and a few more of its size to work in.
pub(super) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_FRAME_BYTES * 4);
    limits
}

/// A decoder's error in words.
pub(super) fn image_error(path: &Path, error: &ImageError) -> MediaError {
    match error {
        ImageError::IoError(error) => MediaError::reading(path, error),
        ImageError::Limits(_) => too_large(path),
        ImageError::Unsupported(_) => MediaError::new(
            path,
            format!("it is not an image that can be read here ({error}); readable are {READABLE}"),
        ),
        _ => MediaError::new(path, format!("the image is damaged or not one at all: {error}")),
    }
}

/// Whether a name promises something that can be read.
pub(super) fn is_readable_name(path: &Path) -> bool {
    has_npy_extension(path)
        || ImageFormat::from_path(path).is_ok_and(|format| format.reading_enabled())
}

/// Whether a name promises a video: what is in it is for ffmpeg to say.
pub(super) fn is_video_name(path: &Path) -> bool {
    has_extension(path, VIDEO_EXTENSIONS)
}

/// Whether a name promises a picture that is for ffmpeg to read.
pub(super) fn is_foreign_name(path: &Path) -> bool {
    has_extension(path, FOREIGN_EXTENSIONS)
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    extensions.iter().any(|known| known.eq_ignore_ascii_case(extension))
}

fn probe_image(reader: ImageReader<BufReader<File>>) -> ImageResult<(Kind, u64)> {
    let format = reader.format();
    let (moving, bytes) = match format {
        Some(ImageFormat::Gif) => (true, GifDecoder::new(reader.into_inner())?.total_bytes()),
        Some(ImageFormat::Png) => {
            let decoder = PngDecoder::with_limits(reader.into_inner(), limits())?;
            (decoder.is_apng()?, decoder.total_bytes())
        }
        Some(ImageFormat::WebP) => {
            let decoder = WebPDecoder::new(reader.into_inner())?;
            (decoder.has_animation(), decoder.total_bytes())
        }
        _ => (false, reader.into_decoder()?.total_bytes()),
    };
    let kind = match format {
        Some(format) if moving => Kind::Animation(format),
        _ => Kind::Still,
    };
    Ok((kind, bytes))
}

fn is_array(path: &Path) -> Result<bool, MediaError> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(npy::MAGIC.len() as u64).read_to_end(&mut start))
        .map_err(|error| MediaError::reading(path, &error))?;
    Ok(start == npy::MAGIC || has_npy_extension(path))
}

fn has_npy_extension(path: &Path) -> bool {
    has_extension(path, &["npy"])
}

fn too_large(path: &Path) -> MediaError {
    let limit = MAX_FRAME_BYTES >> 20;
    MediaError::new(path, format!("a frame of more than {limit} MiB of pixels cannot be sent"))
}

/// Some decoders read the whole file first.
const MAX_IMAGE_FILE_BYTES: u64 = 2 << 30;

/// What files are called that ffmpeg is asked to read.
pub const VIDEO_EXTENSIONS: &[&str] = &[
    "3gp", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "nut",
    "ogv", "ts", "vob", "webm", "wmv", "y4m",
];

/// What pictures are called that nobody here but ffmpeg can read: their decoders are large C libraries.
pub const FOREIGN_EXTENSIONS: &[&str] = &["avif", "heic", "heif", "j2k", "jp2", "jxl"];

/// What pictures and arrays are called that are read here.
pub const IMAGE_EXTENSIONS: &[&str] = &[
    "png", "apng", "jpg", "jpeg", "bmp", "gif", "tif", "tiff", "webp", "qoi", "tga", "pnm", "pgm",
    "ppm", "pbm", "pam", "hdr", "exr", "ff", "dds", "ico", "npy",
];

const READABLE: &str = "PNG, JPEG, GIF, WebP, TIFF, BMP, TGA, QOI, PNM, OpenEXR, Radiance HDR, farbfeld, DDS and ICO \
     images and .npy arrays";
