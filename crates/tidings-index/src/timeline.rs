//! Findings a day, week or month, in UTC.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::{Bucket, Interval};

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// The day of a column's date, counted from 1970-01-01.
pub(crate) fn day_of(micros: i64) -> i64 {
    micros.div_euclid(DAY_MICROS)
}

/// Adds the days up by `interval`, earliest first. Intervals without a finding are left out.
pub(crate) fn buckets(days: &BTreeMap<i64, u64>, interval: Interval) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::new();
    for (day, count) in days {
        let from = start_of(*day, interval);
        match buckets.last_mut() {
            Some(last) if last.from == from => last.count += count,
            _ => buckets.push(Bucket { from, count: *count }),
        }
    }
    buckets
}

fn start_of(day: i64, interval: Interval) -> Timestamp {
    let instant = Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_hours(day.saturating_mul(24)));
    let date = instant.unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::UTC).date();
    let start = match interval {
        Interval::Day => date,
        Interval::Week => monday_of(date),
        Interval::Month => date.first_of_month(),
    };
    start.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |start| start.timestamp())
}

/// The Monday on or before `date`; at the beginning of time, `date` itself.
fn monday_of(date: Date) -> Date {
    if date.weekday() == Weekday::Monday {
        return date;
    }
    date.nth_weekday(-1, Weekday::Monday).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(interval: Interval, expected: &[(&str, u64)]) {
        let day = |date: &str| day_of(format!("{date}T23:00:00Z").parse::<Timestamp>().unwrap().as_microsecond());
        let days = [("2026-11-30", 1), ("2026-12-01", 2), ("2026-12-06", 4), ("2026-12-07", 8)];
        let days = days.iter().map(|(date, count)| (day(date), *count)).collect();
        let found: Vec<(String, u64)> =
            buckets(&days, interval).iter().map(|bucket| (bucket.from.to_string(), bucket.count)).collect();
        let expected: Vec<(String, u64)> =
            expected.iter().map(|(date, count)| (format!("{date}T00:00:00Z"), *count)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn days_add_up() {
        check(Interval::Day, &[("2026-11-30", 1), ("2026-12-01", 2), ("2026-12-06", 4), ("2026-12-07", 8)]);
        check(Interval::Week, &[("2026-11-30", 7), ("2026-12-07", 8)]);
        check(Interval::Month, &[("2026-11-01", 1), ("2026-12-01", 14)]);
    }

    #[test]
    fn days_before_1970_are_days() {
        assert_eq!(day_of(-1), -1);
        assert_eq!(start_of(-1, Interval::Day), "1969-12-31T00:00:00Z".parse().unwrap());
    }
}
