//! How large a query may be, as typed and in its canonical text.

use crate::lex::{Kind, Lexeme};
use crate::parse::{MAX_CHARS, MAX_DEPTH, MAX_WORDS};
use crate::print::is_bare;
use crate::{Node, Pattern, Problem, Query, QueryError, Scope};

const SPLIT: &str = "Split it into several queries.";

pub(crate) fn check_length(text: &str) -> Result<(), QueryError> {
    if text.chars().nth(MAX_CHARS).is_none() {
        return Ok(());
    }
    Err(QueryError::new(MAX_CHARS, Problem::TooLong { limit: MAX_CHARS }, format!("{MAX_CHARS} characters at most"))
        .suggest(SPLIT))
}

pub(crate) fn check_words(lexemes: &[Lexeme]) -> Result<(), QueryError> {
    let mut words = 0;
    for lexeme in lexemes {
        words += match &lexeme.kind {
            Kind::Word(_) => 1,
            Kind::Phrase { text, .. } => text.split_whitespace().count(),
            _ => 0,
        };
        if MAX_WORDS < words {
            return Err(too_many_words(lexeme.offset));
        }
    }
    Ok(())
}

/// Checks that the canonical text can be read again: fields said of groups and pairs of
/// near words are written out in it, and alternatives stand in parentheses.
pub(crate) fn check_canonical(query: &Query) -> Result<(), QueryError> {
    let Some(root) = &query.root else {
        return Ok(());
    };
    if MAX_DEPTH < depth(root) {
        return Err(too_deep(0));
    }
    if MAX_WORDS < words(root) {
        return Err(too_many_words(0));
    }
    check_length(&query.to_string()).map_err(|error| QueryError { offset: 0, ..error })
}

pub(crate) fn too_deep(at: usize) -> QueryError {
    QueryError::new(at, Problem::TooDeep { limit: MAX_DEPTH }, format!("{MAX_DEPTH} levels at most"))
        .suggest("Leave out parentheses that change nothing, or split the query.")
}

fn too_many_words(at: usize) -> QueryError {
    QueryError::new(at, Problem::TooManyWords { limit: MAX_WORDS }, format!("{MAX_WORDS} words at most")).suggest(SPLIT)
}

/// Parentheses inside each other in the canonical text.
fn depth(node: &Node) -> usize {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().map(operand_depth).max().unwrap_or(0),
        Node::Not(inner) => match &**inner {
            Node::Words { scope: Scope::Anywhere, pattern: Pattern::Near { .. } } => 1,
            inner => operand_depth(inner),
        },
        Node::Words { scope, pattern: Pattern::Near { .. } } => usize::from(*scope != Scope::Anywhere),
        Node::Words { .. } | Node::Is { .. } | Node::When(_) => 0,
    }
}

fn operand_depth(node: &Node) -> usize {
    usize::from(matches!(node, Node::And(_) | Node::Or(_))) + depth(node)
}

/// Words of the canonical text, counted as [`check_words`] does.
fn words(node: &Node) -> usize {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().map(words).sum(),
        Node::Not(inner) => words(inner),
        Node::Words { scope, pattern } => {
            let is_field_apart =
                *scope != Scope::Anywhere && matches!(pattern, Pattern::Phrase(_) | Pattern::Near { .. });
            usize::from(is_field_apart) + pattern_words(pattern)
        }
        Node::Is { value, .. } if is_bare(value) => 1,
        Node::Is { value, .. } => 1 + value.split_whitespace().count(),
        Node::When(_) => 1,
    }
}

fn pattern_words(pattern: &Pattern) -> usize {
    match pattern {
        Pattern::Word { .. } | Pattern::Prefix(_) | Pattern::Range { .. } => 1,
        Pattern::Phrase(phrase) => phrase.slots.len(),
        Pattern::Near { left, right, .. } => pattern_words(left) + pattern_words(right),
    }
}
