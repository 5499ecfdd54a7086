//! What a source found.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{CompetitorTag, FindingId, Lang, PluginId, Severity, SourceId, StoryRef, Tag};

/// One thing a source found: a post, a review, an article, a changed page.
///
/// The id never changes. A later state of title or text is a new *revision*
/// of the same finding; engagement is no revision. Serialised, it is the shape
/// of the API: what is absent is left out, never `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub id: FindingId,
    /// Absent where the place has no address of its own, e.g. a survey answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    /// The address by URL normaliser v1, or the one that the place names itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<Url>,
    /// Host of the address without `www.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    pub source: SourceId,
    pub plugin: PluginId,
    pub kind: Kind,
    /// Plain NFC text: markup removed, entities decoded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Plain NFC text, empty when the place gives none. Evidence counts its
    /// Unicode scalars, so it is never altered once committed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Whether `text` was cut at 256 KiB.
    #[serde(default, skip_serializing_if = "is_false")]
    pub truncated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
    /// The time the place states, in UTC; `None` when it states none. Never the fetch time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// When Tidings first saw it, in UTC.
    pub found: Timestamp,
    /// When its latest revision was seen; absent while there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Timestamp>,
    /// 1 for the first state seen.
    pub revision: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Thread>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<Engagement>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub competitors: Vec<CompetitorTag>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Absent where it stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<StoryRef>,
    /// Stands only on [`Kind::PageChange`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// What the plugin saw as categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// What the plugin declares in its manifest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attrs: BTreeMap<String, serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// The taxonomy that its tags come from.
    pub taxonomy_version: u64,
}

impl Finding {
    /// What the finding is dated by: `published`, else `found`; a date in the
    /// future counts as `found`.
    pub fn date(&self) -> Timestamp {
        self.published.filter(|published| *published <= self.found).unwrap_or(self.found)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// A word that is none of those its place takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no {what}; expected one of {expected}")]
pub struct UnknownWord {
    pub what: &'static str,
    pub word: String,
    pub expected: String,
}

/// A closed set of words, the same in JSON, SQL and query text.
macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word of the contract.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(word: &str) -> Result<Self, $crate::UnknownWord> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word).ok_or_else(|| {
                    $crate::UnknownWord {
                        what: $what,
                        word: word.to_owned(),
                        expected: [$($word),+].join(", "),
                    }
                })
            }
        }
    };
}
pub(crate) use word_enum;

word_enum!(
    /// What sort of thing a finding is.
    Kind, "kind" {
        Article = "article", Post = "post", Comment = "comment", Review = "review", Page = "page",
        PageChange = "page_change", Release = "release", Job = "job", Video = "video",
        Survey = "survey", Other = "other",
    }
);

word_enum!(
    /// What a watched page is for.
    PageType, "page type" {
        Home = "home", Pricing = "pricing", Product = "product", Docs = "docs", Blog = "blog",
        Changelog = "changelog", Jobs = "jobs", Status = "status", Other = "other",
    }
);

word_enum!(
    /// A person's verdict on a finding.
    MarkState, "mark" { Done = "done", Ignored = "ignored", Starred = "starred" }
);

/// The conversation that a finding is part of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thread {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// 1 for the post that opens the thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

/// How people reacted, as the place last counted it. Kept beside the finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Engagement {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<i64>,
}

/// What changed on a watched page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub page: PageType,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldChange>,
    /// Snapshot ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// One fact of a page, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<serde_json::Value>,
}

/// Triage by a person, beside the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<MarkState>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}
