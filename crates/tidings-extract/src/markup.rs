//! One forgiving scanner for XML and HTML source: tags, text, CDATA, in one pass, without building a tree.
//!
//! It never fails: what is no tag is text. Every search that finds nothing is remembered, so that hostile input costs
//! linear time too. What a tag means is up to the reader.

use memchr::{memchr, memmem};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// As it stands in the source, references not decoded.
    Text(&'a str),
    Cdata(&'a str),
    Start(Tag<'a>),
    End(&'a str),
    Doctype(&'a str),
    /// A comment or a processing instruction.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// As written, with its prefix.
    pub(crate) name: &'a str,
    /// What stands between the name and the end of the tag; see [`Attributes`].
    pub(crate) attributes: &'a str,
    /// Written as `<name/>`.
    pub(crate) empty: bool,
}

pub(crate) struct Scanner<'a> {
    source: &'a str,
    position: usize,
    token_start: usize,
    cut: bool,
    /// Closers known not to come any more.
    absent: Absent,
}

#[derive(Default)]
struct Absent {
    comment: bool,
    cdata: bool,
    instruction: bool,
    double_quote: bool,
    single_quote: bool,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self { source, position: 0, token_start: 0, cut: false, absent: Absent::default() }
    }

    /// Where the token that was returned last begins.
    pub(crate) fn token_start(&self) -> usize {
        self.token_start
    }

    /// Where the next token begins.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Whether the source ends in the middle of a tag or of a CDATA section.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Goes to the end tag of a raw text element such as `script`, or to the end of the source.
    pub(crate) fn skip_raw_text(&mut self, name: &str) {
        let rest = &self.source.as_bytes()[self.position..];
        let closes = |at: usize| {
            rest.get(at + 2..at + 2 + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes()))
        };
        let end = memmem::find_iter(rest, b"</").find(|at| closes(*at));
        self.position += end.unwrap_or(rest.len());
    }

    fn text_from(&mut self, start: usize) -> Token<'a> {
        // A `<` at `start` has been found to open no tag. Most texts are the white space between two tags, for which
        // starting a vector search costs more than looking.
        let rest = &self.source.as_bytes()[start + 1..];
        let near = rest.iter().take(16).position(|byte| *byte == b'<');
        let end = near.or_else(|| memchr(b'<', rest)).map_or(self.source.len(), |at| start + 1 + at);
        self.position = end;
        Token::Text(&self.source[start..end])
    }

    fn end_tag(&mut self, start: usize) -> Option<Token<'a>> {
        let bytes = self.source.as_bytes();
        let name_start = start + 2;
        let name_end = name_end(bytes, name_start);
        let name = &self.source[name_start..name_end];
        let mut end = name_end;
        while end < bytes.len() && !matches!(bytes[end], b'>' | b'<') {
            end += 1;
        }
        if end == bytes.len() {
            self.cut = true;
        }
        self.position = if bytes.get(end) == Some(&b'>') { end + 1 } else { end };
        Some(Token::End(name))
    }

    fn start_tag(&mut self, start: usize) -> Option<Token<'a>> {
        let bytes = self.source.as_bytes();
        let name_end = name_end(bytes, start + 1);
        let mut at = name_end;
        loop {
            match bytes.get(at) {
                None => {
                    self.cut = true;
                    self.position = bytes.len();
                    return None;
                }
                Some(b'>') => break,
                Some(b'<') => return Some(self.text_from(start)),
                Some(quote @ (b'"' | b'\'')) => at = self.after_value(at, *quote),
                Some(_) => at += 1 + bytes[at + 1..].iter().take_while(|byte| !ENDS_PLAIN[usize::from(**byte)]).count(),
            }
        }
        self.position = at + 1;
        let empty = at > name_end && bytes[at - 1] == b'/';
        let attributes = self.source[name_end..if empty { at - 1 } else { at }].trim_ascii();
        Some(Token::Start(Tag { name: &self.source[start + 1..name_end], attributes, empty }))
    }

    /// Where scanning goes on after the quote at `at`: behind the value it opens, or behind itself if it opens none.
    fn after_value(&mut self, at: usize, quote: u8) -> usize {
        let bytes = self.source.as_bytes();
        let opens = bytes[..at].iter().rev().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'=');
        let absent = if quote == b'"' { &mut self.absent.double_quote } else { &mut self.absent.single_quote };
        if !opens || *absent {
            return at + 1;
        }
        let Some(length) = memchr(quote, &bytes[at + 1..]) else {
            *absent = true;
            return at + 1;
        };
        let close = at + 1 + length;
        let followed = matches!(bytes.get(close + 1), None | Some(b'>' | b'/' | b'?' | b' ' | b'\t' | b'\n' | b'\r'));
        // A value that holds a tag and ends where no value can end began with a stray quote.
        if !followed && memchr(b'<', &bytes[at + 1..close]).is_some() { at + 1 } else { close + 1 }
    }

    fn declaration(&mut self, start: usize) -> Option<Token<'a>> {
        let rest = &self.source[start..];
        if rest.starts_with("<!--") {
            return Some(self.comment(start));
        }
        if rest.starts_with("<![CDATA[") {
            return Some(self.cdata(start));
        }
        if rest.len() < 9 && ("<![CDATA[".starts_with(rest) || "<!--".starts_with(rest)) {
            self.cut = true;
            self.position = self.source.len();
            return None;
        }
        let doctype = rest.get(..9).is_some_and(|head| head.eq_ignore_ascii_case("<!doctype"));
        let close = memchr(b'>', rest.as_bytes());
        let subset = memchr(b'[', rest.as_bytes()).filter(|at| doctype && close.is_none_or(|close| *at < close));
        let close = match subset.and_then(|open| memmem::find(&rest.as_bytes()[open..], b"]").map(|at| open + at)) {
            Some(bracket) => memchr(b'>', &rest.as_bytes()[bracket..]).map(|at| bracket + at),
            None => close,
        };
        self.cut |= close.is_none();
        self.position = close.map_or(self.source.len(), |at| start + at + 1);
        Some(if doctype { Token::Doctype(&self.source[start..self.position]) } else { Token::Other })
    }

    fn comment(&mut self, start: usize) -> Token<'a> {
        let rest = &self.source.as_bytes()[start..];
        let end = if self.absent.comment { None } else { memmem::find(&rest[2..], b"-->").map(|at| at + 2 + 3) };
        self.absent.comment |= end.is_none();
        // A comment that never ends hides one tag, not the rest of the document.
        let end = end.or_else(|| memchr(b'>', rest).map(|at| at + 1));
        self.cut |= end.is_none();
        self.position = end.map_or(self.source.len(), |end| start + end);
        Token::Other
    }

    fn cdata(&mut self, start: usize) -> Token<'a> {
        let inside = start + "<![CDATA[".len();
        let end = if self.absent.cdata { None } else { memmem::find(&self.source.as_bytes()[inside..], b"]]>") };
        self.absent.cdata |= end.is_none();
        self.cut |= end.is_none();
        let (end, next) = end.map_or((self.source.len(), self.source.len()), |at| (inside + at, inside + at + 3));
        self.position = next;
        Token::Cdata(&self.source[inside..end])
    }

    fn instruction(&mut self, start: usize) -> Token<'a> {
        let rest = &self.source.as_bytes()[start..];
        let end = if self.absent.instruction { None } else { memmem::find(rest, b"?>").map(|at| at + 2) };
        self.absent.instruction |= end.is_none();
        let end = end.or_else(|| memchr(b'>', rest).map(|at| at + 1));
        self.cut |= end.is_none();
        self.position = end.map_or(self.source.len(), |end| start + end);
        Token::Other
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let start = self.position;
        self.token_start = start;
        let bytes = self.source.as_bytes();
        if *bytes.get(start)? != b'<' {
            return Some(self.text_from(start));
        }
        match bytes.get(start + 1) {
            Some(b'/') => match bytes.get(start + 2) {
                Some(byte) if opens_name(*byte) => self.end_tag(start),
                None => {
                    self.cut = true;
                    self.position = bytes.len();
                    None
                }
                Some(_) => Some(self.text_from(start)),
            },
            Some(b'!') => self.declaration(start),
            Some(b'?') => Some(self.instruction(start)),
            Some(byte) if opens_name(*byte) => self.start_tag(start),
            Some(_) => Some(self.text_from(start)),
            None => {
                self.cut = true;
                self.position = bytes.len();
                None
            }
        }
    }
}

/// What may end a tag or open a value in it.
const ENDS_PLAIN: [bool; 256] = {
    let mut ends = [false; 256];
    ends[b'<' as usize] = true;
    ends[b'>' as usize] = true;
    ends[b'"' as usize] = true;
    ends[b'\'' as usize] = true;
    ends
};

fn opens_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn name_end(bytes: &[u8], start: usize) -> usize {
    let is_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'/' | b'>' | b'<' | 0x0C);
    bytes[start..].iter().position(is_end).map_or(bytes.len(), |length| start + length)
}

/// The attributes of a tag, in order; values as written, references not decoded.
pub(crate) struct Attributes<'a>(pub(crate) &'a str);

impl<'a> Attributes<'a> {
    /// The value of the attribute of this name, in any case.
    pub(crate) fn value(source: &'a str, name: &str) -> Option<&'a str> {
        Attributes(source).find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/' || c == '"' || c == '\'');
        if rest.is_empty() {
            return None;
        }
        let is_end = |byte: u8| byte.is_ascii_whitespace() || byte == b'=' || byte == b'/';
        // The first byte always belongs to the name, so that each step moves on.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let name_end = rest.bytes().skip(first).position(is_end).map_or(rest.len(), |at| at + first);
        let (name, rest) = rest.split_at(name_end);
        let after = rest.trim_ascii_start();
        let Some(value) = after.strip_prefix('=') else {
            self.0 = rest;
            return Some((name, ""));
        };
        let value = value.trim_ascii_start();
        let quote = value.bytes().next().filter(|byte| matches!(byte, b'"' | b'\''));
        let closed = quote.and_then(|quote| memchr(quote, &value.as_bytes()[1..]).map(|length| 1 + length));
        let (value, rest) = match closed {
            Some(close) => (&value[1..close], &value[close + 1..]),
            None => value.split_at(value.bytes().position(|byte| byte.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        self.0 = rest;
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(source: &str) -> String {
        let mut scanner = Scanner::new(source);
        let mut shown: Vec<String> = scanner
            .by_ref()
            .map(|token| match token {
                Token::Text(text) => format!("'{text}'"),
                Token::Cdata(text) => format!("C'{text}'"),
                Token::Start(tag) => format!("+{}{}", tag.name, if tag.empty { "/" } else { "" }),
                Token::End(name) => format!("-{name}"),
                Token::Doctype(_) => "D".to_owned(),
                Token::Other => "O".to_owned(),
            })
            .collect();
        if scanner.is_cut() {
            shown.push("cut".to_owned());
        }
        shown.join(" ")
    }

    #[track_caller]
    fn check(source: &str, expected: &str) {
        assert_eq!(show(source), expected, "{source}");
    }

    #[test]
    fn tags_text_and_sections_come_in_order() {
        check("<a x='1'>b<c/></a>", "+a 'b' +c/ -a");
        check("<?xml version='1.0'?><!-- <x> --><a><![CDATA[<b>]]></a>", "O O +a C'<b>' -a");
        check("<!DOCTYPE x [<!ENTITY a \"b>\">]><a/>", "D +a/");
        check("<!DOCTYPE html><p>", "D +p");
    }

    #[test]
    fn what_is_no_tag_is_text() {
        check("1 < 2 <3", "'1 ' '< 2 ' '<3'");
        check("a <b <c>", "'a ' '<b ' +c");
        check("</ a>", "'</ a>'");
        check("<<<", "'<' '<' cut");
    }

    #[test]
    fn quotes_hide_what_they_hold() {
        check("<a t=\"x > y\">z", "+a 'z'");
        check("<a t = 'x > y' />z", "+a/ 'z'");
        check("<p it's>z", "+p 'z'");
        check("<a t=\"x>z", "+a 'z'");
        check("<a t=\"x>z<b u=\"1\">", "+a 'z' +b");
    }

    #[test]
    fn a_cut_source_says_so() {
        check("<a><b", "+a cut");
        check("<a><![CDATA[x", "+a C'x' cut");
        check("<a><![CD", "+a cut");
        check("<a></a", "+a -a cut");
        check("<a href=\"x", "cut");
    }

    #[test]
    fn an_endless_comment_hides_one_tag() {
        check("<!-- a > b <c>", "O ' b ' +c");
        check("<!-->x", "O 'x'");
    }

    #[test]
    fn raw_text_is_skipped_to_its_end_tag() {
        let mut scanner = Scanner::new("<script>if (a<b) '</p>'</SCRIPT>x");
        assert!(matches!(scanner.next(), Some(Token::Start(_))));
        scanner.skip_raw_text("script");
        assert_eq!(scanner.next(), Some(Token::End("SCRIPT")));
    }

    #[test]
    fn attributes_are_read_however_they_are_written() {
        let read: Vec<_> = Attributes("a=1 b = \"2 3\" C='' d e='x").collect();
        assert_eq!(read, [("a", "1"), ("b", "2 3"), ("C", ""), ("d", ""), ("e", "'x")]);
        assert_eq!(Attributes::value("HREF='x' rel=y", "href"), Some("x"));
        assert_eq!(Attributes("=\"=='/'").count(), 1);
    }
}
