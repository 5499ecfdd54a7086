//! Dates told from the day of the reader: `yesterday at 14:05`, `2 giờ trước`, `vor 3 Tagen`, `Monday at 9:00`.

use jiff::{SignedDuration, Timestamp, Zoned, civil};

use super::{DayOrder, words};

/// Reads a date that is told from `now`, and the day of its zone.
pub(super) fn parse(text: &str, now: &Zoned) -> Option<Timestamp> {
    let lower = text.to_lowercase();
    let lower = lower.trim();
    ago(lower, now.timestamp()).or_else(|| on_a_day(lower, now))
}

/// `5 minutes ago`, `vor einer Stunde`, `2 giờ trước`, `just now`.
fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    const NOW: [&str; 13] = [
        "just now",
        "a moment ago",
        "moments ago",
        "vừa xong",
        "mới đây",
        "vài giây trước",
        "gerade eben",
        "a few seconds ago",
        "few seconds ago",
        "less than a minute ago",
        "vor einem moment",
        "cách đây ít phút",
        "now",
    ];
    if NOW.contains(&text) {
        return Some(now);
    }
    let told = text.ends_with("ago")
        || text.ends_with("trước")
        || text.starts_with("vor ")
        || text.starts_with("cách đây")
        || text.starts_with("il y a ")
        || text.starts_with("hace ");
    if !told {
        return None;
    }
    let mut count: Option<i64> = None;
    let mut seconds = 0_i64;
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(16) {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            count = word[..digits].parse().ok().filter(|count| *count <= 100_000);
            count?;
        }
        let word = &word[digits..];
        if matches!(word, "a" | "an" | "one" | "ein" | "einer" | "einem" | "eine" | "một" | "un" | "une" | "una") {
            count = Some(1);
        } else if let Some(unit) = unit(word) {
            seconds += count.take()? * unit;
        }
    }
    (seconds > 0).then(|| now.checked_sub(SignedDuration::from_secs(seconds)).ok()).flatten()
}

/// The length of a unit of time in seconds.
fn unit(word: &str) -> Option<i64> {
    Some(match word {
        "s" | "sec" | "secs" | "second" | "seconds" | "sekunde" | "sekunden" | "giây" | "secondes" | "segundos" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" | "minuten" | "phút" | "minutos" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" | "stunde" | "stunden" | "giờ" | "tiếng" | "heure" | "heures"
        | "horas" => 3_600,
        "d" | "day" | "days" | "tag" | "tage" | "tagen" | "ngày" | "jour" | "jours" | "días" => 86_400,
        "w" | "week" | "weeks" | "woche" | "wochen" | "tuần" | "semaines" | "semanas" => 604_800,
        "mo" | "month" | "months" | "monat" | "monate" | "monaten" | "tháng" | "mois" | "meses" => 2_629_746,
        "y" | "yr" | "year" | "years" | "jahr" | "jahre" | "jahren" | "năm" | "ans" | "años" => 31_556_952,
        _ => return None,
    })
}

/// `today at 9:00`, `hôm qua lúc 14:05`, `Monday at 2:05 PM`. Without a time it is that day's midnight.
fn on_a_day(text: &str, now: &Zoned) -> Option<Timestamp> {
    const DAYS: [(&str, i64); 11] = [
        ("today", 0),
        ("yesterday", 1),
        ("heute", 0),
        ("gestern", 1),
        ("vorgestern", 2),
        ("hôm nay", 0),
        ("hôm qua", 1),
        ("hôm kia", 2),
        ("aujourd'hui", 0),
        ("hier", 1),
        ("ayer", 1),
    ];
    let today = now.date();
    let named = DAYS.iter().find_map(|(name, back)| Some((strip(text, name)?, *back)));
    let (rest, back) = named.or_else(|| weekday(text, today))?;
    let day = today.checked_sub(jiff::Span::new().days(back)).ok()?;
    let rest = rest.trim_matches(|c: char| c.is_whitespace() || c == ',');
    if rest.is_empty() {
        return now.time_zone().to_timestamp(day.to_datetime(civil::Time::midnight())).ok();
    }
    // A line that goes on for long tells something else.
    if rest.len() > 40 || !rest.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    words::parse(&format!("{day_} {rest}", day_ = written(day)), DayOrder::Unknown, now.time_zone())
}

fn written(day: civil::Date) -> String {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let month = usize::try_from(day.month() - 1).unwrap_or_default();
    format!("{:02} {} {:04}", day.day(), MONTHS[month % 12], day.year())
}

/// The weekday a text begins with, as days back from `today`: the last such day, never today.
fn weekday(text: &str, today: civil::Date) -> Option<(&str, i64)> {
    const DAYS: [(&str, i64); 28] = [
        ("monday", 1),
        ("tuesday", 2),
        ("wednesday", 3),
        ("thursday", 4),
        ("friday", 5),
        ("saturday", 6),
        ("sunday", 7),
        ("montag", 1),
        ("dienstag", 2),
        ("mittwoch", 3),
        ("donnerstag", 4),
        ("freitag", 5),
        ("samstag", 6),
        ("sonntag", 7),
        ("thứ hai", 1),
        ("thứ ba", 2),
        ("thứ tư", 3),
        ("thứ năm", 4),
        ("thứ sáu", 5),
        ("thứ bảy", 6),
        ("chủ nhật", 7),
        ("thứ 2", 1),
        ("thứ 3", 2),
        ("thứ 4", 3),
        ("thứ 5", 4),
        ("thứ 6", 5),
        ("thứ 7", 6),
        ("chủ nhựt", 7),
    ];
    let (rest, day) = DAYS.iter().find_map(|(name, day)| Some((strip(text, name)?, *day)))?;
    let rest = rest.trim_start();
    // Only a time may follow: `Monday, 3 February 2026` states its day itself.
    let clock = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
    let lead = rest[..rest.len() - clock.len()].trim();
    if !matches!(lead, "at" | "um" | "lúc" | "") || !clock.contains(':') || clock.len() > 12 {
        return None;
    }
    let back = (i64::from(today.weekday().to_monday_one_offset()) - day).rem_euclid(7);
    Some((rest, if back == 0 { 7 } else { back }))
}

fn strip<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.strip_prefix(name).filter(|rest| !rest.starts_with(char::is_alphanumeric))
}
