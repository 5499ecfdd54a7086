//! What a word is and what its forms are.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::*;

type Owned = (String, String, bool);
type Read = (Owned, u32, u32, Pause);

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

/// Holds the bytes of words against their scalars.
struct Places<'t>(&'t str);

impl Reader for Places<'_> {
    type Note = ();

    fn look_up(&mut self, _: &Token<'_>) {}

    fn read(&mut self, (): (), Place { start, end, start_byte, end_byte, .. }: Place) {
        let scalars = |byte: u32| self.0[..byte as usize].chars().count() as u32;
        assert_eq!((scalars(start_byte), scalars(end_byte)), (start, end), "{}", self.0);
    }
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
    check("a's's a's'b a's'sb", "a a's'b/asb a's'sb/assb");
    check("Σ'𝒮", "σ");
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
    assert!(forms.iter().all(|(exact, folded, _)| exact.len() <= MAX_TOKEN_BYTES && folded.len() <= MAX_TOKEN_BYTES));
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
        format!("a{}", "'s".repeat(500_000)),
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
        "([a-zđắ]{1,8}[ ,.!\n]{1,2}){0,24}",
        "[a-zA-Z0-9đắơ '’“”😀×.,-]{0,160}",
    ]
}

/// The forms and places of all words and what parts them, each read with all care.
fn carefully(text: &str) -> Vec<Read> {
    let mut scratch = Scratch::default();
    let mut scanner = Scanner::new(text);
    let mut words = Vec::new();
    while let Some(first) = scanner.seek() {
        let Span { place, shape, has_separator } = scanner.read(first, &mut scratch.forms.exact);
        scratch.make_forms(shape, has_separator);
        let (exact, folded, marked) = scratch.forms.get();
        words.push(((exact.to_owned(), folded.to_owned(), marked), place.start, place.end, place.pause));
    }
    words
}

/// Numbers the forms that it is shown.
#[derive(Default)]
struct Numbering {
    shown: Vec<Owned>,
    read: Vec<Read>,
}

impl Reader for Numbering {
    type Note = u32;

    fn look_up(&mut self, token: &Token<'_>) -> u32 {
        self.shown.push((token.exact.to_owned(), token.folded.to_owned(), token.marked));
        self.shown.len() as u32 - 1
    }

    fn read(&mut self, note: u32, place: Place) {
        self.read.push((self.shown[note as usize].clone(), place.start, place.end, place.pause));
    }
}

/// More in the long run: `TIDINGS_PROPTEST_CASES=10000000`.
fn cases() -> u32 {
    std::env::var("TIDINGS_PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(4_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_and_scalars_are_of_the_same_letters(text in any_text()) {
        read_words(&text, &mut crate::WordMap::default(), &mut Places(&text));
    }

    #[test]
    fn plain_words_are_read_as_with_all_care(text in any_text()) {
        let mut quickly = Vec::new();
        for_each_token(&text, |token| {
            let forms = (token.exact.to_owned(), token.folded.to_owned(), token.marked);
            quickly.push((forms, token.start, token.end, token.pause));
        });
        prop_assert_eq!(quickly, carefully(&text));
    }

    #[test]
    fn what_is_noted_of_a_word_is_read_wherever_it_stands(text in any_text()) {
        let (mut notes, mut reader) = (WordMap::default(), Numbering::default());
        for _ in 0..2 {
            reader.read.clear();
            read_words(&text, &mut notes, &mut reader);
            prop_assert_eq!(&reader.read, &carefully(&text));
        }
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
