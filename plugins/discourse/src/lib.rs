//! The `discourse` plugin: topics of a Discourse forum that changed since the last visit, and their
//! posts; or the posts that a search finds. Where the forum keeps its JSON to itself, the pages that
//! it shows to crawlers are read.

mod search;
mod topic;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::extract::thread::json::DiscourseList;
use tidings_sdk::forum::{self, Memory, Watch};
use tidings_sdk::{Context, Ctx, Error, Example, FindingKind, Info, Kind, Level, Plugin, Request, Result, Url, bail};

/// What a source of this plugin takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Address of the forum, e.g. `https://meta.example.org`.
    #[schemars(pattern("^https?://"))]
    pub base_url: String,
    /// One category alone, as in its address: `support` or `support/7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Topics with any of these tags alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub tags: Vec<String>,
    /// Posts that the forum's own search finds, instead of its topics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Most pages of a list, and most requests for one topic, in one visit.
    #[serde(default = "max_pages")]
    #[schemars(range(min = 1, max = 100))]
    pub max_pages: u32,
    /// Most topics read in one visit.
    #[serde(default = "max_topics")]
    #[schemars(range(min = 1, max = 200))]
    pub max_topics: u32,
    /// Zone of times that the forum's pages show without one, e.g. `Asia/Ho_Chi_Minh`; UTC without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

impl Params {
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            category: None,
            tags: Vec::new(),
            query: None,
            max_pages: max_pages(),
            max_topics: max_topics(),
            tz: None,
        }
    }

    pub(crate) fn base(&self) -> &str {
        self.base_url.trim_end_matches('/')
    }

    /// Paths of the lists to read.
    fn lists(&self) -> Vec<String> {
        if !self.tags.is_empty() {
            return self.tags.iter().map(|tag| format!("/tag/{}", tag.trim())).collect();
        }
        match &self.category {
            Some(category) => vec![format!("/c/{}/l/latest", category.trim_matches('/'))],
            None => vec!["/latest".to_owned()],
        }
    }
}

fn max_pages() -> u32 {
    5
}

fn max_topics() -> u32 {
    30
}

/// Reads Discourse forums.
pub struct Discourse;

impl Plugin for Discourse {
    type Params = Params;
    const INFO: Info = Info::new("discourse", "Discourse", Kind::Forum)
        .summary("Topics of a Discourse forum that changed and their posts, or the posts that a search finds")
        .homepage("https://docs.discourse.org/")
        .every("30m")
        .jitter("10%")
        .max_requests(500)
        .hosts_from_params(&["/base_url"])
        .detect(&[
            ("https://{host}/c/{category}/{id}", r#"{"base_url": "https://{host}", "category": "{category}/{id}"}"#),
            ("https://{host}/latest", r#"{"base_url": "https://{host}"}"#),
        ])
        .emits(&[FindingKind::Post, FindingKind::Comment])
        .empty_is_normal()
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        let base = "https://meta.example.org";
        vec![
            Example::new("Whatever is new", Params::new(base)),
            Example::new("One category", Params { category: Some("support/7".to_owned()), ..Params::new(base) }),
            Example::new("A search", Params { query: Some("crm pricing".to_owned()), ..Params::new(base) }),
        ]
    }

    fn check(params: &Params) -> Result<()> {
        forum::zone(params.tz.as_deref()).map(drop)?;
        let listed = params.category.is_some() || !params.tags.is_empty();
        if params.query.is_some() && listed {
            bail!("`query` cannot stand beside `category` and `tags`: write `#category` or `tags:name` into the query");
        }
        if params.category.is_some() && !params.tags.is_empty() {
            bail!("`category` and `tags` cannot stand together: make two sources of them");
        }
        if params.query.as_deref().is_some_and(|query| query.trim().is_empty()) {
            bail!("`query` must not be empty");
        }
        Ok(())
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        if let Some(query) = &params.query {
            return match search::read(query, params, ctx) {
                // The page of a search is drawn by a script alone, so there is none to fall back to.
                Err(error) if is_denied(&error) => Err(error).context(
                    "the forum keeps its search to itself: watch its topics without `query`, and search them here",
                ),
                read => read,
            };
        }
        for path in params.lists() {
            match list(&path, params, ctx) {
                Err(error) if is_denied(&error) => {
                    ctx.log(Level::Info, format!("the forum's JSON is not to be had, its pages are read: {error}"));
                    let url = format!("{}{path}", params.base());
                    let watch = Watch {
                        url: &url,
                        max_pages: params.max_pages,
                        max_threads: params.max_topics,
                        follow: true,
                        zone: forum::zone(params.tz.as_deref())?,
                    };
                    forum::visit(&watch, ctx)?;
                }
                read => read?,
            }
        }
        Ok(())
    }
}

/// Whether the JSON is refused, or is none, where the page itself may still be shown.
fn is_denied(error: &Error) -> bool {
    let refused = matches!(error.data().status, Some(401 | 403 | 404 | 406));
    refused || error.code() == tidings_sdk::code::PLUGIN_PARSE || error.code() == tidings_sdk::code::FETCH_ROBOTS_DENIED
}

/// Reads the changed topics of one list, newest first; pinned ones stand on top, so only a page without
/// anything new ends it.
fn list(path: &str, params: &Params, ctx: &mut Ctx) -> Result<()> {
    let mut memory = Memory::load(ctx)?;
    let read = pages(path, params, &mut memory, ctx);
    memory.store(ctx)?;
    if read.as_ref().is_err_and(|error| !error.is_cancelled()) {
        ctx.commit()?;
    }
    read
}

fn pages(path: &str, params: &Params, memory: &mut Memory, ctx: &mut Ctx) -> Result<()> {
    let unfinished = std::mem::take(&mut memory.unfinished);
    let (mut topics, mut posts) = (0, 0);
    for number in 0..params.max_pages {
        let page = if number == 0 { String::new() } else { format!("?page={number}") };
        let url = format!("{}{path}.json{page}", params.base());
        let list: DiscourseList = ctx.fetch(Request::get(url).json())?.ok()?.json()?;
        let Some(list) = list.topic_list else {
            return Err(Error::parse(
                &format!("{}{path}.json", params.base()),
                "the answer has no `topic_list`: is this a Discourse forum?",
            ));
        };
        let mut any_new = false;
        for line in &list.topics {
            let topic = line.topic(params.base());
            let change = memory.change(&topic);
            if !change.worth_reading() {
                continue;
            }
            any_new |= change.is_new();
            if topics >= params.max_topics {
                memory.unfinished = true;
                continue;
            }
            topics += 1;
            match topic::read(line.id, &topic, params, memory, ctx) {
                Ok(new) => posts += new,
                Err(error) if forum::is_of_site(&error) => return Err(error),
                Err(error) => ctx.skip(&topic.href, error),
            }
        }
        if list.more_topics_url.is_none() || topics >= params.max_topics || !(any_new || unfinished) {
            break;
        }
    }
    ctx.summary(format!("topics: {topics}, new posts: {posts}"));
    if topics == 0 {
        ctx.expect_empty();
    }
    Ok(())
}

/// `base` with a query of its own.
pub(crate) fn with_query(base: &str, pairs: &[(&str, &str)]) -> Result<String> {
    let mut url = Url::parse(base)?;
    url.query_pairs_mut().extend_pairs(pairs);
    Ok(url.into())
}

tidings_sdk::export!(Discourse);
