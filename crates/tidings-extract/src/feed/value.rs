//! From the inside of an element to its text: CDATA, references, markup of the declared and of the guessed kind.

use std::borrow::Cow;

use url::Url;

use crate::html::{Layout, looks_like_html, push_collapsed, push_plain};
use crate::markup::{Attributes, Scanner, Token};
use crate::reference::{Oddities, decode_into};

/// What the text of an element is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markup {
    /// Text that means itself.
    Plain,
    /// Escaped HTML, or HTML in CDATA.
    Html,
    /// Elements within the element.
    Inline,
    /// Nobody says, so it is HTML where it is clearly so.
    Guess,
    Base64,
    /// No text: an image, say.
    Binary,
}

impl Markup {
    /// By the attributes `type` and `mode` of an Atom text, `default` where they say nothing.
    pub(super) fn of(attributes: &str, default: Self) -> Self {
        if attributes.is_empty() {
            return default;
        }
        let mode = Attributes::value(attributes, "mode").unwrap_or_default();
        if mode.eq_ignore_ascii_case("base64") {
            return Self::Base64;
        }
        let Some(kind) = Attributes::value(attributes, "type") else { return default };
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "" => default,
            "text" | "text/plain" | "plain" if default == Self::Guess || default == Self::Html => Self::Guess,
            "text" | "text/plain" | "plain" => Self::Plain,
            "html" | "text/html" => Self::Html,
            _ if mode.eq_ignore_ascii_case("escaped") => Self::Html,
            "xhtml" | "xml" => Self::Inline,
            _ if kind.ends_with("+xml") || kind.ends_with("/xml") => Self::Inline,
            _ if kind.starts_with("text/") => Self::Guess,
            "application/octet-stream" => Self::Base64,
            _ if kind.contains('/') => Self::Binary,
            _ => Self::Guess,
        }
    }
}

/// Turns raw values into text; holds the buffer they share.
#[derive(Default)]
pub(super) struct Values {
    scratch: String,
    pub(super) oddities: Oddities,
}

impl Values {
    /// The value with its CDATA and references resolved; elements in it stay as written.
    pub(super) fn decoded<'s>(&'s mut self, raw: &'s str) -> &'s str {
        let raw = raw.trim();
        let Some(special) = memchr::memchr2(b'<', b'&', raw.as_bytes()) else { return raw };
        if special == 0
            && let Some(inside) = raw.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>"))
            && memchr::memmem::find(inside.as_bytes(), b"]]>").is_none()
        {
            return inside.trim();
        }
        self.scratch.clear();
        let mut scanner = Scanner::new(raw);
        while let Some(token) = scanner.next() {
            match token {
                Token::Text(text) => decode_into(text, &mut self.scratch, &mut self.oddities),
                Token::Cdata(text) => self.scratch.push_str(text),
                Token::Start(_) | Token::End(_) => {
                    self.scratch.push_str(&raw[scanner.token_start()..scanner.position()])
                }
                Token::Doctype(_) | Token::Other => {}
            }
        }
        self.scratch.trim()
    }

    /// The value as readable text, `None` if there is none.
    pub(super) fn text(&mut self, raw: &str, markup: Markup, layout: Layout) -> Option<String> {
        let markup = match markup {
            Markup::Plain | Markup::Guess if has_elements(raw) => Markup::Inline,
            other => other,
        };
        // No reference is shorter than what it stands for, so this is enough; what is left over is given back.
        let mut text = String::with_capacity(raw.len());
        match markup {
            Markup::Binary => return None,
            Markup::Inline => push_plain(raw, layout, &mut text),
            Markup::Base64 => {
                let decoded = self.decoded(raw);
                let bytes = base64(decoded);
                let decoded =
                    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map_or(Cow::Borrowed(decoded), Cow::Owned);
                push_guessed(&decoded, layout, &mut text);
            }
            Markup::Plain => push_collapsed(self.decoded(raw), without_blocks(layout), &mut text),
            Markup::Guess => push_guessed(self.decoded(raw), layout, &mut text),
            Markup::Html => push_html(self.decoded(raw), layout, &mut text),
        }
        if text.len() < text.capacity() / 2 {
            text.shrink_to_fit();
        }
        (!text.is_empty()).then_some(text)
    }

    /// A short value on one line, e.g. a name or a date.
    pub(super) fn line(&mut self, raw: &str) -> Option<String> {
        self.text(raw, Markup::Plain, Layout::OneLine)
    }

    /// A value that is kept to the letter, e.g. an id.
    pub(super) fn exact(&mut self, raw: &str) -> Option<String> {
        let text = self.decoded(raw);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// An address: absolute if `base` is known, without the line breaks and the double escaping that some feeds have.
    pub(super) fn address(&mut self, raw: &str, base: Option<&Url>) -> Option<String> {
        let text = self.decoded(raw);
        if text.is_empty() {
            return None;
        }
        let mut address = Cow::Borrowed(text);
        if address.contains(['\n', '\r', '\t']) {
            address = Cow::Owned(address.replace(['\n', '\r', '\t'], ""));
        }
        if address.contains("&amp;") {
            address = Cow::Owned(address.replace("&amp;", "&"));
        }
        Some(absolute(&address, base))
    }

    /// The value of an attribute.
    pub(super) fn attribute<'a>(&mut self, attributes: &'a str, name: &str) -> Option<Cow<'a, str>> {
        let value = Attributes::value(attributes, name)?.trim();
        if !value.contains('&') {
            return (!value.is_empty()).then_some(Cow::Borrowed(value));
        }
        let mut decoded = String::with_capacity(value.len());
        decode_into(value, &mut decoded, &mut self.oddities);
        Some(Cow::Owned(decoded))
    }

    /// The name of an author: of `<name>` in an Atom person, or the name in `mail@example.org (Name)`.
    pub(super) fn author(&mut self, raw: &str) -> Option<String> {
        let person = ["name", "email", "uri"].into_iter().find_map(|part| child(raw, part)).unwrap_or(raw);
        let name = self.text(person, Markup::Guess, Layout::OneLine)?;
        Some(if name.contains('@') { without_address(&name) } else { name })
    }
}

/// Text that was decoded already, read as [`Markup::Guess`].
pub(super) fn guessed(text: &str, layout: Layout) -> Option<String> {
    let mut out = String::new();
    push_guessed(text, layout, &mut out);
    (!out.is_empty()).then_some(out)
}

fn push_guessed(text: &str, layout: Layout, out: &mut String) {
    if looks_like_html(text) { push_html(text, layout, out) } else { push_collapsed(text, without_blocks(layout), out) }
}

fn push_html(html: &str, layout: Layout, out: &mut String) {
    let layout = if memchr::memchr(b'<', html.as_bytes()).is_none() { without_blocks(layout) } else { layout };
    push_plain(html, layout, out);
}

fn without_blocks(layout: Layout) -> Layout {
    if layout == Layout::Blocks { Layout::Paragraphs } else { layout }
}

fn has_elements(raw: &str) -> bool {
    memchr::memchr(b'<', raw.as_bytes()).is_some()
        && Scanner::new(raw).any(|token| matches!(token, Token::Start(_) | Token::End(_)))
}

/// The inside of the first child element of this local name.
fn child<'a>(raw: &'a str, name: &str) -> Option<&'a str> {
    memchr::memchr(b'<', raw.as_bytes())?;
    let is_named = |qualified: &str| qualified.rsplit(':').next().is_some_and(|local| local.eq_ignore_ascii_case(name));
    let mut scanner = Scanner::new(raw);
    let mut start = None;
    while let Some(token) = scanner.next() {
        match token {
            Token::Start(tag) if is_named(tag.name) && !tag.empty => start = Some(scanner.position()),
            Token::End(end) if is_named(end) => {
                let inside = &raw[start?..scanner.token_start()];
                return (!inside.trim().is_empty()).then_some(inside);
            }
            _ => {}
        }
    }
    None
}

/// `mail@example.org (Name)`, `Name <mail@example.org>` → `Name`; an address alone stays.
fn without_address(name: &str) -> String {
    let edges = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '"' | ',' | '-' | '|');
    let kept: Vec<&str> = name.split_whitespace().filter(|word| !word.contains('@')).collect();
    let kept = kept.join(" ");
    let kept = kept.trim_matches(edges);
    let kept = if kept.is_empty() { name.trim_matches(edges) } else { kept };
    kept.trim_start_matches("mailto:").to_owned()
}

/// Joined with the base, if it is relative and a base is known.
pub(super) fn absolute(address: &str, base: Option<&Url>) -> String {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme);
    let is_absolute = scheme.is_some_and(|scheme| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    });
    match base {
        Some(base) if !is_absolute => base.join(address).map_or_else(|_| address.to_owned(), String::from),
        _ => address.to_owned(),
    }
}

/// RFC 4648 with line breaks, as mail has it; `None` for anything else.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut bits) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        group = (group << 6 | u32::from(value)) & 0xFF_FFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits & 0xFF) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, markup: Markup, expected: &str) {
        assert_eq!(Values::default().text(raw, markup, Layout::Blocks).unwrap_or_default(), expected, "{raw}");
    }

    #[test]
    fn each_kind_of_markup_is_read_as_it_is_meant() {
        check("a &lt;b&gt; &amp;amp; c", Markup::Plain, "a <b> &amp; c");
        check("&lt;p&gt;a &amp;amp; b&lt;/p&gt;&lt;p&gt;c&lt;/p&gt;", Markup::Html, "a & b\n\nc");
        check("<![CDATA[<p>a &amp; b</p>]]>", Markup::Html, "a & b");
        check("<![CDATA[a]]> b <![CDATA[<i>c</i>]]>", Markup::Html, "a b c");
        check("<div xmlns='x'>1 &lt; 2 <br/>3</div>", Markup::Inline, "1 < 2\n3");
        check("PHA+R2nDoSDEkeG6r3Q8L3A+", Markup::Base64, "Giá đắt");
        check("iVBORw0KGgo=", Markup::Binary, "");
    }

    #[test]
    fn an_unstated_kind_is_guessed_with_care() {
        check("Fish &amp;amp; chips &lt;b&gt;now&lt;/b&gt;", Markup::Guess, "Fish & chips now");
        check("How to use Vec&lt;T&gt;", Markup::Guess, "How to use Vec<T>");
        check("a <em>naked</em> tag", Markup::Plain, "a naked tag");
    }

    #[test]
    fn empty_lines_of_plain_text_part_paragraphs() {
        check("one\r\ntwo\r\n\r\nthree", Markup::Plain, "one two\n\nthree");
        check("<![CDATA[one\n\n\ntwo &amp; three]]>", Markup::Html, "one\n\ntwo & three");
    }

    #[test]
    fn types_of_atom_are_known() {
        assert_eq!(Markup::of("type='html'", Markup::Plain), Markup::Html);
        assert_eq!(Markup::of("type=\"application/xhtml+xml\" mode='xml'", Markup::Plain), Markup::Inline);
        assert_eq!(Markup::of("type='image/png'", Markup::Plain), Markup::Binary);
        assert_eq!(Markup::of("xml:lang='vi'", Markup::Html), Markup::Html);
    }

    #[test]
    fn authors_are_named_without_their_mail() {
        let check = |raw: &str, expected: &str| assert_eq!(Values::default().author(raw).unwrap_or_default(), expected);
        check("lan@acme.example (Lan Nguyễn)", "Lan Nguyễn");
        check("Lan Nguyễn &lt;lan@acme.example&gt;", "Lan Nguyễn");
        check("lan@acme.example", "lan@acme.example");
        check("<name>Lan</name><email>lan@acme.example</email>", "Lan");
        check("<name></name><email>lan@acme.example</email>", "lan@acme.example");
    }

    #[test]
    fn addresses_become_absolute() {
        let base = Url::parse("https://acme.example/blog/").unwrap();
        let check = |raw: &str, expected: &str| {
            assert_eq!(Values::default().address(raw, Some(&base)).unwrap_or_default(), expected);
        };
        check(" a?b=1&c=2 ", "https://acme.example/blog/a?b=1&c=2");
        check("https://x.example/a?b=1&amp;amp;c", "https://x.example/a?b=1&c");
        check("//x.example/\n a", "https://x.example/%20a");
        check("urn:uuid:1", "urn:uuid:1");
        assert_eq!(Values::default().address("/a", None).unwrap(), "/a");
    }
}
