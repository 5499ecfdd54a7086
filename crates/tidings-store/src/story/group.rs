//! Grouping the findings of one batch, inside its transaction.
//!
//! A new finding that ties with others joins their story; one that ties two stories makes
//! them one, under the id of whichever began first. A revision whose words tie with no
//! other member leaves. Whoever moves after its own entry was written gets another one.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::OptionalExtension;
use tidings_model::{Clues, Finding, StoryId, Timestamp};

use super::head::{self, Member};
use super::{clue, reference};
use crate::error::Failure;
use crate::finding::{self, id_at, select_current};
use crate::time::to_millis;
use crate::writer::Writer;
use crate::{EntryKind, LogEntry, log};

/// Most members of a story. What ties with a full one begins another.
pub const MAX_MEMBERS: usize = 500;

/// Members that a revision is held against.
const COMPARED: usize = 64;

/// What one batch does to stories.
pub(crate) struct Grouping {
    at: Timestamp,
    /// Stories that must be counted again, by number of their first finding.
    touched: BTreeSet<i64>,
}

/// The story that a finding of a batch is to be written with.
pub(crate) struct Place {
    pub(crate) first: i64,
    pub(crate) id: StoryId,
}

impl Grouping {
    pub(crate) fn begin(writer: &mut Writer, at: Timestamp) -> Result<Self, Failure> {
        if writer.window.is_none() {
            writer.window = Some(super::Window::load(&writer.conn, at)?);
        }
        for n in writer.window.as_mut().map(|window| window.expire(to_millis(at))).unwrap_or_default() {
            clue::forget(&writer.conn, n)?;
        }
        Ok(Self { at, touched: BTreeSet::new() })
    }

    /// The story of a finding that is seen for the first time, `None` where it stands
    /// alone. Who must move for it has moved, with an entry in `entries`.
    pub(crate) fn place(
        &mut self,
        writer: &mut Writer,
        clues: &Clues,
        entries: &mut Vec<LogEntry>,
    ) -> Result<Option<Place>, Failure> {
        let ties = ties(writer, clues, None);
        if ties.is_empty() {
            return Ok(None);
        }
        let Some(first) = self.unite(writer, &ties, 1, entries)? else {
            return Ok(None);
        };
        Ok(Some(Place { first, id: StoryId::of(&id_at(&writer.conn, first)?) }))
    }

    /// Keeps the clues of a finding that was just written for the first time.
    pub(crate) fn note(&self, writer: &mut Writer, n: i64, clues: Clues) -> Result<(), Failure> {
        if !clues.is_empty() {
            clue::put(&writer.conn, n, to_millis(self.at), &clues)?;
            if let Some(window) = &mut writer.window {
                window.add(n, to_millis(self.at), clues);
            }
        }
        Ok(())
    }

    /// Decides again where a finding belongs whose revision was just written.
    pub(crate) fn revise(
        &mut self,
        writer: &mut Writer,
        n: i64,
        story: Option<i64>,
        clues: Clues,
        entries: &mut Vec<LogEntry>,
    ) -> Result<(), Failure> {
        let mut ties = ties(writer, &clues, Some(n));
        if story.is_some() || !clues.is_empty() {
            clue::put(&writer.conn, n, to_millis(self.at), &clues)?;
        }
        if let Some(story) = story {
            if self.still_belongs(writer, n, story, &clues, &ties)? {
                self.touched.insert(story);
                ties.push(story);
            } else {
                self.leave(writer, n, story, entries)?;
            }
        }
        if let Some(window) = &mut writer.window {
            window.replace(n, to_millis(self.at), clues);
        }
        if !ties.is_empty() {
            ties.push(n);
            self.unite(writer, &ties, 0, entries)?;
        }
        Ok(())
    }

    /// Counts the stories that were touched, and says in `entries` what they are now.
    pub(crate) fn end(&self, writer: &Writer, entries: &mut [LogEntry]) -> Result<(), Failure> {
        for story in &self.touched {
            count(writer, *story)?;
        }
        for finding in entries.iter_mut().filter_map(|entry| entry.finding.as_mut()) {
            if let Some(story) = finding.story.as_ref().map(|story| story.id.clone()) {
                let story = reference(&writer.conn, story, &finding.id)?;
                Arc::make_mut(finding).story = Some(story);
            }
        }
        Ok(())
    }

    /// Makes one story of all that `findings` are in, `more` members to come; answers its
    /// number. What would not fit stays where it is: `None` where nothing fits.
    fn unite(
        &mut self,
        writer: &mut Writer,
        findings: &[i64],
        more: usize,
        entries: &mut Vec<LogEntry>,
    ) -> Result<Option<i64>, Failure> {
        // By number of its first finding, whether it is a story yet or one that stands alone.
        let mut groups = BTreeSet::new();
        for n in findings {
            groups.insert(story_of(writer, *n)?.unwrap_or(*n));
        }
        let mut all = Vec::new();
        let mut united = Vec::new();
        for group in groups {
            let members = members(writer, group)?;
            if all.len() + members.len() + more <= MAX_MEMBERS {
                all.extend(members);
                united.push(group);
            }
        }
        let Some(first) = united.first().copied().filter(|_| 1 < all.len() + more) else {
            return Ok(None);
        };
        for n in all {
            if story_of(writer, n)? != Some(first) {
                self.regroup(writer, n, Some(first), entries)?;
            }
        }
        self.touched.extend(united);
        Ok(Some(first))
    }

    fn still_belongs(&self, writer: &Writer, n: i64, story: i64, clues: &Clues, ties: &[i64]) -> Result<bool, Failure> {
        for tied in ties {
            if story_of(writer, *tied)? == Some(story) {
                return Ok(true);
            }
        }
        let mut is_known = false;
        for other in members(writer, story)?.into_iter().filter(|other| *other != n).take(COMPARED) {
            if let Some(other) = clue::get(&writer.conn, other)? {
                if other.tie(clues).is_some() {
                    return Ok(true);
                }
                is_known = true;
            }
        }
        // Where nothing is left to compare with, nothing speaks against it.
        Ok(!is_known)
    }

    fn leave(&mut self, writer: &mut Writer, n: i64, story: i64, entries: &mut Vec<LogEntry>) -> Result<(), Failure> {
        self.regroup(writer, n, None, entries)?;
        self.touched.insert(story);
        let rest = members(writer, story)?;
        let Some(first) = rest.iter().copied().find(|member| *member != n) else {
            return Ok(());
        };
        let rest: Vec<i64> = rest.into_iter().filter(|member| *member != n).collect();
        let stays = if rest.len() == 1 { None } else { Some(first) };
        self.touched.insert(first);
        for member in rest {
            if story_of(writer, member)? != stays {
                self.regroup(writer, member, stays, entries)?;
            }
        }
        Ok(())
    }

    /// Moves a finding to the story that begins with `first`, or out of any.
    fn regroup(
        &mut self,
        writer: &mut Writer,
        n: i64,
        first: Option<i64>,
        entries: &mut Vec<LogEntry>,
    ) -> Result<(), Failure> {
        let Some((mut finding, text)) = current(writer, n)? else {
            // Its texts were erased, and with them all that would tie it.
            writer.conn.prepare_cached("UPDATE finding SET story = NULL WHERE n = ?1")?.execute([n])?;
            return Ok(());
        };
        finding.story = match first {
            Some(first) => Some(reference(&writer.conn, StoryId::of(&id_at(&writer.conn, first)?), &finding.id)?),
            None => None,
        };
        writer.conn.prepare_cached("UPDATE finding SET story = ?2 WHERE n = ?1")?.execute((n, first))?;
        entries.push(log::decide(writer, EntryKind::Regrouped, (n, text), finding, self.at)?);
        Ok(())
    }
}

fn ties(writer: &Writer, clues: &Clues, own: Option<i64>) -> Vec<i64> {
    if clues.is_empty() {
        return Vec::new();
    }
    writer.window.as_ref().map(|window| window.ties(clues, own)).unwrap_or_default()
}

fn story_of(writer: &Writer, n: i64) -> Result<Option<i64>, Failure> {
    let sql = "SELECT story FROM finding WHERE n = ?1";
    let story: Option<Option<i64>> = writer.conn.prepare_cached(sql)?.query_row([n], |row| row.get(0)).optional()?;
    Ok(story.flatten())
}

/// The members of a story in the order of first sight; a finding that stands alone is its own.
fn members(writer: &Writer, story: i64) -> Result<Vec<i64>, Failure> {
    let mut statement = writer.conn.prepare_cached("SELECT n FROM finding WHERE story = ?1 ORDER BY n")?;
    let members: Vec<i64> = statement.query_map([story], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(if members.is_empty() { vec![story] } else { members })
}

/// Writes how many members a story has and which is its head, or that there is none.
pub(super) fn count(writer: &Writer, story: i64) -> Result<(), Failure> {
    let mut known = Vec::new();
    for n in members(writer, story)? {
        known.push(Member { n, clues: clue::get(&writer.conn, n)?.unwrap_or_default() });
    }
    match head::choose(&known).filter(|_| 1 < known.len()) {
        Some((head, reason)) => {
            let sql = "INSERT OR REPLACE INTO story (n, size, head, reason) VALUES (?1, ?2, ?3, ?4)";
            let size = known.len() as i64;
            writer.conn.prepare_cached(sql)?.execute((story, size, head, reason.as_str()))?;
        }
        None => {
            writer.conn.prepare_cached("DELETE FROM story WHERE n = ?1")?.execute([story])?;
        }
    }
    Ok(())
}

/// The finding as it is now, and the entry that has its text; `None` where that was erased.
fn current(writer: &mut Writer, n: i64) -> Result<Option<(Finding, i64)>, Failure> {
    let Writer { conn, names, decoder, .. } = writer;
    let mut statement = conn.prepare_cached(concat!(select_current!(), "WHERE finding.n = ?1"))?;
    let mut rows = statement.query([n])?;
    let Some(row) = rows.next()? else {
        return Err(Failure::Record(format!("finding {n} of a story is missing")));
    };
    let text = row.get(15)?;
    Ok(finding::current(conn, names, decoder, row)?.map(|finding| (finding, text)))
}
