//! The past minute: readings of every stream's counters, ten a second.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::flow::{Counters, Judge, StreamAccount, StreamKey, Time};

use super::status::{HistoryPoint, ListenStatus, StreamStatus};

/// How often a reading is taken.
pub(super) const INTERVAL: Duration = Duration::from_millis(100);

/// Readings of a minute, and of a second.
const MINUTE: usize = 600;
const SECOND: usize = 10;

/// Readings, and where counters were last reset.
#[derive(Default)]
pub(super) struct History {
    readings: VecDeque<Reading>,
    points: VecDeque<HistoryPoint>,
    judge: Judge,
    reset_total: Counters,
    reset_streams: HashMap<StreamKey, Counters>,
}

struct Reading {
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
        let before = self.readings.back().map_or_else(Counters::default, |last| last.total);
        self.push_point(total - before, now);
        let second_ago = self.readings.front();
        let last_second = total - second_ago.map_or_else(Counters::default, |r| r.total);
        status.streams = accounts
            .iter()
            .map(|account| {
                let of = |counters: Option<&Counters>| counters.copied().unwrap_or_default();
                let earlier = of(second_ago.and_then(|r| r.streams.get(&account.key)));
                let counters = account.counters - of(self.reset_streams.get(&account.key));
                StreamStatus::new(account, counters, account.counters - earlier, now)
            })
            .collect();
        let heard: HashMap<StreamKey, Time> =
            accounts.iter().map(|account| (account.key, account.last_heard)).collect();
        status.streams.sort_by_key(|stream| std::cmp::Reverse(heard.get(&stream.key).copied()));
        status.total = total - self.reset_total;
        status.last_second = last_second;
        status.verdict = self.judge.observe(total, now);
        status.history = self.points.iter().copied().collect();
        status.seconds = now.since_start().as_secs_f64();
        let streams = accounts.iter().map(|account| (account.key, account.counters)).collect();
        self.readings.push_back(Reading { total, streams });
        if self.readings.len() > SECOND {
            self.readings.pop_front();
        }
        let nothing =
            Counters { kernel_drops: last_second.kernel_drops.map(|_| 0), ..Counters::default() };
        total != before || last_second != nothing
    }

    /// Starts all counters again from zero.
    pub(super) fn reset(&mut self, total: Counters, accounts: &[StreamAccount]) {
        self.reset_total = total;
        self.reset_streams =
            accounts.iter().map(|account| (account.key, account.counters)).collect();
    }

    fn push_point(&mut self, added: Counters, now: Time) {
        let megabits = added.bytes_received as f64 * 8.0 / 1e6;
        self.points.push_back(HistoryPoint {
            seconds: now.since_start().as_secs_f64(),
            throughput_mbps: megabits / INTERVAL.as_secs_f64(),
            lost: added.packets_lost,
            expected: added.packets_expected,
        });
        if self.points.len() > MINUTE {
            self.points.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_second_is_what_ten_readings_added() {
        let mut history = History::default();
        let mut status = ListenStatus::before_anything(([127, 0, 0, 1], 1).into());
        for i in 1..=30_u64 {
            let total = Counters {
                packets_received: i * 5,
                bytes_received: i * 1_000_000,
                ..Counters::default()
            };
            history.read(total, &[], Time::START + INTERVAL * i as u32, &mut status);
        }
        assert_eq!(status.last_second.packets_received, 50);
        assert_eq!(status.total.packets_received, 150);
        let last = status.history.last().expect("thirty readings");
        assert_eq!((last.throughput_mbps, status.history.len()), (80.0, 30));
    }

    #[test]
    fn a_reset_starts_from_zero_and_keeps_the_last_second() {
        let mut history = History::default();
        let mut status = ListenStatus::before_anything(([127, 0, 0, 1], 1).into());
        let mut total = Counters { packets_received: 100, ..Counters::default() };
        history.read(total, &[], Time::START + INTERVAL, &mut status);
        history.reset(total, &[]);
        total.packets_received = 107;
        assert!(history.read(total, &[], Time::START + INTERVAL * 2, &mut status));
        assert_eq!(status.total.packets_received, 7);
    }
}
