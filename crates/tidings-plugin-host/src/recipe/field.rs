//! One field of an item, ready to be read.

use regex::Regex;

/// The fields that a recipe may fill, beside `attrs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    Url,
    CanonicalUrl,
    Text,
    Author,
    Published,
    Updated,
    Lang,
    Key,
    Hints,
    Score,
    Replies,
    Views,
    Attr,
}

impl Role {
    pub(super) const NAMED: [(&'static str, Self); 13] = [
        ("title", Self::Title),
        ("url", Self::Url),
        ("canonical_url", Self::CanonicalUrl),
        ("text", Self::Text),
        ("author", Self::Author),
        ("published", Self::Published),
        ("updated", Self::Updated),
        ("lang", Self::Lang),
        ("key", Self::Key),
        ("hints", Self::Hints),
        ("score", Self::Score),
        ("replies", Self::Replies),
        ("views", Self::Views),
    ];

    pub(super) fn is_address(self) -> bool {
        matches!(self, Self::Url | Self::CanonicalUrl)
    }

    pub(super) fn is_time(self) -> bool {
        matches!(self, Self::Published | Self::Updated)
    }

    pub(super) fn is_count(self) -> bool {
        matches!(self, Self::Score | Self::Replies | Self::Views)
    }
}

/// Where a field's value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Constant(String),
    /// Without a selector the item itself, without an attribute its text (or link, or time).
    Element {
        css: Option<String>,
        attr: Option<String>,
    },
    /// Without a pointer the item itself.
    Json {
        pointer: Option<String>,
    },
    /// What the item of a feed has under the field's own name.
    Feed,
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) source: Source,
    pub(super) all: bool,
    /// What stands there is HTML, whose text is wanted.
    pub(super) html: bool,
    pub(super) regex: Option<Regex>,
    pub(super) replace: Vec<(Regex, String)>,
}

impl Field {
    /// From what stands in the page to the value; `None` where nothing is left of it.
    pub(super) fn refine(&self, raw: &str) -> Option<String> {
        let text = if self.html { tidings_sdk::html::plain_text(raw) } else { raw.to_owned() };
        let mut text = match &self.regex {
            None => text,
            Some(regex) => {
                let found = regex.captures(&text)?;
                found.get(1).or(found.get(0))?.as_str().to_owned()
            }
        };
        for (regex, by) in &self.replace {
            text = regex.replace_all(&text, by.as_str()).into_owned();
        }
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}
