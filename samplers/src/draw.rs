//! Streams of randomness, each named by what it is for, and the few draws made from them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// The stream of randomness for one purpose: the same seed, label and parts give the same stream, and any
/// difference gives one that has nothing to do with it.
#[must_use]
pub fn stream(seed: u64, label: &str, parts: &[&str]) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    for text in std::iter::once(&label).chain(parts) {
        // The length before each text: ("ab", "c") and ("a", "bc") are different streams.
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    ChaCha8Rng::from_seed(hash.finalize().into())
}

/// The draws made from a stream. They are defined here, by exactly rounded operations alone, so that
/// neither a machine's mathematical library nor another version of a crate can change a cohort.
pub trait Draw: Rng {
    /// Uniform in `[0, 1)`.
    fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability.
    fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform in `0..bound`; 0 if there is nothing below the bound.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }

    /// One item, each as likely as another; none of nothing.
    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Normal with mean 0 and deviation 1, as the sum of twelve uniforms: never beyond ±6.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

impl<R: Rng> Draw for R {}

/// e to the power x, for the moderate x of this crate, by multiplications alone.
#[must_use]
pub fn exp(x: f64) -> f64 {
    (0..20).fold(1.0 + x / f64::from(1 << 20), |power, _| power * power)
}

/// A choice among items of unequal weight, in logarithmic time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weighted {
    /// What is chosen, with the sum of the weights up to and including it.
    items: Vec<(usize, f64)>,
}

impl Weighted {
    /// A choice among these items, each with its weight.
    pub(crate) fn new(items: impl IntoIterator<Item = (usize, f64)>) -> Self {
        let mut total = 0.0;
        let sum = |(item, weight)| {
            total += weight;
            (item, total)
        };
        Self { items: items.into_iter().map(sum).collect() }
    }

    /// One item, in proportion to its weight; none of nothing.
    pub(crate) fn choose(&self, rng: &mut impl Draw) -> Option<usize> {
        let &(last, total) = self.items.last()?;
        let target = rng.unit() * total;
        let at = self.items.partition_point(|&(_, sum)| sum <= target);
        Some(self.items.get(at).map_or(last, |&(item, _)| item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream is named by all its parts, each by itself: none can be mistaken for another.
    #[test]
    fn any_difference_is_another_stream() {
        let first = |seed, label, parts: &[&str]| stream(seed, label, parts).next_u64();
        let one = first(1, "a", &["b", "c"]);
        assert_eq!(one, first(1, "a", &["b", "c"]));
        let others: [(u64, &str, &[&str]); 6] = [
            (2, "a", &["b", "c"]),
            (1, "b", &["b", "c"]),
            (1, "a", &["c", "b"]),
            (1, "a", &["bc"]),
            (1, "ab", &["c"]),
            (1, "a", &["b", "c", ""]),
        ];
        for (seed, label, parts) in others {
            assert_ne!(one, first(seed, label, parts), "{seed} {label} {parts:?}");
        }
    }

    /// The bits behind a seed are written down: another machine, crate version or compiler that drew
    /// otherwise would be caught here.
    #[test]
    fn a_stream_is_the_same_everywhere() {
        let mut rng = stream(2024, "known", &["answer"]);
        let drawn = (rng.next_u64(), rng.unit().to_bits(), rng.normal().to_bits(), rng.below(1000));
        assert_eq!(
            drawn,
            (11_313_929_801_479_206_186, 4_599_755_377_463_451_420, 4_584_055_826_729_247_232, 789)
        );
        assert_eq!(exp(1.0).to_bits(), 0x4005_bf09_dd1b_d1c0);
    }

    /// The draws have the moments and bounds that their names promise.
    #[test]
    fn draws_are_what_they_are_called() {
        let mut rng = stream(7, "moments", &[]);
        let normals: Vec<f64> = (0..20_000).map(|_| rng.normal()).collect();
        let mean = normals.iter().sum::<f64>() / 20_000.0;
        let variance = normals.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
        assert!((0..1000).all(|_| rng.below(3) < 3 && rng.unit() < 1.0));
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.pick::<u8>(&[]), None);
        assert!((exp(1.0) - std::f64::consts::E).abs() < 1e-5 && (exp(-3.0) - 0.049_787).abs() < 1e-6);
    }

    /// A weighted choice keeps the proportions, never takes what weighs nothing, and chooses none of none.
    #[test]
    fn weights_are_kept() {
        let mut rng = stream(7, "weights", &[]);
        let choice = Weighted::new([(4, 1.0), (5, 0.0), (6, 3.0)]);
        let drawn: Vec<usize> = (0..8000).filter_map(|_| choice.choose(&mut rng)).collect();
        let share = drawn.iter().filter(|&&item| item == 6).count() as f64 / 8000.0;
        assert!((share - 0.75).abs() < 0.02 && !drawn.contains(&5), "{share}");
        assert_eq!(Weighted::default().choose(&mut rng), None);
    }
}
