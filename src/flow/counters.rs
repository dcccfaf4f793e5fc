//! The counters: one table with one meaning, used by the window, the command line and the tests.

use std::ops::{AddAssign, Sub};

use serde::Serialize;

/// What happened to a stream's packets and frames.
///
/// Each packet that was expected was either received or lost, and each frame that was begun ends
/// in exactly one of complete, incomplete and dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counters {
    /// Packets that the sender put on the wire, as far as this receiver can know: the highest
    /// packet number − the first + 1.
    pub packets_expected: u64,
    /// Distinct valid packets that arrived, resends included.
    pub packets_received: u64,
    /// Expected − received: what the network or the kernel lost, before any repair.
    pub packets_lost: u64,
    /// Payloads that were missing and came by a resend or were restored from parity.
    pub packets_recovered: u64,
    /// Packets that arrived once more; never also counted as received.
    pub packets_duplicate: u64,
    /// Packets that arrived after one with a higher number.
    pub packets_reordered: u64,
    /// Packets whose payload came too late to be used.
    pub packets_late: u64,
    /// Datagrams that are not ours, malformed or not authentic.
    pub packets_invalid: u64,
    /// Packets that reached this machine and found the socket's receive buffer full; `None`
    /// where the platform cannot tell.
    pub kernel_drops: Option<u64>,
    /// Frames that arrived whole.
    pub frames_complete: u64,
    /// Frames that the wire did not bring whole in time.
    pub frames_incomplete: u64,
    /// Frames that arrived and were thrown away here because the viewer was slower than the wire.
    pub frames_dropped: u64,
    /// Payload bytes of the received packets.
    pub bytes_received: u64,
}

impl Counters {
    /// A frame that was counted as complete was let go before anybody took it.
    pub(super) fn complete_was_dropped(&mut self) {
        self.frames_complete = self.frames_complete.saturating_sub(1);
        self.frames_dropped += 1;
    }

    /// The share of expected packets that was lost, 0 to 1.
    pub fn loss(&self) -> f64 {
        if self.packets_expected == 0 {
            return 0.0;
        }
        self.packets_lost as f64 / self.packets_expected as f64
    }
}

impl AddAssign for Counters {
    fn add_assign(&mut self, other: Self) {
        *self = self.zip(other, |a, b| a + b);
    }
}

impl Sub for Counters {
    type Output = Self;

    /// What was added between two readings, `earlier` being the older one.
    fn sub(self, earlier: Self) -> Self {
        self.zip(earlier, u64::saturating_sub)
    }
}

impl Counters {
    fn zip(self, other: Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            packets_expected: combine(self.packets_expected, other.packets_expected),
            packets_received: combine(self.packets_received, other.packets_received),
            packets_lost: combine(self.packets_lost, other.packets_lost),
            packets_recovered: combine(self.packets_recovered, other.packets_recovered),
            packets_duplicate: combine(self.packets_duplicate, other.packets_duplicate),
            packets_reordered: combine(self.packets_reordered, other.packets_reordered),
            packets_late: combine(self.packets_late, other.packets_late),
            packets_invalid: combine(self.packets_invalid, other.packets_invalid),
            kernel_drops: match (self.kernel_drops, other.kernel_drops) {
                (None, None) => None,
                (a, b) => Some(combine(a.unwrap_or(0), b.unwrap_or(0))),
            },
            frames_complete: combine(self.frames_complete, other.frames_complete),
            frames_incomplete: combine(self.frames_incomplete, other.frames_incomplete),
            frames_dropped: combine(self.frames_dropped, other.frames_dropped),
            bytes_received: combine(self.bytes_received, other.bytes_received),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_of_two_readings_is_what_came_between() {
        let earlier = Counters { packets_expected: 10, packets_lost: 1, ..Counters::default() };
        let mut later = earlier;
        later += Counters { packets_expected: 5, kernel_drops: Some(2), ..Counters::default() };
        let between = later - earlier;
        assert_eq!(between.packets_expected, 5);
        assert_eq!(between.packets_lost, 0);
        assert_eq!(between.kernel_drops, Some(2));
        assert_eq!(later.loss(), 1.0 / 15.0);
    }
}
