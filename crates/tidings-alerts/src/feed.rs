//! Feeds of what an alert or a saved search has found, as Atom, RSS and JSON Feed.
//!
//! Whatever a finding holds is harmless in them; conditional requests are the server's.

mod atom;
mod item;
mod json;
mod rss;
mod xml;

use std::collections::BTreeSet;

use jiff::Timestamp;
use url::Url;

use self::item::Item;
use crate::inert::line;
use crate::{Entry, Language};

/// Items of a feed; the newest are kept.
const ITEMS_MOST: usize = 200;

/// Scalars of a feed's title.
const TITLE_MOST: usize = 150;

/// What a feed holds, before it has a format.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    /// A URI that never changes, such as `urn:tidings:alert:price-pain`.
    pub id: String,
    pub title: String,
    /// Where this very format of it is found, its token and all.
    pub self_url: Url,
    /// The page that shows the same to people.
    pub site_url: Option<Url>,
    /// When anything in it last changed.
    pub updated: Timestamp,
    pub language: Language,
    /// In any order. Of a finding that stands here twice the latest match is shown.
    pub items: Vec<FeedItem>,
}

/// One finding of a feed.
#[derive(Clone, Debug)]
pub(crate) struct FeedItem {
    pub entry: Entry,
    /// When it was found to belong here; readers take a later one for an update.
    pub matched: Timestamp,
}

impl Feed {
    /// As Atom (RFC 4287): `application/atom+xml`.
    pub(crate) fn atom(&self) -> String {
        atom::write(self)
    }

    /// As RSS 2.0: `application/rss+xml`.
    pub(crate) fn rss(&self) -> String {
        rss::write(self)
    }

    /// As JSON Feed 1.1: `application/feed+json`.
    pub(crate) fn json(&self) -> String {
        json::write(self)
    }

    /// What readers call it; never empty.
    fn shown_title(&self) -> String {
        let title = line(&self.title, TITLE_MOST);
        if title.is_empty() { "Tidings".to_owned() } else { title }
    }

    fn description(&self) -> String {
        self.language.words().feed.replace("{title}", &self.shown_title())
    }

    /// The page of the feed; the feed itself where there is none.
    fn page(&self) -> &Url {
        self.site_url.as_ref().unwrap_or(&self.self_url)
    }

    /// The items as they are shown: the latest match of each finding, newest first.
    fn shown(&self) -> Vec<Item> {
        let mut items: Vec<&FeedItem> = self.items.iter().collect();
        items.sort_by_key(|item| std::cmp::Reverse(item.matched));
        let mut seen = BTreeSet::new();
        items.retain(|item| seen.insert(&item.entry.finding.id));
        items.into_iter().take(ITEMS_MOST).map(|item| Item::new(item, self.language)).collect()
    }
}

#[cfg(test)]
mod tests;
