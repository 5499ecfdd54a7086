//! When a post was written, out of attributes or of words.

use jiff::Timestamp;
use scraper::ElementRef;

use crate::date::{self, DayOrder};

use super::element::{own_text, select, text_of};

/// Reads the dates of one page, which agree on the order of day and month.
pub(super) struct Moments {
    order: DayOrder,
    now: Option<Timestamp>,
}

impl Moments {
    pub(super) fn new(order: DayOrder, now: Option<Timestamp>) -> Self {
        Self { order, now }
    }

    /// Where the language says nothing, one date with a number above 12 settles the order for all.
    pub(super) fn learn<'d>(&mut self, dates: impl Iterator<Item = &'d str>) {
        if self.order != DayOrder::Unknown {
            return;
        }
        for date in dates {
            let mut numbers = date.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
            let slashed = date.matches('/').count() >= 2 || date.matches('-').count() >= 2;
            let (Some(first), Some(second)) = (numbers.next(), numbers.next()) else { continue };
            if !slashed || first.len() > 2 || second.len() > 2 {
                continue;
            }
            match (first.parse::<u8>(), second.parse::<u8>()) {
                (Ok(13..=31), _) => self.order = DayOrder::DayFirst,
                (_, Ok(13..=31)) => self.order = DayOrder::MonthFirst,
                _ => continue,
            }
            return;
        }
    }

    pub(super) fn read(&self, date: &str) -> Option<Timestamp> {
        let date = date.trim();
        epoch(date).or_else(|| self.words(date)).or_else(|| {
            // Behind the last of these signs stands the time, before it who wrote and where.
            let behind = date.rsplit(['»', '·', '|', '•']).next().filter(|behind| behind.len() < date.len())?;
            self.words(behind.trim())
        })
    }

    fn words(&self, words: &str) -> Option<Timestamp> {
        match self.now {
            Some(now) => date::parse_near(words, self.order, now),
            None => date::parse(words, self.order),
        }
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

const ATTRIBUTES: [&str; 12] = [
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
    let inner = select(element, "time, abbr, span, [datetime], [data-time], [title], [content]");
    if let Some(value) = inner.into_iter().take(40).find_map(by_attribute) {
        return Some(value);
    }
    [own_text(element), text_of(element)].into_iter().filter(|text| text.len() <= 400).find_map(|text| in_text(&text))
}

/// Whether words could be a date, whatever the order of its numbers and the day of the visit.
pub(super) fn is_date(words: &str) -> bool {
    let now = Timestamp::from_second(1_700_000_000).expect("a moment of 2023 is a timestamp");
    words.chars().any(|c| c.is_ascii_digit() || c.is_alphabetic())
        && Moments::new(DayOrder::DayFirst, Some(now)).read(words).is_some()
        || Moments::new(DayOrder::MonthFirst, Some(now)).read(words).is_some()
}

/// The part of a line that is a date: all of it, or what stands behind a sign or a word that leads to one.
fn in_text(text: &str) -> Option<String> {
    let text = text.trim();
    if is_date(text) && text.len() <= 60 {
        return Some(text.to_owned());
    }
    let mut parts: Vec<&str> = text.split(['»', '·', '|', '•', '«', '\u{2014}']).rev().map(str::trim).collect();
    for lead in [
        " on ",
        " am ",
        "osted:",
        "osted",
        " vào ",
        " lúc ",
        "erstellt:",
        "asst:",
        "asst am:",
        "osted on",
        "Gửi:",
        "Đăng:",
    ] {
        if let Some(at) = text.find(lead) {
            parts.push(text[at + lead.len()..].trim());
            if lead.trim().len() < 5 && lead != " lúc " {
                continue;
            }
        }
    }
    parts.into_iter().find(|part| part.len() <= 80 && is_date(part)).map(str::to_owned)
}
