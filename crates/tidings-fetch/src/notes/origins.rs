//! Copies of robots.txt files, as far as their rules concern us.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use tidings_model::Timestamp;

use super::{millis, time};
use crate::error::RobotsFailure;
use crate::robots::Robots;
use crate::robots_cache::Copy;

/// Longer rules are asked for again after a restart.
const MAX_RULES: usize = 64 << 10;
/// Of more origins, those due first are forgotten.
const MAX_ORIGINS: i64 = 10_000;

pub(super) fn put(conn: &Connection, origin: &str, copy: &Copy) -> rusqlite::Result<()> {
    let rules = copy.rules.as_ref().map(|(rules, read)| (rules.to_text(), millis(*read)));
    let (rules, read) = rules.unzip();
    if rules.as_ref().is_some_and(|rules| MAX_RULES < rules.len()) {
        conn.prepare_cached("DELETE FROM origin WHERE origin = ?1")?.execute([origin])?;
        return Ok(());
    }
    let failure = match copy.failure {
        Some(RobotsFailure::Status(status)) => Some(status),
        // Nobody has asked us to wait: after a restart it is tried at once.
        Some(RobotsFailure::Transport { .. }) if rules.is_none() => return Ok(()),
        Some(RobotsFailure::Transport { .. }) | None => None,
    };
    let sql = "INSERT OR REPLACE INTO origin (origin, rules, read, failure, until) VALUES (?1, ?2, ?3, ?4, ?5)";
    conn.prepare_cached(sql)?.execute(params![origin, rules, read, failure, millis(copy.until)])?;
    let many = conn.prepare_cached("SELECT count(*) FROM origin")?.query_row([], |row| row.get::<_, i64>(0))?;
    if MAX_ORIGINS < many {
        let sql = "DELETE FROM origin WHERE origin IN (SELECT origin FROM origin ORDER BY until LIMIT ?1)";
        conn.execute(sql, [MAX_ORIGINS / 10])?;
    }
    Ok(())
}

/// Forgets those that were due before `oldest`.
pub(super) fn forget_before(conn: &Connection, oldest: Timestamp) -> rusqlite::Result<()> {
    conn.execute("DELETE FROM origin WHERE until < ?1", [millis(oldest)])?;
    Ok(())
}

pub(super) fn read(conn: &Connection, origin: &str) -> rusqlite::Result<Option<Copy>> {
    let sql = "SELECT rules, read, failure, until FROM origin WHERE origin = ?1";
    let copy = conn.prepare_cached(sql)?.query_row([origin], |row| {
        let (rules, read): (Option<String>, Option<i64>) = (row.get(0)?, row.get(1)?);
        let rules = rules.zip(read).map(|(rules, read)| (Arc::new(Robots::parse_rules(&rules)), time(read)));
        let failure = row.get::<_, Option<u16>>(2)?.map(RobotsFailure::Status);
        Ok(Copy { rules, failure, until: time(row.get(3)?) })
    });
    copy.optional()
}
