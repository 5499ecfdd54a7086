//! Which findings no run that ended well has covered yet.
//!
//! A finding carries the number of the run that brought it last, as long as that
//! run's number stands in `open_cover`. Covering a run takes its number out, so
//! one row is written, however many findings it brought.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Failure;

/// What a covered finding carries.
pub(crate) const COVERED: i64 = 0;

/// The number that findings of `run` carry from now on.
pub(crate) fn open(conn: &Connection, run: &str) -> Result<i64, Failure> {
    let found = conn.prepare_cached("SELECT n FROM open_cover WHERE run = ?1")?.query_row([run], |row| row.get(0));
    if let Some(number) = found.optional()? {
        return Ok(number);
    }
    conn.prepare_cached("INSERT INTO open_cover (run) VALUES (?1)")?.execute([run])?;
    Ok(conn.last_insert_rowid())
}

/// Covers all that `run` has brought so far.
pub(crate) fn close(conn: &Connection, run: &str) -> Result<(), Failure> {
    conn.prepare_cached("DELETE FROM open_cover WHERE run = ?1")?.execute([run])?;
    Ok(())
}

/// Whether a finding that carries `number` is still uncovered.
pub(crate) fn is_open(conn: &Connection, number: i64) -> Result<bool, Failure> {
    if number == COVERED {
        return Ok(false);
    }
    Ok(conn.prepare_cached("SELECT 1 FROM open_cover WHERE n = ?1")?.exists([number])?)
}
