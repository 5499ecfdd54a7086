//! Hours in which nothing is sent: what is owed then waits for their end.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::TimeOfDay;

/// From one time of the day to another, over midnight where the second is the earlier: `22:00-07:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    from: TimeOfDay,
    to: TimeOfDay,
}

/// A text that names no hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` are no quiet hours: expected two different times of the day such as `22:00-07:00`")]
pub struct InvalidQuietHours(String);

impl QuietHours {
    /// The end of the quiet hours that `at` lies in, on the clocks of `zone`; `None` outside.
    ///
    /// A day whose clocks change is as long as it is there: the end is where the clocks
    /// first show `to` or later.
    pub fn end(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = at.to_zoned(zone.clone());
        let now = TimeOfDay::of(local.time());
        let is_quiet =
            if self.from < self.to { self.from <= now && now < self.to } else { self.from <= now || now < self.to };
        if !is_quiet {
            return None;
        }
        let day = if now < self.to { local.date() } else { local.date().tomorrow().ok()? };
        let end = zone.to_ambiguous_timestamp(day.to_datetime(self.to.to_civil())).compatible().ok()?;
        // Clocks set back may show a quiet time again behind that end; it has ended all the same.
        Some(end.max(at + SignedDuration::from_secs(1)))
    }
}

impl FromStr for QuietHours {
    type Err = InvalidQuietHours;

    fn from_str(text: &str) -> Result<Self, InvalidQuietHours> {
        let times = text
            .split_once(['-', '–'])
            .and_then(|(from, to)| Some((from.trim().parse().ok()?, to.trim().parse().ok()?)));
        match times {
            Some((from, to)) if from != to => Ok(Self { from, to }),
            _ => Err(InvalidQuietHours(text.to_owned())),
        }
    }
}

impl TryFrom<String> for QuietHours {
    type Error = InvalidQuietHours;

    fn try_from(text: String) -> Result<Self, InvalidQuietHours> {
        text.parse()
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> Self {
        hours.to_string()
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hours: &str, zone: &str, at: &str, expected: Option<&str>) {
        let zone = TimeZone::get(zone).unwrap();
        let end = hours.parse::<QuietHours>().unwrap().end(at.parse().unwrap(), &zone);
        assert_eq!(end.map(|end| end.to_string()).as_deref(), expected);
    }

    #[test]
    fn they_end_at_their_end_over_midnight_too() {
        check("22:00-07:00", "Asia/Ho_Chi_Minh", "2026-11-20T16:00:00Z", Some("2026-11-21T00:00:00Z"));
        check("22:00-07:00", "Asia/Ho_Chi_Minh", "2026-11-20T23:59:00Z", Some("2026-11-21T00:00:00Z"));
        check("22:00-07:00", "Asia/Ho_Chi_Minh", "2026-11-21T00:00:00Z", None);
        check("22:00-07:00", "UTC", "2026-11-21T22:00:00Z", Some("2026-11-22T07:00:00Z"));
        check("12:00-13:30", "UTC", "2026-11-21T12:10:00Z", Some("2026-11-21T13:30:00Z"));
        check("12:00-13:30", "UTC", "2026-11-21T13:30:00Z", None);
    }

    #[test]
    fn an_end_that_the_clocks_skip_comes_after_the_jump() {
        check("22:00-02:30", "America/New_York", "2026-03-08T06:00:00Z", Some("2026-03-08T07:30:00Z"));
    }

    #[test]
    fn an_hour_that_comes_twice_is_quiet_once() {
        // 01:45 for the second time; the quiet hours ended at 01:30 of the first.
        check("22:00-01:30", "America/New_York", "2026-11-01T05:10:00Z", Some("2026-11-01T05:30:00Z"));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "22:00", "22:00-22:00", "25:00-07:00", "22-07"] {
            assert!(text.parse::<QuietHours>().is_err(), "{text}");
        }
    }
}
