//! Character references: `&amp;`, `&#8217;`, `&nbsp;`, and the bare `&` that is none.

use memchr::memchr;
use web_atoms::NAMED_ENTITIES;

/// Longest name of a reference in HTML, `CounterClockwiseContourIntegral`, and its semicolon.
const LONGEST_NAME: usize = 32;

/// What was met while decoding that XML does not allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Oddities {
    pub(crate) bare_ampersand: bool,
    pub(crate) undeclared_entity: bool,
}

/// Appends `source` to `out`, with its references decoded once. A reference needs its semicolon; an `&` that begins
/// none stays as it is.
pub(crate) fn decode_into(source: &str, out: &mut String, oddities: &mut Oddities) {
    let mut rest = source;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match Reference::at(rest) {
            Some(reference) => {
                oddities.undeclared_entity |= reference.is_html_only;
                reference.characters().for_each(|c| out.push(c));
                rest = &rest[reference.length..];
            }
            None => {
                oddities.bare_ampersand = true;
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
}

/// A reference at the beginning of a text.
pub(crate) struct Reference {
    /// `None` where it stands for a control character, which no text has.
    first: Option<char>,
    second: Option<char>,
    /// In bytes, from the `&` to the `;`.
    pub(crate) length: usize,
    /// Known to HTML only, so undeclared in a feed.
    pub(crate) is_html_only: bool,
}

impl Reference {
    /// Reads the reference that `text` begins with; `text` begins with `&`.
    pub(crate) fn at(text: &str) -> Option<Self> {
        let name = text.as_bytes().get(1..)?;
        if name.first() == Some(&b'#') {
            return Self::numeric(&name[1..]);
        }
        let window = &name[..name.len().min(LONGEST_NAME)];
        let end = window.iter().position(|byte| !byte.is_ascii_alphanumeric())?;
        if end == 0 || window[end] != b';' {
            return None;
        }
        let known = |first| Some(Self { first: Some(first), second: None, length: end + 2, is_html_only: false });
        match &window[..end] {
            b"amp" => known('&'),
            b"lt" => known('<'),
            b"gt" => known('>'),
            b"quot" => known('"'),
            b"apos" => known('\''),
            _ => Self::named(&text[1..end + 2]),
        }
    }

    /// HTML's old references work without their semicolon; only the common ones, where no word goes on.
    pub(crate) fn unfinished_at(text: &str) -> Option<Self> {
        let old = [("&amp", '&'), ("&lt", '<'), ("&gt", '>'), ("&quot", '"'), ("&nbsp", '\u{a0}')];
        let (name, first) = old.into_iter().find(|(name, _)| text.starts_with(name))?;
        let goes_on = text.as_bytes().get(name.len()).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'=');
        (!goes_on).then_some(Self { first: Some(first), second: None, length: name.len(), is_html_only: true })
    }

    fn named(name_with_semicolon: &str) -> Option<Self> {
        let &(first, second) = NAMED_ENTITIES.get(name_with_semicolon)?;
        let first = char::from_u32(first).filter(|c| *c != '\0')?;
        let second = char::from_u32(second).filter(|c| *c != '\0');
        Some(Self { first: Some(first), second, length: name_with_semicolon.len() + 1, is_html_only: true })
    }

    fn numeric(digits: &[u8]) -> Option<Self> {
        let hex = matches!(digits.first(), Some(b'x' | b'X'));
        let (radix, skip) = if hex { (16, 1) } else { (10, 0) };
        let window = &digits[skip..digits.len().min(skip + LONGEST_NAME)];
        let end = window.iter().position(|byte| !char::from(*byte).is_digit(radix)).unwrap_or(window.len());
        if end == 0 {
            return None;
        }
        let value = window[..end]
            .iter()
            .filter_map(|byte| char::from(*byte).to_digit(radix))
            .fold(0_u32, |value, digit| value.saturating_mul(radix).saturating_add(digit));
        let semicolon = usize::from(window.get(end) == Some(&b';'));
        Some(Self { first: character(value), second: None, length: 2 + skip + end + semicolon, is_html_only: false })
    }

    pub(crate) fn characters(&self) -> impl Iterator<Item = char> {
        [self.first, self.second].into_iter().flatten()
    }
}

/// The character of a number as HTML reads it: 128 to 159 are windows-1252.
fn character(value: u32) -> Option<char> {
    const WINDOWS_1252: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match value {
        0x80..=0x9F => Some(WINDOWS_1252[value as usize - 0x80]),
        9 | 10 | 13 => char::from_u32(value),
        0..=0x1F | 0x7F => None,
        _ => Some(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) -> Oddities {
        let (mut out, mut oddities) = (String::new(), Oddities::default());
        decode_into(source, &mut out, &mut oddities);
        assert_eq!(out, expected);
        oddities
    }

    #[test]
    fn references_are_decoded_once() {
        check("a &amp;amp; b &lt;p&gt; &quot;&apos;", "a &amp; b <p> \"'");
        check("&#8217;&#x1F600;&#X41;", "’😀A");
        check("&Agrave;&hellip;&NotEqualTilde;", "À…≂\u{338}");
    }

    #[test]
    fn a_bare_ampersand_stays_and_is_told() {
        assert!(check("AT&T ?a=1&b=2&copy=3 & &;", "AT&T ?a=1&b=2&copy=3 & &;").bare_ampersand);
        assert!(!check("&amp;", "&").bare_ampersand);
    }

    #[test]
    fn entities_of_html_are_known_and_told() {
        assert!(check("a&nbsp;b", "a\u{a0}b").undeclared_entity);
        assert!(check("&unheardof;", "&unheardof;").bare_ampersand);
    }

    #[test]
    fn numbers_out_of_range_do_no_harm() {
        check("&#146;&#150;", "’–");
        check("&#0;&#8;&#xD800;&#99999999999999999999;", "\u{fffd}\u{fffd}");
        check("&#;&#x;&#xg;", "&#;&#x;&#xg;");
        check("&#8217 x", "’ x");
    }
}
