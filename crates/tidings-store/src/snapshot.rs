//! Stored states of watched pages.

use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tidings_model::{SourceId, Timestamp};

use crate::error::Failure;
use crate::pool::Reader;
use crate::state::check;
use crate::time::{from_millis, to_millis, truncated};
use crate::writer::{Durability, Writer};
use crate::{Store, StoreError};

/// Longest text and facts of one snapshot together, in bytes.
pub const MAX_SNAPSHOT: usize = 8 << 20;
/// States kept of one page; the oldest goes when a further one comes.
pub const SNAPSHOTS_KEPT: usize = 200;

/// One state of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub id: String,
    pub source: SourceId,
    /// Which page of the source, by the plugin's own name.
    pub key: String,
    pub text: String,
    pub facts: Value,
    /// Kept to the millisecond.
    pub taken: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Body<'a> {
    text: std::borrow::Cow<'a, str>,
    facts: std::borrow::Cow<'a, Value>,
}

impl Snapshot {
    /// The next state of the page that `source` calls `key`, to be put in a batch.
    ///
    /// Its id is a pure function of source, key, content and `previous`, the id
    /// of the page's latest snapshot: putting it twice keeps it once, while a page
    /// that goes back to an older content gets a snapshot of its own.
    pub fn new(
        source: SourceId,
        key: impl Into<String>,
        text: impl Into<String>,
        facts: Value,
        taken: Timestamp,
        previous: Option<&str>,
    ) -> Self {
        let (key, text) = (key.into(), text.into());
        let mut hasher = Sha256::new();
        let facts_json = facts.to_string();
        for part in [source.as_str(), &key, previous.unwrap_or(""), &facts_json, &text] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let id = format!("sn_{}", hex(&hasher.finalize()[..16]));
        Self { id, source, key, text, facts, taken: truncated(taken) }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).expect("four bits are one digit");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

impl Store {
    /// Keeps one snapshot by itself. A run's own go into its batch, so that they
    /// are never there before the findings that tell of the change.
    ///
    /// # Errors
    ///
    /// When it is larger than [`MAX_SNAPSHOT`] or cannot be written.
    pub fn put_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        self.writer()?.write(Durability::Disk, move |writer| put(writer, &snapshot))
    }

    /// The latest state of the page that `source` calls `key`.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn latest_snapshot(&self, source: &SourceId, key: &str) -> Result<Option<Snapshot>, StoreError> {
        self.read_one(|reader| {
            let sql = "SELECT id, source, key, taken, body FROM snapshot
                       WHERE source = (SELECT n FROM name WHERE text = ?1) AND key = ?2 ORDER BY n DESC LIMIT 1";
            let row = reader.conn.prepare_cached(sql)?.query_row((source.as_str(), key), stored).optional()?;
            row.map(|row| read(reader, row)).transpose()
        })
    }

    /// The snapshot with this id; `None` where it was never kept, or is no longer.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn snapshot(&self, id: &str) -> Result<Option<Snapshot>, StoreError> {
        self.read(|reader| {
            let sql = "SELECT id, source, key, taken, body FROM snapshot WHERE id = ?1";
            let row = reader.conn.prepare_cached(sql)?.query_row([id], stored).optional()?;
            row.map(|row| read(reader, row)).transpose()
        })
    }
}

struct Stored {
    id: String,
    source: i64,
    key: String,
    taken: i64,
    body: Vec<u8>,
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored { id: row.get(0)?, source: row.get(1)?, key: row.get(2)?, taken: row.get(3)?, body: row.get(4)? })
}

fn read(reader: &mut Reader, row: Stored) -> Result<Snapshot, Failure> {
    let Reader { conn, names, decoder } = reader;
    let body: Body<'static> = decoder.decode(conn, &row.body)?;
    Ok(Snapshot {
        id: row.id,
        source: names.text(conn, row.source)?,
        key: row.key,
        text: body.text.into_owned(),
        facts: body.facts.into_owned(),
        taken: from_millis(row.taken)?,
    })
}

pub(crate) fn put_all(writer: &mut Writer, snapshots: &[Snapshot]) -> Result<(), Failure> {
    snapshots.iter().try_for_each(|snapshot| put(writer, snapshot))
}

fn put(writer: &mut Writer, snapshot: &Snapshot) -> Result<(), Failure> {
    check("a snapshot (bytes)", snapshot.text.len() + snapshot.facts.to_string().len(), MAX_SNAPSHOT)?;
    let source = writer.names.intern(&writer.conn, snapshot.source.as_str())?;
    let body =
        Body { text: std::borrow::Cow::Borrowed(&snapshot.text), facts: std::borrow::Cow::Borrowed(&snapshot.facts) };
    let body = writer.encoder.encode(&body)?;
    writer
        .conn
        .prepare_cached(
            "INSERT INTO snapshot (id, source, key, taken, body) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING",
        )?
        .execute((&snapshot.id, source, &snapshot.key, to_millis(snapshot.taken), body))?;
    drop_oldest(&writer.conn, source, &snapshot.key)
}

fn drop_oldest(conn: &Connection, source: i64, key: &str) -> Result<(), Failure> {
    conn.prepare_cached(
        "DELETE FROM snapshot WHERE n IN
         (SELECT n FROM snapshot WHERE source = ?1 AND key = ?2 ORDER BY n DESC LIMIT -1 OFFSET ?3)",
    )?
    .execute((source, key, SNAPSHOTS_KEPT as i64))?;
    Ok(())
}
