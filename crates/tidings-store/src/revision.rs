//! The states that a finding's title and text were in.

use serde::{Deserialize, Serialize};
use tidings_model::{Change, FindingId, Timestamp};

use crate::error::Failure;
use crate::finding::{State, assemble, columns, halves};
use crate::pool::Reader;
use crate::{LogNumber, Store, StoreError};

/// One state of a finding's title and text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// 1 for the first state seen.
    pub revision: u32,
    /// When it was seen.
    pub at: Timestamp,
    /// The log entry that brought it.
    pub entry: LogNumber,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

impl Store {
    /// All revisions of a finding, the first one first; none for an unknown or erased one.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn revisions(&self, id: &FindingId) -> Result<Vec<Revision>, StoreError> {
        self.read(|reader| match halves(id) {
            Some((high, low)) => revisions(reader, high, low),
            None => Ok(Vec::new()),
        })
    }
}

/// Each entry with a text names the one before it; numbers only fall, so the chain ends.
fn revisions(reader: &mut Reader, high: i64, low: i64) -> Result<Vec<Revision>, Failure> {
    let Reader { conn, names, decoder } = reader;
    let mut statement = conn.prepare_cached(concat!(
        "WITH RECURSIVE chain (n, number) AS (
             SELECT n, coalesce(text, n) FROM finding WHERE id_high = ?1 AND id_low = ?2
             UNION ALL
             SELECT n, base FROM chain JOIN log USING (number) WHERE base < number)
         SELECT ",
        columns!(),
        ", number, at, log.revision, body
         FROM chain JOIN log USING (number) JOIN finding USING (n) ORDER BY number"
    ))?;
    let mut rows = statement.query((high, low))?;
    let mut revisions = Vec::new();
    while let Some(row) = rows.next()? {
        let body = row.get_ref(11)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
        let state = State { revision: row.get(10)?, at: row.get(9)?, body, tags: None };
        if let Some(finding) = assemble(conn, names, decoder, row, &state)? {
            revisions.push(Revision {
                revision: state.revision,
                at: finding.updated.unwrap_or(finding.found),
                entry: LogNumber(row.get::<_, i64>(8)?.cast_unsigned()),
                title: finding.title,
                text: finding.text,
                truncated: finding.truncated,
                published: finding.published,
                change: finding.change,
            });
        }
    }
    Ok(revisions)
}
