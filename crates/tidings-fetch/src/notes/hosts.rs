//! How hosts stand, for as long as that matters.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use tidings_model::Timestamp;

use super::millis;
use crate::hosts::Standing;

pub(super) fn put(conn: &Connection, standings: &BTreeMap<Box<str>, Standing>) -> rusqlite::Result<()> {
    for (name, standing) in standings {
        let json = serde_json::to_string(standing).expect("numbers and times make JSON");
        let until = standing.until().map_or(0, millis);
        let sql = "INSERT OR REPLACE INTO host (name, until, standing) VALUES (?1, ?2, ?3)";
        conn.prepare_cached(sql)?.execute(params![name, until, json])?;
    }
    Ok(())
}

/// Forgets those that matter no more at `now`.
pub(super) fn forget_before(conn: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    conn.execute("DELETE FROM host WHERE until <= ?1", [millis(now)])?;
    Ok(())
}

/// Those that matter at `now`.
pub(super) fn read(conn: &Connection, now: Timestamp) -> rusqlite::Result<Vec<(Box<str>, Standing)>> {
    let mut statement = conn.prepare("SELECT name, standing FROM host WHERE until > ?1")?;
    let rows = statement.query_map([millis(now)], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let standings = rows.map(|row| {
        let (name, standing) = row?;
        Ok(serde_json::from_str(&standing).ok().map(|standing| (name.into_boxed_str(), standing)))
    });
    standings.filter_map(Result::transpose).collect()
}
