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
    let is_of = |at: usize, list: &[&str]| tokens.get(at).is_some_and(|token| list.contains(&token.as_str()));
    let token = tokens[0].as_str();
    let is_number = token.chars().all(|letter| letter.is_ascii_digit() || ".,k".contains(letter));
    if (is_number || matches!(token, "a" | "an")) && is_of(1, &UNITS) && is_of(2, &AGO) {
        return 3;
    }
    let is_noise = is_number && is_of(1, &COUNTED) || is_clock(token) || is_nonce(token) || AGES.contains(&token);
    usize::from(is_noise)
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
