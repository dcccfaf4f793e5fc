//! How much may be on its way at once, learnt from what the receiver reports.
//!
//! The window follows the queueing delay and not the loss (after FAST TCP: Wei, Jin, Low and Hegde
//! 2006): it grows until a certain amount of data waits in the bottleneck's queue, and shrinks when
//! more does. Random loss therefore costs nothing but the lost packets, while a queue is never
//! filled to the brim. The receiver's socket buffer is a second bound, because on a fast path it is
//! the queue that overflows.

use std::time::Duration;

use crate::flow::time::Time;

/// What a window begins with: a few trains, which any receive buffer holds.
const FIRST: f64 = 48.0 * 1024.0;

/// The least window: some packets must be under way for reports to come.
const LEAST: f64 = 16.0 * 1024.0;

/// The most that may be on its way when nothing else bounds it.
const MOST: f64 = 64.0 * 1024.0 * 1024.0;

/// For how long data may wait in the bottleneck's queue.
const QUEUE_DELAY: Duration = Duration::from_millis(2);

/// Bounds of the amount that waits in the queue.
const LEAST_QUEUE: f64 = 96.0 * 1024.0;
const MOST_QUEUE: f64 = 2048.0 * 1024.0;

/// Over how long the delivery rate is measured: long enough that a queue's bursts do not show.
const MEASURED: Duration = Duration::from_millis(25);

/// Which share of the receive buffer, as the system reports it, may be filled with payload. The
/// kernel charges each packet for its bookkeeping, about as much again as a full packet holds.
const BUFFER_SHARE: f64 = 0.4;

/// The window of a sender that follows its receiver's reports.
#[derive(Clone, Debug)]
pub(super) struct Window {
    bytes: f64,
    /// What the receiver's buffer holds.
    buffer: f64,
    /// What has been found too much: lowered by each overflow of the buffer, and raised in time.
    ceiling: f64,
    starting: bool,
    next_update: Time,
    /// Bytes that landed since the last update, and when that was.
    landed: f64,
    since: Time,
    kernel_drops: u64,
    /// Bytes a second that landed, over some hundredths of a second.
    delivery_rate: f64,
    measured: f64,
    measured_since: Time,
}

/// One report, as the window needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) landed: usize,
    pub(super) round_trip: Duration,
    pub(super) least_round_trip: Duration,
    pub(super) kernel_drops: Option<u64>,
    pub(super) receive_buffer: u32,
    /// Whether the window was what held the sender back.
    pub(super) was_full: bool,
}

impl Window {
    pub(super) fn new(now: Time) -> Self {
        Self {
            bytes: FIRST,
            buffer: MOST,
            ceiling: MOST,
            starting: true,
            next_update: now,
            landed: 0.0,
            since: now,
            kernel_drops: 0,
            delivery_rate: 0.0,
            measured: 0.0,
            measured_since: now,
        }
    }

    /// Bytes a second that have lately reached the receiver's end of the path.
    pub(super) fn delivery_rate(&self) -> f64 {
        self.delivery_rate
    }

    /// Bytes that may be on their way.
    pub(super) fn bytes(&self) -> usize {
        self.bytes as usize
    }

    /// Bytes a second at which a window's worth is spread over a round trip, with some room to
    /// grow into.
    pub(super) fn pace(&self, smoothed: Duration) -> f64 {
        let gain = if self.starting { 2.0 } else { 1.25 };
        gain * self.bytes / smoothed.as_secs_f64().max(10e-6)
    }

    /// Takes a report; the window changes once a round trip.
    pub(super) fn update(&mut self, reading: Reading, now: Time) {
        self.buffer = (f64::from(reading.receive_buffer) * BUFFER_SHARE).clamp(LEAST, MOST);
        self.landed += reading.landed as f64;
        self.measure(reading.landed as f64, now);
        if let Some(drops) = reading.kernel_drops
            && drops > self.kernel_drops
        {
            self.kernel_drops = drops;
            self.overflowed();
        }
        if now < self.next_update {
            return;
        }
        let delivered = self.landed / now.since(self.since).as_secs_f64().max(1e-6);
        self.landed = 0.0;
        self.since = now;
        self.next_update = now + reading.round_trip;
        if reading.was_full {
            self.grow(reading, delivered);
        }
        self.ceiling = (self.ceiling * 1.01).min(MOST);
        self.bytes = self.bytes.clamp(LEAST, self.buffer.min(self.ceiling).max(LEAST));
    }

    /// Nobody reported for long: what was on its way is lost, and caution is due.
    pub(super) fn collapse(&mut self) {
        self.bytes = (self.bytes / 2.0).max(LEAST);
        self.starting = false;
    }

    fn measure(&mut self, landed: f64, now: Time) {
        self.measured += landed;
        let span = now.since(self.measured_since);
        if span >= MEASURED {
            self.delivery_rate = self.measured / span.as_secs_f64();
            self.measured = 0.0;
            self.measured_since = now;
        }
    }

    fn grow(&mut self, reading: Reading, delivered: f64) {
        let queue = (delivered * QUEUE_DELAY.as_secs_f64()).clamp(LEAST_QUEUE, MOST_QUEUE);
        let share = reading.least_round_trip.as_secs_f64()
            / reading.round_trip.as_secs_f64().max(f64::MIN_POSITIVE);
        let waiting = self.bytes * (1.0 - share.min(1.0));
        if self.starting && waiting < queue / 2.0 {
            self.bytes *= 2.0;
            return;
        }
        self.starting = false;
        let target = self.bytes * share.min(1.0) + queue;
        self.bytes = f64::midpoint(self.bytes, target).min(self.bytes * 2.0);
    }

    fn overflowed(&mut self) {
        self.starting = false;
        self.ceiling = (self.bytes * 0.7).max(LEAST);
        self.bytes = self.ceiling;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A link of `rate` bytes a second with a base round trip: what is in the window beyond the
    /// link's own content waits in its queue.
    fn settle(rate: f64, base: Duration, receive_buffer: u32) -> (f64, f64) {
        let mut window = Window::new(Time::START);
        let mut now = Time::START;
        let mut queue = 0.0;
        for _ in 0..400 {
            let content = rate * base.as_secs_f64();
            queue = (window.bytes - content).max(0.0);
            let round_trip = base + Duration::from_secs_f64(queue / rate);
            now = now + round_trip;
            let landed = window.bytes.min(rate * round_trip.as_secs_f64()) as usize;
            let reading = Reading {
                landed,
                round_trip,
                least_round_trip: base,
                kernel_drops: None,
                receive_buffer,
                was_full: true,
            };
            window.update(reading, now);
        }
        (window.bytes / (rate * base.as_secs_f64()), queue / rate)
    }

    #[test]
    fn a_gigabit_link_is_filled_with_about_a_millisecond_of_queue() {
        let (filled, queued) = settle(125e6, MS / 5, 8 << 20);
        assert!(filled >= 1.0, "{filled}");
        assert!((0.0002..0.002).contains(&queued), "{queued}");
    }

    #[test]
    fn a_long_path_is_filled_too() {
        let (filled, queued) = settle(125e6, 20 * MS, 64 << 20);
        assert!(filled >= 1.0, "{filled}");
        assert!(queued < 0.003, "{queued}");
    }

    #[test]
    fn a_small_buffer_bounds_the_window() {
        let mut window = Window::new(Time::START);
        let reading = Reading {
            landed: 100_000,
            round_trip: MS,
            least_round_trip: MS,
            kernel_drops: None,
            receive_buffer: 425_984,
            was_full: true,
        };
        for i in 0..50 {
            window.update(reading, Time::START + i * MS);
        }
        assert_eq!(window.bytes(), (425_984.0 * BUFFER_SHARE) as usize);
        window.update(Reading { kernel_drops: Some(5), ..reading }, Time::START + 60 * MS);
        assert!(window.bytes() < 425_984 * 3 / 10, "an overflow lowers it");
    }

    #[test]
    fn a_sender_with_little_to_send_does_not_grow_its_window() {
        let mut window = Window::new(Time::START);
        let before = window.bytes();
        for i in 0..50 {
            let reading = Reading {
                landed: 1000,
                round_trip: MS,
                least_round_trip: MS,
                kernel_drops: None,
                receive_buffer: 8 << 20,
                was_full: false,
            };
            window.update(reading, Time::START + i * MS);
        }
        assert_eq!(window.bytes(), before);
    }
}
