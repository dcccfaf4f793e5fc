//! Frames into a video file.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{self, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;

use super::{INSTALLED, cannot_start, child};
use crate::frame::{ChannelOrder, Frame, PixelFormat, SampleType};
use crate::media::{RawForm, VideoFormat, ffmpeg_name};

/// An ffmpeg that is given frames and writes a video file. Killed when dropped unfinished, and the file is then no
/// video.
pub(in crate::media) struct Recording {
    process: process::Child,
    /// `None` once it was told that this was all.
    input: Option<ChildStdin>,
    /// Reads its messages, so that it never waits for a reader; gives the last one.
    messages: Option<JoinHandle<Option<String>>>,
    form: RawForm,
}

impl Recording {
    /// Begins to write to `path`, where a file may be that is replaced. Frames are shown at the times at which they
    /// are written.
    ///
    /// # Errors
    /// In words, when there is no ffmpeg or it does not start.
    pub(in crate::media) fn start(
        format: VideoFormat,
        form: RawForm,
        path: &Path,
    ) -> Result<Self, String> {
        let mut process = Command::new(INSTALLED.ffmpeg)
            .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"])
            .args(arguments(format, form, path))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| cannot_start(INSTALLED.ffmpeg, &error))?;
        let input = process.stdin.take();
        let messages = process.stderr.take().map(child::read_messages).transpose();
        let mut recording = Self { process, input, messages: None, form };
        recording.messages = messages.map_err(|error| cannot_start(INSTALLED.ffmpeg, &error))?;
        Ok(recording)
    }

    /// Whether the file is one of frames like this.
    pub(in crate::media) fn takes(&self, form: RawForm) -> bool {
        self.form == form
    }

    /// Adds a frame. Waits until ffmpeg has taken it.
    ///
    /// # Errors
    /// In words, when ffmpeg has ended, for instance because the disk is full.
    pub(in crate::media) fn write(&mut self, frame: &Frame) -> Result<(), String> {
        let written = self.input.as_mut().map(|input| input.write_all(frame.pixels()));
        match written {
            Some(Ok(())) => Ok(()),
            _ => Err(self.end().err().unwrap_or_else(|| ENDED.to_owned())),
        }
    }

    /// Says that this was all, and waits until the file is whole.
    ///
    /// # Errors
    /// In words, when the file is not whole.
    pub(in crate::media) fn finish(mut self) -> Result<(), String> {
        self.end()
    }

    fn end(&mut self) -> Result<(), String> {
        drop(self.input.take());
        let status = self.process.wait();
        let said = self.messages.take().and_then(|messages| messages.join().ok().flatten());
        match status {
            Ok(status) if status.success() => Ok(()),
            _ => Err(said.unwrap_or_else(|| ENDED.to_owned())),
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // Both only fail when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether a video of this kind holds such pixels: exactly in Matroska, nearly in MP4.
pub(in crate::media) fn fits_video(format: PixelFormat) -> bool {
    let deep = !matches!(format.order, ChannelOrder::MonoA);
    match format.sample {
        SampleType::U8 => ffmpeg_name(format).is_some(),
        SampleType::U16 => deep && ffmpeg_name(format).is_some(),
        _ => false,
    }
}

fn arguments(format: VideoFormat, form: RawForm, path: &Path) -> Vec<OsString> {
    let size = format!("{}x{}", form.width(), form.height());
    let pixels = ffmpeg_name(form.format()).unwrap_or("rgb24");
    // Times are those at which frames come, to a thousandth of a second.
    let input = ["-use_wallclock_as_timestamps", "1", "-framerate", "1000", "-f", "rawvideo"];
    let form = ["-pix_fmt", pixels, "-s", &size, "-i", "-"];
    let output: &[&str] = match format {
        VideoFormat::Mkv => &["-c:v", "ffv1", "-fps_mode", "passthrough", "-f", "matroska"],
        VideoFormat::Mp4 => &[
            // What every player takes: an even size, halved colour, an even rhythm.
            "-vf",
            "pad=ceil(iw/2)*2:ceil(ih/2)*2",
            "-pix_fmt",
            "yuv420p",
            "-fps_mode",
            "cfr",
            "-r",
            "60",
            "-movflags",
            "+faststart",
            "-f",
            "mp4",
        ],
    };
    let mut file = OsString::from("file:");
    file.push(path);
    let words = input.iter().chain(&form).chain(output).map(OsString::from);
    words.chain([file]).collect()
}

const ENDED: &str = "ffmpeg ended early";
