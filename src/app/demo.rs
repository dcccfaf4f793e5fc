//! The demonstration: a picture, then a moving pattern, sent from this window to itself over real
//! sockets.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use egui::Context;

use super::errand::Errand;
use super::wake::waker;
use crate::flow::Mode;
use crate::media::{self, Input, MediaError, Playback, SaveFormat};
use crate::net::{ReceivedFrame, SendEvent, SendJob, SendOptions};

/// What is sent to the window's own listener, and what is kept of it.
///
/// Input: [`Demo::logic`], once in every pass, gives back a sentence about the file that was
/// written, once.
pub struct Demo {
    to: SocketAddr,
    job: SendJob,
    /// When the pattern follows, in the window's time; `None` before the picture has arrived.
    pattern_at: Option<f64>,
    pattern_runs: bool,
    kept: bool,
    keeping: Errand<Result<PathBuf, String>>,
}

impl Demo {
    /// Begins to send the picture to `to`.
    ///
    /// # Errors
    /// [`MediaError`] when the picture in the program is damaged.
    pub fn start(ctx: &Context, to: SocketAddr) -> Result<Self, MediaError> {
        let frame = media::demo_picture()?;
        let picture = Input::Image { name: "demo picture".to_owned(), frame };
        Ok(Self {
            to,
            job: job(ctx, to, picture, Mode::Deliver)?,
            pattern_at: None,
            pattern_runs: false,
            kept: false,
            keeping: Errand::new("keep demo picture"),
        })
    }

    /// Goes on: `shown` is the frame that the window shows.
    pub fn logic(
        &mut self,
        ctx: &Context,
        shown: Option<&Arc<ReceivedFrame>>,
    ) -> Option<Result<String, String>> {
        self.keep(ctx, shown);
        self.follow(ctx);
        let kept = self.keeping.poll()?;
        Some(kept.map(|path| {
            println!("{}", path.display());
            format!("The received picture is in {}", path.display())
        }))
    }

    /// Writes the first frame that arrives whole, which is the picture.
    fn keep(&mut self, ctx: &Context, shown: Option<&Arc<ReceivedFrame>>) {
        let Some(received) = shown.filter(|received| received.missing.is_empty()) else { return };
        if self.kept {
            return;
        }
        self.kept = true;
        let frame = Arc::clone(&received.frame);
        // Out of threads, the demonstration goes on without its file.
        let _ = self.keeping.start(ctx, move || {
            media::save_new(&frame, SaveFormat::Png, &std::env::temp_dir(), "pixelwire-demo")
                .map_err(|error| format!("The received picture was not kept: {error}"))
        });
    }

    /// Lets the picture be seen for a while, then sends the pattern.
    fn follow(&mut self, ctx: &Context) {
        let now = ctx.input(|input| input.time);
        let over =
            self.job.events().try_iter().any(|event| matches!(event, SendEvent::Finished(_)));
        if over && self.pattern_at.is_none() {
            self.pattern_at = Some(now + PICTURE_SECONDS);
            ctx.request_repaint_after_secs(PICTURE_SECONDS as f32);
        }
        if self.pattern_runs || self.pattern_at.is_none_or(|at| now < at) {
            return;
        }
        self.pattern_runs = true;
        let pattern = Input::Pattern { width: 1280, height: 720 };
        if let Ok(job) = job(ctx, self.to, pattern, Mode::Live) {
            self.job = job;
        }
    }
}

fn job(ctx: &Context, to: SocketAddr, input: Input, mode: Mode) -> Result<SendJob, MediaError> {
    let source = media::open(vec![input], Playback { count: None, repeat: false })?;
    let options = SendOptions {
        mode,
        frames_per_second: (mode == Mode::Live).then_some(30.0),
        ..SendOptions::new(to.into())
    };
    Ok(SendJob::start(options, source, waker(ctx)))
}

/// How long the picture stands before the pattern begins.
const PICTURE_SECONDS: f64 = 2.0;
