//! Several targets at once: a stream for each, with its own pace, all fed from one source.
//!
//! Delivered frames are given to each target in turn, so that the slowest sets the pace; of live
//! ones each target takes the newest, so that nobody holds the others up. What the streams say is
//! merged: a frame has arrived when every target that still takes part has it.

mod fan;
mod merge;

use std::net::SocketAddr;
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};

use crate::flow::{Mode, Protocol};
use crate::media::FrameSource;
use crate::net::{Published, Target, Wake};

use super::connection;
use super::exit::Exit;
use super::feed::Feed;
use super::progress::Progress;
use super::protection::Protection;
use super::slot::slot;
use super::{Chunk, EVENTS, SendError, SendEvent, SendOptions, SendStatus, Way};

use merge::{Line, Merge};

/// Sends what `source` gives to every target of `options`.
pub(super) fn run(options: &SendOptions, source: Box<dyn FrameSource>, mut progress: Progress) {
    let targets = std::iter::once(&options.target).chain(&options.spread.others);
    let ways: Vec<_> = targets
        .map(|target| SendOptions { target: target.clone(), ..options.clone() })
        .map(|own| {
            (own.target.clone(), connection::open(&own, &mut progress).map(|way| (own, way)))
        })
        .collect();
    let open = ways.iter().filter_map(|(_, way)| way.as_ref().ok());
    // One size for all, so that all can share a frame's parity.
    let Some(chunk) = open.map(|(_, (_, chunk, _))| *chunk).min() else {
        let failed = ways.into_iter().map(|(target, way)| Line::failed(&target, way.err()));
        return Merge::new(failed.collect(), options.mode, progress).finish();
    };
    let protection = Protection::new(options, chunk);
    let newest_wins = options.mode == Mode::Live && options.protocol == Protocol::Pixelwire;
    let (mut lines, mut writers) = (Vec::new(), Vec::new());
    for (target, way) in ways {
        let started = way.and_then(|(own, way)| {
            let (writer, reader) = slot(newest_wins);
            let feed = Feed::follow(reader, protection.clone());
            let line = start(own, way, feed, &protection, &progress)?;
            writers.push(writer);
            Ok(line)
        });
        lines.push(started.unwrap_or_else(|error| Line::failed(&target, Some(error))));
    }
    let (begin, may_begin) = bounded(1);
    match fan::start(source, options, protection, writers, may_begin) {
        Ok(failures) => Merge::new(lines, options.mode, progress).run(&begin, &failures),
        Err(error) => progress.finish(Err(error)),
    }
}

/// Starts a stream on a thread of its own.
fn start(
    options: SendOptions,
    (peer, _, exit): (SocketAddr, u16, Exit),
    feed: Feed,
    protection: &Protection,
    whole: &Progress,
) -> Result<Line, SendError> {
    let (events, receiver): (_, Receiver<SendEvent>) = bounded(EVENTS);
    let published = Published::new(SendStatus::default());
    let status = published.clone();
    let nobody: Wake = Arc::new(|| ());
    let mut progress = Progress::new(events, published, whole.cancellation(), nobody);
    let chunk = protection.chunk();
    let label = peer.to_string();
    std::thread::Builder::new()
        .name("send job".to_owned())
        .spawn(move || {
            let options = SendOptions { chunk: Chunk::Bytes(chunk), ..options };
            let way = Way { peer, exit, feed, chunk };
            let result = super::send_over(&options, way, &mut progress);
            progress.finish(result);
        })
        .map_err(|error| SendError::System(error.to_string()))?;
    Ok(Line::new(label, receiver, status))
}

impl Line {
    /// A target to which nothing can be sent.
    fn failed(target: &Target, error: Option<SendError>) -> Self {
        let error = error.unwrap_or(SendError::Cancelled);
        Self::over(target.to_string(), error)
    }
}
