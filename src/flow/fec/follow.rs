//! How much parity is worth its bytes, from the loss that a receiver reports.

use std::time::Duration;

use crate::flow::time::Time;

use super::MOST_SHARE;

/// Over how long a loss is measured, and over how many packets at least.
const WINDOW: Duration = Duration::from_millis(250);
const LEAST_PACKETS: u64 = 64;

/// For how long nothing may be lost before parity is left out again.
const QUIET: Duration = Duration::from_secs(5);

/// Parity for twice the mean, because losses do not come evenly, and a little more.
const GAIN: f64 = 2.0;
const LEAST_SHARE: f64 = 0.01;

/// Follows a receiver's reports.
#[derive(Clone, Debug, Default)]
pub(crate) struct LossFollower {
    /// Packets expected and lost when this measurement began, and when that was.
    began: Option<(u64, u64, Time)>,
    loss: f64,
    last_loss: Option<Time>,
}

impl LossFollower {
    /// So many packets were expected and lost so far.
    pub(crate) fn observe(&mut self, expected: u64, lost: u64, now: Time) {
        let (expected_before, lost_before, since) =
            *self.began.get_or_insert((expected, lost, now));
        if expected < expected_before {
            // Another receiver counts from its own beginning.
            self.began = Some((expected, lost, now));
            return;
        }
        let packets = expected - expected_before;
        if now.since(since) < WINDOW || packets < LEAST_PACKETS {
            return;
        }
        self.began = Some((expected, lost, now));
        let lost = lost.saturating_sub(lost_before);
        if lost > 0 {
            self.last_loss = Some(now);
        }
        let share = lost as f64 / packets as f64;
        self.loss = if share > self.loss { share } else { self.loss * 0.75 + share * 0.25 };
    }

    /// The share of a frame's packets that parity should make good now.
    pub(crate) fn share(&self, now: Time) -> f64 {
        match self.last_loss {
            Some(last) if now.since(last) < QUIET => {
                (self.loss * GAIN + LEAST_SHARE).min(MOST_SHARE)
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports every 10 ms for so long, at 10,000 packets a second.
    fn report(follower: &mut LossFollower, from: &mut (u64, f64, Time), ms: u64, loss: f64) {
        for _ in 0..ms / 10 {
            from.0 += 100;
            from.1 += 100.0 * loss;
            from.2 = from.2 + Duration::from_millis(10);
            follower.observe(from.0, from.1 as u64, from.2);
        }
    }

    #[test]
    fn parity_comes_with_losses_and_goes_when_they_have_gone() {
        let (mut follower, mut at) = (LossFollower::default(), (0, 0.0, Time::START));
        report(&mut follower, &mut at, 2000, 0.0);
        assert_eq!(follower.share(at.2), 0.0);
        report(&mut follower, &mut at, 1000, 0.05);
        assert!((follower.share(at.2) - 0.11).abs() < 0.01, "{}", follower.share(at.2));
        report(&mut follower, &mut at, 3000, 0.0);
        let fading = follower.share(at.2);
        assert!((0.01..0.05).contains(&fading), "{fading}");
        report(&mut follower, &mut at, 3000, 0.0);
        assert_eq!(follower.share(at.2), 0.0);
    }

    #[test]
    fn there_is_never_more_parity_than_payload() {
        let (mut follower, mut at) = (LossFollower::default(), (0, 0.0, Time::START));
        report(&mut follower, &mut at, 1000, 0.9);
        assert_eq!(follower.share(at.2), MOST_SHARE);
        follower.observe(10, 1, at.2);
        assert_eq!(follower.share(at.2), MOST_SHARE, "another receiver changes nothing at once");
    }
}
