//! Makes words of findings harmless to whatever shows them.
//!
//! Findings are written by anyone. What leaves here is still their text: no character
//! that moves, hides or reorders others, no line breaks, no word without an end. Escaping
//! for a certain markup is the channel's.

use url::Url;

/// A word longer than this is cut.
const LONGEST_WORD: usize = 100;

/// More marks than this on one letter are left out; Vietnamese needs two.
const MOST_MARKS: usize = 4;

const ELLIPSIS: char = '…';

/// `text` as one line: control characters and line breaks become spaces, runs of spaces one,
/// invisible characters and direction overrides go, endless words are cut.
pub(crate) fn line(text: &str) -> String {
    let shown = without_invisible(text);
    let mut line = String::with_capacity(shown.len());
    for word in shown.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&clip(word, LONGEST_WORD));
    }
    line
}

/// As [`line()`], of at most `longest` characters.
pub(crate) fn short_line(text: &str, longest: usize) -> String {
    clip(&line(text), longest)
}

/// The beginning of `text`, with `…` as its last character where something was cut off.
pub(crate) fn clip(text: &str, longest: usize) -> String {
    if text.chars().nth(longest).is_none() {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    kept.push(ELLIPSIS);
    kept
}

/// What somebody answered, at most `longest` characters, with all that cannot be seen written out: `\n`, `\u{202e}`.
pub(crate) fn visible(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for c in text.trim().chars().take(longest + 1) {
        if c.is_control() || is_invisible(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    clip(&shown, longest)
}

/// The address if a reader may be sent to it: `http` and `https` alone, without a password, not endless.
pub(crate) fn link(url: &Url) -> Option<&Url> {
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_bare = url.username().is_empty() && url.password().is_none();
    (is_web && is_bare && url.as_str().len() <= LONGEST_LINK).then_some(url)
}

const LONGEST_LINK: usize = 2000;

/// Joiners stay where they shape letters or emoji, never beside ASCII or the edge of the text.
fn without_invisible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut marks = 0;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if is_joiner(c) {
            let shapes = |near: Option<&char>| near.is_some_and(|near| !near.is_ascii() && !is_invisible(*near));
            if shapes(shown.chars().next_back().as_ref()) && shapes(rest.peek()) {
                shown.push(c);
            }
            continue;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if !is_invisible(c) && marks <= MOST_MARKS {
            shown.push(c);
        }
    }
    shown
}

const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Soft hyphen, fillers, zero width, direction marks, embeddings, overrides and isolates, tags.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

const fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(line(text), expected);
    }

    #[test]
    fn a_line_is_one_line() {
        check("a\r\nBcc: b@c.example\0\tx", "a Bcc: b@c.example x");
        check("  a \u{2028} b\u{85}c ", "a b c");
        check("", "");
    }

    #[test]
    fn nothing_hides_or_reorders() {
        check("in\u{202e}gpj.exe\u{202c} \u{2066}x\u{2069}", "ingpj.exe x");
        check("@\u{200b}every\u{feff}one\u{ad}", "@everyone");
        check("pa\u{200d}y\u{200c}pal", "paypal");
        check("a\u{e0041}b", "ab");
    }

    #[test]
    fn scripts_and_emoji_keep_what_shapes_them() {
        check("khách hàng chê giá đắt quá", "khách hàng chê giá đắt quá");
        check("👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}", "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}");
        check("می\u{200c}خواهم", "می\u{200c}خواهم");
        check("e\u{302}\u{301}", "e\u{302}\u{301}");
    }

    #[test]
    fn nothing_is_endless() {
        let long = line(&"x".repeat(100_000));
        assert_eq!(long.chars().count(), LONGEST_WORD);
        assert!(long.ends_with('…'));
        assert_eq!(line(&format!("a{}", "\u{301}".repeat(500))).chars().count(), 1 + MOST_MARKS);
        assert_eq!(short_line("một hai ba", 7), "một ha…");
        assert_eq!(clip("abc", 3), "abc");
    }

    #[test]
    fn an_answer_shows_what_cannot_be_seen() {
        assert_eq!(visible(" no\r\nsuch\u{1b}[2J \u{202e}user ", 80), "no\\r\\nsuch\\u{1b}[2J \\u{202e}user");
        assert_eq!(visible(&"x".repeat(900), 500).chars().count(), 500);
    }

    #[test]
    fn only_the_web_is_linked() {
        let is_linked = |url: &str| link(&Url::parse(url).unwrap()).is_some();
        assert!(is_linked("https://a.example/b?c=d"));
        for url in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://google.com@evil.example/"]
        {
            assert!(!is_linked(url), "{url}");
        }
        assert!(!is_linked(&format!("https://a.example/{}", "x".repeat(3000))));
    }
}
