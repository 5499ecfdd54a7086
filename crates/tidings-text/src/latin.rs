//! The precomposed Latin letters, taken apart once: lower case, bare letter, marks.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::compose as compose_pair;

/// What stands on, under or through a letter and makes it another letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quality {
    Bare,
    /// â ê ô
    Circumflex,
    /// ă
    Breve,
    /// ơ ư
    Horn,
    /// đ
    Stroke,
    /// A mark that Vietnamese does not have, or not on this letter: ä, ç, ñ.
    Foreign,
}

/// The tones of Vietnamese.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tone {
    Level,
    Grave,
    Hook,
    Tilde,
    Acute,
    Dot,
}

impl Tone {
    pub(crate) const ALL: [Self; 6] = [Self::Level, Self::Grave, Self::Hook, Self::Tilde, Self::Acute, Self::Dot];

    const fn mark(self) -> Option<char> {
        match self {
            Self::Level => None,
            Self::Grave => Some('\u{300}'),
            Self::Hook => Some('\u{309}'),
            Self::Tilde => Some('\u{303}'),
            Self::Acute => Some('\u{301}'),
            Self::Dot => Some('\u{323}'),
        }
    }
}

/// One Latin letter beyond ASCII.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letter {
    pub(crate) lower: char,
    /// Without marks; most are one ASCII letter, `ß` is `ss`.
    pub(crate) folded: &'static str,
    pub(crate) quality: Quality,
    pub(crate) tone: Tone,
}

const FIRST: u32 = 0xc0;
const EXTENDED_END: u32 = 0x250;
const ADDITIONAL: u32 = 0x1e00;
const ADDITIONAL_END: u32 = 0x1f00;
/// 400 letters of Latin-1, Extended-A and -B, 256 of Extended Additional.
const LETTERS: usize = (EXTENDED_END - FIRST + ADDITIONAL_END - ADDITIONAL) as usize;

static TABLE: LazyLock<Box<[Option<Letter>]>> = LazyLock::new(|| {
    let letters = (FIRST..EXTENDED_END).chain(ADDITIONAL..ADDITIONAL_END);
    letters.map(|code| char::from_u32(code).and_then(take_apart)).collect()
});

/// The letter `ch` is, if it is a precomposed Latin one.
#[inline]
pub(crate) fn letter(ch: char) -> Option<&'static Letter> {
    let code = ch as u32;
    let index = match code {
        FIRST..EXTENDED_END => code - FIRST,
        ADDITIONAL..ADDITIONAL_END => code - ADDITIONAL + (EXTENDED_END - FIRST),
        _ => return None,
    };
    debug_assert!((index as usize) < LETTERS);
    TABLE[index as usize].as_ref()
}

/// The one letter with these marks; `None` where Unicode has none.
pub(crate) fn compose(base: u8, quality: Quality, tone: Tone) -> Option<char> {
    let base = char::from(base);
    let mark = match quality {
        Quality::Bare => None,
        Quality::Circumflex => Some('\u{302}'),
        Quality::Breve => Some('\u{306}'),
        Quality::Horn => Some('\u{31b}'),
        Quality::Stroke if base == 'd' && tone == Tone::Level => return Some('đ'),
        Quality::Stroke | Quality::Foreign => return None,
    };
    // In the order in which Unicode composes: what stands below comes before what stands above.
    let (first, second) =
        if tone == Tone::Dot && quality != Quality::Horn { (tone.mark(), mark) } else { (mark, tone.mark()) };
    let with = |letter, mark: Option<char>| mark.map_or(Some(letter), |mark| compose_pair(letter, mark));
    with(with(base, first)?, second)
}

fn take_apart(ch: char) -> Option<Letter> {
    if !ch.is_alphabetic() {
        return None;
    }
    let mut lowered = ch.to_lowercase();
    let lower = lowered.next()?;
    if lowered.next().is_some() {
        // `İ` becomes two characters: left to the general way.
        return None;
    }
    if let Some(folded) = without_decomposition(lower) {
        let quality = if lower == 'đ' { Quality::Stroke } else { Quality::Foreign };
        return Some(Letter { lower, folded, quality, tone: Tone::Level });
    }
    let mut parts = std::iter::once(lower).nfd();
    let base = parts.next().filter(char::is_ascii_lowercase)?;
    let folded = &ALPHABET[(base as usize) - ('a' as usize)..][..1];
    let (mut quality, mut tone) = (Quality::Bare, Tone::Level);
    for mark in parts {
        match mark {
            '\u{302}' if matches!(base, 'a' | 'e' | 'o') => quality = Quality::Circumflex,
            '\u{306}' if base == 'a' => quality = Quality::Breve,
            '\u{31b}' => quality = Quality::Horn,
            '\u{300}' => tone = Tone::Grave,
            '\u{309}' => tone = Tone::Hook,
            '\u{303}' => tone = Tone::Tilde,
            '\u{301}' => tone = Tone::Acute,
            '\u{323}' => tone = Tone::Dot,
            _ => {
                quality = Quality::Foreign;
                break;
            }
        }
    }
    if !matches!(base, 'a' | 'e' | 'i' | 'o' | 'u' | 'y') {
        (quality, tone) = (Quality::Foreign, Tone::Level);
    }
    Some(Letter { lower, folded, quality, tone })
}

const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz";

/// Letters that Unicode does not take apart, and what stands for them unmarked.
pub(crate) const fn without_decomposition(lower: char) -> Option<&'static str> {
    Some(match lower {
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ø' => "o",
        'ŧ' => "t",
        'ƀ' => "b",
        'ƶ' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_apart() {
        let check = |ch, folded, quality, tone| {
            let letter = letter(ch).unwrap();
            assert_eq!((letter.folded, letter.quality, letter.tone), (folded, quality, tone), "{ch}");
        };
        check('Ế', "e", Quality::Circumflex, Tone::Acute);
        check('ợ', "o", Quality::Horn, Tone::Dot);
        check('Đ', "d", Quality::Stroke, Tone::Level);
        check('ä', "a", Quality::Foreign, Tone::Level);
        check('ß', "ss", Quality::Foreign, Tone::Level);
        check('ñ', "n", Quality::Foreign, Tone::Level);
        assert!(letter('×').is_none());
    }

    #[test]
    fn composing_undoes_taking_apart() {
        for ch in "ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ".chars()
        {
            let letter = letter(ch).unwrap();
            assert_eq!(compose(letter.folded.as_bytes()[0], letter.quality, letter.tone), Some(ch));
        }
    }
}
