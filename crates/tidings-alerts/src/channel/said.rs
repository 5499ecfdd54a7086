//! What others answered, made visible; and text cut to the bounds of services.

const ELLIPSIS: char = '…';

/// What somebody answered, at most `longest` characters, with all that cannot be seen written out: `\n`, `\u{202e}`.
pub(super) fn visible(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for c in text.trim().chars().take(longest + 1) {
        if c.is_control() || is_invisible(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    clip(&shown, longest)
}

/// The beginning of `text`, with `…` as its last character where something was cut off.
pub(super) fn clip(text: &str, longest: usize) -> String {
    if text.chars().nth(longest).is_none() {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    kept.push(ELLIPSIS);
    kept
}

/// Soft hyphen, fillers, zero width, direction marks, embeddings, overrides and isolates, tags.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_shows_what_cannot_be_seen() {
        assert_eq!(visible(" no\r\nsuch\u{1b}[2J \u{202e}user ", 80), "no\\r\\nsuch\\u{1b}[2J \\u{202e}user");
        assert_eq!(visible(&"x".repeat(900), 500).chars().count(), 500);
    }

    #[test]
    fn a_cut_is_seen() {
        assert_eq!(clip("một hai ba", 7), "một ha…");
        assert_eq!(clip("abc", 3), "abc");
    }
}
