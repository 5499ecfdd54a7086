//! Unicode normal form, and words without their marks.

use std::borrow::Cow;

use unicode_normalization::char::{compose, decompose_canonical, decompose_compatible};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::latin;

/// The text in Unicode normal form C: what is stored, shown and counted by evidence.
pub fn nfc(text: &str) -> Cow<'_, str> {
    if is_plainly_nfc(text.as_bytes()) || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Whether a text has nothing but characters up to U+02FF, precomposed Latin letters and the
/// quotes and dashes of general punctuation: those stay as they are.
fn is_plainly_nfc(bytes: &[u8]) -> bool {
    let stays =
        |at: usize| matches!(bytes[at..], [0..=0xcb, ..] | [0xe1, 0xb8..=0xbb, ..] | [0xe2, 0x80, 0x90..=0xbf, ..]);
    bytes.is_ascii() || (0..bytes.len()).all(stays)
}

/// The text in lower case and without marks: `Đắt` becomes `dat`. No stems.
pub fn fold(text: &str) -> String {
    let mut exact = text.to_owned();
    normalise(&mut exact, &mut String::new());
    let mut folded = String::with_capacity(exact.len());
    push_folded(&exact, &mut folded);
    folded
}

/// Brings a word to lower case and normal form C, the long way; `spare` is scratch.
pub(crate) fn normalise(word: &mut String, spare: &mut String) {
    if word.is_ascii() {
        word.make_ascii_lowercase();
        return;
    }
    spare.clear();
    for ch in word.chars().map(unfancy).flat_map(char::to_lowercase) {
        // A sigma is a sigma wherever it stands.
        spare.push(if ch == 'ς' { 'σ' } else { ch });
    }
    word.clear();
    word.extend(spare.nfc());
}

/// The plain letter behind a full-width, mathematical or letter-like form.
fn unfancy(ch: char) -> char {
    if !matches!(ch as u32, 0x2102..=0x2149 | 0xff01..=0xffee | 0x1d400..=0x1d7ff) {
        return ch;
    }
    let (mut plain, mut count) = (ch, 0);
    decompose_compatible(ch, |part| {
        plain = part;
        count += 1;
    });
    if count == 1 && plain.is_alphanumeric() { plain } else { ch }
}

/// Appends a word, already in lower case and normal form C, without its marks.
pub(crate) fn push_folded(exact: &str, folded: &mut String) {
    for ch in exact.chars() {
        if ch.is_ascii() {
            folded.push(ch);
        } else if let Some(letter) = latin::letter(ch) {
            folded.push_str(letter.folded);
        } else {
            push_without_marks(ch, folded);
        }
    }
}

/// Takes off the marks that a reader may leave out. Those that a script cannot do
/// without (vowel signs, the voicing of kana, Korean letters) stay.
fn push_without_marks(ch: char, folded: &mut String) {
    let mut kept = None;
    decompose_canonical(ch, |part| {
        if is_optional_mark(part) {
            return;
        }
        // What is kept of one character goes together again, as it was.
        if let Some(before) = kept.take() {
            if let Some(whole) = compose(before, part) {
                kept = Some(whole);
                return;
            }
            folded.push(before);
        }
        kept = Some(part);
    });
    folded.extend(kept);
}

const fn is_optional_mark(ch: char) -> bool {
    matches!(ch,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}'
        | '\u{5c4}'..='\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, folded: &str) {
        assert_eq!(fold(text), folded);
    }

    #[test]
    fn marks_are_taken_off() {
        check("Đường Nguyễn Huệ", "duong nguyen hue");
        check("Crème BRÛLÉE, Łódź, Straße", "creme brulee, lodz, strasse");
        check("Ёлка й ΆΛΦΑΣ", "елка и αλφασ");
        check("d\u{31b}o\u{302}\u{301}", "do");
    }

    #[test]
    fn marks_that_make_the_letter_stay() {
        check("हिन्दी がぎ 한국어", "हिन्दी がぎ 한국어");
    }

    #[test]
    fn fancy_letters_are_plain_ones() {
        check("Ａ１ 𝗕𝗮́𝗻", "a1 ban");
    }

    #[test]
    fn normal_form_borrows_what_is_normal() {
        assert!(matches!(nfc("Đắt quá"), Cow::Borrowed(_)));
        assert!(matches!(nfc("“Đắt” – Straße, 日本"), Cow::Borrowed(_)));
        assert_eq!(nfc("a\u{301}"), "á");
    }

    #[test]
    fn what_is_plainly_normal_is_normal_whatever_stands_beside_it() {
        for ch in '\0'..='\u{2fff}' {
            let text = format!("a{ch}\u{1ea1}");
            assert!(!is_plainly_nfc(text.as_bytes()) || text.nfc().eq(text.chars()), "{ch:?}");
        }
    }
}
