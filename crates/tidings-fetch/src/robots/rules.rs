//! Rules of a `robots.txt` and how a path is held against them, in time linear in
//! pattern and path.

use std::time::Duration;

/// One `Allow` or `Disallow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    pub(super) allow: bool,
}

/// A path pattern in normal form: ASCII, `*` for any bytes, a last `$` for the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: Box<str>,
    /// Whether the pattern reaches into the query, see [`normalise`].
    in_query: bool,
}

/// A path with its query, in normal form.
pub(super) struct Path {
    /// As patterns without a `?` see it.
    plain: String,
    /// As patterns with one do, where that differs.
    query: Option<String>,
}

/// The rules that bind one agent, the most specific first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    rules: Box<[Rule]>,
    pub(crate) crawl_delay: Option<Duration>,
}

/// Whether the most specific of `rules` that matches `path` allows it.
pub(super) fn allows<'a>(rules: impl Iterator<Item = &'a Rule>, path: &Path) -> bool {
    let matching = rules.filter(|rule| rule.pattern.matches(path));
    path.is_robots_txt() || matching.max_by_key(|rule| rule.rank()).is_none_or(|rule| rule.allow)
}

impl Rule {
    /// The longest pattern ranks first, `Allow` before an equally long `Disallow`.
    fn rank(&self) -> (usize, bool) {
        (self.pattern.text.len(), self.allow)
    }
}

impl Rules {
    pub(super) fn new(mut rules: Vec<Rule>, crawl_delay: Option<Duration>) -> Self {
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.rank()));
        rules.dedup();
        Self { rules: rules.into_boxed_slice(), crawl_delay }
    }

    pub(crate) fn allows(&self, path_and_query: &str) -> bool {
        if self.rules.is_empty() {
            return true;
        }
        let path = Path::new(path_and_query);
        let deciding = self.rules.iter().find(|rule| rule.pattern.matches(&path));
        path.is_robots_txt() || deciding.is_none_or(|rule| rule.allow)
    }

    /// A robots.txt that says the same to everybody.
    pub(crate) fn to_text(&self) -> String {
        let delay = self.crawl_delay.map(|delay| format!("Crawl-delay: {}\n", delay.as_secs_f64()));
        let rules = self.rules.iter().map(|rule| {
            let word = if rule.allow { "Allow" } else { "Disallow" };
            format!("{word}: {}\n", rule.pattern.text)
        });
        std::iter::once("User-agent: *\n".to_owned()).chain(delay).chain(rules).collect()
    }

    /// Memory that it takes, near enough.
    pub(crate) fn size(&self) -> usize {
        self.rules.iter().map(|rule| size_of::<Rule>() + rule.pattern.text.len() + 16).sum()
    }
}

impl Pattern {
    /// `None` for an empty pattern, which is no rule.
    pub(super) fn parse(pattern: &[u8]) -> Option<Self> {
        if pattern.is_empty() {
            return None;
        }
        let (body, end) = match pattern.strip_suffix(b"$") {
            Some(body) => (body, "$"),
            None => (pattern, ""),
        };
        let text = normalise(body, true, |byte| (byte == b'*').then_some('*')) + end;
        Some(Self { in_query: text.contains('?'), text: text.into_boxed_str() })
    }

    /// Each piece between stars is looked for where the one before it ended: the
    /// leftmost place is always a right one, so nothing is ever tried again.
    fn matches(&self, path: &Path) -> bool {
        let path = path.query.as_deref().filter(|_| self.in_query).unwrap_or(&path.plain);
        let (pattern, to_end) = match self.text.strip_suffix('$') {
            Some(pattern) => (pattern, true),
            None => (&*self.text, false),
        };
        let Some((head, mut pieces)) = pattern.split_once('*') else {
            return if to_end { path == pattern } else { path.starts_with(pattern) };
        };
        let Some(mut rest) = path.strip_prefix(head) else {
            return false;
        };
        while let Some((piece, behind)) = pieces.split_once('*') {
            let Some(at) = rest.find(piece) else {
                return false;
            };
            rest = &rest[at + piece.len()..];
            pieces = behind;
        }
        if to_end { rest.ends_with(pieces) } else { rest.contains(pieces) }
    }
}

impl Path {
    pub(super) fn new(path_and_query: &str) -> Self {
        let path = path_and_query.split('#').next().unwrap_or_default();
        let path = if path.is_empty() { "/" } else { path };
        let plain = normalise(path.as_bytes(), false, |_| None);
        let query = path.contains('?').then(|| normalise(path.as_bytes(), true, |_| None));
        Self { query: query.filter(|query| *query != plain), plain }
    }

    fn is_robots_txt(&self) -> bool {
        self.plain == "/robots.txt"
    }
}

/// The one spelling that equal paths share (RFC 9309, 2.2.2): unreserved bytes
/// plain, everything that is no URL character percent-encoded, digits in upper case.
///
/// Reserved characters stay as they stand, for `%2F` is not `/`; but in a query,
/// where they mean the same (`?next=https:` and `?next=https%3A`), `decode_query`
/// makes them plain. `special` says what a wildcard is; any other `*` or `$` is
/// encoded, so that it is never taken for one.
fn normalise(bytes: &[u8], decode_query: bool, special: impl Fn(u8) -> Option<char>) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut in_query = false;
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (byte, encoded_byte(tail)) {
            (b'%', Some(decoded)) => {
                rest = &tail[2..];
                if is_unreserved(decoded) || decode_query && in_query && is_plain_in_query(decoded) {
                    text.push(char::from(decoded));
                } else {
                    push_encoded(&mut text, decoded);
                }
            }
            (b'*' | b'$', _) => match special(*byte) {
                Some(wildcard) => text.push(wildcard),
                None => push_encoded(&mut text, *byte),
            },
            _ if is_unreserved(*byte) || b"%!&'()+,/:;=?@[]".contains(byte) => {
                in_query |= *byte == b'?';
                text.push(char::from(*byte));
            }
            _ => push_encoded(&mut text, *byte),
        }
    }
    text
}

fn encoded_byte(digits: &[u8]) -> Option<u8> {
    let [high, low, ..] = digits else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(*high)? << 4 | digit(*low)?)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Reserved characters that part nothing in a query.
fn is_plain_in_query(byte: u8) -> bool {
    b"!'(),/:;?@".contains(&byte)
}

fn push_encoded(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 15)]));
}
