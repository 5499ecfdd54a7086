//! One word or phrase as typed, read as what it asks for.

use unicode_normalization::char::is_combining_mark;

use crate::parse::{MAX_SLOTS, MIN_PREFIX};
use crate::{Pattern, Phrase, Problem, QueryError, Slot};

/// Signs that may stand around a number of a range.
const CURRENCIES: [char; 7] = ['$', '€', '£', '¥', '₫', 'đ', '%'];

/// Reads a word that stands at `at` and is no operator and no field.
pub(crate) fn word(text: &str, at: usize) -> Result<Pattern, QueryError> {
    if let Some(word) = text.strip_prefix('+') {
        if word.starts_with('+') || word.contains('*') || range(word, at + 1)?.is_some() {
            return Err(QueryError::new(
                at,
                Problem::NotSupported { what: format!("`+` before `{word}`") },
                "a single word behind `+`",
            )
            .suggest("Leave the `+` out."));
        }
        require_content(word, at + 1)?;
        return Ok(Pattern::Word { text: word.to_owned(), strict: true });
    }
    if let Some(range) = range(text, at)? {
        return Ok(range);
    }
    if let Some(star) = text.chars().position(|ch| ch == '*') {
        return prefix(text, star, at);
    }
    require_content(text, at)?;
    Ok(Pattern::Word { text: text.to_owned(), strict: false })
}

fn prefix(text: &str, star: usize, at: usize) -> Result<Pattern, QueryError> {
    let letters = text.strip_suffix('*').unwrap_or(text);
    if letters.contains('*') || letters == text {
        return Err(QueryError::new(at + star, Problem::MisplacedStar, "`*` at the end of a word").suggest(
            "Write the beginning of a word and `*` behind it, or put a `*` in the place of a whole word in quotes.",
        ));
    }
    if !letters.chars().all(|ch| ch.is_alphanumeric() || is_combining_mark(ch)) || !has_content(letters) {
        return Err(QueryError::new(at, Problem::NoPrefix { text: text.to_owned() }, "letters and digits before `*`")
            .suggest("Write the beginning of one word, without other signs."));
    }
    if letters.chars().count() < MIN_PREFIX {
        return Err(QueryError::new(
            at,
            Problem::PrefixTooShort { limit: MIN_PREFIX },
            format!("{MIN_PREFIX} letters or more before `*`"),
        )
        .suggest("Write more of the word: so many words begin like that."));
    }
    Ok(Pattern::Prefix(letters.to_owned()))
}

/// Reads `100..200`; `None` for what is a word with dots.
fn range(text: &str, at: usize) -> Result<Option<Pattern>, QueryError> {
    let Some((low, high)) = text.split_once("..") else {
        return Ok(None);
    };
    let (low, high) = (low.trim_matches(CURRENCIES), high.trim_matches(CURRENCIES));
    let is_end = |end: &str| {
        let is_digit = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_digit);
        end.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
            && is_digit(end.as_bytes().first())
            && is_digit(end.as_bytes().last())
            && !end.contains("..")
    };
    let starts_as_number = |end: &str| end.starts_with(|ch: char| ch.is_ascii_digit());
    if is_end(low) && is_end(high) && !(low.is_empty() && high.is_empty()) {
        let end = |end: &str| Some(end.to_owned()).filter(|end| !end.is_empty());
        return Ok(Some(Pattern::Range { from: end(low), to: end(high) }));
    }
    if starts_as_number(low) && starts_as_number(high) {
        return Err(QueryError::new(at, Problem::NoRange { text: text.to_owned() }, "a number on either side of `..`")
            .suggest("Write plain numbers, as in 100..200; for dates use `after:` and `before:`."));
    }
    Ok(None)
}

/// Reads what stands between quotes, the first of it at `at`.
pub(crate) fn phrase(text: &str, slop: u32, at: usize) -> Result<Phrase, QueryError> {
    let mut slots = Vec::new();
    let mut stars = 0;
    let mut offset = at;
    for part in text.split(char::is_whitespace) {
        let start = offset;
        offset += part.chars().count() + 1;
        if part == "*" {
            stars += 1;
            if MAX_SLOTS < stars {
                return Err(QueryError::new(
                    start,
                    Problem::TooManyStars { limit: MAX_SLOTS },
                    format!("{MAX_SLOTS} stars at most"),
                )
                .suggest("Write two phrases, or join them with NEAR."));
            }
        } else if let Some(star) = part.chars().position(|ch| ch == '*') {
            return Err(QueryError::new(start + star, Problem::MisplacedStar, "`*` alone, for a whole word").suggest(
                "In quotes `*` stands for one whole word, with spaces around it; for words that begin alike leave the quotes out.",
            ));
        } else if has_content(part) {
            // Stars before the first word and behind the last ask for nothing.
            if !slots.is_empty() {
                slots.extend((0..stars).map(|_| Slot::Any));
            }
            stars = 0;
            slots.push(Slot::Word(part.to_owned()));
        }
    }
    if slots.is_empty() {
        return Err(QueryError::new(at.saturating_sub(1), Problem::EmptyPhrase, "words between the quotes")
            .suggest("Leave the quotes out."));
    }
    Ok(Phrase { slots, slop })
}

fn require_content(word: &str, at: usize) -> Result<(), QueryError> {
    if has_content(word) {
        return Ok(());
    }
    Err(QueryError::new(at, Problem::NothingToFind { word: word.to_owned() }, "a word with a letter or digit")
        .suggest(format!("Leave `{word}` out.")))
}

/// Whether the analyser finds a token in `word`. The modifier apostrophe and combining
/// vowel signs count as letters in Unicode, but begin no word.
fn has_content(word: &str) -> bool {
    word.chars().any(|ch| ch.is_alphanumeric() && ch != '\u{2bc}' && !is_combining_mark(ch))
}
