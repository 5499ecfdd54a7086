//! The words of a segment by number, and their terms in the order of a dictionary.

use std::collections::HashMap;

use rustc_hash::FxHashMap;
use tidings_text::{Place, Reader, Token, WordMap, read_words};

use super::seed::Seed;
use crate::analyser::WRITTEN;

/// The words that texts were read with.
#[derive(Default)]
pub(crate) struct Lexicon {
    /// Numbers of words by their letters, as far as they are remembered.
    known: WordMap<u32>,
    words: Words,
    /// The words of the text that was read last.
    text: Vec<u32>,
}

#[derive(Default)]
struct Words {
    forms: HashMap<Box<str>, u32, Seed>,
    numbers: FxHashMap<Word, u32>,
    words: Vec<Word>,
    bytes: usize,
}

/// Numbers of a word's two forms.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Word {
    folded: u32,
    written: u32,
}

/// The words in the order of their terms.
pub(super) struct Sorted<'a> {
    forms: Vec<&'a str>,
    by_folded: Vec<u32>,
    by_written: Vec<u32>,
}

impl Lexicon {
    /// The words of `text` in order: they stand at positions without gaps.
    pub(super) fn read(&mut self, text: &str) -> &[u32] {
        self.text.clear();
        read_words(text, &mut self.known, &mut Reading { words: &mut self.words, text: &mut self.text });
        &self.text
    }

    pub(super) fn len(&self) -> usize {
        self.words.words.len()
    }

    pub(crate) fn size_bytes(&self) -> usize {
        self.words.bytes
    }

    pub(super) fn sorted(&self) -> Sorted<'_> {
        let Words { forms, words, .. } = &self.words;
        let mut texts = vec![""; forms.len()];
        forms.iter().for_each(|(text, number)| texts[*number as usize] = text);
        let mut order: Vec<(u64, u32)> = texts.iter().map(|text| first_bytes(text)).zip(0..).collect();
        order.sort_unstable_by(|(first, form), (other_first, other)| {
            first.cmp(other_first).then_with(|| texts[*form as usize].cmp(texts[*other as usize]))
        });
        let mut ranks = vec![0; order.len()];
        order.iter().zip(0_u32..).for_each(|((_, form), rank)| ranks[*form as usize] = rank);
        let sorted = |form_of: fn(&Word) -> u32| {
            let rank = |word: &Word| ranks[form_of(word) as usize] as usize;
            let mut next = vec![0; ranks.len() + 1];
            words.iter().for_each(|word| next[rank(word) + 1] += 1);
            (1..next.len()).for_each(|rank| next[rank] += next[rank - 1]);
            let mut numbers = vec![0; words.len()];
            for (word, number) in words.iter().zip(0..) {
                let at = &mut next[rank(word)];
                numbers[*at] = number;
                *at += 1;
            }
            numbers
        };
        Sorted { by_folded: sorted(|word| word.folded), by_written: sorted(|word| word.written), forms: texts }
    }

    /// Calls `visit` with each term and the words that have it, in the order of terms.
    pub(super) fn for_each_term<E>(
        &self,
        sorted: &Sorted<'_>,
        mut visit: impl FnMut(&[u8], &[u32]) -> Result<(), E>,
    ) -> Result<(), E> {
        let word = |number: u32| self.words.words[number as usize];
        let mut term = String::new();
        // No word begins with the mark of written forms, so these stand together.
        let is_before = |number: &u32| sorted.forms[word(*number).folded as usize].chars().next() < Some(WRITTEN);
        let (before, after) = sorted.by_folded.split_at(sorted.by_folded.partition_point(is_before));
        for words in before.chunk_by(|one, next| word(*one).folded == word(*next).folded) {
            visit(sorted.forms[word(words[0]).folded as usize].as_bytes(), words)?;
        }
        for words in sorted.by_written.chunk_by(|one, next| word(*one).written == word(*next).written) {
            term.clear();
            term.push(WRITTEN);
            term.push_str(sorted.forms[word(words[0]).written as usize]);
            visit(term.as_bytes(), words)?;
        }
        for words in after.chunk_by(|one, next| word(*one).folded == word(*next).folded) {
            visit(sorted.forms[word(words[0]).folded as usize].as_bytes(), words)?;
        }
        Ok(())
    }
}

/// The first eight bytes as a number, by which texts are compared first.
fn first_bytes(text: &str) -> u64 {
    let mut first = [0; 8];
    let length = text.len().min(first.len());
    first[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(first)
}

/// What a word takes beside its letters.
const WORD_BYTES: usize = 48;

impl Words {
    fn number(&mut self, token: &Token<'_>) -> u32 {
        let word = Word { folded: self.form(token.folded), written: self.form(token.exact) };
        *self.numbers.entry(word).or_insert_with(|| {
            self.words.push(word);
            self.bytes += WORD_BYTES;
            self.words.len() as u32 - 1
        })
    }

    fn form(&mut self, text: &str) -> u32 {
        if let Some(number) = self.forms.get(text) {
            return *number;
        }
        let number = self.forms.len() as u32;
        self.bytes += WORD_BYTES + text.len();
        self.forms.insert(text.into(), number);
        number
    }
}

/// Notes the words of one text.
struct Reading<'a> {
    words: &'a mut Words,
    text: &'a mut Vec<u32>,
}

impl Reader for Reading<'_> {
    type Note = u32;

    fn look_up(&mut self, token: &Token<'_>) -> u32 {
        self.words.number(token)
    }

    fn read(&mut self, word: u32, _place: Place) {
        self.text.push(word);
    }
}
