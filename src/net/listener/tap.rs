//! A second way out of the listener, for whoever wants to see every frame.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::flow::ReceivedFrame;

/// Sees every frame that is handed over, also those that a newer one replaces before they are
/// taken. It never slows the reception: a frame that finds no room here is counted and let go.
#[derive(Clone, Debug)]
pub struct Tap {
    frames: Sender<Arc<ReceivedFrame>>,
    missed: Arc<AtomicU64>,
}

impl Tap {
    /// A tap in which up to `depth` frames wait, and its reader.
    pub fn new(depth: usize) -> (Self, Receiver<Arc<ReceivedFrame>>) {
        let (frames, reader) = bounded(depth);
        (Self { frames, missed: Arc::default() }, reader)
    }

    /// How many frames found no room.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    pub(super) fn offer(&self, frame: &Arc<ReceivedFrame>) {
        if self.frames.try_send(Arc::clone(frame)).is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}
