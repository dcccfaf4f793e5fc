//! Complete frames as raw pixels on standard output, for `ffplay -f rawvideo -` and scripts.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::cli::output::Failure;
use crate::flow::Mode;
use crate::frame::Frame;
use crate::media::ffmpeg_name;
use crate::net::ReceivedFrame;

/// The thread that writes, and the one frame that may wait for it: a newer live frame takes the
/// place of an older one, and a delivered frame keeps its own.
pub(super) struct Pipe {
    frames: Sender<Arc<ReceivedFrame>>,
    /// One for each frame that was handed over.
    results: Receiver<io::Result<()>>,
    waiting: Option<Arc<ReceivedFrame>>,
    busy: bool,
    /// Frames to be written in all.
    wanted: Option<u64>,
    /// Frames that were handed over.
    started: u64,
    skipped: u64,
    /// Size and pixel format of the newest frame, which raw pixels do not say.
    form: Option<String>,
}

impl Pipe {
    /// Writes to standard output, `wanted` frames at most.
    pub(super) fn start(wanted: Option<u64>) -> Result<Self, Failure> {
        Self::into(io::stdout(), wanted)
    }

    fn into(out: impl Write + Send + 'static, wanted: Option<u64>) -> Result<Self, Failure> {
        let (frames, to_write) = bounded(1);
        let (done, results) = bounded(1);
        Builder::new()
            .name("pipe frames".to_owned())
            .spawn(move || write_all(out, &to_write, &done))
            .map_err(|error| {
                Failure::because(format!("no thread to write frames with: {error}"))
            })?;
        Ok(Self {
            frames,
            results,
            waiting: None,
            busy: false,
            wanted,
            started: 0,
            skipped: 0,
            form: None,
        })
    }

    /// Takes a complete frame. Gives a remark for standard error when frames begin to be of
    /// another size or format.
    pub(super) fn offer(&mut self, received: &Arc<ReceivedFrame>) -> Option<String> {
        if self.waiting.replace(Arc::clone(received)).is_some() {
            self.skipped += 1;
        }
        self.hand_over();
        let form = form_in_words(&received.frame);
        let news = self.form.as_ref() != Some(&form);
        news.then(|| self.form.insert(form).clone())
    }

    /// Whether a frame can be taken without losing one that was delivered.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.as_ref().is_none_or(|waiting| waiting.mode == Mode::Live)
    }

    /// Frames that are written or being written.
    pub(super) fn started(&self) -> u64 {
        self.started
    }

    /// What became of the frame that was being written, for [`Self::written`].
    pub(super) fn results(&self) -> &Receiver<io::Result<()>> {
        &self.results
    }

    /// Goes on with the next frame, unless the last one could not be written.
    pub(super) fn written(&mut self, result: io::Result<()>) -> Result<(), Failure> {
        self.busy = false;
        result.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::PipeClosed,
            _ => Failure::because(format!("standard output cannot be written: {error}")),
        })?;
        self.hand_over();
        Ok(())
    }

    /// Waits for the frames that are on their way; for no more than a moment when `in_haste`,
    /// because whoever reads may have stopped to. Gives a remark about frames that were skipped.
    pub(super) fn finish(mut self, in_haste: bool) -> Result<Option<String>, Failure> {
        while self.busy {
            let patience = if in_haste { HASTE } else { Duration::MAX };
            match self.results.recv_timeout(patience) {
                Ok(result) => self.written(result)?,
                Err(_) => break,
            }
        }
        let skipped = self.skipped;
        Ok((skipped > 0).then(|| {
            format!("{skipped} live frames were skipped: standard output is read too slowly")
        }))
    }

    fn hand_over(&mut self) {
        if self.busy || self.wanted.is_some_and(|wanted| self.started >= wanted) {
            return;
        }
        if let Some(frame) = self.waiting.take() {
            // The thread is idle and only ends with us, or after a failure that it has told.
            self.busy = self.frames.try_send(frame).is_ok();
            self.started += u64::from(self.busy);
        }
    }
}

fn write_all(
    mut out: impl Write,
    frames: &Receiver<Arc<ReceivedFrame>>,
    done: &Sender<io::Result<()>>,
) {
    for received in frames {
        let result = out.write_all(received.frame.pixels()).and_then(|()| out.flush());
        let failed = result.is_err();
        if done.send(result).is_err() || failed {
            return;
        }
    }
}

fn form_in_words(frame: &Frame) -> String {
    let (width, height, format) = (frame.width(), frame.height(), frame.format());
    let hint = ffmpeg_name(format).map_or_else(String::new, |name| {
        format!(", for `ffplay -f rawvideo -pixel_format {name} -video_size {width}x{height} -`")
    });
    format!("writing raw frames of {width}x{height} {format}{hint}")
}

/// How long a reader who may have stopped is waited for.
const HASTE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::sync::{Mutex, PoisonError};

    use super::*;
    use crate::flow::{Protocol, StreamKey};
    use crate::frame::PixelFormat;

    /// Writes only as often as it is allowed to.
    struct Slow {
        written: Arc<Mutex<Vec<u8>>>,
        allowed: Receiver<()>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.allowed.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            self.written.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Scene {
        pipe: Pipe,
        written: Arc<Mutex<Vec<u8>>>,
        allow: Option<Sender<()>>,
    }

    impl Scene {
        fn new(wanted: Option<u64>) -> Self {
            let (allow, allowed) = bounded(100);
            let written = Arc::default();
            let slow = Slow { written: Arc::clone(&written), allowed };
            Self { pipe: Pipe::into(slow, wanted).expect("started"), written, allow: Some(allow) }
        }

        /// Lets one frame be written.
        fn read_one(&mut self) {
            self.allow.as_ref().expect("open").send(()).expect("read");
            let result = self.pipe.results().recv().expect("told");
            self.pipe.written(result).expect("written");
        }

        fn written(&self) -> Vec<u8> {
            self.written.lock().expect("not poisoned").clone()
        }
    }

    fn frame(shade: u8, mode: Mode) -> Arc<ReceivedFrame> {
        let frame = Frame::new(1, 1, PixelFormat::MONO8, vec![shade]).expect("valid");
        let stream = StreamKey::over_udp(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), 1);
        let (id, protocol) = (u64::from(shade), Protocol::Pixelwire);
        Arc::new(ReceivedFrame::new(stream, id, protocol, mode, frame))
    }

    #[test]
    fn a_slow_reader_gets_the_newest_live_frame_and_nothing_waits_behind_it() {
        let mut scene = Scene::new(None);
        for shade in 1..=9 {
            scene.pipe.offer(&frame(shade, Mode::Live));
            assert!(scene.pipe.has_room());
        }
        scene.read_one();
        scene.read_one();
        assert_eq!(scene.written(), [1, 9]);
        let said = scene.pipe.finish(false).expect("written").expect("a remark");
        assert!(said.starts_with("7 live frames"), "{said}");
    }

    #[test]
    fn a_delivered_frame_is_never_pushed_out() {
        let mut scene = Scene::new(None);
        scene.pipe.offer(&frame(1, Mode::Deliver));
        assert!(scene.pipe.has_room());
        scene.pipe.offer(&frame(2, Mode::Deliver));
        assert!(!scene.pipe.has_room());
        scene.read_one();
        assert!(scene.pipe.has_room());
        scene.read_one();
        assert_eq!(scene.written(), [1, 2]);
    }

    #[test]
    fn no_more_is_written_than_was_asked_for() {
        let mut scene = Scene::new(Some(1));
        scene.pipe.offer(&frame(1, Mode::Live));
        scene.pipe.offer(&frame(2, Mode::Live));
        scene.read_one();
        assert_eq!((scene.pipe.started(), scene.written()), (1, vec![1]));
    }

    #[test]
    fn a_closed_pipe_is_a_quiet_end() {
        let mut scene = Scene::new(None);
        scene.pipe.offer(&frame(1, Mode::Live));
        scene.allow = None;
        assert!(matches!(scene.pipe.finish(false), Err(Failure::PipeClosed)));
    }

    #[test]
    fn each_new_form_is_said_once() {
        let mut scene = Scene::new(None);
        let said = scene.pipe.offer(&frame(1, Mode::Live)).expect("new");
        assert!(said.contains("-pixel_format gray -video_size 1x1"), "{said}");
        assert_eq!(scene.pipe.offer(&frame(2, Mode::Live)), None);
    }
}
