//! What stands between two words, as far as it parts what is said.

/// How strongly two words are parted, the weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pause {
    /// Spaces, hyphens, slashes, quotes.
    #[default]
    None,
    /// A comma, colon, semicolon, bracket, dash or emoji.
    Clause,
    /// A point, exclamation or question mark, ellipsis or line break.
    Sentence,
}

const ASCII: [Pause; 128] = {
    let mut pauses = [Pause::None; 128];
    let (clause, sentence) = (b",:;()[]{}|", b".!?\n\r");
    let mut at = 0;
    while at < clause.len() {
        pauses[clause[at] as usize] = Pause::Clause;
        at += 1;
    }
    at = 0;
    while at < sentence.len() {
        pauses[sentence[at] as usize] = Pause::Sentence;
        at += 1;
    }
    pauses
};

/// The pause of an ASCII sign; none for a byte beyond.
#[inline]
pub(crate) fn of_ascii(byte: u8) -> Pause {
    ASCII.get(byte as usize).copied().unwrap_or_default()
}

/// The strongest pause of ASCII signs that stand side by side; mostly it is one.
#[inline]
pub(crate) fn of_signs(signs: &[u8]) -> Pause {
    match signs {
        [sign] => of_ascii(*sign),
        _ => signs.iter().fold(Pause::None, |pause, sign| pause.max(of_ascii(*sign))),
    }
}

/// The pause of a sign beyond ASCII that is part of no word.
pub(crate) const fn of_wide(ch: char) -> Pause {
    match ch {
        '…' | '。' | '！' | '？' | '．' | '｡' | '؟' | '۔' | '।' | '\u{2028}' | '\u{2029}' | '\u{85}' => {
            Pause::Sentence
        }
        '–' | '—' | '―' | '、' | '，' | '：' | '；' | '（' | '）' | '،' | '؛' | '•' | '·' => {
            Pause::Clause
        }
        // Arrows, symbols, dingbats and emoji; not spaces, hyphens and quotes.
        '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' => Pause::Clause,
        _ => Pause::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::for_each_token;

    #[track_caller]
    fn check(text: &str, expected: &[Pause]) {
        let mut pauses = Vec::new();
        for_each_token(text, |token| pauses.push(token.pause));
        assert_eq!(pauses, expected);
    }

    #[test]
    fn punctuation_parts_words() {
        use Pause::{Clause, None, Sentence};
        check("good, but \"slow\"", &[None, Clause, None]);
        check("đắt quá!! k mua 🙄 nữa", &[None, None, Sentence, None, Clause]);
        check("e-mail 24/7 – 1.5", &[None, None, None, None, Clause]);
        check("tắt nguồn.nhiều\nlúc", &[None, None, Sentence, Sentence]);
        check("(hay) quá…rồi", &[Clause, Clause, Sentence]);
    }
}
