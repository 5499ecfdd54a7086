//! How much of a page there is to read, and what it has to type into.

use memchr::{memchr, memmem};

/// What a page amounts to, without a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Bytes of text that a browser with scripts would show, runs of white space as one.
    pub(super) text: usize,
    /// Those outside `<title>`.
    pub(super) text_of_body: usize,
    /// Where the words of `<title>` begin and end.
    pub(super) title: (usize, usize),
    pub(super) has_script: bool,
    /// A field that a person types into, a password aside.
    pub(super) has_field: bool,
    pub(super) has_password: bool,
    /// Bytes gone over, those gone over twice counted twice: what its time goes by.
    pub(super) steps: usize,
}

/// Elements whose content is no visible text.
const HIDDEN: [&str; 6] = ["script", "style", "noscript", "template", "svg", "title"];

impl Shape {
    /// Stops once there are `enough` bytes of text.
    pub(super) fn of(page: &[u8], enough: usize) -> Self {
        let mut shape = Self::default();
        let mut at = 0;
        while at < page.len() && shape.text < enough {
            let open = shape.find(page, at, b"<").unwrap_or(page.len());
            shape.add_text(&page[at..open]);
            if open == page.len() {
                break;
            }
            at = shape.tag(page, open);
        }
        shape
    }

    /// Where `sign` begins after `from`.
    fn find(&mut self, page: &[u8], from: usize, sign: &[u8]) -> Option<usize> {
        let rest = &page[from..];
        let found = if let [byte] = sign { memchr(*byte, rest) } else { memmem::find(rest, sign) };
        let found = found.map(|offset| from + offset);
        self.steps += found.unwrap_or(page.len()) - from + sign.len();
        found
    }

    fn add_text(&mut self, text: &[u8]) {
        self.steps += text.len();
        let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let bytes: usize = words.map(|word| word.len() + 1).sum();
        self.text += bytes;
        self.text_of_body += bytes;
    }

    /// Reads the tag at `open`; where reading goes on.
    fn tag(&mut self, page: &[u8], open: usize) -> usize {
        if page[open..].starts_with(b"<!--") {
            return self.find(page, open, b"-->").map_or(page.len(), |end| end + 3);
        }
        let Some(close) = self.find(page, open, b">") else {
            return page.len();
        };
        let tag = &page[open + 1..close];
        self.steps += tag.len();
        let name = tag.split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
        self.note_field(name, tag);
        self.has_script |= name.eq_ignore_ascii_case(b"script");
        let hidden = HIDDEN.iter().find(|hidden| name.eq_ignore_ascii_case(hidden.as_bytes()));
        let Some(hidden) = hidden.filter(|_| !tag.ends_with(b"/")) else {
            return close + 1;
        };
        let end = self.end_of(page, close + 1, hidden);
        if *hidden == "title" && self.title == (0, 0) {
            self.title = (close + 1, end);
            self.text += (end - close - 1).min(512);
        }
        end
    }

    fn note_field(&mut self, name: &[u8], tag: &[u8]) {
        if name.eq_ignore_ascii_case(b"textarea") || name.eq_ignore_ascii_case(b"select") {
            self.has_field = true;
        }
        if !name.eq_ignore_ascii_case(b"input") {
            return;
        }
        let tag = tag[..tag.len().min(1_024)].to_ascii_lowercase();
        let is = |kind: &str| {
            [format!("type=\"{kind}\""), format!("type='{kind}'"), format!("type={kind}")]
                .iter()
                .any(|attribute| memmem::find(&tag, attribute.as_bytes()).is_some())
        };
        if is("password") {
            self.has_password = true;
        } else if !["hidden", "submit", "button", "checkbox", "radio", "image"].into_iter().any(is) {
            self.has_field = true;
        }
    }

    /// Where `</name` begins after `from`, or the end of the page.
    fn end_of(&mut self, page: &[u8], from: usize, name: &str) -> usize {
        let mut at = from;
        while let Some(found) = self.find(page, at, b"</") {
            let after = &page[found + 2..];
            if after.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes())) {
                return found;
            }
            at = found + 2;
        }
        page.len()
    }
}
