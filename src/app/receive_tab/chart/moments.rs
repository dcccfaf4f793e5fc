//! The past in equal steps, always cut at the same places so that nothing flickers.

use crate::flow::Counters;
use crate::net::{HistoryPoint, offered};

/// How much of the past is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Span {
    /// A minute, by the half second.
    #[default]
    Minute,
    /// Ten minutes, by five seconds.
    TenMinutes,
}

impl Span {
    /// Seconds from one edge to the other.
    pub(super) const fn seconds(self) -> f64 {
        match self {
            Self::Minute => 60.0,
            Self::TenMinutes => 600.0,
        }
    }

    /// Seconds of one step.
    pub(super) const fn step(self) -> f64 {
        match self {
            Self::Minute => 0.5,
            Self::TenMinutes => 5.0,
        }
    }

    /// The whole span, in words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::TenMinutes => "ten minutes",
        }
    }

    /// One step, in words.
    pub(super) const fn step_words(self) -> &'static str {
        match self {
            Self::Minute => "½ s",
            Self::TenMinutes => "5 s",
        }
    }
}

/// What was added in one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moment {
    /// Which step it is since listening began.
    pub number: u64,
    /// Seconds of it that have been read.
    read: f64,
    /// What was counted.
    pub added: Counters,
}

impl Moment {
    /// The middle of the step, in seconds since listening began.
    pub(super) fn middle(&self, span: Span) -> f64 {
        (self.number as f64 + 0.5) * span.step()
    }

    /// Megabits of payload a second that came.
    pub(super) fn mbps(&self) -> f64 {
        let megabits = self.added.bytes_received as f64 * 8.0 / 1e6;
        if self.read > 0.0 { megabits / self.read } else { 0.0 }
    }

    /// Megabits of payload a second that senders put on the wire.
    pub(super) fn offered_mbps(&self) -> f64 {
        offered(self.mbps(), &self.added).unwrap_or(0.0)
    }

    /// Packets that were lost before they reached this machine.
    pub(super) fn lost_on_network(&self) -> u64 {
        self.added.packets_lost.saturating_sub(self.lost_in_buffer())
    }

    /// Packets that were lost in this machine's receive buffer.
    pub(super) fn lost_in_buffer(&self) -> u64 {
        self.added.kernel_drops.unwrap_or(0)
    }

    /// How much of the loss is the network's, 0 to 1.
    pub(super) fn share_on_network(&self) -> f64 {
        self.lost_on_network() as f64 / self.added.packets_lost.max(1) as f64
    }
}

/// Adds up the readings of `history` that fall into the same step.
pub(super) fn moments(history: &[HistoryPoint], span: Span) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for point in history {
        // A reading is of the time before it.
        let number = ((point.seconds - point.span / 2.0).max(0.0) / span.step()) as u64;
        match moments.last_mut() {
            Some(moment) if moment.number == number => {
                moment.added += point.added;
                moment.read += point.span;
            }
            _ => moments.push(Moment { number, read: point.span, added: point.added }),
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(seconds: f64) -> HistoryPoint {
        let added = Counters::default();
        let mut point = HistoryPoint { seconds, span: 0.1, added, ..HistoryPoint::default() };
        point.added.packets_expected = 11;
        point.added.packets_received = 10;
        point.added.packets_lost = 1;
        point.added.bytes_received = 125_000;
        point
    }

    #[test]
    fn half_seconds_add_up_what_was_lost_in_them() {
        let history: Vec<_> = (1..=10).map(|tenth| point(f64::from(tenth) / 10.0)).collect();
        let moments = moments(&history, Span::Minute);
        assert_eq!(moments.len(), 2);
        for moment in &moments {
            assert_eq!((moment.added.packets_lost, moment.mbps().round()), (5, 10.0));
            assert_eq!(moment.offered_mbps().round(), 11.0);
        }
    }

    #[test]
    fn causes_are_told_apart() {
        let mut point = point(0.1);
        point.added.packets_lost = 10;
        point.added.kernel_drops = Some(4);
        let moments = moments(&[point], Span::TenMinutes);
        assert_eq!((moments[0].lost_on_network(), moments[0].lost_in_buffer()), (6, 4));
        assert_eq!(moments[0].share_on_network(), 0.6);
    }
}
