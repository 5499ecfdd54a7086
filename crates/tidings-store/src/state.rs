//! What a source remembers from run to run: small values under keys of its own.
//!
//! Written by [`Store::commit`](crate::Store::commit) alone, together with the findings it covers.

use rusqlite::OptionalExtension;
use serde_json::Value;
use tidings_model::SourceId;

use crate::error::Failure;
use crate::writer::Writer;
use crate::{Store, StoreError, name};

/// Longest key, in bytes.
pub const MAX_STATE_KEY: usize = 512;
/// Longest value, in bytes of JSON.
pub const MAX_STATE_VALUE: usize = 1 << 20;
/// Most keys of one source.
pub const MAX_STATE_KEYS: usize = 1000;

impl Store {
    /// What `source` has under `key`.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn state(&self, source: &SourceId, key: &str) -> Result<Option<Value>, StoreError> {
        self.read(|reader| {
            let Some(source) = name::find(&reader.conn, source.as_str())? else {
                return Ok(None);
            };
            let value: Option<String> = reader
                .conn
                .prepare_cached("SELECT value FROM state WHERE source = ?1 AND key = ?2")?
                .query_row((source, key), |row| row.get(0))
                .optional()?;
            let parsed = value.map(|value| serde_json::from_str(&value)).transpose();
            parsed.map_err(|error| Failure::record("state", error))
        })
    }
}

pub(crate) fn put_all(writer: &mut Writer, source: &SourceId, state: &[(String, Value)]) -> Result<(), Failure> {
    if state.is_empty() {
        return Ok(());
    }
    let source = writer.names.intern(&writer.conn, source.as_str())?;
    for (key, value) in state {
        put(writer, source, key, value)?;
    }
    let count = "SELECT count(*) FROM state WHERE source = ?1";
    let keys: i64 = writer.conn.prepare_cached(count)?.query_row([source], |row| row.get(0))?;
    check("the state of a source (keys)", keys as usize, MAX_STATE_KEYS)
}

fn put(writer: &Writer, source: i64, key: &str, value: &Value) -> Result<(), Failure> {
    check("a state key (bytes)", key.len(), MAX_STATE_KEY)?;
    if value.is_null() {
        writer.conn.prepare_cached("DELETE FROM state WHERE source = ?1 AND key = ?2")?.execute((source, key))?;
        return Ok(());
    }
    let value = value.to_string();
    check("a state value (bytes)", value.len(), MAX_STATE_VALUE)?;
    writer
        .conn
        .prepare_cached("INSERT OR REPLACE INTO state (source, key, value) VALUES (?1, ?2, ?3)")?
        .execute((source, key, value))?;
    Ok(())
}

pub(crate) fn check(what: &'static str, size: usize, limit: usize) -> Result<(), Failure> {
    if limit < size { Err(StoreError::TooLarge { what, size, limit }.into()) } else { Ok(()) }
}
