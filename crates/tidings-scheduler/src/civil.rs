//! A cron expression run on the clocks of a time zone.
//!
//! The `cron` crate searches on civil time, as if that were UTC, and never hears of
//! a clock change; here its matches become instants, one stretch of constant UTC
//! offset after the other.

use std::str::FromStr;

use chrono::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::ScheduleError;
use crate::cron_field::{CronField, Values};

/// A checked cron expression with its zone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CivilCron {
    /// Two where both days of the month and weekdays are named: either is enough, as in crontab.
    matches: Vec<cron::Schedule>,
    zone: TimeZone,
    /// Whether it runs several times in every hour. Then it has a rhythm rather
    /// than times of the day, and keeps it through an hour that is repeated.
    is_rhythm: bool,
}

/// Seconds since 1970 on the clocks of some zone, as if they showed UTC.
type CivilSecond = i64;

impl CivilCron {
    pub(crate) fn parse(text: &str, zone: TimeZone) -> Result<Self, ScheduleError> {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        match words.len() {
            5 => words.insert(0, "0"),
            6 => {}
            found => return Err(ScheduleError::FieldCount { cron: text.to_owned(), found }),
        }
        let mut fields = Vec::with_capacity(6);
        for (field, word) in CronField::ALL.into_iter().zip(words) {
            let refused = |invalid| ScheduleError::Field { cron: text.to_owned(), invalid };
            fields.push(field.parse(word).map_err(refused)?);
        }
        let [second, minute, hour, day, month, weekday] =
            <[Values; 6]>::try_from(fields).expect("there are as many fields as words");
        let days = if day.is_all() || weekday.is_all() {
            vec![format!("{day} {month} {weekday}")]
        } else {
            vec![format!("{day} {month} *"), format!("* {month} {weekday}")]
        };
        let time = format!("{second} {minute} {hour}");
        let matches = days.iter().map(|days| {
            cron::Schedule::from_str(&format!("{time} {days}")).expect("sorted numbers in range are a cron expression")
        });
        let is_rhythm = hour.is_all() && 1 < second.len() * minute.len();
        let cron = Self { matches: matches.collect(), zone, is_rhythm };
        if cron.first_match_after(0).is_none() {
            return Err(ScheduleError::Never { cron: text.to_owned() });
        }
        Ok(cron)
    }

    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The first run after `after`; `None` past the year 2100, where the calendar of
    /// the `cron` crate ends.
    pub(crate) fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let mut after = after.as_second();
        let mut stretch = Stretch::around(&self.zone, after)?;
        loop {
            if let Some(found) = self.next_within(&stretch, after) {
                return Timestamp::from_second(found).ok();
            }
            self.first_match_after(after.checked_add(stretch.offset)?)?;
            let end = stretch.end?;
            stretch = Stretch::around(&self.zone, end)?;
            after = end - 1;
        }
    }

    /// The first run after `after` that `stretch` holds or owes.
    fn next_within(&self, stretch: &Stretch, after: i64) -> Option<i64> {
        let Stretch { start, end, offset_before, offset } = *stretch;
        let mut low = after + offset;
        if offset < offset_before && !self.is_rhythm {
            // The clocks went back: what they show again was served the first time.
            low = low.max(start + offset_before - 1);
        }
        let shown =
            self.first_match_after(low).map(|civil| civil - offset).filter(|at| end.is_none_or(|end| *at < end));
        let skipped = if offset_before < offset {
            // The clocks went forward: what they never showed runs as much later.
            let low = (after + offset_before).max(start + offset_before - 1);
            let civil = self.first_match_after(low).filter(|civil| *civil < start + offset);
            civil.map(|civil| civil - offset_before)
        } else {
            None
        };
        shown.into_iter().chain(skipped).min()
    }

    fn first_match_after(&self, after: CivilSecond) -> Option<CivilSecond> {
        let after = DateTime::from_timestamp(after, 0)?;
        self.matches.iter().filter_map(|matches| matches.after(&after).next()).map(|found| found.timestamp()).min()
    }
}

/// A time between two clock changes; everything in seconds.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: i64,
    /// Its first second is no part of it; `None` when the clocks never change again.
    end: Option<i64>,
    /// Offset from UTC before `start`.
    offset_before: i64,
    offset: i64,
}

impl Stretch {
    fn around(zone: &TimeZone, second: i64) -> Option<Self> {
        let at = Timestamp::from_second(second).ok()?;
        // `preceding` is strict, and a change in this very second begins the stretch.
        let behind = at.checked_add(SignedDuration::from_nanos(1)).ok()?;
        let offset = i64::from(zone.to_offset(at).seconds());
        let change = zone.preceding(behind).next().map(|change| change.timestamp());
        let offset_before = match change {
            Some(change) => {
                let before = change.checked_sub(SignedDuration::from_nanos(1)).ok()?;
                i64::from(zone.to_offset(before).seconds())
            }
            None => offset,
        };
        Some(Self {
            start: change.map_or(i64::MIN / 2, Timestamp::as_second),
            end: zone.following(at).next().map(|change| change.timestamp().as_second()),
            offset_before,
            offset,
        })
    }
}

#[cfg(test)]
mod tests;
