//! Google News, by its feed. Its links lead through a page of its own that does not say
//! where, so they stay as they are and the item's id tells stories apart.

use tidings_sdk::{Ctx, Result};

use crate::Params;
use crate::story::{Story, inspect};

/// Languages with an edition for each country; others are named alone.
const REGIONAL: &[&str] = &["en", "es", "pt", "zh"];

pub(crate) fn read(params: &Params, ctx: &mut Ctx) -> Result<Vec<Story>> {
    let mut url = params.at("https://news.google.com", "/rss/search")?;
    let Params { lang, region, .. } = params;
    let edition = if REGIONAL.contains(&lang.as_str()) { params.locale() } else { lang.clone() };
    url.query_pairs_mut()
        .append_pair("q", &params.query)
        .append_pair("hl", &edition)
        .append_pair("gl", region)
        .append_pair("ceid", &format!("{region}:{lang}"));
    let feed = ctx.fetch(&url)?.ok()?.feed()?;
    inspect(&feed, &url, ctx)?;
    let story = |item: tidings_sdk::feed::Item| {
        let title = item.title.clone().unwrap_or_default();
        let publisher = item.publisher.clone();
        // Every title ends in ` - ` and the publisher, which is said in its own place.
        let bare = publisher.as_deref().and_then(|name| title.strip_suffix(name)?.strip_suffix(" - "));
        // The description repeats title and publisher as a link: it says nothing more.
        Story {
            title: bare.unwrap_or(&title).to_owned(),
            id: item.id.as_ref().map(|id| format!("google-news:{id}")),
            url: item.link.clone().unwrap_or_default(),
            publisher,
            published: item.published,
            text: String::new(),
            lang: Some(lang.clone()),
        }
    };
    Ok(feed.items.into_iter().map(story).collect())
}
