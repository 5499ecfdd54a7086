//! Which feed to read: the address itself, or what the page there names.

use serde::{Deserialize, Serialize};
use tidings_sdk::feed::{self, Feed, FeedError};
use tidings_sdk::html::{self, FeedLink};
use tidings_sdk::{Context, Ctx, Error, Level, Page, Result, Url};

use crate::Params;

/// State: the feed that was found through a page.
const FOUND: &str = "found";
/// Most feeds of a page that are tried.
const MAX_TRIED: usize = 3;

/// The feed found for these params.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Found {
    page: String,
    #[serde(default)]
    pick: Option<String>,
    feed: String,
}

/// The feed to read, with its address, by the shortest way to it.
pub(crate) fn feed(params: &Params, ctx: &mut Ctx) -> Result<(Feed, Url)> {
    if let Some(found) = remembered(params, ctx)? {
        match ctx.fetch(&found.feed).and_then(Page::ok).and_then(|page| page.feed()) {
            Ok(feed) => {
                ctx.beyond_entry();
                return Ok((feed, Url::parse(&found.feed)?));
            }
            Err(error) if is_gone(&error) => {
                ctx.log(Level::Warn, format!("the feed found earlier is gone, looking again: {error}"));
            }
            Err(error) => return Err(error),
        }
    }
    let page = ctx.fetch(&params.url)?.ok()?;
    let base = Url::parse(page.url())?;
    match feed::parse(page.text(), Some(&base)) {
        Ok(feed) => Ok((feed, base)),
        Err(error) if error.is_html() => through_page(params, &page, &base, ctx),
        Err(error) => Err(no_feed(&page, &error)),
    }
}

fn remembered(params: &Params, ctx: &mut Ctx) -> Result<Option<Found>> {
    let found: Option<Found> = ctx.get(FOUND)?;
    Ok(found.filter(|found| found.page == params.url && found.pick == params.pick))
}

/// Whether the feed may have moved, so that its page is worth asking again.
fn is_gone(error: &Error) -> bool {
    error.code() == tidings_sdk::code::PLUGIN_PARSE || matches!(error.data().status, Some(404 | 410))
}

fn no_feed(page: &Page, error: &FeedError) -> Error {
    Error::parse(page.url(), format!("{} is no feed: {error}", page.url()))
}

fn through_page(params: &Params, page: &Page, base: &Url, ctx: &mut Ctx) -> Result<(Feed, Url)> {
    let links = html::feed_links(page.text(), base);
    let candidates = preferred(&links, params.pick.as_deref());
    if candidates.is_empty() {
        return Err(Error::parse(page.url(), none_named(page.url(), &links, params.pick.as_deref())));
    }
    let mut last = None;
    for link in candidates.into_iter().take(MAX_TRIED) {
        match ctx.fetch(&link.url).and_then(Page::ok).and_then(|page| page.feed()) {
            Ok(feed) => {
                let (page, pick) = (params.url.clone(), params.pick.clone());
                ctx.set(FOUND, &Found { page, pick, feed: link.url.to_string() })?;
                ctx.beyond_entry();
                return Ok((feed, link.url.clone()));
            }
            Err(error) if error.is_cancelled() => return Err(error),
            Err(error) => {
                ctx.log(Level::Warn, format!("{} names {}: {error}", page.url(), link.url));
                last = Some(error);
            }
        }
    }
    Err(last.expect("at least one was tried")).with_context(|| format!("feed named by {}", page.url()))
}

/// The feeds worth trying, best first: those picked, else all but feeds of comments, which
/// come last.
fn preferred<'a>(links: &'a [FeedLink], pick: Option<&str>) -> Vec<&'a FeedLink> {
    let says = |link: &FeedLink, words: &str| {
        let words = words.to_lowercase();
        link.title.to_lowercase().contains(&words) || link.url.as_str().to_lowercase().contains(&words)
    };
    match pick {
        Some(pick) => links.iter().filter(|link| says(link, pick)).collect(),
        None => {
            let mut links: Vec<_> = links.iter().collect();
            links.sort_by_key(|link| says(link, "comment") || says(link, "bình luận"));
            links
        }
    }
}

fn none_named(page: &str, links: &[FeedLink], pick: Option<&str>) -> String {
    let Some(pick) = pick.filter(|_| !links.is_empty()) else {
        return format!("{page} is a page that names no feed: give the address of the feed itself");
    };
    let named = |list: String, link: &FeedLink| format!("{list}; `{}` {}", link.title, link.url);
    let names = links.iter().fold(String::new(), named);
    format!("{page} names no feed with `{pick}` in its title or address, but these{}", names.replacen(';', ":", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(title: &str, url: &str) -> FeedLink {
        FeedLink { url: Url::parse(url).unwrap(), title: title.to_owned(), declared: true }
    }

    fn links() -> Vec<FeedLink> {
        vec![
            link("Comments", "https://a.example/comments/feed"),
            link("News", "https://a.example/feed"),
            link("Tin tức", "https://a.example/vi/feed"),
        ]
    }

    #[track_caller]
    fn check(pick: Option<&str>, expected: &[&str]) {
        let links = links();
        let titles: Vec<&str> = preferred(&links, pick).iter().map(|link| link.title.as_str()).collect();
        assert_eq!(titles, expected);
    }

    #[test]
    fn comments_come_last_and_a_pick_decides() {
        check(None, &["News", "Tin tức", "Comments"]);
        check(Some("TIN"), &["Tin tức"]);
        check(Some("/comments/"), &["Comments"]);
        check(Some("prices"), &[]);
    }

    #[test]
    fn a_pick_that_fits_none_is_told_what_there_is() {
        let message = none_named("https://a.example/", &links()[1..2], Some("prices"));
        let expected = "https://a.example/ names no feed with `prices` in its title or address, \
                        but these: `News` https://a.example/feed";
        assert_eq!(message, expected);
        assert!(none_named("https://a.example/", &[], Some("x")).contains("names no feed: give"));
    }
}
