//! What `pref*` matches: the rule on marks, for the beginning of a word.

use unicode_normalization::char::decompose_canonical;

use crate::fold::{normalise, push_folded};
use crate::{Token, terms, vietnamese};

/// Longest prefix, in bytes: the forms of a longer word are cut.
pub const MAX_PREFIX_BYTES: usize = 40;

/// Which tokens begin as a prefix does.
///
/// Marks that are there are a constraint on their letter, marks that are missing are open;
/// a prefix with marks also means the words that have no mark at all. There are no stems:
/// `prici*` finds `pricing`, and not `price`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixRule {
    /// What a word may begin with, letter by letter: more than one where the tone of a
    /// syllable may move as the word goes on.
    forms: Vec<Vec<char>>,
    /// Without marks.
    unmarked: String,
}

impl PrefixRule {
    /// The rule of a prefix without its star; `None` where it is not the beginning of one
    /// word, or longer than [`MAX_PREFIX_BYTES`].
    pub fn of(prefix: &str) -> Option<Self> {
        let [term] = <[_; 1]>::try_from(terms(prefix)).ok()?;
        let mut typed = prefix.to_owned();
        normalise(&mut typed, &mut String::new());
        if MAX_PREFIX_BYTES < typed.len() || typed.chars().count() != term.exact.chars().count() {
            return None;
        }
        let mut unmarked = String::new();
        push_folded(&term.exact, &mut unmarked);
        let mut forms: Vec<Vec<char>> = Vec::new();
        for form in [term.exact, typed.clone()].into_iter().chain(vietnamese::tone_places(&typed)) {
            let form: Vec<char> = form.chars().collect();
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        Some(Self { forms, unmarked })
    }

    /// Whether `token` is meant.
    pub fn matches(&self, token: &Token<'_>) -> bool {
        self.matches_exact(token.exact)
    }

    /// Whether the token with this [exact form](Token::exact) is meant.
    pub fn matches_exact(&self, exact: &str) -> bool {
        self.forms.iter().any(|form| begins(exact, form)) || exact.starts_with(&self.unmarked) && is_unmarked(exact)
    }

    /// The prefix without marks. Every token that is meant begins with it once its own
    /// marks are taken off, see [`PrefixRule::step`].
    pub fn unmarked(&self) -> &str {
        &self.unmarked
    }

    /// Follows one character of an exact form: bytes of [`PrefixRule::unmarked`] that have
    /// been met, with those that `ch` adds, or `None` where it leads elsewhere. For whoever
    /// looks tokens up in a sorted list; what begins so is still to be held against
    /// [`PrefixRule::matches_exact`].
    pub fn step(&self, met: usize, ch: char) -> Option<usize> {
        let mut rest = self.unmarked.get(met..)?;
        let mut folded = String::new();
        push_folded(ch.encode_utf8(&mut [0; 4]), &mut folded);
        for letter in folded.chars() {
            if rest.is_empty() {
                break;
            }
            rest = rest.strip_prefix(letter)?;
        }
        Some(self.unmarked.len() - rest.len())
    }
}

/// Whether `exact` begins with the letters of `form`, or with letters that have more marks.
fn begins(exact: &str, form: &[char]) -> bool {
    let mut form = form;
    let mut folded = String::new();
    for found in exact.chars() {
        let Some((&typed, rest)) = form.split_first() else {
            return true;
        };
        if typed == found || is_marked(typed) && has_marks_of(found, typed) {
            form = rest;
            continue;
        }
        if is_marked(typed) {
            return false;
        }
        folded.clear();
        push_folded(found.encode_utf8(&mut [0; 4]), &mut folded);
        for letter in folded.chars() {
            match form.split_first() {
                Some((typed, rest)) if *typed == letter => form = rest,
                Some(_) => return false,
                None => return true,
            }
        }
    }
    form.is_empty()
}

fn is_marked(ch: char) -> bool {
    !is_unmarked(ch.encode_utf8(&mut [0; 4]))
}

fn is_unmarked(exact: &str) -> bool {
    if exact.is_ascii() {
        return true;
    }
    let mut folded = String::with_capacity(exact.len());
    push_folded(exact, &mut folded);
    folded == exact
}

/// Whether `found` is the letter `typed` with the same marks or more.
fn has_marks_of(found: char, typed: char) -> bool {
    let (found, typed) = (parts(found), parts(typed));
    found[0] == typed[0] && typed.iter().all(|mark| found.contains(mark))
}

/// A letter and its marks.
fn parts(ch: char) -> Vec<char> {
    let mut parts = Vec::with_capacity(3);
    decompose_canonical(ch, |part| parts.push(part));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::for_each_token;

    #[track_caller]
    fn check(prefix: &str, word: &str, expected: bool) {
        let rule = PrefixRule::of(prefix).unwrap();
        let mut found = false;
        for_each_token(word, |token| {
            found |= rule.matches(&token);
            let met = token.exact.chars().try_fold(0, |met, ch| rule.step(met, ch));
            assert!(!rule.matches(&token) || met == Some(rule.unmarked().len()), "a look-up misses {word}");
        });
        assert_eq!(found, expected, "{prefix}* in {word}");
    }

    #[test]
    fn a_word_begins_with_it() {
        check("pric", "Pricing", true);
        check("pricing", "price", false);
        check("price", "prices", true);
        check("12", "12.500", true);
        check("acme", "acm", false);
    }

    #[test]
    fn missing_marks_are_open() {
        check("khac", "khách", true);
        check("resume", "Résumés", true);
        check("stras", "Straße", true);
        check("dien", "điện", true);
        check("dat", "đ\u{103}\u{301}t", true);
    }

    #[test]
    fn marks_that_are_there_bind() {
        check("khá", "khách", true);
        check("khá", "khach", true);
        check("khá", "khạch", false);
        check("đă", "đắt", true);
        check("đă", "dắt", false);
        check("đắ", "dat", true);
        check("đắ", "dất", false);
    }

    #[test]
    fn a_tone_may_move_as_the_word_goes_on() {
        check("toá", "toán", true);
        check("tóa", "toán", true);
        check("hoà", "hòa", true);
        check("hoà", "hoàng", true);
    }

    #[test]
    fn what_is_not_one_word_is_no_prefix() {
        assert_eq!(PrefixRule::of("e-ma"), None);
        assert_eq!(PrefixRule::of("日本"), None);
        assert_eq!(PrefixRule::of("&"), None);
        assert_eq!(PrefixRule::of(&"a".repeat(MAX_PREFIX_BYTES + 1)), None);
    }
}
