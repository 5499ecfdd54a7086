//! The feeds of an alert: its latest matches, for whoever knows its token.

use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use tidings_model::AlertId;
use tidings_store::{AlertRow, Match, StoreError};
use url::Url;

use crate::compose::{entry, feed_url};
use crate::feed::{Feed, FeedItem};
use crate::{Alert, Alerts, AlertsError, Volume};

/// Matches that a feed shows.
const ITEMS: usize = 100;

/// The formats of an alert's feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedFormat {
    Atom,
    Rss,
    Json,
}

impl FeedFormat {
    pub const ALL: [Self; 3] = [Self::Atom, Self::Rss, Self::Json];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Atom => "atom",
            Self::Rss => "rss",
            Self::Json => "json",
        }
    }

    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Json => "application/feed+json; charset=utf-8",
        }
    }
}

impl FromStr for FeedFormat {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|format| format.as_str() == word).ok_or(())
    }
}

/// A feed as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fed {
    pub body: String,
    /// In its quotes; another body has another.
    pub etag: String,
}

impl Alerts {
    /// The feed of the alert; `None` where there is no such alert, or its token is another. `here`
    /// is where it was asked for, for a configuration that names no address.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn feed(&self, id: &AlertId, token: &str, format: FeedFormat, here: &Url) -> Result<Option<Fed>, AlertsError> {
        let Some(row) = self.inner.store.alert(id)?.filter(|row| is_same(&row.token, token)) else { return Ok(None) };
        let Ok(alert) = serde_json::from_str::<Alert>(&row.definition) else { return Ok(None) };
        let Some(made) = self.make_feed(&alert, &row, format, here)? else { return Ok(None) };
        let body = match format {
            FeedFormat::Atom => made.atom(),
            FeedFormat::Rss => made.rss(),
            FeedFormat::Json => made.json(),
        };
        let hash = Sha256::digest(body.as_bytes());
        let etag = hash[..12].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Ok(Some(Fed { body, etag: format!("\"{etag}\"") }))
    }

    fn make_feed(
        &self,
        alert: &Alert,
        row: &AlertRow,
        format: FeedFormat,
        here: &Url,
    ) -> Result<Option<Feed>, StoreError> {
        let config = self.inner.settings().config;
        let base = config.public_url.as_ref().unwrap_or(here);
        let Some(self_url) = feed_url(base, row, format) else { return Ok(None) };
        let item = |found: Match| {
            let matched = found.matched;
            Some(FeedItem { entry: entry(found, Volume::All)?, matched })
        };
        let matches = self.inner.store.latest_matches(row.number, ITEMS)?;
        let items: Vec<FeedItem> = matches.into_iter().filter_map(item).collect();
        Ok(Some(Feed {
            id: format!("urn:tidings:alert:{}", row.id),
            title: alert.title().to_owned(),
            self_url,
            site_url: config.public_url.clone(),
            updated: items.iter().map(|item| item.matched).max().unwrap_or(row.updated),
            language: alert.language.unwrap_or(config.language),
            items,
        }))
    }
}

/// Takes as long for a token that is nearly right as for one that is not.
fn is_same(token: &str, given: &str) -> bool {
    Sha256::digest(token.as_bytes()) == Sha256::digest(given.as_bytes())
}
