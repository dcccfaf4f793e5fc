//! Where frames leave the socket thread: a bounded channel, and what happens when it is full.

use std::cell::Cell;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::flow::{Mode, ReceivedFrame, limits};

use super::{HandOver, Tap};

/// How many frames may wait for a reader who wants every one: of small ones some thousand come in a second, and he would
/// rather be woken for several.
const EVERY_DEPTH: usize = 8;

/// ... if they are not larger than this together. One may always wait.
const EVERY_BYTES: usize = 48 << 20;

/// How many wait before a live frame takes the place of an older one: what is live is not to become old.
const LIVE_DEPTH: usize = 3;

/// The sending side of the channel of frames.
pub(super) struct Outlet {
    frames: Sender<Arc<ReceivedFrame>>,
    /// Our own end of the channel, to take back a frame that a newer one replaces.
    waiting: Receiver<Arc<ReceivedFrame>>,
    policy: HandOver,
    /// Bytes of the frame that was handed over last: those that wait are about as large.
    newest_bytes: Cell<usize>,
    tap: Option<Tap>,
}

impl Outlet {
    pub(super) fn new(policy: HandOver, tap: Option<Tap>) -> (Self, Receiver<Arc<ReceivedFrame>>) {
        let depth = match policy {
            HandOver::Every => EVERY_DEPTH,
            HandOver::Newest => limits::MAX_STREAMS,
        };
        let (frames, waiting) = bounded(depth);
        let reader = waiting.clone();
        (Self { frames, waiting, policy, tap, newest_bytes: Cell::new(0) }, reader)
    }

    /// Whether a delivered frame may be handed over now.
    pub(super) fn has_room(&self) -> bool {
        let waiting = self.frames.len();
        let fits = !self.frames.is_full() && (waiting + 1) * self.newest_bytes.get() <= EVERY_BYTES;
        self.policy == HandOver::Newest || waiting == 0 || fits
    }

    /// Hands a frame over. The frame that had to be let go for it, if any: an older live one, or
    /// the new one itself when only delivered frames wait, which must not be lost.
    pub(super) fn put(&self, frame: ReceivedFrame) -> Option<Arc<ReceivedFrame>> {
        self.newest_bytes.set(frame.frame.pixels().len());
        let frame = Arc::new(frame);
        if let Some(tap) = &self.tap {
            tap.offer(&frame);
        }
        match self.policy {
            HandOver::Newest => self.replace_older(frame),
            HandOver::Every => self.add(frame),
        }
    }

    /// One frame of each stream waits, the newest: a fast stream does not push out a slow one.
    fn replace_older(&self, frame: Arc<ReceivedFrame>) -> Option<Arc<ReceivedFrame>> {
        let mut older = None;
        // No more than there are now: those that are put back come again.
        for _ in 0..self.waiting.len() {
            match self.waiting.try_recv() {
                Ok(waiting) if waiting.stream == frame.stream => older = Some(waiting),
                // What was just taken out fits in again: nobody else puts anything in.
                Ok(waiting) => drop(self.frames.try_send(waiting)),
                Err(_) => break,
            }
        }
        older.or(self.make_room(frame))
    }

    fn add(&self, frame: Arc<ReceivedFrame>) -> Option<Arc<ReceivedFrame>> {
        if frame.mode == Mode::Live && self.frames.len() >= LIVE_DEPTH {
            return self.replace_live(frame);
        }
        match self.frames.try_send(frame) {
            Ok(()) => None,
            Err(TrySendError::Full(frame)) => self.make_room(frame),
            Err(TrySendError::Disconnected(frame)) => Some(frame),
        }
    }

    /// Puts a live frame in the place of the live one that waits longest: the newest of a stream is never the one that
    /// is let go, unless only delivered frames wait.
    fn replace_live(&self, frame: Arc<ReceivedFrame>) -> Option<Arc<ReceivedFrame>> {
        let mut dropped = None;
        // No more than there are now: those that are put back come again, in their order.
        for _ in 0..self.waiting.len() {
            match self.waiting.try_recv() {
                Ok(waiting) if dropped.is_none() && waiting.mode == Mode::Live => {
                    dropped = Some(waiting);
                }
                Ok(waiting) => drop(self.frames.try_send(waiting)),
                Err(_) => break,
            }
        }
        match self.frames.try_send(frame) {
            Ok(()) => dropped,
            Err(error) => Some(error.into_inner()),
        }
    }

    /// Puts a frame in, if need be instead of the one that waits longest.
    fn make_room(&self, frame: Arc<ReceivedFrame>) -> Option<Arc<ReceivedFrame>> {
        let older = if self.frames.is_full() { self.waiting.try_recv().ok() } else { None };
        match self.frames.try_send(frame) {
            Ok(()) => older,
            Err(error) => Some(error.into_inner()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use super::*;
    use crate::flow::{Protocol, StreamKey};
    use crate::frame::{Frame, PixelFormat};

    fn frame(stream: u64, frame_id: u64) -> ReceivedFrame {
        let frame = Frame::new(1, 1, PixelFormat::MONO8, vec![0]).expect("valid");
        let stream = StreamKey::over_udp(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), stream);
        ReceivedFrame::new(stream, frame_id, Protocol::Pixelwire, Mode::Live, frame)
    }

    fn ids(frames: &Receiver<Arc<ReceivedFrame>>) -> Vec<(u64, u64)> {
        frames.try_iter().map(|frame| (frame.stream.id, frame.frame_id)).collect()
    }

    #[test]
    fn the_newest_frame_of_each_stream_waits() {
        let (outlet, frames) = Outlet::new(HandOver::Newest, None);
        assert!(outlet.put(frame(1, 1)).is_none());
        for id in 1..50 {
            let dropped = outlet.put(frame(2, id)).map(|frame| frame.frame_id);
            assert_eq!(dropped, (id > 1).then(|| id - 1));
        }
        assert_eq!(ids(&frames), [(1, 1), (2, 49)]);
    }

    #[test]
    fn who_wants_every_frame_and_is_slow_has_the_newest_live_one_and_all_that_were_delivered() {
        let (outlet, frames) = Outlet::new(HandOver::Every, None);
        let delivered = ReceivedFrame { mode: Mode::Deliver, ..frame(2, 0) };
        assert!(outlet.put(frame(1, 0)).is_none() && outlet.put(delivered).is_none());
        assert!(outlet.put(frame(1, 1)).is_none());
        for id in 2..20 {
            let dropped = outlet.put(frame(1, id)).map(|frame| frame.frame_id);
            assert_eq!(dropped, Some(id - 2));
        }
        assert_eq!(ids(&frames), [(2, 0), (1, 18), (1, 19)]);
        for _ in 0..EVERY_DEPTH {
            outlet.put(ReceivedFrame { mode: Mode::Deliver, ..frame(2, 0) });
        }
        assert!(outlet.put(frame(1, 20)).is_some_and(|dropped| dropped.frame_id == 20));
    }

    #[test]
    fn no_more_frames_wait_than_there_may_be_streams() {
        let (outlet, frames) = Outlet::new(HandOver::Newest, None);
        let dropped = (0..100).filter(|&stream| outlet.put(frame(stream, 0)).is_some()).count();
        assert_eq!((frames.len(), dropped), (limits::MAX_STREAMS, 100 - limits::MAX_STREAMS));
    }

    #[test]
    fn a_tap_sees_every_frame_and_never_waits() {
        let (tap, tapped) = Tap::new(3);
        let (outlet, frames) = Outlet::new(HandOver::Newest, Some(tap.clone()));
        for id in 0..5 {
            outlet.put(frame(1, id));
        }
        assert_eq!(ids(&frames), [(1, 4)]);
        assert_eq!(ids(&tapped), [(1, 0), (1, 1), (1, 2)]);
        assert_eq!(tap.missed(), 2);
    }
}
