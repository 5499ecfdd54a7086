//! What a source of this plugin takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::{Result, Url};

use crate::gdelt;

/// What a source of this plugin takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Who searches.
    pub engine: Engine,
    /// What to search for, in the engine's own syntax; quotes keep words together everywhere.
    pub query: String,
    /// Language of the news, as ISO 639 names it, e.g. `vi`.
    #[serde(default = "english")]
    #[schemars(regex(pattern = "^[a-z]{2,3}$"))]
    pub lang: String,
    /// Country that the news is for, as ISO 3166 names it, e.g. `VN`.
    #[serde(default = "united_states")]
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    pub region: String,
    /// Most stories taken in one run, newest or best first as the engine gives them.
    #[serde(default = "max")]
    #[schemars(range(min = 1, max = 500))]
    pub max: usize,
    /// Where your SearXNG lies; for another engine, a mirror of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^https?://"))]
    pub base_url: Option<String>,
}

/// Who searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// The feed of Google News.
    GoogleNews,
    /// The feed of Bing News.
    BingNews,
    /// The DOC 2.0 API of the GDELT project; the last week.
    Gdelt,
    /// Your own SearXNG, with `json` among its `search.formats`.
    Searxng,
    /// Brave's news search, with your key as the secret `brave`.
    Brave,
}

fn english() -> String {
    "en".to_owned()
}

fn united_states() -> String {
    "US".to_owned()
}

fn max() -> usize {
    100
}

impl Engine {
    /// As it stands in params.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::GoogleNews => "google-news",
            Self::BingNews => "bing-news",
            Self::Gdelt => "gdelt",
            Self::Searxng => "searxng",
            Self::Brave => "brave",
        }
    }
}

impl Params {
    pub fn new(engine: Engine, query: impl Into<String>) -> Self {
        Self { engine, query: query.into(), lang: english(), region: united_states(), max: max(), base_url: None }
    }

    /// # Errors
    ///
    /// What cannot be asked of the engine.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.query.trim().is_empty() {
            return Err("`query` must not be empty".to_owned());
        }
        if self.engine == Engine::Searxng && self.base_url.is_none() {
            return Err("engine `searxng` needs `base_url`: the address of your instance".to_owned());
        }
        if self.engine == Engine::Gdelt {
            gdelt::language(&self.lang)?;
            gdelt::country(&self.region)?;
        }
        Ok(())
    }

    /// An address below `base_url`, else below `default`.
    pub(crate) fn at(&self, default: &str, path: &str) -> Result<Url> {
        let base = self.base_url.as_deref().unwrap_or(default);
        Ok(Url::parse(&format!("{}{path}", base.trim_end_matches('/')))?)
    }

    /// `vi-VN`.
    pub(crate) fn locale(&self) -> String {
        format!("{}-{}", self.lang, self.region)
    }
}
