//! Where frames come from: the one interface that every source has.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::frame::Frame;

/// Gives frames one by one, until it has no more.
pub trait FrameSource: Send {
    /// The next frame, or why it could not be had; `None` at the end. After an error the source
    /// goes on with what comes next.
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>>;

    /// How many frames there are in all, where that is known without reading them.
    fn frames(&self) -> Option<u64>;
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
