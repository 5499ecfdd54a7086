//! The blocks of a change that are told, by kind.

use std::collections::BTreeSet;

use tidings_sdk::extract::change::{Difference, Edit};

use crate::params::Side;

/// What is told.
pub(crate) struct Told {
    /// With both states of the edited blocks.
    pub blocks: Difference,
    pub edits: Vec<Edit>,
}

impl Told {
    /// The part of a difference that is of the kinds that are asked for.
    pub(crate) fn new(mut blocks: Difference, kinds: &[Side]) -> Self {
        let mut others = blocks.clone();
        let mut edits = others.take_edits();
        if !kinds.contains(&Side::Changed) {
            edits.clear();
        }
        let mut come: BTreeSet<String> = edits.iter().map(|edit| edit.after.clone()).collect();
        let mut gone: BTreeSet<String> = edits.iter().map(|edit| edit.before.clone()).collect();
        if kinds.contains(&Side::Added) {
            come.extend(others.added);
        }
        if kinds.contains(&Side::Removed) {
            gone.extend(others.removed);
        }
        blocks.added.retain(|block| come.contains(block));
        blocks.removed.retain(|block| gone.contains(block));
        Self { blocks, edits }
    }
}

#[cfg(test)]
mod tests {
    use tidings_sdk::extract::change::difference;

    use super::*;

    #[track_caller]
    fn check(kinds: &[Side], added: &[&str], removed: &[&str]) {
        let found = difference("Basic: $10 a seat\nold news", "Basic: $12 a seat\na wholly different line");
        let told = Told::new(found, kinds);
        assert_eq!((told.blocks.added, told.blocks.removed), (own(added), own(removed)));
    }

    fn own(blocks: &[&str]) -> Vec<String> {
        blocks.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_edited_block_is_neither_added_nor_removed() {
        let (edited, was) = ("Basic: $12 a seat", "Basic: $10 a seat");
        check(&[Side::Added], &["a wholly different line"], &[]);
        check(&[Side::Removed], &[], &["old news"]);
        check(&[Side::Changed], &[edited], &[was]);
        check(&[Side::Added, Side::Removed, Side::Changed], &[edited, "a wholly different line"], &[was, "old news"]);
    }
}
