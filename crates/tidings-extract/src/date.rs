//! Dates as people and programs write them: RFC 822 and its many misspellings, ISO 8601 and W3CDTF, asctime, plain
//! English and Vietnamese, month names of the larger European languages, Chinese, Japanese and Korean numerals.

mod iso;
mod names;
mod relative;
mod words;
mod zone;

use jiff::civil;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// Longest text that is looked at; no date is longer.
const MAX_LENGTH: usize = 120;

/// Which number of `03/04/2026` is the day. A property of the place a text comes from, so it is never guessed from
/// the numbers alone, save where one of them is above 12.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DayOrder {
    #[default]
    Unknown,
    DayFirst,
    MonthFirst,
}

impl DayOrder {
    /// The custom of a language tag, `en-US` or `vi`. Plain `en` says nothing.
    pub fn of_lang(lang: &str) -> Self {
        let lang = lang.trim().to_ascii_lowercase().replace('_', "-");
        match lang.split('-').next().unwrap_or_default() {
            "" => Self::Unknown,
            "en" if lang == "en" => Self::Unknown,
            "en" if matches!(lang.as_str(), "en-us" | "en-ph") => Self::MonthFirst,
            // Year first is their custom, which is plain to see.
            "zh" | "ja" | "ko" | "hu" | "lt" | "mn" => Self::Unknown,
            _ => Self::DayFirst,
        }
    }
}

/// Reads a date with or without a time. A date alone is its midnight, and a time without a zone is in UTC; a two-digit
/// year below 90 is in this century. `None` when day, month or year is missing, impossible or ambiguous.
pub fn parse(text: &str, order: DayOrder) -> Option<Timestamp> {
    parse_in(text, order, &TimeZone::UTC)
}

/// As [`parse`], and what is told from the day of the reader too: `yesterday at 14:05`, `2 giờ trước`, `Monday at 9:00`.
/// Days begin at midnight in the zone of `now`, in which a time without a zone is as well.
pub fn parse_near(text: &str, order: DayOrder, now: &Zoned) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() < 2 || MAX_LENGTH < text.len() {
        return None;
    }
    relative::parse(text, now).or_else(|| parse_in(text, order, now.time_zone()))
}

fn parse_in(text: &str, order: DayOrder, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() < 4 || MAX_LENGTH < text.len() {
        return None;
    }
    iso::parse(text, zone).or_else(|| words::parse(text, order, zone))
}

/// The parts of a moment, to be checked together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Moment {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    /// East of UTC, where it is stated.
    offset_seconds: Option<i32>,
}

impl Moment {
    /// In `zone` where it states none itself.
    fn timestamp(self, zone: &TimeZone) -> Option<Timestamp> {
        let date = civil::Date::new(self.year, self.month, self.day).ok()?;
        // 24:00 is the end of a day, and a leap second is taken as the one before.
        let (date, hour) = match (self.hour, self.minute, self.second) {
            (24, 0, 0) => (date.tomorrow().ok()?, 0),
            _ => (date, self.hour),
        };
        let time = civil::Time::new(hour, self.minute, self.second.min(59), 0).ok()?;
        if self.second > 60 {
            return None;
        }
        let local = date.to_datetime(time);
        match self.offset_seconds {
            Some(seconds) => Offset::from_seconds(seconds).ok()?.to_timestamp(local).ok(),
            None => zone.to_timestamp(local).ok(),
        }
    }
}

/// The century of a two-digit year.
fn full_year(year: u32, digits: usize) -> Option<i16> {
    let year = match digits {
        1 | 2 if year < 90 => year + 2000,
        1 | 2 => year + 1900,
        _ => year,
    };
    i16::try_from(year).ok().filter(|year| (1..=9999).contains(year))
}

#[cfg(test)]
mod tests;
