//! Whether words are asked rather than said.

use tidings_text::{Pause, for_each_token};

/// Farthest that the question mark may stand behind, in bytes.
const MAX_TAIL: usize = 400;

/// Bytes behind a phrase in which "không ạ" must stand.
const PARTICLE_TAIL: usize = 40;

/// What ends a Vietnamese question: "có đắt không ạ?" says nothing of dearness.
pub(crate) const PARTICLES: [&str; 12] =
    ["không", "ko", "k", "kh", "khong", "kg", "hông", "hong", "hok", "hem", "hơm", "khum"];

/// What may follow such a particle in its clause.
pub(crate) const POLITE: [&str; 24] = [
    "ạ", "vậy", "vạy", "nhỉ", "nhể", "ta", "các", "mọi", "mn", "mng", "ae", "ace", "anh", "a", "chị", "shop", "ad",
    "cả", "thế", "hả", "bạn", "bác", "b", "z",
];

/// Whether the sentence that goes on at byte `end` ends in a question mark.
pub(crate) fn ends_in_question(text: &str, end: usize) -> bool {
    let tail = &text[end..text.floor_char_boundary(end + MAX_TAIL)];
    let mut word = text[..end].chars().rev().take_while(|ch| ch.is_alphanumeric()).count();
    let mut rest = tail.chars().peekable();
    while let Some(ch) = rest.next() {
        match ch {
            '?' | '？' => return true,
            '!' | '\n' | '\r' | '…' | '。' => return false,
            // An abbreviation ("vs.") or a name ("monday.com") goes on.
            '.' if 2 < word && rest.peek().is_none_or(|next| next.is_whitespace()) => return false,
            _ => {}
        }
        word = if ch.is_alphanumeric() { word + 1 } else { 0 };
    }
    false
}

/// Whether a Vietnamese question particle follows at once and ends the clause.
pub(crate) fn is_asked(text: &str, end: usize) -> bool {
    let tail = &text[end..text.floor_char_boundary(end + PARTICLE_TAIL)];
    if is_said(tail.as_bytes()) {
        return false;
    }
    let tail = tail.trim_start_matches(['\'', '’', 'ʼ', '＇']).trim_start_matches(['s', 'S']);
    // They begin with k or h.
    let begins = tail.chars().find(|ch| ch.is_alphanumeric());
    if !begins.is_some_and(|ch| matches!(ch, 'k' | 'K' | 'h' | 'H')) {
        return false;
    }
    let (mut is_particle, mut is_asked) = (false, false);
    for_each_token(tail, |token| match token.position {
        0 => {
            is_particle = token.pause == Pause::None && PARTICLES.contains(&token.exact);
            is_asked = is_particle;
        }
        1 => is_asked = is_particle && (token.pause != Pause::None || POLITE.contains(&token.exact)),
        _ => {}
    });
    is_asked
}

/// Whether the next word is no particle, so far as bytes tell: nearly all are told.
fn is_said(tail: &[u8]) -> bool {
    let begins = |byte: &u8| !byte.is_ascii() || byte.is_ascii_alphanumeric() || *byte == b'\'';
    let Some(start) = tail.iter().position(begins) else { return true };
    let word = &tail[start..];
    if word[0].is_ascii_alphanumeric() && !matches!(word[0], b'k' | b'K' | b'h' | b'H') {
        return true;
    }
    let end = word.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(word.len());
    match word[end..] {
        [b'\'' | b'+' | b'#', ..] => false,
        // Letters with marks that no particle has: they have but ô and ơ.
        [0xc4 | 0xc5 | 0xc7 | 0xc8, ..] | [0xc6, 0xaf | 0xb0, ..] | [0xe1, 0xba | 0xbb, ..] => true,
        [byte, ..] if !byte.is_ascii() => false,
        _ => !PARTICLES.iter().any(|particle| word[..end].eq_ignore_ascii_case(particle.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_mark_ends_the_same_sentence() {
        let asks = |text: &str| ends_in_question(text, text.find("alternatives").unwrap() + "alternatives".len());
        assert!(asks("Any alternatives?"));
        assert!(asks("alternatives vs. monday.com, which one is good? Thanks."));
        assert!(!asks("good alternatives. Why?"));
        assert!(!asks("alternatives\nwhy?"));
        assert!(!asks("alternatives"));
    }

    #[test]
    fn particle_behind_the_words_asks() {
        let asked = |text: &str| is_asked(text, text.find("đắt").unwrap() + "đắt".len());
        for text in [
            "có đắt không?",
            "đắt KO",
            "đắt kho\u{302}ng",
            "đắt hơm?",
            "đắt ko ạ",
            "giá đắt k các bác",
            "đắt không",
            "đắt hok, shop",
        ] {
            assert!(asked(text), "{text}");
        }
        for text in [
            "đắt không tả nổi",
            "đắt, không mua",
            "đắt quá không",
            "đắt",
            "đắt kinh",
            "đắt khủng khiếp",
            "đắt k'x",
            "đắt hơn",
        ] {
            assert!(!asked(text), "{text}");
        }
    }
}
