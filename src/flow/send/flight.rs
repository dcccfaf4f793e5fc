//! What has left and has not been reported yet: for the round trip and for the window.

use std::collections::VecDeque;
use std::time::Duration;

use crate::flow::time::Time;

/// The packets on their way, remembered by the train.
#[derive(Clone, Debug, Default)]
pub(super) struct Flight {
    trains: VecDeque<SentTrain>,
    bytes: usize,
}

#[derive(Clone, Copy, Debug)]
struct SentTrain {
    last: u64,
    bytes: usize,
    sent_at: Time,
}

/// What a report told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Landed {
    /// Bytes that are no longer on their way, whether they arrived or were lost.
    pub(super) bytes: usize,
    /// From the departure of the newest train that landed to now.
    pub(super) elapsed: Duration,
}

impl Flight {
    /// A train left, its last packet being `last`.
    pub(super) fn depart(&mut self, last: u64, bytes: usize, now: Time) {
        self.trains.push_back(SentTrain { last, bytes, sent_at: now });
        self.bytes += bytes;
    }

    /// Packets up to `highest` are no longer on their way. `None` when that was known already.
    pub(super) fn land(&mut self, highest: u64, now: Time) -> Option<Landed> {
        let mut bytes = 0;
        let mut sent_at = None;
        while let Some(train) = self.trains.front().copied().filter(|train| train.last <= highest) {
            self.trains.pop_front();
            bytes += train.bytes;
            sent_at = Some(train.sent_at);
        }
        self.bytes -= bytes;
        sent_at.map(|sent_at| Landed { bytes, elapsed: now.since(sent_at) })
    }

    /// Whatever is on its way is taken for lost.
    pub(super) fn forget(&mut self) {
        self.trains.clear();
        self.bytes = 0;
    }

    /// Bytes on their way.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn what_is_reported_lands_and_tells_its_round_trip() {
        let mut flight = Flight::default();
        flight.depart(9, 1000, Time::START);
        flight.depart(19, 2000, Time::START + MS);
        flight.depart(29, 4000, Time::START + 2 * MS);
        assert_eq!(flight.bytes(), 7000);
        let landed = flight.land(20, Time::START + 5 * MS);
        assert_eq!(landed, Some(Landed { bytes: 3000, elapsed: 4 * MS }));
        assert_eq!(flight.land(20, Time::START + 6 * MS), None);
        assert_eq!(flight.bytes(), 4000);
        flight.forget();
        assert_eq!(flight.bytes(), 0);
    }
}
