//! What a list of inputs shows about each of them before it is sent.

use std::borrow::Cow;
use std::path::Path;

use super::folder::Folder;
use super::{Capture, FrameSource, Input, MediaError};
use crate::frame::{DisplayRange, Frame, PixelFormat, write_rgba};

/// What is known about an input.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// What a person calls it.
    pub name: String,
    /// Pixels in a row of the first frame.
    pub width: u32,
    /// Rows of the first frame.
    pub height: u32,
    /// Pixel format of the first frame.
    pub format: PixelFormat,
    /// Frames; `None` for endless ones.
    pub frames: Option<u64>,
    /// Pixel bytes of all frames; of one frame for endless ones.
    pub bytes: u64,
    /// The first frame, small.
    pub thumbnail: Thumbnail,
}

/// A small picture: opaque RGBA, at most 144 x 90 pixels, in the proportions of the large one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Four bytes for each pixel, row by row from the top.
    pub rgba: Vec<u8>,
}

impl Thumbnail {
    /// Reduces `frame` so that each pixel is the average of those it stands for; of very large
    /// frames only every other (third, ...) pixel counts. Small frames stay as they are.
    pub fn of(frame: &Frame) -> Self {
        let (width, height) = thumbnail_size(frame.width(), frame.height());
        let frame = &thinned(frame);
        let mut full = vec![0; frame.width() as usize * frame.height() as usize * 4];
        write_rgba(frame, DisplayRange::of(frame), &mut full);
        let small = image::RgbaImage::from_raw(frame.width(), frame.height(), full)
            .map(|full| image::imageops::thumbnail(&full, width, height).into_raw());
        Self { width, height, rgba: small.unwrap_or_default() }
    }
}

/// Decodes what is needed to describe `input`: slow, call it off the window's thread.
///
/// # Errors
/// [`MediaError`] when the input or its first frame cannot be read.
pub fn inspect(input: &Input) -> Result<Inspection, MediaError> {
    let mut source = input.open()?;
    let frames = source.frames();
    let first = first_readable(source.as_mut())
        .unwrap_or_else(|| Err(MediaError::new(Path::new(&input.name()), "it has no frames")))?;
    let one = first.pixels().len() as u64;
    let (frames, bytes) = match input {
        Input::Capture { what: Capture::Picture(_), .. } => (frames, one),
        Input::Capture { .. } | Input::Pattern { .. } | Input::Pipe { .. } => (None, one),
        Input::Folder(path) | Input::Watch(path) => (frames, folder_bytes(path)?),
        Input::File(_) | Input::Image { .. } => {
            // Only an animation does not know its length, and it is decoded already in part.
            let frames = frames.unwrap_or_else(|| 1 + remaining(source.as_mut()));
            (Some(frames), one.saturating_mul(frames))
        }
    };
    Ok(Inspection {
        name: input.name(),
        width: first.width(),
        height: first.height(),
        format: first.format(),
        frames,
        bytes,
        thumbnail: Thumbnail::of(&first),
    })
}

/// The first frame that can be read, else the first error.
fn first_readable(
    source: &mut dyn FrameSource,
) -> Option<Result<std::sync::Arc<Frame>, MediaError>> {
    let mut trouble = None;
    while let Some(next) = source.next_frame() {
        match next {
            Ok(first) => return Some(Ok(first.frame)),
            Err(error) => {
                trouble.get_or_insert(error);
            }
        }
    }
    trouble.map(Err)
}

fn remaining(source: &mut dyn FrameSource) -> u64 {
    std::iter::from_fn(|| source.next_frame()).map(|frame| u64::from(frame.is_ok())).sum()
}

fn folder_bytes(path: &Path) -> Result<u64, MediaError> {
    let folder = Folder::list(path)?;
    Ok(folder
        .headers()
        .map(|header| header.frame_bytes.saturating_mul(header.frames.unwrap_or(1)))
        .sum())
}

/// Every so-manieth pixel of a frame that is much larger than its thumbnail: what a thumbnail
/// costs does not grow with the frame.
fn thinned(frame: &Frame) -> Cow<'_, Frame> {
    let enough = |side: u32, limit: u32| side / (limit * PIXELS_AVERAGED);
    let step = enough(frame.width(), MAX_WIDTH).max(enough(frame.height(), MAX_HEIGHT)) as usize;
    if step < 2 {
        return Cow::Borrowed(frame);
    }
    let pixels: Vec<u8> = frame
        .pixels()
        .chunks_exact(frame.row_bytes())
        .step_by(step)
        .flat_map(|row| row.chunks_exact(frame.format().bytes_per_pixel()).step_by(step))
        .flatten()
        .copied()
        .collect();
    let side = |n: u32| n.div_ceil(step as u32);
    Frame::new(side(frame.width()), side(frame.height()), frame.format(), pixels)
        .map_or(Cow::Borrowed(frame), Cow::Owned)
}

/// The largest size with the same proportions that fits, never larger than the original.
fn thumbnail_size(width: u32, height: u32) -> (u32, u32) {
    let scale = (f64::from(MAX_WIDTH) / f64::from(width))
        .min(f64::from(MAX_HEIGHT) / f64::from(height))
        .min(1.0);
    let side = |n: u32| ((f64::from(n) * scale).round() as u32).max(1);
    (side(width), side(height))
}

const MAX_WIDTH: u32 = 144;
const MAX_HEIGHT: u32 = 90;
/// In each direction, for one pixel of the thumbnail, at least.
const PIXELS_AVERAGED: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_keeps_the_proportions_and_fits() {
        assert_eq!(thumbnail_size(1920, 1080), (144, 81));
        assert_eq!(thumbnail_size(720, 1440), (45, 90));
        assert_eq!(thumbnail_size(10, 20), (10, 20));
        assert_eq!(thumbnail_size(100_000, 1), (144, 1));
    }

    #[test]
    fn a_very_large_frame_is_thinned_before_it_is_reduced() {
        let (width, height) = (5001, 3003);
        let pixels = (0..width * height).map(|n| (n % width / 20) as u8).collect::<Vec<u8>>();
        let frame = Frame::new(width, height, PixelFormat::MONO8, pixels).expect("valid");
        let thin = thinned(&frame);
        assert_eq!((thin.width(), thin.height()), (1251, 751));
        assert_eq!(thin.samples_at(1250, 750), Some(vec![250.0]));
        let thumbnail = Thumbnail::of(&frame);
        assert_eq!((thumbnail.width, thumbnail.height), (144, 86));
        assert!(thumbnail.rgba[0] < 3 && thumbnail.rgba[143 * 4] > 247);
    }

    #[test]
    fn a_folder_is_described_by_its_first_readable_picture_and_the_sum() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("0.png"), "no image").expect("written");
        image::GrayImage::new(300, 200).save(folder.path().join("1.png")).expect("saved");
        image::RgbImage::new(10, 10).save(folder.path().join("2.png")).expect("saved");
        let about = inspect(&Input::Folder(folder.path().into())).expect("described");
        assert_eq!((about.width, about.height, about.format), (300, 200, PixelFormat::MONO8));
        assert_eq!((about.frames, about.bytes), (Some(2), 300 * 200 + 300));
        assert_eq!((about.thumbnail.width, about.thumbnail.height), (135, 90));
        assert_eq!(about.thumbnail.rgba.len(), 135 * 90 * 4);
    }

    #[test]
    fn a_pattern_is_endless() {
        let about = inspect(&Input::Pattern { width: 320, height: 200 }).expect("described");
        assert_eq!((about.frames, about.bytes), (None, 320 * 200 * 3));
    }

    #[test]
    fn an_unreadable_file_is_an_error() {
        assert!(inspect(&Input::File("missing.png".into())).is_err());
    }
}
