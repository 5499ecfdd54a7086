//! Eight bytes of a text at once: which of them are letters, and of what kind.
//!
//! Answers are the highest bit of each byte. The text is UTF-8, and sums never leave their byte:
//! they are made of the lower seven bits.

use crate::memory::Key;

const HIGH: u64 = each(0x80);

const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The bytes whose lower seven bits lie from `first` to `last`.
#[inline]
const fn between(bytes: u64, first: u8, last: u8) -> u64 {
    let seven = bytes & !HIGH;
    (seven + each(0x80 - first)) & !(seven + each(0x7f - last)) & HIGH
}

/// The bytes that are ASCII and neither letter nor digit.
#[inline]
pub(crate) const fn signs(bytes: u64) -> u64 {
    let letters = between(bytes | each(0x20), b'a', b'z');
    !(letters | between(bytes, b'0', b'9') | bytes) & HIGH
}

/// The bytes that go on with a character.
#[inline]
const fn continued(bytes: u64) -> u64 {
    bytes & !(bytes << 1) & HIGH
}

/// The bytes that begin a character that is neither ASCII nor a precomposed Latin letter:
/// those are, of U+00C0 to U+023F, all but × and ÷, and U+1E00 to U+1EFF. `behind` are the same
/// bytes, each the one behind it.
#[inline]
const fn foreign(bytes: u64, behind: u64) -> u64 {
    let leads = bytes & (bytes << 1) & HIGH;
    let is_sign = between(bytes, 0x43, 0x43) & between(behind | each(0x20), 0x37, 0x37);
    let is_additional = between(bytes, 0x61, 0x61) & between(behind, 0x38, 0x3b);
    leads & !(between(bytes, 0x43, 0x48) & !is_sign | is_additional)
}

/// How many bytes have their highest bit in `answer`.
#[inline]
const fn count(answer: u64) -> u32 {
    ((answer >> 7).wrapping_mul(each(1)) >> 56) as u32
}

impl Key {
    /// How many scalars the word has, whose length is given, if it is of ASCII letters and digits and
    /// precomposed Latin letters; those in a number may not belong to it.
    #[inline]
    pub(crate) const fn plain_scalars(self, length: usize, is_number: bool) -> Option<u32> {
        let Self(low, high) = self;
        if (low | high) & HIGH == 0 {
            return Some(length as u32);
        }
        if is_number || foreign(low, low >> 8 | high << 56) | foreign(high, high >> 8) != 0 {
            return None;
        }
        Some(length as u32 - count(continued(low)) - count(continued(high)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The characters of the bytes that `answer` marks.
    fn marked(bytes: [u8; 8], answer: u64) -> Vec<u8> {
        let marks = answer.to_le_bytes();
        bytes.into_iter().zip(marks).filter(|(_, mark)| *mark == 0x80).map(|(byte, _)| byte).collect()
    }

    #[test]
    fn every_byte_is_what_it_is_alone() {
        for byte in 0..=u8::MAX {
            for other in [0, b'a', b'Z', b'9', b'~', 0x80, 0xff] {
                let bytes = [other, byte, other, other, byte, other, other, byte];
                let is_sign = |byte: u8| byte.is_ascii() && !byte.is_ascii_alphanumeric();
                let expected: Vec<u8> = bytes.into_iter().filter(|byte| is_sign(*byte)).collect();
                assert_eq!(marked(bytes, signs(u64::from_le_bytes(bytes))), expected);
            }
        }
    }

    fn plain_scalars(word: &str) -> Option<u32> {
        let mut bytes = [0; 16];
        bytes[..word.len()].copy_from_slice(word.as_bytes());
        let number = u128::from_le_bytes(bytes);
        let key = Key::of_first(word.len(), number as u64, (number >> 64) as u64);
        key.plain_scalars(word.len(), word.as_bytes()[0].is_ascii_digit())
    }

    #[test]
    fn every_character_is_plain_or_not_wherever_it_stands() {
        let is_plain = |ch: char| {
            ch.is_ascii() || matches!(ch, '\u{c0}'..='\u{23f}' | '\u{1e00}'..='\u{1eff}') && !matches!(ch, '×' | '÷')
        };
        for ch in ('\u{1}'..='\u{1fff}').chain('\u{fe00}'..='\u{10200}') {
            for before in ["", "abc", "đắt", "sevenle", "eightlet"] {
                let word = format!("{before}{ch}n");
                let scalars = word.chars().count() as u32;
                assert_eq!(plain_scalars(&word), is_plain(ch).then_some(scalars), "{word:?}");
            }
        }
    }

    #[test]
    fn letters_behind_digits_need_a_closer_look() {
        assert_eq!(plain_scalars("500đ"), None);
        assert_eq!(plain_scalars("500k"), Some(4));
    }
}
