//! The `site-watch` plugin: what changed on a page since the last visit. Reading and
//! comparing pages is done in `tidings-extract`.

mod facts;
mod params;
mod report;
mod told;

use tidings_sdk::extract::change::{Scope, difference_of, facts, visible};
use tidings_sdk::extract::html::tree;
use tidings_sdk::{Ctx, Error, Example, FindingKind, Info, Kind, Level, Plugin, Result, Snapshot, bail};

use told::Told;

pub use params::{PageType, Params, Side};

/// State: how many visits in a row the selectors matched nothing.
const UNMATCHED: &str = "unmatched";
/// A page may be broken for a visit or two; after so many the selectors are wrong.
const TOLERATED: u32 = 3;

/// Watches pages.
pub struct SiteWatch;

impl Plugin for SiteWatch {
    type Params = Params;
    const INFO: Info = Info::new("site-watch", "Site watch", Kind::Competitor)
        .summary("What changed on a page: texts that came and went, title, description and other facts")
        .every("1h")
        .entry(&["{params.url}"])
        .max_requests(5)
        .hosts(&["*"])
        .hosts_from_params(&["/url"])
        .emits(&[FindingKind::PageChange])
        .empty_is_normal()
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        let plans = Params { include: vec!["#plans".to_owned()], ..Params::new("https://acme.example/pricing") };
        vec![
            Example::new("A whole page", Params::new("https://acme.example/pricing")),
            Example::new("One part of it", plans),
        ]
    }

    fn prepare(&self) {
        // Whatever reading a page makes once for all is made for this one.
        const PAGE: &str = "<title>Plans</title><main><h1>Plans</h1><p>Team: $12 a month, in stock</p></main>\
                            <script>gtag()</script><script type='application/ld+json'>{}</script>";
        if let Ok(page) = tree(PAGE)
            && let Ok(seen) = visible(&page, &Scope::default())
        {
            let made = facts(&page, &seen, &seen.text, "https://acme.example/", false);
            debug_assert!(made.contains_key("price"));
        }
    }

    fn check(params: &Params) -> Result<()> {
        params.scope().map(drop)?;
        params.filter().map(drop)?;
        if params.kinds.is_empty() {
            bail!("`kinds` is empty: expected some of `added`, `removed`, `changed`");
        }
        if params.min_words == 0 {
            bail!("`min_words` is 0: expected 1 or more");
        }
        Ok(())
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let page = ctx.fetch(&params.url)?.ok()?;
        let url = page.url().to_owned();
        if !has_tags(page.text()) {
            return Err(Error::parse(&url, format!("{url} is no HTML page")));
        }
        let html = tree(page.text()).map_err(|reason| Error::parse(&url, format!("{url} {reason}")))?;
        let seen = match visible(&html, &params.scope()?) {
            Ok(seen) => seen,
            Err(place) => return unmatched(params, &params.include[place], &url, ctx),
        };
        if seen.text.trim().is_empty() {
            return Err(Error::parse(&url, format!("{url} shows no text: choose a part of it with `include`")));
        }
        if !params.include.is_empty() {
            ctx.set(UNMATCHED, &0_u32)?;
        }
        let filter = params.filter()?;
        let facts = facts(&html, &seen, &filter.apply(&seen.text), &url, !params.include.is_empty());
        let (key, text) = (params.key(), seen.text);
        let now = Snapshot::new(text.as_str()).facts(serde_json::to_value(&facts)?);
        let Some(before) = ctx.snapshot(&key)? else {
            ctx.keep(&key, now)?;
            ctx.expect_empty();
            ctx.summary("first visit: the page is remembered");
            return Ok(());
        };
        let told = Told::new(difference_of(&before.text, &text, |block| filter.wants(block)), &params.kinds);
        let fields = facts::changed(&before.facts, &facts, params.trigger.is_empty());
        let is_told = params.min_words <= told.blocks.words() && !told.blocks.is_empty() || !fields.is_empty();
        if !is_told {
            // The state that was told last stays, so that small changes add up.
            ctx.summary(if before.text == text { "nothing has changed" } else { "only noise has changed" });
            return Ok(());
        }
        let after = ctx.keep(&key, now)?;
        let page = params.page.map_or_else(|| report::page_type(&url, &facts), PageType::as_str);
        let title = facts.get("title").map_or(url.as_str(), String::as_str);
        let change = report::change(page, &told.blocks, fields, before.id(), &after);
        ctx.emit(report::finding(title, &url, &told, change).key(format!("change {after}")))?;
        ctx.summary("the page has changed");
        Ok(())
    }
}

/// Whether this could be HTML at all.
fn has_tags(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0] == b'<' && (pair[1].is_ascii_alphabetic() || pair[1] == b'!'))
}

/// The selectors match nothing: never taken for "all is removed". It is said at once where
/// they have never matched, else when it lasts.
fn unmatched(params: &Params, selector: &str, url: &str, ctx: &mut Ctx) -> Result<()> {
    let times = ctx.get::<u32>(UNMATCHED)?.unwrap_or(0).saturating_add(1);
    ctx.set(UNMATCHED, &times)?;
    if times < TOLERATED && ctx.snapshot(&params.key())?.is_some() {
        ctx.log(
            Level::Warn,
            format!("selector `{selector}` matched nothing on {url}, for {times} of {TOLERATED} visits"),
        );
        ctx.skip(url, format!("selector `{selector}` matched nothing"));
        return Ok(());
    }
    // What was counted is kept although the run fails.
    ctx.commit()?;
    let message = format!("selector `{selector}` matched nothing on {url} for {times} visits in a row");
    Err(Error::parse(url, message).with_selector(selector))
}

tidings_sdk::export!(SiteWatch);
