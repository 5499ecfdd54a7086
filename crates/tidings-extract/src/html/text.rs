//! Markup to plain text, in one pass: blocks become line breaks, white space collapses, what is not shown is dropped.

use crate::markup::{Scanner, Token};
use crate::reference::Reference;

/// The readable text of an HTML fragment: no markup, references decoded, white space collapsed. Paragraphs are kept
/// apart by an empty line, other blocks and `<br>` by a line break, as browsers copy text.
///
/// Takes linear time on any input and never fails.
pub fn plain_text(fragment: &str) -> String {
    let mut text = String::with_capacity(fragment.len() / 2);
    push_plain(fragment, Layout::Blocks, &mut text);
    text
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Blocks become line breaks.
    Blocks,
    /// Text without blocks, whose empty lines part paragraphs.
    Paragraphs,
    /// Text without blocks, whose every line break counts.
    Lines,
    /// Everything on one line, for titles and names.
    OneLine,
}

/// Appends the readable text of `fragment` to `out`.
pub(crate) fn push_plain(fragment: &str, layout: Layout, out: &mut String) {
    let mut writer = Writer::new(out, layout);
    let mut scanner = Scanner::new(fragment);
    while let Some(token) = scanner.next() {
        match token {
            Token::Text(text) => writer.references(text),
            Token::Cdata(text) => writer.text(text),
            Token::Start(tag) => {
                let role = Role::of(tag.name);
                if role == Role::Hidden && !tag.empty {
                    scanner.skip_raw_text(tag.name);
                }
                writer.tag(role, true);
            }
            Token::End(name) => writer.tag(Role::of(name), false),
            Token::Doctype(_) | Token::Other => {}
        }
    }
}

/// Appends text without markup to `out`, its white space collapsed.
pub(crate) fn push_collapsed(text: &str, layout: Layout, out: &mut String) {
    Writer::new(out, layout).text(text);
}

/// Whether text whose type nobody states is HTML: it has an end tag or a reference, and nothing but elements and
/// references that HTML knows. Careful, for `Vec<T>` and `<b` are text.
pub(crate) fn looks_like_html(text: &str) -> bool {
    let mut evident = false;
    for token in Scanner::new(text) {
        match token {
            Token::Start(tag) if Role::of(tag.name) == Role::Unknown => return false,
            Token::End(name) if Role::of(name) == Role::Unknown => return false,
            Token::Start(tag) => evident |= tag.empty || tag.name.eq_ignore_ascii_case("br"),
            Token::End(_) => evident = true,
            Token::Text(text) => {
                evident |= memchr::memchr_iter(b'&', text.as_bytes()).any(|at| Reference::at(&text[at..]).is_some())
            }
            Token::Cdata(_) | Token::Doctype(_) | Token::Other => {}
        }
    }
    evident
}

/// What an element does to the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Inline,
    /// Stands apart from its neighbours on the line, as a table cell does.
    Cell,
    /// On lines of its own.
    Block,
    /// With an empty line before and behind.
    Paragraph,
    /// A paragraph whose line breaks count.
    Preformatted,
    /// Its content is not shown.
    Hidden,
    Unknown,
}

impl Role {
    fn of(name: &str) -> Self {
        let mut buffer = [0_u8; 10];
        let Some(lower) = buffer.get_mut(..name.len()) else { return Self::Unknown };
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        match &*lower {
            b"a" | b"b" | b"i" | b"em" | b"strong" | b"span" | b"img" | b"font" | b"u" | b"s" | b"sub" | b"sup"
            | b"code" | b"small" | b"big" | b"abbr" | b"acronym" | b"cite" | b"del" | b"ins" | b"q" | b"tt"
            | b"kbd" | b"samp" | b"var" | b"mark" | b"time" | b"label" | b"strike" | b"bdo" | b"bdi" | b"dfn"
            | b"wbr" | b"nobr" | b"input" | b"button" | b"area" | b"map" | b"embed" | b"object" | b"param"
            | b"source" | b"track" | b"video" | b"audio" | b"picture" | b"ruby" | b"rt" | b"rp" | b"rb" | b"col"
            | b"colgroup" | b"data" | b"meter" | b"progress" | b"output" | b"canvas" | b"blink" | b"link" | b"meta"
            | b"base" => Self::Inline,
            b"td" | b"th" => Self::Cell,
            b"br" | b"div" | b"li" | b"tr" | b"dt" | b"dd" | b"section" | b"article" | b"header" | b"footer"
            | b"nav" | b"aside" | b"main" | b"address" | b"figcaption" | b"caption" | b"legend" | b"option"
            | b"optgroup" | b"summary" | b"thead" | b"tbody" | b"tfoot" | b"center" | b"body" | b"html" | b"form"
            | b"title" | b"marquee" | b"hgroup" | b"dialog" => Self::Block,
            b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"blockquote" | b"ul" | b"ol" | b"dl" | b"table"
            | b"hr" | b"figure" | b"fieldset" | b"details" | b"menu" | b"dir" => Self::Paragraph,
            b"pre" | b"textarea" | b"listing" | b"xmp" | b"plaintext" => Self::Preformatted,
            b"script" | b"style" | b"template" | b"noscript" | b"iframe" | b"svg" | b"head" | b"select" | b"math"
            | b"noframes" | b"noembed" | b"applet" => Self::Hidden,
            _ => Self::Unknown,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
    Paragraph,
}

struct Writer<'o> {
    out: &'o mut String,
    start: usize,
    /// What stands between the text written so far and the next.
    gap: Gap,
    /// Line breaks in the text since the last word.
    breaks: u32,
    layout: Layout,
    preformatted: u32,
}

impl<'o> Writer<'o> {
    fn new(out: &'o mut String, layout: Layout) -> Self {
        let start = out.len();
        Self { out, start, gap: Gap::None, breaks: 0, layout, preformatted: 0 }
    }

    fn tag(&mut self, role: Role, opens: bool) {
        let gap = match role {
            Role::Inline | Role::Hidden | Role::Unknown => return,
            Role::Cell => Gap::Space,
            Role::Block => Gap::Line,
            Role::Paragraph => Gap::Paragraph,
            Role::Preformatted => {
                self.preformatted = if opens { self.preformatted + 1 } else { self.preformatted.saturating_sub(1) };
                Gap::Paragraph
            }
        };
        self.gap = self.gap.max(gap);
    }

    /// Writes text whose references are still to be decoded.
    fn references(&mut self, text: &str) {
        let mut at = 0;
        while let Some(length) = self.up_to_ampersand(&text[at..]) {
            at += length;
            match Reference::at(&text[at..]).or_else(|| Reference::unfinished_at(&text[at..])) {
                Some(reference) => {
                    let mut buffer = [0; 4];
                    for decoded in reference.characters() {
                        self.text(decoded.encode_utf8(&mut buffer));
                    }
                    at += reference.length;
                }
                None => {
                    self.words("&");
                    at += 1;
                }
            }
        }
    }

    /// Writes text without references.
    fn text(&mut self, text: &str) {
        let mut at = 0;
        while let Some(length) = self.up_to_ampersand(&text[at..]) {
            self.words("&");
            at += length + 1;
        }
    }

    /// Writes the text before the first `&` and returns its length; `None` when that was all.
    fn up_to_ampersand(&mut self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let (class, length) = classify(bytes, at);
            match class {
                Class::Ampersand => return Some(at),
                Class::Word => {
                    let end = words_end(bytes, at);
                    self.words(&text[at..end]);
                    at = end;
                    continue;
                }
                Class::Space => self.gap = self.gap.max(Gap::Space),
                Class::LineBreak => {
                    self.breaks += 1;
                    self.gap = self.gap.max(match self.layout {
                        Layout::Blocks if self.preformatted > 0 => Gap::Line,
                        Layout::Lines | Layout::Paragraphs if self.breaks > 1 => Gap::Paragraph,
                        Layout::Lines => Gap::Line,
                        Layout::Blocks | Layout::Paragraphs | Layout::OneLine => Gap::Space,
                    });
                }
                Class::Dropped => {}
            }
            at += length;
        }
        None
    }

    fn words(&mut self, words: &str) {
        let gap = std::mem::replace(&mut self.gap, Gap::None);
        self.breaks = 0;
        if self.out.len() > self.start {
            self.out.push_str(match (gap, self.layout) {
                (Gap::None, _) => "",
                (Gap::Space, _) | (_, Layout::OneLine) => " ",
                (Gap::Line, _) => "\n",
                (Gap::Paragraph, _) => "\n\n",
            });
        }
        self.out.push_str(words);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Space,
    LineBreak,
    Ampersand,
    /// Control characters and the byte order mark.
    Dropped,
}

/// First bytes that need a second look.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte <= 0x20 {
        plain[byte] = false;
        byte += 1;
    }
    plain[b'&' as usize] = false;
    plain[0x7F] = false;
    plain[0xC2] = false;
    plain[0xE1] = false;
    plain[0xE2] = false;
    plain[0xE3] = false;
    plain[0xEF] = false;
    plain
};

/// The class of the character at `at` and its length in bytes; a `Word` may be longer.
fn classify(bytes: &[u8], at: usize) -> (Class, usize) {
    match bytes[at] {
        b'&' => (Class::Ampersand, 1),
        b' ' | b'\t' | b'\r' | 0x0B => (Class::Space, 1),
        b'\n' | 0x0C => (Class::LineBreak, 1),
        0..=0x1F | 0x7F => (Class::Dropped, 1),
        0xC2 => match bytes[at + 1] {
            0xA0 => (Class::Space, 2),
            0x85 => (Class::LineBreak, 2),
            0x80..=0x9F => (Class::Dropped, 2),
            _ => (Class::Word, 2),
        },
        // U+1680; its lead byte is also that of most Vietnamese vowels.
        0xE1 if bytes[at + 1..at + 3] == [0x9A, 0x80] => (Class::Space, 3),
        // U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F
        0xE2 => match (bytes[at + 1], bytes[at + 2]) {
            (0x80, 0x80..=0x8A | 0xAF) | (0x81, 0x9F) => (Class::Space, 3),
            (0x80, 0xA8 | 0xA9) => (Class::LineBreak, 3),
            (0x80, 0x8B) => (Class::Dropped, 3),
            _ => (Class::Word, 3),
        },
        0xE3 if bytes[at + 1..at + 3] == [0x80, 0x80] => (Class::Space, 3),
        0xEF if bytes[at + 1..at + 3] == [0xBB, 0xBF] => (Class::Dropped, 3),
        0xE1 | 0xE3 | 0xEF => (Class::Word, 3),
        _ => (Class::Word, 1),
    }
}

/// How many bytes are looked at together; compilers turn the check into a few vector instructions.
const BLOCK: usize = 32;

/// Whether the first [`BLOCK`] of `BLOCK + 1` bytes are words with single spaces in between.
fn is_running_text(bytes: &[u8]) -> bool {
    let special = bytes[..BLOCK].iter().zip(&bytes[1..=BLOCK]).fold(false, |special, (byte, next)| {
        let double_space = (*byte == b' ') & (*next <= b' ');
        let lead = (*byte == 0xC2) | (*byte == 0xE2) | (*byte == 0xE3) | (*byte == 0xEF);
        let ogham = (*byte == 0xE1) & (*next == 0x9A);
        special | (*byte < b' ') | (*byte == b'&') | (*byte == 0x7F) | double_space | lead | ogham
    });
    !special && (bytes[BLOCK - 1] != b' ' || PLAIN[usize::from(bytes[BLOCK])])
}

/// Where the run of words that begins at `at`, with single spaces in between, ends.
fn words_end(bytes: &[u8], mut at: usize) -> usize {
    loop {
        while bytes.get(at..at + BLOCK + 1).is_some_and(is_running_text) {
            at += BLOCK;
        }
        while at < bytes.len() && PLAIN[usize::from(bytes[at])] {
            at += 1;
        }
        let Some(byte) = bytes.get(at) else { return at };
        if *byte == b' ' {
            // Most spaces are single ones between words, and go with them.
            match bytes.get(at + 1) {
                Some(next) if PLAIN[usize::from(*next)] => at += 2,
                _ => return at,
            }
        } else {
            match classify(bytes, at) {
                (Class::Word, length) => at += length,
                _ => return at,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fragment: &str, expected: &str) {
        assert_eq!(plain_text(fragment), expected, "{fragment}");
    }

    #[test]
    fn blocks_become_lines_and_paragraphs() {
        check("<p>One <b>two</b></p><p>three<br>four</p>", "One two\n\nthree\nfour");
        check("a<div>b</div>c", "a\nb\nc");
        check("<ul><li>a</li><li>b</li></ul>c", "a\nb\n\nc");
        check("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3");
        check("<h1>T</h1>\n\n  <p>x</p>", "T\n\nx");
    }

    #[test]
    fn white_space_collapses() {
        check("  a \n\t b&nbsp;&nbsp;c\u{3000}d\u{2003}e  ", "a b c d e");
        check("un<b>believ</b>able", "unbelievable");
        check("<pre>a  b\nc</pre>d", "a b\nc\n\nd");
    }

    #[test]
    fn all_white_space_of_unicode_collapses_and_nothing_else_does() {
        for c in ('\0'..='\u{ffff}').filter(|c| !c.is_ascii_punctuation()) {
            let collapsed = plain_text(&format!("a {c} b"));
            let is_space = c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}' | '\u{feff}');
            assert_eq!(collapsed == "a b", is_space, "U+{:04X} gives {collapsed:?}", u32::from(c));
            if c.is_whitespace() {
                check(&format!("a{c}b"), "a b");
            }
        }
    }

    #[test]
    fn references_are_decoded_after_the_markup_is_gone() {
        check("&lt;b&gt; AT&T &amp;amp; caf&eacute; 1&nbsp2 &amp", "<b> AT&T &amp; café 1&nbsp2 &");
        check("a&#10;b", "a b");
    }

    #[test]
    fn what_is_not_shown_is_dropped() {
        check("a<script>if (x < y) { '</p>' }</script>b<style>p{}</style>c<!-- d -->e", "abce");
        check("a<script>never ends", "a");
        check("a\u{0}\u{7}b\u{feff}c\u{85}d", "abc d");
    }

    #[test]
    fn stray_signs_stay() {
        check("1 < 2 && 3 > 2", "1 < 2 && 3 > 2");
        check("a <3 b", "a <3 b");
    }

    #[test]
    fn other_scripts_pass_unharmed() {
        check("Giá cả – “đắt” quá… 値段が高い\u{3002} 🙂«x»", "Giá cả – “đắt” quá… 値段が高い\u{3002} 🙂«x»");
    }

    #[test]
    fn white_space_collapses_wherever_it_stands_in_long_text() {
        for length in 0..80 {
            for space in [" ", "  ", "\u{a0}", " \u{a0}", "\n", " \u{2003} ", "\t\u{3000}", "\u{1680}", " \u{1680} "] {
                let word = "x".repeat(length);
                check(&format!("a {word}{space}b c{space}"), format!("a {word} b c").replace("a  b", "a b").as_str());
            }
            let dash = format!("{} – {}", "x".repeat(length + 1), "y".repeat(40));
            check(&dash, &dash);
        }
    }

    #[test]
    fn markup_is_told_from_text_about_markup() {
        assert!(looks_like_html("<b>x</b> y"));
        assert!(looks_like_html("Caf&eacute; &amp; bar"));
        assert!(!looks_like_html("Vec<T> and </T>"));
        assert!(!looks_like_html("a < b"));
        assert!(!looks_like_html("AT&T"));
        assert!(!looks_like_html("use <b to bold"));
    }
}
