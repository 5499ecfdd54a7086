//! A finding, as an author builds it.

use std::fmt::Display;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidings_protocol as wire;
use tidings_protocol::{Change, Engagement, MAX_TEXT, Thread};

use crate::{Error, Result};

/// What sort of thing a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    Article,
    Post,
    Comment,
    Review,
    Page,
    PageChange,
    Release,
    Job,
    Video,
    Survey,
    Other,
}

impl FindingKind {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Post => "post",
            Self::Comment => "comment",
            Self::Review => "review",
            Self::Page => "page",
            Self::PageChange => "page_change",
            Self::Release => "release",
            Self::Job => "job",
            Self::Video => "video",
            Self::Survey => "survey",
            Self::Other => "other",
        }
    }
}

/// One thing found, to be handed to [`Ctx::emit`](crate::Ctx::emit).
///
/// It needs a URL or a key, and a title or a text. An empty string counts as
/// absent everywhere, so what a place does not say need not be told apart. Text
/// is plain: markup removed, entities decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding(pub(crate) wire::Finding);

impl Finding {
    pub fn new(title: impl Into<String>, url: impl Into<String>) -> Self {
        Self(wire::Finding { title: filled(title), url: filled(url), ..wire::Finding::default() })
    }

    /// A finding without an address of its own, known by `key`.
    pub fn keyed(key: impl Into<String>) -> Self {
        Self::default().key(key)
    }

    /// What the place itself calls it, the same for ever; without one the URL decides
    /// whether a finding was there before.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.key = filled(key);
        self
    }

    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.0.url = filled(url);
        self
    }

    /// The address that the place names as the right one.
    pub fn canonical_url(mut self, url: impl Into<String>) -> Self {
        self.0.canonical_url = filled(url);
        self
    }

    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.0.title = filled(title);
        self
    }

    /// Plain text. Cut at 256 KiB, which is then said in `truncated`.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        let text = without_control(text.into());
        let end = text.floor_char_boundary(MAX_TEXT);
        self.0.truncated = end < text.len();
        self.0.text = filled(if self.0.truncated { text[..end].to_owned() } else { text });
        self
    }

    pub fn author(mut self, author: impl Into<String>) -> Self {
        self.0.author = filled(author);
        self
    }

    /// A BCP 47 tag, as the place says it.
    pub fn lang(mut self, lang: impl Into<String>) -> Self {
        self.0.lang = filled(lang);
        self
    }

    /// The time that the place states; never the time of the visit.
    pub fn published(mut self, at: impl Into<Option<Timestamp>>) -> Self {
        self.0.published = at.into();
        self
    }

    pub fn updated(mut self, at: impl Into<Option<Timestamp>>) -> Self {
        self.0.updated = at.into();
        self
    }

    pub fn kind(mut self, kind: FindingKind) -> Self {
        self.0.kind = Some(kind.as_str().to_owned());
        self
    }

    pub fn thread(mut self, thread: Thread) -> Self {
        self.0.thread = (thread != Thread::default()).then_some(thread);
        self
    }

    /// Only on a [`FindingKind::PageChange`].
    pub fn change(mut self, change: Change) -> Self {
        self.0.change = Some(change);
        self
    }

    /// Adds a category as the place names it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.extend(filled(hint));
        self
    }

    pub fn engagement(mut self, engagement: Engagement) -> Self {
        self.0.engagement = (engagement != Engagement::default()).then_some(engagement);
        self
    }

    /// Anything else worth keeping, under a name that the plugin's page documents.
    pub fn attr(mut self, name: impl Display, value: impl Into<Value>) -> Self {
        self.0.attrs.insert(name.to_string(), value.into());
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        let Self(finding) = self;
        if finding.url.is_none() && finding.key.is_none() {
            let title = finding.title.as_deref().unwrap_or_default();
            return Err(Error::msg(format!("a finding needs a url or a key; this one has none: `{title}`")));
        }
        if finding.title.is_none() && finding.text.is_none() {
            let name = finding.url.as_ref().or(finding.key.as_ref()).map(String::as_str).unwrap_or_default();
            return Err(Error::msg(format!("a finding needs a title or a text; {name} has none")));
        }
        Ok(())
    }
}

/// `None` where there is nothing to read in it.
fn filled(text: impl Into<String>) -> Option<String> {
    Some(text.into()).filter(|text| !text.trim().is_empty())
}

/// Text without what no reader sees; JSON would write six bytes for each.
fn without_control(mut text: String) -> String {
    let is_control = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(is_control) {
        text.retain(|c| !is_control(c));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_a_letter_and_says_so() {
        let long = Finding::keyed("a").text(format!("{}{}", "x".repeat(MAX_TEXT - 1), "ế"));
        assert_eq!(long.0.text.unwrap().len(), MAX_TEXT - 1);
        assert!(long.0.truncated);
        let fits = Finding::keyed("a").text("x".repeat(MAX_TEXT));
        assert_eq!((fits.0.text.unwrap().len(), fits.0.truncated), (MAX_TEXT, false));
    }

    #[test]
    fn a_kind_has_one_word() {
        let kind = FindingKind::PageChange;
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }

    #[test]
    fn what_is_empty_is_absent() {
        let finding = Finding::new("", "https://a.example/").author(" ").hint("").thread(Thread::default());
        assert_eq!(serde_json::to_string(&finding.0).unwrap(), r#"{"url":"https://a.example/"}"#);
    }

    #[test]
    fn control_characters_go_lines_stay() {
        assert_eq!(Finding::keyed("a").text("a\u{0}b\r\n\tc").0.text.unwrap(), "ab\n\tc");
    }

    #[track_caller]
    fn check(finding: &Finding, problem: &str) {
        let error = finding.check().unwrap_err();
        assert!(error.message().contains(problem), "{error}");
    }

    #[test]
    fn a_finding_that_nothing_can_name_is_refused() {
        check(&Finding::new("Title", ""), "needs a url or a key");
        check(&Finding::new("", "https://a.example/"), "needs a title or a text; https://a.example/");
        Finding::keyed("a").text("b").check().unwrap();
    }
}
