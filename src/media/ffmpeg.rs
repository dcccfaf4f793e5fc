//! Video files, cameras, the screen and pictures of rare formats, through an `ffmpeg` that is installed on this machine.
//!
//! ffmpeg runs as a child process without a shell, writes raw frames to a pipe, and is killed when
//! nobody wants its frames any more.

mod capture;
mod child;
mod devices;
mod listed;
mod probe;
mod recording;

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::input::file_name;
use super::stream::Rhythm;
use super::{FrameSource, MediaError, SourceFrame};
use child::Child;
use probe::Probed;

pub use capture::Capture;
pub use devices::{Device, devices};
pub(super) use recording::{Recording, fits_video};

/// Plays what ffmpeg decodes or records.
pub(super) struct Ffmpeg {
    tools: Tools,
    capture: Capture,
    /// Frames a second that were asked of a camera or a screen.
    rate: Option<f64>,
    stage: Stage,
}

enum Stage {
    /// Asked what it is, where that could be done without taking a device into use.
    Ready(Option<Probed>),
    Running(Box<Child>),
    Ended,
}

/// What the programs are called.
#[derive(Clone, Copy, Debug)]
struct Tools {
    ffmpeg: &'static str,
    ffprobe: &'static str,
}

impl Ffmpeg {
    /// Looks into a video file; a device is only taken into use with its first frame.
    pub(super) fn open(capture: &Capture, rate: Option<f64>) -> Result<Self, MediaError> {
        Self::open_with(INSTALLED, capture, rate)
    }

    fn open_with(tools: Tools, capture: &Capture, rate: Option<f64>) -> Result<Self, MediaError> {
        let error = |reason| MediaError::new(&place(capture), reason);
        let probed = match capture {
            Capture::Picture(path) | Capture::Video(path) => {
                std::fs::metadata(path).map_err(|error| MediaError::reading(path, &error))?;
                Some(probe::probe(tools, capture, rate).map_err(error)?)
            }
            Capture::Camera(_) | Capture::Screen(_) => None,
        };
        Ok(Self { tools, capture: capture.clone(), rate, stage: Stage::Ready(probed) })
    }

    fn start(&self, probed: Option<Probed>) -> Result<Child, String> {
        let probed = match probed {
            Some(probed) => probed,
            None => probe::probe(self.tools, &self.capture, self.rate)?,
        };
        let mut arguments = self.capture.arguments(self.rate)?;
        if matches!(self.capture, Capture::Picture(_)) {
            arguments.extend(["-frames:v", "1"].map(Into::into));
        }
        arguments.extend(probed.output_arguments().into_iter().map(Into::into));
        let mut child =
            Child::start(self.tools.ffmpeg, &arguments, &stem(&self.capture), probed.form)
                .map_err(|error| cannot_start(self.tools.ffmpeg, &error))?;
        if self.capture.is_device() {
            child.frames().set_rhythm(Rhythm::Newest);
        } else {
            child.frames().set_duration(probed.duration);
        }
        Ok(child)
    }
}

impl FrameSource for Ffmpeg {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        if let Stage::Ready(probed) = &self.stage {
            match self.start(probed.clone()) {
                Ok(child) => self.stage = Stage::Running(Box::new(child)),
                Err(reason) => {
                    self.stage = Stage::Ended;
                    return Some(Err(MediaError::new(&place(&self.capture), reason)));
                }
            }
        }
        let Stage::Running(child) = &mut self.stage else { return None };
        let mut next = child.next_frame();
        if let (Some(Ok(frame)), Capture::Picture(path)) = (&mut next, &self.capture) {
            frame.name = file_name(path);
        }
        if !matches!(next, Some(Ok(_))) {
            self.stage = Stage::Ended;
        }
        next.map(|next| next.map_err(|reason| MediaError::new(&place(&self.capture), reason)))
    }

    fn frames(&self) -> Option<u64> {
        matches!(self.capture, Capture::Picture(_)).then_some(1)
    }

    fn newest_wins(&self) -> bool {
        self.capture.is_device()
    }
}

/// Why no video, camera or screen can be sent from this machine, and what to do about it; `None`
/// when ffmpeg is there. Starts a program: call it off the window's thread.
pub fn ffmpeg_obstacle() -> Option<String> {
    obstacle(INSTALLED)
}

fn obstacle(tools: Tools) -> Option<String> {
    [tools.ffmpeg, tools.ffprobe].into_iter().find_map(|program| {
        let mut version = Command::new(program);
        version.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        version.status().err().map(|error| cannot_start(program, &error))
    })
}

/// What errors call it.
fn place(capture: &Capture) -> PathBuf {
    match capture {
        Capture::Picture(path) | Capture::Video(path) => path.clone(),
        Capture::Camera(_) | Capture::Screen(_) => PathBuf::from(capture.name()),
    }
}

/// The first part of the names of its frames.
fn stem(capture: &Capture) -> String {
    match capture {
        Capture::Picture(path) | Capture::Video(path) => {
            file_name(Path::new(path.file_stem().unwrap_or_default()))
        }
        Capture::Camera(_) => "camera".to_owned(),
        Capture::Screen(_) => "screen".to_owned(),
    }
}

/// Why a program does not start, and how to get it.
fn cannot_start(program: &str, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return format!(
            "{program} is needed for video, cameras, the screen and rare kinds of pictures, and is not installed: {INSTALL}"
        );
    }
    format!("{program} does not start: {error}")
}

/// The time that one of so many frames a second is shown.
fn frame_time(frames_per_second: f64) -> Option<Duration> {
    let sensible = (0.001..=10_000.0).contains(&frames_per_second);
    sensible.then(|| Duration::from_secs_f64(1.0 / frames_per_second))
}

const INSTALLED: Tools = Tools { ffmpeg: "ffmpeg", ffprobe: "ffprobe" };

/// How people get ffmpeg here.
const INSTALL: &str = if cfg!(target_os = "macos") {
    "brew install ffmpeg"
} else if cfg!(windows) {
    "winget install Gyan.FFmpeg, then open a new terminal"
} else {
    "sudo apt install ffmpeg, or sudo dnf install ffmpeg-free"
};

#[cfg(test)]
mod tests;
