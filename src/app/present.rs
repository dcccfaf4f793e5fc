//! From a frame as it was received to an image that can be drawn, on a thread of its own.
//!
//! A frame is converted only when the window has taken the one before, and then the newest there
//! is: nothing is converted that will not be shown, and nothing queues up.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{Color32, ColorImage, Context};

use super::wake::wake;
use crate::frame::{Channel, Display, DisplayRange, Frame, Statistics};
use crate::net::{ReceivedFrame, StreamKey};

/// A frame that is ready to be drawn.
pub struct Presented {
    /// As it was received.
    pub received: Arc<ReceivedFrame>,
    /// How it was asked to be shown.
    pub look: Look,
    /// How its samples were made shades.
    pub display: Display,
    /// Its samples, counted, if that was asked for.
    pub statistics: Option<Arc<Statistics>>,
    /// The picture, cut so that each part fits a texture: its left upper corner and its pixels.
    pub tiles: Vec<([usize; 2], Arc<ColorImage>)>,
}

impl Presented {
    /// Whether it is what `look` asks for.
    pub fn serves(&self, look: Look) -> bool {
        let drawn = self.look.channel == look.channel && self.look.levels == look.levels;
        drawn && (self.statistics.is_some() || !look.statistics)
    }
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
    fn display(self, frame: &Frame) -> Display {
        let range = match self.levels {
            Levels::Full => DisplayRange::of(frame),
            Levels::Auto => DisplayRange::stretched(frame, self.channel),
            Levels::Fixed(range) => range,
        };
        Display { channel: self.channel, range }
    }
}

/// Makes a frame drawable, in parts of at most `max_side` pixels a side. Takes as long as
/// copying the frame, or longer: never to be called where the window is drawn.
pub fn present(received: Arc<ReceivedFrame>, look: Look, max_side: usize) -> Presented {
    let frame = &received.frame;
    let display = look.display(frame);
    let size = [frame.width() as usize, frame.height() as usize];
    let mut image = ColorImage::filled(size, Color32::BLACK);
    display.write(frame, image.as_raw_mut());
    let statistics = look.statistics.then(|| Arc::new(Statistics::of(frame, &received.missing)));
    Presented { tiles: cut(image, max_side), look, display, statistics, received }
}

/// Converts what a listener hands over. Ends with the listener.
pub struct Presenter {
    ready: Receiver<Presented>,
    taken: Sender<()>,
    wish: Arc<Mutex<Wish>>,
}

/// What is to be shown, and how.
#[derive(Clone, Copy, Default)]
struct Wish {
    only: Option<StreamKey>,
    look: Look,
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
        let wish = Arc::new(Mutex::new(Wish::default()));
        let worker = Worker { ctx: ctx.clone(), frames, max_side, wish: Arc::clone(&wish) };
        thread::Builder::new()
            .name("present".to_owned())
            .spawn(move || worker.run(&send_ready, &was_taken))?;
        Ok(Self { ready, taken, wish })
    }

    /// The newest image, once.
    pub fn take(&self) -> Option<Presented> {
        let presented = self.ready.try_recv().ok()?;
        // A full channel says the same: the worker may go on.
        let _ = self.taken.try_send(());
        Some(presented)
    }

    /// From now on shows only frames of this stream; `None` is all streams.
    pub fn show_only(&self, stream: Option<StreamKey>) {
        self.wish.lock().unwrap_or_else(PoisonError::into_inner).only = stream;
    }

    /// From now on shows frames like this.
    pub fn look_like(&self, look: Look) {
        self.wish.lock().unwrap_or_else(PoisonError::into_inner).look = look;
    }
}

struct Worker {
    ctx: Context,
    frames: Receiver<Arc<ReceivedFrame>>,
    max_side: usize,
    wish: Arc<Mutex<Wish>>,
}

impl Worker {
    fn run(&self, ready: &Sender<Presented>, taken: &Receiver<()>) {
        while let Ok(received) = self.frames.recv() {
            let received = self.frames.try_iter().last().unwrap_or(received);
            let wish = *self.wish.lock().unwrap_or_else(PoisonError::into_inner);
            if wish.only.is_some_and(|only| only != received.stream) {
                continue;
            }
            if ready.send(present(received, wish.look, self.max_side)).is_err() {
                return;
            }
            wake(&self.ctx);
            if taken.recv().is_err() {
                return;
            }
        }
    }
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

    fn received(frame_id: u64, width: u32, height: u32) -> Arc<ReceivedFrame> {
        let pixels = vec![frame_id as u8; (width * height) as usize];
        let frame = Frame::new(width, height, PixelFormat::MONO8, pixels).expect("valid");
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        Arc::new(ReceivedFrame {
            stream: StreamKey { peer, id: frame_id },
            protocol: Protocol::Pixelwire,
            mode: Mode::Live,
            frame_id,
            frame: Arc::new(frame),
            missing: Vec::new(),
            digest: None,
            packets: 1,
            packets_recovered: 0,
            record: Arc::default(),
            latency: None,
            name: None,
            geometry_choices: Vec::new(),
        })
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
    fn frames_are_shown_as_was_asked_for() {
        let (send, frames) = bounded(0);
        let presenter = Presenter::start(&Context::default(), frames, 2048).expect("a thread");
        let levels = Levels::Fixed(DisplayRange { low: 0.0, high: 51.0 });
        presenter.look_like(Look { levels, statistics: true, ..Look::default() });
        send.send(received(10, 4, 4)).expect("open");
        let image = presenter.ready.recv_timeout(Duration::from_secs(10)).expect("an image");
        assert_eq!(image.tiles[0].1.pixels[0], Color32::from_gray(50));
        let statistics = image.statistics.expect("was asked for");
        assert_eq!(statistics.series[0].counts[10], 16);
    }

    #[test]
    fn a_picture_larger_than_a_texture_is_cut_without_a_gap() {
        let tiles = present(received(9, 25, 11), Look::default(), 10).tiles;
        let area: usize = tiles.iter().map(|(_, tile)| tile.width() * tile.height()).sum();
        assert_eq!(area, 25 * 11);
        assert_eq!(tiles.len(), 6);
        let (corner, last) = tiles.last().expect("tiles");
        assert_eq!((*corner, last.size), ([20, 10], [5, 1]));
    }
}
