//! Stories: findings that tell the same thing, one of them the head.
//!
//! Which finding belongs where is decided inside [`Store::commit`](crate::Store::commit)
//! and written in the entry that brings it; whoever moves later gets a `regrouped` entry.
//! The table of stories is a count over that, and can be made again from the log.

mod clue;
mod group;
mod head;
mod rebuild;
mod window;

use rusqlite::{Connection, OptionalExtension};
use tidings_model::{Finding, FindingId, HeadReason, StoryId, StoryRef};

pub(crate) use group::Grouping;
pub use group::MAX_MEMBERS;
pub use rebuild::StoriesRebuilt;
pub use window::WINDOW_DAYS;
pub(crate) use window::Window;

use crate::error::Failure;
use crate::finding::{find, halves, id_at};
use crate::{LogNumber, Store, StoreError};

/// A story as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    pub id: StoryId,
    /// Two at least.
    pub size: u32,
    pub head: FindingId,
    pub reason: HeadReason,
}

impl Store {
    /// The story that the first finding of `id` is in now: that of this id, or the one
    /// that it has been merged into.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn story(&self, id: &StoryId) -> Result<Option<Story>, StoreError> {
        self.read(|reader| match number_of(&reader.conn, &id.first())? {
            Some(story) => read(&reader.conn, story),
            None => Ok(None),
        })
    }

    /// Up to `limit` members first seen after entry `after`, in the order of first sight,
    /// with the number to go on from. None where there is no such story.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn story_members(
        &self,
        id: &StoryId,
        after: LogNumber,
        limit: usize,
    ) -> Result<Vec<(LogNumber, Finding)>, StoreError> {
        self.read(|reader| {
            let Some(story) = number_of(&reader.conn, &id.first())? else {
                return Ok(Vec::new());
            };
            let numbers: Vec<i64> = {
                let sql = "SELECT n FROM finding WHERE story = ?1 AND ?2 < n ORDER BY n LIMIT ?3";
                let mut statement = reader.conn.prepare_cached(sql)?;
                let rows = statement.query_map((story, after.0.cast_signed(), limit as i64), |row| row.get(0))?;
                rows.collect::<Result<_, _>>()?
            };
            let mut members = Vec::with_capacity(numbers.len());
            for n in numbers {
                let id = id_at(&reader.conn, n)?;
                members.extend(find(reader, &id)?.map(|finding| (LogNumber(n.cast_unsigned()), finding)));
            }
            Ok(members)
        })
    }
}

/// The number of the story that `id` is a member of.
fn number_of(conn: &Connection, id: &FindingId) -> Result<Option<i64>, Failure> {
    let Some((high, low)) = halves(id) else {
        return Ok(None);
    };
    let sql = "SELECT story FROM finding WHERE id_high = ?1 AND id_low = ?2";
    let story: Option<Option<i64>> = conn.prepare_cached(sql)?.query_row((high, low), |row| row.get(0)).optional()?;
    Ok(story.flatten())
}

fn read(conn: &Connection, story: i64) -> Result<Option<Story>, Failure> {
    let sql = "SELECT size, head, reason FROM story WHERE n = ?1";
    let row: Option<(u32, i64, String)> =
        conn.prepare_cached(sql)?.query_row([story], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let Some((size, head, reason)) = row else {
        return Ok(None);
    };
    let reason = reason.parse().map_err(|error| Failure::record("story", error))?;
    Ok(Some(Story { id: StoryId::of(&id_at(conn, story)?), size, head: id_at(conn, head)?, reason }))
}

/// What `member` says of the story `id`, as the table counts it now.
pub(crate) fn reference(conn: &Connection, id: StoryId, member: &FindingId) -> Result<StoryRef, Failure> {
    let sql = "SELECT story.size, head.id_high, head.id_low
               FROM finding JOIN story ON story.n = finding.n JOIN finding AS head ON head.n = story.head
               WHERE finding.id_high = ?1 AND finding.id_low = ?2";
    let row: Option<(u32, i64, i64)> = match halves(&id.first()) {
        Some(first) => {
            conn.prepare_cached(sql)?.query_row(first, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?
        }
        None => None,
    };
    // An entry may speak of a story that has gone since.
    let Some((size, high, low)) = row else {
        return Ok(StoryRef { id, size: 1, head: false });
    };
    Ok(StoryRef { id, size, head: halves(member) == Some((high, low)) })
}
