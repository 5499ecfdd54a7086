//! Sources made through the API; those of the configuration file are not here.

use serde_json::Value;
use tidings_model::{SourceId, Timestamp};

use crate::error::Failure;
use crate::time::{from_millis, to_millis};
use crate::writer::Durability;
use crate::{Store, StoreError};

/// A source as the API was given it, in the shape of `[[source]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceDefinition {
    pub id: SourceId,
    pub definition: Value,
    pub updated: Timestamp,
}

impl Store {
    /// All of them, in the order of their ids.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn source_definitions(&self) -> Result<Vec<SourceDefinition>, StoreError> {
        self.read(|reader| {
            let mut statement =
                reader.conn.prepare_cached("SELECT id, definition, updated FROM definition ORDER BY id")?;
            let mut rows = statement.query([])?;
            let mut definitions = Vec::new();
            while let Some(row) = rows.next()? {
                let id: String = row.get(0)?;
                let definition: String = row.get(1)?;
                definitions.push(SourceDefinition {
                    id: SourceId::try_from(id).map_err(|error| Failure::record("source definition", error))?,
                    definition: serde_json::from_str(&definition)
                        .map_err(|error| Failure::record("source definition", error))?,
                    updated: from_millis(row.get(2)?)?,
                });
            }
            Ok(definitions)
        })
    }

    /// Writes it over the one with its id, if there is one.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn put_source_definition(&self, definition: SourceDefinition) -> Result<(), StoreError> {
        self.writer()?.write(Durability::Disk, move |writer| {
            let SourceDefinition { id, definition, updated } = definition;
            writer
                .conn
                .prepare_cached("INSERT OR REPLACE INTO definition (id, definition, updated) VALUES (?1, ?2, ?3)")?
                .execute((id.as_str(), definition.to_string(), to_millis(updated)))?;
            Ok(())
        })
    }

    /// Whether there was one to delete. Its findings, runs and state stay.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn delete_source_definition(&self, id: &SourceId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer()?.write(Durability::Disk, move |writer| {
            let mut statement = writer.conn.prepare_cached("DELETE FROM definition WHERE id = ?1")?;
            Ok(statement.execute([id.as_str()])? == 1)
        })
    }
}
