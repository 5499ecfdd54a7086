//! What changed between two states of a page: blocks of text that came and went.
//!
//! Blocks that only moved, were wrapped anew or carry another clock, age or counter have not changed.

mod edit;
mod facts;
mod noise;
mod pattern;
mod price;
mod stock;
mod structured;
mod tools;
mod visible;

use std::collections::HashMap;

pub use edit::Edit;
pub use facts::{facts, page_title};
pub use pattern::{NoPattern, Pattern};
pub use price::{MAX_PRICES, Price, prices};
pub use scraper::Html;
pub use stock::stock;
pub use tools::tools;
pub use visible::{Scope, Visible, selector, visible, visible_text};

/// Most blocks of a page that are compared.
const MAX_BLOCKS: usize = 20_000;
/// Most blocks that a difference tells on each side; the whole states are in the snapshots.
const MAX_TOLD: usize = 60;

/// Blocks that came and went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// In the order of the later state.
    pub added: Vec<String>,
    /// In the order of the earlier state.
    pub removed: Vec<String>,
}

impl Difference {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// Words that came or went: how large the change is.
    pub fn words(&self) -> usize {
        let (gone, come) = (words_of(&self.removed), words_of(&self.added));
        surplus(&gone, &come) + surplus(&come, &gone)
    }
}

/// The blocks of a text: its lines that are not blank.
pub fn blocks(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).take(MAX_BLOCKS).collect()
}

/// Compares two states of a text, block by block, in linear time.
pub fn difference(before: &str, after: &str) -> Difference {
    difference_of(before, after, |_| true)
}

/// Compares two states of a text, and tells the blocks that are wanted.
///
/// Words in another case are no change by themselves; in a text that has changed they are told as well.
pub fn difference_of(before: &str, after: &str, wanted: impl Fn(&str) -> bool) -> Difference {
    let (before, after) = without_same(&blocks(before), &blocks(after));
    let both = |words: fn(&str) -> Vec<String>| (missing(&before, &after, words), missing(&after, &before, words));
    let (removed, added) = both(noise::words);
    // The same words in the same order: a block was split, or two were joined.
    if words_of(&removed) == words_of(&added) {
        return Difference::default();
    }
    let (removed, added) = both(noise::words_as_written);
    let own = |blocks: Vec<&str>| {
        blocks.into_iter().filter(|block| wanted(block)).take(MAX_TOLD).map(str::to_owned).collect()
    };
    Difference { added: own(added), removed: own(removed) }
}

/// Without the blocks that stand in both as they are: most of a page, whose words need no look.
fn without_same<'a>(before: &[&'a str], after: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let rest = |blocks: &[&'a str], others: &[&'a str]| {
        let mut there: HashMap<&str, usize> = HashMap::with_capacity(others.len());
        others.iter().for_each(|other| *there.entry(other).or_default() += 1);
        let mut is_missing = |block: &&str| match there.get_mut(*block) {
            Some(left) if 0 < *left => {
                *left -= 1;
                false
            }
            _ => true,
        };
        blocks.iter().filter(|block| is_missing(block)).copied().collect()
    };
    (rest(before, after), rest(after, before))
}

/// The blocks that `others` holds less often, by their words.
fn missing<'a>(blocks: &[&'a str], others: &[&str], words_of: fn(&str) -> Vec<String>) -> Vec<&'a str> {
    let mut there: HashMap<Vec<String>, usize> = HashMap::new();
    for other in others {
        *there.entry(words_of(other)).or_default() += 1;
    }
    let mut missing = Vec::new();
    for block in blocks {
        let words = words_of(block);
        match there.get_mut(&words) {
            _ if words.is_empty() => {}
            Some(left) if 0 < *left => *left -= 1,
            _ => missing.push(*block),
        }
    }
    missing
}

fn words_of(blocks: &[impl AsRef<str>]) -> Vec<String> {
    blocks.iter().flat_map(|block| noise::words(block.as_ref())).collect()
}

/// How many of `words` are more than `others` holds.
fn surplus(words: &[String], others: &[String]) -> usize {
    let mut there: HashMap<&str, usize> = HashMap::new();
    for other in others {
        *there.entry(other).or_default() += 1;
    }
    words
        .iter()
        .filter(|word| match there.get_mut(word.as_str()) {
            Some(left) if 0 < *left => {
                *left -= 1;
                false
            }
            _ => true,
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, added: &[&str], removed: &[&str]) {
        let found = difference(before, after);
        assert_eq!(
            (found.added, found.removed),
            (added.iter().map(ToString::to_string).collect(), removed.iter().map(ToString::to_string).collect())
        );
    }

    #[test]
    fn blocks_come_and_go() {
        check("one\ntwo", "one\nthree\ntwo", &["three"], &[]);
        check("Gói Cơ bản: 99.000₫", "Gói Cơ bản: 129.000₫", &["Gói Cơ bản: 129.000₫"], &["Gói Cơ bản: 99.000₫"]);
        check("a\na", "a", &[], &["a"]);
    }

    #[test]
    fn what_moved_or_was_wrapped_anew_has_not_changed() {
        check("one\ntwo\nthree", "three\none\ntwo", &[], &[]);
        check("one two three", "one two\nthree", &[], &[]);
        check("• One,  two", "One, two", &[], &[]);
    }

    #[test]
    fn another_case_is_told_only_where_something_changed() {
        check("Javascript\nCSS", "JavaScript\nCSS", &[], &[]);
        check("Javascript\nCSS", "JavaScript\nCSS\nHTML", &["JavaScript", "HTML"], &["Javascript"]);
    }

    #[test]
    fn clocks_ages_and_counters_are_no_change() {
        check("Updated 5 minutes ago", "Updated 2 hours ago", &[], &[]);
        check("Đăng 3 giờ trước", "Đăng 2 ngày trước", &[], &[]);
        check("It is 10:15:02", "It is 11:20:59", &[], &[]);
        check("1,204 views", "1,310 views", &[], &[]);
        check("Phiên 9f86d081884c7d659a2feaa0", "Phiên 60303ae22b998861bce3b28f", &[], &[]);
        check("Posted an hour ago", "Posted yesterday", &[], &[]);
        check("Sửa 3 tháng trước", "Sửa 1 năm trước", &[], &[]);
        check("Open since 10:15am", "Open since 9:05pm", &[], &[]);
        check("310 lượt xem", "311 lượt xem", &[], &[]);
        check("Aktualisiert vor 5 Minuten", "Aktualisiert vor einer Stunde", &[], &[]);
        check("Geändert gestern", "Geändert vor 2 Tagen", &[], &[]);
        check("Publié il y a 3 heures", "Publié il y a une semaine", &[], &[]);
        check("Đăng hôm qua", "Đăng 2 ngày trước", &[], &[]);
        check("wren, 5m ago", "wren, 2h ago", &[], &[]);
        check("Saved just now", "Saved a minute ago", &[], &[]);
        check("12 Kommentare", "13 Kommentare", &[], &[]);
    }

    #[test]
    fn a_number_that_counts_nothing_is_a_change() {
        check("10 users", "20 users", &["20 users"], &["10 users"]);
        check("Kündbar in 3 Monaten", "Kündbar in 6 Monaten", &["Kündbar in 6 Monaten"], &["Kündbar in 3 Monaten"]);
        check("vor 2026", "vor 2027", &["vor 2027"], &["vor 2026"]);
    }

    #[test]
    fn the_size_of_a_change_is_told_in_words() {
        assert_eq!(difference("we sell five plans", "we sell six new plans").words(), 3);
    }
}
