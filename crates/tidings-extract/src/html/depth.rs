//! The gate before a tree: how deep a page nests, in linear time.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::markup::{Scanner, Token};

/// Whether a tree of this page could nest deeper than `limit` elements.
///
/// Tree builders take quadratic time and much stack on deep pages, so this is asked before any is started. Elements
/// that HTML closes by itself (`<p>`, `<li>`, table cells …) are closed here too, and void elements do not count.
/// Formatting elements that are left open are opened again by tree builders in each later block, so they count until
/// they are closed, three of the same kind at most.
pub fn too_deep(html: &str, limit: usize) -> bool {
    let mut depth = Depth::default();
    let mut scanner = Scanner::new(html);
    while let Some(token) = scanner.next() {
        match token {
            Token::Start(tag) => {
                let Some(name) = Name::of(tag.name) else { continue };
                if name.is(&["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"]) {
                    scanner.skip_raw_text(tag.name);
                } else if name.is(FORMATTING) {
                    depth.format(name, tag.attributes);
                } else if !name.is(VOID) {
                    depth.open(name);
                }
                if depth.levels() > limit {
                    return true;
                }
            }
            Token::End(name) => {
                if let Some(name) = Name::of(name) {
                    depth.close(name);
                }
            }
            _ => {}
        }
    }
    false
}

const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// An element of a row is closed by the start of another of the same row, if nothing else is open in it.
const SELF_CLOSING: [&[&str]; 6] =
    [&["li"], &["dt", "dd"], &["p"], &["option", "optgroup"], &["td", "th"], &["tr", "tbody", "thead", "tfoot"]];
/// How many equal formatting elements a tree builder opens again ("Noah's Ark clause" of the HTML standard).
const EQUAL_FORMATTING: usize = 3;

/// An element's name in lower case. Longer names are told apart by their first 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Name([u8; 16]);

impl Name {
    fn of(name: &str) -> Option<Self> {
        let mut lower = [0; 16];
        let length = name.len().min(lower.len());
        lower[..length].copy_from_slice(&name.as_bytes()[..length]);
        lower.make_ascii_lowercase();
        (length > 0).then_some(Self(lower))
    }

    fn is(&self, names: &[&str]) -> bool {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        names.iter().any(|name| name.as_bytes() == &self.0[..end])
    }
}

#[derive(Default)]
struct Depth {
    open: Vec<Name>,
    /// How many of a name are open, so that a stray end tag costs no search.
    count: HashMap<Name, u32>,
    formatting: Vec<(Name, u64)>,
}

impl Depth {
    fn levels(&self) -> usize {
        self.open.len() + self.formatting.len()
    }

    fn open(&mut self, name: Name) {
        if let Some(row) = SELF_CLOSING.iter().find(|row| name.is(row))
            && self.open.last().is_some_and(|top| top.is(row))
        {
            self.pop();
        }
        self.open.push(name);
        *self.count.entry(name).or_default() += 1;
    }

    fn format(&mut self, name: Name, attributes: &str) {
        let mut hasher = DefaultHasher::new();
        attributes.hash(&mut hasher);
        let attributes = hasher.finish();
        let equal = self.formatting.iter().filter(|known| **known == (name, attributes)).count();
        if equal < EQUAL_FORMATTING {
            self.formatting.push((name, attributes));
        }
    }

    fn close(&mut self, name: Name) {
        if let Some(at) = self.formatting.iter().rposition(|(known, _)| *known == name) {
            self.formatting.remove(at);
            return;
        }
        if self.count.get(&name).is_none_or(|count| *count == 0) {
            return;
        }
        while let Some(closed) = self.pop() {
            if closed == name {
                return;
            }
        }
    }

    fn pop(&mut self) -> Option<Name> {
        let name = self.open.pop()?;
        if let Some(count) = self.count.get_mut(&name) {
            *count -= 1;
        }
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: bool) {
        assert_eq!(too_deep(html, 512), expected);
    }

    #[test]
    fn nesting_counts_and_breadth_does_not() {
        check(&"<div>".repeat(512), false);
        check(&"<div>".repeat(513), true);
        check(&"<div></div>".repeat(100_000), false);
        check(&"<div><span></div>".repeat(10_000), false);
    }

    #[test]
    fn elements_that_close_themselves_do_not_nest() {
        check(&"<p>text".repeat(10_000), false);
        check(&format!("<ul>{}</ul>", "<li>text".repeat(10_000)), false);
        check(&format!("<table>{}", "<tr><td>a<td>b</tr>".repeat(10_000)), false);
        check(&"<br><img src=x><hr>".repeat(10_000), false);
        check(&"<ul><li>".repeat(300), true);
    }

    #[test]
    fn open_formatting_counts_until_it_is_closed() {
        check(&"<p><b>x</p>".repeat(10_000), false);
        check(&(0..600).map(|size| format!("<p><font size={size}>x</p>")).collect::<String>(), true);
        check(&"<b>x</b>".repeat(10_000), false);
    }

    #[test]
    fn scripts_and_comments_do_not_nest() {
        check(&format!("<script>{}</script><!-- {} -->", "<div>".repeat(1_000), "<div>".repeat(1_000)), false);
    }
}
