//! What a block must hold, or must not: a text, or a regular expression between slashes.

use std::fmt;

use regex::{Regex, RegexBuilder};

/// Largest compiled expression, in bytes.
const MAX_SIZE: usize = 1 << 20;
/// Longest pattern, in bytes.
const MAX_LENGTH: usize = 1_000;

/// A text, whatever its case, or a regular expression.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// In lower case.
    Text(String),
    /// Matched in linear time.
    Regex(Box<Regex>),
}

/// Why a pattern cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPattern {
    #[error("is empty, and would match every block")]
    Empty,
    #[error("is longer than {MAX_LENGTH} bytes")]
    TooLong,
    #[error("is no regular expression: {0}")]
    Regex(String),
}

impl Pattern {
    /// Reads `text`, `/regular expression/`, or `/regular expression/i` for one that ignores case.
    ///
    /// # Errors
    ///
    /// When it is empty or too long, or the expression is wrong or grows beyond 1 MiB.
    pub fn parse(pattern: &str) -> Result<Self, NoPattern> {
        if pattern.trim().is_empty() {
            return Err(NoPattern::Empty);
        }
        if MAX_LENGTH < pattern.len() {
            return Err(NoPattern::TooLong);
        }
        let Some((expression, ignores_case)) = expression(pattern) else {
            return Ok(Self::Text(pattern.to_lowercase()));
        };
        if expression.is_empty() {
            return Err(NoPattern::Empty);
        }
        RegexBuilder::new(expression)
            .case_insensitive(ignores_case)
            .size_limit(MAX_SIZE)
            .build()
            .map(|regex| Self::Regex(Box::new(regex)))
            .map_err(|error| NoPattern::Regex(reason(&error)))
    }

    pub fn matches(&self, block: &str) -> bool {
        match self {
            Self::Text(text) => block.to_lowercase().contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(block),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Regex(regex) => write!(f, "/{regex}/"),
        }
    }
}

/// What stands between the slashes, and whether it ignores case.
fn expression(pattern: &str) -> Option<(&str, bool)> {
    let rest = pattern.strip_prefix('/')?;
    rest.strip_suffix('/').map(|inner| (inner, false)).or_else(|| rest.strip_suffix("/i").map(|inner| (inner, true)))
}

/// The last line of the error says what is wrong; the ones before draw it.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_text_or_an_expression() {
        let rows = [
            ("sale", "Big SALE today", true),
            ("Giá", "bảng giá mới", true),
            ("$10", "only $10", true),
            (r"/\$\d+/", "only $10", true),
            (r"/\$\d+/", "only ten dollars", false),
            ("/Sale/", "big sale", false),
            ("/Sale/i", "big sale", true),
            ("/pricing", "see /pricing", true),
        ];
        for (pattern, block, expected) in rows {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(block), expected, "{pattern}");
        }
    }

    #[test]
    fn a_wrong_pattern_says_why() {
        let wrong = |pattern: &str| Pattern::parse(pattern).unwrap_err().to_string();
        assert_eq!(wrong(" "), "is empty, and would match every block");
        assert_eq!(wrong("//"), "is empty, and would match every block");
        assert_eq!(wrong("/(a/"), "is no regular expression: unclosed group");
        assert!(wrong(r"/(?:\w{900}){900}/").contains("exceeds size limit"));
        assert_eq!(wrong(&"x".repeat(1_001)), "is longer than 1000 bytes");
    }
}
