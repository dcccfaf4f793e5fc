//! The one place that reads a clock.

use std::time::{Duration, Instant};

use crate::flow::Time;

/// Tells the engine what time it is, counted from when the clock was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock(Instant);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn now(self) -> Time {
        Time::after_start(self.0.elapsed())
    }

    /// From now until `time`; zero when it has passed.
    pub(super) fn until(self, time: Time) -> Duration {
        time.since(self.now())
    }
}
