//! The words of a block as they are compared: without punctuation, clocks, ages, counters and nonces.

/// What stands behind the number of a counter that moves by itself.
const COUNTED: [&str; 16] = [
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
];
/// Units of an age.
const UNITS: [&str; 27] = [
    "second", "seconds", "sec", "secs", "minute", "minutes", "min", "mins", "hour", "hours", "hr", "hrs", "day",
    "days", "week", "weeks", "month", "months", "year", "years", "giây", "phút", "năm", "giờ", "ngày", "tuần", "tháng",
];
const AGO: [&str; 2] = ["ago", "trước"];
/// An age in a word.
const AGES: [&str; 2] = ["yesterday", "today"];
/// Shorter tokens of digits and letters may be names of products.
const MIN_NONCE: usize = 16;

/// The words that count, in lower case.
pub(super) fn words(block: &str) -> Vec<String> {
    words_by(block, |word| word.to_lowercase())
}

/// The words that count, in the case that they are written in.
pub(super) fn words_as_written(block: &str) -> Vec<String> {
    words_by(block, str::to_owned)
}

fn words_by(block: &str, keep: impl Fn(&str) -> String) -> Vec<String> {
    let written: Vec<&str> = block.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let tokens: Vec<String> = written.iter().map(|word| word.to_lowercase()).collect();
    let is_number =
        |at: usize| tokens.get(at).is_some_and(|token| token.chars().all(|c| c.is_ascii_digit() || ".,k".contains(c)));
    let is_of = |at: usize, list: &[&str]| tokens.get(at).is_some_and(|token| list.contains(&token.as_str()));
    let mut words = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if (is_number(at) || is_of(at, &["a", "an"])) && is_of(at + 1, &UNITS) && is_of(at + 2, &AGO) {
            at += 3;
        } else if is_number(at) && is_of(at + 1, &COUNTED)
            || is_clock(&tokens[at])
            || is_nonce(&tokens[at])
            || is_of(at, &AGES)
        {
            at += 1;
        } else {
            words.push(keep(written[at]));
            at += 1;
        }
    }
    words
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
    let parts: Vec<&str> = token.split(':').collect();
    matches!(parts.len(), 2 | 3)
        && parts.iter().all(|part| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A long token of hexadecimal digits or of mixed letters and digits.
fn is_nonce(token: &str) -> bool {
    MIN_NONCE <= token.len()
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && 4 <= token.bytes().filter(u8::is_ascii_digit).count()
        && token.bytes().any(|byte| byte.is_ascii_alphabetic())
}
