//! Findings as they are now.

use rusqlite::{Connection, OptionalExtension, Row};
use tidings_model::{Engagement, Finding, FindingId, SourceId, Timestamp};

use crate::codec::{Body, Columns, Tags};
use crate::error::Failure;
use crate::pool::Reader;
use crate::time::from_millis;
use crate::{LogNumber, Store, StoreError};

/// What is known of a finding that was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Of title, text and change, as [`Incoming::hash`](crate::Incoming::hash) was.
    pub hash: u64,
    /// Whether a run that ended well, or a `commit`, has covered it.
    pub covered: bool,
    pub revision: u32,
    pub found: Timestamp,
}

/// Which state of a finding the log ends with: what an index must hold of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingVersion {
    /// Its `found` entry, by which pages are asked for.
    pub first: LogNumber,
    pub id: FindingId,
    /// Its latest entry with text or tags: another entry, another state.
    pub entry: LogNumber,
    pub revision: u32,
    pub hash: u64,
}

impl Store {
    /// What is known of `ids`, in the order asked.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn known(&self, ids: &[FindingId]) -> Result<Vec<Option<Known>>, StoreError> {
        self.read(|reader| ids.iter().map(|id| known(&reader.conn, id)).collect())
    }

    /// The finding as it is now.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn finding(&self, id: &FindingId) -> Result<Option<Finding>, StoreError> {
        self.read(|reader| find(reader, id))
    }

    /// Findings as they are now, in the order asked; `None` for an id that is not known or erased.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn findings(&self, ids: &[FindingId]) -> Result<Vec<Option<Finding>>, StoreError> {
        self.read(|reader| ids.iter().map(|id| find(reader, id)).collect())
    }

    /// Up to `limit` findings first seen after entry `after` and up to entry `upto`, each as it is now,
    /// in the order of first sight, with the number to go on from.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn findings_after(
        &self,
        after: LogNumber,
        upto: LogNumber,
        limit: usize,
    ) -> Result<Vec<(LogNumber, Finding)>, StoreError> {
        self.read(|reader| {
            let mut findings = Vec::new();
            for version in versions(&reader.conn, after, upto, limit)? {
                if let Some(finding) = find(reader, &version.id)? {
                    findings.push((version.first, finding));
                }
            }
            Ok(findings)
        })
    }

    /// Like [`Store::findings_after`], but says which state each is in instead of reading it.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn versions_after(
        &self,
        after: LogNumber,
        upto: LogNumber,
        limit: usize,
    ) -> Result<Vec<FindingVersion>, StoreError> {
        self.read(|reader| versions(&reader.conn, after, upto, limit))
    }

    /// How many findings each source has brought, in the order of their names.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn counts_by_source(&self) -> Result<Vec<(SourceId, u64)>, StoreError> {
        self.read(|reader| {
            let rows: Vec<(i64, i64)> = {
                let sql = "SELECT source, findings FROM tally JOIN name ON name.n = source ORDER BY name.text";
                let mut statement = reader.conn.prepare_cached(sql)?;
                let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.collect::<Result<_, _>>()?
            };
            let named =
                |(source, count): (i64, i64)| Ok((reader.names.text(&reader.conn, source)?, count.cast_unsigned()));
            rows.into_iter().map(named).collect()
        })
    }
}

/// The two halves of the id's bytes; `None` for an id that was never made from bytes.
pub(crate) fn halves(id: &FindingId) -> Option<(i64, i64)> {
    let bytes = u128::from_be_bytes(id.to_bytes()?);
    Some((((bytes >> 64) as u64).cast_signed(), (bytes as u64).cast_signed()))
}

fn joined(high: i64, low: i64) -> FindingId {
    let bytes = (u128::from(high.cast_unsigned()) << 64) | u128::from(low.cast_unsigned());
    FindingId::from_bytes(bytes.to_be_bytes())
}

fn known(conn: &Connection, id: &FindingId) -> Result<Option<Known>, Failure> {
    let Some((high, low)) = halves(id) else {
        return Ok(None);
    };
    let row = conn
        .prepare_cached(
            "SELECT hash, revision, found, cover = 0 OR NOT EXISTS (SELECT 1 FROM open_cover WHERE n = cover)
             FROM finding WHERE id_high = ?1 AND id_low = ?2",
        )?
        .query_row((high, low), |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((hash, revision, found, covered)) = row else {
        return Ok(None);
    };
    Ok(Some(Known { hash: hash.cast_unsigned(), covered, revision, found: from_millis(found)? }))
}

fn versions(
    conn: &Connection,
    after: LogNumber,
    upto: LogNumber,
    limit: usize,
) -> Result<Vec<FindingVersion>, Failure> {
    let mut statement = conn.prepare_cached(
        "SELECT n, id_high, id_low, coalesce(entry, n), revision, hash FROM finding
         WHERE ?1 < n AND n <= ?2 ORDER BY n LIMIT ?3",
    )?;
    let range = (after.0.cast_signed(), upto.0.cast_signed(), limit as i64);
    let rows = statement.query_map(range, |row| {
        Ok(FindingVersion {
            first: LogNumber(row.get::<_, i64>(0)?.cast_unsigned()),
            id: joined(row.get(1)?, row.get(2)?),
            entry: LogNumber(row.get::<_, i64>(3)?.cast_unsigned()),
            revision: row.get(4)?,
            hash: row.get::<_, i64>(5)?.cast_unsigned(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Which entries make a state of the finding `n`.
#[derive(Clone, Copy)]
pub(crate) struct Version {
    pub(crate) n: i64,
    /// Entry with the text.
    pub(crate) text: i64,
    /// Entry with the tags; the same for `found` and `revised`.
    pub(crate) entry: i64,
    pub(crate) revision: u32,
}

fn find(reader: &mut Reader, id: &FindingId) -> Result<Option<Finding>, Failure> {
    match current(&reader.conn, id)? {
        Some(version) => Ok(read_version(reader, version)?.1),
        None => Ok(None),
    }
}

/// The state that `id` is in now.
pub(crate) fn current(conn: &Connection, id: &FindingId) -> Result<Option<Version>, Failure> {
    let Some((high, low)) = halves(id) else {
        return Ok(None);
    };
    let sql =
        "SELECT n, coalesce(text, n), coalesce(entry, n), revision FROM finding WHERE id_high = ?1 AND id_low = ?2";
    let version = conn.prepare_cached(sql)?.query_row((high, low), |row| {
        Ok(Version { n: row.get(0)?, text: row.get(1)?, entry: row.get(2)?, revision: row.get(3)? })
    });
    Ok(version.optional()?)
}

/// The finding in that state; no finding where its text was erased.
pub(crate) fn read_version(reader: &mut Reader, version: Version) -> Result<(FindingId, Option<Finding>), Failure> {
    let Reader { conn, names, decoder } = reader;
    let sql = "SELECT id_high, id_low, source, plugin, found, score, replies, views FROM finding WHERE n = ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([version.n])?;
    let row = rows.next()?.ok_or_else(|| Failure::Record(format!("finding {} is missing", version.n)))?;
    let id = joined(row.get(0)?, row.get(1)?);
    let mut statement = conn.prepare_cached("SELECT at, body FROM log WHERE number = ?1")?;
    let mut texts = statement.query([version.text])?;
    let text = texts.next()?.ok_or_else(|| Failure::Record(format!("log entry {} is missing", version.text)))?;
    let Some(blob) = text.get_ref(1)?.as_blob_or_null().map_err(rusqlite::Error::from)? else {
        return Ok((id, None));
    };
    let mut body: Body<'static> = decoder.decode(conn, blob)?;
    if version.entry != version.text
        && let Some(tags) = read_tags(conn, decoder, version.entry)?
    {
        body = body.with_tags(tags);
    }
    let updated = if 1 < version.revision { Some(from_millis(text.get(0)?)?) } else { None };
    let columns = Columns {
        id: id.clone(),
        source: names.text(conn, row.get(2)?)?,
        plugin: names.text(conn, row.get(3)?)?,
        found: from_millis(row.get(4)?)?,
        updated,
        revision: version.revision,
        engagement: engagement(row)?,
    };
    Ok((id, Some(body.into_finding(columns))))
}

fn read_tags(
    conn: &Connection,
    decoder: &mut crate::dictionary::Decoder,
    entry: i64,
) -> Result<Option<Tags<'static>>, Failure> {
    let blob: Option<Vec<u8>> =
        conn.prepare_cached("SELECT body FROM log WHERE number = ?1")?.query_row([entry], |row| row.get(0))?;
    blob.map(|blob| decoder.decode(conn, &blob)).transpose()
}

fn engagement(row: &Row<'_>) -> Result<Option<Engagement>, rusqlite::Error> {
    let engagement = Engagement { score: row.get(5)?, replies: row.get(6)?, views: row.get(7)? };
    Ok(Some(engagement).filter(|engagement| *engagement != Engagement::default()))
}
