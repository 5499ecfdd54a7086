//! The states that a finding's title and text were in.

use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};
use tidings_model::{Change, FindingId, Timestamp};

use crate::error::Failure;
use crate::finding::{Version, current, read_version};
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
        self.read(|reader| {
            let mut next = current(&reader.conn, id)?;
            let mut revisions = Vec::new();
            while let Some(version) = next {
                let text = version.text;
                revisions.extend(read(reader, Version { entry: text, ..version })?);
                next = before(reader, version)?;
            }
            revisions.reverse();
            Ok(revisions)
        })
    }
}

fn read(reader: &mut Reader, version: Version) -> Result<Option<Revision>, Failure> {
    let Some(finding) = read_version(reader, version)?.1 else {
        return Ok(None);
    };
    Ok(Some(Revision {
        revision: version.revision,
        at: finding.updated.unwrap_or(finding.found),
        entry: LogNumber(version.text.cast_unsigned()),
        title: finding.title,
        text: finding.text,
        truncated: finding.truncated,
        published: finding.published,
        change: finding.change,
    }))
}

/// The revision before `version`; entries name the one before them, so the chain ends.
fn before(reader: &Reader, version: Version) -> Result<Option<Version>, Failure> {
    let sql = "SELECT older.number, older.revision FROM log JOIN log AS older ON older.number = log.base
               WHERE log.number = ?1 AND older.number < log.number";
    let older = reader.conn.prepare_cached(sql)?.query_row([version.text], |row| {
        let text = row.get(0)?;
        Ok(Version { n: version.n, text, entry: text, revision: row.get(1)? })
    });
    Ok(older.optional()?)
}
