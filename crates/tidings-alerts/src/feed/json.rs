//! JSON Feed 1.1.

use jiff::Timestamp;
use serde::Serialize;

use super::Feed;
use super::item::Item;

#[derive(Serialize)]
struct Document {
    version: &'static str,
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_page_url: Option<String>,
    feed_url: String,
    language: &'static str,
    items: Vec<DocumentItem>,
}

#[derive(Serialize)]
struct DocumentItem {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    title: String,
    content_html: String,
    date_published: Timestamp,
    date_modified: Timestamp,
    authors: [Author; 1],
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
}

#[derive(Serialize)]
struct Author {
    name: String,
}

pub(super) fn write(feed: &Feed) -> String {
    let document = Document {
        version: "https://jsonfeed.org/version/1.1",
        title: feed.shown_title(),
        description: feed.description(),
        home_page_url: feed.site_url.as_ref().map(ToString::to_string),
        feed_url: feed.self_url.to_string(),
        language: feed.language.words().lang,
        items: feed.shown().into_iter().map(DocumentItem::from).collect(),
    };
    serde_json::to_string_pretty(&document).expect("texts and times have a form in JSON")
}

impl From<Item> for DocumentItem {
    fn from(item: Item) -> Self {
        Self {
            id: item.id,
            url: item.url,
            title: item.title,
            content_html: item.html,
            date_published: item.published,
            date_modified: item.updated,
            authors: [Author { name: item.author }],
            tags: item.categories.into_iter().map(|category| category.term).collect(),
            language: item.lang,
        }
    }
}
