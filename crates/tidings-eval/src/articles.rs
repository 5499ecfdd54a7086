//! Predictions for articles: one line a page. Of the gold only ids, file names and addresses are read.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};
use tidings_extract::main_text::{MainText, main_text};
use tidings_fetch::charset;
use url::Url;

/// Largest page that is read, in bytes.
const MAX_PAGE: u64 = 32 << 20;

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
    let gold = directory.join("articles/gold.jsonl");
    let tasks = fs::read_to_string(&gold).with_context(|| format!("cannot read {}", gold.display()))?;
    for (number, line) in tasks.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let task: Task =
            serde_json::from_str(line).with_context(|| format!("{}, line {}", gold.display(), number + 1))?;
        let page = page(&directory.join(&task.file))?;
        let url = task.url.as_deref().and_then(|url| Url::parse(url).ok());
        let found = main_text(&page, url.as_ref()).unwrap_or_else(|error| {
            eprintln!("{} {error}", task.id);
            MainText::default()
        });
        serde_json::to_writer(&mut *out, &Prediction::new(task.id, found)).context("cannot write the predictions")?;
        out.write_all(b"\n").context("cannot write the predictions")?;
    }
    Ok(())
}

/// A gzip page, decoded.
fn page(path: &Path) -> Result<String> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut bytes = Vec::new();
    MultiGzDecoder::new(file)
        .take(MAX_PAGE)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(charset::decode(&bytes, None).text)
}

impl Prediction {
    fn new(id: String, found: MainText) -> Self {
        let MainText { title, author, published, lang, text } = found;
        let published = published.map(|date| date.strftime("%Y-%m-%d").to_string());
        Self { id, text, title, author, lang, published }
    }
}
