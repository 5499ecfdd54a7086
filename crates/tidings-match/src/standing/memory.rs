//! Which terms the words of texts stand for. Texts repeat a few thousand words, so what was
//! found out for a word is kept until the terms change.

use std::hash::BuildHasher;

use rustc_hash::FxBuildHasher;
use tidings_text::{Token, Word};

use super::terms::{Kind, TermId, Terms};

const SLOTS: usize = 1 << 14;
/// Longest word that is kept, in bytes.
const MAX_BYTES: usize = 22;
/// Most terms of a word that is kept.
const MAX_IDS: usize = 3;

/// The kinds of term that the words of a field are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds {
    folded: Kind,
    written: Kind,
    rule: Kind,
}

impl Kinds {
    pub(super) const TEXT: Self = Self { folded: Kind::Folded, written: Kind::Written, rule: Kind::Rule };
    pub(super) const URL: Self = Self { folded: Kind::UrlFolded, written: Kind::UrlWritten, rule: Kind::UrlRule };
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// The state of the terms that this was found out in; 0 for an empty slot.
    state: u64,
    word: [u8; MAX_BYTES],
    length: u8,
    count: u8,
    ids: [TermId; MAX_IDS],
}

#[derive(Debug, Default)]
pub(super) struct Memory {
    slots: Vec<Slot>,
    state: u64,
    ids: Vec<TermId>,
}

impl Memory {
    /// Forgets what was found out in another state of the terms.
    pub(super) fn begin(&mut self, state: u64) {
        self.slots.resize(SLOTS, Slot::default());
        self.state = state;
    }

    /// The terms that a word is.
    pub(super) fn terms_of(&mut self, word: &mut Word<'_>, terms: &Terms, kinds: Kinds) -> &[TermId] {
        let plain = word.plain().filter(|plain| plain.len() <= MAX_BYTES && kinds == Kinds::TEXT);
        let Some(plain) = plain.map(str::as_bytes) else {
            look_up(&word.token(), terms, kinds, &mut self.ids);
            return &self.ids;
        };
        // The upper bits of this hash are its better ones.
        let at = (FxBuildHasher.hash_one(plain) >> 40) as usize % SLOTS;
        let slot = &self.slots[at];
        if slot.state != self.state || slot.word[..usize::from(slot.length)] != *plain {
            look_up(&word.token(), terms, kinds, &mut self.ids);
            if MAX_IDS < self.ids.len() {
                return &self.ids;
            }
            let (length, count) = (plain.len() as u8, self.ids.len() as u8);
            let mut slot = Slot { state: self.state, length, count, ..Slot::default() };
            slot.word[..plain.len()].copy_from_slice(plain);
            slot.ids[..self.ids.len()].copy_from_slice(&self.ids);
            self.slots[at] = slot;
        }
        let slot = &self.slots[at];
        &slot.ids[..usize::from(slot.count)]
    }
}

/// Puts the terms of a word into `ids`.
fn look_up(token: &Token<'_>, terms: &Terms, kinds: Kinds, ids: &mut Vec<TermId>) {
    ids.clear();
    ids.extend(terms.get(kinds.folded, token.folded));
    ids.extend(terms.get(kinds.written, token.exact));
    terms.for_each_rule(kinds.rule, token, |id| ids.push(id));
}
