//! A running ffmpeg: its frames, its last words and its end.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::process::{self, ChildStderr, ChildStdout, Command, Stdio};
use std::thread::{Builder, JoinHandle};

use crate::media::stream::FrameStream;
use crate::media::{FrameSource as _, RawForm, SourceFrame};

/// Killed when dropped.
pub(super) struct Child {
    process: process::Child,
    frames: FrameStream<ChildStdout>,
    /// Reads its messages, so that it never waits for a reader; gives the last one.
    messages: Option<JoinHandle<Option<String>>>,
}

impl Child {
    /// Starts `program`; what it is to read and the output's form are in `arguments`.
    pub(super) fn start(
        program: &str,
        arguments: &[OsString],
        stem: &str,
        form: RawForm,
    ) -> io::Result<Self> {
        let mut process = Command::new(program)
            .args(["-nostdin", "-hide_banner", "-loglevel", "error"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = process.stdout.take().zip(process.stderr.take());
        let (output, errors) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        let messages = read_messages(errors).inspect_err(|_| drop(process.kill()))?;
        let frames = FrameStream::new(output, Path::new(program), stem, Some(form));
        Ok(Self { process, frames, messages: Some(messages) })
    }

    /// Its frames, to say in which rhythm they are wanted.
    pub(super) fn frames(&mut self) -> &mut FrameStream<ChildStdout> {
        &mut self.frames
    }

    /// The next frame, the end, or why it ended early.
    pub(super) fn next_frame(&mut self) -> Option<Result<SourceFrame, String>> {
        match self.frames.next_frame() {
            Some(Ok(frame)) => Some(Ok(frame)),
            // It has closed its output: no more frames come.
            Some(Err(error)) => Some(Err(self.last_words().unwrap_or(error.reason))),
            None => match self.process.wait() {
                Ok(status) if status.success() && self.frames.given() > 0 => None,
                Ok(status) => {
                    let usual = || format!("ffmpeg ended early ({status})");
                    Some(Err(self.last_words().unwrap_or_else(usual)))
                }
                Err(error) => Some(Err(format!("ffmpeg cannot be waited for: {error}"))),
            },
        }
    }

    fn last_words(&mut self) -> Option<String> {
        self.stop();
        self.messages.take()?.join().ok().flatten()
    }

    fn stop(&mut self) {
        // Both only fail when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reads what it says, to the end, on a thread of its own; gives the last line as part of a sentence.
pub(super) fn read_messages(errors: ChildStderr) -> io::Result<JoinHandle<Option<String>>> {
    Builder::new().name("ffmpeg messages".to_owned()).spawn(move || last_line(errors))
}

fn last_line(errors: ChildStderr) -> Option<String> {
    let lines = BufReader::new(errors).split(b'\n').map_while(Result::ok);
    let last = lines.filter(|line| !line.trim_ascii().is_empty()).last()?;
    Some(in_words(&String::from_utf8_lossy(&last)))
}

/// A message of ffmpeg or ffprobe, as part of a sentence.
pub(super) fn in_words(message: &str) -> String {
    let message: String = message.trim().chars().take(LONGEST_MESSAGE).collect();
    format!("ffmpeg says: {message}")
}

/// Characters of a message that are kept.
const LONGEST_MESSAGE: usize = 300;
