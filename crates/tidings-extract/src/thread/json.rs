//! Threads and lists as the JSON of Discourse and NodeBB.

use jiff::Timestamp;
use serde::Deserialize;

use crate::html::plain_text;

use super::{Post, Topic};

/// A thread of Discourse: `/t/ID.json`. Posts beyond the first 20 are named in `stream`, and asked for by their ids.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DiscourseTopic {
    pub id: u64,
    pub title: String,
    pub slug: String,
    pub posts_count: u64,
    pub views: Option<u64>,
    pub post_stream: DiscoursePosts,
}

/// The posts of an answer, and the ids of all that there are.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DiscoursePosts {
    pub posts: Vec<DiscoursePost>,
    pub stream: Vec<u64>,
}

/// One post of Discourse, as in threads and in searches.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DiscoursePost {
    pub id: u64,
    pub username: String,
    pub cooked: String,
    pub blurb: String,
    pub created_at: Option<Timestamp>,
    pub post_number: u32,
    pub post_type: Option<u8>,
    pub topic_id: u64,
    pub like_count: Option<i64>,
    pub actions_summary: Vec<DiscourseAction>,
}

/// How often something was done to a post; 2 is a like.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DiscourseAction {
    pub id: u32,
    pub count: i64,
}

/// A list of Discourse: `/latest.json`, a category's or a tag's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DiscourseList {
    pub topic_list: Option<DiscourseTopics>,
}

/// The topics of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DiscourseTopics {
    pub topics: Vec<DiscourseLine>,
    pub more_topics_url: Option<String>,
}

/// One line of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DiscourseLine {
    pub id: u64,
    pub title: String,
    pub slug: String,
    pub posts_count: u64,
    pub views: Option<u64>,
    pub last_posted_at: Option<Timestamp>,
    pub bumped_at: Option<Timestamp>,
    pub pinned: bool,
}

/// What `/search.json` answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DiscourseSearch {
    pub posts: Vec<DiscoursePost>,
    pub topics: Vec<DiscourseLine>,
    pub grouped_search_result: Option<DiscourseResult>,
}

/// What a search says of itself; an empty one has this too.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DiscourseResult {
    pub more_full_page_results: Option<bool>,
}

impl DiscoursePost {
    /// The post; `None` for what is none, as a note that the thread was closed.
    pub fn post(&self) -> Option<Post> {
        if self.post_type.is_some_and(|kind| kind != 1) {
            return None;
        }
        let text = plain_text(if self.cooked.is_empty() { &self.blurb } else { &self.cooked });
        let likes = self.actions_summary.iter().find(|action| action.id == 2).map(|action| action.count);
        Some(Post {
            id: Some(self.id.to_string()),
            author: Some(self.username.clone()).filter(|name| !name.is_empty()),
            published: self.created_at,
            text,
            url: None,
            position: Some(self.post_number).filter(|number| *number > 0),
            score: self.like_count.or(likes),
        })
        .filter(|post| !post.text.is_empty())
    }
}

impl DiscourseLine {
    /// The line as a topic, under the forum's `base` without a slash at its end.
    pub fn topic(&self, base: &str) -> Topic {
        let slug = if self.slug.is_empty() { "-" } else { &self.slug };
        Topic {
            title: plain_text(&self.title),
            href: format!("{base}/t/{slug}/{}", self.id),
            replies: Some(self.posts_count.saturating_sub(1)),
            views: self.views,
            last: self.last_posted_at.or(self.bumped_at),
            sticky: self.pinned,
        }
    }
}

/// A thread of NodeBB: `/api/topic/ID`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeTopic {
    pub tid: u64,
    pub title: String,
    pub slug: String,
    pub postcount: u64,
    pub viewcount: Option<u64>,
    pub posts: Vec<NodePost>,
    pub pagination: NodePages,
}

/// One post of NodeBB.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodePost {
    pub pid: u64,
    pub content: String,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    pub index: Option<u32>,
    pub votes: Option<i64>,
    pub deleted: u8,
    pub user: NodeUser,
}

/// Who wrote a post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeUser {
    pub username: String,
    pub displayname: String,
}

/// Which page of how many.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodePages {
    pub current_page: u32,
    pub page_count: u32,
}

/// A list of NodeBB: `/api/recent` or `/api/category/ID`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeList {
    pub topics: Option<Vec<NodeLine>>,
    pub pagination: NodePages,
}

/// One line of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeLine {
    pub tid: u64,
    pub title: String,
    pub slug: String,
    pub postcount: u64,
    pub viewcount: Option<u64>,
    /// Milliseconds since 1970.
    pub lastposttime: i64,
    pub pinned: u8,
}

impl NodePost {
    /// The post; `None` where it was deleted or has no words.
    pub fn post(&self) -> Option<Post> {
        let text = plain_text(&self.content);
        if self.deleted != 0 || text.is_empty() {
            return None;
        }
        let name = if self.user.username.is_empty() { &self.user.displayname } else { &self.user.username };
        Some(Post {
            id: Some(self.pid.to_string()),
            author: Some(name.clone()).filter(|name| !name.is_empty()),
            published: millisecond(self.timestamp),
            text,
            url: None,
            position: self.index.map(|index| index.saturating_add(1)),
            score: self.votes,
        })
    }
}

impl NodeLine {
    /// The line as a topic, under the forum's `base` without a slash at its end.
    pub fn topic(&self, base: &str) -> Topic {
        let slug = if self.slug.is_empty() { self.tid.to_string() } else { self.slug.clone() };
        Topic {
            title: plain_text(&self.title),
            href: format!("{base}/topic/{slug}"),
            replies: Some(self.postcount.saturating_sub(1)),
            views: self.viewcount,
            last: millisecond(self.lastposttime),
            sticky: self.pinned != 0,
        }
    }
}

fn millisecond(at: i64) -> Option<Timestamp> {
    Some(at).filter(|at| *at > 0).and_then(|at| Timestamp::from_millisecond(at).ok())
}
