//! A story, whichever engine found it.

use tidings_sdk::extract::html::plain_text;
use tidings_sdk::feed::{Feed, Repair};
use tidings_sdk::{Ctx, Error, Finding, FindingKind, Level, Result, Timestamp, Url, code};

use crate::Engine;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Story {
    /// The engine's own name of it, where the address may change.
    pub(crate) id: Option<String>,
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) publisher: Option<String>,
    pub(crate) published: Option<Timestamp>,
    pub(crate) lang: Option<String>,
}

impl Story {
    /// # Errors
    ///
    /// Why it is none.
    pub(crate) fn into_finding(self, engine: Engine) -> Result<Finding, &'static str> {
        let url = Url::parse(&self.url).map_err(|_| "it links to no address")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("it links to no web address");
        }
        let title = plain_text(&self.title);
        if title.is_empty() && self.text.is_empty() {
            return Err("it has neither a title nor a text");
        }
        let finding = Finding::new(title, self.url)
            .key(self.id.unwrap_or_default())
            .kind(FindingKind::Article)
            .text(self.text)
            .published(self.published)
            .lang(self.lang.unwrap_or_default())
            .attr("engine", engine.as_str());
        match self.publisher.filter(|publisher| !publisher.trim().is_empty()) {
            Some(publisher) => Ok(finding.attr("publisher", publisher)),
            None => Ok(finding),
        }
    }
}

/// Says what had to be mended in a feed, and what was no item.
///
/// # Errors
///
/// When it is cut off before its first item.
pub(crate) fn inspect(feed: &Feed, url: &Url, ctx: &mut Ctx) -> Result<()> {
    if feed.items.is_empty() && feed.repairs.contains(Repair::Truncated) {
        return Err(Error::new(code::PLUGIN_PARSE, format!("the feed at {url} is cut off before its first item")));
    }
    if !feed.repairs.is_empty() {
        ctx.log(Level::Info, format!("the feed was mended: {:?}", feed.repairs));
    }
    for skipped in &feed.skipped {
        ctx.skip(url.as_str(), format!("item {}: {}", skipped.position + 1, skipped.reason));
    }
    Ok(())
}
