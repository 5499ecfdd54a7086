//! What one word of a query matches: the contract's rule on marks and inflections.

use crate::{Spelling, Term, Token, terms};

/// Which tokens a word of a query means.
///
/// Marks that are there are a constraint, marks that are missing are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordRule {
    /// Typed without marks: every spelling and inflection.
    Open { folded: String },
    /// Typed with marks: one of these spellings or, ranked below, the word with no mark at all.
    Marked { exact: Vec<String>, unmarked: String },
    /// `+word`: these letters and marks, no inflection.
    Strict { exact: String },
}

impl WordRule {
    /// The rules of the words in `text`: several for `e-mail`, which stands for the phrase.
    pub fn of(text: &str, strict: bool) -> Vec<Self> {
        terms(text).into_iter().map(|term| Self::of_term(term, strict)).collect()
    }

    fn of_term(term: Term, strict: bool) -> Self {
        if strict {
            return Self::Strict { exact: term.exact };
        }
        match term.spelling {
            Spelling::Unmarked => Self::Open { folded: term.folded },
            Spelling::Marked { exact, unmarked } => Self::Marked { exact, unmarked },
        }
    }

    /// Whether `token` is meant.
    pub fn matches(&self, token: &Token<'_>) -> bool {
        match self {
            Self::Open { folded } => token.folded == folded,
            Self::Marked { exact, unmarked } => {
                token.exact == unmarked || exact.iter().any(|spelling| token.exact == spelling)
            }
            Self::Strict { exact } => token.exact == exact,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, strict: bool, text: &str, expected: bool) {
        let rules = WordRule::of(word, strict);
        assert_eq!(rules.len(), 1, "{word}");
        let mut found = false;
        crate::for_each_token(text, |token| found |= rules[0].matches(&token));
        assert_eq!(found, expected, "{word} in {text}");
    }

    #[test]
    fn missing_marks_are_open() {
        check("khach", false, "khách", true);
        check("quá", false, "qua", true);
        check("prices", false, "Price", true);
    }

    #[test]
    fn marks_that_are_there_bind() {
        check("đắt", false, "đạt", false);
        check("đắt", false, "dat", true);
        check("hoà", false, "hòa", true);
    }

    #[test]
    fn strict_word_is_itself() {
        check("price", true, "prices", false);
        check("ban", true, "bạn", false);
        check("Ban", true, "BAN", true);
    }
}
