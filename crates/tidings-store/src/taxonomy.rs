//! The taxonomies that were in force, the latest of them now, and the part made through the API.

use rusqlite::OptionalExtension;
use tidings_model::Timestamp;

use crate::error::Failure;
use crate::retag;
use crate::time::{from_millis, to_millis};
use crate::writer::{Durability, Writer};
use crate::{Author, EntryKind, RetagPass, Store, StoreError};

/// A taxonomy that is or was in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxonomyVersion {
    pub version: u64,
    pub at: Timestamp,
    /// `None` where an earlier program did not say.
    pub author: Option<Author>,
    /// The taxonomy as JSON.
    pub json: String,
}

/// What is to be put in force.
#[derive(Clone, Debug)]
pub struct TaxonomyChange {
    /// The version that it was made from; 0 where there was none.
    pub base: u64,
    /// Another JSON than that in force is a new version.
    pub json: String,
    /// What replaces the part made through the API; `None` leaves it as it is.
    pub made: Option<String>,
    pub author: Author,
    pub at: Timestamp,
}

/// What [`Store::set_taxonomy`] did.
#[derive(Clone, Debug, PartialEq)]
pub struct TaxonomySet {
    /// The version in force.
    pub version: u64,
    /// Whether it is a new one.
    pub is_new: bool,
    /// The pass that now decides the archive's tags again; `None` in an empty archive.
    pub pass: Option<RetagPass>,
}

impl Store {
    /// The taxonomy in force.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn taxonomy(&self) -> Result<Option<TaxonomyVersion>, StoreError> {
        Ok(self.taxonomies(None, 1)?.pop())
    }

    /// Up to `limit` taxonomies of versions before `before`, the latest first.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn taxonomies(&self, before: Option<u64>, limit: usize) -> Result<Vec<TaxonomyVersion>, StoreError> {
        self.read(|reader| {
            let sql =
                "SELECT version, at, author, json FROM taxonomy WHERE version < ?1 ORDER BY version DESC LIMIT ?2";
            let mut statement = reader.conn.prepare_cached(sql)?;
            let before = before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
            let mut rows = statement.query((before, i64::try_from(limit).unwrap_or(i64::MAX)))?;
            let mut versions = Vec::new();
            while let Some(row) = rows.next()? {
                let author: Option<String> = row.get(2)?;
                let author = author.map(|author| serde_json::from_str(&author)).transpose();
                versions.push(TaxonomyVersion {
                    version: row.get::<_, i64>(0)?.cast_unsigned(),
                    at: from_millis(row.get(1)?)?,
                    author: author.map_err(|error| Failure::record("author of a taxonomy", error))?,
                    json: reader
                        .decoder
                        .decode(&reader.conn, row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?)?,
                });
            }
            Ok(versions)
        })
    }

    /// The part of the taxonomy that was made through the API; empty where there is none.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn made_taxonomy(&self) -> Result<String, StoreError> {
        self.read(|reader| {
            let mut statement = reader.conn.prepare_cached("SELECT text FROM made_taxonomy")?;
            let text: Option<String> = statement.query_row([], |row| row.get(0)).optional()?;
            Ok(text.unwrap_or_default())
        })
    }

    /// Puts a taxonomy in force. One that differs from that in force is a new version, has a
    /// `taxonomy` entry, and begins a pass over the findings before it; all in one transaction.
    ///
    /// # Errors
    ///
    /// [`StoreError::OldTaxonomy`] unless `base` is the version in force.
    pub fn set_taxonomy(&self, change: TaxonomyChange) -> Result<TaxonomySet, StoreError> {
        self.writer()?.write(Durability::Disk, move |writer| set(writer, &change))
    }
}

/// The version in force; 0 where there is none.
pub(crate) fn version_in_force(writer: &Writer) -> Result<u64, Failure> {
    let sql = "SELECT max(version) FROM taxonomy";
    let latest: Option<i64> = writer.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(latest.unwrap_or(0).cast_unsigned())
}

fn set(writer: &mut Writer, change: &TaxonomyChange) -> Result<TaxonomySet, Failure> {
    let latest = version_in_force(writer)?;
    if change.base != latest {
        return Err(StoreError::OldTaxonomy { base: change.base, latest }.into());
    }
    let at = to_millis(change.at);
    if let Some(made) = &change.made {
        writer
            .conn
            .prepare_cached("INSERT OR REPLACE INTO made_taxonomy (n, text, updated) VALUES (1, ?1, ?2)")?
            .execute((made, at))?;
    }
    let sql = "SELECT json FROM taxonomy WHERE version = ?1";
    let kept: Option<Vec<u8>> =
        writer.conn.prepare_cached(sql)?.query_row([latest.cast_signed()], |row| row.get(0)).optional()?;
    let kept: Option<String> =
        kept.map(|json| crate::compress::Decoder::new().decode(&writer.conn, &json)).transpose()?;
    if kept.as_ref() == Some(&change.json) {
        return Ok(TaxonomySet { version: latest, is_new: false, pass: retag::running(&writer.conn)? });
    }
    let version = latest + 1;
    let number = writer.next_number();
    writer.conn.prepare_cached("INSERT INTO log (number, at, kind, revision) VALUES (?1, ?2, ?3, ?4)")?.execute((
        number.0.cast_signed(),
        at,
        EntryKind::Taxonomy.code(),
        version.cast_signed(),
    ))?;
    let author =
        serde_json::to_string(&change.author).map_err(|error| Failure::record("author of a taxonomy", error))?;
    let json = writer.encoder.encode(&change.json)?;
    writer
        .conn
        .prepare_cached("INSERT INTO taxonomy (version, at, entry, author, json) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((version.cast_signed(), at, number.0.cast_signed(), author, json))?;
    let pass = retag::begin(writer, version, change.at)?;
    Ok(TaxonomySet { version, is_new: true, pass })
}
