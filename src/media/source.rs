//! Where frames come from: the one interface that every source has.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::frame::Frame;

/// Gives frames one by one, until it has no more.
pub trait FrameSource: Send {
    /// The next frame, or why it could not be had; `None` at the end. After an error the source
    /// goes on with what comes next.
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>>;

    /// How many frames there are in all, where that is known without decoding them.
    fn frames(&self) -> Option<u64>;

    /// Whether frames that nobody has taken yet are to give way to newer ones: of a camera nobody
    /// wants an old picture.
    fn newest_wins(&self) -> bool {
        false
    }
}

/// A frame and what is known about it where it came from.
#[derive(Clone, Debug)]
pub struct SourceFrame {
    /// Which entry of the job it belongs to, counted from 0.
    pub item: usize,
    /// What a person calls it: a file's name, "pattern".
    pub name: String,
    /// The picture.
    pub frame: Arc<Frame>,
    /// How long it is to be shown before the next one, where the source says so.
    pub duration: Option<Duration>,
}

impl SourceFrame {
    /// A frame of an entry that does not know its place in the job.
    pub(super) fn new(name: impl Into<String>, frame: Arc<Frame>) -> Self {
        Self { item: 0, name: name.into(), frame, duration: None }
    }
}

/// Why a frame could not be had; the message says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}", path = path.display())]
pub struct MediaError {
    /// Which entry of the job is concerned, counted from 0.
    pub item: usize,
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it, in words.
    pub reason: String,
}

impl MediaError {
    /// An error of an entry that does not know its place in the job.
    pub(super) fn new(path: &Path, reason: impl Into<String>) -> Self {
        Self { item: 0, path: path.to_owned(), reason: reason.into() }
    }

    /// What the operating system says about reading `path`.
    pub(super) fn reading(path: &Path, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file or folder; check the path".to_owned(),
            io::ErrorKind::PermissionDenied => {
                "it may not be read; check its permissions".to_owned()
            }
            io::ErrorKind::UnexpectedEof => "it ends too early; copy it again".to_owned(),
            _ => format!("it cannot be read: {error}"),
        };
        Self::new(path, reason)
    }
}
