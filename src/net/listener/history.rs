//! The past: readings of every stream's counters, ten a second over a minute and one a second over
//! ten minutes.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::flow::{Counters, Judge, StreamAccount, StreamKey, Time};

use super::status::{HistoryPoint, ListenStatus, StreamStatus};

/// How often a reading is taken.
pub(super) const INTERVAL: Duration = Duration::from_millis(100);

/// Readings of a minute, and of a second.
const MINUTE: usize = 600;
const SECOND: usize = 10;

/// Moments of a second that are kept: ten minutes of them.
const LONG: usize = 600;

/// Readings, and where counters were last reset.
#[derive(Default)]
pub(super) struct History {
    readings: VecDeque<Reading>,
    points: VecDeque<HistoryPoint>,
    long: VecDeque<HistoryPoint>,
    /// Where the second that is not over yet began.
    second_began: Option<Reading>,
    judge: Judge,
    reset_total: Counters,
    reset_streams: HashMap<StreamKey, Counters>,
    reset_at: Time,
}

struct Reading {
    at: Time,
    total: Counters,
    streams: HashMap<StreamKey, Counters>,
}

impl History {
    /// Takes a reading and writes what follows from it into `status`. Whether anything had
    /// changed since the last one.
    pub(super) fn read(
        &mut self,
        total: Counters,
        accounts: &[StreamAccount],
        now: Time,
        status: &mut ListenStatus,
    ) -> bool {
        let (before, since) = self.readings.back().map_or_else(Default::default, Reading::begin);
        self.points.push_back(point(total - before, since, now, accounts));
        if self.points.len() > MINUTE {
            self.points.pop_front();
        }
        let second_ago = self.readings.front();
        let last_second = total - second_ago.map_or_else(Counters::default, |r| r.total);
        status.streams = self.streams(accounts, now);
        status.total = total - self.reset_total;
        status.last_second = last_second;
        status.verdict = self.judge.observe(total, now);
        status.history = self.points.iter().copied().collect();
        status.seconds = now.since_start().as_secs_f64();
        status.counted_seconds = now.since(self.reset_at).as_secs_f64();
        if self.end_second(total, accounts, now) {
            status.long_history = self.long.iter().copied().collect();
        }
        let streams = accounts.iter().map(|account| (account.key, account.counters)).collect();
        self.readings.push_back(Reading { at: now, total, streams });
        if self.readings.len() > SECOND {
            self.readings.pop_front();
        }
        let nothing =
            Counters { kernel_drops: last_second.kernel_drops.map(|_| 0), ..Counters::default() };
        total != before || last_second != nothing
    }

    /// Starts all counters again from zero.
    pub(super) fn reset(&mut self, total: Counters, accounts: &[StreamAccount], now: Time) {
        self.reset_total = total;
        self.reset_at = now;
        self.reset_streams =
            accounts.iter().map(|account| (account.key, account.counters)).collect();
    }

    /// Every stream's account, the one that was heard most recently first.
    fn streams(&self, accounts: &[StreamAccount], now: Time) -> Vec<StreamStatus> {
        let mut accounts: Vec<&StreamAccount> = accounts.iter().collect();
        accounts.sort_by_key(|account| std::cmp::Reverse(account.last_heard));
        let of = |counters: Option<&Counters>| counters.copied().unwrap_or_default();
        let second_ago = self.readings.front();
        let status = |account: &StreamAccount| {
            let earlier = of(second_ago.and_then(|r| r.streams.get(&account.key)));
            let counters = account.counters - of(self.reset_streams.get(&account.key));
            StreamStatus::new(account, counters, account.counters - earlier, now)
        };
        accounts.into_iter().map(status).collect()
    }

    /// Ends the second that is under way if it is over; whether it was.
    fn end_second(&mut self, total: Counters, accounts: &[StreamAccount], now: Time) -> bool {
        let (before, since) =
            self.second_began.as_ref().map_or_else(Default::default, Reading::begin);
        // Readings come a little late each: half of one is near enough.
        if now.since(since) + INTERVAL / 2 < INTERVAL * SECOND as u32 {
            return false;
        }
        self.long.push_back(point(total - before, since, now, accounts));
        if self.long.len() > LONG {
            self.long.pop_front();
        }
        self.second_began = Some(Reading { at: now, total, streams: HashMap::new() });
        true
    }
}

impl Reading {
    fn begin(&self) -> (Counters, Time) {
        (self.total, self.at)
    }
}

fn point(added: Counters, since: Time, now: Time, accounts: &[StreamAccount]) -> HistoryPoint {
    let newest = accounts.iter().max_by_key(|account| account.last_heard);
    let span = now.since(since).as_secs_f64();
    let megabits = added.bytes_received as f64 * 8.0 / 1e6;
    HistoryPoint {
        seconds: now.since_start().as_secs_f64(),
        span,
        throughput_mbps: if span > 0.0 { megabits / span } else { 0.0 },
        added,
        jitter_us: newest.and_then(|account| account.jitter_us),
        round_trip_us: newest
            .and_then(|account| account.round_trip)
            .map(|round_trip| round_trip.as_micros() as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(history: &mut History, status: &mut ListenStatus, tenth: u32, total: Counters) -> bool {
        history.read(total, &[], Time::START + INTERVAL * tenth, status)
    }

    fn status() -> ListenStatus {
        ListenStatus::before_anything(([127, 0, 0, 1], 1).into())
    }

    fn packets(received: u64, bytes: u64) -> Counters {
        Counters { packets_received: received, bytes_received: bytes, ..Counters::default() }
    }

    #[test]
    fn the_last_second_is_what_ten_readings_added() {
        let (mut history, mut status) = (History::default(), status());
        for tenth in 1..=30 {
            let total = packets(u64::from(tenth) * 5, u64::from(tenth) * 1_000_000);
            read(&mut history, &mut status, tenth, total);
        }
        assert_eq!(status.last_second.packets_received, 50);
        assert_eq!(status.total.packets_received, 150);
        let last = status.history.last().expect("thirty readings");
        assert_eq!((last.throughput_mbps.round(), status.history.len()), (80.0, 30));
    }

    #[test]
    fn a_reset_starts_from_zero_and_keeps_the_last_second() {
        let (mut history, mut status) = (History::default(), status());
        read(&mut history, &mut status, 1, packets(100, 0));
        history.reset(packets(100, 0), &[], Time::START + INTERVAL);
        assert!(read(&mut history, &mut status, 2, packets(107, 0)));
        assert_eq!(status.total.packets_received, 7);
        assert_eq!(status.last_second.packets_received, 7);
        assert_eq!(status.counted_seconds, 0.1);
    }

    #[test]
    fn seconds_add_up_to_what_tenths_do_and_neither_grows_for_ever() {
        let (mut history, mut status) = (History::default(), status());
        for tenth in 1..=12_000 {
            read(&mut history, &mut status, tenth, packets(u64::from(tenth), 0));
        }
        assert_eq!((status.history.len(), status.long_history.len()), (MINUTE, LONG));
        let of = |points: &[HistoryPoint]| points.iter().map(|p| p.added.packets_received).sum();
        let (tenths, seconds): (u64, u64) =
            (of(&status.history), of(&status.long_history[LONG - 60..]));
        assert_eq!((tenths, seconds), (600, 600));
    }

    #[test]
    fn what_was_offered_is_what_came_and_what_was_lost() {
        let added = Counters {
            packets_expected: 100,
            packets_received: 80,
            packets_lost: 20,
            kernel_drops: Some(15),
            ..Counters::default()
        };
        let point = HistoryPoint { throughput_mbps: 40.0, added, ..HistoryPoint::default() };
        assert_eq!(point.offered_mbps(), Some(50.0));
        assert_eq!((point.lost_on_network(), point.lost_in_buffer()), (5, 15));
        assert_eq!(HistoryPoint::default().offered_mbps(), None);
    }
}
