//! Frames for a job: read, converted, encoded and given parity on a thread of their own, so that the socket
//! thread never waits for a disk.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::TryRecvError;

use crate::flow::fec::Parity;
use crate::flow::{Mode, Protocol, Time};
use crate::frame::codec::{self, Coded, Compression};
use crate::frame::{Frame, grey_to_rgb8, to_bgr8};
use crate::media::{FrameSource, MediaError, SourceFrame};
use crate::net::workers::in_parallel;

use super::slot::{SlotReader, SlotWriter, slot};
use super::{FrameReport, LIVE_FRAMES_PER_SECOND, Protection, SendError, SendOptions};

/// How soon to look again for a frame that the source is still reading.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);

/// The same just after a frame was taken, for sources that have the next one at once: small frames leave in less time
/// than the other interval.
const FIRST_LOOKS: Duration = Duration::from_micros(50);
/// How long such looks go on.
const LOOKING: Duration = Duration::from_millis(1);

/// A frame that is ready to be sent.
#[derive(Clone)]
pub(super) struct Prepared {
    pub(super) frame: Coded,
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
    /// When a frame was taken last.
    taken: Option<Time>,
}

impl Feed {
    pub(super) fn start(
        source: Box<dyn FrameSource>,
        options: &SendOptions,
        protection: Protection,
    ) -> Result<Self, SendError> {
        let (sender, prepared) = slot(source.newest_wins());
        let manner = Manner::of(options);
        let for_frames = protection.clone();
        std::thread::Builder::new()
            .name("source".to_owned())
            .spawn(move || read_all(source, manner, &for_frames, &sender))
            .map_err(|error| SendError::System(error.to_string()))?;
        let frames_per_second = options.frames_per_second;
        let mode = options.mode;
        Ok(Self { prepared, mode, protection, frames_per_second, next_due: None, taken: None })
    }

    /// Frames that somebody else reads, and gives in the rhythm that was asked for.
    pub(super) fn follow(
        prepared: SlotReader<Prepared, (FrameReport, String)>,
        protection: Protection,
    ) -> Self {
        let mode = Mode::Deliver;
        Self { prepared, mode, protection, frames_per_second: None, next_due: None, taken: None }
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
                self.taken = Some(now);
                Fed::Frame(prepared)
            }
            Ok(Err((report, reason))) => Fed::Failed(report, reason),
            Err(TryRecvError::Empty) => {
                let just_taken = self.taken.is_some_and(|taken| now.since(taken) < LOOKING);
                Fed::NotYet(now + if just_taken { FIRST_LOOKS } else { LOOK_INTERVAL })
            }
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

/// What frames are made into.
#[derive(Clone, Copy)]
struct Manner {
    protocol: Protocol,
    compression: Compression,
}

impl Manner {
    fn of(options: &SendOptions) -> Self {
        let compression = match options.protocol {
            Protocol::Pixelwire => options.compression,
            // Others have no place for it.
            Protocol::Classic | Protocol::Rtp => Compression::Raw,
        };
        Self { protocol: options.protocol, compression }
    }
}

fn read_all(
    mut source: Box<dyn FrameSource>,
    manner: Manner,
    protection: &Protection,
    prepared_frames: &SlotWriter<Prepared, (FrameReport, String)>,
) {
    while let Some(next) = source.next_frame() {
        let prepared = match next {
            Ok(frame) => prepare(frame, manner, protection),
            Err(error) => Err(failed(&error)),
        };
        if !prepared_frames.put(prepared) {
            return;
        }
    }
}

fn prepare(
    source: SourceFrame,
    manner: Manner,
    protection: &Protection,
) -> Result<Prepared, (FrameReport, String)> {
    let SourceFrame { item, name, frame, duration } = source;
    let report = |frame: &Frame| report(item, name.clone(), frame.pixels().len() as u64);
    let frame = match manner.protocol {
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
    let report = report(&frame);
    match codec::encode(frame, manner.compression, &in_parallel) {
        Ok(frame) => {
            let parity = protection.parity(&frame);
            Ok(Prepared { frame, parity, report, duration })
        }
        Err(error) => Err((report, error.to_string())),
    }
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
