//! ISO 8601 and W3CDTF: `2026-11-22T08:30:00+07:00`, `2026-11-22 08:30`, `20261122T083000Z`, `2026-326`, `2026-11`, `2026`.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Moment;

/// Reads a text that begins with a four-digit year.
pub(super) fn parse(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let mut cursor = Cursor(text.as_bytes());
    let mut moment = Moment { month: 1, day: 1, ..Moment::default() };
    let run = cursor.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut ordinal = None;
    match run {
        // Seconds and milliseconds since 1970, as some programs write them.
        9 | 10 if text.len() == run => return Timestamp::from_second(text.parse().ok()?).ok(),
        13 if text.len() == run => return Timestamp::from_millisecond(text.parse().ok()?).ok(),
        4 => {
            moment.year = cursor.number(4)?;
            if let Some(separator) = cursor.0.first().copied().filter(|byte| matches!(byte, b'-' | b'/' | b'.')) {
                cursor.skip();
                if cursor.digits() == 3 {
                    ordinal = Some(cursor.number(3)?);
                } else {
                    moment.month = cursor.short()?;
                    if cursor.0.first() == Some(&separator) {
                        cursor.skip();
                        moment.day = cursor.short()?;
                    } else if separator != b'-' {
                        return None;
                    }
                }
            }
        }
        7 => (moment.year, ordinal) = (cursor.number(4)?, Some(cursor.number(3)?)),
        8 | 12 | 14 => {
            (moment.year, moment.month, moment.day) = (cursor.number(4)?, cursor.two()?, cursor.two()?);
        }
        _ => return None,
    }
    if cursor.0.first().is_some_and(|byte| matches!(byte, b'T' | b't' | b' ' | b',')) {
        cursor.0 = &cursor.0[1..];
        cursor.spaces();
        if cursor.digits() == 0 && !cursor.0.is_empty() {
            return None;
        }
    }
    if !cursor.0.is_empty() && cursor.digits() > 0 {
        time(&mut cursor, &mut moment)?;
    }
    let rest = std::str::from_utf8(cursor.0).ok()?;
    moment.offset_seconds = super::zone::parse(rest)?;
    let timestamp = moment.timestamp(zone)?;
    match ordinal {
        Some(day @ 1..=366_i16) => {
            timestamp.checked_add(jiff::SignedDuration::from_hours(24 * i64::from(day - 1))).ok()
        }
        Some(_) => None,
        None => Some(timestamp),
    }
}

/// `08`, `08:30`, `08:30:15.25`, `0830`, `083015`.
fn time(cursor: &mut Cursor<'_>, moment: &mut Moment) -> Option<()> {
    let compact = cursor.digits() >= 4;
    moment.hour = cursor.short()?;
    let colon = |cursor: &mut Cursor<'_>| {
        let more = if compact { cursor.digits() >= 2 } else { cursor.0.first() == Some(&b':') };
        if more && !compact {
            cursor.skip();
        }
        more
    };
    if colon(cursor) {
        moment.minute = cursor.short()?;
        if colon(cursor) {
            moment.second = cursor.short()?;
        }
    }
    if cursor.0.first().is_some_and(|byte| matches!(byte, b'.' | b',')) {
        cursor.skip();
        cursor.0 = &cursor.0[cursor.digits()..];
    }
    Some(())
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn digits(&self) -> usize {
        self.0.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    fn number(&mut self, length: usize) -> Option<i16> {
        let (digits, rest) = self.0.split_at_checked(length)?;
        let value = digits
            .iter()
            .try_fold(0_i16, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i16::from(byte - b'0')))?;
        self.0 = rest;
        Some(value)
    }

    fn two(&mut self) -> Option<i8> {
        self.number(2).and_then(|value| i8::try_from(value).ok())
    }

    /// One digit or two.
    fn short(&mut self) -> Option<i8> {
        let length = self.digits().min(2);
        if length == 0 {
            return None;
        }
        self.number(length).and_then(|value| i8::try_from(value).ok())
    }

    fn skip(&mut self) {
        self.0 = &self.0[1..];
    }

    fn spaces(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }
}
