//! What a source of this plugin takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::extract::change::{Pattern, Scope, selector};
use tidings_sdk::{Error, Result, code};

/// What a key of snapshots begins with. Facts of another making are kept under another: they would all seem to change.
const PAGE: &str = "page-v2";

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
    /// Tell only blocks that contain one of these, all when empty: texts, whatever their case, or `/regular expressions/`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trigger: Vec<String>,
    /// Not blocks that contain one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Which changes are told.
    #[serde(default = "all")]
    pub kinds: Vec<Side>,
    /// Fewest words that come or go in a change that is told.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10000))]
    pub min_words: usize,
    /// What the page is; by its address when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<PageType>,
}

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Added,
    Removed,
    /// An edited block: it shares most words with the one that it replaces, and is neither added nor removed.
    Changed,
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

impl PageType {
    /// The contract's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Pricing => "pricing",
            Self::Product => "product",
            Self::Docs => "docs",
            Self::Blog => "blog",
            Self::Changelog => "changelog",
            Self::Jobs => "jobs",
            Self::Status => "status",
            Self::Other => "other",
        }
    }
}

fn all() -> Vec<Side> {
    vec![Side::Added, Side::Removed, Side::Changed]
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
            kinds: all(),
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

    /// What decides which blocks are told.
    pub(crate) fn filter(&self) -> Result<Filter> {
        let read = |name: &str, list: &[String]| -> Result<Vec<Pattern>> {
            let wrong =
                |pattern: &String, error| Error::new(code::CONFIG_INVALID, format!("`{name}`: `{pattern}` {error}"));
            list.iter().map(|pattern| Pattern::parse(pattern).map_err(|error| wrong(pattern, error))).collect()
        };
        Ok(Filter { trigger: read("trigger", &self.trigger)?, ignore: read("ignore", &self.ignore)? })
    }

    /// Under this key the states of what is watched are kept: another page, or another part of it, is another thing.
    pub(crate) fn key(&self) -> String {
        let parts = [std::slice::from_ref(&self.url), &self.include, &self.exclude];
        let text = parts.map(|part| part.join("\u{1e}")).join("\u{1d}");
        // FNV-1a, which no release of a library changes.
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("{PAGE}-{hash:016x}")
    }
}

/// Which blocks are told.
pub(crate) struct Filter {
    trigger: Vec<Pattern>,
    ignore: Vec<Pattern>,
}

impl Filter {
    pub(crate) fn wants(&self, block: &str) -> bool {
        let holds = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(block));
        (self.trigger.is_empty() || holds(&self.trigger)) && !holds(&self.ignore)
    }

    /// The blocks of `text` that are told when they come or go.
    pub(crate) fn apply(&self, text: &str) -> String {
        text.lines().filter(|block| self.wants(block)).collect::<Vec<_>>().join("\n")
    }
}
