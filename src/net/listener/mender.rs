//! Restores lost payloads from parity on a thread of its own, so that the socket never waits.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use mio::Waker;

use crate::flow::{Repair, Repaired};

/// Repairs that may wait: one of each frame that may be under way in a stream.
const WAITING: usize = 4;

/// The way to the thread and back.
pub(super) struct Mender {
    waker: Arc<Waker>,
    /// `None` until there is something to do, and for good where the system refuses a thread.
    thread: Option<(Sender<Repair>, Receiver<Repaired>)>,
}

impl Mender {
    /// A mender that wakes the socket's thread with `waker`.
    pub(super) fn new(waker: Arc<Waker>) -> Self {
        Self { waker, thread: None }
    }

    /// Hands a repair over. When too many wait already it is done here and now, which slows the
    /// socket down, as is right.
    pub(super) fn submit(&mut self, repair: Repair) -> Option<Repaired> {
        if self.thread.is_none() {
            self.thread = start(Arc::clone(&self.waker));
        }
        let Some((repairs, _)) = &self.thread else { return Some(repair.run()) };
        match repairs.try_send(repair) {
            Ok(()) => None,
            Err(TrySendError::Full(repair) | TrySendError::Disconnected(repair)) => {
                Some(repair.run())
            }
        }
    }

    /// The next block that was restored.
    pub(super) fn poll(&self) -> Option<Repaired> {
        self.thread.as_ref()?.1.try_recv().ok()
    }
}

fn start(waker: Arc<Waker>) -> Option<(Sender<Repair>, Receiver<Repaired>)> {
    let (repairs, to_do) = bounded::<Repair>(WAITING);
    let (done, repaired) = bounded(WAITING);
    std::thread::Builder::new()
        .name("repair".to_owned())
        .spawn(move || {
            for repair in to_do {
                if done.send(repair.run()).is_err() {
                    return;
                }
                // A thread that cannot be woken looks again by itself soon.
                let _ = waker.wake();
            }
        })
        .ok()?;
    Some((repairs, repaired))
}
