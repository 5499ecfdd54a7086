//! Atom, RFC 4287.

use super::Feed;
use super::item::Item;
use super::xml::Xml;

pub(super) fn write(feed: &Feed) -> String {
    let mut xml = Xml::new();
    let lang = feed.language.words().lang;
    xml.element("feed", &[("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", lang)], |xml| {
        xml.text("id", &[], &feed.id);
        xml.text("title", &[], &feed.shown_title());
        xml.text("subtitle", &[], &feed.description());
        xml.text("updated", &[], &feed.updated.to_string());
        xml.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", feed.self_url.as_str())]);
        if let Some(page) = &feed.site_url {
            xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", page.as_str())]);
        }
        xml.element("author", &[], |xml| xml.text("name", &[], "Tidings"));
        xml.text("generator", &[], "Tidings");
        feed.shown().iter().for_each(|item| write_entry(xml, item));
    });
    xml.finish()
}

fn write_entry(xml: &mut Xml, item: &Item) {
    xml.element("entry", &[], |xml| {
        xml.text("id", &[], &item.id);
        xml.text("title", &[], &item.title);
        if let Some(url) = &item.url {
            xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", url)]);
        }
        xml.text("published", &[], &item.published.to_string());
        xml.text("updated", &[], &item.updated.to_string());
        xml.element("author", &[], |xml| xml.text("name", &[], &item.author));
        for category in &item.categories {
            xml.empty("category", &[("term", &category.term), ("label", &category.label)]);
        }
        xml.text("content", &[("type", "html")], &item.html);
    });
}
