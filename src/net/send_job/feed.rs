//! Frames for a job: read, converted and given parity on a thread of their own, so that the socket
//! thread never waits for a disk.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::TryRecvError;

use crate::flow::fec::Parity;
use crate::flow::{Mode, Protocol, Time};
use crate::frame::{Frame, grey_to_rgb8, to_bgr8};
use crate::media::{FrameSource, MediaError, SourceFrame};

use super::slot::{SlotReader, SlotWriter, slot};
use super::{FrameReport, LIVE_FRAMES_PER_SECOND, Protection, SendError, SendOptions};

/// How soon to look again for a frame that the source is still reading.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);

/// A frame that is ready to be sent.
#[derive(Clone)]
pub(super) struct Prepared {
    pub(super) frame: Arc<Frame>,
    pub(super) parity: Option<Parity>,
    pub(super) report: FrameReport,
    duration: Option<Duration>,
}

/// What the feed has to say.
pub(super) enum Fed {
    /// The next frame.
    Frame(Prepared),
    /// A frame that could not be had, and why.
    Failed(FrameReport, String),
    /// Nothing yet; ask again then.
    NotYet(Time),
    /// There are no more.
    End,
}

/// The reading end of the source thread, in the rhythm that was asked for.
pub(super) struct Feed {
    prepared: SlotReader<Prepared, (FrameReport, String)>,
    mode: Mode,
    protection: Protection,
    frames_per_second: Option<f64>,
    next_due: Option<Time>,
}

impl Feed {
    pub(super) fn start(
        source: Box<dyn FrameSource>,
        options: &SendOptions,
        protection: Protection,
    ) -> Result<Self, SendError> {
        let (sender, prepared) = slot(source.newest_wins());
        let protocol = options.protocol;
        let for_frames = protection.clone();
        std::thread::Builder::new()
            .name("source".to_owned())
            .spawn(move || read_all(source, protocol, &for_frames, &sender))
            .map_err(|error| SendError::System(error.to_string()))?;
        let frames_per_second = options.frames_per_second;
        let mode = options.mode;
        Ok(Self { prepared, mode, protection, frames_per_second, next_due: None })
    }

    /// Frames that somebody else reads, and gives in the rhythm that was asked for.
    pub(super) fn follow(
        prepared: SlotReader<Prepared, (FrameReport, String)>,
        protection: Protection,
    ) -> Self {
        let mode = Mode::Deliver;
        Self { prepared, mode, protection, frames_per_second: None, next_due: None }
    }

    /// Says which share of a frame's packets is worth protecting, as the losses are now.
    pub(super) fn suggest(&self, share: f64) {
        self.protection.suggest(share);
    }

    /// The next frame, when it is time for it.
    pub(super) fn next(&mut self, now: Time) -> Fed {
        if let Some(due) = self.next_due.filter(|&due| due > now) {
            return Fed::NotYet(due);
        }
        match self.prepared.take() {
            Ok(Ok(prepared)) => {
                self.schedule(&prepared, now);
                Fed::Frame(prepared)
            }
            Ok(Err((report, reason))) => Fed::Failed(report, reason),
            Err(TryRecvError::Empty) => Fed::NotYet(now + LOOK_INTERVAL),
            Err(TryRecvError::Disconnected) => Fed::End,
        }
    }

    /// Sets when the frame after this one is due. Who is late by more than a frame does not hurry
    /// to catch up.
    fn schedule(&mut self, prepared: &Prepared, now: Time) {
        let own = || match self.mode {
            Mode::Deliver => None,
            Mode::Live => {
                let usual = Duration::from_secs_f64(1.0 / LIVE_FRAMES_PER_SECOND);
                Some(prepared.duration.unwrap_or(usual))
            }
        };
        let asked = self.frames_per_second.filter(|&fps| fps > 0.0);
        let interval = asked.map(|fps| Duration::from_secs_f64(1.0 / fps)).or_else(own);
        self.next_due = interval.map(|interval| {
            let planned = self.next_due.unwrap_or(now);
            let base = if now.since(planned) > interval { now } else { planned };
            base + interval
        });
    }
}

fn read_all(
    mut source: Box<dyn FrameSource>,
    protocol: Protocol,
    protection: &Protection,
    prepared_frames: &SlotWriter<Prepared, (FrameReport, String)>,
) {
    while let Some(next) = source.next_frame() {
        let prepared = match next {
            Ok(frame) => prepare(frame, protocol, protection),
            Err(error) => Err(failed(&error)),
        };
        if !prepared_frames.put(prepared) {
            return;
        }
    }
}

fn prepare(
    source: SourceFrame,
    protocol: Protocol,
    protection: &Protection,
) -> Result<Prepared, (FrameReport, String)> {
    let SourceFrame { item, name, frame, duration } = source;
    let report = |frame: &Frame| report(item, name.clone(), frame.pixels().len() as u64);
    let frame = match protocol {
        Protocol::Pixelwire => frame,
        // What RTP cannot carry the sender says.
        Protocol::Rtp => grey_to_rgb8(&frame).map_or(frame, Arc::new),
        Protocol::Classic => {
            if let Some(converted) = to_bgr8(&frame) {
                Arc::new(converted)
            } else {
                let format = frame.format();
                let reason = format!(
                    "the classic protocol carries 8-bit grey or colour only, and this is {format}: send it by the pixelwire protocol"
                );
                return Err((report(&frame), reason));
            }
        }
    };
    let parity = protection.parity(&frame);
    Ok(Prepared { report: report(&frame), frame, parity, duration })
}

fn failed(error: &MediaError) -> (FrameReport, String) {
    let name = error.path.file_name().unwrap_or(error.path.as_os_str());
    (report(error.item, name.to_string_lossy().into_owned(), 0), error.reason.clone())
}

fn report(item: usize, name: String, bytes: u64) -> FrameReport {
    FrameReport {
        item,
        frame_id: None,
        name,
        bytes,
        packets_resent: 0,
        elapsed: Duration::ZERO,
        verified: false,
    }
}
