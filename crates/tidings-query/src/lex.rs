//! Cuts a query into words, phrases and signs.

use unicode_normalization::char::is_combining_mark;

use crate::{Problem, QueryError};

/// One sign or word, and the scalars before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lexeme {
    pub(crate) kind: Kind,
    pub(crate) offset: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Word {
        text: String,
        strict: bool,
    },
    Phrase(Vec<String>),
    Open,
    Close,
    /// `OR` or `|`, as typed.
    Or(&'static str),
    And,
    /// `NOT` or `-`, as typed.
    Not(&'static str),
}

/// Fields of the language, and the filter of a search that does the same.
const FIELDS: &[(&str, Option<&str>)] = &[
    ("intitle", None),
    ("title", None),
    ("intext", None),
    ("inurl", None),
    ("site", Some("site")),
    ("source", Some("source")),
    ("plugin", Some("plugin")),
    ("kind", Some("kind")),
    ("author", Some("author")),
    ("lang", Some("lang")),
    ("competitor", Some("competitor")),
    ("tier", Some("tier")),
    ("about", None),
    ("pain", Some("pain")),
    ("intent", Some("intent")),
    ("praise", Some("praise")),
    ("goal", Some("goal")),
    ("objection", Some("objection")),
    ("role", Some("role")),
    ("severity", None),
    ("story", None),
    ("page", None),
    ("has", None),
    ("mark", None),
    ("before", Some("to")),
    ("after", Some("from")),
    ("since", Some("from")),
    ("found", None),
];

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
        lexemes.push(Lexeme { kind, offset: at });
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
        '+' => strict(query, at),
        _ => {
            let end = word_end(query, at);
            let text: String = query[at..end].iter().collect();
            match text.as_str() {
                "OR" => Ok((Kind::Or("OR"), end)),
                "AND" => Ok((Kind::And, end)),
                "NOT" => Ok((Kind::Not("NOT"), end)),
                _ => {
                    check_word(&text, at, query.get(end).copied())?;
                    Ok((Kind::Word { text, strict: false }, end))
                }
            }
        }
    }
}

fn strict(query: &[char], at: usize) -> Result<(Kind, usize), QueryError> {
    let end = word_end(query, at + 1);
    if end == at + 1 {
        return match query.get(end) {
            Some(next) if !next.is_whitespace() => Err(QueryError::new(
                at,
                Problem::NotSupported { what: format!("`+{next}`") },
                "a single word behind `+`",
            )
            .suggest("Leave the `+` out: quotes already keep words together.")),
            _ => Err(lone_sign('+', at, "be written just so")),
        };
    }
    let text: String = query[at + 1..end].iter().collect();
    check_word(&text, at + 1, query.get(end).copied())?;
    Ok((Kind::Word { text, strict: true }, end))
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
    if let Some(star) = text.chars().position(|ch| ch == '*') {
        return Err(not_yet(
            at + 1 + star,
            "`*` in a phrase",
            "a word",
            "Write the words out, or search for them without quotes.",
        ));
    }
    if query.get(end + 1) == Some(&'~') {
        return Err(not_yet(
            end + 1,
            "a loose phrase (`~`)",
            "a space behind the quotes",
            "Leave the `~` and its number out.",
        ));
    }
    let words: Vec<String> = text.split_whitespace().filter(|word| has_content(word)).map(str::to_owned).collect();
    if words.is_empty() {
        return Err(
            QueryError::new(at, Problem::EmptyPhrase, "words between the quotes").suggest("Leave the quotes out.")
        );
    }
    Ok((Kind::Phrase(words), end + 1))
}

fn word_end(query: &[char], at: usize) -> usize {
    let ends = |ch: &char| ch.is_whitespace() || is_quote(*ch) || matches!(ch, '(' | ')' | '|');
    query[at..].iter().position(ends).map_or(query.len(), |length| at + length)
}

const fn is_quote(ch: char) -> bool {
    matches!(ch, '"' | '“' | '”' | '„' | '‟')
}

/// Word processors turn a minus into a dash.
const fn is_minus(ch: char) -> bool {
    matches!(ch, '-' | '\u{2212}' | '\u{2013}')
}

/// Whether the analyser finds a token in `word`. The modifier apostrophe and combining
/// vowel signs count as letters in Unicode, but begin no word.
fn has_content(word: &str) -> bool {
    word.chars().any(|ch| ch.is_alphanumeric() && ch != '\u{2bc}' && !is_combining_mark(ch))
}

/// Refuses a word that means something else, or nothing.
fn check_word(word: &str, at: usize, next: Option<char>) -> Result<(), QueryError> {
    if word.starts_with("NEAR/") || (word == "AROUND" && next == Some('(')) {
        let what = format!("`{}`", word.split('/').next().unwrap_or(word));
        return Err(not_yet(at, &what, "a word", "Leave it out: words side by side must all be there."));
    }
    if let Some(star) = word.chars().position(|ch| ch == '*') {
        return Err(not_yet(at + star, "`*`", "a whole word", "Write the words out, with OR between them."));
    }
    if let Some(dots) = range_at(word) {
        return Err(not_yet(
            at + dots,
            "a range of numbers (`..`)",
            "a number",
            "Write the numbers out, with OR between them.",
        ));
    }
    check_field(word, at)?;
    if has_content(word) {
        Ok(())
    } else {
        Err(QueryError::new(at, Problem::NothingToFind { word: word.to_owned() }, "a word with a letter or digit")
            .suggest(format!("Leave `{word}` out.")))
    }
}

fn not_yet(at: usize, what: &str, expected: &str, suggestion: &str) -> QueryError {
    QueryError::new(at, Problem::NotSupported { what: what.to_owned() }, expected).suggest(suggestion)
}

/// Where the dots of `100..200` stand.
fn range_at(word: &str) -> Option<usize> {
    let (low, high) = word.split_once("..")?;
    let is_bound =
        |bound: &str| bound.chars().all(|ch| ch.is_ascii_digit() || matches!(ch, '.' | ',' | '$' | '€' | '₫'));
    let is_range = is_bound(low) && is_bound(high) && word.chars().any(|ch| ch.is_ascii_digit());
    is_range.then(|| low.chars().count())
}

fn check_field(word: &str, at: usize) -> Result<(), QueryError> {
    let Some((name, value)) = word.split_once(':') else {
        return Ok(());
    };
    let lower = name.to_lowercase();
    if let Some((field, filter)) = FIELDS.iter().find(|(field, _)| *field == lower) {
        let suggestion = match filter {
            Some(filter) => format!("Use the filter `{filter}` beside the query."),
            None => format!("Leave `{field}:` out: words are looked for in title and text."),
        };
        return Err(not_yet(at, &format!("`{field}:` in a query"), "a word", &suggestion));
    }
    let is_name = !name.is_empty() && name.chars().all(|ch| ch.is_ascii_alphabetic() || matches!(ch, '_' | '-'));
    if !is_name || value.is_empty() {
        return Ok(());
    }
    let quoted = format!("To look for these characters, write \"{word}\".");
    let suggestion = match nearest_field(&lower) {
        Some(field) => format!("Did you mean `{field}:`? {quoted}"),
        None => quoted,
    };
    Err(QueryError::new(
        at,
        Problem::UnknownField { field: name.to_owned() },
        "a field of the query language, or a word",
    )
    .suggest(suggestion))
}

/// The field that `name` is one slip away from.
fn nearest_field(name: &str) -> Option<&'static str> {
    FIELDS.iter().map(|(field, _)| *field).find(|field| is_one_slip_from(name, field))
}

/// Whether one letter more, less, other or in the wrong place makes one word the other.
fn is_one_slip_from(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let same_start = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[same_start..], &other[same_start..]);
    match (one, other) {
        ([], [_]) | ([_], []) => true,
        ([a, rest @ ..], [b, other_rest @ ..]) => {
            rest == other_rest
                || rest == other
                || one == other_rest
                || matches!((rest, other_rest), ([c, tail @ ..], [d, other_tail @ ..]) if a == d && b == c && tail == other_tail)
        }
        _ => false,
    }
}
