//! Moments and spans as the protocol sees them: told from outside, never read from a clock.

use std::ops::Add;
use std::time::Duration;

/// A moment, counted from whenever the engine was started. Virtual in tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Duration);

impl Time {
    /// When the engine was started.
    pub const START: Self = Self(Duration::ZERO);

    /// The moment so long after the engine was started.
    pub const fn after_start(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// How long the engine has been running.
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// Microseconds modulo 2^32, as packets carry them.
    pub const fn wire_micros(self) -> u32 {
        self.0.as_micros() as u32
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }
}

/// The earlier of two moments that may never come.
pub fn earliest(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
