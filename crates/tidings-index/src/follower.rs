//! The write side: log entries become documents, commits carry the checkpoint.

use std::sync::PoisonError;

use tantivy::indexer::IndexWriterOptions;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, IndexWriter, Searcher, TERMINATED, TantivyError, Term};
use tidings_model::Finding;
use tidings_store::{Epoch, LogEntry, LogNumber};

use crate::checkpoint::{Checkpoint, Payload};
use crate::document::{FindingDocument, id_bits};
use crate::handover::Handover;
use crate::index::Live;
use crate::schema::{FORMAT, column};
use crate::{Index, IndexError};

/// What the indexing thread may hold before it writes a segment.
const WRITER_BUDGET_BYTES: usize = 40_000_000;

pub(crate) type Writer = IndexWriter<FindingDocument>;

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

    fn writer(&mut self, index: &tantivy::Index) -> Result<&mut Writer, TantivyError> {
        match &mut self.writer {
            Some(writer) => Ok(writer),
            none => Ok(none.insert(writer(index)?)),
        }
    }
}

/// One indexing thread and one merging thread: more would only cost memory on a
/// machine of two cores that also fetches and tags.
pub(crate) fn writer(index: &tantivy::Index) -> Result<Writer, TantivyError> {
    let options = IndexWriterOptions::builder()
        .memory_budget_per_thread(WRITER_BUDGET_BYTES)
        .num_worker_threads(1)
        .num_merge_threads(1)
        .build();
    index.writer_with_options(options)
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
        let mut handover = Handover::default();
        for entry in entries {
            if entry.number <= writing.applied {
                continue;
            }
            let expected = LogNumber(writing.applied.0 + 1);
            if entry.number != expected {
                return Err(IndexError::Gap { expected, found: entry.number });
            }
            let writer = writing.writer(&live.index).map_err(|error| self.tantivy_error(error))?;
            handover.add(entry, &self.shared.fields)?;
            if handover.is_full() {
                handover.give(writer, &self.shared.gate).map_err(|error| self.tantivy_error(error))?;
            }
            writing.applied = entry.number;
        }
        match &writing.writer {
            Some(writer) => handover.give(writer, &self.shared.gate).map_err(|error| self.tantivy_error(error)),
            None => Ok(()),
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
            let bits = id_bits(&finding.id)?;
            let mut document = FindingDocument::new(finding, bits, &self.shared.fields)?;
            let id = Term::from_field_bytes(self.shared.fields.id, &bits.to_be_bytes());
            let refreshed = indexed_state(&searcher, &id).and_then(|state| {
                let outdated = Some((document.logged_hash(), document.engagement()));
                if state.is_none_or(|(hash, _)| hash != document.logged_hash()) || state == outdated {
                    return Ok(());
                }
                let writer = writing.writer(&live.index)?;
                writer.delete_term(id);
                document.hold(self.shared.gate.enter(document.size_bytes()));
                writer.add_document(document)?;
                writing.refreshed = true;
                Ok(())
            });
            if let Err(error) = refreshed {
                writing.reset();
                return Err(self.tantivy_error(error));
            }
        }
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
            && let Err(error) = commit_at(writer, checkpoint)
        {
            writing.reset();
            return Err(self.tantivy_error(error));
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
        // Merged segments are let go of only by readers that have seen the merge.
        writer.wait_merging_threads().and_then(|()| reader.reload()).map_err(|error| self.tantivy_error(error))
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

pub(crate) fn commit_at(writer: &mut Writer, checkpoint: Checkpoint) -> Result<(), TantivyError> {
    let mut commit = writer.prepare_commit()?;
    commit.set_payload(&Payload { format: FORMAT, checkpoint }.write());
    commit.commit()?;
    Ok(())
}
