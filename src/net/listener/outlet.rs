//! Where frames leave the socket thread: a bounded channel, and what happens when it is full.

use std::cell::Cell;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::flow::{Mode, ReceivedFrame};

use super::HandOver;

/// How many frames may wait for a reader who wants every one.
const EVERY_DEPTH: usize = 3;

/// ... if they are not larger than this together. One may always wait.
const EVERY_BYTES: usize = 48 << 20;

/// The sending side of the channel of frames.
pub(super) struct Outlet {
    frames: Sender<Arc<ReceivedFrame>>,
    /// Our own end of the channel, to take back a frame that a newer one replaces.
    waiting: Receiver<Arc<ReceivedFrame>>,
    policy: HandOver,
    /// Bytes of the frame that was handed over last: those that wait are about as large.
    newest_bytes: Cell<usize>,
}

impl Outlet {
    pub(super) fn new(policy: HandOver) -> (Self, Receiver<Arc<ReceivedFrame>>) {
        let depth = match policy {
            HandOver::Every => EVERY_DEPTH,
            HandOver::Newest => 1,
        };
        let (frames, waiting) = bounded(depth);
        let reader = waiting.clone();
        (Self { frames, waiting, policy, newest_bytes: Cell::new(0) }, reader)
    }

    /// Whether a delivered frame may be handed over now.
    pub(super) fn has_room(&self) -> bool {
        let waiting = self.frames.len();
        let fits = !self.frames.is_full() && (waiting + 1) * self.newest_bytes.get() <= EVERY_BYTES;
        self.policy == HandOver::Newest || waiting == 0 || fits
    }

    /// Hands a frame over. The frame that had to be let go for it, if any: an older live one, or
    /// the new one itself when delivered frames wait that must not be lost.
    pub(super) fn put(&self, frame: ReceivedFrame) -> Option<Arc<ReceivedFrame>> {
        self.newest_bytes.set(frame.frame.pixels().len());
        match self.frames.try_send(Arc::new(frame)) {
            Ok(()) => None,
            Err(TrySendError::Full(frame) | TrySendError::Disconnected(frame)) => {
                self.replace(frame)
            }
        }
    }

    fn replace(&self, frame: Arc<ReceivedFrame>) -> Option<Arc<ReceivedFrame>> {
        if self.policy == HandOver::Every && frame.mode == Mode::Live {
            return Some(frame);
        }
        let older = self.waiting.try_recv().ok();
        match self.frames.try_send(frame) {
            Ok(()) => older,
            Err(error) => Some(error.into_inner()),
        }
    }
}
