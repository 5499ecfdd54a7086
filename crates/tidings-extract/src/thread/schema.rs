//! Posts that a page states by schema.org, as microdata or as JSON-LD.

use scraper::{ElementRef, Html};
use serde_json::Value;

use super::element::{body_of, select, text_of};
use super::{MAX_POSTS, Post, Raw, moment};

const TYPES: [&str; 7] =
    ["DiscussionForumPosting", "SocialMediaPosting", "Question", "Answer", "Comment", "UserComments", "Message"];
/// Deepest nesting of answers to answers that is followed.
const MAX_LEVELS: usize = 40;

/// The items of a page marked by `itemtype`, in the order of the page.
pub(super) fn microdata(document: &Html) -> Raw {
    let items = select(document.root_element(), "[itemscope][itemtype]").into_iter();
    let items: Vec<_> = items.filter(|item| is_posting(item.attr("itemtype").unwrap_or_default())).collect();
    let posts = items.iter().take(MAX_POSTS).filter_map(|item| microdata_post(*item)).collect();
    let title = items.first().and_then(|item| own(*item, &["headline", "name"])).map(content);
    Raw { read_by: "schema.org microdata", known: false, title, posts }
}

fn is_posting(kind: &str) -> bool {
    let name = kind.rsplit(['/', '#', ':']).next().unwrap_or_default();
    TYPES.contains(&name)
}

fn microdata_post(item: ElementRef<'_>) -> Option<(Post, Option<String>)> {
    let body = own(item, &["text", "articleBody", "commentText", "description"])?;
    let nested = |inner: ElementRef<'_>| inner.attr("itemtype").is_some_and(is_posting);
    let text = match body.attr("content") {
        Some(text) => text.trim().to_owned(),
        None => body_of(body, &nested),
    };
    if text.is_empty() {
        return None;
    }
    let author =
        own(item, &["author", "creator"]).map(|author| own(author, &["name"]).map_or_else(|| content(author), content));
    let date = own(item, &["datePublished", "dateCreated", "commentTime"]).and_then(moment::stated);
    let url =
        own(item, &["url", "mainEntityOfPage"]).and_then(|link| link.attr("href").or_else(|| link.attr("content")));
    let id = item.attr("id").or_else(|| item.attr("data-pid")).or_else(|| item.attr("data-id"));
    let score = own(item, &["upvoteCount"]).and_then(|count| super::profile::number(&content(count)));
    let post = Post {
        id: id.map(str::to_owned),
        author: author.filter(|author| !author.is_empty()),
        text,
        url: url.map(str::to_owned),
        score,
        ..Post::default()
    };
    Some((post, date))
}

/// The element of one of an item's own properties, not of an item inside it.
fn own<'a>(item: ElementRef<'a>, names: &[&str]) -> Option<ElementRef<'a>> {
    let props = select(item, "[itemprop]");
    names.iter().find_map(|name| {
        let named = |prop: &&ElementRef<'_>| {
            prop.attr("itemprop").is_some_and(|props| props.split_whitespace().any(|prop| prop == *name))
        };
        props.iter().filter(named).find(|prop| belongs(**prop, item)).copied()
    })
}

fn belongs(prop: ElementRef<'_>, item: ElementRef<'_>) -> bool {
    let scope = prop.ancestors().filter_map(ElementRef::wrap).find(|parent| parent.attr("itemscope").is_some());
    scope.is_some_and(|scope| scope == item)
}

fn content(element: ElementRef<'_>) -> String {
    element.attr("content").map_or_else(|| text_of(element), |content| content.trim().to_owned())
}

/// The posts of the page's JSON-LD.
pub(super) fn json_ld(document: &Html) -> Raw {
    let mut raw = Raw { read_by: "schema.org JSON-LD", ..Raw::default() };
    for script in select(document.root_element(), "script[type='application/ld+json']").into_iter().take(20) {
        let text: String = script.text().collect();
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            find(&value, 0, &mut raw);
        }
    }
    raw
}

fn find(value: &Value, level: usize, raw: &mut Raw) {
    if level > MAX_LEVELS || raw.posts.len() >= MAX_POSTS {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| find(item, level + 1, raw)),
        Value::Object(object) => {
            let posting = names(&object.get("@type").cloned().unwrap_or_default()).iter().any(|name| is_posting(name));
            if posting {
                push_ld(value, raw);
            }
            for key in ["@graph", "mainEntity", "acceptedAnswer", "suggestedAnswer", "comment", "hasPart"] {
                if let Some(inner) = object.get(key) {
                    find(inner, level + 1, raw);
                }
            }
        }
        _ => {}
    }
}

fn names(value: &Value) -> Vec<String> {
    match value {
        Value::String(name) => vec![name.clone()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn push_ld(value: &Value, raw: &mut Raw) {
    let string = |keys: &[&str]| {
        keys.iter().find_map(|key| value.get(*key)?.as_str()).map(str::trim).filter(|text| !text.is_empty())
    };
    if raw.title.is_none() {
        raw.title = string(&["headline", "name"]).map(crate::html::plain_text);
    }
    let Some(text) = string(&["text", "articleBody"]) else { return };
    let author = value.get("author").and_then(|author| {
        let author = author.get(0).unwrap_or(author);
        author.get("name").unwrap_or(author).as_str()
    });
    let post = Post {
        id: string(&["identifier"]).map(str::to_owned),
        author: author.map(str::to_owned),
        text: crate::html::plain_text(text),
        url: string(&["url", "@id"]).map(str::to_owned),
        score: value.get("upvoteCount").and_then(Value::as_i64),
        ..Post::default()
    };
    raw.posts.push((post, string(&["datePublished", "dateCreated"]).map(str::to_owned)));
}
