//! Making the tables of stories again from the log.

use rusqlite::Connection;
use serde::Serialize;
use tidings_model::{Clues, Finding, StoryId};

use super::{WINDOW_DAYS, clue, group};
use crate::error::Failure;
use crate::finding::number_of;
use crate::time::to_millis;
use crate::writer::{Durability, Writer};
use crate::{LogNumber, Store, StoreError};

/// Findings read and written at a time.
const PAGE: usize = 200;

/// What [`Store::rebuild_stories`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoriesRebuilt {
    pub stories: u64,
    /// Findings that are members of one.
    pub members: u64,
}

/// What the log says of one finding.
struct Row {
    n: i64,
    /// When its latest text was seen, in milliseconds.
    at: i64,
    story: Option<StoryId>,
    clues: Clues,
}

impl Store {
    /// Makes membership, counts, heads and clues again from the log, page by page, so
    /// that ingest goes on meanwhile. `clues` are those of a finding as a run would give
    /// them; `progress` is told how far of how many entries it has come.
    ///
    /// # Errors
    ///
    /// When the log cannot be read or the disk refuses; done again, it goes through all.
    pub fn rebuild_stories(
        &self,
        clues: impl Fn(&Finding) -> Clues,
        mut progress: impl FnMut(LogNumber, LogNumber),
    ) -> Result<StoriesRebuilt, StoreError> {
        let total = self.head()?;
        let since = self.read(|reader| compared_since(&reader.conn))?;
        let mut done = LogNumber(0);
        loop {
            let page = self.findings_after(done, total, PAGE)?;
            let Some((last, _)) = page.last() else {
                break;
            };
            let last = *last;
            let rows = page
                .iter()
                .map(|(n, finding)| Row {
                    n: n.0.cast_signed(),
                    at: to_millis(finding.updated.unwrap_or(finding.found)),
                    story: finding.story.as_ref().map(|story| story.id.clone()),
                    clues: clues(finding),
                })
                .collect();
            self.writer()?.write(Durability::Process, move |writer| write(writer, rows, since))?;
            done = last;
            progress(done, total);
        }
        self.writer()?.write(Durability::Disk, count_all)
    }
}

/// Clues of an older text are of use to its story alone.
fn compared_since(conn: &Connection) -> Result<i64, Failure> {
    let latest: Option<i64> = conn.query_row("SELECT max(at) FROM log", [], |row| row.get(0))?;
    Ok(latest.unwrap_or(0) - WINDOW_DAYS * 24 * 60 * 60 * 1000)
}

fn write(writer: &mut Writer, rows: Vec<Row>, since: i64) -> Result<(), Failure> {
    for Row { n, at, story, clues } in rows {
        let first = story.as_ref().map(|story| number_of(&writer.conn, &story.first())).transpose()?.flatten();
        writer.conn.prepare_cached("UPDATE finding SET story = ?2 WHERE n = ?1")?.execute((n, first))?;
        if first.is_none() && (clues.is_empty() || at < since) {
            writer.conn.prepare_cached("DELETE FROM clue WHERE n = ?1")?.execute([n])?;
        } else {
            clue::put(&writer.conn, n, at, &clues)?;
        }
    }
    writer.window = None;
    Ok(())
}

/// Counts every story.
fn count_all(writer: &mut Writer) -> Result<StoriesRebuilt, Failure> {
    writer.conn.execute("DELETE FROM story", [])?;
    let stories: Vec<i64> = {
        let mut statement = writer.conn.prepare("SELECT DISTINCT story FROM finding WHERE story IS NOT NULL")?;
        statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    for story in stories {
        group::count(writer, story)?;
    }
    let sql = "SELECT count(*), coalesce(sum(size), 0) FROM story";
    let (stories, members): (i64, i64) = writer.conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(StoriesRebuilt { stories: stories.cast_unsigned(), members: members.cast_unsigned() })
}
