//! One thread while it grows: its post and comments by the search API, newest first.
//!
//! Pages are asked for by time and not by number: new comments would push others from one
//! page to the next, and the API gives no more than 1,000 hits by number.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tidings_sdk::{Context, Ctx, Error, Request, Result, Url, bail};

use crate::Params;
use crate::item::{Hit, key, page};

/// Hits on a page.
const PER_PAGE: usize = 100;
/// How late a comment may turn up in the search, in seconds.
const LAG: i64 = 60 * 60;
/// How long a comment may be edited, and an hour, in seconds.
const EDITABLE: i64 = 3 * 60 * 60;
/// State: how far the thread was read.
const STATE: &str = "thread";

/// How far a thread was read.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The number of its post.
    pub(crate) item: u64,
    /// When all that was newest had been read, in seconds.
    pub(crate) read_until: Option<i64>,
    /// What is older than this second was not read yet.
    pub(crate) older: Option<i64>,
}

#[derive(Deserialize)]
struct Answer {
    hits: Vec<Hit>,
    #[serde(default, rename = "nbHits")]
    total: u64,
}

/// The visit of a thread, or of the comments of several.
pub(crate) struct Visit<'a> {
    /// The one thread.
    item: Option<u64>,
    /// What the API looks among.
    tags: String,
    params: &'a Params,
    /// Requests that it may still make.
    left: u32,
    read_until: Option<i64>,
    done: BTreeSet<String>,
    total: u64,
    pub(crate) emitted: usize,
}

/// What came of a page.
struct Turned {
    /// Where the next page begins; `None` at the beginning of the thread.
    next: Option<i64>,
    /// Whether nothing on it was new.
    known: bool,
}

pub(crate) fn read(item: u64, params: &Params, ctx: &mut Ctx) -> Result<()> {
    let earlier: Option<Progress> = ctx.get(STATE)?;
    let mut progress =
        earlier.filter(|earlier| earlier.item == item).unwrap_or(Progress { item, ..Progress::default() });
    let mut visit = Visit::of_thread(item, progress.read_until, params);
    visit.once(&mut progress, ctx).with_context(|| format!("thread {item}"))?;
    ctx.set(STATE, &progress)?;
    if progress.older.is_some() {
        ctx.more();
    }
    if visit.emitted == 0 {
        ctx.expect_empty();
    }
    ctx.summary(format!("in the thread: {}, emitted: {}", visit.total, visit.emitted));
    Ok(())
}

impl<'a> Visit<'a> {
    /// Of a thread that was read until `read_until`.
    pub(crate) fn of_thread(item: u64, read_until: Option<i64>, params: &'a Params) -> Self {
        Self {
            item: Some(item),
            tags: format!("story_{item}"),
            params,
            left: params.max_pages,
            read_until,
            done: BTreeSet::new(),
            total: 0,
            emitted: 0,
        }
    }

    /// Of the comments of several threads.
    pub(crate) fn of_threads(items: &[u64], read_until: Option<i64>, params: &'a Params) -> Self {
        let names: Vec<String> = items.iter().map(|item| format!("story_{item}")).collect();
        Self { item: None, tags: format!("comment,({})", names.join(",")), ..Self::of_thread(0, read_until, params) }
    }

    /// Reads what is new, and some of what is older and was not read yet.
    pub(crate) fn once(&mut self, progress: &mut Progress, ctx: &mut Ctx) -> Result<()> {
        let was_behind = progress.older.is_some();
        self.newest(progress, ctx)?;
        // What is new must not keep a run from what is older, however few pages it may read.
        self.left = self.left.max(u32::from(was_behind));
        self.oldest(progress, ctx)?;
        progress.read_until = Some(ctx.now().as_second());
        Ok(())
    }

    /// Reads back from now to where the last visit had begun.
    pub(crate) fn newest(&mut self, progress: &mut Progress, ctx: &mut Ctx) -> Result<()> {
        let settled = self.read_until.map(|until| until - LAG);
        let mut cursor = None;
        while 0 < self.left {
            let turned = self.turn(cursor, ctx)?;
            let Some(next) = turned.next else {
                progress.older = None;
                return Ok(());
            };
            let known = turned.known && settled.is_some();
            // A comment may turn up late, so known ones of the last hour do not end it; but that no
            // more may be read does not mean that others are missing behind them.
            if known && (self.left == 0 || settled.is_some_and(|settled| next < settled)) {
                return Ok(());
            }
            cursor = Some(next);
        }
        progress.older = cursor;
        Ok(())
    }

    /// Reads on to the beginning of the thread.
    fn oldest(&mut self, progress: &mut Progress, ctx: &mut Ctx) -> Result<()> {
        while 0 < self.left
            && let Some(cursor) = progress.older
        {
            progress.older = self.turn(Some(cursor), ctx)?.next;
        }
        Ok(())
    }

    /// Reads the page of what was written at `cursor` and before.
    fn turn(&mut self, cursor: Option<i64>, ctx: &mut Ctx) -> Result<Turned> {
        self.left -= 1;
        let url = self.url(cursor)?;
        let Answer { hits, total } = ctx.fetch(Request::get(url).json())?.ok()?.json()?;
        if let Some(item) = self.item.filter(|_| hits.is_empty() && cursor.is_none()) {
            let message = format!("no thread begins with item {item}: give the number of a post, not of a comment");
            return Err(Error::parse(&page(item), message));
        }
        self.total = self.total.max(total);
        let oldest = hits.iter().filter_map(|hit| hit.created_at_i).min();
        let next = oldest.filter(|_| hits.len() == PER_PAGE).map(|oldest| {
            // Where a whole page is of one second, it cannot be told apart any further.
            if cursor == Some(oldest) { oldest - 1 } else { oldest }
        });
        let known = self.emit(hits, total, ctx)?;
        // What is here need not come again.
        ctx.commit()?;
        Ok(Turned { next, known })
    }

    fn url(&self, cursor: Option<i64>) -> Result<Url> {
        let base = self.params.algolia_url.trim_end_matches('/');
        let mut url = Url::parse(&format!("{base}/search_by_date"))?;
        url.query_pairs_mut().append_pair("tags", &self.tags);
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("numericFilters", &format!("created_at_i<={cursor}"));
        }
        url.query_pairs_mut().append_pair("hitsPerPage", &PER_PAGE.to_string());
        Ok(url)
    }

    /// Emits what is new of a page, or may have been edited since the last visit; whether
    /// nothing was new.
    fn emit(&mut self, hits: Vec<Hit>, total: u64, ctx: &mut Ctx) -> Result<bool> {
        let keys: Vec<String> = hits.iter().map(|hit| key(&hit.id)).collect();
        let seen = ctx.seen(&keys.iter().map(String::as_str).collect::<Vec<_>>())?;
        let edited_after = self.read_until.map_or(i64::MAX, |until| until - EDITABLE);
        let mut known = true;
        for ((hit, seen), before) in hits.into_iter().zip(seen).zip(0_u64..) {
            if !self.done.insert(hit.id.clone()) {
                continue;
            }
            known &= seen;
            if seen && hit.created_at_i.is_none_or(|at| at < edited_after) {
                continue;
            }
            let url = page(&hit.id);
            // The hits of the answer end with the post itself, which is the first of the thread.
            let position = self.item.and_then(|_| u32::try_from(total.checked_sub(before)?).ok());
            match hit.at(position).into_finding() {
                Ok(finding) => {
                    ctx.emit(finding)?;
                    self.emitted += 1;
                }
                Err(reason) => ctx.skip(&url, reason),
            }
        }
        Ok(known)
    }
}

/// The number in `text`: itself, or the `id` of the address of an item.
///
/// # Errors
///
/// When there is none.
pub(crate) fn number(text: &str) -> Result<u64> {
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    let address = Url::parse(text).ok();
    let id = address.and_then(|url| url.query_pairs().find(|(name, _)| name == "id")?.1.parse().ok());
    match id {
        Some(id) => Ok(id),
        None => bail!(
            "`item` is neither a number nor the address of an item (https://news.ycombinator.com/item?id=…): `{text}`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_a_number_or_an_address() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(number(text).ok(), expected, "{text}");
        check("9201", Some(9201));
        check(" https://news.ycombinator.com/item?id=9201#9207 ", Some(9201));
        check("https://news.ycombinator.com/item", None);
        check("https://news.ycombinator.com/item?id=x", None);
        check("-4", None);
        check("", None);
    }
}
