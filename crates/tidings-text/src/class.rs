//! What a character is to the analyser.

use unicode_normalization::char::is_combining_mark;

use crate::latin;

/// How a character takes part in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Parts words.
    Other,
    Letter,
    Digit,
    /// A combining mark: belongs to the word before it, begins none.
    Mark,
    /// Joins two letters: `'`, `’`, `ʼ`.
    Apostrophe,
    /// Invisible; vanishes inside a word.
    Ignorable,
    /// A letter of a script that writes no spaces: a word of its own.
    Single,
}

pub(crate) fn class_of(ch: char) -> Class {
    match ch {
        'a'..='z' | 'A'..='Z' => Class::Letter,
        '0'..='9' => Class::Digit,
        '\'' | '\u{2019}' | '\u{2bc}' | '\u{ff07}' => Class::Apostrophe,
        '\0'..='\u{7f}' => Class::Other,
        _ if latin::letter(ch).is_some() => Class::Letter,
        _ if is_ignorable(ch) => Class::Ignorable,
        _ if is_combining_mark(ch) => Class::Mark,
        _ if is_single(ch) => Class::Single,
        _ if ch.is_alphabetic() => Class::Letter,
        _ if ch.is_numeric() => Class::Digit,
        _ => Class::Other,
    }
}

/// Soft hyphen, combining grapheme joiner, joiners, direction marks, variation selectors, BOM.
const fn is_ignorable(ch: char) -> bool {
    matches!(ch,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200c}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
}

/// Thai, Lao, Burmese, Khmer, kana, Han.
const fn is_single(ch: char) -> bool {
    matches!(ch,
        '\u{e01}'..='\u{e30}' | '\u{e32}'..='\u{e33}' | '\u{e40}'..='\u{e46}'
        | '\u{e81}'..='\u{eb0}' | '\u{eb2}'..='\u{eb3}' | '\u{ebd}'..='\u{ec6}' | '\u{edc}'..='\u{edf}'
        | '\u{1000}'..='\u{102a}' | '\u{103f}' | '\u{1050}'..='\u{1055}'
        | '\u{1780}'..='\u{17b3}'
        | '\u{3005}'..='\u{3007}' | '\u{3031}'..='\u{3035}' | '\u{303b}'..='\u{303c}'
        | '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9d}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_what_they_look_like() {
        for (ch, class) in [
            ('a', Class::Letter),
            ('đ', Class::Letter),
            ('ế', Class::Letter),
            ('×', Class::Other),
            ('ж', Class::Letter),
            ('٣', Class::Digit),
            ('½', Class::Digit),
            ('\u{301}', Class::Mark),
            ('\u{ad}', Class::Ignorable),
            ('東', Class::Single),
            ('ー', Class::Single),
            ('한', Class::Letter),
            ('₫', Class::Other),
            ('😀', Class::Other),
            ('\u{200b}', Class::Other),
        ] {
            assert_eq!(class_of(ch), class, "{ch}");
        }
    }
}
