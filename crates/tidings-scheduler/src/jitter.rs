//! Chance, from a seed: the same seed gives the same times again.

use std::time::Duration;

use jiff::Timestamp;
use tidings_model::SourceId;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Longest jitter; it is a tenth of the interval otherwise.
pub const MAX_JITTER: Duration = Duration::from_secs(5 * 60);

/// What all jitter of an installation derives from, so that two installations do
/// not visit the same host in step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// How much later than its slot the run of `source` starts: less than a tenth
    /// of `interval`, and less than [`MAX_JITTER`].
    pub fn jitter(self, source: &SourceId, slot: Timestamp, interval: Duration) -> Duration {
        self.within((interval / 10).min(MAX_JITTER), source, &slot.as_second().to_le_bytes())
    }

    /// A moment of `window` that is this source's own, to spread many sources over it.
    pub fn spread(self, source: &SourceId, window: Duration) -> Duration {
        self.within(window, source, b"spread")
    }

    /// Whole milliseconds below `span`, evenly distributed over `what`.
    fn within(self, span: Duration, source: &SourceId, what: &[u8]) -> Duration {
        let mut key = Vec::with_capacity(80);
        key.extend_from_slice(source.as_str().as_bytes());
        key.push(0);
        key.extend_from_slice(what);
        let share = u128::from(xxh3_64_with_seed(&key, self.0));
        let millis = (share * span.as_millis()) >> 64;
        Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn source(number: usize) -> SourceId {
        format!("source-{number}").parse().unwrap()
    }

    fn slot(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn jitter_is_a_function_of_seed_source_and_slot() {
        let jitter = |seed, number, second| Seed(seed).jitter(&source(number), slot(second), HOUR);
        assert_eq!(jitter(1, 1, 0), jitter(1, 1, 0));
        assert_ne!(jitter(1, 1, 0), jitter(2, 1, 0));
        assert_ne!(jitter(1, 1, 0), jitter(1, 2, 0));
        assert_ne!(jitter(1, 1, 0), jitter(1, 1, 3600));
    }

    #[test]
    fn jitter_is_below_a_tenth_and_below_its_bound() {
        for number in 0..1000 {
            let id = source(number);
            assert!(Seed(7).jitter(&id, slot(0), Duration::from_secs(600)) < Duration::from_secs(60));
            assert!(Seed(7).jitter(&id, slot(0), 24 * HOUR) < MAX_JITTER);
        }
        assert_eq!(Seed(7).jitter(&source(1), slot(0), Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn a_spread_fills_its_window_evenly() {
        let mut tenths = [0; 10];
        for number in 0..1000 {
            let moment = Seed(7).spread(&source(number), Duration::from_secs(1000));
            tenths[usize::try_from(moment.as_secs() / 100).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|count| (60..=140).contains(count)), "{tenths:?}");
    }
}
