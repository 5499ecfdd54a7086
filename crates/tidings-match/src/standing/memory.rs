//! Which terms the words of texts stand for. Texts repeat a few thousand words, so what was
//! found out for a word is kept until the terms change.

use tidings_text::{Token, Word, WordMap};

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

#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The one term of a word, [`NONE`], or where its list begins.
    known: WordMap<u32>,
    /// How many terms, then the terms, one list behind the other.
    lists: Vec<u32>,
    /// What the terms were when these were found out.
    state: u64,
    ids: Vec<TermId>,
}

impl Memory {
    /// Forgets what was found out in another state of the terms.
    pub(super) fn begin(&mut self, state: u64) {
        if self.state != state || MAX_LISTED < self.lists.len() {
            self.state = state;
            self.known.forget();
            self.lists.clear();
        }
    }

    /// Calls `visit` with each term that a word of a text is.
    #[inline]
    pub(super) fn for_each_term(&mut self, word: &mut Word<'_>, terms: &Terms, mut visit: impl FnMut(TermId)) {
        let known = match word.key() {
            Some(key) => self.known.get(key).unwrap_or_else(|| {
                look_up(&word.token(), terms, Kinds::TEXT, &mut self.ids);
                let known = self.note();
                self.known.insert(key, known);
                known
            }),
            None => return self.for_each_term_anew(word, terms, Kinds::TEXT, visit),
        };
        if known < LIST {
            visit(known);
        } else if known != NONE {
            let at = (known ^ LIST) as usize;
            self.lists[at + 1..][..self.lists[at] as usize].iter().copied().for_each(visit);
        }
    }

    /// As [`Memory::for_each_term`], of any field, without remembering.
    pub(super) fn for_each_term_anew(
        &mut self,
        word: &mut Word<'_>,
        terms: &Terms,
        kinds: Kinds,
        visit: impl FnMut(TermId),
    ) {
        look_up(&word.token(), terms, kinds, &mut self.ids);
        self.ids.iter().copied().for_each(visit);
    }

    /// Writes down the terms that were just looked up.
    fn note(&mut self) -> u32 {
        match self.ids[..] {
            [] => NONE,
            [id] => id,
            _ => {
                let at = self.lists.len() as u32;
                self.lists.push(self.ids.len() as u32);
                self.lists.extend_from_slice(&self.ids);
                at | LIST
            }
        }
    }
}

/// Puts the terms of a word into `ids`.
fn look_up(token: &Token<'_>, terms: &Terms, kinds: Kinds, ids: &mut Vec<TermId>) {
    ids.clear();
    ids.extend(terms.get(kinds.folded, token.folded));
    ids.extend(terms.get(kinds.written, token.exact));
    terms.for_each_rule(kinds.rule, token, |id| ids.push(id));
}
