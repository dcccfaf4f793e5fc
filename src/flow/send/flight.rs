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
    /// The first and the last packet that are still on their way.
    first: u64,
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
    /// A train left, with the packets `first` to `last`.
    pub(super) fn depart(&mut self, first: u64, last: u64, bytes: usize, now: Time) {
        self.trains.push_back(SentTrain { first, last, bytes, sent_at: now });
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
        // Of a train whose last packets were lost, the others have landed all the same.
        if let Some(train) = self.trains.front_mut().filter(|train| train.first <= highest) {
            let landed = highest - train.first + 1;
            let part = train.bytes as u64 * landed / (train.last - train.first + 1);
            train.first = highest + 1;
            train.bytes -= part as usize;
            bytes += part as usize;
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
        flight.depart(0, 9, 1000, Time::START);
        flight.depart(10, 19, 2000, Time::START + MS);
        flight.depart(20, 29, 4000, Time::START + 2 * MS);
        assert_eq!(flight.bytes(), 7000);
        let landed = flight.land(19, Time::START + 5 * MS);
        assert_eq!(landed, Some(Landed { bytes: 3000, elapsed: 4 * MS }));
        assert_eq!(flight.land(19, Time::START + 6 * MS), None);
        assert_eq!(flight.bytes(), 4000);
        flight.forget();
        assert_eq!(flight.bytes(), 0);
    }

    #[test]
    fn a_train_whose_last_packet_was_lost_does_not_hold_the_window() {
        let mut flight = Flight::default();
        flight.depart(0, 9, 1000, Time::START);
        let landed = flight.land(8, Time::START + MS);
        assert_eq!(landed, Some(Landed { bytes: 900, elapsed: MS }));
        assert_eq!(flight.bytes(), 100);
        flight.depart(10, 19, 1000, Time::START + MS);
        assert_eq!(flight.land(19, Time::START + 2 * MS).map(|landed| landed.bytes), Some(1100));
    }
}
