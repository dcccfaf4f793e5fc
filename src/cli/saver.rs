//! Keeps frames as files on a thread of its own, so that a slow disk does not stop the socket.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::output::Failure;
use crate::media::{SaveError, SaveFormat, safe_stem, save_new};
use crate::net::ReceivedFrame;

/// The thread that saves. Frames wait for it: whoever hands one over while two are waiting waits
/// as well.
pub(super) struct Saver {
    frames: Sender<Arc<ReceivedFrame>>,
    results: Receiver<Saved>,
    thread: JoinHandle<()>,
}

/// What became of a frame.
pub(super) struct Saved {
    pub(super) frame_id: u64,
    pub(super) result: Result<PathBuf, SaveError>,
}

impl Saver {
    /// Makes the folder if there is none, and starts the thread. Without a `format` frames become
    /// PNG where that is exact and `.npy` where it is not.
    pub(super) fn start(folder: &Path, format: Option<SaveFormat>) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|error| {
            let folder = folder.display();
            Failure::because(format!(
                "{folder}: frames cannot be kept here: {error}; choose another folder"
            ))
        })?;
        let (frames, waiting) = bounded::<Arc<ReceivedFrame>>(WAITING_FRAMES);
        // Room for each frame that can be on its way, so that this thread never waits for the one
        // that waits for it.
        let (done, results) = bounded(WAITING_FRAMES + 2);
        let folder = folder.to_owned();
        let thread = Builder::new()
            .name("save frames".to_owned())
            .spawn(move || {
                for frame in waiting {
                    let result = keep(&frame, format, &folder);
                    if done.send(Saved { frame_id: frame.frame_id, result }).is_err() {
                        return;
                    }
                }
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
        let rest = self.results.iter().collect();
        // A panic in there has been reported on its own.
        let _ = self.thread.join();
        rest
    }
}

fn keep(
    received: &ReceivedFrame,
    format: Option<SaveFormat>,
    folder: &Path,
) -> Result<PathBuf, SaveError> {
    let exact = SaveFormat::exact_for(received.frame.format());
    save_new(&received.frame, format.unwrap_or(exact), folder, &stem(received))
}

/// The sender's name for it, made safe, else one that says which frame of which stream it is.
fn stem(received: &ReceivedFrame) -> String {
    match &received.name {
        Some(name) => safe_stem(name),
        None => format!("frame-{:08x}-{:06}", received.stream.id as u32, received.frame_id),
    }
}

const WAITING_FRAMES: usize = 2;
