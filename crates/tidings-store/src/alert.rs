//! Alerts as they are kept: definitions with their history, what they have matched, and
//! how far each target has been told. What a definition means is for `tidings-alerts`.

mod closing;
mod matches;

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use tidings_model::{AlertId, Timestamp};

pub use closing::{Closing, Told};
pub use matches::{AlertBatch, FoundMatch, Match, MatchNumber, MatchState};

use crate::error::Failure;
use crate::snapshot::hex;
use crate::time::{from_millis, to_millis};
use crate::writer::{Durability, Writer};
use crate::{Author, LogNumber, Store, StoreError};

/// What matches and deliveries name an alert by; an alert that is made again gets another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertNumber(pub i64);

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRow {
    pub number: AlertNumber,
    pub id: AlertId,
    /// JSON in the shape of `[[alert]]`.
    pub definition: String,
    /// Where in the configuration it stands, as JSON; `None` for one made through the API.
    pub place: Option<String>,
    /// Entries up to this came before it.
    pub since: LogNumber,
    /// Lets a feed reader in.
    pub token: String,
    pub updated: Timestamp,
}

/// An alert to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertPut {
    pub id: AlertId,
    pub definition: String,
    pub place: Option<String>,
    pub targets: Vec<Aim>,
}

/// A target, as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aim {
    /// JSON, as the alert has it.
    pub target: String,
    /// Deliveries of one lane share what can fail, and wait for each other.
    pub lane: String,
}

/// A change of an alert that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertChange {
    pub at: Timestamp,
    pub author: Author,
    /// `None`: it was removed.
    pub definition: Option<String>,
}

const COLUMNS: &str = "n, id, definition, place, since, token, updated";

impl Store {
    /// Up to `limit` alerts whose id comes after `after`, in the order of their ids.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn alerts(&self, after: Option<&AlertId>, limit: usize) -> Result<Vec<AlertRow>, StoreError> {
        self.read(|reader| {
            let sql = format!("SELECT {COLUMNS} FROM alert WHERE ?1 < id ORDER BY id LIMIT ?2");
            let mut statement = reader.conn.prepare_cached(&sql)?;
            let after = after.map_or("", AlertId::as_str);
            let rows = statement.query_and_then((after, limit as i64), read_row)?;
            rows.collect()
        })
    }

    /// The alert of that id.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn alert(&self, id: &AlertId) -> Result<Option<AlertRow>, StoreError> {
        self.read(|reader| by_id(&reader.conn, id))
    }

    /// The alert of that number.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn alert_by_number(&self, number: AlertNumber) -> Result<Option<AlertRow>, StoreError> {
        self.read(|reader| by_number(&reader.conn, number))
    }

    /// What was changed of the alert of that id, the latest first.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn alert_history(&self, id: &AlertId, limit: usize) -> Result<Vec<AlertChange>, StoreError> {
        self.read(|reader| {
            let sql = "SELECT at, author, definition FROM alert_history WHERE id = ?1 ORDER BY n DESC LIMIT ?2";
            let mut statement = reader.conn.prepare_cached(sql)?;
            let rows = statement.query_and_then((id.as_str(), limit as i64), |row| {
                let author: String = row.get(1)?;
                let author = serde_json::from_str(&author).map_err(|error| Failure::record("alert history", error))?;
                Ok(AlertChange { at: from_millis(row.get(0)?)?, author, definition: row.get(2)? })
            })?;
            rows.collect()
        })
    }

    /// Writes an alert over the one of its id, or as a new one that begins with the next entry.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn put_alert(&self, put: AlertPut, at: Timestamp, author: Author) -> Result<AlertRow, StoreError> {
        self.writer()?.write(Durability::Disk, move |writer| write(writer, &put, at, &author))
    }

    /// Removes an alert; whether it was there. What was still owed for it is sent no more, and listed as dead.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn remove_alert(&self, id: &AlertId, at: Timestamp, author: Author) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer()?.write(Durability::Disk, move |writer| remove(writer, &id, at, &author))
    }

    /// Makes the alerts of the configuration those of `puts`: what changed is written, and
    /// those that stood there before and are gone are removed.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then nothing is changed.
    pub fn configure_alerts(&self, puts: Vec<AlertPut>, at: Timestamp) -> Result<(), StoreError> {
        self.writer()?.write(Durability::Disk, move |writer| {
            let mut before = placed(&writer.conn)?;
            for put in puts {
                let is_same = before.remove(put.id.as_str()).is_some_and(|(definition, place)| {
                    definition == put.definition && Some(&place) == put.place.as_ref()
                });
                if !is_same {
                    write(writer, &put, at, &Author::Config)?;
                }
            }
            for id in before.into_keys() {
                let id = AlertId::try_from(id).map_err(|error| Failure::record("alert", error))?;
                remove(writer, &id, at, &Author::Config)?;
            }
            Ok(())
        })?;
        // Its pages would stay in the writer's cache, though nothing asks for them again soon.
        self.writer()?.write(Durability::Process, |writer| Ok(writer.conn.release_memory()?))
    }
}

/// Definition and place of each alert of the configuration.
fn placed(conn: &Connection) -> Result<BTreeMap<String, (String, String)>, Failure> {
    let mut statement = conn.prepare_cached("SELECT id, definition, place FROM alert WHERE place IS NOT NULL")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_row(row: &Row<'_>) -> Result<AlertRow, Failure> {
    Ok(AlertRow {
        number: AlertNumber(row.get(0)?),
        id: AlertId::try_from(row.get::<_, String>(1)?).map_err(|error| Failure::record("alert", error))?,
        definition: row.get(2)?,
        place: row.get(3)?,
        since: LogNumber(row.get::<_, i64>(4)?.cast_unsigned()),
        token: row.get(5)?,
        updated: from_millis(row.get(6)?)?,
    })
}

fn by_id(conn: &Connection, id: &AlertId) -> Result<Option<AlertRow>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM alert WHERE id = ?1");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query_and_then([id.as_str()], read_row)?;
    rows.next().transpose()
}

pub(super) fn by_number(conn: &Connection, number: AlertNumber) -> Result<Option<AlertRow>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM alert WHERE n = ?1");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query_and_then([number.0], read_row)?;
    rows.next().transpose()
}

fn write(writer: &mut Writer, put: &AlertPut, at: Timestamp, author: &Author) -> Result<AlertRow, Failure> {
    let before = by_id(&writer.conn, &put.id)?;
    let since = before.as_ref().map_or(writer.head(), |alert| alert.since);
    let token = match &before {
        Some(alert) => alert.token.clone(),
        None => new_token()?,
    };
    let sql = "INSERT INTO alert (id, definition, place, since, token, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (id) DO UPDATE SET definition = ?2, place = ?3, updated = ?6";
    let row = (put.id.as_str(), &put.definition, &put.place, since.0.cast_signed(), &token, to_millis(at));
    writer.conn.prepare_cached(sql)?.execute(row)?;
    if before.is_none_or(|before| before.definition != put.definition) {
        remember(&writer.conn, &put.id, at, author, Some(&put.definition))?;
    }
    let alert = by_id(&writer.conn, &put.id)?.ok_or_else(|| Failure::Record("an alert is not there".to_owned()))?;
    aim(&writer.conn, alert.number, &put.targets)?;
    Ok(alert)
}

fn new_token() -> Result<String, Failure> {
    let mut random = [0_u8; 20];
    getrandom::fill(&mut random).map_err(|error| Failure::record("token", error))?;
    Ok(hex(&random))
}

fn remember(
    conn: &Connection,
    id: &AlertId,
    at: Timestamp,
    author: &Author,
    definition: Option<&str>,
) -> Result<(), Failure> {
    let author = serde_json::to_string(author).map_err(|error| Failure::record("alert history", error))?;
    let sql = "INSERT INTO alert_history (id, at, author, definition) VALUES (?1, ?2, ?3, ?4)";
    conn.prepare_cached(sql)?.execute((id.as_str(), to_millis(at), author, definition))?;
    Ok(())
}

/// Makes `targets` those of the alert. A new one is told what matches from now on; whatever
/// waits is looked at again, for the cadence may be another.
fn aim(conn: &Connection, alert: AlertNumber, targets: &[Aim]) -> Result<(), Failure> {
    let known: Vec<String> = {
        let mut statement = conn.prepare_cached("SELECT target FROM alert_target WHERE alert = ?1")?;
        let rows = statement.query_map([alert.0], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    for gone in known.iter().filter(|target| !targets.iter().any(|aim| aim.target == **target)) {
        let sql = "DELETE FROM alert_target WHERE alert = ?1 AND target = ?2";
        conn.prepare_cached(sql)?.execute((alert.0, gone))?;
    }
    let last = conn.prepare_cached("SELECT coalesce(max(n), 0) FROM alert_match WHERE alert = ?1")?;
    let last: i64 = { last }.query_row([alert.0], |row| row.get(0))?;
    for Aim { target, lane } in targets {
        let sql = "INSERT INTO alert_target (alert, target, lane, told) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT DO UPDATE SET lane = ?3";
        conn.prepare_cached(sql)?.execute((alert.0, target, lane, last))?;
    }
    conn.prepare_cached("UPDATE alert_target SET due = waiting WHERE alert = ?1")?.execute([alert.0])?;
    Ok(())
}

fn remove(writer: &mut Writer, id: &AlertId, at: Timestamp, author: &Author) -> Result<bool, Failure> {
    let sql = "DELETE FROM alert WHERE id = ?1 RETURNING n";
    let number: Option<i64> = writer.conn.prepare_cached(sql)?.query_row([id.as_str()], |row| row.get(0)).optional()?;
    let Some(number) = number else { return Ok(false) };
    writer.conn.prepare_cached("DELETE FROM alert_target WHERE alert = ?1")?.execute([number])?;
    let sql = "UPDATE delivery SET state = 2, said = 'not sent: the alert was removed' WHERE alert = ?1 AND state = 0";
    writer.conn.prepare_cached(sql)?.execute([number])?;
    remember(&writer.conn, id, at, author, None)?;
    Ok(true)
}

const CHECKPOINT: &str = "alerts";

/// The last entry that was matched.
pub(super) fn checkpoint(conn: &Connection) -> Result<Option<LogNumber>, Failure> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    let value: Option<i64> = conn.prepare_cached(sql)?.query_row([CHECKPOINT], |row| row.get(0)).optional()?;
    Ok(value.map(|number| LogNumber(number.cast_unsigned())))
}

pub(super) fn set_checkpoint(conn: &Connection, upto: LogNumber) -> Result<(), Failure> {
    let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)";
    conn.prepare_cached(sql)?.execute((CHECKPOINT, upto.0.cast_signed()))?;
    Ok(())
}

impl Store {
    /// The last entry that alerts were asked of. Where they never were it is the head of the
    /// log, and is kept as that from now on.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or written.
    pub fn alerts_checkpoint(&self) -> Result<LogNumber, StoreError> {
        self.writer()?.write(Durability::Process, |writer| match checkpoint(&writer.conn)? {
            Some(number) => Ok(number),
            None => {
                set_checkpoint(&writer.conn, writer.head())?;
                Ok(writer.head())
            }
        })
    }
}
