//! Frames that come one after the other through a pipe: raw pixels of a known form, or Y4M, which
//! says its form itself.

mod y4m;

use std::collections::VecDeque;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{FrameSource, MediaError, RawForm, SourceFrame};
use crate::frame::{Buffers, Frame, PixelBuffer};
use y4m::Y4m;

/// In which rhythm a pipe's frames are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// Each frame, when its turn comes: the other program waits for us.
    Each,
    /// The newest frame: those that nobody has taken yet give way to it.
    Newest,
}

/// Reads frames from a pipe until it ends. The memory of frames that were let go is used again.
pub(super) struct FrameStream<R> {
    input: R,
    /// Raw pixels that were read to see what they are.
    looked_at: VecDeque<u8>,
    /// What errors call it.
    place: PathBuf,
    /// The first part of each frame's name.
    stem: String,
    stage: Stage,
    rhythm: Rhythm,
    /// How long each frame is to be shown, where that is known beforehand.
    duration: Option<Duration>,
    buffers: Buffers,
    given: u64,
}

/// How far the form of the frames is known.
enum Stage {
    /// Nothing was read; the form of raw pixels, if a user typed one.
    Untouched(Option<RawForm>),
    /// Bare pixels.
    Raw(RawForm),
    /// Y4M, behind its header.
    Y4m(Y4m),
    /// Nothing more comes.
    Ended,
}

impl<R: Read + Send> FrameStream<R> {
    /// Nothing is read before the first frame is asked for.
    pub(super) fn new(input: R, place: &Path, stem: &str, form: Option<RawForm>) -> Self {
        Self {
            input,
            looked_at: VecDeque::new(),
            place: place.to_owned(),
            stem: stem.to_owned(),
            stage: Stage::Untouched(form),
            rhythm: Rhythm::Each,
            duration: None,
            buffers: Buffers::default(),
            given: 0,
        }
    }

    /// From now on in this rhythm.
    pub(super) fn set_rhythm(&mut self, rhythm: Rhythm) {
        self.rhythm = rhythm;
    }

    /// From now on each frame is to be shown for so long.
    pub(super) fn set_duration(&mut self, duration: Option<Duration>) {
        self.duration = duration;
    }

    /// How many frames it has given.
    pub(super) fn given(&self) -> u64 {
        self.given
    }

    fn read_frame(&mut self) -> Result<Option<Frame>, Trouble> {
        if let Stage::Untouched(form) = self.stage {
            self.stage = self.look(form)?;
        }
        match &self.stage {
            Stage::Raw(form) => {
                let form = *form;
                let mut pixels = self.buffers.take(form.bytes());
                let mut input = (&mut self.looked_at).chain(&mut self.input);
                match read_up_to(&mut input, &mut pixels)? {
                    0 => Ok(None),
                    read if read < form.bytes() => Err(Trouble::cut_short(read, form.bytes())),
                    _ => Trouble::or_frame(form, pixels),
                }
            }
            Stage::Y4m(y4m) => y4m.read_frame(&mut self.input, &self.buffers),
            Stage::Untouched(_) | Stage::Ended => Ok(None),
        }
    }

    /// Tells Y4M by its first bytes from raw pixels, to which these bytes belong.
    fn look(&mut self, form: Option<RawForm>) -> Result<Stage, Trouble> {
        let mut head = [0; y4m::MAGIC.len()];
        let length = read_up_to(&mut self.input, &mut head)?;
        if head == y4m::MAGIC {
            let y4m = Y4m::read_header(&mut self.input)?;
            self.duration = self.duration.or(y4m.duration());
            return Ok(Stage::Y4m(y4m));
        }
        self.looked_at.extend(&head[..length]);
        match form {
            _ if length == 0 => Err(Trouble(NOTHING_CAME.to_owned())),
            Some(form) => Ok(Stage::Raw(form)),
            None => Err(Trouble(FORM_UNKNOWN.to_owned())),
        }
    }
}

impl<R: Read + Send> FrameSource for FrameStream<R> {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        if matches!(self.stage, Stage::Ended) {
            return None;
        }
        match self.read_frame() {
            Ok(Some(frame)) => {
                let name = format!("{}-{:06}", self.stem, self.given);
                self.given += 1;
                let usual = (self.rhythm == Rhythm::Newest).then_some(Duration::ZERO);
                let duration = self.duration.or(usual);
                Some(Ok(SourceFrame { duration, ..SourceFrame::new(name, Arc::new(frame)) }))
            }
            Ok(None) => {
                self.stage = Stage::Ended;
                None
            }
            Err(Trouble(reason)) => {
                self.stage = Stage::Ended;
                Some(Err(MediaError::new(&self.place, reason)))
            }
        }
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn newest_wins(&self) -> bool {
        self.rhythm == Rhythm::Newest
    }
}

/// Why a pipe's frames end before their end, in words.
struct Trouble(String);

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self(format!("it cannot be read: {error}"))
    }
}

impl Trouble {
    fn cut_short(read: usize, wanted: usize) -> Self {
        Self(format!(
            "the last frame is cut short, {read} of its {wanted} bytes came: check the size and \
             the pixel format"
        ))
    }

    fn or_frame(form: RawForm, pixels: PixelBuffer) -> Result<Option<Frame>, Self> {
        Frame::new(form.width(), form.height(), form.format(), pixels)
            .map(Some)
            .map_err(|error| Self(error.to_string()))
    }
}

/// Fills `out` as far as the input reaches.
fn read_up_to(input: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < out.len() {
        match input.read(&mut out[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

const NOTHING_CAME: &str = "it ended before the first frame: see what the program before it says";

const FORM_UNKNOWN: &str = "raw pixels do not say what they are: add --size WIDTHxHEIGHT and \
    --pixel-format NAME, or pipe Y4M (ffmpeg -f yuv4mpegpipe), which does";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PixelFormat;

    fn stream(bytes: &[u8], form: Option<RawForm>) -> FrameStream<&[u8]> {
        FrameStream::new(bytes, Path::new("a pipe"), "frame", form)
    }

    fn form(width: u32, height: u32, format: PixelFormat) -> Option<RawForm> {
        RawForm::new(width, height, format).ok()
    }

    #[test]
    fn raw_frames_follow_each_other_pixel_for_pixel() {
        let bytes: Vec<u8> = (0..54).collect();
        let mut stream = stream(&bytes, form(3, 2, PixelFormat::BGR8));
        for part in bytes.chunks_exact(18) {
            let next = stream.next_frame().expect("a frame").expect("readable");
            assert_eq!((next.frame.width(), next.frame.format()), (3, PixelFormat::BGR8));
            assert_eq!(next.frame.pixels(), part);
        }
        assert!(stream.next_frame().is_none());
        assert!(stream.next_frame().is_none());
    }

    #[test]
    fn frames_smaller_than_what_is_looked_at_first_lose_nothing() {
        let mut stream = stream(&[1, 2, 3, 4, 5], form(2, 1, PixelFormat::MONO8));
        let mut next = || stream.next_frame().map(|next| next.map(|n| n.frame.pixels().to_vec()));
        assert_eq!(next().and_then(Result::ok), Some(vec![1, 2]));
        assert_eq!(next().and_then(Result::ok), Some(vec![3, 4]));
        assert!(next().is_some_and(|last| last.is_err()));
        assert!(next().is_none());
    }

    #[test]
    fn a_last_frame_that_is_cut_short_is_an_error_in_words() {
        let mut stream = stream(&[7; 25], form(3, 2, PixelFormat::BGR8));
        assert!(stream.next_frame().is_some_and(|first| first.is_ok()));
        let error = stream.next_frame().expect("one").expect_err("short");
        assert_eq!(error.path, Path::new("a pipe"));
        assert!(error.reason.contains("7 of its 18 bytes"), "{error}");
        assert!(stream.next_frame().is_none());
    }

    #[test]
    fn what_says_nothing_about_itself_is_refused_with_a_way_out() {
        let reason = |bytes: &[u8]| {
            let next = stream(bytes, None).next_frame();
            next.expect("one").expect_err("refused").reason
        };
        assert!(reason(&[0; 100]).contains("--pixel-format"));
        assert!(reason(&[]).contains("before the first frame"));
    }

    #[test]
    fn memory_that_was_let_go_is_used_again() {
        let bytes = [1; 4000];
        let mut stream = stream(&bytes, form(1000, 1, PixelFormat::MONO8));
        let mut place = || {
            let next = stream.next_frame().expect("a frame").expect("readable");
            next.frame.pixels().as_ptr()
        };
        let first = place();
        assert_eq!((place(), place()), (first, first));
    }

    #[test]
    fn the_newest_has_no_rhythm_of_its_own() {
        let mut live = stream(&[1, 2], form(1, 1, PixelFormat::MONO8));
        live.set_rhythm(Rhythm::Newest);
        assert!(live.newest_wins());
        let next = live.next_frame().expect("a frame").expect("readable");
        assert_eq!(next.duration, Some(Duration::ZERO));
    }
}
