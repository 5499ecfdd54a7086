//! The last resort: the forum's feed, which names topics and their first posts.

use tidings_sdk::{Ctx, Error, Finding, FindingKind, Outcome, Page, Result, Thread};

use crate::Params;

/// Reads the feed of the list. Where there is none either, or one without topics, the error is that of the forum's pages.
pub(crate) fn read(params: &Params, pages: Error, ctx: &mut Ctx) -> Result<()> {
    let path = match &params.category {
        Some(category) => format!("/category/{}.rss", category.split('/').next().unwrap_or(category)),
        None => "/recent.rss".to_owned(),
    };
    let feed = match ctx.fetch(format!("{}{path}", params.base())).and_then(Page::ok).and_then(|page| page.feed()) {
        Ok(feed) if !feed.items.is_empty() => feed,
        Err(error) if error.is_cancelled() => return Err(error),
        Ok(_) | Err(_) => return Err(pages),
    };
    let mut new = 0;
    for item in &feed.items {
        let url = item.url().map(String::from).unwrap_or_default();
        let title = item.title.as_deref().unwrap_or_default();
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let thread = Thread { url: filled(&url), title: filled(title), position: Some(1), ..Thread::default() };
        if url.is_empty() || (title.is_empty() && item.text().is_empty()) {
            ctx.skip(&url, "the feed names a topic without an address or without words");
            continue;
        }
        let finding = Finding::new(title, url)
            .text(item.text())
            .author(item.author.as_deref().unwrap_or_default())
            .published(item.published.or(item.updated))
            .kind(FindingKind::Post)
            .thread(thread);
        new += usize::from(ctx.emit(finding)? == Outcome::New);
    }
    ctx.summary(format!("new topics, by the feed: {new}"));
    Ok(())
}
