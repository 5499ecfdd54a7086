//! Posts of a page that states nothing: blocks that look alike, each with an author, a time and some text.

use std::collections::HashMap;

use scraper::{ElementRef, Html};

use super::element::{Scope, body_of, first, select, text_of};
use super::{MAX_POSTS, Post, Raw, moment};

/// Most elements of a page that are looked at.
const MAX_ELEMENTS: usize = 60_000;
/// Most groups of like blocks that are read, largest first.
const MAX_GROUPS: usize = 40;
/// Shortest text of a block that may be a post, author and time included, in bytes.
const MIN_TEXT: usize = 20;

const AUTHOR: &str = "[rel~='author'], [class*='author' i], [class*='username' i], [class*='user-name' i], [class*='nick' i], [class*='poster' i], a[href*='/user'], a[href*='/member'], a[href*='/profile'], a[href*='profile.php'], a[href*='member.php'], a[href*='/u/'], a[href*='/@'], a[href*='/people/']";
const TIME: &str = "time, [datetime], [data-time], [data-timestamp], [class*='date' i], [class*='time' i], [class*='posted' i], [class*='ago' i], abbr[title]";
const BODY: &str = "[class*='content' i], [class*='body' i], [class*='message' i], [class*='text' i], [class*='entry' i], [class*='prose' i], [class*='markdown' i], blockquote, td, article";

/// The posts of the group of like blocks that holds most of them.
pub(super) fn read(document: &Html, _scope: &Scope<'_>) -> Raw {
    let mut groups: HashMap<String, Vec<ElementRef<'_>>> = HashMap::new();
    for element in
        select(document.root_element(), "div, li, article, tr, section, table, dl").into_iter().take(MAX_ELEMENTS)
    {
        if let Some(signature) = signature(element) {
            groups.entry(signature).or_default().push(element);
        }
    }
    let alone: Vec<ElementRef<'_>> =
        groups.values().filter(|members| members.len() == 1).map(|members| members[0]).collect();
    let mut groups: Vec<(String, Vec<ElementRef<'_>>)> =
        groups.into_iter().filter(|(_, members)| members.len() >= 2).collect();
    groups.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    let mut best: Vec<(Post, Option<String>)> = Vec::new();
    let mut best_weight = 0;
    for (_, members) in groups.into_iter().filter(|(_, members)| is_thread_like(members)).take(MAX_GROUPS) {
        let posts: Vec<_> = members.iter().take(MAX_POSTS).filter_map(|member| post(*member)).collect();
        // A group whose members mostly lack a part is something else.
        if posts.len() < 2 || posts.len() * 5 < members.len() * 3 {
            continue;
        }
        let weight: usize = posts.iter().map(|(post, _)| post.text.len().min(400) + 40).sum();
        if weight > best_weight {
            (best, best_weight) = (posts, weight);
        }
    }
    if best.is_empty() {
        best.extend(only(&alone));
    }
    Raw { read_by: "repeated blocks", known: false, title: None, posts: best }
}

/// The one post of a page: the last of a thread may hold no more. Only its class tells it from other things.
fn only(alone: &[ElementRef<'_>]) -> Option<(Post, Option<String>)> {
    const NAMES: [&str; 6] = ["post", "comment", "reply", "message", "answer", "beitrag"];
    let named = |block: &&ElementRef<'_>| {
        let mut classes = block.value().classes();
        classes.any(|class| class.split(['-', '_']).any(|part| NAMES.contains(&part.to_ascii_lowercase().as_str())))
    };
    let posts = alone.iter().filter(named).take(MAX_GROUPS).filter_map(|block| post(*block));
    posts.max_by(|a, b| a.0.text.len().cmp(&b.0.text.len()).then_with(|| b.0.id.cmp(&a.0.id)))
}

/// The first few members tell whether the rest is worth reading.
fn is_thread_like(members: &[ElementRef<'_>]) -> bool {
    let sample = &members[..members.len().min(4)];
    let fits =
        sample.iter().filter(|member| first(**member, TIME).is_some() && first(**member, AUTHOR).is_some()).count();
    fits * 2 >= sample.len()
}

/// What like blocks share: their tag and classes, without numbers. Answers inside answers have other parents.
fn signature(element: ElementRef<'_>) -> Option<String> {
    let own = classes(element);
    (!own.is_empty()).then(|| format!("{}.{own}", element.value().name()))
}

fn classes(element: ElementRef<'_>) -> String {
    const PASSING: [&str; 12] =
        ["odd", "even", "first", "last", "new", "unread", "active", "alt", "bg1", "bg2", "op", "owner"];
    let mut names: Vec<String> = element
        .value()
        .classes()
        .filter(|name| !PASSING.contains(name))
        .map(|name| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>())
        .filter(|name| !name.is_empty())
        .take(2)
        .collect();
    if names.is_empty()
        && let Some(id) = element.attr("id")
    {
        names.push(id.chars().filter(|c| !c.is_ascii_digit()).take(20).collect());
    }
    names.join(".")
}

fn post(block: ElementRef<'_>) -> Option<(Post, Option<String>)> {
    let nested = |inner: ElementRef<'_>| inner != block && is_like(inner, block);
    let times = select(block, TIME).into_iter().take(12);
    let (time, date) =
        times.filter(|time| nearest(*time, block)).find_map(|time| Some((time, moment::stated(time)?)))?;
    let authors = select(block, AUTHOR).into_iter().take(12).filter(|found| nearest(*found, block));
    let (author_element, author) = authors.filter_map(|found| Some((found, author_name(found)?))).next()?;
    let apart = |inner: ElementRef<'_>| nested(inner) || inner == time || inner == author_element;
    let body = select(block, BODY)
        .into_iter()
        .take(24)
        .filter(|body| nearest(*body, block) && !holds(*body, time) && !holds(*body, author_element))
        .map(|body| body_of(body, &nested))
        .max_by_key(String::len)
        .filter(|text| text.len() >= MIN_TEXT / 4);
    let text = body.unwrap_or_else(|| body_of(block, &apart));
    if text.is_empty() || is_line_of_list(block, author_element, &text) {
        return None;
    }
    let id = block.attr("id").or_else(|| block.attr("data-id")).map(str::to_owned);
    let url = select(block, "a[href*='#'], a[rel~='bookmark']").into_iter().find_map(|link| link.attr("href"));
    let url = url.filter(|href| href.len() > 1).map(str::to_owned);
    Some((Post { id, author: Some(author), text, url, ..Post::default() }, Some(date)))
}

/// Whether the block is little more than a link to somewhere else: a line of a list.
fn is_line_of_list(block: ElementRef<'_>, author: ElementRef<'_>, text: &str) -> bool {
    let links =
        select(block, "a[href]").into_iter().take(40).filter(|link| !holds(author, *link) && nearest(*link, block));
    let longest = links.map(|link| text_of(link).len()).max().unwrap_or(0);
    longest >= 12 && longest * 2 >= text.len()
}

fn is_like(inner: ElementRef<'_>, block: ElementRef<'_>) -> bool {
    inner.value().name() == block.value().name() && classes(inner) == classes(block)
}

/// Whether an element belongs to this block, and not to an answer inside it.
fn nearest(element: ElementRef<'_>, block: ElementRef<'_>) -> bool {
    element
        .ancestors()
        .filter_map(ElementRef::wrap)
        .find(|parent| is_like(*parent, block))
        .is_none_or(|parent| parent == block)
}

fn holds(outer: ElementRef<'_>, inner: ElementRef<'_>) -> bool {
    outer == inner || inner.ancestors().any(|parent| parent.id() == outer.id())
}

fn author_name(element: ElementRef<'_>) -> Option<String> {
    let link = first(element, "a[href], [class*='name' i], strong, b").map(text_of).filter(|text| !text.is_empty());
    let name = link.unwrap_or_else(|| text_of(element));
    let name = ["by ", "von ", "bởi "].iter().find_map(|lead| name.strip_prefix(lead)).unwrap_or(&name).trim();
    Some(name.to_owned()).filter(|name| !name.is_empty() && name.chars().count() <= 60)
}
