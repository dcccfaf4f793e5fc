//! The round trip: smoothed, its least value, and how long to wait for an answer (RFC 6298).

use std::time::Duration;

use super::time::Time;

/// For how long a least round trip is believed.
const LEAST_WINDOW: Duration = Duration::from_secs(10);

/// How long to wait for an answer before any round trip was measured.
const INITIAL_TIMEOUT: Duration = Duration::from_millis(100);

/// Bounds of the timeout: below, a sleeping thread would look like a loss; above, a frame is late.
const MIN_TIMEOUT: Duration = Duration::from_millis(2);
const MAX_TIMEOUT: Duration = Duration::from_millis(500);

/// Estimates the round trip from samples.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RoundTrip {
    smoothed: Option<Duration>,
    variation: Duration,
    /// The least sample of this window and of the one before, and when this window began.
    least: Option<(Duration, Duration, Time)>,
}

impl RoundTrip {
    /// Takes a measurement.
    pub(super) fn sample(&mut self, sample: Duration, now: Time) {
        self.smoothed = Some(match self.smoothed {
            None => {
                self.variation = sample / 2;
                sample
            }
            Some(smoothed) => {
                self.variation = (self.variation * 3 + smoothed.abs_diff(sample)) / 4;
                (smoothed * 7 + sample) / 8
            }
        });
        self.least = Some(match self.least {
            None => (sample, sample, now),
            Some((current, _, began)) if now.since(began) > LEAST_WINDOW => (sample, current, now),
            Some((current, before, began)) => (current.min(sample), before, began),
        });
    }

    /// RFC 6298's smoothed round trip.
    pub(super) fn smoothed(&self) -> Option<Duration> {
        self.smoothed
    }

    /// The least round trip of the past 10 to 20 seconds: the path with empty queues.
    pub(super) fn least(&self) -> Option<Duration> {
        self.least.map(|(current, before, _)| current.min(before))
    }

    /// How long to wait for an answer before asking again.
    pub(super) fn timeout(&self) -> Duration {
        self.smoothed.map_or(INITIAL_TIMEOUT, |smoothed| {
            (smoothed + 4 * self.variation).clamp(MIN_TIMEOUT, MAX_TIMEOUT)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_steady_round_trip_is_found_and_its_timeout_tightens() {
        let mut round_trip = RoundTrip::default();
        assert_eq!(round_trip.timeout(), INITIAL_TIMEOUT);
        for i in 0..100 {
            round_trip.sample(10 * MS, Time::START + i * MS);
        }
        assert_eq!(round_trip.smoothed(), Some(10 * MS));
        assert!(round_trip.timeout() < 11 * MS);
    }

    #[test]
    fn the_least_round_trip_is_forgotten_after_its_window() {
        let mut round_trip = RoundTrip::default();
        round_trip.sample(MS, Time::START);
        for i in 1..=30_u32 {
            round_trip.sample(5 * MS, Time::START + i * 1000 * MS);
            let expected = if i <= 21 { MS } else { 5 * MS };
            assert_eq!(round_trip.least(), Some(expected), "after {i} s");
        }
    }
}
