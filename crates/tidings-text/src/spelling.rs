//! Which tokens a word of a query or of the taxonomy stands for.

use crate::fold::push_folded;
use crate::{for_each_token, vietnamese};

/// One word to look for, analysed as text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The word itself: what `+word` matches and nothing else.
    pub exact: String,
    /// What every spelling and inflection of the word has in common.
    pub folded: String,
    pub spelling: Spelling,
}

/// How far the marks of a word bind. Marks that are there are a constraint, marks
/// that are missing are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// Written without marks. A query means every token with this folded form; a
    /// taxonomy phrase only those among them that are unmarked too.
    Unmarked,
    /// Written with marks: tokens whose exact form is one of `exact` (more than one when
    /// the word is half-marked), and, ranked below, those whose exact form is `unmarked`.
    Marked { exact: Vec<String>, unmarked: String },
}

/// The words of `text` in order. More than one for `e-mail` or `24/7`, which stand for
/// the phrase; none for text without letter or digit.
pub fn terms(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for_each_token(text, |token| {
        let spelling = if token.marked { marked(token.exact) } else { Spelling::Unmarked };
        terms.push(Term { exact: token.exact.to_owned(), folded: token.folded.to_owned(), spelling });
    });
    terms
}

fn marked(exact: &str) -> Spelling {
    let mut unmarked = String::new();
    push_folded(exact, &mut unmarked);
    let mut spellings = vietnamese::completions(exact);
    // As typed, it matches the same half-marked word in a text.
    spellings.insert(0, exact.to_owned());
    Spelling::Marked { exact: spellings, unmarked }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, exact: &[&str], unmarked: &str) {
        let terms = terms(word);
        assert_eq!(terms.len(), 1);
        let Spelling::Marked { exact: found, unmarked: found_unmarked } = &terms[0].spelling else {
            panic!("{word} has marks");
        };
        assert_eq!(found, exact);
        assert_eq!(found_unmarked, unmarked);
    }

    #[test]
    fn marked_word_is_itself_or_unmarked() {
        check("Đắt", &["đắt"], "dat");
        check("hoà", &["hòa"], "hoa");
        check("café", &["café"], "cafe");
    }

    #[test]
    fn half_marked_word_has_the_spellings_that_agree() {
        check("đăt", &["đăt", "đắt", "đặt"], "dat");
    }

    #[test]
    fn unmarked_word_is_open() {
        assert_eq!(terms("khach")[0].spelling, Spelling::Unmarked);
        assert_eq!(terms("prices")[0].folded, "price");
    }

    #[test]
    fn one_written_word_may_be_several() {
        let words = |text| terms(text).into_iter().map(|term| term.exact).collect::<Vec<_>>();
        assert_eq!(words("24/7"), ["24", "7"]);
        assert_eq!(words("e-mail"), ["e", "mail"]);
        assert!(words("&").is_empty());
    }
}
