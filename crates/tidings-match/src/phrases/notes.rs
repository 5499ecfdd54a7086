//! What the words of texts are to phrases. Texts repeat a few thousand words, so what was
//! found out for a word is kept.

use tidings_text::{Token, WordMap};

use crate::lexicon::{Lexicon, Symbol};
use crate::negation::Function;

/// When so many symbols are listed, keeping begins anew.
const MAX_LISTED: usize = 1 << 16;

/// What a word is that is no symbol and has no function.
const NOTHING: Note = Note::MAX;

/// Marks the number of a meaning; no symbol has this bit.
const LISTED: Note = 1 << 31;

/// What a word is that has a function or is several symbols: these, from one place to another.
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

/// The one symbol of a word, [`NOTHING`], or the number of its meaning.
pub(super) type Note = Symbol;

#[derive(Debug, Default)]
pub(super) struct Meanings {
    meanings: Vec<Meaning>,
    symbols: Vec<Symbol>,
    found: Vec<Symbol>,
}

impl Notes {
    /// Both parts, within bounds.
    pub(super) fn begin(&mut self, is_english: bool) -> (&mut WordMap<Note>, &mut Meanings) {
        let Meanings { meanings, symbols, .. } = &mut self.meanings;
        if MAX_LISTED < symbols.len() + meanings.len() {
            self.known.iter_mut().for_each(WordMap::forget);
            meanings.clear();
            symbols.clear();
        }
        (&mut self.known[usize::from(is_english)], &mut self.meanings)
    }
}

impl Meanings {
    /// Writes down what a word is.
    pub(super) fn note(&mut self, token: &Token<'_>, lexicon: &Lexicon, is_english: bool) -> Note {
        let function = lexicon.look_up(token, is_english, &mut self.found);
        match (function, &self.found[..]) {
            (Function::Word, []) => NOTHING,
            (Function::Word, &[symbol]) => symbol,
            _ => {
                let from = self.symbols.len() as u32;
                self.symbols.extend_from_slice(&self.found);
                self.meanings.push(Meaning { function, from, to: self.symbols.len() as u32 });
                (self.meanings.len() as u32 - 1) | LISTED
            }
        }
    }

    /// The function and the symbols of a word.
    #[inline]
    pub(super) fn of<'n>(&'n self, note: &'n Note) -> (Function, &'n [Symbol]) {
        match *note {
            NOTHING => (Function::Word, &[]),
            listed if listed & LISTED != 0 => {
                let Meaning { function, from, to } = self.meanings[(listed ^ LISTED) as usize];
                (function, &self.symbols[from as usize..to as usize])
            }
            _ => (Function::Word, std::slice::from_ref(note)),
        }
    }
}
