//! What an entry of the log keeps of a finding, as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidings_model::{
    Change, CompetitorTag, Finding, FindingId, Kind, Lang, PluginId, Severity, SourceId, Tag, Thread, Timestamp, Url,
    site_of,
};

/// All of a finding that the tables do not hold in columns of their own.
#[derive(Serialize, Deserialize)]
pub(crate) struct Body<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<Cow<'a, Url>>,
    /// Left out where it is `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    canonical_url: Option<Cow<'a, Url>>,
    /// There is a `url`, but nothing is known of a canonical one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    not_canonical: bool,
    /// Left out where it is the host of `url`; empty where there is none all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    site: Option<Cow<'a, str>>,
    kind: Kind,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    title: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    text: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    author: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lang: Option<Cow<'a, Lang>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    published: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<Cow<'a, Thread>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<Cow<'a, Change>>,
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    hints: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "is_empty_map")]
    attrs: Cow<'a, BTreeMap<String, Value>>,
    tags: Tags<'a>,
}

fn is_empty_map(map: &BTreeMap<String, Value>) -> bool {
    map.is_empty()
}

/// What a taxonomy makes of a finding.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tags<'a> {
    #[serde(default, skip_serializing_if = "<[CompetitorTag]>::is_empty")]
    competitors: Cow<'a, [CompetitorTag]>,
    #[serde(default, skip_serializing_if = "<[Tag]>::is_empty")]
    labels: Cow<'a, [Tag]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    version: u64,
}

impl<'a> Tags<'a> {
    pub(crate) fn new(finding: &'a Finding) -> Self {
        Self {
            competitors: Cow::Borrowed(&finding.competitors),
            labels: Cow::Borrowed(&finding.tags),
            severity: finding.severity,
            version: finding.taxonomy_version,
        }
    }
}

/// What the tables hold of a finding in columns.
pub(crate) struct Columns {
    pub(crate) id: FindingId,
    pub(crate) source: SourceId,
    pub(crate) plugin: PluginId,
    pub(crate) found: Timestamp,
    pub(crate) updated: Option<Timestamp>,
    pub(crate) revision: u32,
    pub(crate) engagement: Option<tidings_model::Engagement>,
}

impl<'a> Body<'a> {
    pub(crate) fn new(finding: &'a Finding) -> Self {
        let url = finding.url.as_ref();
        let canonical = finding.canonical_url.as_ref();
        let site = finding.site.as_deref();
        let derived = url.and_then(site_of);
        Self {
            url: url.map(Cow::Borrowed),
            canonical_url: canonical.filter(|canonical| Some(*canonical) != url).map(Cow::Borrowed),
            not_canonical: url.is_some() && canonical.is_none(),
            site: (site != derived.as_deref()).then(|| Cow::Borrowed(site.unwrap_or(""))),
            kind: finding.kind,
            title: Cow::Borrowed(&finding.title),
            text: Cow::Borrowed(&finding.text),
            truncated: finding.truncated,
            author: finding.author.as_deref().map(Cow::Borrowed),
            lang: finding.lang.as_ref().map(Cow::Borrowed),
            published: finding.published,
            thread: finding.thread.as_ref().map(Cow::Borrowed),
            change: finding.change.as_ref().map(Cow::Borrowed),
            hints: Cow::Borrowed(&finding.hints),
            attrs: Cow::Borrowed(&finding.attrs),
            tags: Tags::new(finding),
        }
    }

    pub(crate) fn into_finding(self, columns: Columns) -> Finding {
        let url = self.url.map(Cow::into_owned);
        let canonical_url = match self.canonical_url {
            Some(canonical) => Some(canonical.into_owned()),
            None if self.not_canonical => None,
            None => url.clone(),
        };
        let site = match self.site {
            Some(site) => Some(site.into_owned()).filter(|site| !site.is_empty()),
            None => url.as_ref().and_then(site_of),
        };
        Finding {
            id: columns.id,
            url,
            canonical_url,
            site,
            source: columns.source,
            plugin: columns.plugin,
            kind: self.kind,
            title: self.title.into_owned(),
            text: self.text.into_owned(),
            truncated: self.truncated,
            author: self.author.map(Cow::into_owned),
            lang: self.lang.map(Cow::into_owned),
            published: self.published,
            found: columns.found,
            updated: columns.updated,
            revision: columns.revision,
            thread: self.thread.map(Cow::into_owned),
            engagement: columns.engagement,
            competitors: self.tags.competitors.into_owned(),
            tags: self.tags.labels.into_owned(),
            severity: self.tags.severity,
            story: None,
            change: self.change.map(Cow::into_owned),
            hints: self.hints.into_owned(),
            attrs: self.attrs.into_owned(),
            mark: None,
            taxonomy_version: self.tags.version,
        }
    }

    /// The same text with the tags that another entry decided.
    pub(crate) fn with_tags(self, tags: Tags<'a>) -> Self {
        Self { tags, ..self }
    }
}
