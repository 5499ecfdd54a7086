//! What was decided of a page, written: `retagged` entries, and how far the pass has come.

use std::sync::Arc;

use rusqlite::{OptionalExtension, params};
use tidings_model::{Engagement, Finding, Timestamp};

use super::{Decided, RetagBatch, RetagPass, Retagged, end_if_done, end_stale, note_stale, running};
use crate::codec::Tags;
use crate::error::Failure;
use crate::taxonomy::version_in_force;
use crate::time::{to_millis, truncated};
use crate::writer::Writer;
use crate::{EntryKind, LogEntry, LogNumber};

pub(super) fn retag(writer: &mut Writer, batch: RetagBatch) -> Result<Retagged, Failure> {
    let RetagBatch { version, pass, is_stale, decided, at } = batch;
    let at = truncated(at);
    let now = running(&writer.conn)?;
    let place = |pass: &RetagPass| (pass.number, pass.done);
    if version_in_force(writer)? != version || now.as_ref().map(place) != pass.as_ref().map(place) {
        return Ok(Retagged { entries: Vec::new(), pass: now, is_outdated: true });
    }
    let mut entries = Vec::new();
    let looked = decided.len() as u64;
    let last = decided.last().map(|decided| decided.retagged.first);
    for Decided { retagged, is_changed } in decided {
        let n = retagged.first.0.cast_signed();
        if let Some(row) = state_of(writer, n, retagged.entry)? {
            if let Some(finding) = retagged.finding.filter(|_| is_changed) {
                entries.push(write(writer, finding, &row, version, at)?);
            }
            writer.conn.prepare_cached("DELETE FROM stale WHERE n = ?1")?.execute([n])?;
        } else if is_regrouped(writer, n)? {
            note_stale(&writer.conn, n)?;
        }
        // Else it was revised meanwhile, and tagged anew with its revision.
    }
    let pass = match now {
        None => {
            end_stale(writer, version)?;
            None
        }
        Some(pass) if is_stale => Some(end_if_done(writer, pass, at)?),
        Some(mut pass) => {
            pass.done = last.unwrap_or(pass.upto);
            pass.looked += looked;
            pass.changed += entries.len() as u64;
            Some(end_if_done(writer, pass, at)?)
        }
    };
    Ok(Retagged { entries, pass, is_outdated: false })
}

/// A finding as its row says, while its tags are decided.
struct Current {
    n: i64,
    revision: u32,
    text: i64,
    engagement: Engagement,
}

/// `None` where its latest entry is no longer `entry`.
fn state_of(writer: &Writer, n: i64, entry: LogNumber) -> Result<Option<Current>, Failure> {
    let sql = "SELECT revision, coalesce(text, n), score, replies, views FROM finding
               WHERE n = ?1 AND coalesce(entry, n) = ?2";
    let row = writer.conn.prepare_cached(sql)?.query_row((n, entry.0.cast_signed()), |row| {
        let engagement = Engagement { score: row.get(2)?, replies: row.get(3)?, views: row.get(4)? };
        Ok(Current { n, revision: row.get(0)?, text: row.get(1)?, engagement })
    });
    Ok(row.optional()?)
}

/// Whether it went to another story meanwhile, with the tags that it had.
fn is_regrouped(writer: &Writer, n: i64) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM finding JOIN log ON log.number = entry WHERE n = ?1 AND kind = ?2";
    Ok(writer.conn.prepare_cached(sql)?.exists((n, EntryKind::Regrouped.code()))?)
}

fn write(
    writer: &mut Writer,
    mut finding: Finding,
    row: &Current,
    version: u64,
    at: Timestamp,
) -> Result<LogEntry, Failure> {
    finding.taxonomy_version = version;
    // It may have been refreshed since the finding was read.
    finding.engagement = Some(row.engagement).filter(|engagement| *engagement != Engagement::default());
    let number = writer.next_number();
    let body = writer.encoder.encode(&Tags::new(&finding))?;
    let sql = "INSERT INTO log (number, at, kind, finding, revision, base, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let kind = EntryKind::Retagged.code();
    let number_sql = number.0.cast_signed();
    writer.conn.prepare_cached(sql)?.execute(params![
        number_sql,
        to_millis(at),
        kind,
        row.n,
        row.revision,
        row.text,
        body
    ])?;
    writer.conn.prepare_cached("UPDATE finding SET entry = ?2 WHERE n = ?1")?.execute((row.n, number_sql))?;
    let id = Some(finding.id.clone());
    Ok(LogEntry { number, at, kind: EntryKind::Retagged, id, finding: Some(Arc::new(finding)) })
}
