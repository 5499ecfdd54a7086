//! What alerts have matched.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use tidings_model::{Evidence, Finding, FindingId, Timestamp};

use super::{AlertNumber, set_checkpoint};
use crate::error::Failure;
use crate::finding::{find, id_at, number_of};
use crate::time::{from_millis, to_millis};
use crate::writer::{Durability, Writer};
use crate::{LogNumber, Store, StoreError};

/// Numbers matches in the order they were made; 0 stands before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MatchNumber(pub i64);

/// What a match is to whoever is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchState {
    New,
    /// A later revision, for an alert that asks for them.
    Revised,
    /// Dated before the alert's horizon when it was found.
    Old,
    /// Another member of its story had matched before.
    Copy,
}

impl MatchState {
    const CODES: [Self; 4] = [Self::New, Self::Revised, Self::Old, Self::Copy];

    fn from_code(code: i64) -> Result<Self, Failure> {
        let state = usize::try_from(code).ok().and_then(|code| Self::CODES.get(code));
        state.copied().ok_or_else(|| Failure::Record(format!("match of unknown state {code}")))
    }

    /// Whether it is a reason to send a message.
    fn is_news(self) -> bool {
        matches!(self, Self::New | Self::Revised)
    }
}

/// A match to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundMatch {
    pub alert: AlertNumber,
    pub finding: FindingId,
    pub revision: u32,
    /// When the entry was committed.
    pub at: Timestamp,
    /// Dated before the alert's horizon.
    pub is_old: bool,
    /// The entry is a revision, and the alert asks for them.
    pub is_revision: bool,
    pub evidence: Vec<Evidence>,
}

/// The matches of some entries.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertBatch {
    /// The last of these entries.
    pub upto: LogNumber,
    pub matched: Timestamp,
    pub matches: Vec<FoundMatch>,
}

/// A match as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    pub number: MatchNumber,
    /// As it is now; `None` once it is erased.
    pub finding: Option<Finding>,
    /// The revision that matched.
    pub revision: u32,
    pub at: Timestamp,
    pub matched: Timestamp,
    pub state: MatchState,
    pub evidence: Vec<Evidence>,
    /// Sources that tell the same story, beside this one's.
    pub also_in: usize,
}

impl Store {
    /// Writes matches and how far the log was read, in one transaction. What an alert has seen
    /// before is left out, so a batch may be written twice.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then nothing is.
    pub fn add_matches(&self, batch: AlertBatch) -> Result<(), StoreError> {
        self.writer()?.write(Durability::Process, move |writer| add(writer, &batch))
    }

    /// Up to `limit` matches of the alert after `after` and up to `upto`, in their order.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn matches(
        &self,
        alert: AlertNumber,
        after: MatchNumber,
        upto: MatchNumber,
        limit: usize,
    ) -> Result<Vec<Match>, StoreError> {
        let sql = "SELECT n, finding, revision, at, matched, state, evidence FROM alert_match
                   WHERE alert = ?1 AND ?2 < n AND n <= ?3 ORDER BY n LIMIT ?4";
        self.read_matches(sql, alert, after, upto, limit)
    }

    /// The latest `limit` matches of the alert, the latest first, without copies of a story.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn latest_matches(&self, alert: AlertNumber, limit: usize) -> Result<Vec<Match>, StoreError> {
        let sql = "SELECT n, finding, revision, at, matched, state, evidence FROM alert_match
                   WHERE alert = ?1 AND ?2 < n AND n <= ?3 AND state < 3 ORDER BY n DESC LIMIT ?4";
        self.read_matches(sql, alert, MatchNumber(0), MatchNumber(i64::MAX), limit)
    }

    fn read_matches(
        &self,
        sql: &str,
        alert: AlertNumber,
        after: MatchNumber,
        upto: MatchNumber,
        limit: usize,
    ) -> Result<Vec<Match>, StoreError> {
        self.read(|reader| {
            let rows: Vec<Stored> = {
                let mut statement = reader.conn.prepare_cached(sql)?;
                let rows = statement.query_and_then((alert.0, after.0, upto.0, limit as i64), Stored::read)?;
                rows.collect::<Result<_, Failure>>()?
            };
            let mut matches = Vec::with_capacity(rows.len());
            for row in rows {
                let finding = find(reader, &id_at(&reader.conn, row.finding)?)?;
                matches.push(row.whole(finding, also_in(&reader.conn, row.finding)?)?);
            }
            Ok(matches)
        })
    }
}

struct Stored {
    number: i64,
    finding: i64,
    revision: u32,
    at: i64,
    matched: i64,
    state: i64,
    evidence: String,
}

impl Stored {
    fn read(row: &rusqlite::Row<'_>) -> Result<Self, Failure> {
        Ok(Self {
            number: row.get(0)?,
            finding: row.get(1)?,
            revision: row.get(2)?,
            at: row.get(3)?,
            matched: row.get(4)?,
            state: row.get(5)?,
            evidence: row.get(6)?,
        })
    }

    fn whole(&self, finding: Option<Finding>, also_in: usize) -> Result<Match, Failure> {
        Ok(Match {
            number: MatchNumber(self.number),
            finding,
            revision: self.revision,
            at: from_millis(self.at)?,
            matched: from_millis(self.matched)?,
            state: MatchState::from_code(self.state)?,
            evidence: serde_json::from_str(&self.evidence).map_err(|error| Failure::record("match", error))?,
            also_in,
        })
    }
}

/// Sources of the finding's story, its own left out.
fn also_in(conn: &Connection, finding: i64) -> Result<usize, Failure> {
    let sql = "SELECT count(DISTINCT other.source) FROM finding AS one JOIN finding AS other ON other.story = one.story
               WHERE one.n = ?1 AND other.source <> one.source";
    Ok(conn.prepare_cached(sql)?.query_row([finding], |row| row.get::<_, i64>(0))?.unsigned_abs() as usize)
}

fn add(writer: &mut Writer, batch: &AlertBatch) -> Result<(), Failure> {
    for found in &batch.matches {
        add_one(&writer.conn, found, to_millis(batch.matched))?;
    }
    set_checkpoint(&writer.conn, batch.upto)
}

fn add_one(conn: &Connection, found: &FoundMatch, matched: i64) -> Result<(), Failure> {
    let Some(finding) = number_of(conn, &found.finding)? else { return Ok(()) };
    let alert = found.alert.0;
    if is_seen(conn, alert, finding, found)? || !is_there(conn, alert)? {
        return Ok(());
    }
    let state = if found.is_old {
        MatchState::Old
    } else if found.is_revision {
        MatchState::Revised
    } else if has_told_story(conn, alert, finding)? {
        MatchState::Copy
    } else {
        MatchState::New
    };
    let evidence = serde_json::to_string(&found.evidence).map_err(|error| Failure::record("match", error))?;
    let sql = "INSERT INTO alert_match (alert, finding, revision, at, matched, state, evidence)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let at = to_millis(found.at);
    conn.prepare_cached(sql)?.execute((alert, finding, found.revision, at, matched, state as i64, evidence))?;
    if state.is_news() {
        let sql = "UPDATE alert_target SET waiting = ?2, due = ?2 WHERE alert = ?1 AND due IS NULL";
        conn.prepare_cached(sql)?.execute((alert, at))?;
    }
    Ok(())
}

fn is_there(conn: &Connection, alert: i64) -> Result<bool, Failure> {
    Ok(conn.prepare_cached("SELECT 1 FROM alert WHERE n = ?1")?.exists([alert])?)
}

/// Whether the alert has had this finding; for an alert that asks for revisions, this one.
fn is_seen(conn: &Connection, alert: i64, finding: i64, found: &FoundMatch) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM alert_match WHERE alert = ?1 AND finding = ?2 AND (?3 = 0 OR revision = ?4)";
    Ok(conn.prepare_cached(sql)?.exists((alert, finding, found.is_revision, found.revision))?)
}

/// Whether the alert has had another member of the finding's story, and not as an old one.
fn has_told_story(conn: &Connection, alert: i64, finding: i64) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM finding AS one JOIN finding AS other ON other.story = one.story
               JOIN alert_match AS seen ON seen.alert = ?1 AND seen.finding = other.n AND seen.state <> 2
               WHERE one.n = ?2 AND other.n <> one.n LIMIT 1";
    Ok(conn.prepare_cached(sql)?.exists((alert, finding))?)
}
