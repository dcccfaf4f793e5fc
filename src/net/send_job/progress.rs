//! What a job tells the outside: events in order, and a status that is always fresh.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::Sender;

use crate::flow::{SendCounters, Time};
use crate::net::{Published, Wake};

use super::{FrameReport, ReceiverReport, SendError, SendEvent, SendPhase, SendStatus};

/// How often a status is published.
const INTERVAL: Duration = Duration::from_millis(100);

/// Readings of a second.
const SECOND: usize = 10;

pub(super) struct Progress {
    events: Sender<SendEvent>,
    published: Published<SendStatus>,
    cancelled: Arc<AtomicBool>,
    wake: Wake,
    status: SendStatus,
    next_reading: Time,
    /// When and how many bytes had been sent, over the last second.
    readings: VecDeque<(Time, u64)>,
}

impl Progress {
    pub(super) fn new(
        events: Sender<SendEvent>,
        published: Published<SendStatus>,
        cancelled: Arc<AtomicBool>,
        wake: Wake,
    ) -> Self {
        Self {
            events,
            published,
            cancelled,
            wake,
            status: SendStatus::default(),
            next_reading: Time::START,
            readings: VecDeque::new(),
        }
    }

    pub(super) fn total(&mut self, frames: Option<u64>) {
        self.status.frames_total = frames;
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(super) fn delivered(&self) -> u64 {
        self.status.frames_delivered
    }

    pub(super) fn sent(&self) -> u64 {
        self.status.frames_sent
    }

    pub(super) fn phase(&mut self, phase: SendPhase) {
        self.status.phase = phase;
    }

    pub(super) fn tell(&mut self, event: SendEvent) {
        match &event {
            SendEvent::FrameStarted(frame) => self.status.item = frame.item,
            SendEvent::FrameDone(frame) if frame.verified => self.status.frames_delivered += 1,
            SendEvent::FrameFailed { .. } => self.status.frames_failed += 1,
            _ => {}
        }
        self.send(event);
    }

    pub(super) fn impaired(&mut self, packets: u64) {
        self.status.packets_impaired = packets;
    }

    pub(super) fn frame_sent(&mut self) {
        self.status.frames_sent += 1;
    }

    pub(super) fn frame_failed(&mut self, frame: FrameReport, reason: String) {
        self.tell(SendEvent::FrameFailed { frame, reason });
    }

    /// What asks the job to stop.
    pub(super) fn cancellation(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }

    /// Whether the next [`Self::update`] publishes a status, for which what is costly to know is
    /// worth asking.
    pub(super) fn is_due(&self, now: Time) -> bool {
        now >= self.next_reading
    }

    /// What is known of each receiver.
    pub(super) fn receivers(&mut self, receivers: Vec<ReceiverReport>) {
        self.status.receivers = receivers;
    }

    /// Publishes the status of a job of several streams, but for what is counted here.
    pub(super) fn adopt(&mut self, status: SendStatus) {
        let own = &self.status;
        self.status = SendStatus {
            item: own.item,
            frames_total: own.frames_total,
            frames_sent: own.frames_sent,
            frames_delivered: own.frames_delivered,
            frames_failed: own.frames_failed,
            ..status
        };
        self.published.set(self.status.clone());
        (self.wake)();
    }

    /// Publishes a status, ten times a second.
    pub(super) fn update(
        &mut self,
        counters: SendCounters,
        round_trip: Option<Duration>,
        frame_progress: f32,
        now: Time,
    ) {
        self.status.bytes_sent = counters.bytes_sent;
        self.status.packets_sent = counters.packets_sent;
        self.status.packets_resent = counters.packets_resent;
        self.status.packets_lost = counters.packets_lost;
        self.status.round_trip = round_trip;
        self.status.frame_progress = frame_progress;
        self.status.seconds = now.since_start().as_secs_f64();
        if now < self.next_reading {
            return;
        }
        self.next_reading = now + INTERVAL;
        self.readings.push_back((now, counters.bytes_sent));
        if self.readings.len() > SECOND {
            self.readings.pop_front();
        }
        if let Some(&(since, bytes)) = self.readings.front() {
            let seconds = now.since(since).as_secs_f64();
            let added = counters.bytes_sent.saturating_sub(bytes) as f64;
            self.status.throughput_mbps =
                if seconds > 0.0 { added * 8.0 / 1e6 / seconds } else { 0.0 };
        }
        self.published.set(self.status.clone());
        (self.wake)();
    }

    /// The job is over.
    pub(super) fn finish(mut self, result: Result<(), SendError>) {
        self.status.phase = SendPhase::Done;
        let frames = self.status.frames_sent.max(self.status.frames_failed);
        let frames = frames.max(self.status.frames_delivered + self.status.frames_failed);
        let failed = self.status.frames_failed;
        let result = match result {
            Ok(()) if failed > 0 => Err(SendError::FramesFailed { failed, frames }),
            Ok(()) => Ok(self.status.clone()),
            Err(error) => Err(error),
        };
        self.published.set(self.status.clone());
        self.send(SendEvent::Finished(result));
    }

    /// Waits when nobody reads; a reader who has gone is nobody to tell.
    fn send(&self, event: SendEvent) {
        let _ = self.events.send(event);
        (self.wake)();
    }
}
