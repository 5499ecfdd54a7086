//! Reads JSON Feed 1 and 1.1, item by item, so that a cut document gives what stands before the cut.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use url::Url;

use super::value::{absolute, guessed};
use super::{Feed, FeedError, Format, Item, MAX_CATEGORIES, MAX_ITEMS, Repair, SkipReason, Skipped, join_names};
use crate::date::{self, DayOrder};
use crate::html::{Layout, push_collapsed, push_plain};

pub(super) fn read(source: &str, base: Option<&Url>) -> Result<Feed, FeedError> {
    let (mut document, mut end) = document(source);
    let mut mended = None;
    if end.as_ref().is_err_and(|error| error.is_syntax()) && source.bytes().any(|byte| byte < 0x20) {
        // Raw line breaks in strings are a common fault; between values they are white space either way.
        let clean: String = source.chars().map(|c| if c < ' ' { ' ' } else { c }).collect();
        let again = self::document(&clean);
        if again.0.items.len() >= document.items.len() {
            (document, end) = again;
            mended = Some(Repair::ControlCharacters);
        }
    }
    if !document.has_items {
        return Err(match end {
            Err(source) => FeedError::Json { source },
            Ok(()) => FeedError::OtherJson,
        });
    }
    let mut feed = document.feed(base);
    mended.into_iter().for_each(|repair| feed.repairs.add(repair));
    match end {
        Err(_) => feed.repairs.add(Repair::Truncated),
        Ok(()) if feed.items.len() + feed.skipped.len() >= MAX_ITEMS => feed.repairs.add(Repair::TooManyItems),
        Ok(()) => {}
    }
    Ok(feed)
}

fn document(source: &str) -> (Document, serde_json::Result<()>) {
    let mut document = Document::default();
    let mut deserializer = serde_json::Deserializer::from_str(source);
    let end = deserializer.deserialize_any(&mut document);
    (document, end)
}

#[derive(Default)]
struct Document {
    facts: Map<String, Value>,
    items: Vec<Value>,
    has_items: bool,
}

impl<'de> Visitor<'de> for &mut Document {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON Feed object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "items" => {
                    self.has_items = true;
                    map.next_value_seed(Items(&mut self.items))?;
                }
                "title" | "home_page_url" | "next_url" | "language" | "version" | "author" | "authors" => {
                    let value = map.next_value()?;
                    self.facts.insert(key, value);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Keeps each item as soon as it is whole.
struct Items<'v>(&'v mut Vec<Value>);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while self.0.len() < MAX_ITEMS {
            match sequence.next_element()? {
                Some(item) => self.0.push(item),
                None => return Ok(()),
            }
        }
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom("`items` is an object, not an array"))
    }
}

impl Document {
    fn feed(mut self, base: Option<&Url>) -> Feed {
        let version = self.facts.get("version").and_then(Value::as_str).unwrap_or_default().trim();
        let format = match version.trim_end_matches('/').rsplit('/').next() {
            Some("1.1") => Format::Json11,
            Some("1") => Format::Json1,
            _ => Format::Json,
        };
        let mut feed = Feed {
            format,
            title: line(self.facts.get("title")),
            link: address(self.facts.get("home_page_url"), base),
            lang: line(self.facts.get("language")),
            next: address(self.facts.get("next_url"), base),
            ..Feed::default()
        };
        let authors = authors(&self.facts);
        let order = feed.lang.as_deref().map(DayOrder::of_lang).unwrap_or_default();
        for (position, value) in std::mem::take(&mut self.items).into_iter().enumerate() {
            let Value::Object(fields) = value else {
                feed.skipped.push(Skipped { position, reason: SkipReason::NotAnObject, item: Item::default() });
                continue;
            };
            let mut item = item(&fields, base, order, &mut feed.repairs);
            item.author = item.author.or_else(|| authors.clone());
            if item.is_readable() {
                feed.items.push(item);
            } else {
                feed.skipped.push(Skipped { position, reason: SkipReason::Empty, item });
            }
        }
        feed
    }
}

fn item(fields: &Map<String, Value>, base: Option<&Url>, order: DayOrder, repairs: &mut super::Repairs) -> Item {
    let mut date = |name: &str| {
        let text = scalar(fields.get(name)?)?;
        let date = date::parse(&text, order);
        if date.is_none() && !text.trim().is_empty() {
            repairs.add(Repair::UnreadableDate);
        }
        date
    };
    let (published, updated) = (date("date_published"), date("date_modified"));
    let html = fields.get("content_html").and_then(Value::as_str).map(|html| {
        let mut text = String::new();
        push_plain(html, Layout::Blocks, &mut text);
        text
    });
    let plain = lines(fields.get("content_text"));
    let content = [html.filter(|text| !text.is_empty()), plain].into_iter().flatten().next();
    let categories = fields.get("tags").and_then(Value::as_array).into_iter().flatten();
    Item {
        id: fields.get("id").and_then(scalar).map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()),
        title: line(fields.get("title")),
        link: address(fields.get("url"), base).or_else(|| address(fields.get("external_url"), base)),
        original_link: None,
        published,
        updated,
        author: authors(fields),
        summary: lines(fields.get("summary")),
        content,
        categories: categories.filter_map(|tag| line(Some(tag))).take(MAX_CATEGORIES).collect(),
        comments: None,
        replies: None,
        views: None,
        ratings: None,
        publisher: None,
        lang: line(fields.get("language")),
    }
}

/// Ids and dates may be numbers.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// JSON Feed's titles are plain text, yet many hold HTML.
fn line(value: Option<&Value>) -> Option<String> {
    let text = scalar(value?)?;
    guessed(&text, Layout::OneLine)
}

fn lines(value: Option<&Value>) -> Option<String> {
    let mut text = String::new();
    push_collapsed(value?.as_str()?, Layout::Lines, &mut text);
    (!text.is_empty()).then_some(text)
}

fn address(value: Option<&Value>, base: Option<&Url>) -> Option<String> {
    let text = value?.as_str()?.trim();
    (!text.is_empty()).then(|| absolute(text, base))
}

/// `authors` of version 1.1, else `author` of version 1.
fn authors(fields: &Map<String, Value>) -> Option<String> {
    let several = fields.get("authors").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<String> =
        several.chain(fields.get("author")).filter_map(|author| line(author.get("name"))).collect();
    join_names(&names)
}
