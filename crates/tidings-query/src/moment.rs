//! Times as a query writes them: `2026-11-01`, `2026-11`, `2026-11-01T08:00:00Z`, `7d`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tidings_model::Timestamp;

use crate::vocabulary::TimeName;
use crate::{Moment, Node, Side, TimeField, TimeUnit, When};

/// What a time may look like, for errors.
pub(crate) const EXPECTED: &str = "`2026-10-01`, `2026-10-01T08:00:00Z`, or `7d`, `12h`, `2w` ago";

/// Longest time back, in units.
const MAX_COUNT: u32 = 9_999;

/// What `name:text` asks for; `None` where `text` is no time.
pub(crate) fn when(name: TimeName, text: &str) -> Option<Node> {
    let (time, side) = match name {
        TimeName::Before => (TimeField::Date, Side::Before),
        TimeName::After | TimeName::Since => (TimeField::Date, Side::From),
        TimeName::Found => return found(text),
    };
    Some(Node::When(When { time, side, moment: moment(text)? }))
}

/// `7d`, `2026-10-01`, `2026-10-01..2026-11-01`, `..2026-11-01`.
fn found(text: &str) -> Option<Node> {
    let (from, before) = match text.split_once("..") {
        Some((from, before)) => (from, before),
        None => (text, ""),
    };
    let side = |text: &str, side| {
        let when = |moment| Node::When(When { time: TimeField::Found, side, moment });
        if text.is_empty() { Some(None) } else { moment(text).map(when).map(Some) }
    };
    let (from, before) = (side(from, Side::From)?, side(before, Side::Before)?);
    let sides: Vec<Node> = [from, before].into_iter().flatten().collect();
    (!sides.is_empty()).then(|| Node::all(sides))
}

fn moment(text: &str) -> Option<Moment> {
    ago(text).or_else(|| day(text).map(Moment::At)).or_else(|| text.parse().ok().map(Moment::At))
}

fn ago(text: &str) -> Option<Moment> {
    let unit = match text.chars().next_back()? {
        'h' | 'H' => TimeUnit::Hour,
        'd' | 'D' => TimeUnit::Day,
        'w' | 'W' => TimeUnit::Week,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let count = digits.parse().ok().filter(|count| is_number && (1..=MAX_COUNT).contains(count))?;
    Some(Moment::Ago { count, unit })
}

/// The first instant of a day, month or year, in UTC. Web search engines take slashes and
/// single digits too.
fn day(text: &str) -> Option<Timestamp> {
    let mut parts = text.split(if text.contains('/') { '/' } else { '-' });
    let number = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        let is_number = lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { part.parse::<i16>().ok() } else { None }
    };
    let year = number(parts.next()?, 4..=4)?;
    let mut next = || parts.next().map_or(Some(1), |part| number(part, 1..=2));
    let (month, day) = (next()?, next()?);
    if parts.next().is_some() {
        return None;
    }
    let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: TimeName, text: &str, expected: Option<&str>) {
        assert_eq!(when(name, text).map(|node| node.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn times_have_one_spelling() {
        check(TimeName::After, "2026-10-01", Some("after:2026-10-01"));
        check(TimeName::Since, "2026/1/9", Some("after:2026-01-09"));
        check(TimeName::Before, "2026", Some("before:2026-01-01"));
        check(TimeName::Before, "2026-10", Some("before:2026-10-01"));
        check(TimeName::After, "7d", Some("since:7d"));
        check(TimeName::Before, "2w", Some("before:2w"));
        check(TimeName::After, "2026-10-01T08:00:00+07:00", Some("after:2026-10-01T01:00:00Z"));
        check(TimeName::After, "2026-10-01T00:00:00Z", Some("after:2026-10-01"));
        check(TimeName::Found, "12h", Some("found:12h"));
        check(TimeName::Found, "2026-10-01..2026-11-01", Some("found:2026-10-01 found:..2026-11-01"));
        check(TimeName::Found, "..7d", Some("found:..7d"));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "..", "yesterday", "7", "d", "0d", "10000d", "7m", "2026-13-01", "2026-02-30", "26-01-01"] {
            check(TimeName::Found, text, None);
        }
        check(TimeName::After, "2026-10-01T08:00:00", None);
        check(TimeName::After, "2026-10-01..2026-11-01", None);
    }

    #[test]
    fn moments_are_seen_from_now() {
        let now: Timestamp = "2026-11-22T10:00:00.5Z".parse().unwrap();
        let seen = |count, unit| Moment::Ago { count, unit }.seen_from(now).to_string();
        assert_eq!(seen(7, TimeUnit::Day), "2026-11-15T10:00:00.5Z");
        assert_eq!(seen(12, TimeUnit::Hour), "2026-11-21T22:00:00.5Z");
        assert_eq!(seen(2, TimeUnit::Week), "2026-11-08T10:00:00.5Z");
    }
}
