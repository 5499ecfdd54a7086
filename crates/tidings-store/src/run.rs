//! Run records: the history of each source.

use rusqlite::{Connection, OptionalExtension, Params};
use tidings_model::{RunRecord, SourceId};

use crate::error::Failure;
use crate::time::to_millis;
use crate::writer::{Durability, Haste, Pending, Writer};
use crate::{Batch, Committed, HealthEvent, SourceRow, Store, StoreError, commit, health_event, name, schedule};

/// Runs kept of one source; the oldest goes when a further one is noted.
pub const RUNS_KEPT: usize = 500;

/// How a run has ended, and how its source stands after it.
#[derive(Clone, Debug, PartialEq)]
pub struct EndedRun {
    pub run: RunRecord,
    pub source: SourceRow,
    /// The change of its health, if it is one.
    pub event: Option<HealthEvent>,
}

impl Store {
    /// Writes which runs have begun, and how others have ended, whether or not their beginnings are known, and how their
    /// sources stand, in one transaction. Not waited for on the disk: a power cut may forget the last of them.
    ///
    /// # Errors
    ///
    /// When the archive is being closed or was opened for reading; all else is said by what it returns.
    pub fn note_runs(&self, begun: Vec<RunRecord>, ended: Vec<EndedRun>) -> Result<Pending<()>, StoreError> {
        self.writer()?.submit(Durability::Process, Haste::Gathers, move |writer| {
            begun.iter().try_for_each(|run| put(writer, run))?;
            ended.iter().try_for_each(|run| end(writer, run))
        })
    }

    /// Writes the last batch of a run with its end, in one transaction: see [`Store::commit`].
    ///
    /// # Errors
    ///
    /// As [`Store::submit`].
    pub fn submit_end(&self, batch: Batch, ended: EndedRun) -> Result<Pending<Committed>, StoreError> {
        self.writer()?.submit(Durability::Disk, Haste::Gathers, move |writer| {
            let committed = commit::commit(writer, batch)?;
            end(writer, &ended)?;
            Ok(committed)
        })
    }

    /// Up to `limit` runs of `source`, the latest first: the latest of all, or those before the run `before`.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn runs(&self, source: &SourceId, limit: usize, before: Option<&str>) -> Result<Vec<RunRecord>, StoreError> {
        self.read(|reader| {
            let Some(source) = name::find(&reader.conn, source.as_str())? else {
                return Ok(Vec::new());
            };
            let before = match before {
                Some(id) => number(&reader.conn, id)?.unwrap_or(0),
                None => i64::MAX,
            };
            let sql = "SELECT record FROM run WHERE source = ?1 AND n < ?2 ORDER BY n DESC LIMIT ?3";
            records(&reader.conn, sql, (source, before, limit as i64))
        })
    }

    /// The run with this id.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn run(&self, id: &str) -> Result<Option<RunRecord>, StoreError> {
        self.read(|reader| Ok(records(&reader.conn, "SELECT record FROM run WHERE id = ?1", [id])?.pop()))
    }

    /// Runs without an end, the oldest first: right after a start, those cut off with the daemon.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn unfinished_runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        self.read(|reader| records(&reader.conn, "SELECT record FROM run WHERE ended IS NULL ORDER BY n", []))
    }
}

fn put(writer: &mut Writer, run: &RunRecord) -> Result<(), Failure> {
    let source = put_record(writer, run)?;
    drop_oldest(&writer.conn, source)
}

fn end(writer: &mut Writer, ended: &EndedRun) -> Result<(), Failure> {
    put(writer, &ended.run)?;
    schedule::put(writer, &ended.source)?;
    ended.event.as_ref().map_or(Ok(()), |event| health_event::add(writer, event))
}

/// Returns the number of the run's source.
fn put_record(writer: &mut Writer, run: &RunRecord) -> Result<i64, Failure> {
    let source = writer.names.intern(&writer.conn, run.source.as_str())?;
    let record = serde_json::to_string(run).map_err(|error| Failure::record("run", error))?;
    writer
        .conn
        .prepare_cached(
            "INSERT INTO run (id, source, ended, record) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, record = excluded.record",
        )?
        .execute((&run.id, source, run.ended.map(to_millis), record))?;
    Ok(source)
}

fn drop_oldest(conn: &Connection, source: i64) -> Result<(), Failure> {
    conn.prepare_cached(
        "DELETE FROM run WHERE source = ?1
         AND n <= (SELECT n FROM run WHERE source = ?1 ORDER BY n DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute((source, RUNS_KEPT as i64))?;
    Ok(())
}

fn number(conn: &Connection, id: &str) -> Result<Option<i64>, Failure> {
    Ok(conn.prepare_cached("SELECT n FROM run WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()?)
}

fn records(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<RunRecord>, Failure> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row| row.get::<_, String>(0))?;
    rows.map(|record| serde_json::from_str(&record?).map_err(|error| Failure::record("run", error))).collect()
}
