//! The `hackernews` plugin: posts and comments that match a search, or those of one thread
//! (Algolia's API), or the posts of one of the site's lists (Firebase's API).

mod follow;
mod item;
mod list;
mod params;
mod search;
mod thread;

use tidings_sdk::{Ctx, Example, FindingKind, HostDelay, Info, Kind, Plugin, Result, bail};

pub use params::{Item, List, Params, Queries, Tag};

/// Reads Hacker News.
pub struct HackerNews;

impl Plugin for HackerNews {
    type Params = Params;
    const INFO: Info = Info::new("hackernews", "Hacker News", Kind::Forum)
        .summary("Posts and comments that match a search, the posts of a list, or a thread while it grows")
        .homepage("https://hn.algolia.com/api")
        .every("15m")
        .jitter("10%")
        .delays(&[HostDelay { host: "hn.algolia.com", min_delay_ms: 1000, max_parallel: 1 }])
        .max_requests(300)
        .hosts(&["hn.algolia.com", "hacker-news.firebaseio.com"])
        .hosts_from_params(&["/algolia_url", "/base_url"])
        .detect(&[
            ("https://news.ycombinator.com/news", r#"{"feed": "top"}"#),
            ("https://news.ycombinator.com/newest", r#"{"feed": "new"}"#),
            ("https://news.ycombinator.com/best", r#"{"feed": "best"}"#),
            ("https://news.ycombinator.com/ask", r#"{"feed": "ask"}"#),
            ("https://news.ycombinator.com/show", r#"{"feed": "show"}"#),
            ("https://news.ycombinator.com/jobs", r#"{"feed": "job"}"#),
            ("https://news.ycombinator.com/item?id={id}", r#"{"item": "{id}"}"#),
            ("https://hn.algolia.com/?q={query}", r#"{"query": "{query}"}"#),
        ])
        .emits(&[FindingKind::Post, FindingKind::Comment, FindingKind::Job])
        .empty_is_normal()
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        vec![
            Example::new("Whatever is said of CRMs", Params::search("crm")),
            Example::new(
                "Posts with some echo, by two searches",
                Params {
                    query: Some(Queries::Many(vec!["help desk".to_owned(), "\"customer support\"".to_owned()])),
                    tags: vec![Tag::Story],
                    min_points: 10,
                    ..Params::default()
                },
            ),
            Example::new("What people show", Params::list(List::Show)),
            Example::new(
                "What people show, and what is said of it",
                Params { follow: true, max_items: 10, ..Params::list(List::Show) },
            ),
            Example::new("One thread while it grows", Params::thread(8863)),
        ]
    }

    fn check(params: &Params) -> Result<()> {
        match (&params.query, params.feed, &params.item) {
            (Some(queries), None, None) if queries.iter().any(|query| query.trim().is_empty()) => {
                bail!("`query` must not be empty");
            }
            (Some(queries), None, None) if queries.iter().next().is_none() => bail!("`query` must not be empty"),
            (Some(_), None, None) if params.tags.is_empty() => bail!("`tags` must name at least one kind of item"),
            (Some(_), None, None) | (None, None, Some(_)) if params.follow => {
                bail!("`follow` is for a list: a search finds comments itself, and a thread is always followed");
            }
            (Some(_), None, None) | (None, Some(_), None) => Ok(()),
            (None, None, Some(item)) => item.number().map(drop),
            (None, None, None) => bail!("one of `query`, `feed` and `item` is needed"),
            _ => bail!("`query`, `feed` and `item` cannot stand together: make a source of each"),
        }
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        match (params.feed, &params.item) {
            (Some(list), _) => list::read(list, params, ctx),
            (None, Some(item)) => thread::read(item.number()?, params, ctx),
            (None, None) => search::read(params, ctx),
        }
    }
}

tidings_sdk::export!(HackerNews);
