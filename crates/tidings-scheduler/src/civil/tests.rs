//! Clock changes, case by case, and a comparison with another implementation.

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;

use super::*;

const NEW_YORK: &str = "America/New_York";
const LORD_HOWE: &str = "Australia/Lord_Howe";
const HO_CHI_MINH: &str = "Asia/Ho_Chi_Minh";

fn cron(text: &str, zone: &str) -> CivilCron {
    CivilCron::parse(text, TimeZone::get(zone).unwrap()).unwrap()
}

/// The runs after `from`, as the clocks of the zone show them, with their offset.
fn runs(text: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let cron = cron(text, zone);
    let from = from.parse().unwrap();
    std::iter::successors(cron.next_after(from), |run| cron.next_after(*run))
        .take(count)
        .map(|run| run.to_zoned(cron.zone.clone()).strftime("%m-%d %H:%M%:z").to_string())
        .collect()
}

#[track_caller]
fn check(text: &str, zone: &str, from: &str, expected: &[&str]) {
    assert_eq!(runs(text, zone, from, expected.len()), expected);
}

/// In 2026 New York goes from 02:00 to 03:00 on 8 March, from 02:00 back to 01:00 on 1 November.
#[test]
fn a_skipped_time_runs_once_after_the_change() {
    let eve = "2026-03-07T00:00:00-05:00";
    check("30 2 * * *", NEW_YORK, eve, &["03-07 02:30-05:00", "03-08 03:30-04:00", "03-09 02:30-04:00"]);
    let night = "2026-03-08T00:00:00-05:00";
    check("0 2,3 * * *", NEW_YORK, night, &["03-08 03:00-04:00", "03-09 02:00-04:00", "03-09 03:00-04:00"]);
    check(
        "*/20 2 * * *",
        NEW_YORK,
        night,
        &["03-08 03:00-04:00", "03-08 03:20-04:00", "03-08 03:40-04:00", "03-09 02:00-04:00"],
    );
}

#[test]
fn a_repeated_time_runs_once() {
    let eve = "2026-10-31T00:00:00-04:00";
    check("30 1 * * *", NEW_YORK, eve, &["10-31 01:30-04:00", "11-01 01:30-04:00", "11-02 01:30-05:00"]);
    let night = "2026-11-01T00:00:00-04:00";
    check("0,30 1 * * *", NEW_YORK, night, &["11-01 01:00-04:00", "11-01 01:30-04:00", "11-02 01:00-05:00"]);
    check("15 * * * *", NEW_YORK, night, &["11-01 00:15-04:00", "11-01 01:15-04:00", "11-01 02:15-05:00"]);
    // Asked in the hour that is repeated, or at the change itself, it has run already.
    check("30 1 * * *", NEW_YORK, "2026-11-01T01:10:00-05:00", &["11-02 01:30-05:00"]);
    check("0 1 * * *", NEW_YORK, "2026-11-01T00:59:59-05:00", &["11-02 01:00-05:00"]);
}

#[test]
fn a_rhythm_goes_on_through_a_clock_change() {
    check(
        "*/30 * * * *",
        NEW_YORK,
        "2026-11-01T00:30:00-04:00",
        &["11-01 01:00-04:00", "11-01 01:30-04:00", "11-01 01:00-05:00", "11-01 01:30-05:00", "11-01 02:00-05:00"],
    );
    check(
        "*/30 * * * *",
        NEW_YORK,
        "2026-03-08T01:00:00-05:00",
        &["03-08 01:30-05:00", "03-08 03:00-04:00", "03-08 03:30-04:00", "03-08 04:00-04:00"],
    );
}

/// In 2026 Lord Howe goes from 02:00 back to 01:30 on 5 April, from 02:00 to 02:30 on 4 October.
#[test]
fn a_change_of_half_an_hour_is_no_exception() {
    let spring = "2026-10-04T00:00:00+10:30";
    check("10 2 * * *", LORD_HOWE, spring, &["10-04 02:40+11:00", "10-05 02:10+11:00"]);
    check("10,35 2 * * *", LORD_HOWE, spring, &["10-04 02:35+11:00", "10-04 02:40+11:00", "10-05 02:10+11:00"]);
    let autumn = "2026-04-05T01:00:00+11:00";
    check("45 1 * * *", LORD_HOWE, autumn, &["04-05 01:45+11:00", "04-06 01:45+10:30"]);
    check(
        "*/15 * * * *",
        LORD_HOWE,
        "2026-04-05T01:15:00+11:00",
        &["04-05 01:30+11:00", "04-05 01:45+11:00", "04-05 01:30+10:30", "04-05 01:45+10:30", "04-05 02:00+10:30"],
    );
}

/// Samoa went over the date line at the end of 29 December 2011: there was no 30th.
#[test]
fn a_day_that_never_was_owes_one_run() {
    check(
        "0 8 * * *",
        "Pacific/Apia",
        "2011-12-28T12:00:00-10:00",
        &["12-29 08:00-10:00", "12-31 08:00+14:00", "01-01 08:00+14:00"],
    );
}

#[test]
fn office_hours_end_with_the_week() {
    check(
        "*/15 8-18 * * Mon-Fri",
        HO_CHI_MINH,
        "2026-11-20T18:30:00+07:00",
        &["11-20 18:45+07:00", "11-23 08:00+07:00", "11-23 08:15+07:00"],
    );
}

#[test]
fn six_fields_begin_with_the_second() {
    let cron = cron("30 0 8 * * *", "UTC");
    let run = cron.next_after("2026-01-01T00:00:00.5Z".parse().unwrap()).unwrap();
    assert_eq!(run.to_string(), "2026-01-01T08:00:30Z");
    assert_eq!(cron.next_after(run).unwrap().to_string(), "2026-01-02T08:00:30Z");
}

#[test]
fn either_a_day_of_the_month_or_a_weekday_is_enough() {
    let from = "2026-06-01T12:00:00Z";
    check("0 0 15 * Mon", "UTC", from, &["06-08 00:00+00:00", "06-15 00:00+00:00", "06-22 00:00+00:00"]);
    check("0 0 10 * Mon", "UTC", from, &["06-08 00:00+00:00", "06-10 00:00+00:00", "06-15 00:00+00:00"]);
}

#[test]
fn a_leap_day_is_waited_for() {
    check("0 0 29 2 *", HO_CHI_MINH, "2026-01-01T00:00:00Z", &["02-29 00:00+07:00"]);
    assert_eq!(cron("0 0 29 2 *", "UTC").next_after("2096-03-01T00:00:00Z".parse().unwrap()), None);
}

fn list(values: std::ops::RangeInclusive<u8>, most: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just("*".to_owned()),
        3 => prop::collection::btree_set(values, 1..=most)
            .prop_map(|set| set.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(",")),
    ]
}

prop_compose! {
    fn any_cron()(
        minute in list(0..=59, 4),
        hour in list(0..=23, 6),
        day in list(1..=28, 4),
        month in list(1..=12, 6),
        weekday in list(0..=7, 3),
    ) -> String {
        format!("{minute} {hour} {day} {month} {weekday}")
    }
}

const ZONES: [&str; 9] = [
    "UTC",
    HO_CHI_MINH,
    NEW_YORK,
    LORD_HOWE,
    "Europe/Berlin",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
];

fn any_zone() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&ZONES[..])
}

/// Whether the zone's clocks change within three days of `at`.
fn is_near_change(zone: &TimeZone, at: Timestamp) -> bool {
    let offset = |hours: i64| zone.to_offset(at + SignedDuration::from_hours(hours));
    let first = offset(-72);
    (-71..=72).any(|hours| offset(hours) != first)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Away from clock changes all implementations mean the same by an expression.
    #[test]
    fn agrees_with_croner_where_clocks_stand_still(
        text in any_cron(), zone in any_zone(), second in 1_600_000_000_i64..2_200_000_000,
    ) {
        let ours = cron(&text, zone);
        let theirs: croner::Cron = text.parse().unwrap();
        let mut at = Timestamp::from_second(second).unwrap();
        for _ in 0..20 {
            let next = ours.next_after(at).unwrap();
            let expected = theirs.find_next_occurrence(&at.to_zoned(ours.zone.clone()), false).unwrap().timestamp();
            prop_assert!(
                next == expected || is_near_change(&ours.zone, next) || is_near_change(&ours.zone, expected),
                "{} {} after {}: {} against {}", text, zone, at, next, expected
            );
            at = next;
        }
    }

    /// Every day of two years brings a daily run once, at its time, unless the clocks skipped it.
    #[test]
    fn a_daily_run_comes_once_a_day(minute in 0_i8..60, hour in 0_i8..24, zone in any_zone()) {
        let cron = cron(&format!("{minute} {hour} * * *"), zone);
        let from = Date::constant(2025, 12, 31).at(23, 59, 59, 0).to_zoned(cron.zone.clone()).unwrap();
        let mut at = from.timestamp();
        for day in 0..730 {
            let date = Date::constant(2026, 1, 1).checked_add(day.days()).unwrap();
            at = cron.next_after(at).unwrap();
            let expected = cron.zone.to_ambiguous_zoned(date.at(hour, minute, 0, 0)).compatible().unwrap();
            prop_assert_eq!(at, expected.timestamp(), "{}", date);
        }
    }

    /// Runs are later than what they follow, and asking between two runs skips none.
    #[test]
    fn time_only_goes_forward(text in any_cron(), zone in any_zone(), second in 1_600_000_000_i64..2_200_000_000) {
        let cron = cron(&text, zone);
        let at = Timestamp::from_second(second).unwrap();
        let next = cron.next_after(at).unwrap();
        prop_assert!(at < next);
        let between = at + (next.duration_since(at) / 2);
        prop_assert_eq!(cron.next_after(between).unwrap(), next);
        prop_assert_eq!(cron.next_after(next - SignedDuration::from_secs(1)).unwrap(), next);
    }
}

#[test]
fn a_rhythm_never_pauses() {
    for zone in ZONES {
        for step in [1_i64, 5, 10, 15, 30] {
            let cron = cron(&format!("*/{step} * * * *"), zone);
            let start = "2026-01-01T00:00:00Z".parse().unwrap();
            for change in cron.zone.following(start).take(4) {
                let mut at = change.timestamp() - SignedDuration::from_hours(3);
                while at < change.timestamp() + SignedDuration::from_hours(3) {
                    let next = cron.next_after(at).unwrap();
                    assert!(next.duration_since(at) <= SignedDuration::from_mins(step), "{zone}: {at}, then {next}");
                    at = next;
                }
            }
        }
    }
}
