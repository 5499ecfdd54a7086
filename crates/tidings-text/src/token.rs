//! Words with the forms by which they are compared.

use crate::memory::{Ahead, BATCH, Key, WordMap};
use crate::pause::Pause;
use crate::scan::{Found, Scanner, Span};
use crate::scratch::Scratch;

/// Longest form of a token, in bytes. A longer word keeps its beginning, then `~` and
/// the hash of the whole, so that it still equals itself and nothing else.
pub const MAX_TOKEN_BYTES: usize = 64;

/// One word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// Normal form C, lower case, marks kept, Vietnamese tones in one place (`hoà` is `hòa`).
    pub exact: &'a str,
    /// Without marks (`đ` is `d`); the English stem where that leaves ASCII letters.
    pub folded: &'a str,
    /// Whether the word was written with marks.
    pub marked: bool,
    /// First Unicode scalar of the word in the text given.
    pub start: u32,
    /// The scalar behind its last.
    pub end: u32,
    /// Counts the words of the text from 0.
    pub position: u32,
    /// What parts the word from the one before it.
    pub pause: Pause,
}

/// Where a word stands in its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// First Unicode scalar of the word in the text given.
    pub start: u32,
    /// The scalar behind its last.
    pub end: u32,
    /// The same two in bytes.
    pub start_byte: u32,
    pub end_byte: u32,
    /// Counts the words of the text from 0.
    pub position: u32,
    /// What parts the word from the one before it.
    pub pause: Pause,
}

impl Place {
    pub(crate) fn token<'f>(self, (exact, folded, marked): (&'f str, &'f str, bool)) -> Token<'f> {
        let Self { start, end, position, pause, .. } = self;
        Token { exact, folded, marked, start, end, position, pause }
    }
}

/// Who reads the words of texts and writes down what a word is to them.
pub trait Reader {
    /// What a word is to the reader. It follows from its forms alone.
    type Note: Copy + Default;

    /// What the word is, for the first time, or once more when it was forgotten.
    fn look_up(&mut self, token: &Token<'_>) -> Self::Note;

    /// Is told what the next words are, some of them or all, before they are read one by one.
    fn expect(&mut self, _notes: &[Self::Note]) {}

    /// Reads a word where it stands.
    fn read(&mut self, note: Self::Note, place: Place);
}

/// Has `reader` read the words of `text`, in order, and keeps in `notes` what they are.
///
/// Offsets count the scalars of the text as they are, see [`for_each_token`].
pub fn read_words<R: Reader>(text: &str, notes: &mut WordMap<R::Note>, reader: &mut R) {
    in_batches(text, |scratch, words| {
        let Ahead { mut values, mut missing } = notes.look_ahead(words.iter().map(|word| word.key));
        while missing != 0 {
            let at = missing.trailing_zeros() as usize;
            missing &= missing - 1;
            let word = &words[at];
            // Not found ahead, it may have been met since, a few words before.
            values[at] = notes.get(word.key).unwrap_or_else(|| {
                let note = reader.look_up(&scratch.token_anew(text, word));
                if word.key.is_some() {
                    notes.insert(word.key, note);
                }
                note
            });
        }
        reader.expect(&values[..words.len()]);
        for (word, note) in words.iter().zip(&values) {
            reader.read(*note, word.place);
        }
    });
}

/// Calls `visit` for each word of `text`, in order, with its forms.
///
/// The text may be in any normal form; offsets count its scalars as they are. What lies
/// beyond 2^32 - 1 bytes is not visited (stored texts end at 256 KiB).
pub fn for_each_token(text: &str, mut visit: impl FnMut(Token<'_>)) {
    in_batches(text, |scratch, words| {
        let ahead = scratch.known.look_ahead(words.iter().map(|word| word.key));
        for (at, word) in words.iter().enumerate() {
            visit(scratch.token(text, word, ahead.get(at)));
        }
    });
}

/// Calls `work` with the words of `text`, many at a time, but those that are not plain one by one.
fn in_batches(text: &str, mut work: impl FnMut(&mut Scratch, &[Found])) {
    let mut text = text;
    if u32::try_from(text.len()).is_err() {
        text = &text[..text.floor_char_boundary(u32::MAX as usize)];
    }
    let mut work = |scratch: &mut Scratch, words: &[Found]| {
        if !words.is_empty() {
            scratch.forget_if_full();
            work(scratch, words);
        }
    };
    let mut scratch = Scratch::take();
    let mut scanner = Scanner::new(text);
    let mut batch = [Found::default(); BATCH];
    let mut count = 0;
    loop {
        count += scanner.read_plain(&mut batch[count..]);
        if count == BATCH {
            work(&mut scratch, &batch);
            count = 0;
            continue;
        }
        let Some(first) = scanner.seek() else { break };
        if let Some(found) = scanner.read_doubtful() {
            batch[count] = found;
            count += 1;
            continue;
        }
        // The forms of such a word lie in the scratch, so it waits for those before it.
        work(&mut scratch, &batch[..std::mem::take(&mut count)]);
        let Span { place, shape, has_separator } = scanner.read(first, &mut scratch.forms.exact);
        scratch.make_forms(shape, has_separator);
        work(&mut scratch, &[Found { key: Key::NONE, place, is_plain: false }]);
    }
    work(&mut scratch, &batch[..count]);
    scratch.give_back();
}

#[cfg(test)]
mod tests;
