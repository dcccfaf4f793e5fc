//! What became of each packet of a frame: nothing is written down for one that simply came, a run
//! for those that did not.

use std::ops::Range;

use serde::Serialize;

use crate::flow::ranges::RangeSet;

/// Runs of one fate that keep their place; beyond them packets are counted and not placed. More
/// than a 4K frame in usual packets has at a fifth lost, and 48 KiB of memory at most.
const MOST_RUNS: usize = 4096;

/// What became of a packet, from best to worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It came.
    #[default]
    Received,
    /// It was missing and came when it was sent again.
    Resent,
    /// It was missing and was restored from parity.
    Restored,
    /// It came, but only after the frame had been given up.
    Late,
    /// It never came.
    Lost,
}

impl Fate {
    /// Every fate, from best to worst.
    pub const ALL: [Self; 5] =
        [Self::Received, Self::Resent, Self::Restored, Self::Late, Self::Lost];
}

/// Neighbouring packets with the same fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FateRun {
    /// The first packet, counted from the frame's beginning.
    pub first: u32,
    /// The packet after the last.
    pub end: u32,
    /// What became of them.
    pub fate: Fate,
}

/// How many packets had which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FateCounts {
    /// Came at once.
    pub received: u64,
    /// Came when they were sent again.
    pub resent: u64,
    /// Were restored from parity.
    pub restored: u64,
    /// Came after the frame had been given up.
    pub late: u64,
    /// Never came.
    pub lost: u64,
}

impl FateCounts {
    /// How many had this fate.
    pub fn of(&self, fate: Fate) -> u64 {
        match fate {
            Fate::Received => self.received,
            Fate::Resent => self.resent,
            Fate::Restored => self.restored,
            Fate::Late => self.late,
            Fate::Lost => self.lost,
        }
    }

    /// Missing and mended in time, by a resend or from parity.
    pub fn recovered(&self) -> u64 {
        self.resent + self.restored
    }

    /// Those that did not simply come.
    pub fn troubled(&self) -> u64 {
        self.recovered() + self.late + self.lost
    }

    fn slot(&mut self, fate: Fate) -> &mut u64 {
        match fate {
            Fate::Received => &mut self.received,
            Fate::Resent => &mut self.resent,
            Fate::Restored => &mut self.restored,
            Fate::Late => &mut self.late,
            Fate::Lost => &mut self.lost,
        }
    }
}

/// How a frame is cut into packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameCut {
    /// How many packets it has.
    pub packets: u32,
    /// Bytes of each but the last; 0 where that never became known.
    pub chunk: u32,
    /// Bytes of the frame; 0 where that never became known.
    pub bytes: usize,
    /// Bytes of a row of the picture; 0 where that never became known.
    pub row_bytes: usize,
}

impl FrameCut {
    /// The bytes of the frame that a run of packets carries; `None` where that is not known.
    pub fn bytes_of(&self, packets: Range<u32>) -> Option<Range<usize>> {
        let at = |packet: u32| (packet as usize).saturating_mul(self.chunk as usize);
        let bytes = at(packets.start).min(self.bytes)..at(packets.end).min(self.bytes);
        (self.chunk > 0 && !bytes.is_empty()).then_some(bytes)
    }

    /// The rows of the picture, from 0, that a run of packets touches; `None` where that is not
    /// known.
    pub fn rows_of(&self, packets: Range<u32>) -> Option<Range<usize>> {
        let bytes = self.bytes_of(packets)?;
        (self.row_bytes > 0)
            .then(|| bytes.start / self.row_bytes..bytes.end.div_ceil(self.row_bytes))
    }
}

/// What became of each packet of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PacketRecord {
    cut: FrameCut,
    counts: FateCounts,
    /// In order, none overlapping, none [`Fate::Received`].
    runs: Vec<FateRun>,
}

impl PacketRecord {
    /// How the frame is cut into packets.
    pub fn cut(&self) -> FrameCut {
        self.cut
    }

    /// How many packets had which fate: together as many as the frame has.
    pub fn counts(&self) -> FateCounts {
        self.counts
    }

    /// Whether every packet simply came.
    pub fn is_clean(&self) -> bool {
        self.counts.troubled() == 0
    }

    /// Every packet that did not simply come, in order.
    pub fn runs(&self) -> &[FateRun] {
        &self.runs
    }

    /// The runs that have a part in `packets`.
    pub fn runs_within(&self, packets: Range<u32>) -> &[FateRun] {
        let start = self.runs.partition_point(|run| run.end <= packets.start);
        let end = self.runs.partition_point(|run| run.first < packets.end);
        self.runs.get(start..end).unwrap_or_default()
    }

    /// How many of `packets` had which fate.
    pub fn counts_within(&self, packets: Range<u32>) -> FateCounts {
        let mut counts = FateCounts { received: packets.len() as u64, ..FateCounts::default() };
        for run in self.runs_within(packets.clone()) {
            let part = run.end.min(packets.end) - run.first.max(packets.start);
            *counts.slot(run.fate) += u64::from(part);
            counts.received -= u64::from(part);
        }
        counts
    }

    /// A packet that was lost came after all, when nobody waited any more. Whether it was one.
    pub(super) fn came_late(&mut self, packet: u32) -> bool {
        let at = self.runs.partition_point(|run| run.end <= packet);
        let Some(&run) = self.runs.get(at) else { return false };
        if run.fate != Fate::Lost || run.first > packet {
            return false;
        }
        self.counts.lost -= 1;
        self.counts.late += 1;
        let part = |first, end, fate| FateRun { first, end, fate };
        let mut parts = vec![
            part(run.first, packet, Fate::Lost),
            part(packet, packet + 1, Fate::Late),
            part(packet + 1, run.end, Fate::Lost),
        ];
        parts.retain(|run| run.first < run.end);
        if let Some(before) = at.checked_sub(1).and_then(|before| self.runs.get_mut(before))
            && before.fate == Fate::Late
            && before.end == packet
        {
            before.end += 1;
            parts.remove(0);
        }
        // The bound holds for what is split later, too: such a packet keeps its count alone.
        if self.runs.len() + parts.len() <= 4 * MOST_RUNS {
            self.runs.splice(at..=at, parts);
        }
        true
    }
}

/// The packets of a frame under way that were missing and are not any more.
///
/// A packet that simply comes costs nothing here.
#[derive(Clone, Debug, Default)]
pub(super) struct Mended {
    resent: Noted,
    restored: Noted,
}

/// Some packets: all of them counted, the first [`MOST_RUNS`] runs placed.
#[derive(Clone, Debug, Default)]
struct Noted {
    placed: RangeSet,
    count: u64,
}

impl Noted {
    fn note(&mut self, packet: u32) {
        self.count += 1;
        if self.placed.run_count() < MOST_RUNS {
            self.placed.insert(packet..packet + 1);
        }
    }
}

impl Mended {
    /// A missing packet came when it was sent again.
    pub(super) fn by_resend(&mut self, packet: u32) {
        self.resent.note(packet);
    }

    /// A missing packet was restored from parity.
    pub(super) fn by_parity(&mut self, packet: u32) {
        self.restored.note(packet);
    }

    /// The record of a frame that is over, when these packets of it never came.
    pub(super) fn record(&self, cut: FrameCut, lost: &RangeSet) -> PacketRecord {
        let (resent, restored) = (self.resent.count, self.restored.count);
        let troubled = resent + restored + lost.count();
        let counts = FateCounts {
            received: u64::from(cut.packets).saturating_sub(troubled),
            resent,
            restored,
            late: 0,
            lost: lost.count(),
        };
        let mut runs = Vec::new();
        for (set, fate) in [
            (&self.resent.placed, Fate::Resent),
            (&self.restored.placed, Fate::Restored),
            (lost, Fate::Lost),
        ] {
            let some = set.runs().take(MOST_RUNS);
            runs.extend(some.map(|run| FateRun { first: run.start, end: run.end, fate }));
        }
        runs.sort_unstable_by_key(|run| run.first);
        PacketRecord { cut, counts, runs }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CUT: FrameCut = FrameCut { packets: 100, chunk: 10, bytes: 995, row_bytes: 25 };

    #[test]
    fn a_frame_without_trouble_has_an_empty_record() {
        let record = Mended::default().record(CUT, &RangeSet::default());
        assert!(record.is_clean() && record.runs().is_empty());
        assert_eq!(record.counts(), FateCounts { received: 100, ..FateCounts::default() });
    }

    #[test]
    fn packets_know_their_bytes_and_rows() {
        assert_eq!(CUT.bytes_of(2..4), Some(20..40));
        assert_eq!(CUT.rows_of(2..4), Some(0..2));
        assert_eq!(CUT.bytes_of(99..100), Some(990..995));
        assert_eq!(CUT.bytes_of(100..200), None);
        assert_eq!(FrameCut { chunk: 0, ..CUT }.bytes_of(0..1), None);
        assert_eq!(FrameCut { row_bytes: 0, ..CUT }.rows_of(0..1), None);
    }

    #[test]
    fn the_number_of_runs_is_bounded_and_the_counts_are_exact_all_the_same() {
        let cut = FrameCut { packets: 100_000, ..CUT };
        let mut mended = Mended::default();
        (0..100_000).step_by(5).for_each(|packet| mended.by_resend(packet));
        (2..100_000).step_by(5).for_each(|packet| mended.by_parity(packet));
        let mut never = RangeSet::default();
        (4..100_000).step_by(5).for_each(|packet| never.insert(packet..packet + 1));
        let mut record = mended.record(cut, &never);
        (4..100_000).step_by(5).for_each(|packet| {
            record.came_late(packet);
        });
        assert!(record.runs().len() <= 4 * MOST_RUNS);
        let counts = record.counts();
        assert_eq!((counts.resent, counts.restored), (20_000, 20_000));
        assert_eq!((counts.received, counts.late + counts.lost), (40_000, 20_000));
    }

    proptest! {
        #[test]
        fn a_record_is_what_was_noted_packet_by_packet(
            fates in proptest::collection::vec(0_usize..5, 100),
            within in (0_u32..100, 0_u32..100),
        ) {
            let mut mended = Mended::default();
            let mut never = RangeSet::default();
            let mut late = Vec::new();
            for (packet, &fate) in (0_u32..).zip(&fates) {
                match Fate::ALL[fate] {
                    Fate::Received => {}
                    Fate::Resent => mended.by_resend(packet),
                    Fate::Restored => mended.by_parity(packet),
                    Fate::Late | Fate::Lost => never.insert(packet..packet + 1),
                }
                if Fate::ALL[fate] == Fate::Late {
                    late.push(packet);
                }
            }
            let mut record = mended.record(CUT, &never);
            for &packet in &late {
                prop_assert!(record.came_late(packet));
                prop_assert!(!record.came_late(packet), "only once");
            }
            let mut found = vec![Fate::Received; 100];
            for run in record.runs() {
                found[run.first as usize..run.end as usize].fill(run.fate);
            }
            let expected: Vec<Fate> = fates.iter().map(|&fate| Fate::ALL[fate]).collect();
            prop_assert_eq!(&found, &expected);
            let within = within.0.min(within.1)..within.0.max(within.1);
            let counts = record.counts_within(within.clone());
            for fate in Fate::ALL {
                let part = &expected[within.start as usize..within.end as usize];
                prop_assert_eq!(counts.of(fate), part.iter().filter(|&&f| f == fate).count() as u64);
            }
            prop_assert_eq!(record.counts_within(0..100), record.counts());
        }
    }

    #[test]
    fn what_comes_late_in_a_row_stays_one_run() {
        let mut never = RangeSet::default();
        never.insert(10..20);
        let mut record = Mended::default().record(CUT, &never);
        (10..20).for_each(|packet| assert!(record.came_late(packet)));
        assert_eq!(record.runs(), [FateRun { first: 10, end: 20, fate: Fate::Late }]);
        assert!(!record.came_late(9) && !record.came_late(20));
    }
}
