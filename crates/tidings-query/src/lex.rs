//! Cuts a query into words, phrases and signs; what a word says is read later.

use crate::parse::MAX_DISTANCE;
use crate::{Problem, QueryError};

/// One sign or word, and the scalars before and up to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lexeme {
    pub(crate) kind: Kind,
    pub(crate) offset: usize,
    pub(crate) end: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As typed, a `+` before it included.
    Word(String),
    /// What stands between the quotes, and the number behind a `~`.
    Phrase {
        text: String,
        slop: u32,
    },
    Open,
    Close,
    /// `OR` or `|`, as typed.
    Or(&'static str),
    And,
    /// `NOT` or `-`, as typed.
    Not(&'static str),
    /// `NEAR/5` or `AROUND(5)`.
    Near(u32),
}

/// The parts of `query` in order.
pub(crate) fn lex(query: &[char]) -> Result<Vec<Lexeme>, QueryError> {
    let mut lexemes = Vec::new();
    let mut at = 0;
    while let Some(&ch) = query.get(at) {
        if ch.is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, end) = lexeme(query, at)?;
        lexemes.push(Lexeme { kind, offset: at, end });
        at = end;
    }
    Ok(lexemes)
}

fn lexeme(query: &[char], at: usize) -> Result<(Kind, usize), QueryError> {
    let ch = query[at];
    match ch {
        '(' => Ok((Kind::Open, at + 1)),
        ')' => Ok((Kind::Close, at + 1)),
        '|' => Ok((Kind::Or("|"), if query.get(at + 1) == Some(&'|') { at + 2 } else { at + 1 })),
        _ if is_quote(ch) => phrase(query, at),
        _ if is_minus(ch) => match query.get(at + 1) {
            Some(next) if !next.is_whitespace() => Ok((Kind::Not("-"), at + 1)),
            _ => Err(lone_sign(ch, at, "exclude")),
        },
        _ => word(query, at),
    }
}

fn word(query: &[char], at: usize) -> Result<(Kind, usize), QueryError> {
    let end = word_end(query, at);
    let text: String = query[at..end].iter().collect();
    match text.as_str() {
        "OR" => Ok((Kind::Or("OR"), end)),
        "AND" => Ok((Kind::And, end)),
        "NOT" => Ok((Kind::Not("NOT"), end)),
        "+" => Err(lone_plus(query, at)),
        "NEAR" => Err(lacks_number("NEAR/", end, "NEAR/5")),
        "AROUND" if query.get(end) == Some(&'(') => {
            let length = query[end..].iter().position(|ch| *ch == ')');
            let close = length.map_or(query.len(), |length| end + length);
            let distance = number(&query[end + 1..close], "AROUND(", end + 1, "AROUND(5)")?;
            Ok((Kind::Near(distance), (close + 1).min(query.len())))
        }
        _ if text.starts_with("NEAR/") => {
            let distance = number(&query[at + 5..end], "NEAR/", at + 5, "NEAR/5")?;
            Ok((Kind::Near(distance), end))
        }
        _ => Ok((Kind::Word(text), end)),
    }
}

fn lone_plus(query: &[char], at: usize) -> QueryError {
    match query.get(at + 1) {
        Some(next) if !next.is_whitespace() => {
            QueryError::new(at, Problem::NotSupported { what: format!("`+{next}`") }, "a single word behind `+`")
                .suggest("Leave the `+` out: quotes already keep words together.")
        }
        _ => lone_sign('+', at, "be written just so"),
    }
}

fn lone_sign(sign: char, at: usize, what: &str) -> QueryError {
    QueryError::new(
        at,
        Problem::LacksOperand { operator: sign.to_string() },
        format!("`{sign}` right before the word that is to {what}"),
    )
    .suggest(format!("Leave the `{sign}` out, or write it against its word, without a space."))
}

fn phrase(query: &[char], at: usize) -> Result<(Kind, usize), QueryError> {
    let length = query[at + 1..].iter().position(|ch| is_quote(*ch)).ok_or_else(|| {
        QueryError::new(at, Problem::UnclosedQuotes, "a closing `\"`").suggest("Close the quotes, or leave them out.")
    })?;
    let end = at + 1 + length;
    let text: String = query[at + 1..end].iter().collect();
    if query.get(end + 1) != Some(&'~') {
        return Ok((Kind::Phrase { text, slop: 0 }, end + 1));
    }
    let number_end = word_end(query, end + 2);
    let slop = number(&query[end + 2..number_end], "~", end + 2, "\"loose phrase\"~5")?;
    Ok((Kind::Phrase { text, slop }, number_end))
}

/// The number behind an operator.
fn number(digits: &[char], operator: &str, at: usize, example: &str) -> Result<u32, QueryError> {
    let digits: String = digits.iter().collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(lacks_number(operator, at, example));
    }
    digits.parse().ok().filter(|number| *number <= MAX_DISTANCE).ok_or_else(|| {
        QueryError::new(at, Problem::TooFar { limit: MAX_DISTANCE }, format!("a number up to {MAX_DISTANCE}"))
            .suggest("Leave the operator out where it does not matter how far apart the words are.")
    })
}

fn lacks_number(operator: &str, at: usize, example: &str) -> QueryError {
    let word = operator.trim_end_matches(['/', '(']);
    QueryError::new(
        at,
        Problem::LacksNumber { operator: operator.to_owned() },
        format!("a number right behind it, as in `{example}`"),
    )
    .suggest(format!("Write how many words may stand between; for the sign itself write \"{word}\"."))
}

fn word_end(query: &[char], at: usize) -> usize {
    let ends = |ch: &char| ch.is_whitespace() || is_quote(*ch) || matches!(ch, '(' | ')' | '|');
    query[at..].iter().position(ends).map_or(query.len(), |length| at + length)
}

const fn is_quote(ch: char) -> bool {
    matches!(ch, '"' | '“' | '”' | '„' | '‟')
}

/// Word processors turn a minus into a dash.
pub(crate) const fn is_minus(ch: char) -> bool {
    matches!(ch, '-' | '\u{2212}' | '\u{2013}')
}
