//! The figures that are shown: of everything that is received, or of one stream.

use crate::flow::{Counters, LossPattern};
use crate::net::{ListenStatus, StreamKey, StreamStatus, offered};

/// One account, ready to be written down.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Account {
    /// Since the beginning or the last reset.
    pub total: Counters,
    /// Over the last second.
    pub last_second: Counters,
    /// Of the stream that is shown.
    pub losses: LossPattern,
    /// Of the stream that is shown.
    pub jitter_us: Option<u64>,
    /// Of the stream that is shown.
    pub round_trip_us: Option<u64>,
    /// Of the stream that is shown.
    pub latency_us: Option<u64>,
}

impl Account {
    /// The account of `only`, or of everything; `shown` is the stream of the picture.
    pub(super) fn of(
        status: &ListenStatus,
        only: Option<StreamKey>,
        shown: Option<StreamKey>,
    ) -> Self {
        let stream = only.or(shown).and_then(|key| stream(status, key));
        let (total, last_second) = match (only, stream) {
            (Some(_), Some(stream)) => (stream.counters, stream.last_second),
            _ => (status.total, status.last_second),
        };
        Self {
            total,
            last_second,
            losses: stream.map(|stream| stream.losses).unwrap_or_default(),
            jitter_us: stream.and_then(|stream| stream.jitter_us),
            round_trip_us: stream.and_then(|stream| stream.round_trip_us),
            latency_us: stream.and_then(|stream| stream.latency_us),
        }
    }

    /// Megabits of payload over the last second.
    pub(super) fn throughput_mbps(&self) -> f64 {
        self.last_second.bytes_received as f64 * 8.0 / 1e6
    }

    /// Megabits of payload that were put on the wire over the last second; `None` when nothing
    /// came.
    pub(super) fn offered_mbps(&self) -> Option<f64> {
        offered(self.throughput_mbps(), &self.last_second)
    }
}

/// The stream called `key`, if it is still known.
pub(super) fn stream(status: &ListenStatus, key: StreamKey) -> Option<&StreamStatus> {
    status.streams.iter().find(|stream| stream.key == key)
}
