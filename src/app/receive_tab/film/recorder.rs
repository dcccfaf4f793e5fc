//! The thread that looks at every frame: some become the film, some a tile of the grid, and all go
//! to the folder that frames are kept in, if there is one.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, after};
use egui::{ColorImage, Context};

use super::small::reduced_with_damage;
use super::strip::Strip;
use crate::app::receive_tab::keep::KeepInlet;
use crate::app::wake::wake;
use crate::flow::{Mode, limits};
use crate::frame::Frame;
use crate::net::{ReceivedFrame, StreamKey, Tap};

/// The newest frame of a stream, reduced.
#[derive(Clone)]
pub(in crate::app::receive_tab) struct Tile {
    /// The frame's number.
    pub frame_id: u64,
    /// Whether parts of the frame never arrived.
    pub damaged: bool,
    /// The picture.
    pub image: Arc<ColorImage>,
}

/// What the thread and the window share.
pub(in crate::app::receive_tab) struct Recording {
    /// The last frames.
    pub(super) strip: Strip,
    /// The newest frame of each stream; at most as many as there may be streams.
    pub tiles: BTreeMap<StreamKey, Tile>,
    /// How many frames have come that belong into the strip, whether it runs or not.
    pub(super) frames: u64,
    /// Whether frames are put into the strip.
    pub(super) runs: bool,
    /// Whether tiles are being looked at.
    pub side_by_side: bool,
    /// Only frames of this stream are put into the strip.
    pub(super) only: Option<StreamKey>,
}

/// The recording, while its thread goes on in the background. It ends with the listener.
#[derive(Clone)]
pub(in crate::app::receive_tab) struct Recorder(Arc<Mutex<Recording>>);

impl Recorder {
    /// Starts to look at `frames`, which come from `tap`.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(in crate::app::receive_tab) fn start(
        ctx: &Context,
        (tap, frames): (Tap, Receiver<Arc<ReceivedFrame>>),
        keep: KeepInlet,
    ) -> io::Result<Self> {
        let recorder = Self::new();
        let worker = Worker {
            ctx: ctx.clone(),
            recorder: recorder.clone(),
            tap,
            missed: 0,
            keep,
            pace: Pace::default(),
        };
        thread::Builder::new().name("film".to_owned()).spawn(move || worker.run(&frames))?;
        Ok(recorder)
    }

    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Recording {
            strip: Strip::new(FILM_BYTES),
            tiles: BTreeMap::new(),
            frames: 0,
            runs: true,
            side_by_side: false,
            only: None,
        })))
    }

    /// What has been recorded. Not to be held for long.
    pub(in crate::app::receive_tab) fn lock(&self) -> MutexGuard<'_, Recording> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts `frames` that came up to this one.
    pub(super) fn count(&self, frame: &ReceivedFrame, frames: u64) {
        let mut recording = self.lock();
        if recording.only.is_none_or(|only| only == frame.stream) {
            recording.frames += frames;
        }
    }

    /// Puts a frame into the strip.
    pub(super) fn put(&self, received: &ReceivedFrame) {
        let thumbnail = Arc::new(reduced_with_damage(received, THUMBNAIL));
        let copy = Arc::new(copy(received));
        self.lock().strip.put(copy, thumbnail);
    }
}

struct Worker {
    ctx: Context,
    recorder: Recorder,
    tap: Tap,
    /// How many frames the tap had missed when it was asked last.
    missed: u64,
    keep: KeepInlet,
    pace: Pace,
}

impl Worker {
    fn run(mut self, frames: &Receiver<Arc<ReceivedFrame>>) {
        for frame in frames {
            let missed = self.tap.missed();
            let missed_now = missed - self.missed;
            self.missed = missed;
            self.keep.skip(missed_now);
            self.keep.offer(&frame);
            self.recorder.count(&frame, 1 + missed_now);
            // To keep them is what was promised; to show them can wait for the next one.
            if frames.len() <= WAITING_FRAMES / 2 {
                self.look_at(&frame);
            }
        }
    }

    fn look_at(&mut self, frame: &ReceivedFrame) {
        let (to_strip, side_by_side) = {
            let recording = self.recorder.lock();
            let wanted = recording.only.is_none_or(|only| only == frame.stream);
            (recording.runs && wanted, recording.side_by_side)
        };
        if to_strip && self.pace.takes_still(frame) {
            self.recorder.put(frame);
            wake(&self.ctx);
        }
        if self.pace.takes_tile(frame, side_by_side) {
            self.put_tile(frame);
            if side_by_side {
                wake(&self.ctx);
            }
        }
    }

    fn put_tile(&self, frame: &ReceivedFrame) {
        let tile = Tile {
            frame_id: frame.frame_id,
            damaged: !frame.missing.is_empty(),
            image: Arc::new(reduced_with_damage(frame, TILE)),
        };
        let tiles = &mut self.recorder.lock().tiles;
        tiles.insert(frame.stream, tile);
        while tiles.len() > limits::MAX_STREAMS {
            let stalest = tiles.keys().find(|key| **key != frame.stream).copied();
            stalest.and_then(|key| tiles.remove(&key));
        }
    }
}

/// Which frames are looked at closer: all of a stream that promises every frame, of a live one as
/// many as an eye can follow.
#[derive(Default)]
struct Pace {
    whole: Alarm,
    damaged: Alarm,
    tiles: BTreeMap<StreamKey, Alarm>,
}

impl Pace {
    fn takes_still(&mut self, frame: &ReceivedFrame) -> bool {
        if frame.mode == Mode::Deliver {
            return true;
        }
        if frame.missing.is_empty() {
            return self.whole.is_due(STILL_INTERVAL);
        }
        self.damaged.is_due(DAMAGED_INTERVAL)
    }

    fn takes_tile(&mut self, frame: &ReceivedFrame, side_by_side: bool) -> bool {
        if self.tiles.len() > 2 * limits::MAX_STREAMS {
            self.tiles.clear();
        }
        let interval = match frame.mode {
            Mode::Live if !side_by_side => UNSEEN_TILE_INTERVAL,
            _ => TILE_INTERVAL,
        };
        self.tiles.entry(frame.stream).or_default().is_due(interval)
    }
}

/// Lets one thing pass in each interval.
#[derive(Default)]
struct Alarm(Option<Receiver<Instant>>);

impl Alarm {
    fn is_due(&mut self, interval: Duration) -> bool {
        let due = self.0.as_ref().is_none_or(|alarm| alarm.try_recv().is_ok());
        if due {
            self.0 = Some(after(interval));
        }
        due
    }
}

/// A frame in memory of its own.
fn copy(received: &ReceivedFrame) -> ReceivedFrame {
    ReceivedFrame { frame: Arc::new(Frame::clone(&received.frame)), ..received.clone() }
}

/// Frames that wait to be looked at. Each of them holds one of the buffers that frames arrive in.
pub(in crate::app::receive_tab) const WAITING_FRAMES: usize = 8;
/// Bytes of pixels that the film may hold.
pub(super) const FILM_BYTES: usize = 256 << 20;
/// Points of a thumbnail.
pub(super) const THUMBNAIL: [u32; 2] = [88, 54];
/// Pixels of a tile of the grid: two side by side in a window of usual size.
const TILE: [u32; 2] = [640, 480];
const STILL_INTERVAL: Duration = Duration::from_millis(250);
/// At heavy loss every frame is damaged, and twelve a second are still enough to choose from.
const DAMAGED_INTERVAL: Duration = Duration::from_millis(80);
const TILE_INTERVAL: Duration = Duration::from_millis(100);
/// So that there is something to show when the grid is opened.
const UNSEEN_TILE_INTERVAL: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use crossbeam_channel::never;

    use super::super::tests::received;
    use super::*;

    fn live(missing: bool) -> ReceivedFrame {
        let mut frame = ReceivedFrame::clone(&received(1, 1, 4, 4));
        if missing {
            frame.missing.push(0..4);
        }
        frame
    }

    #[test]
    fn of_a_fast_stream_one_frame_in_each_interval_is_taken() {
        let mut pace = Pace::default();
        assert!(pace.takes_still(&live(false)));
        // The interval never ends ...
        pace.whole = Alarm(Some(never()));
        assert!((0..100).all(|_| !pace.takes_still(&live(false))));
        // ... and is over.
        pace.whole = Alarm(Some(after(Duration::ZERO)));
        assert!(pace.takes_still(&live(false)));
    }

    #[test]
    fn a_damaged_frame_does_not_wait_for_the_interval_of_whole_ones() {
        let mut pace = Pace { whole: Alarm(Some(never())), ..Pace::default() };
        assert!(pace.takes_still(&live(true)));
    }

    #[test]
    fn of_a_job_that_promises_every_frame_all_are_taken() {
        let mut pace = Pace { whole: Alarm(Some(never())), ..Pace::default() };
        let frame = ReceivedFrame { mode: Mode::Deliver, ..live(false) };
        assert!((0..100).all(|_| pace.takes_still(&frame)));
    }

    #[test]
    fn what_is_recorded_does_not_hold_the_buffer_it_arrived_in() {
        let recorder = Recorder::new();
        let frame = received(1, 1, 4, 4);
        recorder.put(&frame);
        assert_eq!((Arc::strong_count(&frame), Arc::strong_count(&frame.frame)), (1, 1));
    }
}
