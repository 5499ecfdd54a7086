//! From a thing of the API to a finding.

use serde::Deserialize;
use tidings_sdk::{Engagement, Finding, FindingKind, Thread, Timestamp};

/// A post (`t3`), a comment (`t1`), or another thing that is passed over.
#[derive(Debug, Deserialize)]
pub(crate) struct Thing {
    kind: String,
    data: Data,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    name: String,
    author: Option<String>,
    subreddit: Option<String>,
    permalink: String,
    created_utc: Option<f64>,
    score: Option<i64>,
    num_comments: Option<i64>,
    title: String,
    selftext: Option<String>,
    is_self: bool,
    url: Option<String>,
    link_flair_text: Option<String>,
    body: String,
    link_id: Option<String>,
    link_title: Option<String>,
    link_permalink: Option<String>,
}

/// The key of a thing by its full name, `t3_abc`.
pub(crate) fn key(name: &str) -> String {
    format!("reddit:{name}")
}

impl Thing {
    pub(crate) fn address(&self) -> String {
        format!("https://www.reddit.com{}", self.data.permalink)
    }

    /// # Errors
    ///
    /// Why it is none.
    pub(crate) fn into_finding(self) -> Result<Finding, &'static str> {
        if self.data.name.is_empty() || !self.data.permalink.starts_with('/') {
            return Err("it has no name or no address");
        }
        let address = self.address();
        let finding = match self.kind.as_str() {
            "t3" => self.data.post(address)?,
            "t1" => self.data.comment(address)?,
            _ => return Err("it is neither a post nor a comment"),
        };
        Ok(finding)
    }
}

impl Data {
    fn post(self, address: String) -> Result<Finding, &'static str> {
        if self.title.is_empty() {
            return Err("a post without a title");
        }
        let link = self.url.clone().filter(|_| !self.is_self).unwrap_or_default();
        let text = self.selftext.clone().filter(|text| !is_gone(text)).unwrap_or_default();
        let thread = Thread { id: Some(self.name.clone()), url: Some(address.clone()), title: None, position: Some(1) };
        let mut finding = Finding::new(self.title.clone(), address)
            .kind(FindingKind::Post)
            .text(if text.is_empty() { link.clone() } else { text })
            .thread(thread)
            .hint(self.link_flair_text.clone().unwrap_or_default());
        if !link.is_empty() {
            finding = finding.attr("link", link);
        }
        Ok(self.common(finding))
    }

    fn comment(self, address: String) -> Result<Finding, &'static str> {
        if self.body.is_empty() || is_gone(&self.body) {
            return Err("a comment whose text is gone");
        }
        let url = self
            .link_permalink
            .as_ref()
            .map(|link| if link.starts_with('/') { format!("https://www.reddit.com{link}") } else { link.clone() });
        let thread = Thread { id: self.link_id.clone(), url, title: self.link_title.clone(), position: None };
        let finding = Finding::new("", address).kind(FindingKind::Comment).text(self.body.clone()).thread(thread);
        Ok(self.common(finding))
    }

    /// What posts and comments have in common.
    fn common(self, finding: Finding) -> Finding {
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and a time out of range is none")]
        let published = self.created_utc.and_then(|second| Timestamp::from_second(second as i64).ok());
        let author = self.author.filter(|author| !is_gone(author)).unwrap_or_default();
        let finding = finding.key(key(&self.name)).author(author).published(published).engagement(Engagement {
            score: self.score,
            replies: self.num_comments,
            ..Engagement::default()
        });
        match self.subreddit {
            Some(subreddit) => finding.attr("subreddit", subreddit),
            None => finding,
        }
    }
}

/// What the site writes in place of what was taken away.
fn is_gone(text: &str) -> bool {
    matches!(text, "[deleted]" | "[removed]")
}
