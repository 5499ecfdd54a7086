//! An item while it is being read: what its elements say, and which of them wins in the end.

use jiff::Timestamp;

use super::{Item, MAX_CATEGORIES, join_names};

/// Where an item or a feed links to, gathered from several elements.
#[derive(Default)]
pub(super) struct Links {
    /// The last alternate that is a page: feeds with several put the best last as often as first, and this is what
    /// other readers take.
    page: Option<String>,
    /// The first alternate of another type.
    other: Option<String>,
}

impl Links {
    pub(super) fn add_page(&mut self, address: String) {
        self.page = Some(address);
    }

    pub(super) fn add_other(&mut self, address: String) {
        self.other.get_or_insert(address);
    }

    pub(super) fn best(self) -> Option<String> {
        self.page.or(self.other)
    }
}

#[derive(Default)]
pub(super) struct Draft {
    pub(super) item: Item,
    pub(super) links: Links,
    /// The id, absolute, where the feed calls it an address.
    pub(super) permalink: Option<String>,
    /// `dc:date`: the publication, if nothing more exact is said.
    pub(super) date: Option<Timestamp>,
    pub(super) created: Option<Timestamp>,
    pub(super) authors: Vec<String>,
    /// Titles and texts of a podcast or a video, for items without their own.
    pub(super) media_title: Option<String>,
    pub(super) media_text: Option<String>,
}

impl Draft {
    pub(super) fn add_category(&mut self, category: String) {
        let categories = &mut self.item.categories;
        if categories.len() < MAX_CATEGORIES && !categories.contains(&category) {
            categories.push(category);
        }
    }

    pub(super) fn finish(self) -> Item {
        let mut item = self.item;
        item.title = item.title.or(self.media_title);
        if item.summary.is_none() && item.content.is_none() {
            item.summary = self.media_text;
        }
        item.link = self.links.best().or(self.permalink);
        item.published = item.published.or(self.date).or(self.created);
        item.author = join_names(&self.authors);
        item
    }
}
