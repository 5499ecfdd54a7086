//! Predictions for forum pages: the posts of a thread, or the topics of a list. Of the gold only ids, file names and
//! addresses are read.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use tidings_extract::thread::{self, Post, ThreadPage};
use tidings_fetch::charset;
use url::Url;

#[derive(Deserialize)]
struct Task {
    id: String,
    file: String,
    url: Option<String>,
}

#[derive(Serialize)]
struct Prediction {
    id: String,
    read_by: &'static str,
    title: String,
    posts: Vec<Line>,
    topics: Vec<[String; 2]>,
}

#[derive(Serialize)]
struct Line {
    author: Option<String>,
    datetime: Option<String>,
    text: String,
}

pub(crate) fn predict(directory: &Path, out: &mut dyn Write) -> Result<()> {
    let gold = directory.join("forums/gold.jsonl");
    let tasks = fs::read_to_string(&gold).with_context(|| format!("cannot read {}", gold.display()))?;
    for (number, line) in tasks.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let task: Task =
            serde_json::from_str(line).with_context(|| format!("{}, line {}", gold.display(), number + 1))?;
        let html = page(&directory.join(&task.file))?;
        let url = task.url.as_deref().and_then(|url| Url::parse(url).ok());
        let page = thread::read(&html, url.as_ref(), None).unwrap_or_default();
        serde_json::to_writer(&mut *out, &Prediction::new(task.id, page)).context("cannot write the predictions")?;
        out.write_all(b"\n").context("cannot write the predictions")?;
    }
    Ok(())
}

fn page(path: &Path) -> Result<String> {
    let packed = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut bytes = Vec::new();
    if packed.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(packed.as_slice())
            .read_to_end(&mut bytes)
            .with_context(|| format!("cannot unpack {}", path.display()))?;
    } else {
        bytes = packed;
    }
    Ok(charset::decode(&bytes, None).text.to_string())
}

impl Prediction {
    fn new(id: String, page: ThreadPage) -> Self {
        let topics = page.topics.into_iter().map(|topic| [topic.title, topic.href]).collect();
        let posts = page.posts.into_iter().map(Line::from).collect();
        Self { id, read_by: page.read_by, title: page.title, posts, topics }
    }
}

impl From<Post> for Line {
    fn from(post: Post) -> Self {
        Self { author: post.author, datetime: post.published.map(|at| at.to_string()), text: post.text }
    }
}
