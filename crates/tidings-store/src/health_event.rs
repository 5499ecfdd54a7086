//! Health events: when a source changed its state, from what to what, and why.

use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};
use tidings_model::{Health, SourceId, Timestamp};

use crate::error::Failure;
use crate::outbox::{Content, owe};
use crate::writer::{Durability, Writer};
use crate::{Aim, Store, StoreError, name};

/// Health events kept of one source; the oldest goes when a further one is added.
pub const HEALTH_EVENTS_KEPT: usize = 200;

/// A source's change from one state to another. No finding: it is not searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthEvent {
    pub source: SourceId,
    pub from: Health,
    pub to: Health,
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Store {
    /// Adds an event. As durable as [`Store::put_source_row`].
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn add_health_event(&self, event: HealthEvent) -> Result<(), StoreError> {
        self.writer()?.write(Durability::Process, move |writer| add(writer, &event))
    }

    /// Up to `limit` events of `source`, the latest first.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn health_events(&self, source: &SourceId, limit: usize) -> Result<Vec<HealthEvent>, StoreError> {
        self.read(|reader| {
            let Some(source) = name::find(&reader.conn, source.as_str())? else {
                return Ok(Vec::new());
            };
            let sql = "SELECT event FROM health_event WHERE source = ?1 ORDER BY n DESC LIMIT ?2";
            let mut statement = reader.conn.prepare_cached(sql)?;
            let rows = statement.query_map((source, limit as i64), |row| row.get::<_, String>(0))?;
            rows.map(|event| serde_json::from_str(&event?).map_err(|error| Failure::record("health event", error)))
                .collect()
        })
    }
}

impl Store {
    /// Up to `limit` events of all sources after number `after`, in their order, with their numbers.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn health_events_after(&self, after: i64, limit: usize) -> Result<Vec<(i64, HealthEvent)>, StoreError> {
        self.read(|reader| {
            let sql = "SELECT n, event FROM health_event WHERE ?1 < n ORDER BY n LIMIT ?2";
            let mut statement = reader.conn.prepare_cached(sql)?;
            let rows = statement.query_and_then((after, limit as i64), |row| {
                let event: String = row.get(1)?;
                let event = serde_json::from_str(&event).map_err(|error| Failure::record("health event", error))?;
                Ok((row.get(0)?, event))
            })?;
            rows.collect()
        })
    }

    /// Up to which event the operator was told; the last one there is where he never was.
    ///
    /// # Errors
    ///
    /// When the database cannot be read or written.
    pub fn told_operator(&self) -> Result<i64, StoreError> {
        self.writer()?.write(Durability::Process, |writer| {
            let told = "SELECT value FROM meta WHERE key = 'operator'";
            let told: Option<i64> = writer.conn.prepare_cached(told)?.query_row([], |row| row.get(0)).optional()?;
            if let Some(told) = told {
                return Ok(told);
            }
            let last = "SELECT coalesce(max(n), 0) FROM health_event";
            let last = writer.conn.prepare_cached(last)?.query_row([], |row| row.get(0))?;
            set_told(writer, last)?;
            Ok(last)
        })
    }

    /// Owes `notice` to each of `aims`, and writes down that the operator was told up to event `told`.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then nothing is.
    pub fn tell_operator(&self, aims: Vec<Aim>, notice: String, told: i64, at: Timestamp) -> Result<(), StoreError> {
        let epoch = self.epoch();
        self.writer()?.write(Durability::Process, move |writer| {
            let content = Content::Notice(notice);
            for aim in &aims {
                owe(&writer.conn, epoch, aim, &content, at)?;
            }
            set_told(writer, told)
        })
    }
}

fn set_told(writer: &Writer, told: i64) -> Result<(), Failure> {
    let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES ('operator', ?1)";
    writer.conn.prepare_cached(sql)?.execute([told])?;
    Ok(())
}

pub(crate) fn add(writer: &mut Writer, event: &HealthEvent) -> Result<(), Failure> {
    let source = writer.names.intern(&writer.conn, event.source.as_str())?;
    let event = serde_json::to_string(event).map_err(|error| Failure::record("health event", error))?;
    writer.conn.prepare_cached("INSERT INTO health_event (source, event) VALUES (?1, ?2)")?.execute((source, event))?;
    let drop_oldest = "DELETE FROM health_event WHERE source = ?1
         AND n <= (SELECT n FROM health_event WHERE source = ?1 ORDER BY n DESC LIMIT 1 OFFSET ?2)";
    writer.conn.prepare_cached(drop_oldest)?.execute((source, HEALTH_EVENTS_KEPT as i64))?;
    Ok(())
}
