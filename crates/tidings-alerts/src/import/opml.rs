//! OPML: the list of feeds that every feed reader writes.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::google_alerts::feed_address;
use super::{Ids, Import, ImportError, Skipped, SourceBlock, slug};
use crate::inert;

/// The folders nearest to a feed that become its labels.
const MOST_FOLDERS: usize = 8;

/// A feed of the list, with the folders that it lies in.
pub(super) struct Outline {
    pub(super) line: usize,
    pub(super) title: String,
    pub(super) url: String,
    folders: Vec<String>,
}

/// Reads the feeds of an OPML text. Folders become labels; feeds of Google Alerts get their own plugin.
///
/// # Errors
///
/// When it is no OPML.
pub fn read(text: &str) -> Result<Import<SourceBlock>, ImportError> {
    let Import { items: outlines, mut skipped } = outlines(text)?;
    let mut ids = Ids::default();
    let mut known = BTreeSet::new();
    let mut items = Vec::new();
    for outline in outlines {
        let skip = |reason: &str| Skipped {
            line: outline.line,
            what: inert::line(&format!("{} {}", outline.title, outline.url), 100),
            reason: reason.to_owned(),
        };
        let Some(url) = Url::parse(&outline.url).ok().filter(|url| matches!(url.scheme(), "http" | "https")) else {
            skipped.push(skip("its `xmlUrl` is no address that begins with https:// or http://"));
            continue;
        };
        if !known.insert(url.clone()) {
            skipped.push(skip("the same feed stands further up"));
            continue;
        }
        items.push(block(&mut ids, &outline, &url));
    }
    Ok(Import { items, skipped })
}

fn block(ids: &mut Ids, outline: &Outline, url: &Url) -> SourceBlock {
    let alert = feed_address(url.as_str());
    let plugin = if alert.is_some() { "google-alerts" } else { "feed" };
    let title = if outline.title.is_empty() { url.host_str().unwrap_or_default() } else { &outline.title };
    let id = ids.give("", title, "feed").parse().expect("a slug with a number is a source id");
    let labels: BTreeSet<_> = outline.folders.iter().map(|folder| slug::slug(folder)).collect();
    SourceBlock {
        id,
        plugin,
        params: BTreeMap::from([("url", url.to_string())]),
        labels: labels.into_iter().filter(|label| !label.is_empty()).collect(),
        is_user_feed: alert.is_some(),
    }
}

/// The outlines with an address, and those that are neither feed nor folder.
pub(super) fn outlines(text: &str) -> Result<Import<Outline>, ImportError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_dangling_amp = true;
    let (mut items, mut skipped) = (Vec::new(), Vec::new());
    // What each open element is called, if it is a folder.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut lines = Lines::new(text);
    let mut has_any = false;
    loop {
        let line = lines.at(reader.buffer_position());
        let event = reader.read_event().map_err(|source| ImportError::Xml { line, source })?;
        let (element, is_empty) = match &event {
            Event::Start(element) => (element, false),
            Event::Empty(element) => (element, true),
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let mut folder = None;
        if element.local_name().as_ref().eq_ignore_ascii_case("outline") {
            has_any = true;
            let title = attribute(element, "title").or_else(|| attribute(element, "text")).unwrap_or_default();
            let title = inert::line(&title, 200);
            match attribute(element, "xmlUrl").filter(|url| !url.is_empty()) {
                Some(url) => {
                    let folders = open.iter().rev().flatten().take(MOST_FOLDERS).cloned().collect();
                    items.push(Outline { line, title, url, folders });
                }
                None if is_empty => {
                    skipped.push(Skipped {
                        line,
                        what: title,
                        reason: "it has no `xmlUrl`, and no feeds in it".to_owned(),
                    });
                }
                None => folder = Some(title),
            }
        }
        if !is_empty {
            open.push(folder);
        }
    }
    if has_any { Ok(Import { items, skipped }) } else { Err(ImportError::NoOutline) }
}

/// The attribute in any case, as readers differ: `xmlUrl`, `xmlurl`.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.html_attributes();
    let attributes = attributes.with_checks(false).flatten();
    let mut found = attributes.filter(|attribute| attribute.key.as_ref().eq_ignore_ascii_case(name));
    let raw = found.next()?.value.into_owned();
    // An entity that XML does not know stays as it is written.
    let value = quick_xml::escape::unescape(&raw).map_or(raw.clone(), std::borrow::Cow::into_owned);
    Some(value.trim().to_owned())
}

/// Counts lines while a reader goes on.
pub(super) struct Lines<'a> {
    text: &'a str,
    position: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, position: 0, line: 1 }
    }

    /// The line of what comes next at `position`, which never goes back.
    pub(super) fn at(&mut self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        let passed = &self.text.as_bytes()[self.position..position];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.position = position;
        let rest = &self.text.as_bytes()[position..];
        let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace());
        self.line + blank.filter(|byte| **byte == b'\n').count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
 <head><title>Feeds</title></head>
 <body>
  <outline text="Đối thủ">
   <outline text="Acme &amp; Co" title="Acme &amp; Co" type="rss"
     xmlUrl="https://blog.acme.example/feed?a=1&amp;b=2" htmlUrl="https://blog.acme.example/"/>
   <outline text="Status">
    <outline text="Acme status" xmlurl="https://status.acme.example/history.atom"></outline>
   </outline>
  </outline>
  <outline text="Google Alert - crm" xmlUrl="https://www.google.com/alerts/feeds/123/456"/>
  <outline text="Acme again" xmlUrl="https://blog.acme.example/feed?a=1&amp;b=2"/>
  <outline text="A note"/>
  <outline text="Mail" xmlUrl="mailto:a@b.example"/>
  <outline xmlUrl="https://nameless.example/rss"/>
 </body>
</opml>"#;

    #[test]
    fn feeds_become_sources_and_folders_labels() {
        let import = read(LIST).unwrap();
        let shown: Vec<_> = import
            .items
            .iter()
            .map(|block| format!("{} {} {} {:?}", block.id, block.plugin, block.params["url"], block.labels))
            .collect();
        assert_eq!(
            shown,
            [
                r#"acme-co feed https://blog.acme.example/feed?a=1&b=2 ["doi-thu"]"#,
                r#"acme-status feed https://status.acme.example/history.atom ["doi-thu", "status"]"#,
                "google-alert-crm google-alerts https://www.google.com/alerts/feeds/123/456 []",
                "nameless-example feed https://nameless.example/rss []",
            ]
        );
        assert!(import.items[2].is_user_feed);
    }

    #[test]
    fn what_is_no_feed_is_listed_with_its_line() {
        let skipped: Vec<_> = read(LIST).unwrap().skipped.iter().map(ToString::to_string).collect();
        assert_eq!(skipped.len(), 3, "{skipped:?}");
        assert!(skipped[0].starts_with("14: `A note`: it has no `xmlUrl`"), "{skipped:?}");
        assert!(skipped[1].starts_with("13: `Acme again"), "{skipped:?}");
        assert!(skipped[2].starts_with("15: `Mail mailto:a@b.example`"), "{skipped:?}");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "just words", "<html><body>x</body></html>", "<opml><body/></opml>"] {
            assert!(matches!(read(text), Err(ImportError::NoOutline)), "{text}");
        }
        assert!(matches!(read("<opml>\n<outline text='a'"), Err(ImportError::Xml { line: 2, .. })));
    }

    #[test]
    fn depth_and_entities_do_no_harm() {
        let deep = format!("<opml>{}", "<outline text=\"f\">".repeat(200_000));
        assert!(read(&deep).unwrap().items.is_empty());
        let bomb = "<!DOCTYPE opml [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><opml><outline text=\"&b;\" xmlUrl=\"https://a.example/\"/></opml>";
        assert_eq!(read(bomb).unwrap().items.len(), 1);
    }
}
