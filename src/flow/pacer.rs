//! Pacing: a bucket of bytes that fills at the rate at which packets may leave.

use std::time::Duration;

use super::time::Time;

/// How much may leave at once after a pause: enough for the coarsest sleep of a thread.
const BURST: Duration = Duration::from_millis(1);

/// ... but always one full train.
const LEAST_BURST: f64 = 65_536.0;

/// Spreads packets in time.
#[derive(Clone, Debug)]
pub(super) struct Pacer {
    tokens: f64,
    filled_at: Time,
}

impl Pacer {
    /// A pacer whose bucket holds one train.
    pub(super) fn new(now: Time) -> Self {
        Self { tokens: LEAST_BURST, filled_at: now }
    }

    /// Bytes that may leave now at `rate` bytes a second.
    pub(super) fn available(&mut self, rate: f64, now: Time) -> usize {
        let burst = (rate * BURST.as_secs_f64()).max(LEAST_BURST);
        let gained = rate * now.since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + gained).min(burst);
        self.filled_at = now;
        self.tokens.max(0.0) as usize
    }

    /// So many bytes left.
    pub(super) fn take(&mut self, bytes: usize) {
        self.tokens -= bytes as f64;
    }

    /// When `bytes` may leave, as of the last call of [`Self::available`].
    pub(super) fn ready_at(&self, bytes: usize, rate: f64) -> Time {
        let short = (bytes as f64 - self.tokens).max(0.0);
        self.filled_at + Duration::from_secs_f64((short / rate.max(1.0)).min(60.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_a_second_as_much_leaves_as_the_rate_says() {
        let (rate, packet) = (10e6, 1400);
        let mut pacer = Pacer::new(Time::START);
        let mut now = Time::START;
        let mut sent = 0;
        while now < Time::START + Duration::from_secs(1) {
            if pacer.available(rate, now) >= packet {
                pacer.take(packet);
                sent += packet;
            } else {
                now = pacer.ready_at(packet, rate).max(now + Duration::from_micros(1));
            }
        }
        let excess = sent as f64 - rate;
        assert!((-1400.0..=LEAST_BURST + 1400.0).contains(&excess), "{excess}");
    }

    #[test]
    fn a_pause_saves_up_no_more_than_a_burst() {
        let mut pacer = Pacer::new(Time::START);
        let later = Time::START + Duration::from_secs(100);
        assert_eq!(pacer.available(1e9, later), 1_000_000);
        assert_eq!(pacer.available(1e6, later), 65_536);
    }
}
