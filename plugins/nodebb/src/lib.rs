//! The `nodebb` plugin: topics of a NodeBB forum that changed since the last visit, and their posts:
//! by its JSON, else by its pages, else by its feed.

mod feed;
mod topic;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::extract::thread::json::NodeList;
use tidings_sdk::forum::{self, Memory, Watch};
use tidings_sdk::{Ctx, Error, Example, FindingKind, Info, Kind, Level, Plugin, Request, Result, code};

/// What a source of this plugin takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Address of the forum, e.g. `https://community.example.org`.
    #[schemars(pattern("^https?://"))]
    pub base_url: String,
    /// One category alone, as in its address: `5` or `5/support`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Most pages of the list and of each topic in one visit; what is left follows at the next.
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
        Self { base_url: base_url.into(), category: None, max_pages: max_pages(), max_topics: max_topics(), tz: None }
    }

    pub(crate) fn base(&self) -> &str {
        self.base_url.trim_end_matches('/')
    }

    /// Path of the list to read.
    fn list(&self) -> String {
        match &self.category {
            Some(category) => format!("/category/{}", category.trim_matches('/')),
            None => "/recent".to_owned(),
        }
    }
}

fn max_pages() -> u32 {
    5
}

fn max_topics() -> u32 {
    30
}

/// Reads NodeBB forums.
pub struct NodeBb;

impl Plugin for NodeBb {
    type Params = Params;
    const INFO: Info = Info::new("nodebb", "NodeBB", Kind::Forum)
        .summary("Topics of a NodeBB forum that changed, and their posts")
        .homepage("https://docs.nodebb.org/api/read/")
        .every("30m")
        .jitter("10%")
        .max_requests(500)
        .hosts_from_params(&["/base_url"])
        .detect(&[
            ("https://{host}/category/{id}/{name}", r#"{"base_url": "https://{host}", "category": "{id}/{name}"}"#),
            ("https://{host}/recent", r#"{"base_url": "https://{host}"}"#),
        ])
        .emits(&[FindingKind::Post, FindingKind::Comment])
        .empty_is_normal()
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        let base = "https://community.example.org";
        vec![
            Example::new("Whatever is new", Params::new(base)),
            Example::new("One category", Params { category: Some("5/support".to_owned()), ..Params::new(base) }),
        ]
    }

    fn check(params: &Params) -> Result<()> {
        forum::zone(params.tz.as_deref()).map(drop)
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let denied = match list(params, ctx) {
            Err(error) if is_denied(&error) => error,
            read => return read,
        };
        ctx.log(Level::Info, format!("the forum's JSON is not to be had, its pages are read: {denied}"));
        let url = format!("{}{}", params.base(), params.list());
        let watch = Watch {
            url: &url,
            max_pages: params.max_pages,
            max_threads: params.max_topics,
            follow: true,
            zone: forum::zone(params.tz.as_deref())?,
        };
        match forum::visit(&watch, ctx) {
            Err(error) if is_denied(&error) => feed::read(params, error, ctx),
            read => read,
        }
    }
}

/// Whether another form of the same list may still be shown.
fn is_denied(error: &Error) -> bool {
    let refused = matches!(error.data().status, Some(401 | 403 | 404 | 406));
    refused || error.code() == code::PLUGIN_PARSE || error.code() == code::FETCH_ROBOTS_DENIED
}

fn list(params: &Params, ctx: &mut Ctx) -> Result<()> {
    let mut memory = Memory::load(ctx)?;
    let read = pages(params, &mut memory, ctx);
    memory.store(ctx)?;
    if read.as_ref().is_err_and(|error| !error.is_cancelled()) {
        ctx.commit()?;
    }
    read
}

/// Reads the changed topics of the list; pinned ones stand on top, so only a page without anything new ends it.
fn pages(params: &Params, memory: &mut Memory, ctx: &mut Ctx) -> Result<()> {
    let unfinished = std::mem::take(&mut memory.unfinished);
    let (mut topics, mut posts) = (0, 0);
    for number in 1..=params.max_pages {
        let url = format!("{}/api{}?page={number}", params.base(), params.list());
        let list: NodeList = ctx.fetch(Request::get(&url).json())?.ok()?.json()?;
        let Some(lines) = list.topics else {
            return Err(Error::parse(&url, format!("{url} answers with no `topics`: is this a NodeBB forum?")));
        };
        let mut any_new = false;
        for line in &lines {
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
            match topic::read(&topic, params, memory, ctx) {
                Ok(new) => posts += new,
                Err(error) if forum::is_of_site(&error) => return Err(error),
                Err(error) => ctx.skip(&topic.href, error),
            }
        }
        if number >= list.pagination.page_count || topics >= params.max_topics || !(any_new || unfinished) {
            break;
        }
    }
    ctx.summary(format!("topics: {topics}, new posts: {posts}"));
    if topics == 0 {
        ctx.expect_empty();
    }
    Ok(())
}

tidings_sdk::export!(NodeBb);
