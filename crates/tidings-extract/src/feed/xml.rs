//! Reads XML feeds in one pass over the source: no tree, no copy of what is not kept, whatever is missing or left over.

mod facts;

use std::borrow::Cow;

use url::Url;

use super::element::{Element, Namespace};
use super::item::{Draft, Links};
use super::value::{Values, absolute};
use super::{Feed, FeedError, Format, Item, MAX_DEPTH, MAX_ITEMS, Repair, SkipReason, Skipped, join_names};
use crate::date::{self, DayOrder};
use crate::markup::{Attributes, Scanner, Tag, Token};

pub(super) fn read(source: &str, base: Option<&Url>) -> Result<Feed, FeedError> {
    Reader::new(source, base).run()
}

/// Whose facts an element states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Outside,
    Feed,
    Item,
    /// Of something else: an image, the source of a copied item.
    Elsewhere,
}

/// An element whose end tag has not come yet.
struct Open<'a> {
    name: &'a str,
    element: Element,
    place: Place,
    scope: Scope,
}

/// What an element changed for what is inside of it, to be undone at its end.
#[derive(Clone, Copy)]
struct Scope {
    namespaces: usize,
    bases: usize,
}

/// A value that is being read.
struct Capture<'a> {
    name: &'a str,
    element: Element,
    attributes: &'a str,
    start: usize,
    /// Elements of the same name inside of it.
    nested: u32,
    scope: Scope,
}

struct Reader<'a> {
    source: &'a str,
    scanner: Scanner<'a>,
    open: Vec<Open<'a>>,
    capture: Option<Capture<'a>>,
    namespaces: Vec<(&'a str, Namespace)>,
    bases: Vec<Url>,
    values: Values,
    /// The first element outside of any feed.
    stray: Option<&'a str>,
    junk: bool,
    format: Option<Format>,
    feed: Feed,
    links: Links,
    authors: Vec<String>,
    order: DayOrder,
    draft: Option<Box<Draft>>,
    /// Items so far, read or skipped.
    count: usize,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str, base: Option<&Url>) -> Self {
        Self {
            source,
            scanner: Scanner::new(source),
            open: Vec::with_capacity(16),
            capture: None,
            namespaces: Vec::with_capacity(16),
            bases: base.cloned().into_iter().collect(),
            values: Values::default(),
            stray: None,
            junk: false,
            format: None,
            feed: Feed::default(),
            links: Links::default(),
            authors: Vec::new(),
            order: DayOrder::default(),
            draft: None,
            count: 0,
        }
    }

    fn run(mut self) -> Result<Feed, FeedError> {
        while let Some(token) = self.scanner.next() {
            match token {
                Token::Start(tag) => self.start(tag)?,
                Token::End(name) => self.end(name),
                Token::Doctype(text) if self.format.is_none() && is_html_doctype(text) => return Err(FeedError::Html),
                Token::Text(text) if self.format.is_none() => self.junk |= !text.trim().is_empty(),
                _ => {}
            }
            if self.count >= MAX_ITEMS {
                self.feed.repairs.add(Repair::TooManyItems);
                break;
            }
        }
        self.finish()
    }

    fn start(&mut self, tag: Tag<'a>) -> Result<(), FeedError> {
        if let Some(capture) = &mut self.capture {
            let is_item = self.open.last().is_some_and(|open| open.element == Element::Item && open.name == tag.name);
            if capture.name == tag.name && !is_item {
                capture.nested += u32::from(!tag.empty);
                return Ok(());
            }
            if !is_item && capture.element.holds_markup() {
                return Ok(());
            }
            let (namespace, local) = self.resolve(tag.name);
            let element = Element::of(namespace, local);
            if !element.is_value() && element != Element::Item {
                return Ok(());
            }
            // The value before this element was never closed.
            self.feed.repairs.add(Repair::UnclosedElement);
            self.end_capture(self.scanner.token_start());
        }
        let scope = Scope { namespaces: self.namespaces.len(), bases: self.bases.len() };
        if !tag.attributes.is_empty() {
            self.declare(tag.attributes);
        }
        let (namespace, local) = self.resolve(tag.name);
        let mut element = Element::of(namespace, local);
        if element == Element::Publisher && self.is_atom() {
            element = Element::Other;
        }
        if self.format.is_none() {
            self.enter(&tag, element)?;
        }
        if element == Element::Item {
            self.start_item();
        }
        let place = self.place(element);
        let around = self.open.last().map_or(Place::Outside, |open| open.place);
        if element.is_value() && matches!(around, Place::Feed | Place::Item) {
            let start = self.scanner.position();
            let capture = Capture { name: tag.name, element, attributes: tag.attributes, start, nested: 0, scope };
            self.capture = Some(capture);
            if tag.empty {
                self.end_capture(start);
            }
            return Ok(());
        }
        // An item is open once at most, so that it is always found costs no more depth than one.
        if self.open.len() >= MAX_DEPTH && element != Element::Item {
            self.feed.repairs.add(Repair::TooDeep);
            self.leave(scope);
            return Ok(());
        }
        self.open.push(Open { name: tag.name, element, place, scope });
        self.attributes_of_container(element, tag.attributes);
        if tag.empty {
            self.close_last();
        }
        Ok(())
    }

    /// The first element of a feed decides the format.
    fn enter(&mut self, tag: &Tag<'a>, element: Element) -> Result<(), FeedError> {
        let version = Attributes::value(tag.attributes, "version").unwrap_or_default().trim();
        let format = match element {
            Element::Rss => match version {
                "0.90" => Format::Rss090,
                "0.91" => Format::Rss091,
                "0.92" => Format::Rss092,
                "0.93" => Format::Rss093,
                "0.94" => Format::Rss094,
                _ if version.starts_with('2') => Format::Rss20,
                _ => Format::Rss,
            },
            Element::Rdf if tag.attributes.contains("purl.org/rss/1.0/") => Format::Rss10,
            Element::Rdf => Format::Rss090,
            Element::AtomFeed if tag.attributes.contains("purl.org/atom/ns") || version == "0.3" => Format::Atom03,
            Element::AtomFeed if tag.attributes.to_ascii_lowercase().contains("w3.org/2005/atom") => Format::Atom10,
            Element::AtomFeed => Format::Atom,
            Element::Channel if Attributes::value(tag.attributes, "href").is_some() => Format::Cdf,
            Element::Channel | Element::Item => Format::Rss,
            _ => {
                if ["html", "head", "body"].iter().any(|name| tag.name.eq_ignore_ascii_case(name)) {
                    return Err(FeedError::Html);
                }
                self.stray.get_or_insert(tag.name);
                return Ok(());
            }
        };
        self.format = Some(format);
        if self.junk {
            self.feed.repairs.add(Repair::LeadingJunk);
        }
        // Junk that was never closed must not count as the feed's surroundings.
        self.open.clear();
        Ok(())
    }

    fn place(&self, element: Element) -> Place {
        let around = self.open.last().map_or(Place::Outside, |open| open.place);
        match element {
            Element::Rss | Element::Rdf | Element::AtomFeed if around == Place::Outside => Place::Feed,
            Element::Channel if !self.open.iter().any(|open| open.element == Element::Channel) => Place::Feed,
            Element::Item => Place::Item,
            Element::Group if around == Place::Item => Place::Item,
            _ => Place::Elsewhere,
        }
    }

    fn start_item(&mut self) {
        if let Some(unclosed) = self.open.iter().position(|open| open.element == Element::Item) {
            self.feed.repairs.add(Repair::UnclosedElement);
            while self.open.len() > unclosed {
                self.close_last();
            }
        }
        self.draft = Some(Box::default());
    }

    /// What item and channel say in their own tag: RSS 1.0's `rdf:about`, CDF's `href` and `lastmod`.
    fn attributes_of_container(&mut self, element: Element, attributes: &'a str) {
        if attributes.is_empty()
            || !matches!(element, Element::Item | Element::Channel | Element::AtomFeed | Element::Rss)
        {
            return;
        }
        let href = self.values.attribute(attributes, "href").map(|href| absolute(&href, self.bases.last()));
        let about = Attributes(attributes).map(|(name, _)| name).find(|name| name.ends_with(":about"));
        let about = about.and_then(|name| self.values.attribute(attributes, name)).map(Cow::into_owned);
        let lang = self.values.attribute(attributes, "xml:lang").map(Cow::into_owned);
        let modified = self.values.attribute(attributes, "lastmod").and_then(|value| date::parse(&value, self.order));
        if element != Element::Item {
            if let Some(lang) = lang {
                self.order = DayOrder::of_lang(&lang);
                self.feed.lang.get_or_insert(lang);
            }
            if let Some(href) = href {
                self.links.add_other(href);
            }
            return;
        }
        let Some(draft) = &mut self.draft else { return };
        draft.item.id = about;
        draft.item.lang = lang;
        draft.item.updated = modified;
        if let Some(href) = href {
            draft.links.add_other(href);
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(capture) = &mut self.capture {
            if name.eq_ignore_ascii_case(capture.name) {
                if capture.nested > 0 {
                    capture.nested -= 1;
                } else {
                    self.end_capture(self.scanner.token_start());
                }
                return;
            }
            if !self.open.iter().any(|open| open.name == name && open.element != Element::Other) {
                return;
            }
            self.feed.repairs.add(Repair::UnclosedElement);
            self.end_capture(self.scanner.token_start());
        }
        let Some(at) = self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)) else { return };
        if at + 1 < self.open.len() {
            self.feed.repairs.add(Repair::UnclosedElement);
        }
        while self.open.len() > at {
            self.close_last();
        }
    }

    fn close_last(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.leave(open.scope);
        if open.element == Element::Item {
            self.end_item();
        }
    }

    fn end_item(&mut self) {
        let Some(draft) = self.draft.take() else { return };
        let position = self.count;
        self.count += 1;
        let item = draft.finish();
        if item.is_readable() {
            self.feed.items.push(item);
        } else {
            self.feed.skipped.push(Skipped { position, reason: SkipReason::Empty, item });
        }
    }

    fn end_capture(&mut self, end: usize) {
        let Some(capture) = self.capture.take() else { return };
        let raw = &self.source[capture.start..end];
        if self.draft.is_some() {
            self.item_value(&capture, raw)
        } else {
            self.feed_value(&capture, raw)
        }
        self.leave(capture.scope);
    }

    fn leave(&mut self, scope: Scope) {
        self.namespaces.truncate(scope.namespaces);
        self.bases.truncate(scope.bases);
    }

    /// Takes up the namespaces and the base that a tag declares.
    fn declare(&mut self, attributes: &'a str) {
        if !attributes.contains("xml") {
            return;
        }
        for (name, value) in Attributes(attributes) {
            if let Some(prefix) = name.strip_prefix("xmlns") {
                let prefix = prefix.strip_prefix(':').unwrap_or(prefix);
                let namespace = Namespace::of_address(value).or_else(|| Namespace::of_prefix(prefix));
                self.namespaces.push((prefix, namespace.unwrap_or(Namespace::Other)));
            } else if name == "xml:base" {
                let joined = match self.bases.last() {
                    Some(base) => base.join(value.trim()),
                    None => Url::parse(value.trim()),
                };
                // A base that is no address leaves the one before in force.
                self.bases.extend(joined);
            }
        }
    }

    fn resolve<'n>(&mut self, name: &'n str) -> (Namespace, &'n str) {
        let colon = name.bytes().position(|byte| byte == b':');
        let (prefix, local) = colon.map_or(("", name), |at| (&name[..at], &name[at + 1..]));
        let declared = self.namespaces.iter().rev().find(|(known, _)| *known == prefix);
        let namespace = match declared {
            Some((_, namespace)) => *namespace,
            None => {
                if !prefix.is_empty() && self.format.is_some() {
                    self.feed.repairs.add(Repair::UndeclaredPrefix);
                }
                Namespace::of_prefix(prefix).unwrap_or(Namespace::Other)
            }
        };
        (namespace, local)
    }

    fn finish(mut self) -> Result<Feed, FeedError> {
        let Some(format) = self.format else {
            return Err(self.not_a_feed());
        };
        let is_open = self.capture.is_some() || !self.open.is_empty();
        if (self.scanner.is_cut() || is_open) && !self.feed.repairs.contains(Repair::TooManyItems) {
            self.feed.repairs.add(Repair::Truncated);
        }
        self.end_capture(self.source.len());
        while !self.open.is_empty() {
            self.close_last();
        }
        let mut feed = self.feed;
        feed.format = format;
        feed.link = self.links.best();
        if self.values.oddities.bare_ampersand {
            feed.repairs.add(Repair::BareAmpersand);
        }
        if self.values.oddities.undeclared_entity {
            feed.repairs.add(Repair::UndeclaredEntity);
        }
        if let Some(author) = join_names(&self.authors) {
            inherit_author(&mut feed.items, &author);
        }
        Ok(feed)
    }

    fn not_a_feed(&self) -> FeedError {
        const HTML: [&str; 14] =
            ["title", "meta", "link", "script", "style", "div", "p", "a", "h1", "br", "span", "table", "b", "img"];
        match self.stray {
            Some(name) if HTML.iter().any(|html| name.eq_ignore_ascii_case(html)) => FeedError::Html,
            Some(name) => FeedError::NotAFeed { found: format!("`<{}>`", name.chars().take(40).collect::<String>()) },
            None => FeedError::NotAFeed { found: "text without markup".to_owned() },
        }
    }
}

fn is_html_doctype(doctype: &str) -> bool {
    let name = doctype["<!doctype".len()..].trim_start();
    name.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"))
}

pub(super) fn inherit_author(items: &mut [Item], author: &str) {
    for item in items.iter_mut().filter(|item| item.author.is_none()) {
        item.author = Some(author.to_owned());
    }
}
