//! The write side: log entries become documents, commits carry the checkpoint.

use std::sync::PoisonError;

use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Searcher, TERMINATED, TantivyError, Term};
use tidings_model::Finding;
use tidings_store::{Epoch, LogEntry, LogNumber};

use crate::checkpoint::Checkpoint;
use crate::document::{FindingDocument, id_bits};
use crate::index::Live;
use crate::schema::column;
use crate::writer::Writer;
use crate::{Index, IndexError};

/// What the follower thread has of the index.
pub(crate) struct Writing {
    pub(crate) epoch: Epoch,
    /// Opened on the first entry and dropped at rest, with all its memory.
    pub(crate) writer: Option<Writer>,
    /// The last entry given to tantivy, committed or not.
    pub(crate) applied: LogNumber,
    pub(crate) committed: LogNumber,
    /// Whether [`Index::refresh`] has changed something since the last commit.
    refreshed: bool,
}

impl Writing {
    pub(crate) fn new(epoch: Epoch, log: LogNumber) -> Self {
        Self { epoch, writer: None, applied: log, committed: log, refreshed: false }
    }

    /// Forgets what was not committed; the log still has it.
    fn reset(&mut self) {
        self.writer = None;
        self.applied = self.committed;
        self.refreshed = false;
    }
}

impl Index {
    /// Reads `entries`, which follow those read before; they can be found after
    /// the next [`Index::commit`]. Entries read already are passed over.
    ///
    /// After an error nothing since the last commit is kept: go on from
    /// [`Index::checkpoint`].
    ///
    /// # Errors
    ///
    /// When an entry is missing in between, the index must be rebuilt, another
    /// process writes it, or the disk refuses.
    pub fn apply(&self, entries: &[LogEntry]) -> Result<(), IndexError> {
        let mut writing = self.writing()?;
        let live = self.live()?;
        let applied = self.apply_to(&mut writing, &live, entries);
        if applied.is_err() {
            writing.reset();
        }
        applied
    }

    fn apply_to(&self, writing: &mut Writing, live: &Live, entries: &[LogEntry]) -> Result<(), IndexError> {
        for entry in entries {
            if entry.number <= writing.applied {
                continue;
            }
            let expected = LogNumber(writing.applied.0 + 1);
            if entry.number != expected {
                return Err(IndexError::Gap { expected, found: entry.number });
            }
            self.writer(writing, live)?.apply(entry)?;
            writing.applied = entry.number;
        }
        Ok(())
    }

    fn writer<'a>(&self, writing: &'a mut Writing, live: &Live) -> Result<&'a mut Writer, IndexError> {
        match &mut writing.writer {
            Some(writer) => Ok(writer),
            none => Ok(none.insert(Writer::open(&live.index, &self.shared.path, self.shared.fields)?)),
        }
    }

    /// Takes over the engagement of `findings`, as the store has it now. It is state
    /// beside the log, so the checkpoint stays; found after the next [`Index::commit`].
    /// Commits what was applied before, lest an erasure on its way be undone.
    /// A finding that is not committed yet, or with a pending entry, is passed over:
    /// its entry brings the engagement with it.
    ///
    /// # Errors
    ///
    /// As [`Index::apply`].
    pub fn refresh(&self, findings: &[Finding]) -> Result<(), IndexError> {
        self.commit()?;
        let mut writing = self.writing()?;
        let live = self.live()?;
        let searcher = live.reader.searcher();
        for finding in findings {
            let refreshed = self.refresh_one(&mut writing, &live, &searcher, finding);
            if refreshed.is_err() {
                writing.reset();
                return refreshed;
            }
        }
        Ok(())
    }

    fn refresh_one(
        &self,
        writing: &mut Writing,
        live: &Live,
        searcher: &Searcher,
        finding: &Finding,
    ) -> Result<(), IndexError> {
        let bits = id_bits(&finding.id)?;
        let document = FindingDocument::new(finding, bits, &self.shared.fields)?;
        let id = Term::from_field_bytes(self.shared.fields.id, &bits.to_be_bytes());
        let state = indexed_state(searcher, &id).map_err(|error| self.tantivy_error(error))?;
        let is_of_now = state == Some((document.logged_hash(), document.engagement()));
        if is_of_now || state.is_none_or(|(hash, _)| hash != document.logged_hash()) {
            return Ok(());
        }
        let writer = self.writer(writing, live)?;
        writer.remove(bits);
        writer.add(bits, finding, document)?;
        writing.refreshed = true;
        Ok(())
    }

    /// Makes all that was applied durable and searchable, in one step with the checkpoint.
    ///
    /// # Errors
    ///
    /// When the disk refuses; nothing since the last commit is kept then.
    pub fn commit(&self) -> Result<Checkpoint, IndexError> {
        let mut writing = self.writing()?;
        let live = self.live()?;
        if writing.applied == writing.committed && !writing.refreshed {
            return Ok(live.checkpoint);
        }
        let checkpoint = Checkpoint { epoch: writing.epoch, log: writing.applied };
        if let Some(writer) = &mut writing.writer
            && let Err(error) = writer.commit(checkpoint)
        {
            writing.reset();
            return Err(error);
        }
        writing.committed = writing.applied;
        writing.refreshed = false;
        live.reader.reload().map_err(|error| self.tantivy_error(error))?;
        self.set_live(Live { checkpoint, ..live });
        self.shared.pins.lock().unwrap_or_else(PoisonError::into_inner).expire(self.shared.clock.now());
        Ok(checkpoint)
    }

    /// Gives the writer's memory and threads back, after merges under way have
    /// ended. For a follower that has had nothing to do for a while; the next
    /// [`Index::apply`] opens a new writer. What was not committed is forgotten.
    ///
    /// # Errors
    ///
    /// When a merge failed; the index is as the last commit left it.
    pub fn rest(&self) -> Result<(), IndexError> {
        let mut writing = self.writing()?;
        let writer = writing.writer.take();
        writing.reset();
        let Some(writer) = writer else {
            return Ok(());
        };
        let reader = self.live()?.reader;
        writer.finish()?;
        // Merged segments are let go of only by readers that have seen the merge.
        reader.reload().map_err(|error| self.tantivy_error(error))
    }
}

/// Hash and engagement of the document with that id.
fn indexed_state(searcher: &Searcher, id: &Term) -> Result<Option<(u64, i64)>, TantivyError> {
    for segment in searcher.segment_readers() {
        let Some(mut postings) = segment.inverted_index(id.field())?.read_postings(id, IndexRecordOption::Basic)?
        else {
            continue;
        };
        while postings.doc() != TERMINATED {
            let doc = postings.doc();
            if segment.alive_bitset().is_none_or(|alive| alive.is_alive(doc)) {
                let columns = segment.fast_fields();
                let hash = columns.u64(column::HASH)?.first(doc).unwrap_or_default();
                return Ok(Some((hash, columns.i64(column::ENGAGEMENT)?.first(doc).unwrap_or_default())));
            }
            postings.advance();
        }
    }
    Ok(None)
}
