//! What `100..200` matches: the numbers of a text, compared by their value.

use std::cmp::Ordering;

use crate::{Token, terms};

/// Which numbers lie in a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRule {
    from: Option<String>,
    to: Option<String>,
}

impl NumberRule {
    /// The rule of a range, both ends included, read as numbers in a text are (`1.290` is
    /// a thousand and more). `None` where an end is no number, or no number lies between.
    pub fn of(from: Option<&str>, to: Option<&str>) -> Option<Self> {
        let from = from.map(number);
        let to = to.map(number);
        if from == Some(None) || to == Some(None) {
            return None;
        }
        let rule = Self { from: from.flatten(), to: to.flatten() };
        let is_empty =
            matches!((&rule.from, &rule.to), (Some(from), Some(to)) if compare(from, to) == Ordering::Greater);
        (!is_empty).then_some(rule)
    }

    /// Whether `token` is meant.
    pub fn matches(&self, token: &Token<'_>) -> bool {
        self.matches_folded(token.folded)
    }

    /// Whether the token with this [folded form](Token::folded) is meant.
    pub fn matches_folded(&self, folded: &str) -> bool {
        is_number(folded)
            && self.from.as_deref().is_none_or(|from| compare(from, folded) != Ordering::Greater)
            && self.to.as_deref().is_none_or(|to| compare(folded, to) != Ordering::Greater)
    }
}

/// The one number that `text` is.
fn number(text: &str) -> Option<String> {
    let [term] = <[_; 1]>::try_from(terms(text)).ok()?;
    Some(term.folded).filter(|folded| is_number(folded))
}

/// Whether a folded form is a number: digits, perhaps a point and more digits.
fn is_number(folded: &str) -> bool {
    let (whole, decimals) = folded.split_once('.').unwrap_or((folded, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole) && is_digits(decimals)
}

/// Compares two numbers by value, whatever their length.
fn compare(left: &str, right: &str) -> Ordering {
    let (left, left_decimals) = left.split_once('.').unwrap_or((left, ""));
    let (right, right_decimals) = right.split_once('.').unwrap_or((right, ""));
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    let decimals = || left_decimals.trim_end_matches('0').cmp(right_decimals.trim_end_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right)).then_with(decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, to: &str, text: &str, expected: bool) {
        let end = |end: &'static str| Some(end).filter(|end| !end.is_empty());
        let (from, to) = (from.to_owned().leak(), to.to_owned().leak());
        let rule = NumberRule::of(end(from), end(to)).unwrap();
        let mut found = false;
        crate::for_each_token(text, |token| found |= rule.matches(&token));
        assert_eq!(found, expected, "{from}..{to} in {text}");
    }

    #[test]
    fn both_ends_are_included() {
        check("100", "200", "from $100", true);
        check("100", "200", "200", true);
        check("100", "200", "99 or 201", false);
        check("100", "", "1.290.000₫", true);
        check("", "2.5", "2,50", true);
        check("", "2.5", "2,51", false);
    }

    #[test]
    fn numbers_are_compared_by_value() {
        check("9", "10", "9.5", true);
        check("0.5", "1", "0,45", false);
        check("1.290.000", "1,300,000", "1295000", true);
        check("7", "7", "007", true);
        check("1", "99999999999999999999999", "12345678901234567890123", true);
    }

    #[test]
    fn what_is_no_number_is_none() {
        check("1", "9999", "22.11.2026 v2 4G", false);
        assert_eq!(NumberRule::of(Some("1.2.3"), None), None);
        assert_eq!(NumberRule::of(Some("2"), Some("1")), None);
        assert_eq!(NumberRule::of(Some("x"), None), None);
    }
}
