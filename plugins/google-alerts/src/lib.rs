//! The `google-alerts` plugin: what a Google Alert delivers to its feed.

mod item;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::feed::Repair;
use tidings_sdk::{Ctx, Error, Example, FindingKind, Info, Kind, Level, Plugin, Result, code};

/// What a source of this plugin takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Address of the alert's feed: the alert is set to be delivered to a feed, and this is what its symbol links to.
    #[schemars(pattern("^https?://"))]
    pub url: String,
    /// Name of the alert, instead of the one its feed states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the hits are.
    #[serde(default = "article")]
    pub kind: FindingKind,
}

fn article() -> FindingKind {
    FindingKind::Article
}

/// Reads the feeds of Google Alerts.
pub struct GoogleAlerts;

impl Plugin for GoogleAlerts {
    type Params = Params;
    const INFO: Info = Info::new("google-alerts", "Google Alerts", Kind::News)
        .summary("What a Google Alert delivers, by its feed")
        .homepage("https://www.google.com/alerts")
        .every("1h")
        .entry(&["{params.url}"])
        .max_requests(5)
        .hosts(&["www.google.com"])
        .hosts_from_params(&["/url"])
        .emits(&[FindingKind::Article, FindingKind::Post, FindingKind::Page, FindingKind::Other])
        .empty_is_normal()
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        let url = "https://www.google.com/alerts/feeds/00000000000000000000/1111111111111111111";
        vec![Example::new("An alert", Params { url: url.to_owned(), name: None, kind: article() })]
    }

    fn check(params: &Params) -> Result<()> {
        use FindingKind::{Article, Other, Page, Post};
        if matches!(params.kind, Article | Post | Page | Other) {
            return Ok(());
        }
        Err(Error::new(
            code::CONFIG_INVALID,
            "`kind` is one of `article`, `post`, `page` and `other`: hits of a search",
        ))
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let feed = ctx.fetch(&params.url)?.ok()?.feed()?;
        if feed.items.is_empty() && feed.repairs.contains(Repair::Truncated) {
            return Err(Error::new(code::PLUGIN_PARSE, "the feed is cut off before its first hit"));
        }
        if !feed.repairs.is_empty() {
            ctx.log(Level::Info, format!("the feed was mended: {:?}", feed.repairs));
        }
        let stated = feed.title.as_deref().and_then(item::alert_name);
        let alert = params.name.as_deref().or(stated).unwrap_or_default();
        for skipped in &feed.skipped {
            ctx.skip(&params.url, format!("hit {}: {}", skipped.position + 1, skipped.reason));
        }
        for hit in &feed.items {
            match item::finding(hit, alert) {
                Ok(finding) => {
                    ctx.emit(finding.kind(params.kind))?;
                }
                Err(reason) => ctx.skip(hit.link.as_deref().unwrap_or_default(), reason),
            }
        }
        if feed.items.is_empty() {
            ctx.expect_empty();
        }
        ctx.summary(format!("hits: {}", feed.items.len()));
        Ok(())
    }
}

tidings_sdk::export!(GoogleAlerts);
