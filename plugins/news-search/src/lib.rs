//! The `news-search` plugin: news for a query, by one of several engines.

mod bing_news;
mod brave;
mod gdelt;
mod google_news;
mod params;
mod searxng;
mod story;

use tidings_sdk::{Ctx, Error, Example, FindingKind, HostDelay, Info, Kind, Outcome, Plugin, Result, code};

pub use params::{Engine, Params};

/// Searches news.
pub struct NewsSearch;

impl Plugin for NewsSearch {
    type Params = Params;
    const INFO: Info = Info::new("news-search", "News search", Kind::News)
        .summary("News for a query, by Google News, Bing News, GDELT, Brave or your own SearXNG")
        .every("1h")
        .jitter("10%")
        .max_requests(30)
        .delays(&[
            HostDelay { host: "api.gdeltproject.org", min_delay_ms: 6000, max_parallel: 1 },
            HostDelay { host: "api.search.brave.com", min_delay_ms: 1100, max_parallel: 1 },
        ])
        .hosts(&["news.google.com", "www.bing.com", "api.gdeltproject.org", "api.search.brave.com"])
        .hosts_from_params(&["/base_url"])
        .secrets(&["brave"])
        .emits(&[FindingKind::Article])
        .empty_is_normal()
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        let searxng = Params {
            base_url: Some("https://search.example.org/".to_owned()),
            ..Params::new(Engine::Searxng, "\"help desk\" pricing")
        };
        let vietnamese = Params {
            lang: "vi".to_owned(),
            region: "VN".to_owned(),
            ..Params::new(Engine::GoogleNews, "phần mềm quản lý bán hàng")
        };
        vec![
            Example::new("Vietnamese news of sales software", vietnamese),
            Example::new("Bing News", Params::new(Engine::BingNews, "\"customer support\" software")),
            Example::new("GDELT, which takes no key", Params::new(Engine::Gdelt, "\"live chat\" startup")),
            Example::new("Your own SearXNG", searxng),
            Example::new("Brave, with your key", Params::new(Engine::Brave, "crm acquisition")),
        ]
    }

    fn check(params: &Params) -> Result<()> {
        params.check().map_err(|problem| Error::new(code::CONFIG_INVALID, problem))
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let stories = match params.engine {
            Engine::GoogleNews => google_news::read(params, ctx)?,
            Engine::BingNews => bing_news::read(params, ctx)?,
            Engine::Gdelt => gdelt::read(params, ctx)?,
            Engine::Searxng => searxng::read(params, ctx)?,
            Engine::Brave => brave::read(params, ctx)?,
        };
        let found = stories.len();
        let mut new = 0;
        for story in stories.into_iter().take(params.max) {
            let address = story.url.clone();
            match story.into_finding(params.engine) {
                Ok(finding) => new += usize::from(ctx.emit(finding)? == Outcome::New),
                Err(reason) => ctx.skip(&address, reason),
            }
        }
        if found == 0 {
            ctx.expect_empty();
        }
        ctx.summary(format!("stories: {found}, new: {new}"));
        Ok(())
    }
}

tidings_sdk::export!(NewsSearch);
