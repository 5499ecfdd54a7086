//! Health events: when a source changed its state, from what to what, and why.

use serde::{Deserialize, Serialize};
use tidings_model::{Health, SourceId, Timestamp};

use crate::error::Failure;
use crate::writer::{Durability, Writer};
use crate::{Store, StoreError, name};

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

pub(crate) fn add(writer: &mut Writer, event: &HealthEvent) -> Result<(), Failure> {
    let source = writer.names.intern(&writer.conn, event.source.as_str())?;
    let event = serde_json::to_string(event).map_err(|error| Failure::record("health event", error))?;
    writer.conn.prepare_cached("INSERT INTO health_event (source, event) VALUES (?1, ?2)")?.execute((source, event))?;
    let drop_oldest = "DELETE FROM health_event WHERE source = ?1
         AND n <= (SELECT n FROM health_event WHERE source = ?1 ORDER BY n DESC LIMIT 1 OFFSET ?2)";
    writer.conn.prepare_cached(drop_oldest)?.execute((source, HEALTH_EVENTS_KEPT as i64))?;
    Ok(())
}
