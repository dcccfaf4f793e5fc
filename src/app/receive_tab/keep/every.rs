//! Every whole frame into a folder, on a thread of its own that nobody ever waits for.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use egui::Context;

use crate::app::wake::wake;
use crate::media::{Archive, KeepFormat, SaveError, frame_stem};
use crate::net::ReceivedFrame;

/// Where frames go that are to be kept; nowhere while nothing is kept.
#[derive(Clone, Default)]
pub(in crate::app::receive_tab) struct KeepInlet(Arc<Mutex<Option<Queue>>>);

impl KeepInlet {
    /// Hands a frame over if it is whole. Never waits: a frame that finds no room is counted.
    pub(in crate::app::receive_tab) fn offer(&self, frame: &Arc<ReceivedFrame>) {
        if let Some(queue) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            queue.offer(frame);
        }
    }

    /// Counts frames that got lost on the way here.
    pub(in crate::app::receive_tab) fn skip(&self, frames: u64) {
        if let Some(queue) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            queue.progress.skipped.fetch_add(frames, Ordering::Relaxed);
        }
    }

    fn set(&self, queue: Option<Queue>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = queue;
    }
}

struct Queue {
    frames: Sender<Arc<ReceivedFrame>>,
    progress: Arc<Progress>,
}

impl Queue {
    fn offer(&self, frame: &Arc<ReceivedFrame>) {
        if !frame.missing.is_empty() {
            self.progress.damaged.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let bytes = frame.frame.pixels().len();
        let waiting = self.progress.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let result = if waiting > 0 && waiting + bytes > WAITING_BYTES {
            Err(TrySendError::Full(()))
        } else {
            self.frames.try_send(Arc::clone(frame)).map_err(|error| match error {
                TrySendError::Full(_) => TrySendError::Full(()),
                TrySendError::Disconnected(_) => TrySendError::Disconnected(()),
            })
        };
        if let Err(error) = result {
            self.progress.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            // Disconnected: keeping has ended, and says so itself.
            let skipped = u64::from(matches!(error, TrySendError::Full(())));
            self.progress.skipped.fetch_add(skipped, Ordering::Relaxed);
        }
    }
}

/// What has become of frames so far.
#[derive(Default)]
struct Progress {
    kept: AtomicU64,
    skipped: AtomicU64,
    damaged: AtomicU64,
    /// Pixel bytes of the frames that wait.
    waiting_bytes: AtomicUsize,
    /// Set when what waits is not to be written any more: the window closes.
    hurry: AtomicBool,
    problem: Mutex<Option<String>>,
}

/// Counts, to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Frames that are files now.
    pub kept: u64,
    /// Whole frames that found no room to wait.
    pub skipped: u64,
    /// Frames that were not whole.
    pub damaged: u64,
}

/// A folder that is being filled. Dropping it ends that at once, after the frame in hand.
pub(super) struct Run {
    inlet: KeepInlet,
    progress: Arc<Progress>,
    thread: Option<JoinHandle<()>>,
    /// The folder.
    pub(super) folder: PathBuf,
    /// In which form frames are kept.
    pub(super) format: KeepFormat,
}

impl Run {
    /// Begins to keep what comes through `inlet`.
    ///
    /// # Errors
    /// When the system has no thread left, in words.
    pub(super) fn start(
        ctx: &Context,
        inlet: &KeepInlet,
        folder: &Path,
        format: KeepFormat,
    ) -> Result<Self, String> {
        let place = folder.to_owned();
        let mut archive = None;
        let write = move |frame: Option<&ReceivedFrame>| -> Result<(), String> {
            let result = match (&mut archive, frame) {
                (Some(archive), Some(frame)) => keep(archive, frame),
                (none, Some(frame)) => Archive::open(&place, format)
                    .and_then(|opened| keep(none.insert(opened), frame)),
                (_, None) => archive.take().map_or(Ok(()), |archive: Archive| {
                    archive.finish().into_iter().try_for_each(|file| file.map(drop))
                }),
            };
            result.map_err(|error| error.to_string())
        };
        Self::start_with(ctx, inlet, folder, format, write)
    }

    fn start_with(
        ctx: &Context,
        inlet: &KeepInlet,
        folder: &Path,
        format: KeepFormat,
        write: impl FnMut(Option<&ReceivedFrame>) -> Result<(), String> + Send + 'static,
    ) -> Result<Self, String> {
        let (sender, frames) = bounded(WAITING_FRAMES);
        let progress = Arc::new(Progress::default());
        let (ctx, counts) = (ctx.clone(), Arc::clone(&progress));
        let thread = thread::Builder::new()
            .name("keep frames".to_owned())
            .spawn(move || {
                run(&frames, &counts, write);
                wake(&ctx);
            })
            .map_err(|error| format!("no thread to keep frames with: {error}"))?;
        inlet.set(Some(Queue { frames: sender, progress: Arc::clone(&progress) }));
        Ok(Self {
            inlet: inlet.clone(),
            progress,
            thread: Some(thread),
            folder: folder.to_owned(),
            format,
        })
    }

    /// Takes no more frames; those that wait are still written.
    pub(super) fn stop(&self) {
        self.inlet.set(None);
    }

    /// Whether the last frame has been written, or nothing can be written any more.
    pub(super) fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// What has become of frames so far.
    pub(super) fn counts(&self) -> Counts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            kept: read(&self.progress.kept),
            skipped: read(&self.progress.skipped),
            damaged: read(&self.progress.damaged),
        }
    }

    /// Why it ended by itself, if it did.
    pub(super) fn problem(&self) -> Option<String> {
        self.progress.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.progress.hurry.store(true, Ordering::Relaxed);
        self.stop();
        if let Some(thread) = self.thread.take() {
            // At most one frame, so that no half-written file stays behind.
            let _ = thread.join();
        }
    }
}

/// Writes frame after frame, and after the last one nothing: that was all.
fn run(
    frames: &Receiver<Arc<ReceivedFrame>>,
    progress: &Progress,
    mut write: impl FnMut(Option<&ReceivedFrame>) -> Result<(), String>,
) {
    let mut write_all = || {
        for frame in frames {
            if progress.hurry.load(Ordering::Relaxed) {
                break;
            }
            let written = write(Some(&frame));
            progress.waiting_bytes.fetch_sub(frame.frame.pixels().len(), Ordering::Relaxed);
            written?;
            progress.kept.fetch_add(1, Ordering::Relaxed);
        }
        write(None)
    };
    if let Err(problem) = write_all() {
        *progress.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
    }
}

fn keep(archive: &mut Archive, frame: &ReceivedFrame) -> Result<(), SaveError> {
    let stem = frame_stem(frame.name.as_deref(), frame.stream.id, frame.frame_id);
    archive.keep(&frame.frame, frame.stream.id, &stem).map(drop)
}

/// Frames that may wait for the disk. Each holds one of the buffers that frames arrive in.
const WAITING_FRAMES: usize = 16;
/// Bytes of pixels that may wait for the disk.
const WAITING_BYTES: usize = 256 << 20;

#[cfg(test)]
mod tests {
    use super::super::super::film::tests::received;
    use super::*;

    fn start(
        inlet: &KeepInlet,
        write: impl FnMut(Option<&ReceivedFrame>) -> Result<(), String> + Send + 'static,
    ) -> Run {
        let folder = Path::new("nowhere");
        Run::start_with(&Context::default(), inlet, folder, KeepFormat::Exact, write)
            .expect("a thread")
    }

    fn end(run: &Run) {
        run.stop();
        while !run.is_over() {
            thread::yield_now();
        }
    }

    #[test]
    fn a_slow_disk_is_never_waited_for_and_what_it_cannot_take_is_counted() {
        let (let_go, wait) = bounded::<()>(0);
        let inlet = KeepInlet::default();
        // Writes nothing before it is let go, and then everything.
        let run = start(&inlet, move |_| {
            let _ = wait.recv();
            Ok(())
        });
        for frame_id in 0..100 {
            inlet.offer(&received(1, frame_id, 4, 4));
        }
        drop(let_go);
        end(&run);
        let Counts { kept, skipped, damaged } = run.counts();
        assert_eq!((kept + skipped, damaged), (100, 0));
        assert!((WAITING_FRAMES as u64..=WAITING_FRAMES as u64 + 1).contains(&kept), "{kept}");
        assert_eq!(run.progress.waiting_bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_full_disk_ends_keeping_in_words_and_nothing_else() {
        let inlet = KeepInlet::default();
        let run = start(&inlet, |frame| {
            if frame.is_none_or(|frame| frame.frame_id < 3) {
                Ok(())
            } else {
                Err("the disk is full".to_owned())
            }
        });
        for frame_id in 0..10 {
            inlet.offer(&received(1, frame_id, 4, 4));
        }
        while !run.is_over() {
            thread::yield_now();
        }
        // Frames still come, and find nobody.
        inlet.offer(&received(1, 11, 4, 4));
        assert_eq!(run.problem().as_deref(), Some("the disk is full"));
        assert_eq!(run.counts().kept, 3);
    }

    #[test]
    fn damaged_frames_are_left_out_and_counted() {
        let inlet = KeepInlet::default();
        let run = start(&inlet, |_| Ok(()));
        let mut damaged = ReceivedFrame::clone(&received(1, 1, 4, 4));
        damaged.missing.push(0..2);
        inlet.offer(&Arc::new(damaged));
        inlet.offer(&received(1, 2, 4, 4));
        inlet.skip(5);
        end(&run);
        assert_eq!(run.counts(), Counts { kept: 1, skipped: 5, damaged: 1 });
    }

    #[test]
    fn what_is_in_the_folder_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let precious = folder.path().join("frame-00000001-000007.png");
        std::fs::write(&precious, "precious").expect("written");
        let inlet = KeepInlet::default();
        let ctx = Context::default();
        let run = Run::start(&ctx, &inlet, folder.path(), KeepFormat::Exact).expect("a thread");
        inlet.offer(&received(1, 7, 4, 4));
        end(&run);
        assert_eq!(std::fs::read(&precious).expect("there"), b"precious");
        assert!(folder.path().join("frame-00000001-000007-2.png").exists());
        assert_eq!((run.problem(), run.counts().kept), (None, 1));
    }
}
