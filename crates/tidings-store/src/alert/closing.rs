//! From matches to deliveries: what waits for a target is closed into messages that are owed.

use rusqlite::Connection;
use tidings_model::Timestamp;

use super::{Aim, AlertNumber, AlertRow, MatchNumber, by_number};
use crate::error::Failure;
use crate::outbox::{self, Content};
use crate::time::{from_millis, to_millis};
use crate::writer::Durability;
use crate::{Store, StoreError};

/// A target for which something waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    pub alert: AlertRow,
    pub aim: Aim,
    /// When the last message to it was closed.
    pub closed: Option<Timestamp>,
    /// When the first thing that waits was committed.
    pub waiting: Timestamp,
}

/// What is to be done with a target for which something waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Look again then.
    At(Timestamp),
    /// One message of all that was committed up to `at`.
    Together { at: Timestamp },
    /// A message of each thing that was committed up to `at`.
    OneByOne { at: Timestamp },
}

impl Store {
    /// When the next target is to be looked at.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn next_closing(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|reader| {
            let sql = "SELECT min(due) FROM alert_target WHERE due IS NOT NULL";
            let due: Option<i64> = reader.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            due.map(from_millis).transpose()
        })
    }

    /// Looks at up to `limit` targets that are due at `now`, and does with each what `decide`
    /// says, in one transaction. Answers how many there were.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then nothing is.
    pub fn close(
        &self,
        now: Timestamp,
        limit: usize,
        decide: impl Fn(&Closing) -> Told + Send + 'static,
    ) -> Result<usize, StoreError> {
        let epoch = self.epoch();
        self.writer()?.write(Durability::Process, move |writer| {
            let due = due(&writer.conn, to_millis(now), limit)?;
            for (n, aim, closed, waiting) in &due {
                let Some(alert) = by_number(&writer.conn, AlertNumber(*n))? else { continue };
                let closed = closed.map(from_millis).transpose()?;
                let closing = Closing { alert, aim: aim.clone(), closed, waiting: from_millis(*waiting)? };
                match decide(&closing) {
                    Told::At(at) => put_off(&writer.conn, &closing, at)?,
                    told => tell(&writer.conn, &closing, told, now, epoch)?,
                }
            }
            Ok(due.len())
        })
    }
}

type Due = (i64, Aim, Option<i64>, i64);

fn due(conn: &Connection, now: i64, limit: usize) -> Result<Vec<Due>, Failure> {
    let sql = "SELECT alert, target, lane, closed, coalesce(waiting, due) FROM alert_target WHERE due <= ?1
               ORDER BY due LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map((now, limit as i64), |row| {
        let aim = Aim { target: row.get(1)?, lane: row.get(2)? };
        Ok((row.get(0)?, aim, row.get(3)?, row.get(4)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn put_off(conn: &Connection, closing: &Closing, at: Timestamp) -> Result<(), Failure> {
    let sql = "UPDATE alert_target SET due = ?3 WHERE alert = ?1 AND target = ?2";
    conn.prepare_cached(sql)?.execute((closing.alert.number.0, &closing.aim.target, to_millis(at)))?;
    Ok(())
}

fn tell(conn: &Connection, closing: &Closing, told: Told, now: Timestamp, epoch: crate::Epoch) -> Result<(), Failure> {
    let (Told::Together { at } | Told::OneByOne { at } | Told::At(at)) = told;
    let alert = closing.alert.number;
    let sql = "SELECT told FROM alert_target WHERE alert = ?1 AND target = ?2";
    let mut after: i64 = conn.prepare_cached(sql)?.query_row((alert.0, &closing.aim.target), |row| row.get(0))?;
    let mut ends = news(conn, alert, after, Some(at))?;
    if matches!(told, Told::Together { .. }) {
        // Old pages and copies that came meanwhile belong to it too.
        ends = ends.last().map(|_| last_upto(conn, alert, after, at)).transpose()?.into_iter().collect();
    }
    for upto in ends {
        let content = Content::Matches { alert, after: MatchNumber(after), upto: MatchNumber(upto) };
        outbox::owe(conn, epoch, &closing.aim, &content, now)?;
        after = upto;
    }
    let waiting = news(conn, alert, after, None)?;
    let waiting = waiting.first().map(|n| committed(conn, *n)).transpose()?;
    let sql = "UPDATE alert_target SET told = ?3, closed = ?4, waiting = ?5, due = ?5 WHERE alert = ?1 AND target = ?2";
    conn.prepare_cached(sql)?.execute((alert.0, &closing.aim.target, after, to_millis(at), waiting))?;
    Ok(())
}

/// The matches after `after` that are a reason to send a message, committed up to `upto`.
fn news(conn: &Connection, alert: AlertNumber, after: i64, upto: Option<Timestamp>) -> Result<Vec<i64>, Failure> {
    let sql = "SELECT n FROM alert_match WHERE alert = ?1 AND ?2 < n AND at <= ?3 AND state < 2 ORDER BY n";
    let mut statement = conn.prepare_cached(sql)?;
    let upto = upto.map_or(i64::MAX, to_millis);
    let rows = statement.query_map((alert.0, after, upto), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The last match of those that were committed up to `at`.
fn last_upto(conn: &Connection, alert: AlertNumber, after: i64, at: Timestamp) -> Result<i64, Failure> {
    let sql = "SELECT max(n) FROM alert_match WHERE alert = ?1 AND ?2 < n AND at <= ?3";
    Ok(conn.prepare_cached(sql)?.query_row((alert.0, after, to_millis(at)), |row| row.get(0))?)
}

fn committed(conn: &Connection, n: i64) -> Result<i64, Failure> {
    Ok(conn.prepare_cached("SELECT at FROM alert_match WHERE n = ?1")?.query_row([n], |row| row.get(0))?)
}
