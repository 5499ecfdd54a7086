//! The queries of all alerts, asked of what comes into the log.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use tidings_match::{Scratch, StandingQueries};
use tidings_model::Finding;
use tidings_query::Query;
use tidings_store::{AlertNumber, EntryKind, FoundMatch, LogEntry, LogNumber};

use crate::Alert;

/// Kept small: there may be a hundred thousand alerts. What else an alert says is read
/// from the archive when it speaks.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    queries: StandingQueries,
    /// By the number of the query.
    watched: Vec<Option<Watched>>,
    by_alert: HashMap<AlertNumber, u32>,
    scratch: Scratch,
    matches: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Watched {
    alert: AlertNumber,
    /// Entries up to this came before the alert.
    since: LogNumber,
    horizon_s: u32,
    on_change: bool,
}

impl Watch {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_alert.is_empty()
    }

    /// The entry that every alert came after.
    pub(crate) fn first_since(&self) -> Option<LogNumber> {
        self.watched.iter().flatten().map(|watched| watched.since).min()
    }

    /// Asks `query` of every entry after `since`, in place of what the alert asked before.
    pub(crate) fn put(&mut self, number: AlertNumber, since: LogNumber, alert: &Alert, query: &Query) {
        self.remove(number);
        let id = self.queries.add(query);
        let horizon_s = u32::try_from(alert.horizon.as_secs()).unwrap_or(u32::MAX);
        let watched = Watched { alert: number, since, horizon_s, on_change: alert.on_change };
        let place = id as usize;
        if self.watched.len() <= place {
            self.watched.resize(place + 1, None);
        }
        self.watched[place] = Some(watched);
        self.by_alert.insert(number, id);
    }

    pub(crate) fn remove(&mut self, number: AlertNumber) {
        if let Some(id) = self.by_alert.remove(&number) {
            self.queries.remove(id);
            self.watched[id as usize] = None;
        }
    }

    /// Adds to `found` what the alerts match of these entries.
    pub(crate) fn ask(&mut self, entries: &[LogEntry], found: &mut Vec<FoundMatch>) {
        for entry in entries {
            let is_revision = entry.kind == EntryKind::Revised;
            if let Some(finding) = &entry.finding
                && (is_revision || entry.kind == EntryKind::Found)
            {
                self.ask_of(entry, finding, is_revision, found);
            }
        }
        self.queries.learn(&mut self.scratch);
    }

    fn ask_of(&mut self, entry: &LogEntry, finding: &Finding, is_revision: bool, found: &mut Vec<FoundMatch>) {
        let mut matches = std::mem::take(&mut self.matches);
        self.queries.matches(finding, &mut self.scratch, &mut matches);
        for id in &matches {
            let Some(watched) = self.watched.get(*id as usize).copied().flatten() else { continue };
            if entry.number <= watched.since || is_revision && !watched.on_change {
                continue;
            }
            found.push(FoundMatch {
                alert: watched.alert,
                finding: finding.id.clone(),
                revision: finding.revision,
                at: entry.at,
                is_old: !is_revision && is_old(finding, watched.horizon_s),
                is_revision,
                evidence: self.queries.evidence(*id, finding, &self.scratch),
            });
        }
        self.matches = matches;
    }
}

/// Whether the finding's date lies longer than the horizon before it was found.
fn is_old(finding: &Finding, horizon_s: u32) -> bool {
    let horizon = finding.found.checked_sub(SignedDuration::from_secs(i64::from(horizon_s)));
    finding.date() < horizon.unwrap_or(Timestamp::MIN)
}
