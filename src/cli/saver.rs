//! Keeps frames as files on a thread of its own, so that a slow disk does not stop the socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::output::Failure;
use crate::media::{Archive, KeepFormat, SaveError, frame_stem};
use crate::net::ReceivedFrame;

/// The thread that saves. Frames wait for it: whoever hands one over while two are waiting waits
/// as well.
pub(super) struct Saver {
    frames: Sender<Arc<ReceivedFrame>>,
    results: Receiver<Saved>,
    /// Gives the videos that end with it.
    thread: JoinHandle<Vec<Result<PathBuf, SaveError>>>,
}

/// What became of a frame, or of the frames that a video is made of.
pub(super) struct Saved {
    /// The frame; `None` for a video.
    pub(super) frame_id: Option<u64>,
    pub(super) result: Result<PathBuf, SaveError>,
}

impl Saver {
    /// Makes the folder if there is none, and starts the thread.
    pub(super) fn start(folder: &Path, format: KeepFormat) -> Result<Self, Failure> {
        let mut archive = Archive::open(folder, format)?;
        let (frames, waiting) = bounded::<Arc<ReceivedFrame>>(WAITING_FRAMES);
        // Room for each frame that can be on its way, so that this thread never waits for the one
        // that waits for it.
        let (done, results) = bounded(WAITING_FRAMES + 2);
        let thread = Builder::new()
            .name("save frames".to_owned())
            .spawn(move || {
                let is_video = matches!(format, KeepFormat::Video(_));
                for frame in waiting {
                    let stream = frame.stream.id;
                    let stem = frame_stem(frame.name.as_deref(), stream, frame.frame_id);
                    let kept = archive.keep(&frame.frame, stream, &stem);
                    let frame_id = (!is_video).then_some(frame.frame_id);
                    let Some(result) = kept.transpose() else { continue };
                    let failed = result.is_err();
                    if done.send(Saved { frame_id, result }).is_err() || failed {
                        break;
                    }
                }
                archive.finish()
            })
            .map_err(|error| Failure::because(format!("no thread to save frames with: {error}")))?;
        Ok(Self { frames, results, thread })
    }

    /// Hands a frame over; gives what has become of earlier ones.
    pub(super) fn save(&self, frame: Arc<ReceivedFrame>) -> Vec<Saved> {
        let earlier = self.results.try_iter().collect();
        // Only fails when the thread has ended, which its results tell.
        let _ = self.frames.send(frame);
        earlier
    }

    /// What has become of frames, as it becomes known.
    pub(super) fn results(&self) -> &Receiver<Saved> {
        &self.results
    }

    /// Waits for the last frame.
    pub(super) fn finish(self) -> Vec<Saved> {
        drop(self.frames);
        let mut rest: Vec<Saved> = self.results.iter().collect();
        // A panic in there has been reported on its own.
        let videos = self.thread.join().unwrap_or_default();
        rest.extend(videos.into_iter().map(|result| Saved { frame_id: None, result }));
        rest
    }
}

const WAITING_FRAMES: usize = 2;
