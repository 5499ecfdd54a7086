//! Finds the words of a text: where each begins and ends, and its raw letters.

use crate::class::{Class, class_of};
use crate::latin;
use crate::memory::{KEY_BYTES, Key};
use crate::pause::{self, Pause};
use crate::token::Place;
use crate::window::{Run, WIDTH, Window};

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

impl Shape {
    /// The shape of letters of this shape and one more.
    pub(crate) fn with(self, ch: char) -> Self {
        match self {
            _ if latin::letter(ch).is_some() && self != Self::Complex => Self::Latin,
            Self::Ascii | Self::Latin if ch.is_ascii() => self,
            _ => Self::Complex,
        }
    }
}

/// A word as it was read with all care: where it stands, and what its raw letters are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) place: Place,
    pub(crate) shape: Shape,
    /// Whether a point or comma stands between its digits.
    pub(crate) has_separator: bool,
}

/// A word that was found. A plain one is what it looks like: ASCII letters and digits and precomposed
/// Latin letters without anything that joins, so that its forms depend on its letters and on nothing else.
/// The forms of another were made when it was found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    /// [`Key::NONE`] for a word that is long or not plain.
    pub(crate) key: Key,
    pub(crate) place: Place,
    pub(crate) is_plain: bool,
}

/// The beginning of a word, by its first character.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start(Class);

/// What a byte of a text is to a plain word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Byte {
    /// ASCII letter or digit.
    Plain,
    /// May begin a precomposed Latin letter.
    Lead,
    /// Goes on with a character.
    Continued,
    Other,
}

const BYTES: [Byte; 256] = {
    let mut bytes = [Byte::Other; 256];
    let mut at = 0;
    while at < 256 {
        bytes[at] = match at as u8 {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => Byte::Plain,
            0xc3..=0xc8 | 0xe1 => Byte::Lead,
            0x80..=0xbf => Byte::Continued,
            _ => Byte::Other,
        };
        at += 1;
    }
    bytes
};

/// Whether the character at hand is a precomposed Latin letter: of U+00C0 to U+023F all
/// but the signs × and ÷, and U+1E00 to U+1EFF.
#[inline]
const fn begins_latin(rest: &[u8]) -> bool {
    match rest {
        [0xc3, second, ..] => *second != 0x97 && *second != 0xb7,
        [0xe1, second, ..] => 0xb8 <= *second && *second <= 0xbb,
        [0xc4..=0xc8, ..] => true,
        _ => false,
    }
}

/// Whether a word ends before `rest`, whatever the word is. Signs that may join need a
/// closer look, and so does everything that is not ASCII but the quotes and dashes of
/// general punctuation.
const fn ends_plain(rest: &[u8]) -> bool {
    match rest {
        [b'\'' | b'+' | b'#', ..] => false,
        [b'.' | b',', next, ..] => !next.is_ascii_digit(),
        // U+2010 to U+2027 but for the apostrophe.
        [0xe2, 0x80, third, ..] => 0x90 <= *third && *third <= 0xa7 && *third != 0x99,
        [byte, ..] => byte.is_ascii(),
        [] => true,
    }
}

/// Length and scalars of the plain word that `bytes` begin with.
fn measure_plain(bytes: &[u8]) -> (usize, u32) {
    let is_number = bytes[0].is_ascii_digit();
    let (mut length, mut scalars) = (0, 0);
    for (at, &byte) in bytes.iter().enumerate() {
        match BYTES[byte as usize] {
            Byte::Plain => scalars += 1,
            Byte::Lead if !is_number && begins_latin(&bytes[at..]) => scalars += 1,
            Byte::Continued => {}
            Byte::Lead | Byte::Other => break,
        }
        length = at + 1;
    }
    (length, scalars)
}

pub(crate) struct Scanner<'t> {
    text: &'t str,
    /// Byte to be read next.
    at: usize,
    /// Unicode scalars before it.
    scalar: u32,
    /// Words before it.
    position: u32,
    /// The strongest pause behind the last of them.
    pause: Pause,
    /// What was looked at last, and from where on.
    window: Window,
    from: usize,
}

/// What is known of the word being read.
struct Word {
    end: End,
    last: Class,
    shape: Shape,
    is_number: bool,
    has_separator: bool,
    apostrophe: Option<Apostrophe>,
}

/// The last apostrophe of a word.
#[derive(Clone, Copy)]
struct Apostrophe {
    last: usize,
    /// Length and end of the word before it, or before the first where nothing but `'s` follows each.
    length: usize,
    end: End,
}

/// Where a word begins or ends.
#[derive(Clone, Copy)]
struct End {
    scalar: u32,
    byte: u32,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let window = Window::of(text.as_bytes());
        Self { text, at: 0, scalar: 0, position: 0, pause: Pause::None, window, from: 0 }
    }

    /// Goes to the next word; `None` at the end of the text.
    pub(crate) fn seek(&mut self) -> Option<Start> {
        self.skip_to_word().map(Start)
    }

    /// Puts the next words into `words` as long as they are plain and short, and there is room. How many they are.
    ///
    /// Nearly all words are.
    pub(crate) fn read_plain(&mut self, words: &mut [Found]) -> usize {
        let bytes = self.text.as_bytes();
        let Self { text, mut at, mut scalar, mut position, mut pause, mut window, mut from } = *self;
        let mut count = 0;
        if from + WIDTH <= at {
            (from, window) = (at, Window::of(&bytes[at..]));
        }
        while let Some(word) = words.get_mut(count) {
            let Some(Run { start, end, continued, is_doubtful }) = window.run(at - from) else {
                let behind = bytes.len().min(from + WIDTH);
                pause = pause.max(pause::of_signs(&bytes[at..behind]));
                scalar += (behind - at) as u32;
                at = behind;
                if at == bytes.len() {
                    break;
                }
                (from, window) = (at, Window::of(&bytes[at..]));
                continue;
            };
            let (start, length) = (from + start, end - start);
            pause = pause.max(pause::of_signs(&bytes[at..start]));
            scalar += (start - at) as u32;
            at = start;
            if end == WIDTH && from < start {
                (from, window) = (at, Window::of(&bytes[at..]));
                continue;
            }
            if is_doubtful || KEY_BYTES < length {
                break;
            }
            let scalars = length as u32 - continued;
            *word = Found {
                key: Key::of_first(length, &bytes[at..]),
                place: Place {
                    start: scalar,
                    end: scalar + scalars,
                    start_byte: at as u32,
                    end_byte: (at + length) as u32,
                    position,
                    pause,
                },
                is_plain: true,
            };
            (at, scalar, pause) = (at + length, scalar + scalars, Pause::None);
            position += 1;
            count += 1;
        }
        *self = Self { text, at, scalar, position, pause, window, from };
        count
    }

    /// The word at hand, if it is a plain one after all.
    pub(crate) fn read_doubtful(&mut self) -> Option<Found> {
        let bytes = &self.text.as_bytes()[self.at..];
        let (length, scalars) = measure_plain(bytes);
        // Nothing at all is plain of a word that begins otherwise.
        if length == 0 || !ends_plain(&bytes[length..]) {
            return None;
        }
        let key = if length <= KEY_BYTES { Key::of_first(length, bytes) } else { Key::NONE };
        let start = self.end();
        self.at += length;
        self.scalar += scalars;
        Some(Found { key, place: self.place(start, self.end()), is_plain: true })
    }

    /// The place of a word that was read, which the next ones stand behind.
    fn place(&mut self, start: End, end: End) -> Place {
        let place = Place {
            start: start.scalar,
            end: end.scalar,
            start_byte: start.byte,
            end_byte: end.byte,
            position: self.position,
            pause: std::mem::take(&mut self.pause),
        };
        self.position += 1;
        place
    }

    /// Reads the word at hand into `raw`.
    pub(crate) fn read(&mut self, Start(first): Start, raw: &mut String) -> Span {
        raw.clear();
        let start = self.end();
        let mut word = Word {
            end: self.end(),
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
        let Word { end, shape, has_separator, .. } = word;
        Span { place: self.place(start, end), shape, has_separator }
    }

    /// What was read up to here; a text has fewer than 2^32 bytes.
    fn end(&self) -> End {
        End { scalar: self.scalar, byte: self.at as u32 }
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
            if byte.is_ascii() {
                match BYTES[byte as usize] {
                    Byte::Plain if byte.is_ascii_digit() => return Some(Class::Digit),
                    Byte::Plain => return Some(Class::Letter),
                    _ => {
                        self.pause = self.pause.max(pause::of_ascii(byte));
                        self.at += 1;
                        self.scalar += 1;
                        continue;
                    }
                }
            }
            if begins_latin(&bytes[self.at..]) {
                return Some(Class::Letter);
            }
            let ch = self.char_at(self.at)?;
            match class_of(ch) {
                class @ (Class::Letter | Class::Digit | Class::Single) => return Some(class),
                Class::Other => {
                    self.pause = self.pause.max(pause::of_wide(ch));
                    self.step(ch);
                }
                Class::Mark | Class::Apostrophe | Class::Ignorable => self.step(ch),
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
            word.end = self.end();
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
            let last = raw.len();
            word.apostrophe = Some(match word.apostrophe {
                Some(before) if &raw[before.last..] == "'s" => Apostrophe { last, ..before },
                _ => Apostrophe { last, length: last, end: word.end },
            });
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
            word.end = self.end();
        }
    }

    fn read_wide(&mut self, ch: char, raw: &mut String, word: &mut Word) -> bool {
        match class_of(ch) {
            Class::Letter => {
                if word.is_number && matches!(ch, 'đ' | 'Đ') && self.ends_behind(ch) {
                    return false;
                }
                raw.push(latin::letter(ch).map_or(ch, |letter| letter.lower));
                word.shape = word.shape.with(ch);
                (word.last, word.is_number) = (Class::Letter, false);
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
        word.end = self.end();
        true
    }

    /// Whether `ch`, read next, is the last of its word.
    fn ends_behind(&self, ch: char) -> bool {
        let mut behind = self.text[self.at + ch.len_utf8()..].chars().map(class_of);
        behind
            .find(|class| *class != Class::Ignorable)
            .is_none_or(|class| matches!(class, Class::Other | Class::Apostrophe | Class::Single))
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
            word.end = self.end();
        }
    }
}

/// `acme's` is `acme`, and so is `acme's's`.
fn cut_possessive(raw: &mut String, word: &mut Word) {
    if let Some(Apostrophe { last, length, end }) = word.apostrophe
        && &raw[last..] == "'s"
    {
        raw.truncate(length);
        word.end = end;
    }
}
