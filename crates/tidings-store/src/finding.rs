//! Findings as they are now.

use rusqlite::{Connection, OptionalExtension, Row};
use tidings_model::{Engagement, Finding, FindingId, SourceId, Timestamp};

use crate::codec::{Body, Columns};
use crate::compress::Decoder;
use crate::error::Failure;
use crate::name::Names;
use crate::pool::Reader;
use crate::time::from_millis;
use crate::{LogNumber, Store, StoreError, story};

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
        match ids {
            // Asked for each finding that a source emits.
            [id] if halves(id).is_some_and(|(high, _)| self.ids().lack(high)) => Ok(vec![None]),
            [id] => self.read_one(|reader| Ok(vec![known(&reader.conn, id)?])),
            _ => self.read(|reader| ids.iter().map(|id| known(&reader.conn, id)).collect()),
        }
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

pub(crate) fn joined(high: i64, low: i64) -> FindingId {
    let bytes = (u128::from(high.cast_unsigned()) << 64) | u128::from(low.cast_unsigned());
    FindingId::from_bytes(bytes.to_be_bytes())
}

/// The number of the `found` entry of the finding.
pub(crate) fn number_of(conn: &Connection, id: &FindingId) -> Result<Option<i64>, Failure> {
    let Some(halves) = halves(id) else { return Ok(None) };
    let sql = "SELECT n FROM finding WHERE id_high = ?1 AND id_low = ?2";
    Ok(conn.prepare_cached(sql)?.query_row(halves, |row| row.get(0)).optional()?)
}

/// The id of the finding whose `found` entry is number `n`.
pub(crate) fn id_at(conn: &Connection, n: i64) -> Result<FindingId, Failure> {
    let sql = "SELECT id_high, id_low FROM finding WHERE n = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([n], |row| Ok(joined(row.get(0)?, row.get(1)?)))?)
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

/// The columns that [`assemble`] reads, as the first of a row.
macro_rules! columns {
    () => {
        "finding.id_high, finding.id_low, finding.source, finding.plugin, finding.found, \
         finding.score, finding.replies, finding.views"
    };
}
pub(crate) use columns;

/// What makes a state of a finding, beside its columns.
pub(crate) struct State<'a> {
    pub(crate) revision: u32,
    /// When its text was seen.
    pub(crate) at: i64,
    /// Text and tags; `None` where they were erased.
    pub(crate) body: Option<&'a [u8]>,
    /// Tags decided later.
    pub(crate) tags: Option<&'a [u8]>,
}

/// The beginning of a query for findings as they are now, whose rows [`current`] reads.
macro_rules! select_current {
    () => {
        concat!(
            "SELECT ",
            $crate::finding::columns!(),
            ", finding.revision, log.at, log.body, nullif(entry, log.number), ",
            $crate::retag::verified!(),
            ", finding.n, coalesce(entry, finding.n), log.number
             FROM finding JOIN log ON log.number = coalesce(finding.text, finding.n) "
        )
    };
}
pub(crate) use select_current;

pub(crate) fn find(reader: &mut Reader, id: &FindingId) -> Result<Option<Finding>, Failure> {
    let Some((high, low)) = halves(id) else {
        return Ok(None);
    };
    let Reader { conn, names, decoder } = reader;
    let mut statement = conn.prepare_cached(concat!(select_current!(), "WHERE id_high = ?1 AND id_low = ?2"))?;
    let mut rows = statement.query((high, low))?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    current(conn, names, decoder, row)
}

/// The finding of a row of [`select_current!`]; `None` where it was erased.
pub(crate) fn current(
    conn: &Connection,
    names: &mut Names,
    decoder: &mut Decoder,
    row: &Row<'_>,
) -> Result<Option<Finding>, Failure> {
    let tags = match row.get(11)? {
        Some(entry) => body_of(conn, entry)?,
        None => None,
    };
    let body = row.get_ref(10)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
    let state = State { revision: row.get(8)?, at: row.get(9)?, body, tags: tags.as_deref() };
    let mut finding = assemble(conn, names, decoder, row, &state)?;
    if let (Some(finding), Some(verified)) = (&mut finding, row.get::<_, Option<i64>>(12)?) {
        finding.taxonomy_version = finding.taxonomy_version.max(verified.cast_unsigned());
    }
    Ok(finding)
}

pub(crate) fn body_of(conn: &Connection, entry: i64) -> Result<Option<Vec<u8>>, Failure> {
    let sql = "SELECT body FROM log WHERE number = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([entry], |row| row.get(0))?)
}

pub(crate) fn id_of(row: &Row<'_>) -> Result<FindingId, Failure> {
    Ok(joined(row.get(0)?, row.get(1)?))
}

/// The finding whose [`columns!`] begin `row`, in that state; `None` where its text was erased.
pub(crate) fn assemble(
    conn: &Connection,
    names: &mut Names,
    decoder: &mut Decoder,
    row: &Row<'_>,
    state: &State<'_>,
) -> Result<Option<Finding>, Failure> {
    let Some(blob) = state.body else {
        return Ok(None);
    };
    let mut body: Body<'static> = decoder.decode(conn, blob)?;
    if let Some(tags) = state.tags {
        body = body.with_tags(decoder.decode(conn, tags)?);
    }
    let engagement = Engagement { score: row.get(5)?, replies: row.get(6)?, views: row.get(7)? };
    let mut finding = body.into_finding(Columns {
        id: id_of(row)?,
        source: names.text(conn, row.get(2)?)?,
        plugin: names.text(conn, row.get(3)?)?,
        found: from_millis(row.get(4)?)?,
        updated: if 1 < state.revision { Some(from_millis(state.at)?) } else { None },
        revision: state.revision,
        engagement: Some(engagement).filter(|engagement| *engagement != Engagement::default()),
    });
    if let Some(told) = finding.story.take() {
        finding.story = Some(story::reference(conn, told.id, &finding.id)?);
    }
    Ok(Some(finding))
}
