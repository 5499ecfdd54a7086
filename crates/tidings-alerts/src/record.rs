//! What an alert has done so far, and how long that took.

use jiff::Timestamp;
use serde::Serialize;
use tidings_store::{AlertNumber, DeliveryFilter, DeliveryState, MatchState, Store, StoreError};

/// Matches and deliveries that times are taken of.
const LATEST: usize = 100;

/// What an alert has done so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertRecord {
    /// Findings that matched, copies of a story among them.
    pub matches: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_match: Option<Timestamp>,
    pub owed: u64,
    pub dead: u64,
    pub lag: Lag,
}

/// Medians of the latest, in seconds; what has not happened is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Lag {
    /// From publication to first sight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found_s: Option<f64>,
    /// From first sight to the match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched_s: Option<f64>,
    /// From when a delivery became owed to when it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_s: Option<f64>,
}

impl AlertRecord {
    pub(crate) fn read(store: &Store, alert: AlertNumber) -> Result<Self, StoreError> {
        let counts = store.alert_counts(alert)?;
        let latest = store.latest_matches(alert, LATEST)?;
        let filter =
            DeliveryFilter { state: Some(DeliveryState::Accepted), alert: Some(alert), ..DeliveryFilter::default() };
        let accepted = store.deliveries(&filter, LATEST)?;
        let new = || latest.iter().filter(|found| found.state == MatchState::New);
        let between = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs_f64().max(0.0);
        let found = new().filter_map(|one| one.finding.as_ref().and_then(|it| Some(between(it.published?, it.found))));
        let matched = new().filter_map(|one| one.finding.as_ref().map(|it| between(it.found, one.matched)));
        let accepted = accepted.iter().filter_map(|delivery| Some(between(delivery.created, delivery.tried?)));
        Ok(Self {
            matches: counts.matches,
            last_match: latest.first().map(|found| found.matched),
            owed: counts.owed,
            dead: counts.dead,
            lag: Lag { found_s: median(found), matched_s: median(matched), accepted_s: median(accepted) },
        })
    }
}

fn median(times: impl Iterator<Item = f64>) -> Option<f64> {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len().saturating_sub(1) / 2).copied()
}
