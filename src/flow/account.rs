//! The account of packet numbers: what was expected, what came, what came twice or out of order.

use super::burst::{BurstMeter, LossPattern};

/// How far back a number can be told from one that came before; beyond it a packet is taken for a
/// duplicate. 131,072 packets are 40 ms at ten gigabits a second, and cost 16 KiB a stream.
const WINDOW: u64 = 1 << 17;
const WORDS: usize = (WINDOW / 64) as usize;

/// After so many packets a gap is taken for lost when the pattern of losses is drawn: reordering
/// reaches less far. (The count of lost packets needs no such guess.)
const SETTLED: u64 = 4096;

/// What an arriving packet number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// The highest so far.
    InOrder,
    /// Not seen before, but after a higher one.
    Reordered,
    /// Seen before (or too old to tell).
    Duplicate,
}

/// Counts a stream's packet numbers exactly.
#[derive(Clone, Debug)]
pub(super) struct Account {
    first: Option<u64>,
    highest: Option<u64>,
    received: u64,
    /// Up to where fates have been told to the burst meter.
    settled: u64,
    bursts: BurstMeter,
    /// One bit for each of the last `WINDOW` numbers up to `highest`.
    seen: Box<[u64; WORDS]>,
}

impl Default for Account {
    fn default() -> Self {
        let bursts = BurstMeter::default();
        Self {
            first: None,
            highest: None,
            received: 0,
            settled: 0,
            bursts,
            seen: Box::new([0; WORDS]),
        }
    }
}

impl Account {
    /// Says that the account begins at `first`: the stream's opening was heard.
    pub(super) fn open(&mut self, first: u64) {
        self.first = Some(self.first.map_or(first, |known| known.min(first)));
    }

    /// Takes `count` packet numbers from `number` on: one, or several that are all ahead.
    pub(super) fn observe(&mut self, number: u64, count: u64) -> Arrival {
        let arrival = self.observe_one(number);
        if count > 1 {
            self.observe_ahead(number + 1, number + count - 1);
        }
        arrival
    }

    fn observe_one(&mut self, number: u64) -> Arrival {
        self.first.get_or_insert(number);
        let Some(highest) = self.highest else {
            self.highest = Some(number);
            return self.count(number, Arrival::InOrder);
        };
        if number > highest {
            self.settle(highest.saturating_sub(SETTLED));
            self.settle_jump(highest, number);
            self.forget(highest, number);
            self.highest = Some(number);
            return self.count(number, Arrival::InOrder);
        }
        if highest - number >= WINDOW || self.is_seen(number) {
            return Arrival::Duplicate;
        }
        self.open(number);
        self.count(number, Arrival::Reordered)
    }

    /// Takes the numbers that follow the highest one, up to `last`.
    fn observe_ahead(&mut self, first: u64, last: u64) {
        self.forget(first - 1, last);
        let mut next = first;
        while next <= last {
            let in_word = (64 - next % 64).min(last + 1 - next);
            self.seen[word(next)] |= (u64::MAX >> (64 - in_word)) << (next % 64);
            next += in_word;
        }
        self.highest = Some(last);
        self.received += last + 1 - first;
    }

    /// Whether `number` and all after it are yet to come.
    pub(super) fn is_ahead(&self, number: u64) -> bool {
        self.highest.is_none_or(|highest| number > highest)
    }

    /// How many numbers lie between the highest one and `number`; `None` when that is not ahead.
    pub(super) fn gap_before(&self, number: u64) -> Option<u64> {
        self.highest.filter(|&highest| number > highest).map(|highest| number - highest - 1)
    }

    /// The highest number that came.
    pub(super) fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Highest − first + 1.
    pub(super) fn expected(&self) -> u64 {
        match (self.first, self.highest) {
            (Some(first), Some(highest)) => (highest + 1).saturating_sub(first),
            _ => 0,
        }
    }

    /// Distinct packets that came.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// How the losses so far were spread.
    pub(super) fn loss_pattern(&self) -> LossPattern {
        self.bursts.pattern()
    }

    /// Draws the pattern of losses anew from here on.
    pub(super) fn forget_loss_pattern(&mut self) {
        self.bursts = BurstMeter::default();
    }

    /// Tells the burst meter the fates of the packets before `end`, by the word where it can.
    fn settle(&mut self, end: u64) {
        // An opening may say that the account begins long before what the window remembers.
        let remembered = self.highest.map_or(0, |highest| (highest + 1).saturating_sub(WINDOW));
        let mut number = self.settled.max(self.first.unwrap_or(end)).max(remembered);
        while number < end {
            let in_word = (64 - number % 64).min(end - number);
            let seen = self.seen[word(number)] >> (number % 64);
            match seen & (u64::MAX >> (64 - in_word)) {
                0 => self.bursts.lost(in_word),
                bits if bits.count_ones() as u64 == in_word => self.bursts.received(in_word),
                bits => (0..in_word).for_each(|i| match bits >> i & 1 {
                    0 => self.bursts.lost(1),
                    _ => self.bursts.received(1),
                }),
            }
            number += in_word;
        }
        self.settled = self.settled.max(end);
    }

    /// Before a jump that would push unsettled packets out of the window, settles them.
    fn settle_jump(&mut self, highest: u64, number: u64) {
        if number - highest >= WINDOW - SETTLED {
            self.settle(highest + 1);
            // What was skipped beyond the window cannot be looked up any more: it never came.
            self.settled = self.settled.max((number + 1).saturating_sub(WINDOW));
        }
    }

    fn count(&mut self, number: u64, arrival: Arrival) -> Arrival {
        self.received += 1;
        self.seen[word(number)] |= bit(number);
        arrival
    }

    fn is_seen(&self, number: u64) -> bool {
        self.seen[word(number)] & bit(number) != 0
    }

    /// Clears the bits of the numbers after `highest` up to `number`, which then are in the window.
    fn forget(&mut self, highest: u64, number: u64) {
        if number - highest >= WINDOW {
            self.seen.fill(0);
            return;
        }
        let mut skipped = highest + 1;
        while skipped <= number {
            let in_word = (64 - skipped % 64).min(number + 1 - skipped);
            self.seen[word(skipped)] &= !((u64::MAX >> (64 - in_word)) << (skipped % 64));
            skipped += in_word;
        }
    }
}

fn word(number: u64) -> usize {
    ((number / 64) % WORDS as u64) as usize
}

fn bit(number: u64) -> u64 {
    1 << (number % 64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gaps_are_lost_until_they_arrive() {
        let mut account = Account::default();
        account.open(0);
        assert_eq!(account.observe(2, 1), Arrival::InOrder);
        assert_eq!((account.expected(), account.received()), (3, 1));
        assert_eq!(account.observe(0, 1), Arrival::Reordered);
        assert_eq!(account.observe(0, 1), Arrival::Duplicate);
        assert_eq!(account.observe(2, 1), Arrival::Duplicate);
        assert_eq!((account.expected(), account.received()), (3, 2));
    }

    #[test]
    fn a_late_joiner_counts_from_what_it_saw_first() {
        let mut account = Account::default();
        account.observe(1000, 1);
        account.observe(1002, 1);
        assert_eq!((account.expected(), account.received()), (3, 2));
    }

    #[test]
    fn an_opening_long_before_costs_no_search() {
        let mut account = Account::default();
        account.observe(1 << 62, 1);
        account.open(0);
        account.observe((1 << 62) + 1, 1);
        assert_eq!((account.expected(), account.received()), ((1 << 62) + 2, 2));
    }

    #[test]
    fn a_jump_beyond_the_window_forgets_nothing_that_counts() {
        let mut account = Account::default();
        account.observe(0, 1);
        account.observe(WINDOW * 3, 1);
        assert_eq!((account.expected(), account.received()), (WINDOW * 3 + 1, 2));
        assert_eq!(account.observe(WINDOW * 3 - 1, 1), Arrival::Reordered);
        assert_eq!(account.observe(5, 1), Arrival::Duplicate);
    }

    #[test]
    fn the_pattern_of_losses_is_drawn_once_it_is_settled() {
        let mut account = Account::default();
        account.open(0);
        for number in (0..20_000).filter(|n| !(100..103).contains(n) && *n != 9000) {
            account.observe(number, 1);
        }
        let pattern = account.loss_pattern();
        assert_eq!((pattern.longest_run, pattern.bursts, pattern.burst_lost), (3, 1, 3));
        assert_eq!(pattern.gap_lost, 1);
    }

    proptest! {
        #[test]
        fn received_is_the_number_of_distinct_numbers(
            numbers in proptest::collection::vec(0_u64..5000, 1..2000)
        ) {
            let mut account = Account::default();
            account.open(0);
            for &number in &numbers {
                account.observe(number, 1);
            }
            let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
            prop_assert_eq!(account.received(), distinct.len() as u64);
            prop_assert_eq!(Some(account.expected()), distinct.last().map(|last| last + 1));
        }
    }
}
