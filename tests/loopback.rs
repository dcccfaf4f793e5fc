//! A listener and senders on this machine, over real sockets.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pixelwire::frame::Frame;
use pixelwire::media::{FrameSource, MediaError, SourceFrame};
use pixelwire::net::{
    Chunk, HandOver, ListenOptions, Listener, ReceivedFrame, SendEvent, SendJob, SendOptions, Wake,
};

/// How long anything may take here; reached only when something is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Gives frames from memory.
pub(crate) struct FromMemory {
    frames: VecDeque<Arc<Frame>>,
    given: usize,
}

impl FromMemory {
    pub(crate) fn boxed(frames: &[Arc<Frame>]) -> Box<dyn FrameSource> {
        Box::new(Self { frames: frames.iter().cloned().collect(), given: 0 })
    }
}

impl FrameSource for FromMemory {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        let frame = self.frames.pop_front()?;
        let item = self.given;
        self.given += 1;
        Some(Ok(SourceFrame { item, name: format!("image {item}"), frame, duration: None }))
    }

    fn frames(&self) -> Option<u64> {
        Some((self.frames.len() + self.given) as u64)
    }
}

pub(crate) fn no_wake() -> Wake {
    Arc::new(|| ())
}

/// Listens on a free loopback port and hands every frame over.
pub(crate) fn listen() -> Listener {
    listen_patiently(pixelwire::flow::limits::LATENCY_BUDGET)
}

/// Listens, and gives live frames so much time.
pub(crate) fn listen_patiently(latency_budget: Duration) -> Listener {
    let mut options = ListenOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    options.hand_over = HandOver::Every;
    options.latency_budget = latency_budget;
    Listener::start(&options, no_wake()).expect("a free port")
}

pub(crate) fn send_options(to: SocketAddr) -> SendOptions {
    SendOptions { chunk: Chunk::Bytes(1400), ..SendOptions::new(to.into()) }
}

/// Takes `count` frames from the listener.
pub(crate) fn take(listener: &Listener, count: usize) -> Vec<Arc<ReceivedFrame>> {
    let next = |_| listener.frames().recv_timeout(PATIENCE).expect("a frame arrives");
    (0..count).map(next).collect()
}

/// Waits for the job's end and gives everything that it said.
pub(crate) fn wait(job: &SendJob) -> Vec<SendEvent> {
    let mut events = Vec::new();
    loop {
        let event = job.events().recv_timeout(PATIENCE).expect("the job goes on");
        let over = matches!(event, SendEvent::Finished(_));
        events.push(event);
        if over {
            return events;
        }
    }
}
