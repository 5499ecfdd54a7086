//! Bing News, by its feed. Its links count clicks and say where they lead.

use tidings_sdk::extract::redirect;
use tidings_sdk::feed::Item;
use tidings_sdk::{Ctx, Result};

use crate::Params;
use crate::story::{Story, inspect};

pub(crate) fn read(params: &Params, ctx: &mut Ctx) -> Result<Vec<Story>> {
    let mut url = params.at("https://www.bing.com", "/news/search")?;
    url.query_pairs_mut()
        .append_pair("q", &params.query)
        .append_pair("format", "rss")
        .append_pair("mkt", &params.locale())
        .append_pair("qft", "sortbydate=\"1\"");
    let feed = ctx.fetch(&url)?.ok()?.feed()?;
    inspect(&feed, &url, ctx)?;
    let story = |item: Item| {
        let link = item.url();
        let page = link.as_ref().and_then(redirect::target).or(link).map(String::from);
        Story {
            url: page.unwrap_or_default(),
            title: item.title.clone().unwrap_or_default(),
            text: item.text().to_owned(),
            publisher: item.publisher.clone(),
            published: item.published,
            ..Story::default()
        }
    };
    Ok(feed.items.into_iter().map(story).collect())
}
