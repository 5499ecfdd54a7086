//! Text that others wrote, made fit to stand in our messages: one line, nothing invisible
//! that acts, no word longer than a screen is wide.

use std::borrow::Cow;

use url::Url;

/// Scalars of one word before a space breaks it.
const WORD_MOST: usize = 100;

/// Combining marks on one letter; a stack of more is drawn over the lines around it.
const MARKS_MOST: usize = 4;

/// Bytes of an address that is worth a link.
const URL_MOST: usize = 2_000;

/// Takes scalars one by one and lets those through that are harmless.
#[derive(Debug)]
pub(crate) struct Inert {
    word: usize,
    marks: usize,
    after_space: bool,
}

impl Inert {
    /// At the start of a line, where white space says nothing.
    pub(crate) fn new() -> Self {
        Self { word: 0, marks: 0, after_space: true }
    }

    /// What stands for `ch`: nothing, one scalar, or a space and one scalar.
    pub(crate) fn next(&mut self, ch: char) -> impl Iterator<Item = char> + use<> {
        let (space, kept) = self.step(ch);
        space.into_iter().chain(kept)
    }

    fn step(&mut self, ch: char) -> (Option<char>, Option<char>) {
        if ch.is_whitespace() || ch.is_control() {
            let is_first = !std::mem::replace(&mut self.after_space, true);
            self.word = 0;
            return (None, is_first.then_some(' '));
        }
        if is_unseen(ch) {
            return (None, None);
        }
        self.marks = if is_mark(ch) { self.marks + 1 } else { 0 };
        if MARKS_MOST < self.marks {
            return (None, None);
        }
        let breaks = self.word == WORD_MOST;
        self.word = if breaks { 1 } else { self.word + 1 };
        self.after_space = false;
        (breaks.then_some(' '), Some(ch))
    }
}

/// Directs what stands around it, or shows nothing: overrides of direction, zero-width
/// spaces, tags, and what XML cannot hold. Joiners stay: scripts and emoji need them.
fn is_unseen(ch: char) -> bool {
    matches!(ch,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
        || u32::from(ch) & 0xfffe == 0xfffe
}

fn is_mark(ch: char) -> bool {
    matches!(ch,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{200c}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// `text` as one harmless line of at most `most` scalars, an ellipsis where it goes on.
pub(crate) fn line(text: &str, most: usize) -> String {
    let mut inert = Inert::new();
    // What is dropped does not count, but a text of nothing else is not read to its end.
    let mut kept = text.chars().take(most.saturating_mul(8)).flat_map(|ch| inert.next(ch));
    let mut line: String = kept.by_ref().take(most).collect();
    if kept.next().is_some() {
        line.pop();
        line.truncate(line.trim_end().len());
        line.push('…');
    }
    line.truncate(line.trim_end().len());
    line
}

/// The address, if a message may link to it: of the web, short, and without a name and a
/// password, which would show another host than the one it leads to.
pub(crate) fn link(url: &Url) -> Option<String> {
    let mut url = Cow::Borrowed(url);
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || URL_MOST < url.as_str().len() {
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        let plain = url.to_mut();
        plain.set_username("").ok()?;
        plain.set_password(None).ok()?;
    }
    Some(url.as_str().to_owned())
}

/// `ch` as HTML and XML show it, between tags and inside quotes.
pub(crate) fn push_escaped(html: &mut String, ch: char) {
    match ch {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '"' => html.push_str("&quot;"),
        '\'' => html.push_str("&#39;"),
        ch => html.push(ch),
    }
}

pub(crate) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    text.chars().for_each(|ch| push_escaped(&mut html, ch));
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(line(text, 20), expected);
    }

    #[test]
    fn a_line_is_one_line() {
        check("Giá tăng\r\nBcc: a@b.c", "Giá tăng Bcc: a@b.c");
        check(" a\u{0}\u{1b}[31mb\u{2028}c\t ", "a [31mb c");
        check("", "");
    }

    #[test]
    fn what_acts_unseen_is_dropped() {
        check("gpj\u{202e}exe\u{2066}\u{200b}\u{feff}\u{fffe}", "gpjexe");
        check("a\u{e0041}b", "ab");
        check("👩\u{200d}💻 ở đây", "👩\u{200d}💻 ở đây");
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        check("one two three four five", "one two three four…");
        check("01234567890123456789", "01234567890123456789");
        check("0123456789012345678 X", "0123456789012345678…");
        assert_eq!(line(&format!("a{}", "\u{301}".repeat(50)), 20), format!("a{}", "\u{301}".repeat(4)));
    }

    #[test]
    fn a_mile_long_word_is_broken() {
        let broken = line(&"x".repeat(250), 300);
        assert_eq!(broken.split(' ').map(str::len).collect::<Vec<_>>(), [100, 100, 50]);
    }

    #[test]
    fn only_addresses_of_the_web_are_links() {
        let of = |url: &str| link(&Url::parse(url).unwrap());
        assert_eq!(of("javascript:alert(1)"), None);
        assert_eq!(of("data:text/html,<script>"), None);
        assert_eq!(of("file:///etc/passwd"), None);
        assert_eq!(of(&format!("https://a.example/{}", "x".repeat(URL_MOST))), None);
        assert_eq!(of("https://bank.example:pw@evil.example/a").as_deref(), Some("https://evil.example/a"));
        assert_eq!(of("https://a.example/?q=\"<b>'").as_deref(), Some("https://a.example/?q=%22%3Cb%3E%27"));
    }
}
