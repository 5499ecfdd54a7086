//! From matches in the archive to a message.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::tz::TimeZone;
use tidings_model::Finding;
use tidings_query::Vocabulary;
use tidings_store::{AlertNumber, AlertRow, Match, MatchNumber, MatchState, Store, StoreError};
use url::Url;

use crate::score::{BEST_AT_LEAST, BEST_MOST};
use crate::{Alert, AlertsConfig, Digest, Entry, FeedFormat, Message, Score, Volume};

/// Matches that one message is made of at most; more than anyone reads.
const MOST: usize = 2_000;

/// A message, or why there is none.
pub(crate) enum Composed {
    Message(Box<Message>),
    Nothing(String),
}

/// The message of the alert's matches after `after` and up to `upto`, as their findings are now.
pub(crate) fn digest(
    store: &Store,
    config: &AlertsConfig,
    vocabulary: &Vocabulary,
    number: AlertNumber,
    (after, upto): (MatchNumber, MatchNumber),
) -> Result<Composed, StoreError> {
    let Some(row) = store.alert_by_number(number)? else {
        return Ok(Composed::Nothing("not sent: the alert was removed".to_owned()));
    };
    let alert: Alert = match serde_json::from_str(&row.definition) {
        Ok(alert) => alert,
        Err(error) => return Ok(Composed::Nothing(format!("not sent: {error}"))),
    };
    let matches = store.matches(number, after, upto, MOST)?;
    let told = matches.into_iter().filter(|found| found.state != MatchState::Copy);
    let mut entries: Vec<Entry> = told.filter_map(|found| entry(found, alert.volume)).collect();
    let left_out = keep_best(&mut entries, alert.volume);
    if entries.is_empty() {
        return Ok(Composed::Nothing("not sent: nothing of it is left to tell".to_owned()));
    }
    let digest = Digest { entries, left_out, ..blank(&alert, Some(&row), config, vocabulary) };
    Ok(Composed::Message(Box::new(Message::Digest(Box::new(digest)))))
}

/// The digest of an alert, without entries; `row` is the alert as it is kept, if it is.
pub(crate) fn blank(alert: &Alert, row: Option<&AlertRow>, config: &AlertsConfig, vocabulary: &Vocabulary) -> Digest {
    Digest {
        alert: alert.id.clone(),
        name: alert.title().to_owned(),
        query: alert.check(vocabulary).map_or_else(|_| alert.query.clone(), |query| query.to_string()),
        cadence: alert.cadence,
        language: alert.language.unwrap_or(config.language),
        zone: alert.zone().unwrap_or(TimeZone::UTC),
        entries: Vec::new(),
        left_out: 0,
        link: config.public_url.as_ref().zip(row).and_then(|(base, row)| feed_url(base, row, FeedFormat::Atom)),
        is_test: false,
    }
}

/// Where a feed of the alert is read from outside.
pub(crate) fn feed_url(base: &Url, row: &AlertRow, format: FeedFormat) -> Option<Url> {
    let folder = if base.path().ends_with('/') { base.clone() } else { Url::parse(&format!("{base}/")).ok()? };
    folder.join(&format!("api/v1/alerts/{}/feed.{}?token={}", row.id, format.as_str(), row.token)).ok()
}

pub(crate) fn entry(found: Match, volume: Volume) -> Option<Entry> {
    let finding: Finding = found.finding?;
    let score = (volume == Volume::Best).then(|| Score::of(&finding, found.also_in + 1));
    Some(Entry {
        finding: Arc::new(finding),
        evidence: found.evidence,
        also_in: found.also_in,
        score,
        is_old: found.state == MatchState::Old,
        is_revision: found.state == MatchState::Revised,
    })
}

/// Puts the entries in order, and leaves out what `best` does not send. Answers how many that are.
fn keep_best(entries: &mut Vec<Entry>, volume: Volume) -> usize {
    if volume == Volume::Best {
        entries.retain(|entry| !entry.is_old);
    }
    let before = entries.len();
    if volume == Volume::Best {
        let total = |entry: &Entry| entry.score.as_ref().map_or(0, |score| score.total);
        entries.retain(|entry| BEST_AT_LEAST <= total(entry));
        entries.sort_by_key(|entry| Reverse(total(entry)));
        entries.truncate(BEST_MOST);
    }
    entries.sort_by_key(|entry| (entry.is_old, Reverse(entry.finding.severity)));
    before - entries.len()
}
