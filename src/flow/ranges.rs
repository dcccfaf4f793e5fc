//! A set of payload indexes kept as runs: what is missing, what is to be sent again.

use std::collections::BTreeMap;
use std::ops::Range;

/// Runs of `u32`, none touching another. Every update costs the logarithm of how many runs there
/// are, however long they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RangeSet {
    /// Start of each run to its end.
    runs: BTreeMap<u32, u32>,
    count: u64,
}

impl RangeSet {
    /// How many numbers are in the set.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// How many runs they form.
    pub(super) fn run_count(&self) -> usize {
        self.runs.len()
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The smallest number in the set.
    pub(super) fn first(&self) -> Option<u32> {
        self.runs.first_key_value().map(|(&start, _)| start)
    }

    /// Whether `number` is in the set.
    pub(super) fn contains(&self, number: u32) -> bool {
        self.run_end(number).is_some()
    }

    /// The end of the run that holds `number`: the next one that is not in the set.
    pub(super) fn run_end(&self, number: u32) -> Option<u32> {
        let (_, &end) = self.runs.range(..=number).next_back()?;
        (number < end).then_some(end)
    }

    /// The runs in order.
    pub(super) fn runs(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        self.runs.iter().map(|(&start, &end)| start..end)
    }

    /// The parts of the set that lie in `within`, in order.
    pub(super) fn runs_within(&self, within: Range<u32>) -> impl Iterator<Item = Range<u32>> + '_ {
        let from = self
            .runs
            .range(..=within.start)
            .next_back()
            .filter(|&(_, &end)| end > within.start)
            .map_or(within.start, |(&start, _)| start);
        self.runs
            .range(from..within.end.max(from))
            .map(move |(&start, &end)| start.max(within.start)..end.min(within.end))
    }

    /// Adds every number of `run`.
    pub(super) fn insert(&mut self, run: Range<u32>) {
        if run.is_empty() {
            return;
        }
        let Range { mut start, mut end } = run;
        if let Some((&left, &left_end)) = self.runs.range(..=start).next_back()
            && left_end >= start
        {
            start = left;
            end = end.max(left_end);
            self.take_run(left);
        }
        while let Some((&right, &right_end)) = self.runs.range(start..=end).next() {
            end = end.max(right_end);
            self.take_run(right);
        }
        self.put_run(start..end);
    }

    /// Takes one number out; whether it was there.
    pub(super) fn remove(&mut self, number: u32) -> bool {
        match self.runs.range(..=number).next_back() {
            Some((&start, &end)) if number < end => {
                self.take_run(start);
                self.put_run(start..number);
                self.put_run(number + 1..end);
                true
            }
            _ => false,
        }
    }

    /// Takes out the first run, or its first `most` numbers.
    pub(super) fn pop_first(&mut self, most: u32) -> Option<Range<u32>> {
        let (&start, &end) = self.runs.first_key_value()?;
        let cut = end.min(start.saturating_add(most));
        self.take_run(start);
        self.put_run(cut..end);
        Some(start..cut)
    }

    fn take_run(&mut self, start: u32) {
        if let Some(end) = self.runs.remove(&start) {
            self.count -= u64::from(end - start);
        }
    }

    fn put_run(&mut self, run: Range<u32>) {
        if !run.is_empty() {
            self.count += u64::from(run.end - run.start);
            self.runs.insert(run.start, run.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_as_a_plain_set_does(
            steps in proptest::collection::vec((0_u32..200, 0_u32..30, any::<bool>()), 1..200),
            within in (0_u32..200, 0_u32..200),
        ) {
            let mut ranges = RangeSet::default();
            let mut model = BTreeSet::new();
            for (start, length, add) in steps {
                if add {
                    ranges.insert(start..start + length);
                    model.extend(start..start + length);
                } else {
                    prop_assert_eq!(ranges.remove(start), model.remove(&start));
                }
                prop_assert_eq!(ranges.count(), model.len() as u64);
            }
            prop_assert_eq!(ranges.runs().flatten().collect::<Vec<_>>(),
                model.iter().copied().collect::<Vec<_>>());
            let within = within.0..within.1;
            prop_assert_eq!(
                ranges.runs_within(within.clone()).flatten().collect::<Vec<_>>(),
                model.iter().copied().filter(|n| within.contains(n)).collect::<Vec<_>>());
            let touching = ranges.runs().zip(ranges.runs().skip(1)).any(|(a, b)| a.end >= b.start);
            prop_assert!(!touching);
            prop_assert_eq!(ranges.first(), model.first().copied());
        }
    }

    #[test]
    fn the_first_run_is_taken_in_parts() {
        let mut ranges = RangeSet::default();
        ranges.insert(5..10);
        ranges.insert(20..21);
        assert_eq!(ranges.pop_first(3), Some(5..8));
        assert_eq!(ranges.pop_first(3), Some(8..10));
        assert_eq!(ranges.pop_first(3), Some(20..21));
        assert_eq!(ranges.pop_first(3), None);
        assert!(ranges.is_empty());
    }
}
