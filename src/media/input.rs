//! What a user names to be sent: a file, a folder, a pattern, a picture in memory.

use std::fs;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ffmpeg::Ffmpeg;
use super::folder::Folder;
use super::form::parse_size;
use super::pattern::{self, Pattern};
use super::stream::{FrameStream, Rhythm};
use super::watch::Watch;
use super::{Capture, FrameSource, MediaError, RawForm, SourceFrame, file};
use crate::frame::Frame;

/// What a job is made of.
#[derive(Clone, Debug)]
pub enum Input {
    /// A video file, a camera, the screen or a picture that nobody else can read, through an installed ffmpeg.
    Capture {
        /// Which of them.
        what: Capture,
        /// Frames a second to ask of a camera or the screen, where not its usual ones.
        rate: Option<f64>,
    },
    /// An image file, an animation or a `.npy` array, of one or many frames.
    File(PathBuf),
    /// The images and arrays directly inside, in natural order.
    Folder(PathBuf),
    /// A picture from the clipboard or made in memory.
    Image {
        /// What a person calls it.
        name: String,
        /// The picture.
        frame: Arc<Frame>,
    },
    /// A moving test pattern, endless.
    Pattern {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// What another program writes to our standard input: Y4M, or raw pixels.
    Pipe {
        /// What raw pixels are; Y4M says it itself.
        form: Option<RawForm>,
        /// Which frames are wanted.
        rhythm: Rhythm,
    },
    /// The same as a folder, and then what is added to it, without end.
    Watch(PathBuf),
}

impl Input {
    /// Reads what a user typed: a path, `pattern:WIDTHxHEIGHT`, `video:PATH`, `camera:DEVICE` or
    /// `screen:DISPLAY`.
    ///
    /// # Errors
    /// [`MediaError`] when there is no such file or folder, or the pattern's size is wrong. What
    /// is in the file is only looked at when it is opened.
    pub fn parse(text: &str) -> Result<Self, MediaError> {
        if let Some(size) = text.strip_prefix("pattern:") {
            let (width, height) = parse_size(size).ok_or_else(|| {
                MediaError::new(
                    Path::new(text),
                    "a pattern is written pattern:WIDTHxHEIGHT, such as pattern:1280x720",
                )
            })?;
            pattern::check_size(width, height)
                .map_err(|reason| MediaError::new(Path::new(text), reason))?;
            return Ok(Self::Pattern { width, height });
        }
        let path = Path::new(text);
        match Capture::parse(text).filter(|_| !path.exists()) {
            Some(what) => Ok(Self::Capture { what, rate: None }),
            None => Self::at(path),
        }
    }

    /// The file or folder at `path`.
    ///
    /// # Errors
    /// [`MediaError`] when there is neither.
    pub fn at(path: &Path) -> Result<Self, MediaError> {
        let metadata = fs::metadata(path).map_err(|error| MediaError::reading(path, &error))?;
        if metadata.is_dir() { Ok(Self::Folder(path.to_owned())) } else { Ok(Self::file(path)) }
    }

    /// The file at `path`: what ffmpeg has to read by its name, else what its content says.
    pub fn file(path: &Path) -> Self {
        if file::is_video_name(path) {
            Self::Capture { what: Capture::Video(path.to_owned()), rate: None }
        } else if file::is_foreign_name(path) {
            Self::Capture { what: Capture::Picture(path.to_owned()), rate: None }
        } else {
            Self::File(path.to_owned())
        }
    }

    /// Whether it moves: what moves is sent live unless somebody says otherwise.
    pub fn is_moving(&self) -> bool {
        match self {
            Self::Capture { what, .. } => !matches!(what, Capture::Picture(_)),
            Self::Pattern { .. } | Self::Pipe { .. } => true,
            Self::File(_) | Self::Folder(_) | Self::Image { .. } | Self::Watch(_) => false,
        }
    }

    /// What a person calls it.
    pub fn name(&self) -> String {
        match self {
            Self::Capture { what, .. } => what.name(),
            Self::File(path) | Self::Folder(path) | Self::Watch(path) => file_name(path),
            Self::Image { name, .. } => name.clone(),
            Self::Pattern { width, height } => format!("pattern {width} × {height}"),
            Self::Pipe { .. } => STANDARD_INPUT.to_owned(),
        }
    }

    /// Its frames.
    pub(super) fn open(&self) -> Result<Box<dyn FrameSource>, MediaError> {
        match self {
            Self::Capture { what, rate } => Ok(Box::new(Ffmpeg::open(what, *rate)?)),
            Self::File(path) => file::open(path),
            Self::Folder(path) => Ok(Box::new(Folder::list(path)?)),
            Self::Image { name, frame } => {
                let frame = SourceFrame::new(name.clone(), Arc::clone(frame));
                Ok(Box::new(Single(iter::once(frame))))
            }
            Self::Pattern { width, height } => match Pattern::new(*width, *height) {
                Ok(pattern) => Ok(Box::new(pattern)),
                Err(reason) => Err(MediaError::new(Path::new(&self.name()), reason)),
            },
            Self::Pipe { form, rhythm } => {
                let place = Path::new(STANDARD_INPUT);
                let mut stream = FrameStream::new(io::stdin(), place, "frame", *form);
                stream.set_rhythm(*rhythm);
                Ok(Box::new(stream))
            }
            Self::Watch(path) => Ok(Box::new(Watch::start(path)?)),
        }
    }
}

/// A path's last part, or all of it where it has none.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A picture that is in memory already.
struct Single(iter::Once<SourceFrame>);

impl FrameSource for Single {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        self.0.next().map(Ok)
    }

    fn frames(&self) -> Option<u64> {
        Some(1)
    }
}

const STANDARD_INPUT: &str = "standard input";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_named_by_its_size() {
        let Input::Pattern { width, height } = Input::parse("pattern:640x480").expect("valid")
        else {
            panic!("a pattern");
        };
        assert_eq!((width, height), (640, 480));
        for wrong in ["", "640", "0x480", "640x", "640x480x3", "-1x5", "4000000000x4000000000"] {
            let error = Input::parse(&format!("pattern:{wrong}")).expect_err(wrong);
            assert!(error.to_string().starts_with("pattern:"), "{error}");
        }
    }

    #[test]
    fn a_path_is_a_file_or_a_folder_or_an_error_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.png");
        fs::write(&file, b"").expect("written");
        assert!(matches!(Input::at(folder.path()), Ok(Input::Folder(_))));
        let input = Input::at(&file).expect("a file");
        assert_eq!(input.name(), "a.png");
        let error = Input::at(&folder.path().join("missing.png")).expect_err("missing");
        assert!(error.to_string().contains("no such file"), "{error}");
    }
}
