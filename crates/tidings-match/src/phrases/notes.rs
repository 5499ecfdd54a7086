//! What the words of texts are to phrases. Texts repeat a few thousand words, so what was
//! found out for a word is kept.

use tidings_text::{Token, WordMap};

use super::steps::Node;
use crate::lexicon::{Lexicon, Symbol};
use crate::negation::Function;

/// When so many symbols are listed, keeping begins anew.
const MAX_LISTED: usize = 1 << 16;

/// What a word is to phrases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Its function, and its one symbol or the number of the list of its symbols.
    bits: u32,
    /// The node of phrases that begin with its one symbol.
    pub(super) first: Node,
}

/// The bits of a symbol or number; all of them for a word that is no symbol.
const NUMBER: u32 = (1 << 29) - 1;
const LIGHT: u32 = 1 << 29;
const NEGATOR: u32 = 1 << 30;
const LISTED: u32 = 1 << 31;

impl Default for Note {
    fn default() -> Self {
        Self { bits: NUMBER, first: Node::EMPTY }
    }
}

impl Note {
    /// The symbol; of no meaning for a word that is several or none.
    #[inline]
    pub(super) const fn number(self) -> Symbol {
        self.bits & NUMBER
    }

    #[inline]
    pub(super) const fn is_listed(self) -> bool {
        self.bits & LISTED != 0
    }

    #[inline]
    pub(super) const fn function(self) -> Function {
        match self.bits & (LIGHT | NEGATOR) {
            LIGHT => Function::Light,
            NEGATOR => Function::Negator,
            _ => Function::Word,
        }
    }
}

/// What the words of texts are, written down.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What each word is in texts that are not English, then in those that are.
    known: [WordMap<Note>; 2],
    meanings: Meanings,
}

/// The symbols of words that are several.
#[derive(Debug, Default)]
pub(super) struct Meanings {
    /// From where to where in `symbols` each list goes.
    lists: Vec<(u32, u32)>,
    symbols: Vec<Symbol>,
    found: Vec<Symbol>,
}

impl Notes {
    /// Both parts, within bounds.
    pub(super) fn begin(&mut self, is_english: bool) -> (&mut WordMap<Note>, &mut Meanings) {
        let Meanings { lists, symbols, .. } = &mut self.meanings;
        if MAX_LISTED < symbols.len() + lists.len() {
            self.known.iter_mut().for_each(WordMap::forget);
            lists.clear();
            symbols.clear();
        }
        (&mut self.known[usize::from(is_english)], &mut self.meanings)
    }
}

impl Meanings {
    /// Writes down what a word is.
    pub(super) fn note(
        &mut self,
        token: &Token<'_>,
        lexicon: &Lexicon,
        is_english: bool,
        first: impl Fn(Symbol) -> Node,
    ) -> Note {
        let function = lexicon.look_up(token, is_english, &mut self.found);
        let function = match function {
            Function::Word => 0,
            Function::Light => LIGHT,
            Function::Negator => NEGATOR,
        };
        match self.found[..] {
            [] => Note { bits: function | NUMBER, first: Node::EMPTY },
            [symbol] => Note { bits: function | symbol, first: first(symbol) },
            _ => {
                let from = self.symbols.len() as u32;
                self.symbols.extend_from_slice(&self.found);
                self.lists.push((from, self.symbols.len() as u32));
                let number = self.lists.len() as u32 - 1;
                Note { bits: function | LISTED | number, first: Node::EMPTY }
            }
        }
    }

    /// The symbols of a word; `single` is its number.
    #[inline]
    pub(super) fn symbols<'s>(&'s self, note: Note, single: &'s [Symbol; 1]) -> &'s [Symbol] {
        if note.is_listed() {
            let (from, to) = self.lists[note.number() as usize];
            return &self.symbols[from as usize..to as usize];
        }
        if note.number() == NUMBER { &[] } else { single }
    }
}
