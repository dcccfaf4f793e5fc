//! The frames of a stream as a video in a folder.

use std::path::{Path, PathBuf};

use super::{Draft, SaveError, VideoFormat};
use crate::frame::Frame;
use crate::media::RawForm;
use crate::media::ffmpeg::{Recording, fits_video};

/// A video that is being made. It gets its name when it is finished, and is no file before.
pub(super) struct Film {
    recording: Recording,
    draft: Draft,
    folder: PathBuf,
    stem: String,
    format: VideoFormat,
    /// The stream whose frames it is of.
    pub(super) stream: u64,
}

impl Film {
    /// Begins a video of frames like `frame`, called after `stem`.
    pub(super) fn start(
        format: VideoFormat,
        frame: &Frame,
        folder: &Path,
        stem: &str,
        stream: u64,
    ) -> Result<Self, SaveError> {
        if !fits_video(frame.format()) {
            return Err(SaveError::NoPicture { format: frame.format() });
        }
        let failed = |reason| SaveError::Video { folder: folder.to_owned(), reason };
        let (draft, _) = Draft::create(folder).map_err(SaveError::io(folder))?;
        let recording =
            Recording::start(format, form(frame).map_err(failed)?, &draft.path).map_err(failed)?;
        let (folder, stem) = (folder.to_owned(), stem.to_owned());
        Ok(Self { recording, draft, folder, stem, format, stream })
    }

    /// Whether this frame has the size and pixel format of the others.
    pub(super) fn takes(&self, frame: &Frame) -> bool {
        form(frame).is_ok_and(|form| self.recording.takes(form))
    }

    /// Adds a frame.
    pub(super) fn add(&mut self, frame: &Frame) -> Result<(), SaveError> {
        let folder = &self.folder;
        self.recording
            .write(frame)
            .map_err(|reason| SaveError::Video { folder: folder.clone(), reason })
    }

    /// Waits until the video is whole and gives it its name.
    pub(super) fn finish(self) -> Result<PathBuf, SaveError> {
        let Self { recording, draft, folder, stem, format, .. } = self;
        recording.finish().map_err(|reason| SaveError::Video { folder: folder.clone(), reason })?;
        draft.publish_new(&folder, &stem, format.extension())
    }
}

fn form(frame: &Frame) -> Result<RawForm, String> {
    RawForm::new(frame.width(), frame.height(), frame.format())
}
