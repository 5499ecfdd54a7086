//! Words with the forms by which they are compared.

use std::cell::Cell;

use xxhash_rust::xxh3::xxh3_64;

use crate::fold::{normalise, push_folded};
use crate::memory::{BATCH, Key, WordMap};
use crate::pause::Pause;
use crate::scan::{Plain, Scanner, Shape, Span};
use crate::{latin, number, stem, vietnamese};

/// Longest form of a token, in bytes. A longer word keeps its beginning, then `~` and
/// the hash of the whole, so that it still equals itself and nothing else.
pub const MAX_TOKEN_BYTES: usize = 64;

/// Scratch of more bytes is given back after a text.
const KEPT_BYTES: usize = 4 * 1024;

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
    /// Counts the words of the text from 0.
    pub position: u32,
    /// What parts the word from the one before it.
    pub pause: Pause,
}

impl Place {
    fn token<'f>(self, (exact, folded, marked): (&'f str, &'f str, bool)) -> Token<'f> {
        let Self { start, end, position, pause } = self;
        Token { exact, folded, marked, start, end, position, pause }
    }
}

/// Who reads the words of texts and writes down what a word is to them.
pub trait Reader {
    /// What a word is to the reader. It follows from its forms alone.
    type Note: Copy + Default;

    /// What the word is, for the first time, or once more when it was forgotten.
    fn look_up(&mut self, token: &Token<'_>) -> Self::Note;

    /// Reads a word where it stands.
    fn read(&mut self, note: Self::Note, place: Place);
}

/// Has `reader` read the words of `text`, in order, and keeps in `notes` what they are.
///
/// Offsets count the scalars of the text as they are, see [`for_each_token`].
pub fn read_words<R: Reader>(text: &str, notes: &mut WordMap<R::Note>, reader: &mut R) {
    in_batches(text, |scratch, words| {
        let ahead = notes.look_ahead(words.iter().map(|word| word.key));
        for (at, word) in words.iter().enumerate() {
            // Not found ahead, it may have been met since, a few words before.
            let note = ahead.get(at).or_else(|| notes.get(word.key)).unwrap_or_else(|| {
                let note = reader.look_up(&scratch.token_anew(word));
                if word.key.is_some() {
                    notes.insert(word.key, note);
                }
                note
            });
            reader.read(note, word.place);
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
            visit(scratch.token(word, ahead.get(at)));
        }
    });
}

/// A word as it was found.
#[derive(Clone, Copy, Debug, Default)]
struct Found<'t> {
    /// Its letters as they stand in the text, if it is a plain one. The forms of another were made when it was found.
    plain: Option<&'t str>,
    key: Key,
    place: Place,
}

/// Calls `work` with the words of `text`, many at a time, but those without a key one by one.
fn in_batches<'t>(text: &'t str, mut work: impl FnMut(&mut Scratch, &[Found<'t>])) {
    let mut text = text;
    if u32::try_from(text.len()).is_err() {
        text = &text[..text.floor_char_boundary(u32::MAX as usize)];
    }
    let mut work = |scratch: &mut Scratch, words: &[Found<'t>]| {
        if !words.is_empty() {
            scratch.forget_if_full();
            work(scratch, words);
        }
    };
    let mut scratch = Scratch::take();
    let mut scanner = Scanner::new(text);
    let mut batch = [Found::default(); BATCH];
    let (mut count, mut position) = (0, 0);
    while let Some(first) = scanner.seek() {
        let pause = scanner.pause();
        let place = |start, end| Place { start, end, position, pause };
        let found = match scanner.read_plain() {
            Some(Plain { word, key, start, end }) => Found { plain: Some(word), key, place: place(start, end) },
            None => {
                // The forms of such a word lie in the scratch, so it waits for those before it.
                work(&mut scratch, &batch[..std::mem::take(&mut count)]);
                let Span { start, end, shape, has_separator } = scanner.read(first, &mut scratch.forms.exact);
                scratch.make_forms(shape, has_separator);
                Found { plain: None, key: Key::NONE, place: place(start, end) }
            }
        };
        position += 1;
        batch[count] = found;
        count += 1;
        if count == BATCH || found.plain.is_none() {
            work(&mut scratch, &batch[..std::mem::take(&mut count)]);
        }
    }
    work(&mut scratch, &batch[..count]);
    scratch.give_back();
}

/// The forms of one word.
#[derive(Debug, Default)]
struct Forms {
    exact: String,
    folded: String,
    marked: bool,
}

impl Forms {
    fn get(&self) -> (&str, &str, bool) {
        (&self.exact, &self.folded, self.marked)
    }
}

/// What is known of a plain word: where its forms lie one behind the other, and how long they are.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
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
struct Scratch {
    forms: Forms,
    spare: String,
    known: WordMap<Known>,
    /// The forms of known words.
    letters: String,
}

thread_local! {
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

impl Scratch {
    /// New ones for a visit inside a visit.
    fn take() -> Box<Self> {
        SCRATCH.take().unwrap_or_default()
    }

    fn give_back(mut self: Box<Self>) {
        for buffer in [&mut self.forms.exact, &mut self.forms.folded, &mut self.spare] {
            buffer.clear();
            buffer.shrink_to(KEPT_BYTES);
        }
        SCRATCH.set(Some(self));
    }

    /// Keeps what is known within bounds; what was looked up before no longer counts.
    fn forget_if_full(&mut self) {
        if KEPT_FORMS < self.letters.len() {
            self.letters.clear();
            self.known.forget();
        }
    }

    /// A word with its forms, which may be known already.
    fn token(&mut self, word: &Found<'_>, known: Option<Known>) -> Token<'_> {
        let known = known.or_else(|| self.known.get(word.key)).or_else(|| {
            self.make_plain_forms(word.plain?);
            word.key.is_some().then(|| self.keep(word.key))
        });
        match known {
            Some(known) => word.place.token(known.forms(&self.letters)),
            None => word.place.token(self.forms.get()),
        }
    }

    /// A word with its forms, for someone who will remember the word.
    fn token_anew(&mut self, word: &Found<'_>) -> Token<'_> {
        if let Some(plain) = word.plain {
            self.make_plain_forms(plain);
        }
        word.place.token(self.forms.get())
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
    fn make_forms(&mut self, shape: Shape, has_separator: bool) {
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    type Owned = (String, String, bool);

    fn forms(text: &str) -> Vec<Owned> {
        let mut forms = Vec::new();
        for_each_token(text, |token| forms.push((token.exact.to_owned(), token.folded.to_owned(), token.marked)));
        forms
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let words: Vec<_> = forms(text)
            .into_iter()
            .map(|(exact, folded, _)| if exact == folded { exact } else { format!("{exact}/{folded}") })
            .collect();
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn words_are_letters_digits_and_marks() {
        check("Giá quá đắt!", "giá/gia quá/qua đắt/dat");
        check("snake_case, a-b", "snake case a b");
        check("Ёлка, عَرَبِيّ", "ёлка/елка عَرَبِيّ/عربي");
        check("iPhone15 4G", "iphone15 4g");
        check("", "");
        check("… — !?", "");
    }

    #[test]
    fn english_words_have_their_stem() {
        check("prices pricing", "prices/price pricing/price");
        check("Résumés", "résumés/resum");
    }

    #[test]
    fn apostrophes_join_letters() {
        check("don’t DON'T dont", "don't/dont don't/dont dont");
        check("'quoted' users' O'Reilly", "quoted/quot users/user o'reilly/oreilli");
        check("Acme's it’s", "acme/acm it");
    }

    #[test]
    fn numbers_keep_their_separators() {
        check("1.290.000đ 2,5 1,290.50", "1.290.000/1290000 đ/d 2,5/2.5 1,290.50/1290.50");
        check("24/7 100..200 3. 4,", "24 7 100 200 3 4");
        check("500k 5đồng", "500k 5đồng/5dong");
    }

    #[test]
    fn names_of_languages_keep_their_signs() {
        check("C++ and C#, notepad++", "c++ and c# notepad++");
        check("c++11 issue#12 a+b disney+ .NET", "c 11 issue/issu 12 a b disney net");
    }

    #[test]
    fn scripts_without_spaces_part_at_each_letter() {
        check("東京タワー", "東 京 タ ワ ー");
        check("한국어 สวัสดี", "한국어 ส วั ส ดี");
    }

    #[test]
    fn invisible_characters_vanish() {
        check("pri\u{ad}ce a\u{200d}b\u{feff}c đ\u{200c}ắt", "price abc đắt/dat");
        check("a\u{ad}\u{301}", "á/a");
    }

    #[test]
    fn tone_place_is_one() {
        assert_eq!(forms("hoà thuý"), forms("hòa thúy"));
        check("HOÀ", "hòa/hoa");
    }

    #[test]
    fn offsets_count_scalars() {
        let text = "😀 Giá e\u{302}\u{301} (Acme's) c++";
        let scalars: Vec<char> = text.chars().collect();
        let mut quotes = Vec::new();
        for_each_token(text, |token| {
            quotes.push(scalars[token.start as usize..token.end as usize].iter().collect::<String>());
        });
        assert_eq!(quotes, ["Giá", "e\u{302}\u{301}", "Acme", "c++"]);
    }

    #[test]
    fn long_words_are_bounded_and_told_apart() {
        let (one, other) = ("a".repeat(1_000), "a".repeat(1_001));
        let forms = forms(&format!("{one} {other} {one}"));
        assert!(
            forms.iter().all(|(exact, folded, _)| exact.len() <= MAX_TOKEN_BYTES && folded.len() <= MAX_TOKEN_BYTES)
        );
        assert_eq!(forms[0], forms[2]);
        assert_ne!(forms[0], forms[1]);
    }

    #[test]
    fn unmarked_spelling_has_the_folded_form_of_every_spelling() {
        assert_eq!(forms("thy")[0].1, forms("thỷ")[0].1);
        assert_eq!(forms("resumes")[0].1, forms("résumés")[0].1);
    }

    #[test]
    fn visit_inside_a_visit_works() {
        let mut inner = Vec::new();
        for_each_token("one two", |token| {
            for_each_token(token.exact, |token| inner.push(token.exact.to_owned()));
            inner.push(token.exact.to_owned());
        });
        assert_eq!(inner, ["one", "one", "two", "two"]);
    }

    #[test]
    fn hostile_text_costs_linear_time() {
        let texts = [
            "a".repeat(1_000_000),
            format!("a{}", "\u{301}".repeat(100_000)),
            format!("a{}", "\u{301}\u{323}".repeat(100_000)),
            "!".repeat(1_000_000),
            "'".repeat(1_000_000),
            "a'".repeat(500_000),
            "1.".repeat(500_000),
            "c+".repeat(500_000),
            "\u{200d}".repeat(300_000),
            "a\u{200d}".repeat(300_000),
            "ắ".repeat(300_000),
            "م\u{202e}".repeat(300_000),
            "東".repeat(300_000),
        ];
        for text in texts {
            let begun = Instant::now();
            for_each_token(&text, |_| {});
            // Linear is milliseconds, quadratic is minutes; the bound leaves room for a busy machine.
            assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", text.chars().take(4).collect::<String>());
        }
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[a-zA-ZđĐàáạảãăằắặâầấơờớưừứéèêếệôốồộ\u{300}\u{301}\u{302}\u{303}\u{309}\u{323}\u{31b}\u{306} '’.,0-9+#\u{ad}\u{34f}-]{0,40}",
            "[\\p{L}\\p{M}\\p{N}\u{344}\u{345}\u{340} ']{0,24}",
        ]
    }

    /// The forms and places of all words, each read with all care.
    fn carefully(text: &str) -> Vec<(Owned, u32, u32)> {
        let mut scratch = Scratch::default();
        let mut scanner = Scanner::new(text);
        let mut words = Vec::new();
        while let Some(first) = scanner.seek() {
            let Span { start, end, shape, has_separator } = scanner.read(first, &mut scratch.forms.exact);
            scratch.make_forms(shape, has_separator);
            let Forms { exact, folded, marked } = &scratch.forms;
            words.push(((exact.clone(), folded.clone(), *marked), start, end));
        }
        words
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn plain_words_are_read_as_with_all_care(text in any_text()) {
            let mut quickly = Vec::new();
            for_each_token(&text, |token| {
                let forms = (token.exact.to_owned(), token.folded.to_owned(), token.marked);
                quickly.push((forms, token.start, token.end));
            });
            prop_assert_eq!(quickly, carefully(&text));
        }

        #[test]
        fn normal_form_changes_no_word(text in any_text()) {
            let composed: String = text.nfc().collect();
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(forms(&composed), forms(&decomposed));
            prop_assert_eq!(forms(&composed), forms(&text));
        }

        #[test]
        fn offsets_lie_in_order_and_quote_the_word(text in any_text()) {
            let scalars: Vec<char> = text.chars().collect();
            let mut spans = Vec::new();
            for_each_token(&text, |token| {
                spans.push((token.start, token.end, token.position, token.exact.to_owned(), token.folded.to_owned()));
            });
            let mut last = 0;
            for (at, (start, end, position, exact, folded)) in spans.into_iter().enumerate() {
                prop_assert!(last <= start && start < end && end as usize <= scalars.len());
                prop_assert_eq!(position as usize, at);
                last = end;
                let quote: String = scalars[start as usize..end as usize].iter().collect();
                let again = forms(&quote);
                prop_assert_eq!(again.len(), 1, "{:?}", quote);
                prop_assert_eq!((&again[0].0, &again[0].1), (&exact, &folded));
                prop_assert!(exact.len() <= MAX_TOKEN_BYTES && folded.len() <= MAX_TOKEN_BYTES);
            }
        }

        #[test]
        fn exact_form_is_a_fixed_point(text in any_text()) {
            for (exact, folded, _) in forms(&text) {
                if !exact.contains('~') && !folded.contains('~') {
                    let again = forms(&exact);
                    prop_assert_eq!(&again[0].0, &exact);
                    prop_assert_eq!(&again[0].1, &folded);
                }
            }
        }
    }
}
