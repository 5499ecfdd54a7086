//! When a source is due next, from what is stored of it and how its run ended.

use std::time::Duration;

use jiff::Timestamp;
use tidings_model::SourceId;

use crate::backoff::{MAX_RETRY_AFTER, backoff};
use crate::jitter::Seed;
use crate::schedule::{Schedule, later};

/// How often a source that cannot work as it stands is tried all the same.
pub const PROBE_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// How far apart the first visits of new sources are on average.
pub const START_STEP: Duration = Duration::from_millis(500);

/// How a run ended, as far as the next one depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It brought what there was.
    Well,
    /// There is more to bring at once: a long first crawl in slices.
    More,
    /// It failed in a way that may pass by itself, as its last `failures` runs did, this one included.
    Failed { failures: u32, retry_after: Option<Duration> },
    /// It cannot work without someone's help, or crashed too often.
    Disabled,
}

/// The due time to store for a source whose run, due at `due`, went from `started` to `now`.
///
/// Only a run that ended is planned for: one that was cut off with the daemon leaves
/// its due time as it was, and so is repeated. What is stored is the slot, without
/// jitter, so that an interval keeps its phase; [`Turns::place`](crate::Turns::place)
/// adds the jitter.
pub fn plan(schedule: &Schedule, due: Timestamp, started: Timestamp, now: Timestamp, ended: Ended) -> Timestamp {
    match ended {
        Ended::Well => schedule.next_slot(due, now),
        Ended::More => now,
        Ended::Failed { failures, retry_after } => {
            // The wait counts from the slot, else the seconds that a daily run takes
            // would cost the next day; from the start if slots were missed before it.
            let slot = if started < schedule.next_slot(due, due) { due.min(started) } else { started };
            let wait = backoff(schedule.interval(slot), failures, None);
            let asked = retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
            let earliest = later(slot, wait).max(later(now, asked));
            if earliest <= now { schedule.next_slot(slot, now) } else { schedule.from(earliest) }
        }
        Ended::Disabled => later(now, PROBE_INTERVAL.max(schedule.interval(now))),
    }
}

/// The due time to store for a source that was never visited, one of `new_sources`
/// that are new at the same time.
///
/// Intervals begin spread over [`START_STEP`] a source, and within their interval;
/// cron begins with its first slot. A source that has a stored due time keeps it,
/// however late: overdue sources run at once, the oldest first, and are paced by the
/// slots and by what their hosts are asked at a time.
pub fn first_due(schedule: &Schedule, source: &SourceId, seed: Seed, now: Timestamp, new_sources: u32) -> Timestamp {
    let window = START_STEP.saturating_mul(new_sources).min(schedule.interval(now));
    schedule.from(later(now, if schedule.is_cron() { Duration::ZERO } else { seed.spread(source, window) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn every(text: &str) -> Schedule {
        Schedule::every(tidings_model::parse_duration(text).unwrap()).unwrap()
    }

    fn failed(failures: u32) -> Ended {
        Ended::Failed { failures, retry_after: None }
    }

    /// Times are those of one day.
    #[track_caller]
    fn check(schedule: &Schedule, due: &str, started: &str, now: &str, ended: Ended, expected: &str) {
        let on_day = |time: &str| if time.contains('T') { at(time) } else { at(&format!("2026-05-05T{time}Z")) };
        assert_eq!(plan(schedule, on_day(due), on_day(started), on_day(now), ended), on_day(expected));
    }

    #[test]
    fn a_good_run_leads_to_the_next_slot() {
        let schedule = every("10m");
        check(&schedule, "08:00:00", "08:00:07", "08:00:09", Ended::Well, "08:10:00");
        check(&schedule, "08:00:00", "08:00:07", "08:35:00", Ended::Well, "08:40:00");
        check(&schedule, "2026-05-01T07:33:00Z", "08:00:00", "08:00:02", Ended::Well, "08:03:00");
    }

    #[test]
    fn a_run_by_hand_before_its_time_moves_no_slot() {
        check(&every("10m"), "08:10:00", "08:04:00", "08:04:03", Ended::Well, "08:10:00");
    }

    #[test]
    fn what_has_more_to_bring_is_due_at_once() {
        check(&every("10m"), "08:00:00", "08:00:00", "08:05:00", Ended::More, "08:05:00");
    }

    #[test]
    fn failures_double_the_wait_from_the_slot() {
        let schedule = every("10m");
        check(&schedule, "08:00:00", "08:00:20", "08:00:30", failed(1), "08:20:00");
        check(&schedule, "08:20:00", "08:20:20", "08:20:30", failed(2), "09:00:00");
        check(&schedule, "09:00:00", "09:00:20", "09:00:30", failed(30), "2026-05-06T09:00:00Z");
    }

    #[test]
    fn an_overdue_source_that_fails_waits_from_its_start() {
        check(&every("10m"), "2026-05-01T08:00:00Z", "08:03:00", "08:03:10", failed(1), "08:23:00");
    }

    #[test]
    fn a_failure_longer_than_its_wait_leads_to_the_next_slot() {
        check(&every("1m"), "08:00:00", "08:00:00", "08:04:30", failed(1), "08:05:00");
    }

    #[test]
    fn retry_after_counts_from_the_answer() {
        let ended = |seconds| Ended::Failed { failures: 1, retry_after: Some(Duration::from_secs(seconds)) };
        check(&every("10m"), "08:00:00", "08:00:00", "08:00:30", ended(3600), "09:00:30");
        check(&every("10m"), "08:00:00", "08:00:00", "08:00:30", ended(60), "08:20:00");
        check(&every("10m"), "08:00:00", "08:00:00", "08:00:30", ended(1_000_000_000), "2026-05-12T08:00:30Z");
    }

    #[test]
    fn a_failed_cron_run_is_repeated_in_a_slot() {
        let office = Schedule::cron("*/15 8-17 * * Mon-Fri", None).unwrap();
        check(&office, "08:00:00", "08:00:05", "08:00:30", failed(1), "08:30:00");
        check(&office, "17:45:00", "17:45:05", "17:45:30", failed(1), "2026-05-06T08:00:00Z");
        let daily = Schedule::cron("0 8 * * *", None).unwrap();
        check(&daily, "08:00:00", "08:00:05", "08:07:00", failed(1), "2026-05-06T08:00:00Z");
    }

    #[test]
    fn a_disabled_source_is_probed_daily() {
        check(&every("10m"), "08:00:00", "08:00:00", "08:00:30", Ended::Disabled, "2026-05-06T08:00:30Z");
        check(&every("1w"), "08:00:00", "08:00:00", "08:00:30", Ended::Disabled, "2026-05-12T08:00:30Z");
    }

    #[test]
    fn new_sources_begin_spread_within_their_interval() {
        let now = at("2026-05-05T08:00:00Z");
        let begin = |number: u32, count, schedule: &Schedule| {
            first_due(schedule, &format!("s{number}").parse().unwrap(), Seed(3), now, count).duration_since(now)
        };
        let hourly = every("1h");
        let begins: Vec<_> = (0..1000).map(|number| begin(number, 1000, &hourly).unsigned_abs()).collect();
        assert!(begins.iter().all(|begin| *begin < Duration::from_secs(500)));
        let early = begins.iter().filter(|begin| **begin < Duration::from_secs(250)).count();
        assert!((400..600).contains(&early), "{early}");
        assert!(begin(1, 1, &hourly).unsigned_abs() < START_STEP);
        assert!((0..100).all(|number| begin(number, 1000, &every("10s")).unsigned_abs() < Duration::from_secs(10)));
        assert_eq!(begin(1, 1, &Schedule::cron("0 8 * * *", None).unwrap()).unsigned_abs(), Duration::ZERO);
        assert_eq!(
            begin(1, 1, &Schedule::cron("59 7 * * *", None).unwrap()).unsigned_abs(),
            DAY - Duration::from_secs(60)
        );
    }
}
