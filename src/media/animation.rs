//! GIF, APNG and WebP animations, frame by frame.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder as _, DynamicImage, Frames, ImageDecoder as _, ImageFormat};

use super::file::{image_error, image_reader, limits};
use super::input::file_name;
use super::{FrameSource, MediaError, SourceFrame, still};
use crate::frame::Frame;

/// Gives the frames of an animation, each whole and as long as the file says.
///
/// The decoders' frame iterators cannot be kept between two calls on different threads, so frames
/// are decoded in batches of at most [`BATCH_BYTES`]; a longer animation is decoded again up to
/// where its next batch begins.
pub(super) struct Animation {
    path: PathBuf,
    format: ImageFormat,
    batch: VecDeque<(Frame, Duration)>,
    /// Frames given or in the batch.
    decoded: u64,
    given: u64,
    trouble: Option<MediaError>,
    ended: bool,
    batch_bytes: usize,
}

impl Animation {
    pub(super) fn new(path: &Path, format: ImageFormat) -> Self {
        Self {
            path: path.to_owned(),
            format,
            batch: VecDeque::new(),
            decoded: 0,
            given: 0,
            trouble: None,
            ended: false,
            batch_bytes: BATCH_BYTES,
        }
    }
}

impl FrameSource for Animation {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        if self.batch.is_empty() && !self.ended {
            self.refill();
        }
        let Some((frame, duration)) = self.batch.pop_front() else {
            return self.trouble.take().map(Err);
        };
        let alone = self.ended && self.decoded == 1;
        let name = if alone { file_name(&self.path) } else { numbered(&self.path, self.given) };
        self.given += 1;
        let duration = (!alone).then_some(duration);
        Some(Ok(SourceFrame { duration, ..SourceFrame::new(name, Arc::new(frame)) }))
    }

    fn frames(&self) -> Option<u64> {
        None
    }
}

impl Animation {
    fn refill(&mut self) {
        match self.decode_batch() {
            Ok(ended) => self.ended = ended,
            // Some animations are beyond the decoder (16-bit APNG); their still picture is not.
            Err(_) if self.decoded == 0 && self.still_picture() => self.ended = true,
            Err(trouble) => {
                self.trouble = Some(trouble);
                self.ended = true;
            }
        }
    }

    /// Whether that was the last batch.
    fn decode_batch(&mut self) -> Result<bool, MediaError> {
        let path = self.path.clone();
        let mut bytes = 0;
        for frame in open_frames(&path, self.format)?.skip(self.decoded as usize) {
            let frame = frame.map_err(|error| image_error(&path, &error))?;
            let duration = shown_for(Duration::from(frame.delay()), self.format);
            let Some(frame) = still::frame_of(DynamicImage::from(frame.into_buffer())) else {
                return Ok(true);
            };
            bytes += frame.pixels().len();
            self.batch.push_back((frame, duration));
            self.decoded += 1;
            if bytes >= self.batch_bytes {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn still_picture(&mut self) -> bool {
        let Ok(frame) = still::decode(&self.path) else { return false };
        self.batch.push_back((frame, Duration::ZERO));
        self.decoded = 1;
        true
    }
}

/// The name of one frame of a sequence: `stack.npy` becomes `stack-000012.npy`.
pub(super) fn numbered(path: &Path, index: u64) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    format!("{stem}-{index:06}.{extension}")
}

fn open_frames(path: &Path, format: ImageFormat) -> Result<Frames<'static>, MediaError> {
    let reader = image_reader(path)?.into_inner();
    let frames = match format {
        ImageFormat::Gif => GifDecoder::new(reader).and_then(|mut decoder| {
            decoder.set_limits(limits())?;
            Ok(decoder.into_frames())
        }),
        ImageFormat::WebP => WebPDecoder::new(reader).and_then(|mut decoder| {
            decoder.set_limits(limits())?;
            Ok(decoder.into_frames())
        }),
        _ => PngDecoder::with_limits(reader, limits())
            .and_then(|decoder| Ok(decoder.apng()?.into_frames())),
    };
    frames.map_err(|error| image_error(path, &error))
}

/// GIFs that ask for (almost) no delay mean the slow machines of their time: browsers show such
/// frames for a tenth of a second, and so do we.
fn shown_for(delay: Duration, format: ImageFormat) -> Duration {
    if format == ImageFormat::Gif && delay < Duration::from_millis(20) {
        return Duration::from_millis(100);
    }
    delay
}

/// Bytes of decoded frames that wait in memory at a time.
const BATCH_BYTES: usize = 256 << 20;

#[cfg(test)]
mod tests {
    use std::fs::File;

    use image::codecs::gif::GifEncoder;
    use image::{Delay, Rgba, RgbaImage};

    use super::*;
    use crate::media::{Input, Playback, open};

    fn gif(folder: &Path, frames: u8, delay_ms: u32) -> PathBuf {
        let path = folder.join("move.gif");
        let mut encoder = GifEncoder::new(File::create(&path).expect("created"));
        for shade in 0..frames {
            let picture = RgbaImage::from_pixel(4, 3, Rgba([shade * 80, 0, 0, 255]));
            let delay = Delay::from_numer_denom_ms(delay_ms, 1);
            encoder.encode_frame(image::Frame::from_parts(picture, 0, 0, delay)).expect("encoded");
        }
        path
    }

    fn played(path: PathBuf) -> Vec<SourceFrame> {
        let mut source = open(vec![Input::File(path)], Playback::default()).expect("opened");
        std::iter::from_fn(|| source.next_frame()).map(|frame| frame.expect("readable")).collect()
    }

    #[test]
    fn every_frame_comes_with_its_own_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let frames = played(gif(folder.path(), 3, 50));
        let shades: Vec<u8> = frames.iter().map(|frame| frame.frame.pixels()[0]).collect();
        assert_eq!(shades, [0, 80, 160]);
        assert_eq!(frames[2].name, "move-000002.gif");
        assert!(frames.iter().all(|frame| frame.duration == Some(Duration::from_millis(50))));
    }

    #[test]
    fn a_long_animation_comes_in_batches_without_a_seam() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = gif(folder.path(), 4, 50);
        let mut animation = Animation::new(&path, ImageFormat::Gif);
        animation.batch_bytes = 1;
        let shades: Vec<u8> = std::iter::from_fn(|| animation.next_frame())
            .map(|frame| frame.expect("readable").frame.pixels()[0])
            .collect();
        assert_eq!(shades, [0, 80, 160, 240]);
    }

    #[test]
    fn a_gif_of_one_frame_is_a_picture() {
        let folder = tempfile::tempdir().expect("a folder");
        let frames = played(gif(folder.path(), 1, 50));
        assert_eq!((frames.len(), frames[0].duration), (1, None));
        assert_eq!(frames[0].name, "move.gif");
    }

    #[test]
    fn no_delay_means_a_tenth_of_a_second() {
        assert_eq!(shown_for(Duration::ZERO, ImageFormat::Gif), Duration::from_millis(100));
        assert_eq!(shown_for(Duration::ZERO, ImageFormat::WebP), Duration::ZERO);
    }

    #[test]
    fn an_animation_cut_short_gives_what_it_has_and_one_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = gif(folder.path(), 3, 50);
        let whole = std::fs::read(&path).expect("read");
        std::fs::write(&path, &whole[..whole.len() - 12]).expect("written");
        let mut source = open(vec![Input::File(path)], Playback::default()).expect("opened");
        let all: Vec<bool> =
            std::iter::from_fn(|| source.next_frame()).take(9).map(|f| f.is_ok()).collect();
        assert_eq!(all.last(), Some(&false));
        assert_eq!(all.iter().filter(|ok| !**ok).count(), 1);
    }
}
