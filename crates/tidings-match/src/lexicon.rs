//! The words of all phrases, and which of them a token of a text is.

use rustc_hash::FxHashMap;
use tidings_text::{Spelling, Term, Token};

use crate::negation::{Function, LIGHT_WORDS, NEGATORS};

/// A word of a phrase, told from others by what it matches.
pub(crate) type Symbol = u32;

/// How the words of a phrase are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// As written, whatever the case: names.
    AsWritten,
    /// With English inflections where no mark was written.
    Inflected,
    /// In these letters and marks alone.
    Strict,
}

/// What a symbol matches; equal for words that match the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Meaning {
    /// Tokens with this exact form, and for a marked word, those with its unmarked one.
    Exact(Box<str>),
    /// As [`Meaning::Exact`], but the unmarked form only outside of English texts.
    Marked(Box<str>),
    /// Unmarked tokens with this folded form.
    Folded(Box<str>),
    /// Tokens with this exact form and no other.
    Strict(Box<str>),
}

/// The symbol of every number.
pub(crate) const NUMBER: Symbol = 0;

/// The symbol that stands before the first word of a clause.
pub(crate) const CLAUSE: Symbol = 1;

/// Symbols by the forms of tokens.
#[derive(Debug)]
pub(crate) struct Lexicon {
    symbols: FxHashMap<Meaning, Symbol>,
    entries: FxHashMap<Box<str>, Entry>,
}

/// The symbols that one form stands for.
#[derive(Debug, Default)]
struct Entry {
    /// Where it is the exact form of the token.
    exact: Vec<Symbol>,
    /// Where it is the exact form of a token that may be written without its marks.
    unmarked: Vec<Symbol>,
    /// Where it is the folded form of an unmarked token.
    folded: Option<Symbol>,
    /// Of the token with this exact form.
    function: Function,
}

impl Lexicon {
    /// No words yet but those that have a function.
    pub(crate) fn new() -> Self {
        let mut lexicon = Self { symbols: FxHashMap::default(), entries: FxHashMap::default() };
        for (words, function) in [(LIGHT_WORDS, Function::Light), (NEGATORS, Function::Negator)] {
            for term in tidings_text::terms(words) {
                lexicon.entry(&term.exact).function = function;
            }
        }
        lexicon
    }

    /// The symbol of a word, a new one if no word before meant the same.
    pub(crate) fn intern(&mut self, term: &Term, rule: Rule) -> Symbol {
        let meaning = match (&term.spelling, rule) {
            (Spelling::Unmarked, Rule::Inflected) => Meaning::Folded(term.folded.as_str().into()),
            (Spelling::Marked { .. }, Rule::Inflected) => Meaning::Marked(term.exact.as_str().into()),
            (_, Rule::Strict) => Meaning::Strict(term.exact.as_str().into()),
            (_, Rule::AsWritten) => Meaning::Exact(term.exact.as_str().into()),
        };
        let next = Symbol::try_from(self.len()).expect("the number of phrases is bounded");
        if let Some(symbol) = self.symbols.get(&meaning) {
            return *symbol;
        }
        match (&meaning, &term.spelling) {
            (Meaning::Folded(folded), _) => self.entry(folded).folded = Some(next),
            (Meaning::Strict(exact), _) => self.entry(exact).exact.push(next),
            (_, Spelling::Unmarked) => self.entry(&term.exact).exact.push(next),
            (meaning, Spelling::Marked { exact, unmarked }) => {
                for spelling in exact {
                    self.entry(spelling).exact.push(next);
                }
                let entry = self.entry(unmarked);
                let list = if matches!(meaning, Meaning::Marked(_)) { &mut entry.unmarked } else { &mut entry.exact };
                list.push(next);
            }
        }
        self.symbols.insert(meaning, next);
        next
    }

    fn entry(&mut self, form: &str) -> &mut Entry {
        self.entries.entry(form.into()).or_default()
    }

    /// How many symbols there are.
    pub(crate) fn len(&self) -> usize {
        CLAUSE as usize + 1 + self.symbols.len()
    }

    /// Puts the symbols that `token` is into `symbols`, each once, and tells its function.
    /// In an English text "may" is no "máy" without marks.
    #[inline]
    pub(crate) fn look_up(&self, token: &Token<'_>, is_english: bool, symbols: &mut Vec<Symbol>) -> Function {
        symbols.clear();
        let entry = self.entries.get(token.exact);
        if let Some(entry) = entry {
            symbols.extend_from_slice(&entry.exact);
            if !is_english {
                symbols.extend_from_slice(&entry.unmarked);
            }
        }
        if !token.marked {
            let folded = if token.exact == token.folded { entry } else { self.entries.get(token.folded) };
            symbols.extend(folded.and_then(|entry| entry.folded));
        }
        if token.exact.as_bytes()[0].is_ascii_digit() {
            symbols.push(NUMBER);
        }
        entry.map_or(Function::Word, |entry| entry.function)
    }
}
