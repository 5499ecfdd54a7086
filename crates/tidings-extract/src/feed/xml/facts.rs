//! What the values of a feed and of its items say.

use jiff::Timestamp;

use super::{Capture, Reader};
use crate::date::{self, DayOrder};
use crate::feed::element::Element;
use crate::feed::item::{Draft, Links};
use crate::feed::value::{Markup, absolute};
use crate::feed::{Format, Repair};
use crate::html::Layout;
use crate::markup::Attributes;

impl<'a> Reader<'a> {
    pub(super) fn is_atom(&self) -> bool {
        matches!(self.format, Some(Format::Atom | Format::Atom03 | Format::Atom10))
    }

    fn title(&mut self, capture: &Capture<'_>, raw: &str) -> Option<String> {
        let default = if self.is_atom() { Markup::Plain } else { Markup::Guess };
        self.values.text(raw, Markup::of(capture.attributes, default), Layout::OneLine)
    }

    fn date(&mut self, raw: &str) -> Option<Timestamp> {
        let text = self.values.decoded(raw);
        let date = date::parse(text, self.order);
        if date.is_none() && !text.is_empty() {
            self.feed.repairs.add(Repair::UnreadableDate);
        }
        date
    }

    pub(super) fn feed_value(&mut self, capture: &Capture<'a>, raw: &str) {
        match capture.element {
            Element::Title if self.feed.title.is_none() => self.feed.title = self.title(capture, raw),
            Element::Link => self.link(capture, raw),
            Element::Language => {
                if let Some(lang) = self.values.line(raw) {
                    self.order = DayOrder::of_lang(&lang);
                    self.feed.lang = Some(lang);
                }
            }
            Element::Generator => self.feed.generator = self.values.line(raw),
            Element::Author if self.is_atom() => self.authors.extend(self.values.author(raw)),
            _ => {}
        }
    }

    pub(super) fn item_value(&mut self, capture: &Capture<'a>, raw: &str) {
        if capture.element == Element::Link {
            return self.link(capture, raw);
        }
        let Some(mut draft) = self.draft.take() else { return };
        match capture.element {
            Element::Title if draft.item.title.is_none() => draft.item.title = self.title(capture, raw),
            Element::MediaTitle if draft.media_title.is_none() => {
                draft.media_title = self.values.text(raw, Markup::Guess, Layout::OneLine);
            }
            Element::MediaText => {
                let text = self.values.text(raw, Markup::of(capture.attributes, Markup::Guess), Layout::Blocks);
                keep_longer(&mut draft.media_text, text);
            }
            Element::Summary => {
                let default = if self.is_atom() { Markup::Guess } else { Markup::Html };
                let text = self.values.text(raw, Markup::of(capture.attributes, default), Layout::Blocks);
                // Feeds with two descriptions give the longer one as the whole text.
                match &draft.item.summary {
                    Some(_) => keep_longer(&mut draft.item.content, text),
                    None => draft.item.summary = text,
                }
            }
            Element::Content => {
                let default = if self.is_atom() { Markup::Guess } else { Markup::Html };
                let text = self.values.text(raw, Markup::of(capture.attributes, default), Layout::Blocks);
                keep_longer(&mut draft.item.content, text);
            }
            Element::OriginalLink => draft.item.original_link = self.values.address(raw, self.bases.last()),
            Element::Id => self.id(&mut draft, capture, raw),
            Element::Published => draft.item.published = self.date(raw).or(draft.item.published),
            Element::Date => draft.date = self.date(raw).or(draft.date),
            Element::Updated => draft.item.updated = self.date(raw).or(draft.item.updated),
            Element::Created => draft.created = self.date(raw).or(draft.created),
            Element::Author => draft.authors.extend(self.values.author(raw)),
            Element::Category => self.category(&mut draft, capture, raw),
            Element::Keywords => {
                let keywords = self.values.line(raw).unwrap_or_default();
                keywords.split(',').map(str::trim).filter(|word| !word.is_empty()).for_each(|word| {
                    draft.add_category(word.to_owned());
                });
            }
            Element::Comments => draft.item.comments = self.values.address(raw, self.bases.last()),
            Element::Replies => draft.item.replies = self.values.decoded(raw).parse().ok().or(draft.item.replies),
            Element::Views => draft.item.views = number(capture, "views").or(draft.item.views),
            Element::Ratings => draft.item.ratings = number(capture, "count").or(draft.item.ratings),
            Element::Publisher => draft.item.publisher = self.values.line(raw).or(draft.item.publisher.take()),
            Element::Language => draft.item.lang = self.values.line(raw),
            _ => {}
        }
        self.draft = Some(draft);
    }

    fn id(&mut self, draft: &mut Draft, capture: &Capture<'_>, raw: &str) {
        let Some(id) = self.values.exact(raw) else { return };
        let permalink = Attributes::value(capture.attributes, "isPermaLink");
        if permalink.is_none_or(|value| value.trim().eq_ignore_ascii_case("true")) {
            draft.permalink = self.values.address(raw, self.bases.last());
        }
        draft.item.id = Some(id);
    }

    fn category(&mut self, draft: &mut Draft, capture: &Capture<'_>, raw: &str) {
        let label = self.values.attribute(capture.attributes, "label");
        let stated = label.or_else(|| self.values.attribute(capture.attributes, "term"));
        let category = match stated {
            Some(stated) => self.values.line(&stated),
            None => self.values.text(raw, Markup::Guess, Layout::OneLine),
        };
        if let Some(category) = category {
            draft.add_category(category);
        }
    }

    /// `<link>address</link>` of RSS and `<link rel="…" href="…"/>` of Atom, in each other's feeds too.
    fn link(&mut self, capture: &Capture<'a>, raw: &str) {
        let mut href = None;
        for name in ["href", "url", "uri"] {
            if href.is_none() && !capture.attributes.is_empty() {
                href = self.values.attribute(capture.attributes, name);
            }
        }
        let Some(href) = href else {
            if let Some(address) = self.values.address(raw, self.bases.last()) {
                self.links().add_page(address);
            }
            return;
        };
        let address = absolute(&href, self.bases.last());
        let attributes = capture.attributes;
        let rel = Attributes::value(attributes, "rel").unwrap_or("alternate").trim().to_ascii_lowercase();
        let kind = Attributes::value(attributes, "type").unwrap_or("text/html").trim().to_ascii_lowercase();
        let is_page = matches!(kind.as_str(), "" | "text/html" | "html" | "application/xhtml+xml" | "xhtml");
        match rel.as_str() {
            "" | "alternate" if is_page => self.links().add_page(address),
            "alternate" => self.links().add_other(address),
            "next" if self.draft.is_none() => self.feed.next = Some(address),
            "replies" => {
                if let Some(draft) = &mut self.draft {
                    let count = Attributes(attributes).find(|(name, _)| name.rsplit(':').next() == Some("count"));
                    draft.item.replies = count.and_then(|(_, count)| count.parse().ok()).or(draft.item.replies);
                    if is_page {
                        draft.item.comments = Some(address);
                    }
                }
            }
            _ => {}
        }
    }

    fn links(&mut self) -> &mut Links {
        match &mut self.draft {
            Some(draft) => &mut draft.links,
            None => &mut self.links,
        }
    }
}

fn number(capture: &Capture<'_>, name: &str) -> Option<u64> {
    Attributes::value(capture.attributes, name)?.trim().parse().ok()
}

fn keep_longer(kept: &mut Option<String>, text: Option<String>) {
    if text.as_ref().map_or(0, String::len) > kept.as_ref().map_or(0, String::len) {
        *kept = text;
    }
}
