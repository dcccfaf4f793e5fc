//! The film: the last frames below the picture, and the picture that stands still.

mod recorder;
mod small;
mod strip;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Context, TextureHandle, TextureOptions};

use crate::net::{ReceivedFrame, StreamKey};
use recorder::FILM_BYTES;
use strip::{MOST_STILLS, Still};

pub(super) use recorder::{Recorder, Tile, WAITING_FRAMES};

/// The strip of the last frames, and whether the picture stands still at one of them.
///
/// While it stands still the strip does as well: what one looks for in it does not slip away.
#[derive(Default)]
pub(super) struct Film {
    recorder: Option<Recorder>,
    /// The strip as it was seen last.
    stills: Vec<Still>,
    /// How much had been put into the strip then.
    seen: u64,
    textures: BTreeMap<u64, TextureHandle>,
    frozen: Option<Frozen>,
}

struct Frozen {
    /// The number of the still that is looked at; `None` when the strip does not have it.
    number: Option<u64>,
    /// How many frames had come when the picture was frozen.
    frames_before: u64,
    /// How many came since.
    frames_since: u64,
    /// Whether the view has to bring the still into sight.
    scroll: bool,
}

impl Film {
    /// From now on shows what `recorder` records.
    pub(super) fn attach(&mut self, recorder: Recorder, only: Option<StreamKey>) {
        recorder.lock().only = only;
        *self = Self { recorder: Some(recorder), ..Self::default() };
    }

    /// The newest frame of each stream, reduced; `seen` says whether anybody looks.
    pub(super) fn tiles(&self, seen: bool) -> BTreeMap<StreamKey, Tile> {
        let Some(recorder) = &self.recorder else { return BTreeMap::new() };
        let mut recording = recorder.lock();
        recording.side_by_side = seen;
        if seen { recording.tiles.clone() } else { BTreeMap::new() }
    }

    /// Takes what was recorded.
    pub(super) fn logic(&mut self, ctx: &Context) {
        if let (Some(frozen), Some(recorder)) = (&mut self.frozen, &self.recorder) {
            frozen.frames_since = recorder.lock().frames - frozen.frames_before;
        }
        self.refresh(ctx);
    }

    /// Records only this stream from now on; `None` is all streams.
    pub(super) fn show_only(&mut self, stream: Option<StreamKey>) {
        if let Some(recorder) = &self.recorder {
            let mut recording = recorder.lock();
            recording.only = stream;
            if let Some(stream) = stream {
                recording.strip.keep_only(stream);
            }
        }
    }

    /// Whether the picture stands still.
    pub(super) const fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// Lets the picture stand still at `shown`.
    pub(super) fn freeze(&mut self, ctx: &Context, shown: &ReceivedFrame) {
        let Some(recorder) = self.recorder.clone() else { return };
        let frames_before = {
            let mut recording = recorder.lock();
            recording.runs = false;
            recording.frames
        };
        self.refresh(ctx);
        if self.number_of(shown).is_none() {
            recorder.put(shown);
            self.refresh(ctx);
        }
        let number = self.number_of(shown);
        self.frozen = Some(Frozen { number, frames_before, frames_since: 0, scroll: true });
    }

    /// Lets the picture go on.
    pub(super) fn resume(&mut self) {
        self.frozen = None;
        if let Some(recorder) = &self.recorder {
            recorder.lock().runs = true;
        }
    }

    /// The frame called `number`, to stand still at. There is none when only its thumbnail is left.
    pub(super) fn choose(&mut self, number: u64) -> Option<Arc<ReceivedFrame>> {
        let still = self.stills.iter().find(|still| still.number == number)?;
        let received = still.received.clone()?;
        let frozen = self.frozen.as_mut()?;
        frozen.number = Some(number);
        frozen.scroll = true;
        Some(received)
    }

    /// The still before or after the one that is looked at.
    pub(super) fn neighbour(&self, direction: Direction) -> Option<u64> {
        let held: Vec<u64> = self
            .stills
            .iter()
            .filter(|still| still.received.is_some())
            .map(|still| still.number)
            .collect();
        let chosen = self.frozen.as_ref()?.number?;
        let place = held.iter().position(|number| *number == chosen)?;
        let place = match direction {
            Direction::Back => place.checked_sub(1)?,
            Direction::Forward => place + 1,
        };
        held.get(place).copied()
    }

    /// The number of a frame of which the film holds more than a thumbnail.
    pub(super) fn kept(&self, stream: StreamKey, frame_id: u64) -> Option<u64> {
        let is_it = |still: &&Still| (still.stream, still.frame_id) == (stream, frame_id);
        let mut held = self.stills.iter().rev().filter(|still| still.received.is_some());
        held.find(is_it).map(|still| still.number)
    }

    fn number_of(&self, received: &ReceivedFrame) -> Option<u64> {
        let same =
            |still: &&Still| (still.stream, still.frame_id) == (received.stream, received.frame_id);
        self.stills.iter().rev().find(same).map(|still| still.number)
    }

    fn refresh(&mut self, ctx: &Context) {
        let Some(recorder) = &self.recorder else { return };
        let recording = recorder.lock();
        if recording.strip.put_in_all() == self.seen {
            return;
        }
        self.seen = recording.strip.put_in_all();
        self.stills = recording.strip.stills().cloned().collect();
        drop(recording);
        self.textures.retain(|number, _| self.stills.iter().any(|still| still.number == *number));
        for still in &self.stills {
            self.textures.entry(still.number).or_insert_with(|| {
                let image = Arc::clone(&still.thumbnail);
                ctx.load_texture("still", image, TextureOptions::LINEAR)
            });
        }
    }
}

/// Which way to step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Back,
    Forward,
}

#[cfg(test)]
pub(super) mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use super::*;
    use crate::flow::{Counters, LossPattern, Mode, Protocol};
    use crate::frame::{Frame, PixelFormat};
    use crate::net::StreamStatus;

    /// A live frame of grey pixels that have its number as their value.
    pub(in crate::app::receive_tab) fn received(
        stream: u64,
        frame_id: u64,
        width: u32,
        height: u32,
    ) -> Arc<ReceivedFrame> {
        let pixels = vec![frame_id as u8; width as usize * height as usize];
        let frame = Frame::new(width, height, PixelFormat::MONO8, pixels).expect("valid");
        let stream = StreamKey::over_udp(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), stream);
        let (protocol, mode) = (Protocol::Pixelwire, Mode::Live);
        Arc::new(ReceivedFrame::new(stream, frame_id, protocol, mode, frame))
    }

    /// A stream that has received nothing.
    pub(in crate::app::receive_tab) fn stream(id: u64, active: bool) -> StreamStatus {
        StreamStatus {
            key: received(id, 0, 1, 1).stream,
            name: format!("sender {id}"),
            protocol: Protocol::Pixelwire,
            mode: Mode::Live,
            shape: None,
            active,
            counters: Counters::default(),
            last_second: Counters::default(),
            jitter_us: None,
            losses: LossPattern::default(),
            round_trip_us: None,
            latency_us: None,
        }
    }

    fn film(ctx: &Context, frames: u64) -> Film {
        let mut film = Film::default();
        film.attach(Recorder::new(), None);
        for frame_id in 0..frames {
            film.recorder.as_ref().expect("attached").put(&received(1, frame_id, 4, 4));
        }
        film.logic(ctx);
        film
    }

    fn chosen(film: &mut Film, direction: Direction) -> Option<u64> {
        let number = film.neighbour(direction)?;
        film.choose(number).map(|received| received.frame_id)
    }

    #[test]
    fn counting_goes_on_while_the_picture_stands_still() {
        let ctx = Context::default();
        let mut film = film(&ctx, 3);
        film.freeze(&ctx, &received(1, 2, 4, 4));
        for frame_id in 3..127 {
            let recorder = film.recorder.as_ref().expect("attached");
            recorder.count(&received(1, frame_id, 4, 4), 1);
        }
        film.logic(&ctx);
        assert_eq!(film.frozen.as_ref().expect("frozen").frames_since, 124);
    }

    #[test]
    fn one_steps_back_through_what_was_recorded_and_to_the_end_again() {
        let ctx = Context::default();
        let mut film = film(&ctx, 3);
        film.freeze(&ctx, &received(1, 2, 4, 4));
        assert_eq!(chosen(&mut film, Direction::Forward), None);
        assert_eq!(chosen(&mut film, Direction::Back), Some(1));
        assert_eq!(chosen(&mut film, Direction::Back), Some(0));
        assert_eq!(chosen(&mut film, Direction::Back), None);
        assert_eq!(chosen(&mut film, Direction::Forward), Some(1));
    }

    #[test]
    fn the_frame_at_which_it_is_frozen_is_in_its_place_even_if_it_was_not_recorded() {
        let ctx = Context::default();
        let mut film = film(&ctx, 0);
        for frame_id in [10, 20] {
            film.recorder.as_ref().expect("attached").put(&received(1, frame_id, 4, 4));
        }
        film.freeze(&ctx, &received(1, 15, 4, 4));
        assert_eq!(chosen(&mut film, Direction::Forward), Some(20));
        assert_eq!(chosen(&mut film, Direction::Back), Some(15));
        assert_eq!(chosen(&mut film, Direction::Back), Some(10));
    }

    #[test]
    fn nothing_is_recorded_while_it_is_frozen() {
        let ctx = Context::default();
        let mut film = film(&ctx, 3);
        film.freeze(&ctx, &received(1, 2, 4, 4));
        assert!(!film.recorder.as_ref().expect("attached").lock().runs);
        film.resume();
        assert!(film.recorder.as_ref().expect("attached").lock().runs);
    }
}
