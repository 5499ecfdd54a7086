//! 64 bytes of a text at once: where its words stand, and which of them need a closer look.

/// So many bytes are looked at together.
pub(crate) const WIDTH: usize = 64;

/// What the bytes from some place of a text on are: a bit for each, the first in the lowest.
/// Behind the end of the text stand spaces.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    /// ASCII letters and digits, and whatever is not ASCII.
    letters: u64,
    /// Goes on with a character.
    continued: u64,
    /// Tells that a word that holds it, or ends before it, may not be what it looks like.
    doubtful: u64,
}

/// A run of letters in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// How many of its bytes go on with a character.
    pub(crate) continued: u32,
    pub(crate) is_doubtful: bool,
}

impl Window {
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut end = [b' '; WIDTH + 1];
        let bytes: &[u8; WIDTH + 1] = text.first_chunk().unwrap_or_else(|| {
            end[..text.len()].copy_from_slice(text);
            &end
        });
        let (mut letters, mut continued, mut doubtful) = ([0; WIDTH], [0; WIDTH], [0; WIDTH]);
        for at in 0..WIDTH {
            let (byte, next) = (bytes[at], bytes[at + 1]);
            letters[at] = u8::from(is_letter(byte));
            continued[at] = u8::from(is_continued(byte));
            doubtful[at] = u8::from(is_foreign(byte, next) | is_joiner(byte, next));
        }
        Self { letters: gather(&letters), continued: gather(&continued), doubtful: gather(&doubtful) }
    }

    /// The first run that begins at `from` or behind; one that touches the end of the window may go on there.
    #[inline]
    pub(crate) const fn run(&self, from: usize) -> Option<Run> {
        let letters = self.letters & !0 << from;
        if letters == 0 {
            return None;
        }
        let start = letters.trailing_zeros();
        let behind = !letters & !0 << start;
        let end = behind.trailing_zeros();
        // The bits up to the one behind the run; there is none behind the window.
        let within = (behind & behind.wrapping_neg()).wrapping_sub(1) & !0 << start;
        let continued = (self.continued & within).count_ones();
        let is_doubtful = self.doubtful & (within | behind & behind.wrapping_neg()) != 0;
        Some(Run { start: start as usize, end: end as usize, continued, is_doubtful })
    }
}

// What follows is asked of all bytes of a window side by side, so it is without branches.

const fn is_digit(byte: u8) -> bool {
    byte.wrapping_sub(b'0') < 10
}

const fn is_letter(byte: u8) -> bool {
    is_digit(byte) | ((byte | 0x20).wrapping_sub(b'a') < 26) | (0x80 <= byte)
}

const fn is_continued(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Whether a character begins that is neither ASCII nor a precomposed Latin letter (those are,
/// of U+00C0 to U+023F, all but × and ÷, and U+1E00 to U+1EFF), or one that is not ASCII
/// follows a digit: it may not belong to the number.
const fn is_foreign(byte: u8, next: u8) -> bool {
    let is_sign = (byte == 0xc3) & ((next == 0x97) | (next == 0xb7));
    let is_latin = (byte.wrapping_sub(0xc3) < 6) & !is_sign;
    let is_additional = (byte == 0xe1) & (next.wrapping_sub(0xb8) < 4);
    ((0xc0 <= byte) & !(is_latin | is_additional)) | (is_digit(byte) & (0x80 <= next))
}

/// Whether the sign may join what stands around it.
const fn is_joiner(byte: u8, next: u8) -> bool {
    (byte == b'\'') | (byte == b'+') | (byte == b'#') | (((byte == b'.') | (byte == b',')) & is_digit(next))
}

/// A bit for each byte that is 1; the others are 0.
#[inline]
fn gather(bytes: &[u8; WIDTH]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    let bits = eights.iter().enumerate().map(|(at, eight)| {
        // Byte `n` comes to stand at bit 56 + `n`, and no sum reaches another.
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits << (8 * at)
    });
    bits.fold(0, |all, bits| all | bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> (&str, usize, bool) {
        let Run { start, end, continued, is_doubtful } = Window::of(text.as_bytes()).run(0).unwrap();
        (&text[start..end], end - start - continued as usize, is_doubtful)
    }

    #[test]
    fn runs_are_found_wherever_they_stand() {
        for before in 0..WIDTH {
            for length in 0..WIDTH - before {
                let text = format!("{}{} !", "-".repeat(before), "a".repeat(length));
                let expected = Run { start: before, end: before + length, continued: 0, is_doubtful: false };
                let expected = (0 < length).then_some(expected);
                assert_eq!(Window::of(text.as_bytes()).run(0), expected);
                assert_eq!(Window::of(text.as_bytes()).run(before), expected);
            }
        }
        assert_eq!(Window::of(&[b'a'; 100]).run(60).map(|run| (run.start, run.end)), Some((60, WIDTH)));
        assert_eq!(Window::of(b"").run(0), None);
    }

    #[test]
    fn every_ascii_sign_ends_a_run_and_some_leave_doubt() {
        for byte in 0..0x80 {
            let text = format!("né{}1", char::from(byte));
            let is_doubtful = matches!(byte, b'\'' | b'+' | b'#' | b'.' | b',');
            let expected = if byte.is_ascii_alphanumeric() { (&text[..], 4, false) } else { ("né", 2, is_doubtful) };
            assert_eq!(run(&text), expected, "{text}");
        }
        assert_eq!((run("acme. 1"), run("acme,")), (("acme", 4, false), ("acme", 4, false)));
    }

    #[test]
    fn every_character_is_plain_or_leaves_doubt() {
        let is_plain = |ch: char| {
            ch.is_ascii_alphanumeric()
                || matches!(ch, '\u{c0}'..='\u{23f}' | '\u{1e00}'..='\u{1eff}') && !matches!(ch, '×' | '÷')
        };
        for ch in ('\u{80}'..='\u{1fff}').chain('\u{fe00}'..='\u{10200}') {
            for before in ["", "abc", "đắt"] {
                let word = format!("{before}{ch}n");
                assert_eq!(run(&word), (&word[..], word.chars().count(), !is_plain(ch)));
            }
        }
    }

    #[test]
    fn letters_behind_digits_leave_doubt() {
        assert_eq!(run("500đ"), ("500đ", 4, true));
        assert_eq!(run("500k"), ("500k", 4, false));
    }
}
