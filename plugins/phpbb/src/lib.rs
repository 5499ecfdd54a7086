//! The `phpbb` plugin: threads of a phpBB forum that changed since the last visit, and their posts.
//! Pages are read by `tidings_extract::thread`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::forum::{self, Watch};
use tidings_sdk::{Ctx, Example, FindingKind, Info, Kind, Plugin, Result};

/// What a source of this plugin takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Address of a forum's list of topics (`viewforum.php?f=…`), of a search, or of one topic.
    #[schemars(pattern("^https?://"))]
    pub url: String,
    /// Most pages of the list and of each thread in one visit; what is left follows at the next.
    #[serde(default = "max_pages")]
    #[schemars(range(min = 1, max = 100))]
    pub max_pages: u32,
    /// Most threads read in one visit.
    #[serde(default = "max_threads")]
    #[schemars(range(min = 1, max = 200))]
    pub max_threads: u32,
    /// Zone of times that the forum shows without one, e.g. `Asia/Ho_Chi_Minh`; UTC without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

impl Params {
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), max_pages: max_pages(), max_threads: max_threads(), tz: None }
    }
}

fn max_pages() -> u32 {
    5
}

fn max_threads() -> u32 {
    30
}

/// Reads phpBB forums.
pub struct Phpbb;

impl Plugin for Phpbb {
    type Params = Params;
    const INFO: Info = Info::new("phpbb", "phpBB", Kind::Forum)
        .summary("Threads of a phpBB forum that changed, and their posts")
        .every("30m")
        .jitter("10%")
        .entry(&["{params.url}"])
        .max_requests(500)
        .hosts_from_params(&["/url"])
        .detect(&[
            ("https://{host}/viewforum.php?f={forum}", r#"{"url": "https://{host}/viewforum.php?f={forum}"}"#),
            ("https://{host}/viewtopic.php?t={topic}", r#"{"url": "https://{host}/viewtopic.php?t={topic}"}"#),
        ])
        .emits(&[FindingKind::Post, FindingKind::Comment])
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        let few =
            Params { max_pages: 2, max_threads: 10, ..Params::new("https://forum.example.org/viewtopic.php?t=91") };
        vec![
            Example::new("A section of a forum", Params::new("https://forum.example.org/viewforum.php?f=3")),
            Example::new("One thread, few pages at a time", few),
        ]
    }

    fn check(params: &Params) -> Result<()> {
        forum::zone(params.tz.as_deref()).map(drop)
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let Params { url, max_pages, max_threads, tz } = params;
        let zone = forum::zone(tz.as_deref())?;
        let watch = Watch { url, max_pages: *max_pages, max_threads: *max_threads, follow: true, zone };
        forum::visit(&watch, ctx)
    }
}

tidings_sdk::export!(Phpbb);
