//! Burst and gap loss, by the definitions of RFC 3611, section 4.7.2.
//!
//! A burst begins and ends with a lost packet and holds no run of `GMIN` received ones; a lost
//! packet with that many received on either side belongs to a gap. The constant of the standard,
//! 16, is made for voice at fifty packets a second; ours is what a full buffer or a switch's queue
//! takes to drain.

use serde::Serialize;

/// How many packets received in a row end a burst: about one train of segments.
const GMIN: u64 = 64;

/// How the losses of a stream were spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LossPattern {
    /// Most packets lost one after the other.
    pub longest_run: u64,
    /// Bursts that have ended.
    pub bursts: u64,
    /// Packets in bursts, lost and received.
    pub burst_packets: u64,
    /// Of these, lost.
    pub burst_lost: u64,
    /// Packets lost alone, in gaps between bursts.
    pub gap_lost: u64,
}

/// Takes the fates of packets in the order in which they were sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BurstMeter {
    pattern: LossPattern,
    run: u64,
    /// The burst that may be under way: packets since its first loss, and losses.
    open_packets: u64,
    open_lost: u64,
    received_since: u64,
}

impl BurstMeter {
    /// So many packets in a row were received.
    pub(super) fn received(&mut self, packets: u64) {
        self.run = 0;
        self.received_since = self.received_since.saturating_add(packets);
        if self.received_since >= GMIN {
            self.end_burst();
        }
    }

    /// So many packets in a row were lost.
    pub(super) fn lost(&mut self, packets: u64) {
        self.run += packets;
        self.pattern.longest_run = self.pattern.longest_run.max(self.run);
        if self.open_lost > 0 {
            self.open_packets += self.received_since;
        }
        self.open_packets += packets;
        self.open_lost += packets;
        self.received_since = 0;
    }

    /// The pattern of everything whose burst has ended; the longest run is up to date.
    pub(super) fn pattern(&self) -> LossPattern {
        self.pattern
    }

    fn end_burst(&mut self) {
        match self.open_lost {
            0 => {}
            1 => self.pattern.gap_lost += 1,
            lost => {
                self.pattern.bursts += 1;
                self.pattern.burst_packets += self.open_packets;
                self.pattern.burst_lost += lost;
            }
        }
        self.open_packets = 0;
        self.open_lost = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(fates: &[(u64, u64)]) -> LossPattern {
        let mut meter = BurstMeter::default();
        for &(received, lost) in fates {
            meter.received(received);
            meter.lost(lost);
        }
        meter.received(GMIN);
        meter.pattern()
    }

    #[test]
    fn losses_close_together_are_one_burst() {
        let found = pattern(&[(1000, 3), (10, 2), (GMIN - 1, 1)]);
        assert_eq!((found.bursts, found.burst_lost, found.longest_run), (1, 6, 3));
        assert_eq!(found.burst_packets, 6 + 10 + GMIN - 1);
        assert_eq!(found.gap_lost, 0);
    }

    #[test]
    fn losses_far_apart_are_gap_losses() {
        let found = pattern(&[(1000, 1), (GMIN, 1), (5000, 1)]);
        assert_eq!((found.bursts, found.gap_lost, found.longest_run), (0, 3, 1));
    }
}
