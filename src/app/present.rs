//! From a frame as it was received to an image that can be drawn, on a thread of its own.
//!
//! A frame is converted only when the window has taken the one before, and then the newest there
//! is: nothing is converted that will not be shown, and nothing queues up. While the picture
//! stands still, frames are taken as they come and only the newest is remembered.

mod compared;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, never, select};
use egui::{Color32, ColorImage, Context};

use super::wake::wake;
use crate::frame::{Channel, Display, DisplayRange, Frame, Statistics};
use crate::net::{ReceivedFrame, StreamKey};

pub use compared::{Against, Compared, Figures, Side};

/// A frame that is ready to be drawn.
pub struct Presented {
    /// What is drawn: the frame, the one it is compared with, or the difference of both.
    pub received: Arc<ReceivedFrame>,
    /// The frame of the stream that this is about.
    pub source: Arc<ReceivedFrame>,
    /// How its samples were made shades.
    pub display: Display,
    /// Its samples, counted, if that was asked for.
    pub statistics: Option<Arc<Statistics>>,
    /// The picture, cut so that each part fits a texture: its left upper corner and its pixels.
    pub tiles: Vec<([usize; 2], Arc<ColorImage>)>,
    /// What came of the comparison, if one was wanted.
    pub compared: Option<Compared>,
}

/// How frames are to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// Which channels.
    pub channel: Channel,
    /// Which samples are black and white.
    pub levels: Levels,
    /// Whether the samples are to be counted: it takes time, and is done only while it is seen.
    pub statistics: bool,
}

/// Which samples are drawn black and white.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Levels {
    /// All that the format can hold, or of floats all that there is.
    #[default]
    Full,
    /// What each frame uses.
    Auto,
    /// As the user has put them.
    Fixed(DisplayRange),
}

impl Look {
    fn range(self, frame: &Frame) -> DisplayRange {
        match self.levels {
            Levels::Full => DisplayRange::of(frame),
            Levels::Auto => DisplayRange::stretched(frame, self.channel),
            Levels::Fixed(range) => range,
        }
    }
}

/// Converts what a listener hands over, and goes on after the listener has ended.
pub struct Presenter {
    ready: Receiver<Presented>,
    taken: Sender<()>,
    wish: Arc<Mutex<Wish>>,
    nudge: Sender<()>,
}

/// What the window wants to see.
#[derive(Clone, Default)]
struct Wish {
    only: Option<StreamKey>,
    /// The frame at which the picture stands still.
    still: Option<Arc<ReceivedFrame>>,
    against: Option<Against>,
    look: Look,
}

impl Wish {
    fn wants(&self, frame: &ReceivedFrame) -> bool {
        self.only.is_none_or(|only| only == frame.stream)
    }
}

impl Presenter {
    /// Starts to convert `frames`, into parts of at most `max_side` pixels a side. Each image
    /// that is ready wakes `ctx`.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(
        ctx: &Context,
        frames: Receiver<Arc<ReceivedFrame>>,
        max_side: usize,
    ) -> io::Result<Self> {
        let (send_ready, ready) = bounded(1);
        let (taken, was_taken) = bounded(1);
        let (nudge, nudged) = bounded(1);
        let wish = Arc::new(Mutex::new(Wish::default()));
        let worker = Worker {
            ctx: ctx.clone(),
            frames,
            nudged,
            max_side,
            wish: Arc::clone(&wish),
            newest: None,
        };
        thread::Builder::new()
            .name("present".to_owned())
            .spawn(move || worker.run(&send_ready, &was_taken))?;
        Ok(Self { ready, taken, wish, nudge })
    }

    /// The newest image, once.
    pub fn take(&self) -> Option<Presented> {
        let presented = self.ready.try_recv().ok()?;
        // A full channel says the same: the worker may go on.
        let _ = self.taken.try_send(());
        let is_stale = |still| !Arc::ptr_eq(&presented.source, still);
        if lock(&self.wish).still.as_ref().is_some_and(is_stale) {
            return None;
        }
        Some(presented)
    }

    /// From now on shows only frames of this stream; `None` is all streams.
    pub fn show_only(&self, stream: Option<StreamKey>) {
        self.change(|wish| wish.only = stream);
    }

    /// Lets the picture stand still at `frame`; `None` lets it go on with the newest frame.
    pub fn stand_still_at(&self, frame: Option<Arc<ReceivedFrame>>) {
        self.change(|wish| wish.still = frame);
    }

    /// From now on compares with this frame, or no longer.
    pub fn compare(&self, against: Option<Against>) {
        self.change(|wish| wish.against = against);
    }

    /// From now on shows frames like this, the one that is shown first of all.
    pub fn look_like(&self, look: Look) {
        if lock(&self.wish).look != look {
            self.change(|wish| wish.look = look);
        }
    }

    fn change(&self, change: impl FnOnce(&mut Wish)) {
        change(&mut lock(&self.wish));
        // A full channel says the same: there is something to look at again.
        let _ = self.nudge.try_send(());
    }
}

struct Worker {
    ctx: Context,
    frames: Receiver<Arc<ReceivedFrame>>,
    nudged: Receiver<()>,
    max_side: usize,
    wish: Arc<Mutex<Wish>>,
    /// The newest frame of the wanted stream.
    newest: Option<Arc<ReceivedFrame>>,
}

impl Worker {
    fn run(mut self, ready: &Sender<Presented>, taken: &Receiver<()>) {
        while let Some(presented) = self.next() {
            if ready.send(presented).is_err() {
                return;
            }
            wake(&self.ctx);
            if taken.recv().is_err() {
                return;
            }
        }
    }

    /// Waits for something to show; `None` when nobody wants to see anything any more.
    fn next(&mut self) -> Option<Presented> {
        loop {
            let is_news = select! {
                recv(self.nudged) -> nudged => { nudged.ok()?; true }
                recv(self.frames) -> frame => if let Ok(frame) = frame {
                    self.take_in(frame)
                } else {
                    self.frames = never();
                    false
                },
            };
            if !is_news {
                continue;
            }
            let wish = lock(&self.wish).clone();
            let newest = self.newest.as_ref().filter(|frame| wish.wants(frame));
            if let Some(source) = wish.still.as_ref().or(newest) {
                return Some(present(source, wish.against.as_ref(), wish.look, self.max_side));
            }
        }
    }

    /// Remembers the newest wanted frame; whether it is to be shown.
    fn take_in(&mut self, first: Arc<ReceivedFrame>) -> bool {
        let wish = lock(&self.wish);
        let waiting: Vec<_> = self.frames.try_iter().take(self.frames.len()).collect();
        let newest = std::iter::once(first).chain(waiting).filter(|frame| wish.wants(frame)).last();
        let is_news = newest.is_some() && wish.still.is_none();
        self.newest = newest.or(self.newest.take());
        is_news
    }
}

fn lock(wish: &Mutex<Wish>) -> MutexGuard<'_, Wish> {
    wish.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a frame drawable, in parts of at most `max_side` pixels a side. Takes as long as copying
/// the frame, or longer: never to be called where the window is drawn.
pub fn present(
    source: &Arc<ReceivedFrame>,
    against: Option<&Against>,
    look: Look,
    max_side: usize,
) -> Presented {
    let view = against.map(|against| against.view(source));
    let (received, range, compared) = match view {
        Some(view) => (view.received, view.range, Some(view.compared)),
        None => (Arc::clone(source), None, None),
    };
    let frame = &received.frame;
    let range = range.unwrap_or_else(|| look.range(frame));
    let display = Display { channel: look.channel, range };
    let size = [frame.width() as usize, frame.height() as usize];
    let mut image = ColorImage::filled(size, Color32::BLACK);
    display.write(frame, image.as_raw_mut());
    let statistics = look.statistics.then(|| Arc::new(Statistics::of(frame, &received.missing)));
    let tiles = cut(image, max_side);
    Presented { source: Arc::clone(source), received, display, statistics, tiles, compared }
}

/// Cuts an image into parts of at most `max_side` pixels a side.
fn cut(image: ColorImage, max_side: usize) -> Vec<([usize; 2], Arc<ColorImage>)> {
    let [width, height] = image.size;
    if width.max(height) <= max_side {
        return vec![([0, 0], Arc::new(image))];
    }
    let mut tiles = Vec::new();
    for top in (0..height).step_by(max_side) {
        for left in (0..width).step_by(max_side) {
            let size = [max_side.min(width - left), max_side.min(height - top)];
            let tile = image.region_by_pixels([left, top], size);
            tiles.push(([left, top], Arc::new(tile)));
        }
    }
    tiles
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::time::Duration;

    use super::*;
    use crate::flow::{Mode, Protocol};
    use crate::frame::{Frame, PixelFormat};

    pub(super) fn received(frame_id: u64, width: u32, height: u32) -> Arc<ReceivedFrame> {
        let pixels = vec![frame_id as u8; (width * height) as usize];
        let frame = Frame::new(width, height, PixelFormat::MONO8, pixels).expect("valid");
        let stream = StreamKey::over_udp(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), frame_id);
        let (protocol, mode) = (Protocol::Pixelwire, Mode::Live);
        Arc::new(ReceivedFrame::new(stream, frame_id, protocol, mode, frame))
    }

    /// The number of the frame that is ready, once there is one.
    fn shown(presenter: &Presenter) -> u64 {
        let image = presenter.ready.recv_timeout(Duration::from_secs(10)).expect("an image");
        presenter.taken.try_send(()).expect("room");
        image.received.frame_id
    }

    #[test]
    fn of_the_frames_that_came_meanwhile_only_the_newest_is_shown() {
        let (send, frames) = bounded(8);
        let presenter = Presenter::start(&Context::default(), frames, 2048).expect("a thread");
        send.send(received(1, 4, 4)).expect("open");
        while presenter.ready.is_empty() {
            thread::yield_now();
        }
        for id in 2..6 {
            send.send(received(id, 4, 4)).expect("open");
        }
        assert_eq!(shown(&presenter), 1);
        assert_eq!(shown(&presenter), 5);
        assert!(presenter.take().is_none());
    }

    #[test]
    fn frames_of_other_streams_are_passed_over() {
        let (send, frames) = bounded(0);
        let presenter = Presenter::start(&Context::default(), frames, 2048).expect("a thread");
        presenter.show_only(Some(received(7, 1, 1).stream));
        send.send(received(6, 4, 4)).expect("open");
        send.send(received(7, 4, 4)).expect("open");
        assert_eq!(shown(&presenter), 7);
    }

    #[test]
    fn a_picture_that_stands_still_lets_frames_pass_and_goes_on_with_the_newest() {
        let (send, frames) = bounded(0);
        let presenter = Presenter::start(&Context::default(), frames, 2048).expect("a thread");
        send.send(received(1, 4, 4)).expect("open");
        assert_eq!(shown(&presenter), 1);
        let old = received(0, 4, 4);
        presenter.stand_still_at(Some(Arc::clone(&old)));
        assert_eq!(shown(&presenter), 0);
        for id in 2..9 {
            // Nobody takes pictures meanwhile, and this does not wait for it.
            send.send(received(id, 4, 4)).expect("open");
        }
        assert!(presenter.ready.is_empty());
        presenter.stand_still_at(None);
        assert_eq!(shown(&presenter), 8);
    }

    #[test]
    fn pictures_can_be_looked_at_after_the_listener_has_ended() {
        let (send, frames) = bounded(1);
        let presenter = Presenter::start(&Context::default(), frames, 2048).expect("a thread");
        drop(send);
        presenter.stand_still_at(Some(received(5, 4, 4)));
        assert_eq!(shown(&presenter), 5);
    }

    #[test]
    fn a_picture_that_stays_is_shown_anew_when_it_is_to_be_shown_otherwise() {
        let (send, frames) = bounded(0);
        let presenter = Presenter::start(&Context::default(), frames, 2048).expect("a thread");
        send.send(received(10, 4, 4)).expect("open");
        assert_eq!(shown(&presenter), 10);
        let levels = Levels::Fixed(DisplayRange { low: 0.0, high: 51.0 });
        let look = Look { levels, statistics: true, ..Look::default() };
        presenter.look_like(look);
        let image = presenter.ready.recv_timeout(Duration::from_secs(10)).expect("an image");
        assert_eq!(image.tiles[0].1.pixels[0], Color32::from_gray(50));
        let statistics = image.statistics.expect("was asked for");
        assert_eq!(statistics.series[0].counts[10], 16);
        presenter.taken.try_send(()).expect("room");
        presenter.look_like(look);
        assert!(presenter.ready.recv_timeout(Duration::from_millis(50)).is_err(), "no change");
    }

    #[test]
    fn a_picture_larger_than_a_texture_is_cut_without_a_gap() {
        let tiles = present(&received(9, 25, 11), None, Look::default(), 10).tiles;
        let area: usize = tiles.iter().map(|(_, tile)| tile.width() * tile.height()).sum();
        assert_eq!(area, 25 * 11);
        assert_eq!(tiles.len(), 6);
        let (corner, last) = tiles.last().expect("tiles");
        assert_eq!((*corner, last.size), ([20, 10], [5, 1]));
    }
}
