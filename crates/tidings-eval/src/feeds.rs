//! Predictions for feeds: one line a feed, its entries in document order. Of the gold only ids and file names are read.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tidings_extract::feed::{self, Feed, FeedError, Item};
use tidings_fetch::charset;

use crate::corpus;

#[derive(Deserialize)]
struct Task {
    id: String,
    file: String,
}

#[derive(Serialize)]
struct Prediction {
    id: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    feed_title: Option<String>,
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    title: Option<String>,
    link: Option<String>,
    id: Option<String>,
    /// RFC 3339. The corpus dates an item without a publication by its update.
    published: Option<String>,
}

pub(crate) fn predict(directory: &Path, out: &mut dyn Write) -> Result<()> {
    for task in corpus::tasks::<Task>(&directory.join("feeds/gold.jsonl"))? {
        let path = directory.join(&task.file);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let decoded = charset::decode(&bytes, None);
        corpus::answer(out, &Prediction::new(task.id, feed::parse(&decoded.text, None)))?;
    }
    Ok(())
}

impl Prediction {
    fn new(id: String, result: Result<Feed, FeedError>) -> Self {
        match result {
            Ok(mut feed) => Self { id, ok: true, error: None, feed_title: feed.title.take(), entries: entries(feed) },
            Err(error) => {
                Self { id, ok: false, error: Some(format!("{error:#}")), feed_title: None, entries: Vec::new() }
            }
        }
    }
}

/// Every item that was found, in document order: a skipped one is an entry too, with the little it has.
fn entries(feed: Feed) -> Vec<Entry> {
    let mut items = feed.items;
    for skipped in feed.skipped {
        items.insert(skipped.position.min(items.len()), skipped.item);
    }
    items.into_iter().map(Entry::from).collect()
}

impl From<Item> for Entry {
    fn from(item: Item) -> Self {
        let date = item.published.or(item.updated);
        Self { title: item.title, link: item.link, id: item.id, published: date.map(|date| date.to_string()) }
    }
}
