//! The OAuth API: a token for the user's app, then listings page by page, newest first.

use serde::Deserialize;
use tidings_sdk::{Context, Ctx, Level, Outcome, Page, Request, Result, Url};

use crate::Params;
use crate::item::Thing;

const TOKEN: &str = "https://www.reddit.com/api/v1/access_token";
const API: &str = "https://oauth.reddit.com";
/// Requests of the quota that are left for whatever else the user's app does.
const KEPT: f64 = 5.0;

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Listing {
    data: Children,
}

#[derive(Deserialize)]
struct Children {
    children: Vec<Thing>,
    #[serde(default)]
    after: Option<String>,
}

/// Sums up a run.
#[derive(Default)]
struct Count {
    items: usize,
    new: usize,
    /// The quota is used up.
    stopped: bool,
}

pub(crate) fn read(params: &Params, ctx: &mut Ctx) -> Result<()> {
    let token = token(ctx)?;
    let mut count = Count::default();
    for (path, pairs) in params.listings() {
        if count.stopped {
            break;
        }
        listing(&path, &pairs, params.max_pages, &token, &mut count, ctx).with_context(|| path.clone())?;
    }
    if count.items == 0 && !count.stopped {
        ctx.expect_empty();
    }
    ctx.summary(format!("items: {}, new: {}", count.items, count.new));
    Ok(())
}

/// A token for the app alone, which reads what everybody may.
fn token(ctx: &mut Ctx) -> Result<String> {
    let request = Request::post(TOKEN, "grant_type=client_credentials")
        .header("content-type", "application/x-www-form-urlencoded")
        .json()
        .auth("app", "basic");
    let page = ctx.fetch(request)?.ok().context("no token: is the secret `app` the `ID:SECRET` of your app?")?;
    let token: Token = page.json()?;
    Ok(token.access_token)
}

fn listing(
    path: &str,
    pairs: &[(&str, String)],
    max_pages: u32,
    token: &str,
    count: &mut Count,
    ctx: &mut Ctx,
) -> Result<()> {
    let mut after: Option<String> = None;
    for number in 1..=max_pages {
        let mut url = Url::parse(&format!("{API}{path}"))?;
        url.query_pairs_mut().append_pair("limit", "100").append_pair("raw_json", "1");
        for (name, value) in pairs {
            url.query_pairs_mut().append_pair(name, value);
        }
        if let Some(after) = &after {
            url.query_pairs_mut().append_pair("after", after);
        }
        let page = ctx.fetch(Request::get(url).header("authorization", format!("Bearer {token}")).json())?.ok()?;
        let Listing { data } = page.json()?;
        let any_new = emit(data.children, count, ctx)?;
        after = data.after;
        if after.is_none() || !any_new {
            return Ok(());
        }
        if let Some(wait) = used_up(&page) {
            count.stopped = true;
            let message =
                format!("the quota of the app is all but used up, so this run stops; it is renewed in {wait} s");
            ctx.log(Level::Warn, message);
            return Ok(());
        }
        if number == max_pages {
            ctx.log(Level::Info, format!("{path} has more than the {max_pages} pages that `max_pages` reads"));
        }
    }
    Ok(())
}

/// The seconds until the quota is renewed, where hardly anything is left of it.
fn used_up(page: &Page) -> Option<u64> {
    let left: f64 = page.header("x-ratelimit-remaining")?.trim().parse().ok()?;
    let reset = page.header("x-ratelimit-reset").and_then(|seconds| seconds.trim().parse().ok()).unwrap_or_default();
    (left < KEPT).then_some(reset)
}

/// Whether any was new.
fn emit(things: Vec<Thing>, count: &mut Count, ctx: &mut Ctx) -> Result<bool> {
    let mut any_new = false;
    for thing in things {
        count.items += 1;
        let address = thing.address();
        match thing.into_finding() {
            Ok(finding) => {
                let new = ctx.emit(finding)? == Outcome::New;
                count.new += usize::from(new);
                any_new |= new;
            }
            Err(reason) => ctx.skip(&address, reason),
        }
    }
    Ok(any_new)
}
