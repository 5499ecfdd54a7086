//! What a search answers: the contract's shape, nothing more.

use std::collections::BTreeMap;

use serde::Serialize;
use tidings_model::{Finding, Timestamp};

use crate::MatchMode;

/// The answer of `GET /search`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchAnswer {
    pub query: QueryEcho,
    /// All that match, not only the hits of this page.
    pub total: u64,
    pub took_ms: u64,
    pub hits: Vec<Hit>,
    /// Present when facets were asked for, each with its commonest values first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facets: BTreeMap<String, Vec<FacetCount>>,
    /// Present when a timeline was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Vec<Bucket>>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How the query was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueryEcho {
    pub q: String,
    pub canonical: String,
    #[serde(rename = "match")]
    pub match_mode: MatchMode,
    /// Whether `match=all` found nothing, and this is what `match=any` finds.
    pub relaxed: bool,
}

/// One finding that matches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    #[serde(flatten)]
    pub finding: Finding,
    pub score: f32,
    /// HTML: escaped, but for `<mark>`.
    pub snippet: String,
    /// HTML as `snippet`; present when highlighting was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_html: Option<String>,
}

/// How many of the matching findings have a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FacetCount {
    pub value: String,
    pub count: u64,
}

/// How many of the matching findings are dated in the interval that begins at `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bucket {
    pub from: Timestamp,
    pub count: u64,
}
