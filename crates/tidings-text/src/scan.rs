//! Finds the words of a text: where each begins and ends, and its raw letters.

use crate::class::{Class, class_of};
use crate::latin;

/// What the letters of a word are, which says how much work its forms are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// ASCII letters, digits and joiners, in lower case.
    Ascii,
    /// ASCII and precomposed Latin letters, in lower case.
    Latin,
    /// Anything else, as it stands in the text.
    Complex,
}

/// Where a word stands, in Unicode scalars of the text, and what its raw letters are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) shape: Shape,
    /// Whether a point or comma stands between its digits.
    pub(crate) has_separator: bool,
}

pub(crate) struct Scanner<'t> {
    text: &'t str,
    /// Byte to be read next.
    at: usize,
    /// Unicode scalars before it.
    scalar: u32,
}

/// What is known of the word being read.
struct Word {
    end: u32,
    last: Class,
    shape: Shape,
    is_number: bool,
    has_separator: bool,
    /// Length and end before the last apostrophe.
    apostrophe: Option<(usize, u32)>,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0, scalar: 0 }
    }

    /// Reads the next word into `raw`; `None` at the end of the text.
    pub(crate) fn next_word(&mut self, raw: &mut String) -> Option<Span> {
        raw.clear();
        let first = self.skip_to_word()?;
        let start = self.scalar;
        let mut word = Word {
            end: start,
            last: first,
            shape: Shape::Ascii,
            is_number: first == Class::Digit,
            has_separator: false,
            apostrophe: None,
        };
        if first == Class::Single {
            self.read_single(raw, &mut word);
        } else {
            while self.read_ascii(raw, &mut word) && self.read_joint(raw, &mut word) {}
            cut_possessive(raw, &mut word);
        }
        Some(Span { start, end: word.end, shape: word.shape, has_separator: word.has_separator })
    }

    fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    fn step(&mut self, ch: char) {
        self.at += ch.len_utf8();
        self.scalar += 1;
    }

    fn skip_to_word(&mut self) -> Option<Class> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            if byte.is_ascii_alphabetic() {
                return Some(Class::Letter);
            }
            if byte.is_ascii_digit() {
                return Some(Class::Digit);
            }
            if byte.is_ascii() {
                self.at += 1;
                self.scalar += 1;
                continue;
            }
            let ch = self.char_at(self.at)?;
            match class_of(ch) {
                class @ (Class::Letter | Class::Digit | Class::Single) => return Some(class),
                _ => self.step(ch),
            }
        }
    }

    /// Reads ASCII letters and digits; false at the end of the text.
    fn read_ascii(&mut self, raw: &mut String, word: &mut Word) -> bool {
        let bytes = self.text.as_bytes();
        let from = self.at;
        let mut at = from;
        let mut is_number = word.is_number;
        while let Some(byte) = bytes.get(at).filter(|byte| byte.is_ascii_alphanumeric()) {
            is_number &= byte.is_ascii_digit();
            at += 1;
        }
        if from < at {
            let begin = raw.len();
            raw.push_str(&self.text[from..at]);
            raw[begin..].make_ascii_lowercase();
            // A text has fewer than 2^32 scalars; `for_each_token` sees to it.
            self.scalar += (at - from) as u32;
            self.at = at;
            word.end = self.scalar;
            word.last = if bytes[at - 1].is_ascii_digit() { Class::Digit } else { Class::Letter };
            word.is_number = is_number;
        }
        at < bytes.len()
    }

    /// Reads one character that is no ASCII letter or digit; false when it ends the word.
    fn read_joint(&mut self, raw: &mut String, word: &mut Word) -> bool {
        let byte = self.text.as_bytes()[self.at];
        match byte {
            b'\'' => self.read_apostrophe('\'', raw, word),
            b'.' | b',' => {
                let joins = word.last == Class::Digit
                    && raw.as_bytes().last().is_some_and(u8::is_ascii_digit)
                    && self.text.as_bytes().get(self.at + 1).is_some_and(u8::is_ascii_digit);
                if joins {
                    raw.push(char::from(byte));
                    word.has_separator = true;
                    self.step(char::from(byte));
                }
                joins
            }
            b'+' | b'#' => {
                self.read_suffix(raw, word);
                false
            }
            _ if byte.is_ascii() => false,
            _ => match self.char_at(self.at) {
                Some(ch) => self.read_wide(ch, raw, word),
                None => false,
            },
        }
    }

    fn read_apostrophe(&mut self, ch: char, raw: &mut String, word: &mut Word) -> bool {
        let behind = self.char_at(self.at + ch.len_utf8());
        let joins = word.last == Class::Letter && behind.is_some_and(|behind| class_of(behind) == Class::Letter);
        if joins {
            word.apostrophe = Some((raw.len(), word.end));
            raw.push('\'');
            self.step(ch);
        }
        joins
    }

    /// `c++`, `notepad++`, `c#`, `a+`.
    fn read_suffix(&mut self, raw: &mut String, word: &mut Word) {
        if !raw.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return;
        }
        let rest = &self.text[self.at..];
        let suffix = if rest.starts_with("++") { "++" } else { &rest[..1] };
        let behind = rest[suffix.len()..].chars().next();
        let is_free = behind
            .is_none_or(|ch| matches!(class_of(ch), Class::Other | Class::Apostrophe) && !matches!(ch, '+' | '#'));
        if is_free && (suffix == "++" || raw.len() == 1) {
            raw.push_str(suffix);
            self.at += suffix.len();
            self.scalar += suffix.len() as u32;
            word.end = self.scalar;
        }
    }

    fn read_wide(&mut self, ch: char, raw: &mut String, word: &mut Word) -> bool {
        match class_of(ch) {
            Class::Letter => {
                if word.is_number && matches!(ch, 'đ' | 'Đ') && self.ends_behind(ch) {
                    return false;
                }
                self.push_letter(ch, raw, word);
            }
            Class::Digit => {
                raw.push(ch);
                word.shape = Shape::Complex;
                (word.last, word.is_number) = (Class::Digit, false);
            }
            Class::Mark => {
                raw.push(ch);
                (word.shape, word.is_number) = (Shape::Complex, false);
            }
            Class::Apostrophe => return self.read_apostrophe(ch, raw, word),
            // Its marks may go together once it is gone, as they do in the long way.
            Class::Ignorable => {
                self.step(ch);
                return true;
            }
            Class::Single | Class::Other => return false,
        }
        self.step(ch);
        word.end = self.scalar;
        true
    }

    fn push_letter(&self, ch: char, raw: &mut String, word: &mut Word) {
        match latin::letter(ch) {
            Some(letter) => {
                raw.push(letter.lower);
                word.shape = if word.shape == Shape::Complex { Shape::Complex } else { Shape::Latin };
            }
            None => {
                raw.push(ch);
                word.shape = Shape::Complex;
            }
        }
        (word.last, word.is_number) = (Class::Letter, false);
    }

    /// Whether `ch`, read next, is the last of its word.
    fn ends_behind(&self, ch: char) -> bool {
        self.char_at(self.at + ch.len_utf8())
            .is_none_or(|behind| matches!(class_of(behind), Class::Other | Class::Apostrophe | Class::Single))
    }

    /// One letter of a script that writes no spaces, with its marks.
    fn read_single(&mut self, raw: &mut String, word: &mut Word) {
        word.shape = Shape::Complex;
        let mut is_first = true;
        while let Some(ch) = self.char_at(self.at) {
            match class_of(ch) {
                Class::Single if is_first => raw.push(ch),
                Class::Mark => raw.push(ch),
                Class::Ignorable => {
                    self.step(ch);
                    continue;
                }
                _ => break,
            }
            is_first = false;
            self.step(ch);
            word.end = self.scalar;
        }
    }
}

/// `acme's` is `acme`.
fn cut_possessive(raw: &mut String, word: &mut Word) {
    if let Some((length, end)) = word.apostrophe
        && &raw[length..] == "'s"
    {
        raw.truncate(length);
        word.end = end;
    }
}
