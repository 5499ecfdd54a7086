//! The words of a block as they are compared: without punctuation, clocks, ages, counters and nonces.

/// What stands behind the number of a counter that moves by itself.
const COUNTED: [&str; 22] = [
    "views",
    "view",
    "likes",
    "like",
    "shares",
    "share",
    "comments",
    "comment",
    "replies",
    "reply",
    "online",
    "visitors",
    "reads",
    "downloads",
    "lượt",
    "votes",
    "aufrufe",
    "kommentare",
    "antworten",
    "vues",
    "commentaires",
    "visitas",
];
/// Units of an age.
const UNITS: [&str; 57] = [
    "second", "seconds", "sec", "secs", "minute", "minutes", "min", "mins", "hour", "hours", "hr", "hrs", "day",
    "days", "week", "weeks", "month", "months", "year", "years", "giây", "phút", "năm", "giờ", "ngày", "tuần", "tháng",
    "sekunden", "minuten", "stunde", "stunden", "tag", "tagen", "woche", "wochen", "monat", "monaten", "jahr",
    "jahren", "heure", "heures", "jour", "jours", "semaine", "semaines", "mois", "ans", "minutos", "hora", "horas",
    "día", "días", "semana", "semanas", "mes", "meses", "años",
];
/// Units of an age that are written to their number: `5m ago`.
const SHORT_UNITS: [&str; 7] = ["s", "m", "h", "d", "w", "mo", "y"];
const AGO: [&str; 2] = ["ago", "trước"];
/// What stands before an age where nothing stands behind it.
const SINCE: [&[&str]; 3] = [&["vor"], &["il", "y", "a"], &["hace"]];
const ONE: [&str; 7] = ["a", "an", "einer", "einem", "une", "un", "una"];
/// Ages in words.
const AGES: [&[&str]; 8] = [
    &["yesterday"],
    &["today"],
    &["just", "now"],
    &["gestern"],
    &["heute"],
    &["hôm", "qua"],
    &["hôm", "nay"],
    &["vừa", "xong"],
];
/// Shorter tokens of digits and letters may be names of products.
const MIN_NONCE: usize = 16;

/// The words that count, in lower case.
pub(super) fn words(block: &str) -> Vec<String> {
    words_by(block, |_, lower| lower)
}

/// The words that count, in the case that they are written in.
pub(super) fn words_as_written(block: &str) -> Vec<String> {
    words_by(block, |written, _| written.to_owned())
}

/// `keep` chooses between a word as it is written and the same in lower case.
fn words_by(block: &str, keep: impl Fn(&str, String) -> String) -> Vec<String> {
    let written: Vec<&str> = block.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let mut tokens: Vec<String> = written.iter().map(|word| word.to_lowercase()).collect();
    let mut words = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        match noise_at(&tokens[at..]) {
            0 => {
                words.push(keep(written[at], std::mem::take(&mut tokens[at])));
                at += 1;
            }
            length => at += length,
        }
    }
    words
}

/// How many tokens at the beginning do not count.
fn noise_at(tokens: &[String]) -> usize {
    let token = tokens[0].as_str();
    let is_counter = is_number(token) && is_of(tokens, 1, &COUNTED);
    match age_at(tokens) {
        0 => usize::from(is_counter || is_clock(token) || is_nonce(token)),
        length => length,
    }
}

/// How many tokens at the beginning tell an age.
fn age_at(tokens: &[String]) -> usize {
    let begins = |phrase: &[&str]| tokens.len() >= phrase.len() && phrase.iter().zip(tokens).all(|(a, b)| a == b);
    let is_span = |at: usize| {
        tokens.get(at).is_some_and(|token| is_number(token) || ONE.contains(&token.as_str()))
            && is_of(tokens, at + 1, &UNITS)
    };
    if let Some(phrase) = AGES.iter().find(|phrase| begins(phrase)) {
        return phrase.len();
    }
    if is_span(0) && is_of(tokens, 2, &AGO) {
        return 3;
    }
    let short = tokens[0].trim_start_matches(|letter: char| letter.is_ascii_digit());
    if short.len() < tokens[0].len() && SHORT_UNITS.contains(&short) && is_of(tokens, 1, &AGO) {
        return 2;
    }
    SINCE.iter().find(|phrase| begins(phrase) && is_span(phrase.len())).map_or(0, |phrase| phrase.len() + 2)
}

fn is_of(tokens: &[String], at: usize, list: &[&str]) -> bool {
    tokens.get(at).is_some_and(|token| list.contains(&token.as_str()))
}

fn is_number(token: &str) -> bool {
    token.chars().all(|letter| letter.is_ascii_digit() || ".,k".contains(letter))
}

/// Without the punctuation round it.
fn bare(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_alphanumeric() && !is_money(letter))
}

fn is_money(letter: char) -> bool {
    matches!(letter, '$' | '€' | '£' | '¥' | '₫' | '%' | '+')
}

/// `10:15`, `10:15:02` or `10:15am`.
fn is_clock(token: &str) -> bool {
    let token = token.strip_suffix("am").or_else(|| token.strip_suffix("pm")).unwrap_or(token);
    let is_part = |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
    token.contains(':') && token.split(':').all(is_part) && token.split(':').count() <= 3
}

/// A long token of hexadecimal digits or of mixed letters and digits.
fn is_nonce(token: &str) -> bool {
    MIN_NONCE <= token.len()
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && 4 <= token.bytes().filter(u8::is_ascii_digit).count()
        && token.bytes().any(|byte| byte.is_ascii_alphabetic())
}
