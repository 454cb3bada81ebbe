//! Which of the requests that a fault is for it meets.

use crate::emulator::names::unit;

/// Which of the requests that a fault is for it meets. Counted are those of its endpoint (and scene, and account,
/// where it names them) since it was added, also those that another fault met.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum When {
    /// Each.
    #[default]
    Each,
    /// The n-th alone, from 1.
    Nth(u64),
    /// Every n-th: n, 2n, 3n, …
    Every(u64),
    /// All that come after the first n.
    After(u64),
    /// Each with this probability, 0 to 1. Which ones follows from the seed.
    Probability(f64),
    /// All from this many seconds after the emulator's start, by its clock.
    From(u64),
}

impl When {
    /// Whether the request is met. `count` is its number among those the fault is for, from 1; `elapsed` is the
    /// emulator's age in seconds; `fault` tells this fault's luck from that of others.
    pub(super) fn meets(self, count: u64, elapsed: i64, seed: u64, fault: u64) -> bool {
        match self {
            Self::Each => true,
            Self::Nth(n) => count == n,
            Self::Every(n) => n > 0 && count.is_multiple_of(n),
            Self::After(n) => count > n,
            Self::Probability(probability) => unit(seed, fault, count) < probability,
            Self::From(seconds) => u64::try_from(elapsed).is_ok_and(|elapsed| elapsed >= seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers from 1 to 10 that are met.
    fn met(when: When) -> Vec<u64> {
        (1..=10).filter(|count| when.meets(*count, 0, 7, 1)).collect()
    }

    #[test]
    fn requests_are_met_by_their_number() {
        assert_eq!(met(When::Each), (1..=10).collect::<Vec<u64>>());
        assert_eq!(met(When::Nth(3)), [3]);
        assert_eq!(met(When::Every(4)), [4, 8]);
        assert_eq!(met(When::Every(0)), [0; 0]);
        assert_eq!(met(When::After(8)), [9, 10]);
        assert_eq!(met(When::Probability(0.0)), [0; 0]);
        assert_eq!(met(When::Probability(1.0)), (1..=10).collect::<Vec<u64>>());
    }

    #[test]
    fn requests_are_met_from_a_moment_on() {
        assert_eq!(
            [-1, 0, 59, 60, 61].map(|age| When::From(60).meets(1, age, 0, 1)),
            [false, false, false, true, true]
        );
    }

    #[test]
    fn a_probability_is_kept_and_follows_from_the_seed() {
        let met = |seed, fault| -> Vec<u64> {
            (1..=10_000).filter(|count| When::Probability(0.2).meets(*count, 0, seed, fault)).collect()
        };
        assert!((1900..2100).contains(&met(1, 1).len()));
        assert_eq!(met(1, 1), met(1, 1));
        assert_ne!(met(1, 1), met(2, 1));
        assert_ne!(met(1, 1), met(1, 2));
    }
}
