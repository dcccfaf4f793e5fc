//! A bad network to order: loss in bursts, reordering, duplicates and delay, from a seed.
//!
//! The same code stands between two endpoints in a test with virtual time, and between a sender
//! and its real socket.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::str::FromStr;
use std::time::Duration;

use super::time::Time;

/// How bad the network is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impairment {
    /// Share of packets that are dropped, 0 to 1.
    pub loss: f64,
    /// How many packets in a row a loss takes on average, at least 1.
    pub burst: f64,
    /// Share of packets that are held back so that later ones overtake them.
    pub reorder: f64,
    /// Share of packets that arrive twice.
    pub duplicate: f64,
    /// How long every packet takes.
    pub delay: Duration,
    /// Where the chances come from; the same seed makes the same network.
    pub seed: u64,
}

impl Default for Impairment {
    /// A perfect network.
    fn default() -> Self {
        Self { loss: 0.0, burst: 1.0, reorder: 0.0, duplicate: 0.0, delay: Duration::ZERO, seed: 1 }
    }
}

impl FromStr for Impairment {
    type Err = String;

    /// Reads `loss=5%,burst=20,reorder=1%,duplicate=1%,delay=5ms,seed=7`, in any order.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut impairment = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("\"{part}\" is not of the form name=value"))?;
            impairment.set(name.trim(), value.trim())?;
        }
        Ok(impairment)
    }
}

impl Impairment {
    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "loss" => self.loss = parse_share(name, value)?,
            "reorder" => self.reorder = parse_share(name, value)?,
            "duplicate" => self.duplicate = parse_share(name, value)?,
            "burst" => {
                let burst = value.parse().ok().filter(|burst| (1.0..=1e6).contains(burst));
                self.burst = burst.ok_or("burst is a mean length in packets, such as 20")?;
            }
            "delay" => {
                let number = value.strip_suffix("ms").unwrap_or(value);
                let delay = number.parse().ok().filter(|ms| (0.0..=10_000.0).contains(ms));
                let ms: f64 = delay.ok_or("delay is in milliseconds, such as 5ms")?;
                self.delay = Duration::from_secs_f64(ms / 1000.0);
            }
            "seed" => self.seed = value.parse().map_err(|_| "seed is a whole number")?,
            _ => {
                return Err(format!(
                    "unknown impairment \"{name}\"; there are loss, burst, reorder, duplicate, delay and seed"
                ));
            }
        }
        Ok(())
    }
}

fn parse_share(name: &str, value: &str) -> Result<f64, String> {
    let share = match value.strip_suffix('%') {
        Some(percent) => percent.trim().parse().map(|percent: f64| percent / 100.0),
        None => value.parse(),
    };
    share
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| format!("{name} is a share from 0 to 1 or a percentage, such as 5%"))
}

/// What an impaired network did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Packets that were put into it.
    pub submitted: u64,
    /// Of these, dropped.
    pub dropped: u64,
    /// Copies that it made.
    pub duplicated: u64,
    /// Packets that it held back.
    pub reordered: u64,
}

/// An impaired network for packets of type `T`.
pub struct Impaired<T> {
    impairment: Impairment,
    random: fastrand::Rng,
    in_burst: bool,
    under_way: BinaryHeap<Reverse<Queued<T>>>,
    order: u64,
    ledger: Ledger,
}

impl<T: Clone> Impaired<T> {
    /// A network that is as bad as `impairment` says.
    pub fn new(impairment: Impairment) -> Self {
        Self {
            impairment,
            random: fastrand::Rng::with_seed(impairment.seed),
            in_burst: false,
            under_way: BinaryHeap::new(),
            order: 0,
            ledger: Ledger::default(),
        }
    }

    /// What it did so far.
    pub fn ledger(&self) -> Ledger {
        self.ledger
    }

    /// Puts a packet in.
    pub fn submit(&mut self, packet: T, now: Time) {
        self.ledger.submitted += 1;
        if self.drops() {
            self.ledger.dropped += 1;
            return;
        }
        let mut due = now + self.impairment.delay;
        if self.chance(self.impairment.reorder) {
            self.ledger.reordered += 1;
            // Some packets overtake it, or some hundreds: reordering has no fixed distance.
            due = due + Duration::from_micros(self.random.u64(20..3000));
        }
        if self.chance(self.impairment.duplicate) {
            self.ledger.duplicated += 1;
            let later = due + Duration::from_micros(self.random.u64(0..2000));
            self.enqueue(packet.clone(), later);
        }
        self.enqueue(packet, due);
    }

    /// Takes out the next packet that has arrived by `now`.
    pub fn poll(&mut self, now: Time) -> Option<T> {
        if self.next_arrival()? > now {
            return None;
        }
        self.under_way.pop().map(|Reverse(queued)| queued.packet)
    }

    /// When the next packet arrives.
    pub fn next_arrival(&self) -> Option<Time> {
        self.under_way.peek().map(|Reverse(queued)| queued.due)
    }

    /// Gilbert's model: a good state that drops nothing and a bad one that drops everything, with
    /// the asked share of time in the bad one and the asked mean length of a stay.
    fn drops(&mut self) -> bool {
        let loss = self.impairment.loss;
        if loss >= 1.0 {
            return true;
        }
        // Independent losses, too, make runs: no mean length can be shorter than theirs.
        let burst = self.impairment.burst.max(1.0 / (1.0 - loss));
        let enter = loss / (burst * (1.0 - loss));
        let stay = 1.0 - 1.0 / burst;
        self.in_burst = self.chance(if self.in_burst { stay } else { enter });
        self.in_burst
    }

    fn chance(&mut self, share: f64) -> bool {
        share > 0.0 && self.random.f64() < share
    }

    fn enqueue(&mut self, packet: T, due: Time) {
        self.order += 1;
        self.under_way.push(Reverse(Queued { due, order: self.order, packet }));
    }
}

struct Queued<T> {
    due: Time,
    order: u64,
    packet: T,
}

impl<T> PartialEq for Queued<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.due, self.order) == (other.due, other.order)
    }
}

impl<T> Eq for Queued<T> {}

impl<T> PartialOrd for Queued<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Queued<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.order).cmp(&(other.due, other.order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(impairment: Impairment) -> (f64, f64) {
        let mut network = Impaired::new(impairment);
        let packets = 200_000_u32;
        for i in 0..packets {
            network.submit(i, Time::START);
        }
        let mut arrived = Vec::new();
        while let Some(packet) = network.poll(Time::START) {
            arrived.push(packet);
        }
        let bursts = arrived.windows(2).filter(|pair| pair[1] > pair[0] + 1).count();
        let dropped = network.ledger().dropped as f64;
        assert_eq!(arrived.len() as f64 + dropped, f64::from(packets));
        (dropped / f64::from(packets), dropped / bursts as f64)
    }

    #[test]
    fn losses_come_as_often_and_in_such_bursts_as_asked() {
        for (loss, burst) in [(0.01, 1.0), (0.05, 20.0), (0.2, 1.0), (0.3, 5.0)] {
            let (share, length) = losses(Impairment { loss, burst, ..Impairment::default() });
            assert!((share / loss - 1.0).abs() < 0.1, "loss {share} instead of {loss}");
            let expected = if burst > 1.0 { burst } else { 1.0 / (1.0 - loss) };
            assert!((length / expected - 1.0).abs() < 0.1, "bursts of {length}, not {expected}");
        }
    }

    #[test]
    fn everything_and_nothing_can_be_lost() {
        assert_eq!(losses(Impairment { loss: 1.0, ..Impairment::default() }).0, 1.0);
        assert_eq!(losses(Impairment::default()).0, 0.0);
    }

    #[test]
    fn the_same_seed_makes_the_same_network() {
        let text = "loss=5%,burst=3,reorder=10%,duplicate=10%,delay=5ms,seed=7";
        let impairment: Impairment = text.parse().expect("valid");
        let run = || {
            let mut network = Impaired::new(impairment);
            (0..1000).for_each(|i| network.submit(i, Time::START));
            let end = Time::START + Duration::from_secs(1);
            std::iter::from_fn(|| network.poll(end)).collect::<Vec<i32>>()
        };
        assert_eq!(run(), run());
        assert!(!run().is_sorted());
        assert!(run().len() > 1000);
    }

    #[test]
    fn impairments_are_read_as_typed() {
        let read: Impairment = "loss=5%, burst=20,delay=5ms,seed=7".parse().expect("valid");
        assert_eq!((read.loss, read.burst, read.seed), (0.05, 20.0, 7));
        assert_eq!(read.delay, Duration::from_millis(5));
        for wrong in ["loss", "loss=120%", "loss=x", "burst=0", "delay=-1ms", "speed=3", "seed=a"] {
            assert!(wrong.parse::<Impairment>().is_err(), "{wrong}");
        }
    }
}
