//! TIFF files of several pages, and of samples that only scientific programs write: floats and
//! integers of 16 to 64 bits.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::{ColorType, TiffError};

use super::animation::numbered;
use super::input::file_name;
use super::{FrameSource, MAX_FRAME_BYTES, MediaError, SourceFrame};
use crate::frame::{ChannelOrder, Frame, PixelFormat, SampleType, byte_length};

/// Gives a page after the other, sample for sample as they are stored.
pub(super) struct Pages {
    path: PathBuf,
    /// `None` once the last page was given.
    decoder: Option<Decoder<BufReader<File>>>,
    given: u64,
}

impl Pages {
    /// Opens the file if it is one of several pages, or of one that nobody else reads here.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, MediaError> {
        let file = File::open(path).map_err(|error| MediaError::reading(path, &error))?;
        let said = |error| error_of(path, &error);
        let mut decoder = Decoder::new(BufReader::new(file)).map_err(said)?.with_limits(limits());
        let color = decoder.colortype().map_err(said)?;
        let several = decoder.more_images();
        let layout = decoder.image_buffer_layout().map_err(said)?;
        let sample = layout.len / pixels(&mut decoder).map_err(said)?.max(1);
        // One grey page of more than 16 bits, which ordinary images do not have.
        let deep = matches!(color, ColorType::Gray(_)) && sample > 2;
        let decoder = Some(decoder);
        Ok((several || deep).then(|| Self { path: path.to_owned(), decoder, given: 0 }))
    }

    /// Pixel bytes of the page that comes next.
    pub(super) fn frame_bytes(&mut self) -> u64 {
        let next = self.decoder.as_mut();
        let layout = next.and_then(|decoder| decoder.image_buffer_layout().ok());
        layout.map_or(0, |layout| layout.complete_len as u64)
    }

    fn page(&mut self) -> Option<Result<Frame, String>> {
        let decoder = self.decoder.as_mut()?;
        let frame = read(decoder);
        if !decoder.more_images() {
            self.decoder = None;
        } else if let Err(error) = decoder.next_image() {
            self.decoder = None;
            return Some(frame.and(Err(in_words(&error))));
        }
        Some(frame)
    }
}

impl FrameSource for Pages {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        let frame = self.page()?;
        let alone = self.given == 0 && self.decoder.is_none();
        let name = if alone { file_name(&self.path) } else { numbered(&self.path, self.given) };
        self.given += 1;
        Some(match frame {
            Ok(frame) => Ok(SourceFrame::new(name, Arc::new(frame))),
            Err(reason) => Err(MediaError::new(&self.path, reason)),
        })
    }

    fn frames(&self) -> Option<u64> {
        None
    }
}

fn read(decoder: &mut Decoder<BufReader<File>>) -> Result<Frame, String> {
    let (width, height) = decoder.dimensions().map_err(|error| in_words(&error))?;
    let order = match decoder.colortype().map_err(|error| in_words(&error))? {
        ColorType::Gray(8..) => ChannelOrder::Mono,
        ColorType::GrayA(8..) => ChannelOrder::MonoA,
        ColorType::RGB(8..) => ChannelOrder::Rgb,
        ColorType::RGBA(8..) => ChannelOrder::Rgba,
        other => return Err(format!("a page has pixels of a kind that is not sent ({other:?})")),
    };
    let layout = decoder.image_buffer_layout().map_err(|error| in_words(&error))?;
    if layout.planes > 1 {
        return Err("a page has its colours one after the other; save it interleaved".to_owned());
    }
    if layout.complete_len as u64 > MAX_FRAME_BYTES {
        let limit = MAX_FRAME_BYTES >> 20;
        return Err(format!("a frame of more than {limit} MiB of pixels cannot be sent"));
    }
    let samples = decoder.read_image().map_err(|error| in_words(&error))?;
    let (sample, pixels) = little_endian(samples);
    let format = PixelFormat::new(order, sample);
    let expected = byte_length(width, height, format).map_err(|error| error.to_string())?;
    if pixels.len() != expected {
        return Err("a page is damaged: its samples do not fill it".to_owned());
    }
    Frame::new(width, height, format, pixels).map_err(|error| error.to_string())
}

/// Samples as they lie in a frame.
fn little_endian(samples: DecodingResult) -> (SampleType, Vec<u8>) {
    fn bytes<T, const N: usize>(samples: Vec<T>, bytes_of: fn(T) -> [u8; N]) -> Vec<u8> {
        samples.into_iter().flat_map(bytes_of).collect()
    }
    match samples {
        DecodingResult::U8(samples) => (SampleType::U8, samples),
        DecodingResult::U16(samples) => (SampleType::U16, bytes(samples, u16::to_le_bytes)),
        DecodingResult::U32(samples) => (SampleType::U32, bytes(samples, u32::to_le_bytes)),
        DecodingResult::U64(samples) => (SampleType::U64, bytes(samples, u64::to_le_bytes)),
        DecodingResult::I8(samples) => (SampleType::I8, bytes(samples, i8::to_le_bytes)),
        DecodingResult::I16(samples) => (SampleType::I16, bytes(samples, i16::to_le_bytes)),
        DecodingResult::I32(samples) => (SampleType::I32, bytes(samples, i32::to_le_bytes)),
        DecodingResult::I64(samples) => (SampleType::I64, bytes(samples, i64::to_le_bytes)),
        // Half floats are floats that were rounded before: nothing is lost.
        DecodingResult::F16(samples) => {
            (SampleType::F32, bytes(samples, |half| half.to_f32().to_le_bytes()))
        }
        DecodingResult::F32(samples) => (SampleType::F32, bytes(samples, f32::to_le_bytes)),
        DecodingResult::F64(samples) => (SampleType::F64, bytes(samples, f64::to_le_bytes)),
    }
}

fn pixels(decoder: &mut Decoder<BufReader<File>>) -> Result<usize, TiffError> {
    let (width, height) = decoder.dimensions()?;
    Ok((width as usize).saturating_mul(height as usize))
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_FRAME_BYTES as usize;
    limits.intermediate_buffer_size = MAX_FRAME_BYTES as usize;
    limits
}

fn error_of(path: &Path, error: &TiffError) -> MediaError {
    MediaError::new(path, in_words(error))
}

fn in_words(error: &TiffError) -> String {
    format!("the image is damaged or not one at all: {error}")
}

#[cfg(test)]
mod tests {
    use tiff::encoder::{TiffEncoder, colortype};

    use super::*;
    use crate::media::{Input, Playback, open};

    fn frames(path: &Path) -> Vec<Result<SourceFrame, MediaError>> {
        let input = Input::at(path).expect("there");
        let mut source = open(vec![input], Playback::default()).expect("opened");
        std::iter::from_fn(|| source.next_frame()).collect()
    }

    #[test]
    fn every_page_is_a_frame_of_its_own_size_and_samples() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("stack.tif");
        let mut encoder = TiffEncoder::new(File::create(&path).expect("made")).expect("begun");
        encoder.write_image::<colortype::Gray16>(2, 1, &[1, 515]).expect("written");
        encoder.write_image::<colortype::RGB8>(1, 2, &[1, 2, 3, 4, 5, 6]).expect("written");
        encoder.write_image::<colortype::Gray32Float>(1, 1, &[0.5]).expect("written");
        drop(encoder);
        let frames: Vec<_> =
            frames(&path).into_iter().map(|frame| frame.expect("a page")).collect();
        let kinds: Vec<_> = frames.iter().map(|one| one.frame.format().to_string()).collect();
        assert_eq!(kinds, ["Mono16", "RGB8", "Mono32f"]);
        assert_eq!(frames[0].frame.pixels(), [1, 0, 3, 2]);
        assert_eq!((frames[1].frame.height(), frames[1].name.as_str()), (2, "stack-000001.tif"));
        assert_eq!(frames[2].frame.pixels(), 0.5_f32.to_le_bytes());
    }

    #[test]
    fn deep_grey_of_one_page_keeps_its_samples_and_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("depth.tif");
        let mut encoder = TiffEncoder::new(File::create(&path).expect("made")).expect("begun");
        encoder.write_image::<colortype::Gray64Float>(1, 2, &[1e300, -2.0]).expect("written");
        drop(encoder);
        let frames = frames(&path);
        let [Ok(one)] = &frames[..] else { panic!("one frame: {frames:?}") };
        assert_eq!(
            (one.frame.format().to_string().as_str(), one.name.as_str()),
            ("Mono64f", "depth.tif")
        );
        assert_eq!(
            one.frame.pixels(),
            [1e300_f64.to_le_bytes(), (-2.0_f64).to_le_bytes()].concat()
        );
    }

    #[test]
    fn a_file_that_ends_within_a_page_is_an_error_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cut.tif");
        let mut encoder = TiffEncoder::new(File::create(&path).expect("made")).expect("begun");
        for _ in 0..2 {
            encoder.write_image::<colortype::Gray8>(64, 64, &[7; 4096]).expect("written");
        }
        drop(encoder);
        let whole = std::fs::read(&path).expect("read");
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).expect("written");
            let input = Input::at(&path).expect("there");
            let mut failed = true;
            if let Ok(mut source) = open(vec![input], Playback::default()) {
                failed = std::iter::from_fn(|| source.next_frame()).any(|frame| frame.is_err());
            }
            assert!(failed, "{length} of {} bytes", whole.len());
        }
    }
}
