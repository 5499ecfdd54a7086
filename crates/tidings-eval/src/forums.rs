//! Predictions for forum pages: the posts of a thread, or the topics of a list. Of the gold only ids, file names and
//! addresses are read.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use tidings_extract::thread::{self, Post, ThreadPage};
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
    for task in corpus::tasks::<Task>(&directory.join("forums/gold.jsonl"))? {
        let html = corpus::page(&directory.join(&task.file))?;
        let url = task.url.as_deref().and_then(|url| Url::parse(url).ok());
        let page = thread::read(&html, url.as_ref(), None).unwrap_or_default();
        corpus::answer(out, &Prediction::new(task.id, page))?;
    }
    Ok(())
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
