//! What the words of texts are to phrases. Texts repeat a few thousand words, so what was
//! found out for a word is kept.

use tidings_text::{Token, WordMap};

use crate::lexicon::{Lexicon, Symbol};
use crate::negation::Function;

/// When so many symbols are listed, keeping begins anew.
const MAX_LISTED: usize = 1 << 16;

/// The number of a meaning that nearly every word has: it is no symbol and has no function.
const NOTHING: u32 = 0;

/// What a word is to phrases: a function, and the symbols from one place to another.
#[derive(Clone, Copy, Debug)]
struct Meaning {
    function: Function,
    from: u32,
    to: u32,
}

/// What the words of texts are, written down.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What each word is in texts that are not English, then in those that are.
    known: [WordMap<Note>; 2],
    meanings: Meanings,
}

/// The number of a meaning.
pub(super) type Note = u32;

#[derive(Debug)]
pub(super) struct Meanings {
    meanings: Vec<Meaning>,
    symbols: Vec<Symbol>,
    found: Vec<Symbol>,
}

impl Default for Meanings {
    fn default() -> Self {
        let nothing = Meaning { function: Function::Word, from: 0, to: 0 };
        Self { meanings: vec![nothing], symbols: Vec::new(), found: Vec::new() }
    }
}

impl Notes {
    /// Both parts, within bounds.
    pub(super) fn begin(&mut self, is_english: bool) -> (&mut WordMap<Note>, &mut Meanings) {
        let Meanings { meanings, symbols, .. } = &mut self.meanings;
        if MAX_LISTED < symbols.len() + meanings.len() {
            self.known.iter_mut().for_each(WordMap::forget);
            meanings.truncate(1);
            symbols.clear();
        }
        (&mut self.known[usize::from(is_english)], &mut self.meanings)
    }
}

impl Meanings {
    /// Writes down what a word is.
    pub(super) fn note(&mut self, token: &Token<'_>, lexicon: &Lexicon, is_english: bool) -> Note {
        let function = lexicon.look_up(token, is_english, &mut self.found);
        if function == Function::Word && self.found.is_empty() {
            return NOTHING;
        }
        let from = self.symbols.len() as u32;
        self.symbols.extend_from_slice(&self.found);
        self.meanings.push(Meaning { function, from, to: self.symbols.len() as u32 });
        self.meanings.len() as u32 - 1
    }

    /// The function and the symbols of a word.
    #[inline]
    pub(super) fn of(&self, note: Note) -> (Function, &[Symbol]) {
        if note == NOTHING {
            return (Function::Word, &[]);
        }
        let Meaning { function, from, to } = self.meanings[note as usize];
        (function, &self.symbols[from as usize..to as usize])
    }
}
