//! The `hackernews` plugin: posts and comments that match a search (Algolia's API), or
//! the posts of one of the site's lists (Firebase's API).

mod item;
mod list;
mod params;
mod search;

use tidings_sdk::{Ctx, Example, FindingKind, HostDelay, Info, Kind, Plugin, Result, bail};

pub use params::{List, Params, Queries, Tag};

/// Reads Hacker News.
pub struct HackerNews;

impl Plugin for HackerNews {
    type Params = Params;
    const INFO: Info = Info::new("hackernews", "Hacker News", Kind::Forum)
        .summary("Posts and comments that match a search, or the posts of a list")
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
            ("https://hn.algolia.com/?q={query}", r#"{"query": "{query}"}"#),
        ])
        .emits(&[FindingKind::Post, FindingKind::Comment, FindingKind::Job])
        .empty_is_normal();

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
        ]
    }

    fn check(params: &Params) -> Result<()> {
        match (&params.query, params.feed) {
            (Some(queries), None) if queries.iter().any(|query| query.trim().is_empty()) => {
                bail!("`query` must not be empty");
            }
            (Some(queries), None) if queries.iter().next().is_none() => bail!("`query` must not be empty"),
            (Some(_), None) if params.tags.is_empty() => bail!("`tags` must name at least one kind of item"),
            (Some(_), None) | (None, Some(_)) => Ok(()),
            (Some(_), Some(_)) => bail!("`query` and `feed` cannot stand together: make two sources of them"),
            (None, None) => bail!("one of `query` and `feed` is needed"),
        }
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        match params.feed {
            Some(list) => list::read(list, params, ctx),
            None => search::read(params, ctx),
        }
    }
}

tidings_sdk::export!(HackerNews);
