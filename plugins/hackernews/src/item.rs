//! From an item of either API to a finding. Both know it by the same number.

use serde::Deserialize;
use tidings_sdk::html::plain_text;
use tidings_sdk::{Engagement, Finding, FindingKind, Thread, Timestamp};

/// A hit of the search API.
#[derive(Debug, Deserialize)]
pub(crate) struct Hit {
    #[serde(rename = "objectID")]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) created_at_i: Option<i64>,
    #[serde(default)]
    title: Option<String>,
    /// Where a post links to.
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    author: Option<String>,
    #[serde(default)]
    points: Option<i64>,
    #[serde(default)]
    num_comments: Option<i64>,
    #[serde(default)]
    story_text: Option<String>,
    #[serde(default)]
    comment_text: Option<String>,
    #[serde(default)]
    story_id: Option<u64>,
    #[serde(default)]
    story_title: Option<String>,
    #[serde(default, rename = "_tags")]
    tags: Vec<String>,
    /// Which of its thread a comment is, where that is known; 1 is the post.
    #[serde(skip)]
    position: Option<u32>,
}

/// An item of the lists' API.
#[derive(Debug, Deserialize)]
pub(crate) struct Story {
    id: u64,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    time: Option<i64>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    score: Option<i64>,
    #[serde(default)]
    descendants: Option<i64>,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    dead: bool,
}

pub(crate) fn key(id: impl std::fmt::Display) -> String {
    format!("hn:{id}")
}

/// The page of an item.
pub(crate) fn page(id: impl std::fmt::Display) -> String {
    format!("https://news.ycombinator.com/item?id={id}")
}

fn at(second: Option<i64>) -> Option<Timestamp> {
    second.and_then(|second| Timestamp::from_second(second).ok())
}

/// What a post says: its text; a post without one says no more than its link.
fn post_text(html: Option<&str>, link: &str) -> String {
    let text = plain_text(html.unwrap_or_default());
    if text.is_empty() { link.to_owned() } else { text }
}

fn post(id: &str, title: &str, html: Option<&str>, link: Option<&str>) -> Finding {
    let link = link.unwrap_or_default();
    let thread = Thread { id: Some(id.to_owned()), url: Some(page(id)), position: Some(1), ..Thread::default() };
    let finding = Finding::new(plain_text(title), page(id)).key(key(id)).text(post_text(html, link)).thread(thread);
    if link.is_empty() { finding } else { finding.attr("link", link) }
}

impl Hit {
    /// The hit, at this place of its thread.
    pub(crate) fn at(self, position: Option<u32>) -> Self {
        Self { position, ..self }
    }

    /// # Errors
    ///
    /// Why it is none.
    pub(crate) fn into_finding(self) -> Result<Finding, &'static str> {
        let has = |tag: &str| self.tags.iter().any(|known| known == tag);
        let finding = if has("comment") || self.comment_text.is_some() {
            let text = plain_text(self.comment_text.as_deref().unwrap_or_default());
            if text.is_empty() {
                return Err("a comment without a text");
            }
            let thread = Thread {
                id: self.story_id.map(|id| id.to_string()),
                url: self.story_id.map(page),
                title: self.story_title.as_deref().map(plain_text),
                position: self.position,
            };
            Finding::new("", page(&self.id)).key(key(&self.id)).text(text).thread(thread).kind(FindingKind::Comment)
        } else {
            let title = self.title.as_deref().ok_or("a post without a title")?;
            let kind = if has("job") { FindingKind::Job } else { FindingKind::Post };
            let mut post = post(&self.id, title, self.story_text.as_deref(), self.url.as_deref()).kind(kind);
            for tag in ["ask_hn", "show_hn", "poll"].into_iter().filter(|tag| has(tag)) {
                post = post.hint(tag);
            }
            post
        };
        let engagement = Engagement { score: self.points, replies: self.num_comments, views: None };
        Ok(finding.author(self.author.unwrap_or_default()).published(at(self.created_at_i)).engagement(engagement))
    }
}

impl Story {
    /// # Errors
    ///
    /// Why it is none.
    pub(crate) fn into_finding(self) -> Result<Finding, &'static str> {
        if self.deleted || self.dead {
            return Err("deleted, or hidden by the site");
        }
        let title = self.title.as_deref().ok_or("a post without a title")?;
        let kind = match self.kind.as_str() {
            "story" | "poll" => FindingKind::Post,
            "job" => FindingKind::Job,
            _ => return Err("neither a post nor a job"),
        };
        let engagement = Engagement { score: self.score, replies: self.descendants, views: None };
        Ok(post(&self.id.to_string(), title, self.text.as_deref(), self.url.as_deref())
            .kind(kind)
            .author(self.by.unwrap_or_default())
            .published(at(self.time))
            .engagement(engagement))
    }
}
