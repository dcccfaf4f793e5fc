//! The last frames that had trouble on their way.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;

use crate::flow::limits;
use crate::flow::time::Time;
use crate::flow::verdict::Cause;

use super::{PacketRecord, StreamKey};

/// How a frame with trouble ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Whole: what was missing was recovered.
    Complete,
    /// With packets missing.
    Incomplete,
}

/// A frame of which not every packet simply came.
#[derive(Clone, Debug)]
pub struct ProblemFrame {
    /// Whose it is.
    pub stream: StreamKey,
    /// Its number in the stream.
    pub frame_id: u64,
    /// When it was over.
    pub ended: Time,
    /// How it ended.
    pub outcome: Outcome,
    /// Packets of its stream that this machine's receive buffer lost meanwhile.
    pub buffer_drops: u64,
    /// What became of its packets; those that came late are noted here even when the picture has
    /// been handed over already.
    pub record: Arc<PacketRecord>,
}

impl ProblemFrame {
    /// What most of the trouble comes from.
    pub fn cause(&self) -> Cause {
        let troubled = self.record.counts().troubled();
        if self.buffer_drops * 2 > troubled { Cause::Buffer } else { Cause::Network }
    }
}

/// Remembers problem frames, the newest of them, in bounded memory.
#[derive(Default)]
pub(super) struct ProblemLog {
    frames: VecDeque<ProblemFrame>,
    /// Runs that their records hold together.
    runs: usize,
    /// Changes whenever something else is remembered.
    revision: u64,
}

impl ProblemLog {
    /// Remembers a frame if it had trouble.
    pub(super) fn note(&mut self, frame: ProblemFrame) {
        if frame.record.is_clean() {
            return;
        }
        self.revision += 1;
        self.runs += frame.record.runs().len();
        self.frames.push_back(frame);
        while self.frames.len() > limits::PROBLEM_FRAMES
            || (self.runs > limits::PROBLEM_RUNS && self.frames.len() > 1)
        {
            let Some(oldest) = self.frames.pop_front() else { break };
            self.runs -= oldest.record.runs().len();
        }
    }

    /// A packet came after its frame was over.
    pub(super) fn came_late(&mut self, stream: StreamKey, frame_id: u64, packet: u32) {
        let newest = self.frames.iter_mut().rev().take(LATE_REACH);
        let mut own = newest.filter(|frame| frame.stream == stream && frame.frame_id == frame_id);
        let Some(frame) = own.next() else { return };
        let record = Arc::make_mut(&mut frame.record);
        let before = record.runs().len();
        if record.came_late(packet) {
            self.runs = self.runs + record.runs().len() - before;
            self.revision += 1;
        }
    }

    /// The frames, oldest first.
    pub(super) fn frames(&self) -> impl Iterator<Item = &ProblemFrame> {
        self.frames.iter()
    }

    /// A number that changes with the frames.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Remembers nothing any more.
    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.runs = 0;
        self.revision += 1;
    }
}

/// In how many of the newest problem frames the frame of a late packet is looked for.
const LATE_REACH: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ranges::RangeSet;
    use crate::flow::receive::record::{FrameCut, Mended};

    fn problem(frame_id: u64, lost: u32) -> ProblemFrame {
        let cut = FrameCut { packets: 10_000, chunk: 10, bytes: 100_000, row_bytes: 100 };
        let mut never = RangeSet::default();
        (0..lost).for_each(|packet| never.insert(2 * packet..2 * packet + 1));
        ProblemFrame {
            stream: StreamKey::over_udp(([192, 0, 2, 1], 1).into(), 1),
            frame_id,
            ended: Time::START,
            outcome: Outcome::Incomplete,
            buffer_drops: 0,
            record: Arc::new(Mended::default().record(cut, &never)),
        }
    }

    #[test]
    fn only_frames_with_trouble_are_remembered_and_only_the_newest() {
        let mut log = ProblemLog::default();
        log.note(problem(0, 0));
        assert_eq!((log.frames().count(), log.revision()), (0, 0));
        (1..=1000).for_each(|id| log.note(problem(id, 1)));
        assert_eq!(log.frames().count(), limits::PROBLEM_FRAMES);
        assert_eq!(log.frames().last().map(|frame| frame.frame_id), Some(1000));
        log.clear();
        assert_eq!(log.frames().count(), 0);
    }

    #[test]
    fn records_with_many_runs_push_older_ones_out() {
        let mut log = ProblemLog::default();
        (1..=100).for_each(|id| log.note(problem(id, 3000)));
        let runs: usize = log.frames().map(|frame| frame.record.runs().len()).sum();
        assert!(runs <= limits::PROBLEM_RUNS && log.frames().count() > 10, "{runs}");
    }

    #[test]
    fn a_late_packet_is_noted_and_a_picture_that_was_handed_over_keeps_its_record() {
        let mut log = ProblemLog::default();
        let frame = problem(7, 3);
        let handed_over = Arc::clone(&frame.record);
        let stream = frame.stream;
        log.note(frame);
        log.came_late(stream, 7, 2);
        log.came_late(stream, 8, 2);
        let counts = log.frames().next().map(|frame| frame.record.counts()).expect("remembered");
        assert_eq!((counts.late, counts.lost), (1, 2));
        assert_eq!(handed_over.counts().lost, 3);
    }

    #[test]
    fn the_cause_is_what_took_most() {
        assert_eq!(problem(1, 4).cause(), Cause::Network);
        assert_eq!(ProblemFrame { buffer_drops: 3, ..problem(1, 4) }.cause(), Cause::Buffer);
    }
}
