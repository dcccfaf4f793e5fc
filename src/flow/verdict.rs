//! A plain verdict on a reception: good, fair or poor, and whose fault it is, with hysteresis.

use std::collections::VecDeque;
use std::time::Duration;

use super::counters::Counters;
use super::time::Time;

/// How much of the past is judged.
const WINDOW: Duration = Duration::from_secs(3);

/// How long things must have been better before the verdict says so.
const PATIENCE: Duration = Duration::from_secs(5);

/// From this share of packets lost on a reception is fair, and from that one poor. One in a
/// thousand damages every fourth frame of 1080p in packets of 1,400 bytes; one in twenty every one.
const FAIR_LOSS: f64 = 0.001;
const POOR_LOSS: f64 = 0.05;

/// From this share of frames not shown whole on a reception is fair, and from that one poor.
const FAIR_FRAMES: f64 = 0.02;
const POOR_FRAMES: f64 = 0.3;

/// How good a reception is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Nothing worth a word is lost.
    #[default]
    Good,
    /// Losses that can be seen.
    Fair,
    /// Losses that spoil it.
    Poor,
}

/// What most losses come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Packets were lost before they reached this machine.
    Network,
    /// Packets found this machine's receive buffer full.
    Buffer,
    /// Frames came faster than they were taken.
    Viewer,
}

/// A grade, and what spoils it if it is not good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How good.
    pub grade: Grade,
    /// Why not better.
    pub cause: Option<Cause>,
}

/// Judges readings of counters as time goes by.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    readings: VecDeque<(Time, Counters)>,
    verdict: Verdict,
    /// Since when things have been better than the verdict says.
    better_since: Option<Time>,
}

impl Judge {
    /// Takes a reading of all counters, and gives the verdict. Something worse is said at once;
    /// something better once it has lasted; a sender that pauses changes nothing.
    pub fn observe(&mut self, total: Counters, now: Time) -> Verdict {
        while self.readings.front().is_some_and(|(at, _)| now.since(*at) > WINDOW) {
            self.readings.pop_front();
        }
        let before = self.readings.front().map_or(total, |(_, counters)| *counters);
        self.readings.push_back((now, total));
        let added = total - before;
        if added.packets_expected > 0 {
            self.weigh(judge(&added), now);
        }
        self.verdict
    }

    fn weigh(&mut self, found: Verdict, now: Time) {
        if found.grade >= self.verdict.grade {
            self.better_since = None;
            self.verdict = found;
            return;
        }
        let since = *self.better_since.get_or_insert(now);
        if now.since(since) >= PATIENCE {
            self.better_since = None;
            self.verdict = found;
        }
    }
}

/// The verdict on what was added in one window.
fn judge(added: &Counters) -> Verdict {
    let drops = added.kernel_drops.unwrap_or(0).min(added.packets_lost);
    let frames = added.frames_complete + added.frames_incomplete + added.frames_dropped;
    let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
    let packets = grade(share(added.packets_lost, added.packets_expected), FAIR_LOSS, POOR_LOSS);
    let damaged = grade(share(added.frames_incomplete, frames), FAIR_FRAMES, POOR_FRAMES);
    // A viewer that skips frames shows the newest all the same: never worse than fair.
    let skipped = grade(share(added.frames_dropped, frames), FAIR_FRAMES, f64::INFINITY);
    let wire = packets.max(damaged);
    let cause = match (wire.max(skipped), drops * 2 > added.packets_lost) {
        (Grade::Good, _) => None,
        _ if skipped > wire => Some(Cause::Viewer),
        (_, true) => Some(Cause::Buffer),
        (_, false) => Some(Cause::Network),
    };
    Verdict { grade: wire.max(skipped), cause }
}

fn grade(share: f64, fair: f64, poor: f64) -> Grade {
    if share >= poor {
        Grade::Poor
    } else if share >= fair {
        Grade::Fair
    } else {
        Grade::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENTH: Duration = Duration::from_millis(100);

    /// Lets so many tenths of a second pass, each adding the same.
    struct Reception {
        judge: Judge,
        total: Counters,
        now: Time,
    }

    impl Reception {
        fn new() -> Self {
            Self { judge: Judge::default(), total: Counters::default(), now: Time::START }
        }

        fn pass(&mut self, tenths: u32, added: Counters) -> Verdict {
            let mut verdict = Verdict::default();
            for _ in 0..tenths {
                self.total += added;
                self.now = self.now + TENTH;
                verdict = self.judge.observe(self.total, self.now);
            }
            verdict
        }
    }

    fn packets(expected: u64, lost: u64, drops: u64) -> Counters {
        Counters {
            packets_expected: expected,
            packets_lost: lost,
            kernel_drops: Some(drops),
            frames_complete: 3,
            ..Counters::default()
        }
    }

    fn verdict(grade: Grade, cause: Option<Cause>) -> Verdict {
        Verdict { grade, cause }
    }

    #[test]
    fn each_cause_is_told_apart() {
        let cases = [
            (packets(1000, 0, 0), verdict(Grade::Good, None)),
            (packets(1000, 10, 0), verdict(Grade::Fair, Some(Cause::Network))),
            (packets(1000, 100, 0), verdict(Grade::Poor, Some(Cause::Network))),
            (packets(1000, 100, 90), verdict(Grade::Poor, Some(Cause::Buffer))),
            (
                Counters { frames_dropped: 3, ..packets(1000, 0, 0) },
                verdict(Grade::Fair, Some(Cause::Viewer)),
            ),
        ];
        for (added, expected) in cases {
            assert_eq!(Reception::new().pass(20, added), expected, "{added:?}");
        }
    }

    #[test]
    fn worse_is_said_at_once_and_better_after_it_has_lasted() {
        let mut reception = Reception::new();
        reception.pass(40, packets(1000, 0, 0));
        let worse = reception.pass(10, packets(1000, 200, 0));
        assert_eq!(worse.grade, Grade::Poor);
        assert_eq!(reception.pass(60, packets(1000, 0, 0)).grade, Grade::Poor);
        assert_eq!(reception.pass(30, packets(1000, 0, 0)).grade, Grade::Good);
    }

    #[test]
    fn a_source_that_pauses_keeps_its_verdict() {
        let mut reception = Reception::new();
        reception.pass(30, packets(1000, 0, 0));
        assert_eq!(reception.pass(100, Counters::default()), verdict(Grade::Good, None));
    }
}
