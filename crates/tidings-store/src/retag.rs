//! Deciding the tags of the whole archive again: how far a pass has come, and the entries it writes.
//!
//! A pass goes over the findings in the order of first sight, up to the entry that the log
//! ended with when it began. Its progress is written with its entries, so one that is broken
//! off goes on where it was. What other tags a finding has is for the caller to say.

mod write;

use rusqlite::{Connection, Row, params};
use tidings_model::{Finding, Timestamp};

use crate::error::Failure;
use crate::finding::{current, select_current};
use crate::pool::Reader;
use crate::taxonomy::version_in_force;
use crate::time::{from_millis, to_millis};
use crate::writer::{Durability, Writer};
use crate::{LogEntry, LogNumber, Store, StoreError};

/// Passes kept to be asked for; the oldest goes when a further one begins.
pub const PASSES_KEPT: usize = 20;

/// How a pass stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassState {
    /// Not at its end, whether someone is at work on it or not.
    Running,
    Done,
    /// Another taxonomy came into force, with a pass of its own.
    Superseded,
}

/// A pass over the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetagPass {
    /// Its number; later passes have higher ones.
    pub number: u64,
    /// Of the taxonomy that decides.
    pub version: u64,
    /// Findings first seen after this entry do not belong to it.
    pub upto: LogNumber,
    /// How far it has come: all findings first seen up to this entry are decided.
    pub done: LogNumber,
    /// Findings that belong to it.
    pub total: u64,
    /// Of these, decided.
    pub looked: u64,
    /// Of these, with other tags than before.
    pub changed: u64,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    pub state: PassState,
}

/// A finding whose tags are to be decided.
#[derive(Clone, Debug, PartialEq)]
pub struct ToRetag {
    /// Its `found` entry.
    pub first: LogNumber,
    /// Its latest entry with text or tags: the state that is decided upon.
    pub entry: LogNumber,
    /// `None` where it was erased: then there is nothing to decide.
    pub finding: Option<Finding>,
}

/// What is to be decided next. Nothing where there are no `findings` and no `pass`.
#[derive(Clone, Debug, PartialEq)]
pub struct RetagPage {
    /// The taxonomy in force, which decides.
    pub version: u64,
    /// The running pass.
    pub pass: Option<RetagPass>,
    pub findings: Vec<ToRetag>,
    /// Whether they are findings that a run has brought with tags of an earlier taxonomy.
    pub is_stale: bool,
}

/// What was decided of a page, or of its first findings.
#[derive(Clone, Debug)]
pub struct RetagBatch {
    /// Those of the page.
    pub version: u64,
    pub pass: Option<RetagPass>,
    pub is_stale: bool,
    pub decided: Vec<Decided>,
    pub at: Timestamp,
}

/// A finding with the tags decided now.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    pub retagged: ToRetag,
    /// Whether competitors, labels or severity are not what they were.
    pub is_changed: bool,
}

/// What [`Store::retag`] wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Retagged {
    /// A `retagged` entry for each finding that has changed.
    pub entries: Vec<LogEntry>,
    /// The pass as it stands now.
    pub pass: Option<RetagPass>,
    /// Whether another taxonomy or another pass came first: then nothing was written.
    pub is_outdated: bool,
}

impl Store {
    /// The pass with that number, if it is kept.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn retag_pass(&self, number: u64) -> Result<Option<RetagPass>, StoreError> {
        self.read(|reader| pass(&reader.conn, "WHERE n = ?1", [i64::try_from(number).unwrap_or(i64::MAX)]))
    }

    /// The pass that has not come to its end.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn running_retag(&self) -> Result<Option<RetagPass>, StoreError> {
        self.read(|reader| running(&reader.conn))
    }

    /// The pass that has not come to its end, else a new one over all that is in the archive.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn start_retag(&self, at: Timestamp) -> Result<RetagPass, StoreError> {
        self.writer()?.write(Durability::Disk, move |writer| match running(&writer.conn)? {
            Some(running) => Ok(running),
            None => {
                let version = version_in_force(writer)?;
                insert(writer, version, at)
            }
        })
    }

    /// What is to be decided next: up to `limit` findings with about `max_bytes` of text.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn retag_page(&self, limit: usize, max_bytes: usize) -> Result<RetagPage, StoreError> {
        self.read(|reader| {
            let version: Option<i64> =
                reader.conn.prepare_cached("SELECT max(version) FROM taxonomy")?.query_row([], |row| row.get(0))?;
            let pass = running(&reader.conn)?;
            let mut page = RetagPage {
                version: version.unwrap_or(0).cast_unsigned(),
                pass,
                findings: Vec::new(),
                is_stale: false,
            };
            if let Some(pass) = page.pass.as_ref().filter(|pass| pass.done < pass.upto) {
                let (after, upto) = (pass.done, pass.upto);
                let sql = concat!(select_current!(), "WHERE ?1 < finding.n AND finding.n <= ?2 ORDER BY finding.n LIMIT ?3");
                read_page(reader, sql, (after, upto), limit, max_bytes, &mut page)?;
            }
            if page.findings.is_empty() {
                page.is_stale = true;
                let sql = concat!(
                    select_current!(),
                    "WHERE finding.n IN (SELECT n FROM stale WHERE ?1 < n AND n <= ?2 ORDER BY n LIMIT ?3) ORDER BY finding.n"
                );
                let all = (LogNumber(0), LogNumber(i64::MAX.cast_unsigned()));
                read_page(reader, sql, all, limit, max_bytes, &mut page)?;
            }
            Ok(page)
        })
    }

    /// Writes what was decided, with how far the pass has come, in one transaction: a `retagged`
    /// entry for each finding that has changed and is still in the state that was decided upon.
    ///
    /// # Errors
    ///
    /// Nothing of it is kept then; [`StoreError::is_transient`] says whether to try again.
    pub fn retag(&self, batch: RetagBatch) -> Result<Retagged, StoreError> {
        self.writer()?.write(Durability::Disk, move |writer| write::retag(writer, batch))
    }

    /// Findings with other tags than those of the taxonomy in force, beside a running pass's.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn stale_findings(&self) -> Result<u64, StoreError> {
        self.read(|reader| {
            let count: i64 =
                reader.conn.prepare_cached("SELECT count(*) FROM stale")?.query_row([], |row| row.get(0))?;
            Ok(count.cast_unsigned())
        })
    }
}

/// The version up to which a row of `finding` was verified by a pass, where that wrote no entry for it.
macro_rules! verified {
    () => {
        "(SELECT max(version) FROM retag WHERE finding.n <= done
          AND NOT EXISTS (SELECT 1 FROM stale WHERE stale.n = finding.n))"
    };
}
pub(crate) use verified;

/// Notes that finding `n` carries tags of an earlier taxonomy than the one in force.
pub(crate) fn note_stale(conn: &Connection, n: i64) -> Result<(), Failure> {
    conn.prepare_cached("INSERT OR IGNORE INTO stale (n) VALUES (?1)")?.execute([n])?;
    Ok(())
}

pub(crate) fn running(conn: &Connection) -> Result<Option<RetagPass>, Failure> {
    pass(conn, "WHERE state = 0 ORDER BY n DESC LIMIT 1", [])
}

/// Begins the pass of a new taxonomy in place of the one that runs. In an empty archive it ends
/// at once, and the answer is `None`.
pub(crate) fn begin(writer: &Writer, version: u64, at: Timestamp) -> Result<Option<RetagPass>, Failure> {
    let sql = "UPDATE retag SET state = 2, ended = ?1 WHERE state = 0";
    writer.conn.prepare_cached(sql)?.execute([to_millis(at)])?;
    let pass = end_if_done(writer, insert(writer, version, at)?, at)?;
    Ok(Some(pass).filter(|pass| pass.state == PassState::Running))
}

fn insert(writer: &Writer, version: u64, at: Timestamp) -> Result<RetagPass, Failure> {
    writer
        .conn
        .prepare_cached(
            "INSERT INTO retag (version, upto, done, total, looked, changed, started, state)
             VALUES (?1, ?2, 0, (SELECT coalesce(sum(findings), 0) FROM tally), 0, 0, ?3, 0)",
        )?
        .execute((version.cast_signed(), writer.head().0.cast_signed(), to_millis(at)))?;
    let number = writer.conn.last_insert_rowid();
    writer.conn.prepare_cached("DELETE FROM retag WHERE n <= ?1")?.execute([number - PASSES_KEPT as i64])?;
    let inserted = pass(&writer.conn, "WHERE n = ?1", [number])?;
    inserted.ok_or_else(|| Failure::Record("a pass that was just begun is missing".to_owned()))
}

fn pass(conn: &Connection, which: &str, params: impl rusqlite::Params) -> Result<Option<RetagPass>, Failure> {
    let sql =
        format!("SELECT n, version, upto, done, total, looked, changed, started, ended, state FROM retag {which}");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read_pass).transpose()
}

fn read_pass(row: &Row<'_>) -> Result<RetagPass, Failure> {
    let number = |at| row.get::<_, i64>(at).map(i64::cast_unsigned);
    Ok(RetagPass {
        number: number(0)?,
        version: number(1)?,
        upto: LogNumber(number(2)?),
        done: LogNumber(number(3)?),
        total: number(4)?,
        looked: number(5)?,
        changed: number(6)?,
        started: from_millis(row.get(7)?)?,
        ended: row.get::<_, Option<i64>>(8)?.map(from_millis).transpose()?,
        state: match row.get(9)? {
            0 => PassState::Running,
            1 => PassState::Done,
            2 => PassState::Superseded,
            other => return Err(Failure::Record(format!("pass of unknown state {other}"))),
        },
    })
}

fn read_page(
    reader: &mut Reader,
    sql: &str,
    (after, upto): (LogNumber, LogNumber),
    limit: usize,
    max_bytes: usize,
    page: &mut RetagPage,
) -> Result<(), Failure> {
    let Reader { conn, names, decoder } = reader;
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows =
        statement.query((after.0.cast_signed(), upto.0.cast_signed(), i64::try_from(limit).unwrap_or(i64::MAX)))?;
    let mut bytes = 0;
    while bytes < max_bytes
        && let Some(row) = rows.next()?
    {
        let finding = current(conn, names, decoder, row)?;
        bytes += finding.as_ref().map_or(0, |finding| finding.title.len() + finding.text.len());
        let number = |at| row.get::<_, i64>(at).map(|number| LogNumber(number.cast_unsigned()));
        page.findings.push(ToRetag { first: number(13)?, entry: number(14)?, finding });
    }
    Ok(())
}

/// Writes how far `pass` has come, and its end where nothing is left.
fn end_if_done(writer: &Writer, mut pass: RetagPass, at: Timestamp) -> Result<RetagPass, Failure> {
    let conn = &writer.conn;
    let range = (pass.done.0.cast_signed(), pass.upto.0.cast_signed());
    if !conn.prepare_cached("SELECT 1 FROM finding WHERE ?1 < n AND n <= ?2 LIMIT 1")?.exists(range)? {
        pass.done = pass.upto;
        if !has_stale(conn)? {
            // Whatever came since was tagged by this taxonomy, or was stale and has had its turn.
            pass.done = writer.head();
            (pass.ended, pass.state) = (Some(at), PassState::Done);
        }
    }
    let sql = "UPDATE retag SET done = ?2, looked = ?3, changed = ?4, ended = ?5, state = ?6 WHERE n = ?1";
    conn.prepare_cached(sql)?.execute(params![
        pass.number.cast_signed(),
        pass.done.0.cast_signed(),
        pass.looked.cast_signed(),
        pass.changed.cast_signed(),
        pass.ended.map(to_millis),
        pass.state as i64
    ])?;
    Ok(pass)
}

/// Notes that no finding is stale any more, after the pass of `version` had ended.
fn end_stale(writer: &Writer, version: u64) -> Result<(), Failure> {
    if !has_stale(&writer.conn)? {
        let sql = "UPDATE retag SET done = ?2 WHERE n = (SELECT max(n) FROM retag WHERE version = ?1 AND state = 1)";
        writer.conn.prepare_cached(sql)?.execute((version.cast_signed(), writer.head().0.cast_signed()))?;
    }
    Ok(())
}

fn has_stale(conn: &Connection) -> Result<bool, Failure> {
    Ok(conn.prepare_cached("SELECT 1 FROM stale LIMIT 1")?.exists([])?)
}
