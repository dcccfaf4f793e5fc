//! Decodes frames on a thread of its own, so that the socket never waits.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use mio::Waker;

use crate::flow::{Decode, DecodedFrame};
use crate::net::workers::in_parallel;

/// The way to the thread and back.
pub(super) struct Decoder {
    waker: Arc<Waker>,
    /// `None` until there is something to do, and for good where the system refuses a thread.
    thread: Option<(Sender<Decode>, Receiver<DecodedFrame>)>,
    busy: bool,
}

impl Decoder {
    /// A decoder that wakes the socket's thread with `waker`.
    pub(super) fn new(waker: Arc<Waker>) -> Self {
        Self { waker, thread: None, busy: false }
    }

    /// Whether a frame may be handed over: one at a time, so that none waits that a newer one
    /// could replace.
    pub(super) fn has_room(&self) -> bool {
        !self.busy
    }

    /// Hands a frame over; where there is no thread it is decoded here and now.
    pub(super) fn submit(&mut self, decode: Decode) -> Option<DecodedFrame> {
        if self.thread.is_none() {
            self.thread = start(Arc::clone(&self.waker));
        }
        let Some((frames, _)) = &self.thread else { return Some(decode.run(&in_parallel)) };
        match frames.try_send(decode) {
            Ok(()) => {
                self.busy = true;
                None
            }
            Err(error) => Some(error.into_inner().run(&in_parallel)),
        }
    }

    /// The frame that was decoded.
    pub(super) fn poll(&mut self) -> Option<DecodedFrame> {
        let decoded = self.thread.as_ref()?.1.try_recv().ok()?;
        self.busy = false;
        Some(decoded)
    }
}

fn start(waker: Arc<Waker>) -> Option<(Sender<Decode>, Receiver<DecodedFrame>)> {
    let (frames, to_do) = bounded::<Decode>(1);
    let (done, decoded) = bounded(1);
    std::thread::Builder::new()
        .name("decoder".to_owned())
        .spawn(move || {
            for frame in to_do {
                if done.send(frame.run(&in_parallel)).is_err() {
                    return;
                }
                // A thread that cannot be woken looks again by itself soon.
                let _ = waker.wake();
            }
        })
        .ok()?;
    Some((frames, decoded))
}
