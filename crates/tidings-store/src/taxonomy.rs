//! The taxonomies that were in force, the latest of them now.

use rusqlite::OptionalExtension;
use tidings_model::Timestamp;

use crate::error::Failure;
use crate::time::to_millis;
use crate::writer::{Durability, Writer};
use crate::{EntryKind, LogNumber, Store, StoreError};

impl Store {
    /// The taxonomy in force: its version and its JSON.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn taxonomy(&self) -> Result<Option<(u64, String)>, StoreError> {
        self.read(|reader| {
            let sql = "SELECT version, json FROM taxonomy ORDER BY version DESC LIMIT 1";
            let row: Option<(i64, Vec<u8>)> =
                reader.conn.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let Some((version, json)) = row else {
                return Ok(None);
            };
            Ok(Some((version.cast_unsigned(), reader.decoder.decode(&reader.conn, &json)?)))
        })
    }

    /// Puts `json` in force as `version` and appends a `taxonomy` entry, whose number it returns.
    ///
    /// # Errors
    ///
    /// [`StoreError::OldTaxonomy`] unless `version` is above the one in force.
    pub fn set_taxonomy(&self, version: u64, json: &str, at: Timestamp) -> Result<LogNumber, StoreError> {
        let json = json.to_owned();
        self.writer()?.write(Durability::Disk, move |writer| set(writer, version, &json, at))
    }
}

fn set(writer: &mut Writer, version: u64, json: &str, at: Timestamp) -> Result<LogNumber, Failure> {
    let latest: Option<i64> =
        writer.conn.prepare_cached("SELECT max(version) FROM taxonomy")?.query_row([], |row| row.get(0))?;
    let latest = latest.unwrap_or(0).cast_unsigned();
    if version <= latest {
        return Err(StoreError::OldTaxonomy { given: version, latest }.into());
    }
    let number = writer.next_number();
    let version = version.cast_signed();
    let at = to_millis(at);
    writer.conn.prepare_cached("INSERT INTO log (number, at, kind, revision) VALUES (?1, ?2, ?3, ?4)")?.execute((
        number.0.cast_signed(),
        at,
        EntryKind::Taxonomy.code(),
        version,
    ))?;
    let json = writer.encoder.encode(&json)?;
    writer
        .conn
        .prepare_cached("INSERT INTO taxonomy (version, at, entry, json) VALUES (?1, ?2, ?3, ?4)")?
        .execute((version, at, number.0.cast_signed(), json))?;
    Ok(number)
}
