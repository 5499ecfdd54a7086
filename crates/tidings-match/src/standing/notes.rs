//! Which terms the words of texts stand for. Texts repeat a few thousand words, so what was
//! found out for a word is kept until the terms change.

use tidings_text::{Token, WordMap};

use super::terms::{Kind, MAX_TERM, NONE, TermId, Terms};

/// When the lists of terms have so many numbers, keeping begins anew.
const MAX_LISTED: usize = 1 << 16;

/// Marks where a list of terms begins; no number of a term has this bit.
const LIST: u32 = MAX_TERM + 1;

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

    /// Whether any query asks for such words.
    pub(super) fn are_in(self, terms: &Terms) -> bool {
        terms.has(self.folded) || terms.has(self.written) || terms.has(self.rule)
    }
}

/// What the words of texts are, written down.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What each word is, see [`Note`].
    pub(super) known: WordMap<Note>,
    lists: Lists,
    /// What the terms were when these were found out.
    state: u64,
}

/// The one term of a word, [`NONE`], or where its list begins.
pub(super) type Note = u32;

/// How many terms, then the terms, one list behind the other.
#[derive(Debug, Default)]
pub(super) struct Lists {
    listed: Vec<u32>,
    ids: Vec<TermId>,
}

impl Notes {
    /// Both parts, without what was found out in another state of the terms.
    pub(super) fn begin(&mut self, state: u64) -> (&mut WordMap<Note>, &mut Lists) {
        if self.state != state || MAX_LISTED < self.lists.listed.len() {
            self.state = state;
            self.known.forget();
            self.lists.listed.clear();
        }
        (&mut self.known, &mut self.lists)
    }
}

impl Lists {
    /// Writes down the terms of a word.
    pub(super) fn note(&mut self, token: &Token<'_>, terms: &Terms, kinds: Kinds) -> Note {
        let ids = &mut self.ids;
        ids.clear();
        ids.extend(terms.get(kinds.folded, token.folded));
        ids.extend(terms.get(kinds.written, token.exact));
        terms.for_each_rule(kinds.rule, token, |id| ids.push(id));
        match ids[..] {
            [] => NONE,
            [id] => id,
            _ => {
                let at = self.listed.len() as u32;
                self.listed.push(ids.len() as u32);
                self.listed.extend_from_slice(ids);
                at | LIST
            }
        }
    }

    /// Calls `visit` with the terms of a word.
    #[inline]
    pub(super) fn for_each_term(&self, note: Note, mut visit: impl FnMut(TermId)) {
        if note < LIST {
            visit(note);
        } else if note != NONE {
            let at = (note ^ LIST) as usize;
            self.listed[at + 1..][..self.listed[at] as usize].iter().copied().for_each(visit);
        }
    }
}
