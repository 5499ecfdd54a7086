//! What was decided of a page, written: `retagged` entries, and how far the pass has come.

use rusqlite::OptionalExtension;
use tidings_model::Engagement;

use super::{Decided, RetagBatch, RetagPass, Retagged, end_if_done, end_stale, note_stale, running};
use crate::error::Failure;
use crate::taxonomy::version_in_force;
use crate::time::truncated;
use crate::writer::Writer;
use crate::{EntryKind, LogNumber, log};

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
            if let Some(mut finding) = retagged.finding.filter(|_| is_changed) {
                finding.taxonomy_version = version;
                // It may have been refreshed since the finding was read.
                finding.engagement = Some(row.engagement).filter(|engagement| *engagement != Engagement::default());
                entries.push(log::decide(writer, EntryKind::Retagged, (n, row.text), finding, at)?);
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

/// What a finding's row says while its tags are decided.
struct Current {
    /// The entry that has its text.
    text: i64,
    engagement: Engagement,
}

/// `None` where its latest entry is no longer `entry`.
fn state_of(writer: &Writer, n: i64, entry: LogNumber) -> Result<Option<Current>, Failure> {
    let sql = "SELECT coalesce(text, n), score, replies, views FROM finding WHERE n = ?1 AND coalesce(entry, n) = ?2";
    let row = writer.conn.prepare_cached(sql)?.query_row((n, entry.0.cast_signed()), |row| {
        let engagement = Engagement { score: row.get(1)?, replies: row.get(2)?, views: row.get(3)? };
        Ok(Current { text: row.get(0)?, engagement })
    });
    Ok(row.optional()?)
}

/// Whether it went to another story meanwhile, with the tags that it had.
fn is_regrouped(writer: &Writer, n: i64) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM finding JOIN log ON log.number = entry WHERE n = ?1 AND kind = ?2";
    Ok(writer.conn.prepare_cached(sql)?.exists((n, EntryKind::Regrouped.code()))?)
}
