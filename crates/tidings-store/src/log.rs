//! The log: what happened to findings and to the taxonomy, in order.

use std::fmt;
use std::sync::Arc;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use tidings_model::{Finding, FindingId, Timestamp};
use uuid::Uuid;

use crate::codec::Tags;
use crate::error::Failure;
use crate::finding::{State, assemble, columns, id_of};
use crate::pool::Reader;
use crate::time::{from_millis, to_millis};
use crate::writer::Writer;
use crate::{Store, StoreError};

/// Number of a log entry; the first is 1, and 0 stands before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogNumber(pub u64);

impl fmt::Display for LogNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which log this is: numbers of two epochs do not compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub Uuid);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A finding was seen for the first time.
    Found,
    /// Its title, text or change is another now.
    Revised,
    /// A new taxonomy is in force.
    Taxonomy,
    /// Its tags were decided again, by another taxonomy: nothing happened to it, and nobody is alerted.
    Retagged,
    /// It moved to another story.
    Regrouped,
    /// Its texts are gone.
    Erased,
}

impl EntryKind {
    const CODES: [Self; 6] =
        [Self::Found, Self::Revised, Self::Taxonomy, Self::Retagged, Self::Regrouped, Self::Erased];

    pub(crate) fn code(self) -> i64 {
        self as i64
    }

    fn from_code(code: i64) -> Result<Self, Failure> {
        let kind = usize::try_from(code).ok().and_then(|code| Self::CODES.get(code));
        kind.copied().ok_or_else(|| Failure::Record(format!("log entry of unknown kind {code}")))
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Revised => "revised",
            Self::Taxonomy => "taxonomy",
            Self::Retagged => "retagged",
            Self::Regrouped => "regrouped",
            Self::Erased => "erased",
        }
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    pub number: LogNumber,
    /// To the millisecond, UTC.
    pub at: Timestamp,
    pub kind: EntryKind,
    /// The finding it is about; `None` on `taxonomy`.
    pub id: Option<FindingId>,
    /// The finding as it was at this entry, with the tags and the story decided then. Its
    /// engagement, and size and head of its story, are of now. `None` on `taxonomy`, `erased`, and wherever
    /// an erasure has taken the text.
    pub finding: Option<Arc<Finding>>,
}

impl Store {
    /// The number of the last committed entry.
    ///
    /// # Errors
    ///
    /// Only beside a running daemon, where it is read from the database.
    pub fn head(&self) -> Result<LogNumber, StoreError> {
        match self.writer() {
            Ok(writer) => Ok(*writer.head().borrow()),
            Err(_) => self.read(|reader| last_number(&reader.conn)),
        }
    }

    /// Up to `limit` entries after `after`, in the order of their numbers, which have no gaps.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn log_after(&self, after: LogNumber, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        self.read(|reader| entries_after(reader, after, limit))
    }
}

pub(crate) fn last_number(conn: &Connection) -> Result<LogNumber, Failure> {
    let last = conn.prepare_cached("SELECT max(number) FROM log")?.query_row([], |row| row.get::<_, Option<i64>>(0))?;
    Ok(LogNumber(last.unwrap_or(0).cast_unsigned()))
}

fn entries_after(reader: &mut Reader, after: LogNumber, limit: usize) -> Result<Vec<LogEntry>, Failure> {
    let Reader { conn, names, decoder } = reader;
    let mut statement = conn.prepare_cached(concat!(
        "SELECT ",
        columns!(),
        ", number, at, kind, log.revision, base, body
         FROM log LEFT JOIN finding ON finding.n = coalesce(log.finding, log.number)
         WHERE ?1 < number ORDER BY number LIMIT ?2"
    ))?;
    let mut rows = statement.query((after.0.cast_signed(), limit as i64))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let kind = EntryKind::from_code(row.get(10)?)?;
        let id = if kind == EntryKind::Taxonomy { None } else { Some(id_of(row)?) };
        let finding = match kind {
            EntryKind::Taxonomy | EntryKind::Erased => None,
            EntryKind::Found | EntryKind::Revised => {
                let body = row.get_ref(13)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
                let state = State { revision: row.get(11)?, at: row.get(9)?, body, tags: None };
                assemble(conn, names, decoder, row, &state)?
            }
            EntryKind::Retagged | EntryKind::Regrouped => {
                let sql = "SELECT at, body FROM log WHERE number = ?1";
                let (at, body): (i64, Option<Vec<u8>>) = conn
                    .prepare_cached(sql)?
                    .query_row([row.get::<_, i64>(12)?], |row| Ok((row.get(0)?, row.get(1)?)))?;
                let tags = row.get_ref(13)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
                let state = State { revision: row.get(11)?, at, body: body.as_deref(), tags };
                assemble(conn, names, decoder, row, &state)?
            }
        };
        entries.push(LogEntry {
            number: LogNumber(row.get::<_, i64>(8)?.cast_unsigned()),
            at: from_millis(row.get(9)?)?,
            kind,
            id,
            finding: finding.map(Arc::new),
        });
    }
    Ok(entries)
}

/// Writes as the latest entry of finding `n` what was decided of it anew, its text staying
/// that of entry `text`.
pub(crate) fn decide(
    writer: &mut Writer,
    kind: EntryKind,
    (n, text): (i64, i64),
    finding: Finding,
    at: Timestamp,
) -> Result<LogEntry, Failure> {
    let number = writer.next_number();
    let entry = number.0.cast_signed();
    let body = writer.encoder.encode(&Tags::new(&finding))?;
    let sql = "INSERT INTO log (number, at, kind, finding, revision, base, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let revision = finding.revision;
    let row = params![entry, to_millis(at), kind.code(), n, revision, text, body];
    writer.conn.prepare_cached(sql)?.execute(row)?;
    writer.conn.prepare_cached("UPDATE finding SET entry = ?2 WHERE n = ?1")?.execute((n, entry))?;
    Ok(LogEntry { number, at, kind, id: Some(finding.id.clone()), finding: Some(Arc::new(finding)) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_model::{FindingId, SourceId};

    use super::*;
    use crate::writer::Durability;
    use crate::{Batch, Incoming};

    /// Appends an entry as a later version of the program would.
    fn append(store: &Store, kind: EntryKind, body: Option<serde_json::Value>) {
        let appended = store.writer().unwrap().write(Durability::Disk, move |writer| {
            let number = writer.next_number().0.cast_signed();
            let body = body.map(|body| writer.encoder.encode(&body).map(<[u8]>::to_vec)).transpose()?;
            writer.conn.execute(
                "INSERT INTO log (number, at, kind, finding, revision, base, body) VALUES (?1, 9000, ?2, 1, 2, 2, ?3)",
                params![number, kind.code(), body],
            )?;
            if kind == EntryKind::Retagged {
                writer.conn.execute("UPDATE finding SET entry = ?1 WHERE n = 1", [number])?;
            }
            Ok(())
        });
        appended.unwrap();
    }

    fn revised(source: &SourceId, store: &Store) -> FindingId {
        let id = FindingId::new(source, "a");
        for (n, text) in ["one", "two"].into_iter().enumerate() {
            let mut batch = Batch::new(source.clone(), "r", Timestamp::from_second(n as i64).unwrap());
            let finding = serde_json::from_value(json!({
                "id": id, "source": source, "plugin": "feed", "kind": "post", "text": text, "severity": "low",
                "found": Timestamp::UNIX_EPOCH, "revision": 1, "taxonomy_version": 1,
            }));
            batch.findings =
                vec![Incoming { finding: finding.unwrap(), hash: n as u64, clues: tidings_model::Clues::default() }];
            store.commit(batch).unwrap();
        }
        id
    }

    #[test]
    fn later_tags_are_read_over_the_text_they_were_decided_for() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = revised(&"voz".parse().unwrap(), &store);
        append(&store, EntryKind::Retagged, Some(json!({"severity": "high", "version": 7})));
        let entries = store.log_after(LogNumber(1), 10).unwrap();
        let then: Vec<_> = entries
            .iter()
            .map(|entry| {
                let finding = entry.finding.as_ref().unwrap();
                (entry.kind, finding.text.as_str(), finding.severity.unwrap().as_str(), finding.taxonomy_version)
            })
            .collect();
        assert_eq!(then, [(EntryKind::Revised, "two", "low", 1), (EntryKind::Retagged, "two", "high", 7)]);
        let current = store.finding(&id).unwrap().unwrap();
        assert_eq!(Some(&current), entries[1].finding.as_deref());
        assert_eq!(current.updated, Some(Timestamp::from_second(1).unwrap()));
        assert_eq!(store.versions_after(LogNumber(0), LogNumber(9), 9).unwrap()[0].entry, LogNumber(3));
        assert_eq!(store.integrity().unwrap().problems, Vec::<String>::new());
    }

    #[test]
    fn an_erased_text_is_read_as_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = revised(&"voz".parse().unwrap(), &store);
        append(&store, EntryKind::Erased, None);
        let scrubbed = store.writer().unwrap().write(Durability::Disk, |writer| {
            writer.conn.execute("UPDATE log SET body = NULL", [])?;
            Ok(())
        });
        scrubbed.unwrap();
        for entry in store.log_after(LogNumber(0), 10).unwrap() {
            assert_eq!((entry.id.as_ref(), entry.finding), (Some(&id), None));
        }
        assert_eq!(store.finding(&id).unwrap(), None);
        assert_eq!(store.revisions(&id).unwrap(), []);
    }

    #[test]
    fn codes_of_kinds_are_frozen() {
        let kinds = ["found", "revised", "taxonomy", "retagged", "regrouped", "erased"];
        for (code, word) in (0..).zip(kinds) {
            let kind = EntryKind::from_code(code).unwrap();
            assert_eq!((kind.as_str(), kind.code()), (word, code));
        }
        assert!(EntryKind::from_code(6).is_err());
    }
}
