//! The text of an item's own page, for feeds that give but its beginning.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidings_sdk::{Ctx, Error, Finding, Outcome, Page, Result};

use crate::item::{Entry, fnv};

/// Most pages of items that are fetched in a run.
const MAX_FETCHED: usize = 20;
/// Most items whose feed text is remembered: 200 KiB of state.
const MAX_HEARD: usize = 5000;
/// Time that one more page may take.
const PAGE_TIME: Duration = Duration::from_secs(45);
/// State: what the last run left.
const STATE: &str = "full_text";

/// What stays from one run to the next.
#[derive(Default, Serialize, Deserialize)]
struct Left {
    /// What the feed itself said of each item that was emitted, both as hashes: the archive
    /// holds the text of the page, so that it cannot tell whether the feed's changed.
    heard: BTreeMap<String, String>,
    /// The last page of the feed on which items wait for their texts.
    waits_on: u32,
}

/// The full texts of one run.
pub(crate) struct FullTexts {
    earlier: Left,
    now: Left,
    fetched: usize,
}

impl FullTexts {
    pub(crate) fn new(ctx: &mut Ctx) -> Result<Self> {
        Ok(Self { earlier: ctx.get(STATE)?.unwrap_or_default(), now: Left::default(), fetched: 0 })
    }

    /// Emits one item with the text of its page. Known ones are left alone unless the feed
    /// says something else of them: the archive has more of them than the feed.
    ///
    /// `None` when the item has to wait for the next run: emitted now, it would never get its text.
    pub(crate) fn emit(&mut self, entry: Entry, page: u32, ctx: &mut Ctx) -> Result<Option<Outcome>> {
        let name = format!("{:016x}", fnv(entry.name.bytes()));
        let said = format!("{:016x}", fnv(entry.title.bytes().chain([0]).chain(entry.text.bytes())));
        let heard = self.earlier.heard.get(&name).filter(|heard| **heard != said).is_none();
        if heard && ctx.seen(&[&entry.name])? == [true] {
            self.remember(name, said);
            return Ok(Some(Outcome::Duplicate));
        }
        let has_page = entry.url.starts_with("http://") || entry.url.starts_with("https://");
        if has_page && (self.fetched == MAX_FETCHED || ctx.deadline() < PAGE_TIME) {
            if let Some(heard) = self.earlier.heard.get(&name).cloned() {
                self.remember(name, heard);
            }
            self.now.waits_on = page;
            return Ok(None);
        }
        let finding = if has_page { self.read(entry, ctx)? } else { entry.finding };
        self.remember(name, said);
        ctx.emit(finding).map(Some)
    }

    /// Whether items of this page of the feed, or of a later one, waited at the end of the last run:
    /// that nothing on it is new does not mean that nothing follows.
    pub(crate) fn waited_beyond(&self, page: u32) -> bool {
        page < self.earlier.waits_on
    }

    pub(crate) fn waits(&self) -> bool {
        0 < self.now.waits_on
    }

    /// Leaves word for the next run.
    pub(crate) fn finish(self, ctx: &mut Ctx) -> Result<()> {
        if self.waits() {
            ctx.more();
        }
        ctx.set(STATE, &self.now)
    }

    fn remember(&mut self, name: String, said: String) {
        if self.now.heard.len() < MAX_HEARD {
            self.now.heard.insert(name, said);
        }
    }

    fn read(&mut self, entry: Entry, ctx: &mut Ctx) -> Result<Finding> {
        self.fetched += 1;
        match ctx.fetch(&entry.url).and_then(Page::ok).and_then(|page| html(&page)?.main_text()) {
            // A page that needs a login or a script gives less than the feed.
            Ok(found) if entry.text.len() < found.text.len() => {
                let author = if entry.author.is_empty() { found.author.unwrap_or_default() } else { entry.author };
                Ok(entry.finding.text(found.text).author(author))
            }
            Ok(_) => Ok(entry.finding),
            Err(error) if error.is_cancelled() => Err(error),
            Err(error) => {
                ctx.skip(&entry.url, format!("its full text, so the feed's own stands: {error}"));
                Ok(entry.finding)
            }
        }
    }
}

fn html(page: &Page) -> Result<&Page> {
    match page.header("content-type") {
        Some(kind) if !kind.contains("html") => {
            Err(Error::parse(page.url(), format!("{} is `{kind}`, not a page", page.url())))
        }
        _ => Ok(page),
    }
}
