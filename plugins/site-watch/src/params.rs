//! What a source of this plugin takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::extract::change::{Difference, Scope, selector};
use tidings_sdk::{Error, Result, code};

/// What a source of this plugin takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Address of the page.
    #[schemars(pattern("^https?://"))]
    pub url: String,
    /// CSS selectors of the parts to watch; the page without its frame when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// CSS selectors of parts that are not watched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// Tell only blocks that contain one of these, whatever their case; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trigger: Vec<String>,
    /// Not blocks that contain one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Which changes are told.
    #[serde(default = "both")]
    pub kinds: Vec<Side>,
    /// Fewest words that come or go in a change that is told.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10000))]
    pub min_words: usize,
    /// What the page is; by its address when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<PageType>,
}

/// A side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Added,
    Removed,
}

/// What a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageType {
    Home,
    Pricing,
    Product,
    Docs,
    Blog,
    Changelog,
    Jobs,
    Status,
    Other,
}

fn both() -> Vec<Side> {
    vec![Side::Added, Side::Removed]
}

fn one() -> usize {
    1
}

impl Params {
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            include: Vec::new(),
            exclude: Vec::new(),
            trigger: Vec::new(),
            ignore: Vec::new(),
            kinds: both(),
            min_words: one(),
            page: None,
        }
    }

    /// The selectors, read.
    pub(crate) fn scope(&self) -> Result<Scope> {
        let read = |name: &str, list: &[String]| -> Result<Vec<_>> {
            let wrong = |css: &String, error| {
                Error::new(code::CONFIG_INVALID, format!("`{name}`: `{css}` is no CSS selector: {error}"))
            };
            list.iter().map(|css| selector(css).map_err(|error| wrong(css, error))).collect()
        };
        Ok(Scope { include: read("include", &self.include)?, exclude: read("exclude", &self.exclude)? })
    }

    /// The part of a difference that is asked for.
    pub(crate) fn wanted(&self, mut found: Difference) -> Difference {
        let holds = |block: &str, words: &[String]| {
            let block = block.to_lowercase();
            words.iter().any(|word| block.contains(&word.to_lowercase()))
        };
        let is_wanted =
            |block: &String| (self.trigger.is_empty() || holds(block, &self.trigger)) && !holds(block, &self.ignore);
        found.added.retain(|block| self.kinds.contains(&Side::Added) && is_wanted(block));
        found.removed.retain(|block| self.kinds.contains(&Side::Removed) && is_wanted(block));
        found
    }
}
