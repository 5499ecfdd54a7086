//! Committing a batch: the one way into the log for findings.

use std::sync::Arc;

use rusqlite::{OptionalExtension, params};
use serde_json::Value;
use tidings_model::{Clues, Engagement, Finding, FindingId, SourceId, StoryId, StoryRef, Timestamp};

use crate::codec::Body;
use crate::error::Failure;
use crate::finding::{halves, id_at};
use crate::story::Grouping;
use crate::time::{from_millis, to_millis, truncated};
use crate::writer::{Durability, Haste, Pending, Writer};
use crate::{EntryKind, LogEntry, LogNumber, Snapshot, Store, StoreError, cover, retag, snapshot, state, taxonomy};

/// What a run hands over to be kept, all of it or nothing.
#[derive(Clone, Debug)]
pub struct Batch {
    pub source: SourceId,
    /// Id of the run.
    pub run: String,
    /// When the findings were seen; kept to the millisecond.
    pub at: Timestamp,
    pub findings: Vec<Incoming>,
    /// New counts for findings that are known already; others are passed over.
    pub engagement: Vec<(FindingId, Engagement)>,
    /// Written with the findings, never before them. `null` takes a key away.
    pub state: Vec<(String, Value)>,
    /// Pages that the next run compares with: state too.
    pub snapshots: Vec<Snapshot>,
    /// Whether the state written covers all findings that the run has brought
    /// so far: at a plugin's `commit`, and when the run has ended well.
    pub cover: bool,
}

impl Batch {
    pub fn new(source: SourceId, run: impl Into<String>, at: Timestamp) -> Self {
        Self {
            source,
            run: run.into(),
            at,
            findings: Vec::new(),
            engagement: Vec::new(),
            state: Vec::new(),
            snapshots: Vec::new(),
            cover: false,
        }
    }
}

/// A finding as a source brought it, normalised and tagged.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Its `found`, `updated` and `revision` are set by the store, and a known
    /// one keeps its `source` and `plugin`. Its `story` is decided here, `mark` is not kept.
    pub finding: Finding,
    /// Of title, text and change: another hash, another revision.
    pub hash: u64,
    /// By which it is told whether it says the same as another finding; without any it
    /// stands alone.
    pub clues: Clues,
}

/// What [`Store::commit`] did with one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Never seen before: a `found` entry.
    New,
    /// Seen with another title, text or change: a `revised` entry.
    Revised,
    /// Seen before just so, by a run that covered it.
    Known,
    /// Seen before just so, but left behind by an unfinished run.
    Uncovered,
}

/// What a commit has written.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Number of the first entry of this batch; one above `last` where there is none.
    pub first: LogNumber,
    /// Number of the last entry of this batch.
    pub last: LogNumber,
    pub entries: Vec<LogEntry>,
    /// For each of the batch's findings, in its order.
    pub outcomes: Vec<Outcome>,
    /// Findings without an entry here whose engagement is another now.
    pub refreshed: Vec<FindingId>,
}

impl Store {
    /// Writes `batch` in one transaction and returns once it is on the disk.
    ///
    /// An unknown id is `found`; a known one with another hash is `revised`
    /// (`found` stays, `updated` becomes the batch's time); one with the same
    /// hash gets no entry, its engagement is refreshed. Repeating a batch is harmless.
    ///
    /// # Errors
    ///
    /// Nothing of the batch is kept then; [`StoreError::is_transient`] says whether to try again.
    pub fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        self.writer()?.write(Durability::Disk, move |writer| commit(writer, batch))
    }

    /// Like [`Store::commit`], but waits for room in the queue only; the rest is awaited.
    ///
    /// # Errors
    ///
    /// When the archive is being closed or was opened for reading; all else is said by what it returns.
    pub fn submit(&self, batch: Batch) -> Result<Pending<Committed>, StoreError> {
        self.writer()?.submit(Durability::Disk, Haste::Now, move |writer| commit(writer, batch))
    }
}

pub(crate) fn commit(writer: &mut Writer, batch: Batch) -> Result<Committed, Failure> {
    let before = writer.head();
    let at = truncated(batch.at);
    let cover =
        if batch.cover || batch.findings.is_empty() { cover::COVERED } else { cover::open(&writer.conn, &batch.run)? };
    let grouping = Grouping::begin(writer, at)?;
    let taxonomy = taxonomy::version_in_force(writer)?;
    writer.ids.reserve(&writer.conn, batch.findings.len())?;
    let (entries, refreshed, new) = (Vec::new(), Vec::new(), Vec::new());
    let mut written = Written { at, cover, grouping, taxonomy, entries, refreshed, new };
    let mut outcomes = Vec::with_capacity(batch.findings.len());
    for incoming in batch.findings {
        outcomes.push(written.add(writer, incoming)?);
    }
    for (id, engagement) in &batch.engagement {
        written.refresh(writer, id, *engagement)?;
    }
    written.tally(writer)?;
    written.grouping.end(writer, &mut written.entries)?;
    snapshot::put_all(writer, &batch.snapshots)?;
    state::put_all(writer, &batch.source, &batch.state)?;
    if batch.cover {
        cover::close(&writer.conn, &batch.run)?;
    }
    let Written { entries, refreshed, .. } = written;
    Ok(Committed { first: LogNumber(before.0 + 1), last: writer.head(), entries, outcomes, refreshed })
}

/// What a batch has written so far.
struct Written {
    at: Timestamp,
    cover: i64,
    grouping: Grouping,
    /// The version in force.
    taxonomy: u64,
    entries: Vec<LogEntry>,
    refreshed: Vec<FindingId>,
    /// New findings by number of their source.
    new: Vec<(i64, i64)>,
}

/// What the table holds of a finding that comes again.
struct Row {
    n: i64,
    hash: i64,
    revision: u32,
    found: i64,
    source: i64,
    plugin: i64,
    text: i64,
    cover: i64,
    /// Number of its story's first finding.
    story: Option<i64>,
    engagement: Engagement,
}

impl Written {
    fn add(&mut self, writer: &mut Writer, incoming: Incoming) -> Result<Outcome, Failure> {
        let Incoming { mut finding, hash, clues } = incoming;
        let hash = hash.cast_signed();
        let Some((high, low)) = halves(&finding.id) else {
            return Err(StoreError::ForeignId { id: finding.id }.into());
        };
        (finding.story, finding.mark) = (None, None);
        finding.engagement = finding.engagement.filter(|engagement| *engagement != Engagement::default());
        let Some(row) = find_row(writer, high, low)? else {
            self.found(writer, finding, (high, low), hash, clues)?;
            return Ok(Outcome::New);
        };
        if row.hash != hash {
            let n = row.n;
            self.revised(writer, finding, &row, hash)?;
            self.grouping.revise(writer, n, row.story, clues, &mut self.entries)?;
            return Ok(Outcome::Revised);
        }
        if let Some(engagement) = finding.engagement {
            self.refresh_row(writer, &row, &finding.id, engagement)?;
        }
        if !cover::is_open(&writer.conn, row.cover)? {
            return Ok(Outcome::Known);
        }
        let sql = "UPDATE finding SET cover = ?2 WHERE n = ?1";
        writer.conn.prepare_cached(sql)?.execute((row.n, self.cover))?;
        Ok(Outcome::Uncovered)
    }

    fn found(
        &mut self,
        writer: &mut Writer,
        mut finding: Finding,
        (high, low): (i64, i64),
        hash: i64,
        clues: Clues,
    ) -> Result<(), Failure> {
        let place = self.grouping.place(writer, &clues, &mut self.entries)?;
        let story = place.as_ref().map(|place| place.first);
        finding.story = place.map(|place| unread(place.id));
        finding.found = self.at;
        finding.updated = None;
        finding.revision = 1;
        let source = writer.names.intern(&writer.conn, finding.source.as_str())?;
        let plugin = writer.names.intern(&writer.conn, finding.plugin.as_str())?;
        let number = writer.next_number();
        let n = number.0.cast_signed();
        let at = to_millis(self.at);
        let body = writer.encoder.encode(&Body::new(&finding))?;
        writer
            .conn
            .prepare_cached("INSERT INTO log (number, at, kind, revision, body) VALUES (?1, ?2, ?3, 1, ?4)")?
            .execute((n, at, EntryKind::Found.code(), body))?;
        let Engagement { score, replies, views } = finding.engagement.unwrap_or_default();
        writer
            .conn
            .prepare_cached(
                "INSERT INTO finding
                 (n, id_high, id_low, source, plugin, found, hash, revision, cover, score, replies, views, story)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![n, high, low, source, plugin, at, hash, self.cover, score, replies, views, story])?;
        writer.ids.put(high);
        self.grouping.note(writer, n, clues)?;
        self.note_version(writer, n, &finding)?;
        match self.new.iter_mut().find(|(known, _)| *known == source) {
            Some((_, count)) => *count += 1,
            None => self.new.push((source, 1)),
        }
        self.entry(number, EntryKind::Found, finding);
        Ok(())
    }

    fn revised(&mut self, writer: &mut Writer, mut finding: Finding, row: &Row, hash: i64) -> Result<(), Failure> {
        finding.found = from_millis(row.found)?;
        finding.updated = Some(self.at);
        finding.revision = row.revision + 1;
        let engagement = finding.engagement.unwrap_or(row.engagement);
        finding.engagement = Some(engagement).filter(|engagement| *engagement != Engagement::default());
        finding.source = writer.names.text(&writer.conn, row.source)?;
        finding.plugin = writer.names.text(&writer.conn, row.plugin)?;
        finding.story = match row.story {
            Some(first) => Some(unread(StoryId::of(&id_at(&writer.conn, first)?))),
            None => None,
        };
        let number = writer.next_number();
        let body = writer.encoder.encode(&Body::new(&finding))?;
        let sql =
            "INSERT INTO log (number, at, kind, finding, revision, base, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let kind = EntryKind::Revised.code();
        let number_sql = number.0.cast_signed();
        writer.conn.prepare_cached(sql)?.execute(params![
            number_sql,
            to_millis(self.at),
            kind,
            row.n,
            finding.revision,
            row.text,
            body
        ])?;
        writer
            .conn
            .prepare_cached(
                "UPDATE finding SET hash = ?2, revision = ?3, text = ?4, entry = ?4, cover = ?5,
                 score = ?6, replies = ?7, views = ?8 WHERE n = ?1",
            )?
            .execute(params![
                row.n,
                hash,
                finding.revision,
                number_sql,
                self.cover,
                engagement.score,
                engagement.replies,
                engagement.views
            ])?;
        self.note_version(writer, row.n, &finding)?;
        self.entry(number, EntryKind::Revised, finding);
        Ok(())
    }

    /// A run keeps the taxonomy it began with; what it tags by another than that in force is decided again.
    fn note_version(&self, writer: &Writer, n: i64, finding: &Finding) -> Result<(), Failure> {
        if finding.taxonomy_version < self.taxonomy { retag::note_stale(&writer.conn, n) } else { Ok(()) }
    }

    fn entry(&mut self, number: LogNumber, kind: EntryKind, finding: Finding) {
        let id = Some(finding.id.clone());
        self.entries.push(LogEntry { number, at: self.at, kind, id, finding: Some(Arc::new(finding)) });
    }

    fn refresh(&mut self, writer: &Writer, id: &FindingId, engagement: Engagement) -> Result<(), Failure> {
        let Some((high, low)) = halves(id) else {
            return Ok(());
        };
        match find_row(writer, high, low)? {
            Some(row) => self.refresh_row(writer, &row, id, engagement),
            None => Ok(()),
        }
    }

    fn refresh_row(
        &mut self,
        writer: &Writer,
        row: &Row,
        id: &FindingId,
        engagement: Engagement,
    ) -> Result<(), Failure> {
        if row.engagement == engagement {
            return Ok(());
        }
        let Engagement { score, replies, views } = engagement;
        writer
            .conn
            .prepare_cached("UPDATE finding SET score = ?2, replies = ?3, views = ?4 WHERE n = ?1")?
            .execute((row.n, score, replies, views))?;
        self.refreshed.push(id.clone());
        Ok(())
    }

    fn tally(&self, writer: &Writer) -> Result<(), Failure> {
        let sql = "INSERT INTO tally (source, findings) VALUES (?1, ?2)
                   ON CONFLICT (source) DO UPDATE SET findings = findings + excluded.findings";
        for counted in &self.new {
            writer.conn.prepare_cached(sql)?.execute(*counted)?;
        }
        Ok(())
    }
}

/// A story whose size and head are filled in when the batch has ended.
fn unread(id: StoryId) -> StoryRef {
    StoryRef { id, size: 1, head: false }
}

fn find_row(writer: &Writer, high: i64, low: i64) -> Result<Option<Row>, Failure> {
    if writer.ids.lack(high) {
        return Ok(None);
    }
    let sql = "SELECT n, hash, revision, found, source, plugin, coalesce(text, n), cover, story, score, replies, views
               FROM finding
               WHERE id_high = ?1 AND id_low = ?2";
    let row = writer.conn.prepare_cached(sql)?.query_row((high, low), |row| {
        Ok(Row {
            n: row.get(0)?,
            hash: row.get(1)?,
            revision: row.get(2)?,
            found: row.get(3)?,
            source: row.get(4)?,
            plugin: row.get(5)?,
            text: row.get(6)?,
            cover: row.get(7)?,
            story: row.get(8)?,
            engagement: Engagement { score: row.get(9)?, replies: row.get(10)?, views: row.get(11)? },
        })
    });
    Ok(row.optional()?)
}
