//! When a source is visited: `{ every = "10m" }` or `{ cron = "…", tz = "…" }`.

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tidings_model::{InvalidDuration, format_duration, nearest, parse_duration};

use crate::civil::CivilCron;
use crate::cron_field::InvalidField;

/// Shortest interval of a source; cron has no shorter one by itself.
pub const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// How many coming slots of a cron expression are looked at for its interval.
const SLOTS_LOOKED_AT: usize = 8;

/// When a source is visited.
///
/// Cron takes 5 or 6 fields (with seconds in front), weekdays by name or 0 to 7
/// (0 and 7 are Sunday), on the clocks of `tz`, which is UTC when it is not given.
/// A time that a clock change skips runs once after it, as much later as the clocks
/// jumped; one that it repeats runs once. What runs several times in every hour, as
/// `*/15 * * * *`, has a rhythm rather than times of the day, and keeps it through
/// an hour that is repeated. When both days of the month and weekdays are named,
/// either is enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Schedule {
    when: When,
}

#[derive(Clone, Debug, PartialEq)]
enum When {
    Every(Duration),
    Cron { text: String, civil: Box<CivilCron> },
}

/// The table as it stands in the configuration.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cron: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tz: Option<String>,
}

/// Why a schedule cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    #[error(
        "a schedule needs `every` or `cron`, as in {{ every = \"10m\" }} or {{ cron = \"0 8 * * Mon-Fri\", tz = \"Asia/Ho_Chi_Minh\" }}"
    )]
    Missing,
    #[error("a schedule has either `every` or `cron`, not both")]
    Both,
    #[error("`tz` belongs to `cron`; `every` has no time zone")]
    ZoneWithoutCron,
    #[error("every: {0}")]
    Every(InvalidDuration),
    #[error("every: `{every}` is too short; the shortest interval is {}", format_duration(MIN_INTERVAL))]
    TooShort { every: String },
    #[error(
        "cron: `{cron}` has {found} fields; expected 5 (minute, hour, day of month, month, weekday), or 6 with the second in front"
    )]
    FieldCount { cron: String, found: usize },
    #[error("cron: {invalid}")]
    Field { cron: String, invalid: InvalidField },
    #[error("cron: `{cron}` never comes: no month of its months has that day")]
    Never { cron: String },
    #[error("tz: there is no time zone `{tz}`; expected an IANA name such as `Asia/Ho_Chi_Minh`, `America/New_York` or `UTC`{}", nearest_zone(.tz).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    UnknownZone { tz: String },
}

impl Schedule {
    /// A visit every `interval`.
    ///
    /// # Errors
    ///
    /// When it is shorter than [`MIN_INTERVAL`].
    pub fn every(interval: Duration) -> Result<Self, ScheduleError> {
        if interval < MIN_INTERVAL {
            return Err(ScheduleError::TooShort { every: format_duration(interval) });
        }
        Ok(Self { when: When::Every(interval) })
    }

    /// Visits by a cron expression on the clocks of the zone `tz`, of UTC without one.
    ///
    /// # Errors
    ///
    /// When a field or the zone cannot be read, or the expression names no day that exists.
    pub fn cron(text: &str, tz: Option<&str>) -> Result<Self, ScheduleError> {
        let zone = match tz {
            None => TimeZone::UTC,
            Some(tz) => TimeZone::get(tz).map_err(|_| ScheduleError::UnknownZone { tz: tz.to_owned() })?,
        };
        let civil = Box::new(CivilCron::parse(text, zone)?);
        Ok(Self { when: When::Cron { text: text.to_owned(), civil } })
    }

    /// The first slot after `after`, where `after` is a slot itself for an interval.
    /// For cron in the year 2100, which has no next slot, it is [`Timestamp::MAX`].
    pub fn next_after(&self, after: Timestamp) -> Timestamp {
        match &self.when {
            When::Every(interval) => later(after, *interval),
            When::Cron { civil, .. } => civil.next_after(after).unwrap_or(Timestamp::MAX),
        }
    }

    /// The first slot after `now` for a source that has a slot at `slot`: an interval
    /// keeps its phase, and slots that were missed are not made up for.
    pub fn next_slot(&self, slot: Timestamp, now: Timestamp) -> Timestamp {
        match &self.when {
            When::Every(interval) => {
                let interval_ms = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
                let since_slot_ms = (now.as_millisecond() - slot.as_millisecond()).rem_euclid(interval_ms);
                later(now, Duration::from_millis((interval_ms - since_slot_ms).unsigned_abs()))
            }
            When::Cron { .. } => self.next_after(now),
        }
    }

    pub(crate) fn is_cron(&self) -> bool {
        matches!(self.when, When::Cron { .. })
    }

    /// The first moment at `earliest` or later at which it may run off its usual
    /// turn: that moment itself for an interval, a slot for cron, whose author chose
    /// the hours.
    pub(crate) fn from(&self, earliest: Timestamp) -> Timestamp {
        match &self.when {
            When::Every(_) => earliest,
            When::Cron { .. } => self.next_after(earliest - SignedDuration::from_nanos(1)),
        }
    }

    /// Shortest time between two of the slots that follow `after`.
    pub fn interval(&self, after: Timestamp) -> Duration {
        let civil = match &self.when {
            When::Every(interval) => return *interval,
            When::Cron { civil, .. } => civil,
        };
        let slots: Vec<Timestamp> = std::iter::successors(civil.next_after(after), |slot| civil.next_after(*slot))
            .take(SLOTS_LOOKED_AT)
            .collect();
        let gaps = slots.windows(2).map(|pair| pair[1].duration_since(pair[0]).unsigned_abs());
        gaps.min().unwrap_or(crate::MAX_BACKOFF)
    }
}

/// `at + by`, or the end of time.
pub fn later(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| at.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

fn nearest_zone(wrong: &str) -> Option<String> {
    let mut known: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    known.sort();
    nearest(&wrong.replace(' ', "_"), known.iter().map(String::as_str)).map(str::to_owned)
}

impl TryFrom<Written> for Schedule {
    type Error = ScheduleError;

    fn try_from(written: Written) -> Result<Self, ScheduleError> {
        match written {
            Written { every: Some(_), cron: Some(_), .. } => Err(ScheduleError::Both),
            Written { every: None, cron: None, .. } => Err(ScheduleError::Missing),
            Written { every: Some(_), tz: Some(_), .. } => Err(ScheduleError::ZoneWithoutCron),
            Written { every: Some(every), .. } => Self::every(parse_duration(&every).map_err(ScheduleError::Every)?),
            Written { cron: Some(cron), tz, .. } => Self::cron(&cron, tz.as_deref()),
        }
    }
}

impl From<Schedule> for Written {
    fn from(schedule: Schedule) -> Self {
        match schedule.when {
            When::Every(interval) => Self { every: Some(format_duration(interval)), cron: None, tz: None },
            When::Cron { text, civil } => {
                let tz = civil.zone().iana_name().unwrap_or("UTC").to_owned();
                Self { every: None, cron: Some(text), tz: Some(tz) }
            }
        }
    }
}

/// `every 10m`, or the expression with its zone.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.when {
            When::Every(interval) => write!(f, "every {}", format_duration(*interval)),
            When::Cron { text, civil } => write!(f, "{text} {}", civil.zone().iana_name().unwrap_or("UTC")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<Schedule, String> {
        #[derive(Deserialize)]
        struct Source {
            schedule: Schedule,
        }
        let source: Source =
            toml::from_str(&format!("schedule = {toml}")).map_err(|error| error.message().to_owned())?;
        Ok(source.schedule)
    }

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    #[track_caller]
    fn check_error(toml: &str, expected: &str) {
        let error = read(toml).expect_err("it is wrong");
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn is_read_as_it_is_shown() {
        for (toml, shown) in [
            (r#"{ every = "10m" }"#, "every 10m"),
            (r#"{ every = "90m" }"#, "every 1h30m"),
            (
                r#"{ cron = "*/15 8-18 * * Mon-Fri", tz = "Asia/Ho_Chi_Minh" }"#,
                "*/15 8-18 * * Mon-Fri Asia/Ho_Chi_Minh",
            ),
            (r#"{ cron = "0 0 8 * * 1" }"#, "0 0 8 * * 1 UTC"),
        ] {
            let schedule = read(toml).unwrap();
            assert_eq!(schedule.to_string(), shown);
            let json = serde_json::to_string(&schedule).unwrap();
            assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), schedule);
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_what_was_expected() {
        check_error("{ }", "a schedule needs `every` or `cron`");
        check_error(r#"{ every = "1h", cron = "0 * * * *" }"#, "a schedule has either `every` or `cron`");
        check_error(r#"{ every = "1h", tz = "UTC" }"#, "`tz` belongs to `cron`");
        check_error(r#"{ evry = "1h" }"#, "unknown field `evry`, expected one of `every`, `cron`, `tz`");
        check_error(r#"{ every = "10" }"#, "every: `10` is no duration");
        check_error(r#"{ every = "100ms" }"#, "every: `100ms` is too short; the shortest interval is 1s");
        check_error(r#"{ every = "900d" }"#, "every: `900d` is no duration");
        check_error(r#"{ cron = "0 8 * *" }"#, "cron: `0 8 * *` has 4 fields; expected 5");
        check_error(r#"{ cron = "@daily" }"#, "cron: `@daily` has 1 fields; expected 5");
        check_error(r#"{ cron = "0 25 * * *" }"#, "cron: hour `25` is out of range; expected 0-23");
        check_error(r#"{ cron = "0 0 31 2,4 *" }"#, "cron: `0 0 31 2,4 *` never comes");
    }

    #[test]
    fn a_misspelt_zone_is_refused_with_the_nearest_one() {
        check_error(
            r#"{ cron = "0 8 * * *", tz = "Asia/Ho Chi Min" }"#,
            "tz: there is no time zone `Asia/Ho Chi Min`; expected an IANA name such as `Asia/Ho_Chi_Minh`, \
             `America/New_York` or `UTC`; did you mean `Asia/Ho_Chi_Minh`?",
        );
    }

    #[test]
    fn an_interval_keeps_its_phase_and_makes_up_for_nothing() {
        let schedule = read(r#"{ every = "10m" }"#).unwrap();
        let slot = at("2026-01-01T00:03:00Z");
        assert_eq!(schedule.next_slot(slot, at("2026-01-01T00:03:20Z")), at("2026-01-01T00:13:00Z"));
        assert_eq!(schedule.next_slot(slot, at("2026-01-01T00:13:00Z")), at("2026-01-01T00:23:00Z"));
        assert_eq!(schedule.next_slot(slot, at("2026-01-03T07:51:07Z")), at("2026-01-03T07:53:00Z"));
        assert_eq!(schedule.next_slot(slot, at("2025-12-31T23:59:00Z")), slot);
        assert_eq!(schedule.next_slot(slot, at("2025-12-31T00:00:00Z")), at("2025-12-31T00:03:00Z"));
    }

    #[test]
    fn a_cron_slot_that_was_missed_is_not_made_up_for() {
        let schedule = read(r#"{ cron = "0 8 * * *" }"#).unwrap();
        let slot = at("2026-01-01T08:00:00Z");
        assert_eq!(schedule.next_slot(slot, at("2026-01-01T08:00:30Z")), at("2026-01-02T08:00:00Z"));
        assert_eq!(schedule.next_slot(slot, at("2026-01-05T09:00:00Z")), at("2026-01-06T08:00:00Z"));
    }

    #[test]
    fn the_interval_of_cron_is_that_of_its_densest_slots() {
        let interval = |toml, after| read(toml).unwrap().interval(at(after));
        let minutes = |count: u64| Duration::from_secs(60 * count);
        assert_eq!(interval(r#"{ cron = "*/15 8-18 * * *" }"#, "2026-01-01T18:50:00Z"), minutes(15));
        assert_eq!(interval(r#"{ cron = "0 8 * * Mon-Fri" }"#, "2026-01-02T09:00:00Z"), minutes(24 * 60));
        assert_eq!(interval(r#"{ cron = "0 8,9 * * *" }"#, "2026-01-02T08:30:00Z"), minutes(60));
    }
}
