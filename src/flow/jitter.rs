//! Interarrival jitter (RFC 3550, section 6.4.1), in microseconds.

/// Smooths how much the spacing of arrivals differs from the spacing of departures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Jitter {
    last: Option<(u32, u32)>,
    smoothed: f64,
    samples: u64,
}

impl Jitter {
    /// Takes a packet: when it left and when it came, each in µs of its own clock modulo 2^32.
    ///
    /// Packets of one burst share their departure; only the first of them says something about
    /// the network.
    pub(super) fn observe(&mut self, sent_us: u32, arrived_us: u32) {
        let transit = arrived_us.wrapping_sub(sent_us);
        match self.last.replace((sent_us, transit)) {
            Some((last_sent, last_transit)) if last_sent != sent_us => {
                let difference = transit.wrapping_sub(last_transit) as i32;
                self.smoothed += (f64::from(difference).abs() - self.smoothed) / 16.0;
                self.samples += 1;
            }
            Some(first_of_burst) => self.last = Some(first_of_burst),
            None => {}
        }
    }

    /// The jitter in µs, once two bursts have come.
    pub(super) fn micros(&self) -> Option<u64> {
        (self.samples > 0).then(|| self.smoothed.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_spacing_has_no_jitter_whatever_the_clocks_say() {
        let mut jitter = Jitter::default();
        for i in 0..100_u32 {
            let sent = (u32::MAX - 500).wrapping_add(i * 10);
            jitter.observe(sent, sent.wrapping_add(123_456));
        }
        assert_eq!(jitter.micros(), Some(0));
    }

    #[test]
    fn it_follows_the_sixteenth_of_the_standard() {
        let mut jitter = Jitter::default();
        jitter.observe(0, 0);
        assert_eq!(jitter.micros(), None);
        jitter.observe(1000, 1160);
        assert_eq!(jitter.micros(), Some(10));
    }

    #[test]
    fn a_burst_counts_once() {
        let mut jitter = Jitter::default();
        jitter.observe(0, 0);
        for i in 0..64 {
            jitter.observe(1000, 1000 + i);
        }
        assert_eq!(jitter.micros(), Some(0));
    }
}
