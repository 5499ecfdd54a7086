//! RSS 2.0, with Atom's self link and Dublin Core's creator: RSS has no place for a name without a mail address.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::Feed;
use super::item::Item;
use super::xml::{Attributes, Xml};

const NAMESPACES: Attributes = &[
    ("version", "2.0"),
    ("xmlns:atom", "http://www.w3.org/2005/Atom"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
];

pub(super) fn write(feed: &Feed) -> String {
    let mut xml = Xml::new();
    xml.element("rss", NAMESPACES, |xml| xml.element("channel", &[], |xml| write_channel(xml, feed)));
    xml.finish()
}

fn write_channel(xml: &mut Xml, feed: &Feed) {
    xml.text("title", &[], &feed.shown_title());
    xml.text("link", &[], feed.page().as_str());
    xml.text("description", &[], &feed.description());
    xml.text("language", &[], feed.language.words().lang);
    xml.text("lastBuildDate", &[], &date(feed.updated));
    xml.text("generator", &[], "Tidings");
    xml.empty("atom:link", &[("rel", "self"), ("type", "application/rss+xml"), ("href", feed.self_url.as_str())]);
    feed.shown().iter().for_each(|item| write_item(xml, item));
}

fn write_item(xml: &mut Xml, item: &Item) {
    xml.element("item", &[], |xml| {
        xml.text("title", &[], &item.title);
        if let Some(url) = &item.url {
            xml.text("link", &[], url);
        }
        xml.text("guid", &[("isPermaLink", "false")], &item.id);
        xml.text("pubDate", &[], &date(item.published));
        xml.text("dc:creator", &[], &item.author);
        for category in &item.categories {
            xml.text("category", &[], &category.term);
        }
        xml.text("description", &[], &item.html);
    });
}

/// `Fri, 20 Nov 2026 08:00:00 GMT`
fn date(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_else(|_| time.to_string())
}
