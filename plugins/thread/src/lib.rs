//! The `thread` plugin: posts of a thread, or of the threads of a list, of forum software that
//! has no plugin of its own. Pages are read by `tidings_extract::thread`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::forum::{self, Watch};
use tidings_sdk::{Ctx, Example, FindingKind, Info, Kind, Plugin, Result};

/// What a source of this plugin takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Address of a thread, or of a list of threads.
    #[schemars(pattern("^https?://"))]
    pub url: String,
    /// Most pages of the list and of each thread in one visit; what is left follows at the next.
    #[serde(default = "max_pages")]
    #[schemars(range(min = 1, max = 100))]
    pub max_pages: u32,
    /// Most threads of a list read in one visit.
    #[serde(default = "max_threads")]
    #[schemars(range(min = 1, max = 200))]
    pub max_threads: u32,
    /// Reads the threads of a list. Without it each new thread is one finding, its title alone.
    #[serde(default = "follow")]
    pub follow: bool,
    /// Zone of times that the forum shows without one, e.g. `Asia/Ho_Chi_Minh`; UTC without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

impl Params {
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), max_pages: max_pages(), max_threads: max_threads(), follow: follow(), tz: None }
    }
}

fn max_pages() -> u32 {
    5
}

fn max_threads() -> u32 {
    20
}

fn follow() -> bool {
    true
}

/// Reads threads.
pub struct ThreadPlugin;

impl Plugin for ThreadPlugin {
    type Params = Params;
    const INFO: Info = Info::new("thread", "Thread", Kind::Forum)
        .summary("Posts of a thread, or of the threads of a list, whatever software the forum runs on")
        .every("1h")
        .jitter("10%")
        .max_requests(500)
        .hosts_from_params(&["/url"])
        .emits(&[FindingKind::Post, FindingKind::Comment])
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        let titles = Params { follow: false, ..Params::new("https://board.example.org/list/crm") };
        vec![
            Example::new("One thread", Params::new("https://board.example.org/thread/42")),
            Example::new("The titles of new threads", titles),
        ]
    }

    fn check(params: &Params) -> Result<()> {
        forum::zone(params.tz.as_deref()).map(drop)
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let Params { url, max_pages, max_threads, follow, tz } = params;
        let zone = forum::zone(tz.as_deref())?;
        let watch = Watch { url, max_pages: *max_pages, max_threads: *max_threads, follow: *follow, zone };
        forum::visit(&watch, ctx)
    }
}

tidings_sdk::export!(ThreadPlugin);
