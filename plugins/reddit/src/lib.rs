//! The `reddit` plugin: posts and comments of subreddits, users and searches, by the
//! OAuth API with the user's own key, or by a feed the user gives.

mod api;
mod feed;
mod item;
mod params;

use tidings_sdk::{Ctx, Error, Example, FindingKind, HostDelay, Info, Kind, Plugin, Result, code};

pub use params::{Params, What};

/// Reads Reddit.
pub struct Reddit;

impl Plugin for Reddit {
    type Params = Params;
    const INFO: Info = Info::new("reddit", "Reddit", Kind::Forum)
        .summary("Posts and comments of subreddits, users and searches, by the API with your key or by a feed")
        .homepage("https://www.reddit.com/dev/api")
        .every("30m")
        .jitter("10%")
        .delays(&[
            HostDelay { host: "oauth.reddit.com", min_delay_ms: 1000, max_parallel: 1 },
            HostDelay { host: "www.reddit.com", min_delay_ms: 6000, max_parallel: 1 },
        ])
        .max_requests(100)
        .hosts(&["oauth.reddit.com", "www.reddit.com"])
        .hosts_from_params(&["/rss"])
        .post()
        .secrets(&["app"])
        .emits(&[FindingKind::Post, FindingKind::Comment])
        .empty_is_normal()
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        let both = vec![What::Posts, What::Comments];
        vec![
            Example::new(
                "A subreddit, with its comments",
                Params { subreddit: Some("smallbusiness".to_owned()), what: both, ..Params::default() },
            ),
            Example::new("A search", Params { query: Some("\"help desk\"".to_owned()), ..Params::default() }),
            Example::new("What a user writes", Params { user: Some("example_user".to_owned()), ..Params::default() }),
            Example::new(
                "A feed, without a key",
                Params { rss: Some("https://www.reddit.com/r/smallbusiness/new/.rss".to_owned()), ..Params::default() },
            ),
        ]
    }

    fn check(params: &Params) -> Result<()> {
        params.check().map_err(|problem| Error::new(code::CONFIG_INVALID, problem))
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        match &params.rss {
            Some(url) => feed::read(url, ctx),
            None => api::read(params, ctx),
        }
    }
}

tidings_sdk::export!(Reddit);
