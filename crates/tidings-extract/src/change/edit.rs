//! Blocks that were edited: pairs of a removed and an added block that share most of their words, and what differs in them.

use std::collections::BTreeSet;

use super::{Difference, noise};

/// Most words of a block that are compared.
const MAX_WORDS: usize = 400;
/// Of all words of both blocks, this share stands in both, in percent.
const MIN_SHARED: usize = 50;

/// A block that was edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub before: String,
    pub after: String,
}

impl Edit {
    /// The later state with what differs marked word by word: `Basic: [-$10-] {+$12+} a seat`.
    ///
    /// Words beyond the 400th of a block are left out, and an ellipsis says so.
    pub fn marked(&self) -> String {
        let (before, after) = (said(&self.before), said(&self.after));
        let mut text = String::new();
        for (mark, words) in steps(&before, &after) {
            if !text.is_empty() {
                text.push(' ');
            }
            let words = words.join(" ");
            match mark {
                Mark::Same => text.push_str(&words),
                Mark::Gone => text.extend(["[-", words.as_str(), "-]"]),
                Mark::Come => text.extend(["{+", words.as_str(), "+}"]),
            }
        }
        let is_cut = [&self.before, &self.after].iter().any(|block| block.split_whitespace().nth(MAX_WORDS).is_some());
        if is_cut {
            text.push_str(" …");
        }
        text
    }
}

impl Difference {
    /// The blocks that were edited, taken out of those that were added and removed.
    ///
    /// Each added block is paired with the removed one that it shares most words with.
    pub fn take_edits(&mut self) -> Vec<Edit> {
        let words = |blocks: &[String]| -> Vec<Vec<String>> {
            let sorted = |block: &String| {
                let mut words = noise::words(block);
                words.truncate(MAX_WORDS);
                words.sort_unstable();
                words
            };
            blocks.iter().map(sorted).collect()
        };
        let (gone, come) = (words(&self.removed), words(&self.added));
        let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
        for (added, words) in come.iter().enumerate() {
            for (removed, others) in gone.iter().enumerate() {
                let likeness = 200 * shared(words, others) / (words.len() + others.len()).max(1);
                if MIN_SHARED <= likeness {
                    pairs.push((likeness, added, removed));
                }
            }
        }
        // The likest first; of equals those that stand first.
        pairs.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| (one.1, one.2).cmp(&(other.1, other.2))));
        let (mut come, mut gone, mut taken) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for (_, added, removed) in pairs {
            if !come.contains(&added) && !gone.contains(&removed) {
                come.insert(added);
                gone.insert(removed);
                taken.push((added, removed));
            }
        }
        taken.sort_unstable();
        let edit = |(added, removed): (usize, usize)| Edit {
            before: self.removed[removed].clone(),
            after: self.added[added].clone(),
        };
        let edits = taken.into_iter().map(edit).collect();
        keep_others(&mut self.added, &come);
        keep_others(&mut self.removed, &gone);
        edits
    }
}

fn keep_others(blocks: &mut Vec<String>, taken: &BTreeSet<usize>) {
    let mut at = 0;
    blocks.retain(|_| {
        at += 1;
        !taken.contains(&(at - 1))
    });
}

/// How many words two sorted lists share.
fn shared(one: &[String], other: &[String]) -> usize {
    let (mut left, mut right, mut shared) = (0, 0, 0);
    while let (Some(word), Some(with)) = (one.get(left), other.get(right)) {
        match word.cmp(with) {
            std::cmp::Ordering::Equal => (left, right, shared) = (left + 1, right + 1, shared + 1),
            std::cmp::Ordering::Less => left += 1,
            std::cmp::Ordering::Greater => right += 1,
        }
    }
    shared
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Same,
    Gone,
    Come,
}

fn said(block: &str) -> Vec<&str> {
    block.split_whitespace().take(MAX_WORDS).collect()
}

/// Runs of words that stayed, went and came, by the longest common subsequence; 160,000 comparisons at most.
fn steps<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<(Mark, Vec<&'a str>)> {
    let width = after.len() + 1;
    // The length of the longest common subsequence of what follows each pair of places.
    let mut longest = vec![0_u16; (before.len() + 1) * width];
    for left in (0..before.len()).rev() {
        for right in (0..after.len()).rev() {
            longest[left * width + right] = if before[left] == after[right] {
                longest[(left + 1) * width + right + 1] + 1
            } else {
                longest[(left + 1) * width + right].max(longest[left * width + right + 1])
            };
        }
    }
    let mut steps: Vec<(Mark, Vec<&str>)> = Vec::new();
    let mut push = |mark: Mark, word| match steps.last_mut() {
        Some((last, words)) if *last == mark => words.push(word),
        _ => steps.push((mark, vec![word])),
    };
    let (mut left, mut right) = (0, 0);
    while left < before.len() || right < after.len() {
        let is_same = left < before.len() && right < after.len() && before[left] == after[right];
        if is_same {
            push(Mark::Same, before[left]);
            (left, right) = (left + 1, right + 1);
        } else if right == after.len()
            || left < before.len() && longest[left * width + right + 1] <= longest[(left + 1) * width + right]
        {
            push(Mark::Gone, before[left]);
            left += 1;
        } else {
            push(Mark::Come, after[right]);
            right += 1;
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::difference;
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, edits: &[&str], added: &[&str], removed: &[&str]) {
        let mut found = difference(before, after);
        let marked: Vec<String> = found.take_edits().iter().map(Edit::marked).collect();
        assert_eq!((marked, found.added, found.removed), (own(edits), own(added), own(removed)));
    }

    fn own(blocks: &[&str]) -> Vec<String> {
        blocks.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn blocks_that_share_most_words_are_one_edited_block() {
        check("Basic: $10 a seat", "Basic: $12 a seat", &["Basic: [-$10-] {+$12+} a seat"], &[], &[]);
        check("we sell tea", "we sell tea and cups", &["we sell tea {+and cups+}"], &[], &[]);
        check("one two three", "four five six", &[], &["four five six"], &["one two three"]);
    }

    #[test]
    fn each_block_is_paired_with_the_likest() {
        check(
            "Basic plan: $10 a seat\nTeam plan: $20 a seat",
            "Team plan: $25 a seat\nBasic plan: $12 a seat\nNew things to come",
            &["Team plan: [-$20-] {+$25+} a seat", "Basic plan: [-$10-] {+$12+} a seat"],
            &["New things to come"],
            &[],
        );
    }

    #[test]
    fn long_blocks_are_cut_and_say_so() {
        let edit = Edit { before: "a ".repeat(500), after: "a ".repeat(401) };
        assert!(edit.marked().ends_with(" …"));
    }

    proptest! {
        #[test]
        fn marks_hold_every_word_of_both(before in "[ab c]{0,30}", after in "[ab c]{0,30}") {
            let (one, other): (Vec<&str>, Vec<&str>) = (said(&before), said(&after));
            let of = |not: Mark| -> Vec<&str> {
                steps(&one, &other).into_iter().filter(|(mark, _)| *mark != not).flat_map(|(_, words)| words).collect()
            };
            prop_assert_eq!(of(Mark::Come), one.clone());
            prop_assert_eq!(of(Mark::Gone), other.clone());
        }
    }
}
