//! Forum pages: the posts of a thread and the topics of a list, whatever software wrote the page.
//!
//! Known software is read by its own marks, other pages by schema.org and microformats, and the rest by the blocks that
//! repeat on them. Nothing is fetched, and no clock is read.

mod block;
mod element;
pub mod json;
mod listing;
mod moment;
mod profile;
mod profiles;
mod schema;

use std::collections::HashMap;

use jiff::{Timestamp, Zoned};
use scraper::Html;
use url::Url;

use crate::date::DayOrder;
use crate::html::{NoTree, noscript_as_part, tree};

use element::{Scope, text_of};
use moment::Moments;

/// Most posts of one page; no forum shows more.
pub const MAX_POSTS: usize = 2_000;
/// Most topics of one page.
pub const MAX_TOPICS: usize = 2_000;

/// One post of a thread.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Post {
    /// What the software calls it, unique on its site; none of software that is not known.
    pub id: Option<String>,
    pub author: Option<String>,
    pub published: Option<Timestamp>,
    /// Plain text, quotes included as readers see them.
    pub text: String,
    pub url: Option<String>,
    /// 1 for the post that opens the thread, where the page numbers its posts.
    pub position: Option<u32>,
    pub score: Option<i64>,
}

/// One line of a list of threads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topic {
    pub title: String,
    pub href: String,
    pub replies: Option<u64>,
    pub views: Option<u64>,
    /// When somebody wrote last.
    pub last: Option<Timestamp>,
    /// Pinned above the others, whatever its age.
    pub sticky: bool,
}

/// What a page of a forum shows. A list has topics and no posts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThreadPage {
    /// The software, or the way the page was read.
    pub read_by: &'static str,
    pub title: String,
    pub posts: Vec<Post>,
    pub topics: Vec<Topic>,
    /// The page after this one.
    pub next: Option<String>,
    /// A list of known software, without a topic.
    pub empty_list: bool,
    /// The page asks for a login, and shows neither posts nor topics.
    pub wall: bool,
    /// BCP 47, as the page says it.
    pub lang: Option<String>,
}

/// Reads a page of a forum. Links are resolved against `url`; relative dates need `now`, and stay unread without it.
/// Times without a zone are in that of `now`, in UTC without it.
///
/// # Errors
///
/// When no tree is built of the page, for its size or its nesting.
pub fn read(html: &str, url: Option<&Url>, now: Option<&Zoned>) -> Result<ThreadPage, NoTree> {
    let read = read_markup(html, url, now)?;
    if read.posts.is_empty() && read.topics.is_empty() && html.contains("<noscript") {
        // Software that draws its pages by script keeps them here for readers without.
        let plain = noscript_as_part(html);
        let plain = read_markup(&plain, url, now)?;
        if !plain.posts.is_empty() || !plain.topics.is_empty() {
            return Ok(plain);
        }
    }
    Ok(read)
}

fn read_markup(html: &str, url: Option<&Url>, now: Option<&Zoned>) -> Result<ThreadPage, NoTree> {
    let document = tree(html)?;
    let scope = Scope::new(&document, url);
    let order = scope.lang.as_deref().map_or(DayOrder::Unknown, DayOrder::of_lang);
    let mut page = posts(&document, &scope);
    let mut read = page.finish(&scope, Moments::new(order, now));
    if !page.known {
        let marked = listing::marked(&document, &scope, order, now);
        let topics =
            if marked.is_empty() && read.posts.is_empty() { listing::repeated(&document, &scope) } else { marked };
        if topics.len() > 1 || (topics.len() == 1 && read.posts.len() < 2) {
            read.posts.clear();
            read.topics = topics;
        }
    }
    read.title = page.title.take().filter(|title| !title.is_empty()).unwrap_or_else(|| title(&document));
    read.next = next(&document, &scope);
    let nothing = read.posts.is_empty() && read.topics.is_empty();
    read.wall = nothing && asks_for_login(&document);
    read.empty_list = nothing && !read.wall && is_list(&document);
    read.lang.clone_from(&scope.lang);
    Ok(read)
}

/// Posts before their dates are read: the order of day and month shows only in all of them.
#[derive(Default)]
struct Raw {
    read_by: &'static str,
    /// Read by the marks of its software.
    known: bool,
    title: Option<String>,
    posts: Vec<(Post, Option<String>)>,
}

impl Raw {
    fn finish(&mut self, scope: &Scope<'_>, mut moments: Moments<'_>) -> ThreadPage {
        let dates = self.posts.iter().filter_map(|(_, date)| date.as_deref());
        moments.learn(dates);
        let mut posts: Vec<Post> = Vec::with_capacity(self.posts.len());
        for (mut post, date) in self.posts.drain(..).take(MAX_POSTS) {
            post.published = date.and_then(|date| moments.read(&date));
            post.url = post.url.and_then(|href| scope.absolute(&href));
            posts.push(post);
        }
        if !self.known {
            distinct(&mut posts);
        }
        ThreadPage { read_by: self.read_by, posts, ..ThreadPage::default() }
    }
}

/// Of software that nobody knows an id may count within its page only, and a link lead to anything: ids go, and of links
/// those that several posts share.
fn distinct(posts: &mut [Post]) {
    let mut count: HashMap<String, usize> = HashMap::new();
    for url in posts.iter().filter_map(|post| post.url.as_ref()) {
        *count.entry(url.clone()).or_default() += 1;
    }
    for post in posts {
        post.id = None;
        post.url = post.url.take().filter(|url| count.get(url) == Some(&1));
    }
}

fn posts(document: &Html, scope: &Scope<'_>) -> Raw {
    if let Some(raw) = profile::read(document) {
        return raw;
    }
    let stated = [schema::microdata(document), schema::json_ld(document)]
        .into_iter()
        .max_by_key(|raw| raw.posts.len())
        .unwrap_or_default();
    if stated.posts.len() >= 2 {
        return stated;
    }
    let repeated = block::read(document, scope);
    if repeated.posts.len() > stated.posts.len() { repeated } else { stated }
}

/// The title of a page whose software does not say which element it is.
fn title(document: &Html) -> String {
    let heads = element::select(document.root_element(), "h1");
    let mut heads = heads.into_iter().map(text_of).filter(|text| !text.is_empty());
    let page = element::first(document.root_element(), "title").map(text_of).unwrap_or_default();
    // The heading of a site's own name is no title of a thread.
    let head = heads.find(|head| page.is_empty() || page.to_lowercase().contains(&head.to_lowercase()));
    let starts = |head: &String| page.is_empty() || page.to_lowercase().starts_with(&head.to_lowercase());
    match head {
        Some(head) if starts(&head) => head,
        head => {
            let stated = element::first(document.root_element(), "meta[property='og:title']@content");
            let stated = stated.and_then(|meta| meta.attr("content")).map(str::trim).filter(|text| !text.is_empty());
            stated.map(str::to_owned).or(head).unwrap_or_else(|| without_site(&page).to_owned())
        }
    }
}

/// A page's title without the site's name behind it.
fn without_site(title: &str) -> &str {
    let cut = [" | ", " — ", " – ", " - ", " • ", " · ", " :: "].iter().filter_map(|sign| title.rfind(sign)).max();
    cut.map_or(title, |at| title[..at].trim())
}

const NEXT_WORDS: [&str; 22] = [
    "next",
    "next page",
    "older",
    "more",
    "tiếp",
    "tiếp theo",
    "trang sau",
    "trang kế",
    "sau",
    "weiter",
    "nächste",
    "nächste seite",
    "suivant",
    "suivante",
    "siguiente",
    "próximo",
    "›",
    "»",
    ">",
    ">>",
    "→",
    "next ›",
];

fn next(document: &Html, scope: &Scope<'_>) -> Option<String> {
    const STATED: [&str; 8] = [
        "a.pageNav-jump--next",
        "a[rel~=next]",
        "link[rel~=next]",
        ".pagination .next a",
        ".pagination a.next",
        "a.pagination_next",
        ".PageNav nav a.text:last-child",
        "li.ipsPagination_next a",
    ];
    let root = document.root_element();
    let here = scope.here();
    let other = |href: &str| scope.absolute(href).filter(|url| Some(url) != here.as_ref());
    for css in STATED {
        let found = element::select(root, css).into_iter().filter_map(|link| other(link.attr("href")?)).next();
        if found.is_some() {
            return found;
        }
    }
    let by_word = |link: &scraper::ElementRef<'_>| {
        let text = text_of(*link).to_lowercase();
        NEXT_WORDS.contains(&text.trim()) || text.trim_end_matches([' ', '›', '»', '>', '→']) == "next"
    };
    let links = element::select(root, "[class*=pag] a[href], [class*=Pag] a[href], .nav a[href], td a[href]");
    links.into_iter().filter(by_word).filter_map(|link| other(link.attr("href")?)).next()
}

/// Whether the page's main part is a form with a password, beside one that stands on every page.
fn asks_for_login(document: &Html) -> bool {
    const ASIDE: &str = "header, .quick-login, .headerbar, .navbar, .modal, .dropdown, .menu, aside, [hidden]";
    let inputs = element::select(document.root_element(), "input[type=password]");
    let aside = |parent: scraper::ElementRef<'_>| element::matches(parent, ASIDE);
    inputs.into_iter().any(|input| !input.ancestors().filter_map(scraper::ElementRef::wrap).any(aside))
}

/// Whether the page is a list of threads of known software.
fn is_list(document: &Html) -> bool {
    const LISTS: &str = "html#XF [data-template='forum_view'], html#XF[data-template='forum_view'], html.XenForo .discussionList, \
         body.section-viewforum, [component='category'], body.template-category, #topic-list, table.topic-list, \
         .topic-list-container";
    let root = document.root_element();
    element::matches(root, LISTS) || element::first(root, LISTS).is_some()
}

#[cfg(test)]
mod tests;
