//! When a post was written, out of attributes or of words.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use scraper::ElementRef;

use crate::date::{self, DayOrder};

use super::element::{own_text, select, text_of};

/// Reads the dates of one page, which agree on the order of day and month.
pub(super) struct Moments<'n> {
    order: DayOrder,
    now: Option<&'n Zoned>,
}

impl<'n> Moments<'n> {
    pub(super) fn new(order: DayOrder, now: Option<&'n Zoned>) -> Self {
        Self { order, now }
    }

    /// Where the language says nothing, one date with a number above 12 settles the order of all; else that order in
    /// which the posts of the page follow each other in time, where it is but one.
    pub(super) fn learn<'d>(&mut self, dates: impl Iterator<Item = &'d str>) {
        if self.order != DayOrder::Unknown {
            return;
        }
        let dates: Vec<&str> = dates.collect();
        if let Some(order) = dates.iter().find_map(|date| evident(date)) {
            self.order = order;
            return;
        }
        let rises = |order| {
            let moments = Self { order, now: self.now };
            let read: Vec<_> = dates.iter().map(|date| moments.read(date)).collect();
            read.len() > 1 && read.iter().all(Option::is_some) && read.is_sorted()
        };
        match (rises(DayOrder::DayFirst), rises(DayOrder::MonthFirst)) {
            (true, false) => self.order = DayOrder::DayFirst,
            (false, true) => self.order = DayOrder::MonthFirst,
            _ => {}
        }
    }

    pub(super) fn read(&self, date: &str) -> Option<Timestamp> {
        let date = date.trim();
        epoch(date).or_else(|| epoch_behind(date)).or_else(|| self.words(date))
    }

    fn words(&self, words: &str) -> Option<Timestamp> {
        match self.now {
            Some(now) => date::parse_near(words, self.order, now),
            None => date::parse(words, self.order),
        }
    }
}

/// The order that an all-number date shows by itself.
fn evident(date: &str) -> Option<DayOrder> {
    let parted = ['/', '-', '.'].iter().any(|sign| date.matches(*sign).count() >= 2);
    let mut numbers = date.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let (first, second) = (numbers.next()?, numbers.next()?);
    if !parted || first.len() > 2 || second.len() > 2 {
        return None;
    }
    match (first.parse::<u8>(), second.parse::<u8>()) {
        (Ok(13..=31), Ok(1..=12)) => Some(DayOrder::DayFirst),
        (Ok(1..=12), Ok(13..=31)) => Some(DayOrder::MonthFirst),
        _ => None,
    }
}

/// Seconds or milliseconds since 1970, between 1990 and 2100.
fn epoch(digits: &str) -> Option<Timestamp> {
    if !(9..=13).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    let seconds = if digits.len() > 10 { number / 1000 } else { number };
    (631_152_000..4_102_444_800).contains(&seconds).then(|| Timestamp::from_second(seconds).ok()).flatten()
}

/// Of `2026-02-03T14:05:10 1770127510`, as Hacker News writes it.
fn epoch_behind(date: &str) -> Option<Timestamp> {
    let (moment, digits) = date.split_once(' ')?;
    epoch(digits).filter(|_| moment.contains('T') && moment.contains(':'))
}

const ATTRIBUTES: [&str; 14] = [
    "datetime",
    "data-time",
    "data-timestamp",
    "data-unixtime",
    "data-epoch",
    "data-date",
    "content",
    "title",
    "data-original-title",
    "data-title",
    "data-utc",
    "ts",
    "date",
    "created-timestamp",
];

/// The words or digits of a date that an element states: its attributes are exact, its text is for readers.
pub(super) fn stated(element: ElementRef<'_>) -> Option<String> {
    let by_attribute = |element: ElementRef<'_>| {
        let values = ATTRIBUTES.iter().filter_map(|name| element.attr(name)).map(str::trim);
        values.filter(|value| is_date(value)).map(str::to_owned).next()
    };
    if let Some(value) = by_attribute(element) {
        return Some(value);
    }
    let lines = [text_of(element), own_text(element)];
    let inner = select(element, "time, abbr, span, [datetime], [data-time], [title], [content]");
    if let Some(value) = inner.into_iter().take(40).find_map(by_attribute) {
        // `<span title="20-11-2026">Today</span>, 14:05`: the day stands in one place, the time in another.
        let clock = lines.iter().find_map(|line| clock(line)).filter(|_| !has_clock(&value) && value.len() < 30);
        return Some(clock.map_or_else(|| value.clone(), |clock| format!("{value} {clock}")));
    }
    let read: Vec<String> = lines.iter().filter(|line| line.len() <= 400).filter_map(|line| in_text(line)).collect();
    read.iter().find(|date| has_clock(date)).or(read.first()).cloned()
}

fn has_clock(words: &str) -> bool {
    clock(words).is_some() || words.contains('T') || epoch(words).is_some()
}

/// The time of the day in a line: `2:05 pm`, `14:05`.
fn clock(line: &str) -> Option<&str> {
    let at = line.find(':').filter(|at| line[..*at].ends_with(|c: char| c.is_ascii_digit()))?;
    let digits = line[..at].bytes().rev().take(2).take_while(u8::is_ascii_digit).count();
    let rest = &line[at + 1..];
    let end = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b':').count();
    if end < 2 {
        return None;
    }
    let half = rest[end..]
        .trim_start()
        .get(..2)
        .filter(|half| half.eq_ignore_ascii_case("am") || half.eq_ignore_ascii_case("pm"));
    let end = half.map_or(end, |_| rest.len() - rest[end..].trim_start().len() + 2);
    Some(&line[at - digits..=at + end])
}

/// Whether words could be a date, whatever the order of its numbers and the day of the visit.
pub(super) fn is_date(words: &str) -> bool {
    let now = Timestamp::from_second(1_700_000_000).expect("a moment of 2023 is a timestamp").to_zoned(TimeZone::UTC);
    words.chars().any(|c| c.is_ascii_digit() || c.is_alphabetic())
        && Moments::new(DayOrder::DayFirst, Some(&now)).read(words).is_some()
        || Moments::new(DayOrder::MonthFirst, Some(&now)).read(words).is_some()
}

/// The part of a line that is a date: what stands behind a sign or a word that leads to one, else all of it.
fn in_text(text: &str) -> Option<String> {
    const SIGNS: [char; 6] = ['»', '·', '|', '•', '«', '\u{2014}'];
    const LEADS: [&str; 14] = [
        "osted:",
        " on:",
        " am:",
        "erstellt:",
        "asst:",
        "Gửi:",
        "Đăng:",
        "lúc:",
        "vào:",
        "osted on ",
        " on ",
        " am ",
        " vào ",
        "osted ",
    ];
    const LONGEST: usize = 80;
    let text = text.trim();
    let by_sign = text.rsplit(SIGNS).map(str::trim).filter(|part| part.len() < text.len());
    let mut by_lead = LEADS.iter().filter_map(|lead| text.find(lead).map(|at| text[at + lead.len()..].trim()));
    let behind_lead = |part: &str| {
        let (_, rest) = LEADS[..9].iter().find_map(|lead| part.split_once(lead))?;
        Some(rest.trim().to_owned()).filter(|rest| is_date(rest))
    };
    let mut parts = by_sign.filter(|part| part.len() <= LONGEST && is_date(part));
    if let Some(part) = parts.next() {
        return Some(behind_lead(part).unwrap_or_else(|| part.to_owned()));
    }
    let led = by_lead.find(|part| part.len() <= LONGEST && is_date(part));
    let whole = Some(text).filter(|text| text.len() <= LONGEST && is_date(text));
    led.or(whole).map(|part| part.trim_end_matches(SIGNS).trim().to_owned())
}
