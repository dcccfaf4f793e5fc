//! What several streams say, as the one job that they are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, Sender};

use crate::flow::Mode;
use crate::net::Published;
use crate::net::clock::Clock;

use super::super::progress::Progress;
use super::super::spread::verdict;
use super::super::{FrameReport, ReceiverReport, SendError, SendEvent, SendPhase, SendStatus};

/// How soon to look again when nothing is said.
const INTERVAL: Duration = Duration::from_millis(50);

/// How long the others wait for a target that does not answer before the first frame leaves.
const PATIENCE: Duration = Duration::from_secs(1);

/// One stream of several.
pub(super) struct Line {
    label: String,
    events: Receiver<SendEvent>,
    status: Published<SendStatus>,
    connected: bool,
    ended: Option<Result<(), SendError>>,
}

impl Line {
    pub(super) fn new(
        label: String,
        events: Receiver<SendEvent>,
        status: Published<SendStatus>,
    ) -> Self {
        Self { label, events, status, connected: false, ended: None }
    }

    /// One that has failed before it began.
    pub(super) fn over(label: String, error: SendError) -> Self {
        Self {
            label,
            events: crossbeam_channel::never(),
            status: Published::new(SendStatus::default()),
            connected: false,
            ended: Some(Err(error)),
        }
    }

    fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// Why its target takes part no more; frames that it did not get have said so themselves.
    fn failure(&self) -> Option<&SendError> {
        match &self.ended {
            Some(Err(SendError::FramesFailed { .. }) | Ok(())) | None => None,
            Some(Err(error)) => Some(error),
        }
    }

    /// What is known of its receivers, and of the target itself if it failed.
    fn receivers(&self, status: &SendStatus) -> Vec<ReceiverReport> {
        let mut receivers = status.receivers.clone();
        if let Some(failure) = self.failure() {
            match &mut receivers[..] {
                [] => receivers.push(ReceiverReport::unheard(self.label.clone(), failure)),
                [one] => one.failure = Some(failure.to_string()),
                // Of a group each has its own say.
                _ => {}
            }
        } else if receivers.is_empty() && self.is_over() {
            receivers.push(ReceiverReport {
                failure: None,
                ..ReceiverReport::unheard(self.label.clone(), &SendError::Cancelled)
            });
        }
        receivers
    }
}

/// Follows the streams until all have ended.
pub(super) struct Merge {
    lines: Vec<Line>,
    mode: Mode,
    progress: Progress,
    /// Frames under way, by their number.
    frames: BTreeMap<u64, Pending>,
    /// The next frame that nobody has begun, and the next that nobody has sent (live).
    next_begun: u64,
    next_sent: u64,
}

/// A frame that some targets still lack.
struct Pending {
    report: FrameReport,
    /// For each target, whether it has the frame or will not have it.
    settled: Vec<bool>,
    failure: Option<String>,
}

impl Merge {
    pub(super) fn new(lines: Vec<Line>, mode: Mode, progress: Progress) -> Self {
        Self { lines, mode, progress, frames: BTreeMap::new(), next_begun: 0, next_sent: 0 }
    }

    /// Tells what the streams and the source say until all have ended; `begin` lets the source go.
    pub(super) fn run(mut self, begin: &Sender<()>, unread: &Receiver<(FrameReport, String)>) {
        let clock = Clock::start();
        let mut first_connected = None;
        while !self.lines.iter().all(Line::is_over) {
            let connected = self.lines.iter().filter(|line| line.connected).count();
            if connected > 0 {
                let since = *first_connected.get_or_insert_with(|| clock.now());
                let all = self.lines.iter().all(|line| line.connected || line.is_over());
                if all || clock.now().since(since) >= PATIENCE {
                    let _ = begin.try_send(());
                }
            }
            self.listen(unread);
            self.publish();
        }
        for (frame, reason) in unread.try_iter() {
            self.progress.frame_failed(frame, reason);
        }
        self.finish();
    }

    /// The job is over; says which targets failed.
    pub(super) fn finish(mut self) {
        self.publish();
        let receivers = self.receivers();
        let result = if self.progress.is_cancelled() {
            Err(SendError::Cancelled)
        } else {
            verdict(&receivers)
        };
        self.progress.finish(result);
    }

    /// Takes what is said next, if anything is for a while.
    fn listen(&mut self, unread: &Receiver<(FrameReport, String)>) {
        let mut select = Select::new();
        let open: Vec<usize> =
            (0..self.lines.len()).filter(|at| !self.lines[*at].is_over()).collect();
        for at in &open {
            select.recv(&self.lines[*at].events);
        }
        let Ok(operation) = select.select_timeout(INTERVAL) else { return };
        let Some(&at) = open.get(operation.index()) else { return };
        let event = operation.recv(&self.lines[at].events);
        match event {
            Ok(event) => self.take(at, event),
            Err(_) => self.end(at, Err(SendError::System("sending ended unexpectedly".to_owned()))),
        }
        for (frame, reason) in unread.try_iter() {
            self.progress.frame_failed(frame, reason);
        }
    }

    fn take(&mut self, at: usize, event: SendEvent) {
        match event {
            SendEvent::Connected { .. } => {
                self.lines[at].connected = true;
                self.progress.tell(event);
            }
            SendEvent::NobodyListening { .. }
            | SendEvent::ReceiverRestarted
            | SendEvent::Described(_) => self.progress.tell(event),
            SendEvent::FrameStarted(report) => self.begun(report),
            SendEvent::FrameDone(report) if self.mode == Mode::Live => self.sent(report),
            SendEvent::FrameDone(report) => self.settle(at, &report, None),
            SendEvent::FrameFailed { frame, reason } => self.settle(at, &frame, Some(reason)),
            SendEvent::Finished(result) => self.end(at, result.map(drop)),
        }
    }

    fn begun(&mut self, report: FrameReport) {
        let number = report.frame_id.unwrap_or(0);
        if number < self.next_begun {
            return;
        }
        self.next_begun = number + 1;
        self.progress.tell(SendEvent::FrameStarted(report.clone()));
        if self.mode == Mode::Deliver {
            let settled = vec![false; self.lines.len()];
            self.frames.insert(number, Pending { report, settled, failure: None });
        }
    }

    /// A live frame has left; whoever is first speaks for all.
    fn sent(&mut self, report: FrameReport) {
        let number = report.frame_id.unwrap_or(0);
        if number >= self.next_sent {
            self.next_sent = number + 1;
            self.progress.frame_sent();
            self.progress.tell(SendEvent::FrameDone(report));
        }
    }

    /// The target at this place has the frame, or will not have it.
    fn settle(&mut self, at: usize, report: &FrameReport, failure: Option<String>) {
        let pending = report.frame_id.and_then(|number| self.frames.get_mut(&number));
        if let Some(pending) = pending {
            pending.settled[at] = true;
            pending.report.packets_resent += report.packets_resent;
            pending.report.elapsed = pending.report.elapsed.max(report.elapsed);
            pending.report.verified |= report.verified;
            let label = &self.lines[at].label;
            let named = |reason| format!("{}, to {label}: {reason}", report.name);
            pending.failure = pending.failure.take().or(failure.map(named));
            self.conclude();
        }
    }

    /// The stream at this place is over: its target holds nobody up any more.
    fn end(&mut self, at: usize, result: Result<(), SendError>) {
        self.lines[at].ended = Some(result);
        self.conclude();
    }

    /// Tells of the frames for which nobody waits any more.
    fn conclude(&mut self) {
        let lines = &self.lines;
        let is_over = |_: &u64, pending: &mut Pending| {
            pending.settled.iter().zip(lines).all(|(settled, line)| *settled || line.is_over())
        };
        for (_, pending) in self.frames.extract_if(.., is_over) {
            let Pending { report, settled, failure } = pending;
            match failure {
                Some(reason) => self.progress.frame_failed(report, reason),
                None if settled.contains(&true) => {
                    self.progress.frame_sent();
                    self.progress.tell(SendEvent::FrameDone(report));
                }
                None => self.progress.frame_failed(report, NOBODY_LEFT.to_owned()),
            }
        }
    }

    fn receivers(&self) -> Vec<ReceiverReport> {
        self.lines.iter().flat_map(|line| line.receivers(&line.status.get())).collect()
    }

    /// How far the whole is: as far as its slowest stream, or live its fastest.
    fn publish(&mut self) {
        let statuses: Vec<Arc<SendStatus>> =
            self.lines.iter().map(|line| line.status.get()).collect();
        let at_work = self.lines.iter().zip(&statuses).filter(|(line, _)| line.failure().is_none());
        let by_bytes = |status: &&Arc<SendStatus>| status.bytes_sent;
        let at_work = at_work.map(|(_, status)| status);
        let speaker = match self.mode {
            Mode::Deliver => at_work.min_by_key(by_bytes),
            Mode::Live => at_work.max_by_key(by_bytes),
        };
        let speaker = speaker.or(statuses.first()).map(|status| status.as_ref().clone());
        let sum = |of: fn(&SendStatus) -> u64| statuses.iter().map(|status| of(status)).sum();
        let connecting = self.lines.iter().all(|line| !line.connected);
        let speaker = speaker.unwrap_or_default();
        self.progress.adopt(SendStatus {
            phase: if connecting { SendPhase::Connecting } else { speaker.phase },
            packets_sent: sum(|status| status.packets_sent),
            packets_resent: sum(|status| status.packets_resent),
            packets_lost: sum(|status| status.packets_lost),
            packets_impaired: sum(|status| status.packets_impaired),
            seconds: statuses.iter().map(|status| status.seconds).fold(0.0, f64::max),
            receivers: self.receivers(),
            ..speaker
        });
    }
}

const NOBODY_LEFT: &str = "no receiver was left to take it";
