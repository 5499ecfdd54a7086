//! Dates in words, read piece by piece: numbers, names, a time, a zone, in whatever order and with whatever between.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{DayOrder, Moment, full_year, names, zone};

pub(super) fn parse(text: &str, order: DayOrder, zone: &TimeZone) -> Option<Timestamp> {
    let lower = text.to_lowercase().replace("a.m.", "am").replace("p.m.", "pm");
    let mut reading = Reading::default();
    let mut rest = lower.as_str();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '0'..='9' => reading.number(rest)?,
            '+' | '-' | '\u{2212}' => reading.sign(rest),
            _ if first.is_alphabetic() => reading.word(rest),
            _ => first.len_utf8(),
        };
        rest = &rest[length..];
    }
    reading.finish(order, zone)
}

#[derive(Clone, Copy)]
struct Number {
    value: u32,
    digits: usize,
    /// What stands right behind it: `/`, `.` or `-` of an all-number date.
    separator: Option<u8>,
}

#[derive(Default)]
struct Reading {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    numbers: Vec<Number>,
    time: Option<(i8, i8, i8)>,
    afternoon: Option<bool>,
    offset_seconds: Option<i32>,
    /// The last word was a zone like `GMT`, so a sign belongs to it.
    after_utc: bool,
    expects: Expects,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Expects {
    #[default]
    Nothing,
    /// `tháng`
    Month,
    /// `tháng mười`, which may go on with `một` or `hai`.
    MonthAfterTen,
    /// `năm` behind a month
    Year,
    /// `thứ`, `t`: the number is a day of the week.
    Weekday,
}

impl Reading {
    /// Reads the number or the time that `rest` begins with, and returns its length.
    fn number(&mut self, rest: &str) -> Option<usize> {
        let bytes = rest.as_bytes();
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 9 {
            return None;
        }
        let value: u32 = rest[..digits].parse().ok()?;
        let next_is_digit = bytes.get(digits + 1).is_some_and(u8::is_ascii_digit);
        let clock =
            matches!(bytes.get(digits), Some(b':' | b'h')) && (next_is_digit || bytes.get(digits) == Some(&b'h'));
        if clock && digits <= 2 && self.time.is_none() {
            return Some(self.clock(rest, value, digits));
        }
        self.after_utc = false;
        let behind = rest[digits..].chars().next();
        match std::mem::take(&mut self.expects) {
            Expects::Month | Expects::MonthAfterTen => self.month = i8::try_from(value).ok(),
            Expects::Year => self.year = full_year(value, digits),
            Expects::Weekday => {}
            Expects::Nothing => match behind {
                Some('年' | '년') => self.year = full_year(value, digits),
                Some('月' | '월') => self.month = i8::try_from(value).ok(),
                Some('日' | '일') => self.day = i8::try_from(value).ok(),
                _ => {
                    let separator = bytes.get(digits).copied().filter(|byte| matches!(byte, b'/' | b'.' | b'-'));
                    self.numbers.push(Number { value, digits, separator });
                }
            },
        }
        let ordinal = ["st", "nd", "rd", "th"].iter().any(|ending| rest[digits..].starts_with(ending));
        Some(digits + if ordinal && digits <= 2 { 2 } else { 0 })
    }

    /// `8:30`, `08:30:15.25`, `8h30`, `8h`.
    fn clock(&mut self, rest: &str, hour: u32, digits: usize) -> usize {
        let bytes = rest.as_bytes();
        let mut at = digits;
        let part = |at: &mut usize| -> i8 {
            let begin = *at + 1;
            let length = bytes[begin.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count().min(2);
            *at = (begin + length).min(bytes.len());
            rest[begin.min(rest.len())..*at].parse().unwrap_or(0)
        };
        let minute = part(&mut at);
        let second = if bytes.get(at) == Some(&b':') { part(&mut at) } else { 0 };
        if matches!(bytes.get(at), Some(b'.' | b',')) {
            at += 1 + bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        }
        self.time = Some((i8::try_from(hour).unwrap_or(i8::MAX), minute, second));
        at
    }

    /// A sign is a zone's behind a time or behind `GMT`; else it stands between the parts of a date.
    fn sign(&mut self, rest: &str) -> usize {
        let sign_length = rest.chars().next().map_or(1, char::len_utf8);
        if (self.time.is_some() || self.after_utc)
            && let Some((seconds, length)) = zone::numeric(rest)
        {
            self.offset_seconds = Some(seconds);
            self.after_utc = false;
            return length;
        }
        sign_length
    }

    fn word(&mut self, rest: &str) -> usize {
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let word = &rest[..end];
        let expects = std::mem::take(&mut self.expects);
        self.after_utc = false;
        match (word, expects) {
            (_, Expects::Month | Expects::MonthAfterTen)
                if names::vietnamese_month(word, expects == Expects::MonthAfterTen).is_some() =>
            {
                self.month = names::vietnamese_month(word, expects == Expects::MonthAfterTen);
                if word == "mười" {
                    self.expects = Expects::MonthAfterTen;
                }
            }
            ("tháng" | "thg" | "thang", _) => self.expects = Expects::Month,
            ("năm" | "nam", _) if self.month.is_some() || self.numbers.len() >= 2 => self.expects = Expects::Year,
            ("thứ" | "t", _)
                if rest[end..].trim_start().starts_with(|c: char| c.is_ascii_digit()) && self.time.is_none() =>
            {
                self.expects = Expects::Weekday;
            }
            ("am" | "sa" | "sáng", _) if self.time.is_some() => self.afternoon = Some(false),
            ("pm" | "ch" | "chiều" | "tối", _) if self.time.is_some() => self.afternoon = Some(true),
            _ => self.name(word),
        }
        end
    }

    fn name(&mut self, word: &str) {
        if zone::is_utc(word) {
            self.after_utc = true;
            self.offset_seconds.get_or_insert(0);
        } else if let Some(month) = names::month(word).filter(|_| self.month.is_none()) {
            self.month = Some(month);
        } else if self.time.is_some()
            && let Some(seconds) = zone::named(word)
        {
            self.offset_seconds.get_or_insert(seconds);
        }
    }

    fn finish(mut self, order: DayOrder, zone: &TimeZone) -> Option<Timestamp> {
        if self.month.is_some() {
            self.day_and_year()?;
        } else {
            self.all_numbers(order)?;
        }
        let (hour, minute, second) = self.time.unwrap_or_default();
        let hour = match self.afternoon {
            Some(true) if hour < 12 => hour + 12,
            Some(false) if hour == 12 => 0,
            _ => hour,
        };
        let moment = Moment {
            year: self.year?,
            month: self.month?,
            day: self.day.unwrap_or(1),
            hour,
            minute,
            second,
            offset_seconds: self.offset_seconds,
        };
        moment.timestamp(zone)
    }

    /// The month is known by name: `22 Nov 2026`, `Nov 22, 26`, `November 2026`.
    fn day_and_year(&mut self) -> Option<()> {
        for number in &self.numbers {
            let is_year = number.digits >= 3 || self.day.is_some();
            if is_year && self.year.is_none() {
                self.year = full_year(number.value, number.digits);
            } else if self.day.is_none() && number.digits <= 2 {
                self.day = i8::try_from(number.value).ok();
            }
        }
        self.year.map(|_| ())
    }

    /// `22/11/2026`, `11/22/26`, `22.11.2026`; the year first was read as ISO.
    fn all_numbers(&mut self, order: DayOrder) -> Option<()> {
        let [first, second, third, ..] = self.numbers.as_slice() else { return None };
        first.separator.filter(|_| first.separator == second.separator)?;
        if first.digits == 4 {
            self.year = full_year(first.value, 4);
            (self.month, self.day) = (i8::try_from(second.value).ok(), i8::try_from(third.value).ok());
            return Some(());
        }
        if third.digits != 4 && third.digits != 2 {
            return None;
        }
        let day_first = match (first.value, second.value) {
            (13.., 1..=12) => true,
            (1..=12, 13..) => false,
            (a, b) if a == b => true,
            // Dots stand in day-first countries only.
            _ if first.separator == Some(b'.') => true,
            _ => match order {
                DayOrder::DayFirst => true,
                DayOrder::MonthFirst => false,
                DayOrder::Unknown => return None,
            },
        };
        let (day, month) = if day_first { (first, second) } else { (second, first) };
        self.year = full_year(third.value, third.digits);
        (self.month, self.day) = (i8::try_from(month.value).ok(), i8::try_from(day.value).ok());
        Some(())
    }
}
