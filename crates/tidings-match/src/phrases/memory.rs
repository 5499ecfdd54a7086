//! What the words of texts are to phrases. Texts repeat a few thousand words, so what was
//! found out for a word is kept.

use tidings_text::{Word, WordMap};

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

#[derive(Debug)]
pub(super) struct Memory {
    /// The number of a word's meaning, in texts that are not English, then in those that are.
    known: [WordMap<u32>; 2],
    meanings: Vec<Meaning>,
    symbols: Vec<Symbol>,
    found: Vec<Symbol>,
}

impl Default for Memory {
    fn default() -> Self {
        let nothing = Meaning { function: Function::Word, from: 0, to: 0 };
        Self { known: Default::default(), meanings: vec![nothing], symbols: Vec::new(), found: Vec::new() }
    }
}

impl Memory {
    /// Keeps what is known within bounds, before a text.
    pub(super) fn begin(&mut self) {
        if MAX_LISTED < self.symbols.len() + self.meanings.len() {
            self.known.iter_mut().for_each(WordMap::forget);
            self.meanings.truncate(1);
            self.symbols.clear();
        }
    }

    /// The function and the symbols of a word.
    #[inline]
    pub(super) fn look_up(
        &mut self,
        word: &mut Word<'_>,
        lexicon: &Lexicon,
        is_english: bool,
    ) -> (Function, &[Symbol]) {
        let known = usize::from(is_english);
        let Some(key) = word.key() else {
            let function = lexicon.look_up(&word.token(), is_english, &mut self.found);
            return (function, &self.found);
        };
        let meaning = self.known[known].get(key).unwrap_or_else(|| {
            let function = lexicon.look_up(&word.token(), is_english, &mut self.found);
            let meaning = self.note(function);
            self.known[known].insert(key, meaning);
            meaning
        });
        if meaning == NOTHING {
            return (Function::Word, &[]);
        }
        let Meaning { function, from, to } = self.meanings[meaning as usize];
        (function, &self.symbols[from as usize..to as usize])
    }

    /// Writes down what was just looked up.
    fn note(&mut self, function: Function) -> u32 {
        if function == Function::Word && self.found.is_empty() {
            return NOTHING;
        }
        let from = self.symbols.len() as u32;
        self.symbols.extend_from_slice(&self.found);
        self.meanings.push(Meaning { function, from, to: self.symbols.len() as u32 });
        self.meanings.len() as u32 - 1
    }
}
