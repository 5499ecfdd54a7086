//! What a source of this plugin takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a source of this plugin takes: a subreddit, a user, a search, or a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Name of a subreddit, without `r/`; several joined by `+`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Za-z0-9_+]{2,200}$"))]
    pub subreddit: Option<String>,
    /// Name of a user, without `u/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{3,20}$"))]
    pub user: Option<String>,
    /// Words to search posts for; with `subreddit`, within it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Address of a feed (`….rss`) to read instead of the API, which takes no key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^https?://"))]
    pub rss: Option<String>,
    /// What is taken of a subreddit or a user: `posts`, `comments`, or both.
    pub what: Vec<What>,
    /// Most pages, of 100 each, that one run reads of posts and of comments.
    #[schemars(range(min = 1, max = 10))]
    pub max_pages: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Posts,
    Comments,
}

impl Default for Params {
    fn default() -> Self {
        Self { subreddit: None, user: None, query: None, rss: None, what: vec![What::Posts], max_pages: 3 }
    }
}

impl Params {
    /// # Errors
    ///
    /// What does not go together.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let named = [self.subreddit.is_some() || self.query.is_some(), self.user.is_some(), self.rss.is_some()];
        if named.into_iter().filter(|named| *named).count() != 1 {
            return Err("one is needed of `subreddit` (with or without `query`), `query`, `user` and `rss`");
        }
        if self.query.as_ref().is_some_and(|query| query.trim().is_empty()) {
            return Err("`query` must not be empty");
        }
        if self.what.is_empty() {
            return Err("`what` must name `posts`, `comments` or both");
        }
        if self.query.is_some() && self.what.contains(&What::Comments) {
            return Err("a search finds posts alone: take `comments` out of `what`, or read them by `subreddit`");
        }
        Ok(())
    }

    /// The listings to read: path and query of each.
    pub(crate) fn listings(&self) -> Vec<(String, Vec<(&'static str, String)>)> {
        let sort = || vec![("sort", "new".to_owned())];
        if let Some(query) = &self.query {
            let mut pairs = sort();
            pairs.push(("q", query.clone()));
            return vec![match &self.subreddit {
                Some(name) => {
                    pairs.push(("restrict_sr", "1".to_owned()));
                    (format!("/r/{name}/search"), pairs)
                }
                None => ("/search".to_owned(), pairs),
            }];
        }
        let listing = |what: &What| match (&self.user, what) {
            (Some(user), What::Posts) => (format!("/user/{user}/submitted"), sort()),
            (Some(user), What::Comments) => (format!("/user/{user}/comments"), sort()),
            (None, What::Posts) => (format!("/r/{}/new", self.subreddit.as_deref().unwrap_or_default()), Vec::new()),
            (None, What::Comments) => {
                (format!("/r/{}/comments", self.subreddit.as_deref().unwrap_or_default()), Vec::new())
            }
        };
        self.what.iter().map(listing).collect()
    }
}
