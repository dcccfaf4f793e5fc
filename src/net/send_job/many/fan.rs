//! One source for several streams: each frame is read, converted and given parity once.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::media::FrameSource;
use crate::net::clock::Clock;

use super::super::feed::{Fed, Feed, Prepared};
use super::super::protection::Protection;
use super::super::slot::SlotWriter;
use super::super::{FrameReport, SendError, SendOptions};

/// The way to a stream.
pub(super) type Outlet = SlotWriter<Prepared, (FrameReport, String)>;

/// How many frames that cannot be read may wait to be told.
const FAILURES: usize = 64;

/// Starts to give frames to `outlets` once `may_begin` says so; what comes back tells of frames
/// that cannot be read, and ends when all has been given.
pub(super) fn start(
    source: Box<dyn FrameSource>,
    options: &SendOptions,
    protection: Protection,
    outlets: Vec<Outlet>,
    may_begin: Receiver<()>,
) -> Result<Receiver<(FrameReport, String)>, SendError> {
    let (failures, told) = bounded(FAILURES);
    let feed = Feed::start(source, options, protection)?;
    std::thread::Builder::new()
        .name("fan out".to_owned())
        .spawn(move || {
            if may_begin.recv().is_ok() {
                give_all(feed, outlets, &failures);
            }
        })
        .map_err(|error| SendError::System(error.to_string()))?;
    Ok(told)
}

fn give_all(mut feed: Feed, mut outlets: Vec<Outlet>, failures: &Sender<(FrameReport, String)>) {
    let clock = Clock::start();
    let mut number = 0;
    while !outlets.is_empty() {
        match feed.next(clock.now()) {
            Fed::Frame(mut prepared) => {
                prepared.report.frame_id = Some(number);
                number += 1;
                outlets.retain(|outlet| outlet.put(Ok(prepared.clone())));
            }
            Fed::Failed(report, reason) => {
                if failures.send((report, reason)).is_err() {
                    return;
                }
            }
            Fed::NotYet(due) => {
                let wait = clock.until(due).min(LONGEST_SLEEP);
                std::thread::sleep(wait);
                outlets.retain(Outlet::is_read);
            }
            Fed::End => return,
        }
    }
}

/// How soon it is noticed that nobody is left to send to.
const LONGEST_SLEEP: Duration = Duration::from_millis(50);
