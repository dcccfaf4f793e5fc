//! How long a frame took, from clocks that were never set together.

use std::time::Duration;

use crate::flow::time::Time;

/// For how long the least offset is believed; clocks drift by less than 1 ms in this time.
const WINDOW: Duration = Duration::from_secs(10);

/// Learns the offset between the sender's clock and ours.
///
/// The least difference between arrival and departure is the offset plus the least one-way delay,
/// which is taken to be half the round trip.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ClockOffset {
    /// The least difference of this window and of the one before, and when this window began.
    least: Option<(u32, u32, Time)>,
}

impl ClockOffset {
    /// Takes a packet: when it left by the sender's clock, in µs modulo 2^32.
    pub(super) fn observe(&mut self, sent_us: u32, now: Time) {
        let difference = now.wire_micros().wrapping_sub(sent_us);
        self.least = Some(match self.least {
            None => (difference, difference, now),
            Some((current, _, began)) if now.since(began) > WINDOW => (difference, current, now),
            Some((current, before, began)) => (lesser(current, difference), before, began),
        });
    }

    /// From a departure by the sender's clock until `now`.
    pub(super) fn since(
        &self,
        sent_us: u32,
        round_trip: Option<Duration>,
        now: Time,
    ) -> Option<Duration> {
        let (current, before, _) = self.least?;
        let least = lesser(current, before);
        let over_least = now.wire_micros().wrapping_sub(sent_us).wrapping_sub(least);
        Some(Duration::from_micros(u64::from(over_least)) + round_trip? / 2)
    }
}

/// The lesser of two differences on a circle of 2^32.
fn lesser(a: u32, b: u32) -> u32 {
    if (a.wrapping_sub(b) as i32) < 0 { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_offset_of_the_clocks_does_not_matter() {
        for offset in [0, 5_000_000, u32::MAX - 1000] {
            let mut clock = ClockOffset::default();
            let sent = |at: Duration| (at.as_micros() as u32).wrapping_sub(offset);
            // One-way delay 2 ms, once 7 ms.
            clock.observe(sent(Duration::ZERO), Time::after_start(2 * MS));
            clock.observe(sent(10 * MS), Time::after_start(17 * MS));
            let latency = clock.since(sent(10 * MS), Some(4 * MS), Time::after_start(30 * MS));
            assert_eq!(latency, Some(20 * MS), "offset {offset}");
        }
    }

    #[test]
    fn without_a_round_trip_nothing_is_claimed() {
        let mut clock = ClockOffset::default();
        clock.observe(0, Time::START);
        assert_eq!(clock.since(0, None, Time::START), None);
    }
}
