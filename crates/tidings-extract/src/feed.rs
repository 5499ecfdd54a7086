//! Feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed, CDF; as they are found, not as they should be.
//!
//! Fetching, paging and what becomes of an item are the caller's.

mod element;
mod item;
mod json;
mod repair;
mod software;
mod value;
mod xml;

use jiff::Timestamp;
use url::Url;

pub use repair::{Repair, Repairs};
pub use software::{Software, Sort, Told};

/// Longest source that is read.
pub const MAX_SOURCE_BYTES: usize = 64 * 1024 * 1024;
/// Most items taken from one feed; the feed says with [`Repair::TooManyItems`] that there were more.
pub const MAX_ITEMS: usize = 50_000;
/// How deep elements of a feed may nest outside of its texts. Deeper ones are passed over with [`Repair::TooDeep`].
pub const MAX_DEPTH: usize = 128;
/// Most categories taken from one item.
pub const MAX_CATEGORIES: usize = 64;

/// A feed that was read. All texts are plain: markup removed, references decoded, white space collapsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    pub format: Format,
    pub title: Option<String>,
    /// The page that the feed is of.
    pub link: Option<String>,
    /// A language tag as the feed states it, e.g. `vi` or `en-US`.
    pub lang: Option<String>,
    /// The software that wrote it, as it calls itself.
    pub generator: Option<String>,
    /// The next page of the feed (RFC 5005 `rel="next"`, `next_url`).
    pub next: Option<String>,
    /// In document order.
    pub items: Vec<Item>,
    /// Items with nothing to read in them.
    pub skipped: Vec<Skipped>,
    /// What had to be mended.
    pub repairs: Repairs,
}

/// One item of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// As the feed states it (`guid`, `id`, `rdf:about`); see [`Item::key`].
    pub id: Option<String>,
    /// One line.
    pub title: Option<String>,
    /// Absolute where the base is known. An id that the feed calls the address stands in for a missing link, and may
    /// be no web address: see [`Item::url`].
    pub link: Option<String>,
    /// The address before a feed service redirected it (`feedburner:origLink`).
    pub original_link: Option<String>,
    pub published: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    /// The names of the authors, separated by `, `; the feed's where an Atom or JSON item names none.
    pub author: Option<String>,
    /// Paragraphs are kept as lines.
    pub summary: Option<String>,
    /// The whole text, where the feed gives one beside the summary or instead of it.
    pub content: Option<String>,
    pub categories: Vec<String>,
    /// The page with the comments.
    pub comments: Option<String>,
    /// How many comments or replies the feed counts.
    pub replies: Option<u64>,
    /// How often it was seen (`media:statistics`).
    pub views: Option<u64>,
    /// How many rated it (`media:starRating`); YouTube counts likes there.
    pub ratings: Option<u64>,
    pub lang: Option<String>,
    /// Who published it, where an aggregator says so (`source` of RSS).
    pub publisher: Option<String>,
}

impl Item {
    /// What tells this item from the others of its feed: its id, else its link, else its title.
    pub fn key(&self) -> Option<&str> {
        self.id.as_deref().or(self.link.as_deref()).or(self.title.as_deref())
    }

    /// The link, if it is a web address.
    pub fn url(&self) -> Option<Url> {
        self.link
            .as_deref()
            .and_then(|link| Url::parse(link).ok())
            .filter(|url| matches!(url.scheme(), "http" | "https"))
    }

    /// The longest text there is: content or summary.
    pub fn text(&self) -> &str {
        let [content, summary] = [&self.content, &self.summary].map(|text| text.as_deref().unwrap_or_default());
        if summary.len() > content.len() { summary } else { content }
    }

    fn is_readable(&self) -> bool {
        self.title.is_some() || self.summary.is_some() || self.content.is_some() || self.link.is_some()
    }
}

/// An item that was found and has nothing to read in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its place among all items of the feed, read or skipped; 0 is the first.
    pub position: usize,
    pub reason: SkipReason,
    /// What little it has: an id, a date …
    pub item: Item,
}

/// Why an item was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    #[error("it has neither a title nor a text nor a link")]
    Empty,
    #[error("it is not an object")]
    NotAnObject,
}

/// Which format a feed is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    Rss090,
    Rss091,
    Rss092,
    Rss093,
    Rss094,
    Rss10,
    Rss20,
    /// RSS without a version.
    #[default]
    Rss,
    Atom03,
    Atom10,
    /// Atom without its namespace.
    Atom,
    Json1,
    Json11,
    /// A JSON Feed without a version.
    Json,
    Cdf,
}

/// Why a text is no feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("the document is empty")]
    Empty,
    #[error("the document has {bytes} bytes, more than the {limit} that are read")]
    TooLarge { bytes: usize, limit: usize },
    #[error("this is an HTML page, not a feed")]
    Html,
    #[error("this is JSON without `items`, not a JSON Feed")]
    OtherJson,
    #[error("the JSON cannot be read")]
    Json { source: serde_json::Error },
    #[error("this is no feed: expected `rss`, `feed`, `rdf:RDF` or JSON, found {found}")]
    NotAFeed { found: String },
}

impl FeedError {
    /// Whether the page may name a feed elsewhere, so that [`crate::html::feed_links`] is worth asking.
    pub fn is_html(&self) -> bool {
        matches!(self, Self::Html)
    }
}

/// Reads a feed. `base` is the address it was fetched from; without it relative links stay as they are.
///
/// Forgives what can be forgiven and says so in [`Feed::repairs`]; of a source that is cut off, everything up to the
/// cut is read. Takes linear time, expands no entity of the document's own, and keeps to [`MAX_ITEMS`].
///
/// # Errors
///
/// When the text is no feed at all, or longer than [`MAX_SOURCE_BYTES`].
pub fn parse(text: &str, base: Option<&Url>) -> Result<Feed, FeedError> {
    if text.len() > MAX_SOURCE_BYTES {
        return Err(FeedError::TooLarge { bytes: text.len(), limit: MAX_SOURCE_BYTES });
    }
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    match text.as_bytes().first() {
        None => Err(FeedError::Empty),
        Some(b'{' | b'[') => json::read(text, base),
        Some(_) => xml::read(text, base),
    }
}

/// Joins names for [`Item::author`].
fn join_names(names: &[String]) -> Option<String> {
    let mut joined = String::new();
    for (position, name) in names.iter().enumerate() {
        if names[..position].contains(name) {
            continue;
        }
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        joined.push_str(name);
    }
    (!joined.is_empty()).then_some(joined)
}
