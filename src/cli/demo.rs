//! `pixelwire demo` on a terminal: a picture and a moving pattern from a sender to a receiver on
//! this machine, over real sockets.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, never, select};

use super::interrupt;
use super::output::{Failure, Output};
use super::summary::Summary;
use crate::flow::Mode;
use crate::frame::Frame;
use crate::media::{self, Input, Playback, SaveFormat, demo_picture, save_new};
use crate::net::{HandOver, ListenOptions, Listener, SendError, SendEvent, SendJob, SendOptions};

/// Shows both ends at work, and leaves the received picture as a file.
pub(super) fn run() -> Result<(), Failure> {
    let interrupt = interrupt::channel()?;
    let mut output = Output::new(false);
    let listener = listen()?;
    let address = listener.address();
    output.line(&format!("A receiver listens on {address}, and a sender sends to it"))?;

    let picture = demo_picture()?;
    let shown = Input::Image { name: "pixelwire-demo".to_owned(), frame: Arc::clone(&picture) };
    let once = Playback::default();
    let received = play(&listener, &job(address, shown, once, Mode::Deliver)?, &interrupt)?;
    let received = received.ok_or_else(|| Failure::because("the picture did not arrive"))?;
    if received != picture {
        return Err(Failure::because("the picture that arrived is not the one that was sent"));
    }
    let (width, height) = (picture.width(), picture.height());
    output.line(&format!("✓ A picture of {width} × {height} arrived, every bit as it was sent"))?;

    let pattern = Input::Pattern { width: 1280, height: 720 };
    let moving = Playback { count: Some(PATTERN_FRAMES), repeat: false };
    output.line(&format!(
        "Now {PATTERN_FRAMES} frames of a moving pattern at {PATTERN_FPS} a second"
    ))?;
    play(&listener, &job(address, pattern, moving, Mode::Live)?, &interrupt)?;

    let status = listener.stop();
    let summary = Summary::of_receiver(&status);
    output.line(&summary.table())?;
    let path = keep(&received)?;
    output.line(&format!("The received picture: {}", path.display()))
}

fn listen() -> Result<Listener, Failure> {
    let options = ListenOptions {
        hand_over: HandOver::Every,
        ..ListenOptions::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    };
    Ok(Listener::start(&options, Arc::new(|| ()))?)
}

fn job(
    address: SocketAddr,
    input: Input,
    playback: Playback,
    mode: Mode,
) -> Result<SendJob, Failure> {
    let source = media::open(vec![input], playback)?;
    let options = SendOptions {
        mode,
        frames_per_second: (mode == Mode::Live).then_some(PATTERN_FPS),
        ..SendOptions::new(address.into())
    };
    Ok(SendJob::start(options, source, Arc::new(|| ())))
}

/// Takes frames until the job is over; gives the last one.
fn play(
    listener: &Listener,
    job: &SendJob,
    interrupt: &Receiver<()>,
) -> Result<Option<Arc<Frame>>, Failure> {
    let mut last = None;
    let mut interrupt = interrupt.clone();
    loop {
        select! {
            recv(listener.frames()) -> received => match received {
                Ok(received) => last = Some(Arc::clone(&received.frame)),
                Err(_) => return Err(Failure::because("listening ended unexpectedly")),
            },
            recv(job.events()) -> event => match event {
                // Live frames may be lost; whether the picture has arrived is seen by its pixels.
                Ok(SendEvent::Finished(Ok(_) | Err(SendError::FramesFailed { .. }))) => break,
                Ok(SendEvent::Finished(Err(error))) => return Err(error.into()),
                Ok(_) => {}
                Err(_) => return Err(Failure::because("sending ended unexpectedly")),
            },
            recv(interrupt) -> _ => {
                job.cancel();
                interrupt = never();
            }
        }
    }
    // The sender may hear of the last frame before we look at it.
    Ok(listener.frames().try_iter().last().map(|received| Arc::clone(&received.frame)).or(last))
}

/// In the system's folder for passing files: a demonstration leaves nothing in anybody's way.
fn keep(frame: &Frame) -> Result<PathBuf, Failure> {
    Ok(save_new(frame, SaveFormat::Png, &env::temp_dir(), "pixelwire-demo")?)
}

const PATTERN_FRAMES: u64 = 90;
const PATTERN_FPS: f64 = 30.0;
