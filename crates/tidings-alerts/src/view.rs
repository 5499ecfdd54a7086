//! An alert as it is shown.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tidings_query::Vocabulary;
use tidings_store::AlertRow;

use crate::compose::feed_url;
use crate::record::AlertRecord;
use crate::{Alert, AlertPlace, AlertsConfig, FeedFormat};

/// An alert, with what is known of it beside its definition.
#[derive(Clone, Debug, Serialize)]
pub struct AlertView {
    /// In the shape of `[[alert]]`.
    #[serde(flatten)]
    pub definition: Value,
    /// The query that stands, the filters in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// Why it matches nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Where it is changed, if not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defined_in: Option<AlertPlace>,
    /// Addresses of its feeds, by format.
    pub feeds: Value,
    pub updated: Timestamp,
    /// Where one alert was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<AlertRecord>,
}

impl AlertView {
    pub(crate) fn of(row: &AlertRow, vocabulary: &Vocabulary, config: &AlertsConfig) -> Self {
        let read = serde_json::from_str::<Alert>(&row.definition).map_err(|error| error.to_string());
        let query = read.and_then(|alert| alert.check(vocabulary).map_err(|error| error.to_string()));
        let feeds = FeedFormat::ALL.map(|format| (format.as_str().to_owned(), feed(row, config, format)));
        let (canonical, fault) = match query {
            Ok(query) => (Some(query.to_string()), None),
            Err(fault) => (None, Some(fault)),
        };
        Self {
            definition: serde_json::from_str(&row.definition).unwrap_or_else(|_| json!({ "id": row.id })),
            canonical,
            fault,
            defined_in: row.place.as_deref().and_then(|place| serde_json::from_str(place).ok()),
            feeds: Value::Object(feeds.into_iter().collect()),
            updated: row.updated,
            record: None,
        }
    }
}

/// The whole address where Tidings knows its own, else path and query.
fn feed(row: &AlertRow, config: &AlertsConfig, format: FeedFormat) -> Value {
    let whole = config.public_url.as_ref().and_then(|base| feed_url(base, row, format));
    let local = || format!("/api/v1/alerts/{}/feed.{}?token={}", row.id, format.as_str(), row.token);
    Value::String(whole.map_or_else(local, String::from))
}
