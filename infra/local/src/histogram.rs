//! How often each value came: enough for any quantile, and small to keep.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Values and how often each came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Histogram(BTreeMap<u64, u64>);

impl Histogram {
    pub(crate) fn add(&mut self, value: u64) {
        *self.0.entry(value).or_default() += 1;
    }

    /// How many values.
    pub(crate) fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// All values together.
    pub(crate) fn sum(&self) -> u64 {
        self.0.iter().map(|(value, count)| value.saturating_mul(*count)).fold(0, u64::saturating_add)
    }

    /// The least value that this share of all values does not exceed; 0 if there is none.
    pub(crate) fn quantile(&self, share: f64) -> u64 {
        let wanted = (self.count() as f64 * share).ceil() as u64;
        let mut seen = 0;
        let reached = self.0.iter().find(|(_, count)| {
            seen += **count;
            seen >= wanted
        });
        reached.map_or(0, |(value, _)| *value)
    }

    /// Adds the values of another.
    pub(crate) fn join(&mut self, other: &Self) {
        for (value, count) in &other.0 {
            *self.0.entry(*value).or_default() += count;
        }
    }
}

impl FromIterator<u64> for Histogram {
    fn from_iter<T: IntoIterator<Item = u64>>(values: T) -> Self {
        let mut histogram = Self::default();
        values.into_iter().for_each(|value| histogram.add(value));
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_came() {
        // Proves the nearest-rank quantile, at the ends and of nothing.
        let cases: &[(&[u64], f64, u64)] = &[
            (&[], 0.5, 0),
            (&[7], 0.0, 7),
            (&[7], 1.0, 7),
            (&[1, 2, 3, 4], 0.5, 2),
            (&[1, 2, 3, 4, 5], 0.5, 3),
            (&[9, 9, 1, 9], 0.25, 1),
            (&[9, 9, 1, 9], 0.26, 9),
            (&[1, 2, 3, 4], 1.0, 4),
        ];
        for (values, share, expected) in cases {
            let histogram: Histogram = values.iter().copied().collect();
            assert_eq!(histogram.quantile(*share), *expected, "{values:?} {share}");
        }
    }

    #[test]
    fn two_joined_are_one() {
        // Proves that parts counted apart give the whole.
        let (left, right): (Vec<u64>, Vec<u64>) = ((0..50).collect(), (25..90).collect());
        let mut joined: Histogram = left.iter().copied().collect();
        joined.join(&right.iter().copied().collect());
        let whole: Histogram = left.into_iter().chain(right).collect();
        assert_eq!(joined, whole);
        assert_eq!((whole.count(), whole.sum()), (115, 1_225 + 3_705));
    }
}
