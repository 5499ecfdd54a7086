//! Predictions for articles: one line a page. Of the gold only ids, file names and addresses are read.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use tidings_extract::main_text::{MainText, main_text};
use url::Url;

use crate::corpus;

#[derive(Deserialize)]
struct Task {
    id: String,
    file: String,
    url: Option<String>,
}

#[derive(Serialize)]
struct Prediction {
    id: String,
    text: String,
    title: Option<String>,
    author: Option<String>,
    lang: Option<String>,
    /// Date alone, in UTC.
    published: Option<String>,
}

pub(crate) fn predict(directory: &Path, out: &mut dyn Write) -> Result<()> {
    for task in corpus::tasks::<Task>(&directory.join("articles/gold.jsonl"))? {
        let page = corpus::page(&directory.join(&task.file))?;
        let url = task.url.as_deref().and_then(|url| Url::parse(url).ok());
        let found = main_text(&page, url.as_ref()).unwrap_or_else(|error| {
            eprintln!("{} {error}", task.id);
            MainText::default()
        });
        corpus::answer(out, &Prediction::new(task.id, found))?;
    }
    Ok(())
}

impl Prediction {
    fn new(id: String, found: MainText) -> Self {
        let MainText { title, author, published, lang, text } = found;
        let published = published.map(|date| date.strftime("%Y-%m-%d").to_string());
        Self { id, text, title, author, lang, published }
    }
}
