//! The forms of words: made, and remembered, for texts repeat a few thousand words.

use std::cell::Cell;

use xxhash_rust::xxh3::xxh3_64;

use crate::fold::{normalise, push_folded};
use crate::memory::{Key, WordMap};
use crate::scan::{Found, Shape};
use crate::token::{MAX_TOKEN_BYTES, Token};
use crate::{latin, number, stem, vietnamese};

/// Scratch of more bytes is given back after a text.
const KEPT_BYTES: usize = 4 * 1024;

/// The forms of one word.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    pub(crate) exact: String,
    folded: String,
    marked: bool,
}

impl Forms {
    pub(crate) fn get(&self) -> (&str, &str, bool) {
        (&self.exact, &self.folded, self.marked)
    }
}

/// What is known of a plain word: where its forms lie one behind the other, and how long they are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    at: u32,
    exact: u8,
    /// 0 where both forms are the same.
    folded: u8,
    marked: bool,
}

impl Known {
    #[inline]
    fn forms(self, letters: &str) -> (&str, &str, bool) {
        let behind = self.at as usize + usize::from(self.exact);
        let exact = &letters[self.at as usize..behind];
        let folded = if self.folded == 0 { exact } else { &letters[behind..behind + usize::from(self.folded)] };
        (exact, folded, self.marked)
    }
}

/// When the forms that are kept have so many bytes, keeping begins anew.
const KEPT_FORMS: usize = 2 * 1024 * 1024;

/// Buffers that live from text to text, one set a thread.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) forms: Forms,
    spare: String,
    pub(crate) known: WordMap<Known>,
    /// The forms of known words.
    letters: String,
}

thread_local! {
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

impl Scratch {
    /// New ones for a visit inside a visit.
    pub(crate) fn take() -> Box<Self> {
        SCRATCH.take().unwrap_or_default()
    }

    pub(crate) fn give_back(mut self: Box<Self>) {
        for buffer in [&mut self.forms.exact, &mut self.forms.folded, &mut self.spare] {
            buffer.clear();
            buffer.shrink_to(KEPT_BYTES);
        }
        SCRATCH.set(Some(self));
    }

    /// Keeps what is known within bounds; what was looked up before no longer counts.
    pub(crate) fn forget_if_full(&mut self) {
        if KEPT_FORMS < self.letters.len() {
            self.letters.clear();
            self.known.forget();
        }
    }

    /// A word of `text` with its forms, which may be known already.
    pub(crate) fn token(&mut self, text: &str, word: &Found, known: Option<Known>) -> Token<'_> {
        let known = known.or_else(|| self.known.get(word.key)).or_else(|| {
            self.make_forms_of(text, word);
            word.key.is_some().then(|| self.keep(word.key))
        });
        match known {
            Some(known) => word.place.token(known.forms(&self.letters)),
            None => word.place.token(self.forms.get()),
        }
    }

    /// A word of `text` with its forms, for someone who will remember the word.
    pub(crate) fn token_anew(&mut self, text: &str, word: &Found) -> Token<'_> {
        self.make_forms_of(text, word);
        word.place.token(self.forms.get())
    }

    /// Makes the forms of a word, unless they were made when it was found.
    fn make_forms_of(&mut self, text: &str, Found { place, is_plain, .. }: &Found) {
        if *is_plain {
            self.make_plain_forms(&text[place.start_byte as usize..place.end_byte as usize]);
        }
    }

    /// Keeps the forms that were just made.
    fn keep(&mut self, key: Key) -> Known {
        let Forms { exact, folded, marked } = &self.forms;
        let at = self.letters.len();
        self.letters.push_str(exact);
        if folded != exact {
            self.letters.push_str(folded);
        }
        // A word with a key and its forms are short, and so is the list of forms.
        let known = Known {
            at: at as u32,
            exact: exact.len() as u8,
            folded: (self.letters.len() - at - exact.len()) as u8,
            marked: *marked,
        };
        self.known.insert(key, known);
        known
    }

    fn make_plain_forms(&mut self, word: &str) {
        let exact = &mut self.forms.exact;
        exact.clear();
        let mut shape = Shape::Ascii;
        if word.is_ascii() {
            exact.push_str(word);
            exact.make_ascii_lowercase();
        } else {
            for ch in word.chars() {
                shape = shape.with(ch);
                exact.push(latin::letter(ch).map_or_else(|| ch.to_ascii_lowercase(), |letter| letter.lower));
            }
        }
        self.make_forms(shape, false);
    }

    /// Makes the forms of the raw letters in `exact`.
    pub(crate) fn make_forms(&mut self, shape: Shape, has_separator: bool) {
        let Forms { exact, folded, marked } = &mut self.forms;
        folded.clear();
        *marked = match shape {
            Shape::Ascii => {
                folded.push_str(exact);
                false
            }
            Shape::Latin => {
                vietnamese::unify_tone_place(exact);
                push_folded(exact, folded);
                true
            }
            Shape::Complex => {
                normalise(exact, &mut self.spare);
                cut_possessives(exact);
                vietnamese::unify_tone_place(exact);
                push_folded(exact, folded);
                folded != exact
            }
        };
        if has_separator {
            number::plain(folded, &mut self.spare);
            std::mem::swap(folded, &mut self.spare);
        }
        if folded.contains('\'') {
            folded.retain(|ch| ch != '\'');
        }
        stem_folded(folded);
        bound(exact);
        bound(folded);
    }
}

/// Letters may become those of a possessive only once they are normalised, as a mathematical `𝒮` does.
fn cut_possessives(exact: &mut String) {
    while let Some(rest) = exact.strip_suffix("'s").filter(|rest| !rest.is_empty()) {
        exact.truncate(rest.len());
    }
}

fn stem_folded(folded: &mut String) {
    let length = folded.len();
    if 2 < length && length <= MAX_TOKEN_BYTES && folded.bytes().all(|byte| byte.is_ascii_lowercase()) {
        let mut letters = std::mem::take(folded).into_bytes();
        stem::stem(&mut letters);
        *folded = String::from_utf8(letters).expect("stems of ASCII letters are ASCII letters");
    }
}

/// Cuts a form that is too long.
fn bound(form: &mut String) {
    if MAX_TOKEN_BYTES < form.len() {
        let hash = xxh3_64(form.as_bytes());
        form.truncate(form.floor_char_boundary(MAX_TOKEN_BYTES - 17));
        form.push_str(&format!("~{hash:016x}"));
    }
}
