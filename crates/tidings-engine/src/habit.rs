//! What a source usually brings, and when its silence is no longer usual.
//!
//! Two habits are kept of each source, both bounded and both learnt from what it did:
//! how many items a good run sees, and how long it takes from one new finding to the
//! next. A source that breaks with the first is `empty`, with the second `stale`.

use std::time::Duration;

use jiff::Timestamp;
use tidings_store::Habit;

/// Good runs whose items are remembered.
pub(crate) const ITEMS_KEPT: usize = 7;
/// Good runs that make a habit of items.
pub(crate) const ITEMS_NEEDED: usize = 3;
/// Gaps between new findings that are remembered.
pub(crate) const GAPS_KEPT: usize = 20;
/// Gaps that make a habit of new findings.
pub(crate) const GAPS_NEEDED: usize = 3;
/// How many times its long gap (the 90th percentile) a source may be silent.
const STALE_GAPS: u32 = 4;
/// How many of its intervals a source may be silent at least.
const STALE_INTERVALS: u32 = 3;
/// How long any source may be silent at least.
const STALE_AT_LEAST: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether its last good runs, three at least, saw items: half of them or more did.
pub(crate) fn brings_items(habit: &Habit) -> bool {
    if habit.items.len() < ITEMS_NEEDED {
        return false;
    }
    let mut items = habit.items.clone();
    items.sort_unstable();
    0 < items[items.len() / 2]
}

/// How long a source visited every `interval` may be silent; `None` while it has no habit.
///
/// Four times its long gap, and never less than three visits or a day.
pub(crate) fn silence_allowed(habit: &Habit, interval: Duration) -> Option<Duration> {
    if habit.gaps_s.len() < GAPS_NEEDED {
        return None;
    }
    let mut gaps = habit.gaps_s.clone();
    gaps.sort_unstable();
    // The nearest rank: of few gaps it is the longest.
    let rank = (gaps.len() * 9).div_ceil(10);
    let long = Duration::from_secs(gaps[rank - 1].into());
    let by_gaps = long.saturating_mul(STALE_GAPS);
    Some(by_gaps.max(interval.saturating_mul(STALE_INTERVALS)).max(STALE_AT_LEAST))
}

/// Whether it has been silent at `now` for much longer than its habit.
pub(crate) fn is_stale(habit: &Habit, interval: Duration, now: Timestamp) -> bool {
    let silent = habit.last_new.and_then(|last| Duration::try_from(now.duration_since(last)).ok());
    silent.zip(silence_allowed(habit, interval)).is_some_and(|(silent, allowed)| allowed < silent)
}

/// Learns how many items a good run saw.
pub(crate) fn learn_items(habit: &mut Habit, items: u64) {
    push(&mut habit.items, u32::try_from(items).unwrap_or(u32::MAX), ITEMS_KEPT);
}

/// Learns that a run begun at `at` brought something new.
pub(crate) fn learn_new(habit: &mut Habit, at: Timestamp) {
    if let Some(gap) = habit.last_new.map(|last| at.duration_since(last).as_secs()).filter(|gap| 0 < *gap) {
        push(&mut habit.gaps_s, u32::try_from(gap).unwrap_or(u32::MAX), GAPS_KEPT);
    }
    habit.last_new = Some(habit.last_new.map_or(at, |last| last.max(at)));
}

fn push(ring: &mut Vec<u32>, value: u32, kept: usize) {
    ring.push(value);
    let over = ring.len().saturating_sub(kept);
    ring.drain(..over);
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u32 = 3600;
    const DAY: u32 = 24 * HOUR;

    fn at(second: u32) -> Timestamp {
        Timestamp::from_second(i64::from(second)).unwrap()
    }

    #[track_caller]
    fn check_items(items: &[u32], expected: bool) {
        let habit = Habit { items: items.to_vec(), ..Habit::default() };
        assert_eq!(brings_items(&habit), expected, "{items:?}");
    }

    #[test]
    fn three_good_runs_with_items_are_a_habit() {
        check_items(&[], false);
        check_items(&[9, 9], false);
        check_items(&[9, 9, 9], true);
        check_items(&[0, 1, 1], true);
        check_items(&[0, 0, 9], false);
        check_items(&[5, 5, 5, 5, 0, 0, 0], true);
        check_items(&[5, 5, 5, 0, 0, 0, 0], false);
    }

    #[track_caller]
    fn check_silence(gaps: &[u32], interval: u32, expected: Option<u32>) {
        let habit = Habit { gaps_s: gaps.to_vec(), ..Habit::default() };
        let allowed = silence_allowed(&habit, Duration::from_secs(interval.into()));
        assert_eq!(allowed.map(|allowed| allowed.as_secs()), expected.map(u64::from), "{gaps:?} {interval}");
    }

    #[test]
    fn silence_is_measured_by_the_long_gaps_but_never_under_a_day() {
        check_silence(&[], HOUR, None);
        check_silence(&[HOUR, HOUR], HOUR, None);
        check_silence(&[HOUR; 3], HOUR, Some(DAY));
        check_silence(&[HOUR, HOUR, 8 * HOUR], HOUR, Some(32 * HOUR));
        check_silence(&[7 * DAY; 3], HOUR, Some(28 * DAY));
        check_silence(&[HOUR; 3], DAY, Some(3 * DAY));
        // One outlier of ten is no habit, two are.
        check_silence(&[HOUR, HOUR, HOUR, HOUR, HOUR, HOUR, HOUR, HOUR, HOUR, 9 * DAY], HOUR, Some(DAY));
        check_silence(&[HOUR, HOUR, HOUR, HOUR, HOUR, HOUR, HOUR, HOUR, DAY, 9 * DAY], HOUR, Some(4 * DAY));
    }

    #[test]
    fn a_source_is_stale_past_its_silence_and_not_at_it() {
        let mut habit = Habit::default();
        let hour = Duration::from_secs(HOUR.into());
        (0..4).for_each(|n| learn_new(&mut habit, at(n * HOUR)));
        assert!(!is_stale(&habit, hour, at(3 * HOUR + DAY)));
        assert!(is_stale(&habit, hour, at(3 * HOUR + DAY + 1)));
        learn_new(&mut habit, at(3 * HOUR + 2 * DAY));
        assert!(!is_stale(&habit, hour, at(3 * HOUR + 2 * DAY + HOUR)));
        // A clock that was set back makes nothing stale.
        assert!(!is_stale(&habit, hour, at(0)));
    }

    #[test]
    fn a_source_that_never_brought_anything_is_not_stale() {
        assert!(!is_stale(&Habit::default(), Duration::from_secs(60), at(365 * DAY)));
    }

    #[test]
    fn the_memory_of_a_habit_is_bounded() {
        let mut habit = Habit::default();
        for n in 0..1000 {
            learn_items(&mut habit, u64::from(n));
            learn_new(&mut habit, at(n * HOUR));
        }
        assert_eq!(habit.items, [993, 994, 995, 996, 997, 998, 999]);
        assert_eq!(habit.gaps_s.len(), GAPS_KEPT);
        learn_items(&mut habit, u64::MAX);
        assert_eq!(habit.items.last(), Some(&u32::MAX));
        // Set back, the clock teaches nothing and loses nothing.
        let before = habit.clone();
        learn_new(&mut habit, at(0));
        assert_eq!(habit, before);
    }
}
