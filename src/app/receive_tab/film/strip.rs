//! The last frames, in bounded memory.

use std::collections::VecDeque;
use std::sync::Arc;

use egui::ColorImage;

use crate::net::{ReceivedFrame, StreamKey};

/// One of the last frames.
#[derive(Clone)]
pub(super) struct Still {
    /// Counts what was put into the strip.
    pub number: u64,
    /// Whose it is.
    pub stream: StreamKey,
    /// Its number in the stream.
    pub frame_id: u64,
    /// What its sender calls it, where it said so.
    pub name: Option<String>,
    /// Whether parts of it never arrived.
    pub damaged: bool,
    /// The frame, small.
    pub thumbnail: Arc<ColorImage>,
    /// The frame as it was received, while there is memory for it.
    pub received: Option<Arc<ReceivedFrame>>,
}

/// Holds at most [`MOST_STILLS`] frames in at most a number of bytes of pixels. Beyond these bytes
/// the oldest keep only their thumbnails.
pub(super) struct Strip {
    stills: VecDeque<Still>,
    /// Pixel bytes of the frames that are held.
    bytes: usize,
    budget: usize,
    put: u64,
}

impl Strip {
    /// Nothing yet, and never more than `budget` bytes.
    pub(super) fn new(budget: usize) -> Self {
        Self { stills: VecDeque::with_capacity(MOST_STILLS), bytes: 0, budget, put: 0 }
    }

    /// What is held, the oldest first.
    pub(super) fn stills(&self) -> impl Iterator<Item = &Still> {
        self.stills.iter()
    }

    /// Counts what was ever put in: another number means other contents.
    pub(super) const fn put_in_all(&self) -> u64 {
        self.put
    }

    /// Holds a frame in its place, which usually is the end. Hand in a copy: the buffers that frames arrive in are few.
    pub(super) fn put(&mut self, received: Arc<ReceivedFrame>, thumbnail: Arc<ColorImage>) {
        self.put += 1;
        if self.stills.len() == MOST_STILLS
            && let Some(oldest) = self.stills.pop_front()
        {
            self.bytes -= held_bytes(&oldest);
        }
        let still = Still {
            number: self.put,
            stream: received.stream,
            frame_id: received.frame_id,
            name: received.name.clone(),
            damaged: !received.missing.is_empty(),
            thumbnail,
            received: Some(received),
        };
        self.bytes += held_bytes(&still);
        self.stills.insert(self.place_of(&still), still);
        self.keep_within_budget();
    }

    /// At the end, or before later frames of the same stream.
    fn place_of(&self, new: &Still) -> usize {
        let is_later = |still: &Still| still.stream == new.stream && still.frame_id > new.frame_id;
        let later = self.stills.iter().rev().take_while(|still| is_later(still)).count();
        self.stills.len() - later
    }

    /// Lets go of what is not from `stream`.
    pub(super) fn keep_only(&mut self, stream: StreamKey) {
        self.stills.retain(|still| still.stream == stream);
        self.bytes = self.stills.iter().map(held_bytes).sum();
        self.put += 1;
    }

    fn keep_within_budget(&mut self) {
        for still in &mut self.stills {
            if self.bytes <= self.budget {
                return;
            }
            self.bytes -= held_bytes(still);
            still.received = None;
        }
    }
}

fn held_bytes(still: &Still) -> usize {
    still.received.as_ref().map_or(0, |received| received.frame.pixels().len())
}

/// Six seconds of a live stream.
pub(super) const MOST_STILLS: usize = 24;

#[cfg(test)]
mod tests {
    use super::super::tests::received;
    use super::*;

    fn put(strip: &mut Strip, frame_id: u64, width: u32) {
        let thumbnail = Arc::new(ColorImage::default());
        strip.put(received(1, frame_id, width, 10), thumbnail);
    }

    fn bytes(strip: &Strip) -> usize {
        strip.stills().map(held_bytes).sum()
    }

    #[test]
    fn memory_is_bounded_by_bytes() {
        let mut strip = Strip::new(1_000);
        for frame_id in 0..200 {
            put(&mut strip, frame_id, 1 + (frame_id * 7 % 40) as u32);
            assert!(bytes(&strip) <= 1_000);
            assert_eq!(bytes(&strip), strip.bytes);
            assert!(strip.stills().count() <= MOST_STILLS);
        }
        let newest = strip.stills().last().expect("frames");
        assert!(newest.received.is_some() && newest.frame_id == 199);
        let oldest = strip.stills().next().expect("frames");
        assert!(oldest.received.is_none(), "the oldest has only its thumbnail");
    }

    #[test]
    fn memory_is_bounded_by_number() {
        let mut strip = Strip::new(usize::MAX);
        for frame_id in 0..100 {
            put(&mut strip, frame_id, 1);
        }
        let ids: Vec<u64> = strip.stills().map(|still| still.frame_id).collect();
        assert_eq!(ids, (100 - MOST_STILLS as u64..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_frame_beyond_the_whole_budget_keeps_its_thumbnail() {
        let mut strip = Strip::new(99);
        put(&mut strip, 1, 10);
        assert_eq!((bytes(&strip), strip.stills().count()), (0, 1));
    }

    #[test]
    fn frames_of_other_streams_are_let_go() {
        let mut strip = Strip::new(1_000);
        for (stream, frame_id) in [(1, 1), (2, 1), (1, 2)] {
            strip.put(received(stream, frame_id, 10, 10), Arc::default());
        }
        strip.keep_only(received(1, 0, 1, 1).stream);
        assert_eq!(strip.stills().map(|still| still.frame_id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(strip.bytes, 200);
    }
}
