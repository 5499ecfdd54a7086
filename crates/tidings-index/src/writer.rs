//! Writes the index: findings gather in a draft, which becomes a segment when it is full or committed.

use std::path::{Path, PathBuf};

use tantivy::indexer::IndexWriterOptions;
use tantivy::{IndexWriter, TantivyError};
use tidings_model::Finding;
use tidings_store::{EntryKind, LogEntry};

use crate::IndexError;
use crate::checkpoint::{Checkpoint, Payload};
use crate::document::{FindingDocument, id_bits};
use crate::draft::Draft;
use crate::removal::Written;
use crate::schema::{FORMAT, Fields};

/// What a draft may hold before it is written.
const DRAFT_BYTES: usize = 40 << 20;
/// What the words of a draft may take to be kept for the next one.
const LEXICON_BYTES: usize = 8 << 20;
/// Tantivy asks for it, and takes none of it unless it is given documents.
const TANTIVY_BYTES: usize = 15_000_000;

pub(crate) struct Writer {
    index: tantivy::Index,
    tantivy: IndexWriter,
    path: PathBuf,
    fields: Fields,
    draft: Draft,
    /// Findings of which no segment may have anything any more, but for the draft.
    removed: Vec<u128>,
    written: Written,
}

impl Writer {
    /// Opens the one writer of the `index` in `path`.
    pub(crate) fn open(index: &tantivy::Index, path: &Path, fields: Fields) -> Result<Self, IndexError> {
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(TANTIVY_BYTES)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let from_tantivy = |error| IndexError::from_tantivy(path.to_owned(), error);
        let tantivy = index.writer_with_options(options).map_err(from_tantivy)?;
        let draft = Draft::new(index, fields).map_err(from_tantivy)?;
        Ok(Self {
            index: index.clone(),
            tantivy,
            path: path.to_owned(),
            fields,
            draft,
            removed: Vec::new(),
            written: Written::default(),
        })
    }

    /// Takes in what `entry` changes.
    pub(crate) fn apply(&mut self, entry: &LogEntry) -> Result<(), IndexError> {
        let Some(id) = &entry.id else {
            return Ok(());
        };
        let bits = id_bits(id)?;
        let finding = match entry.kind {
            // The first sight of a finding replaces nothing.
            EntryKind::Found => entry.finding.as_deref(),
            EntryKind::Revised | EntryKind::Retagged | EntryKind::Regrouped => {
                self.remove(bits);
                entry.finding.as_deref()
            }
            EntryKind::Erased => {
                self.remove(bits);
                None
            }
            EntryKind::Taxonomy => None,
        };
        match finding {
            Some(finding) => self.add(bits, finding, FindingDocument::new(finding, bits, &self.fields)?),
            None => Ok(()),
        }
    }

    /// Adds a finding that the index does not have, or no more.
    pub(crate) fn add(&mut self, id: u128, finding: &Finding, document: FindingDocument) -> Result<(), IndexError> {
        self.draft.add(id, finding, document).map_err(|error| self.error(error))?;
        if DRAFT_BYTES <= self.draft.size_bytes() { self.write_draft() } else { Ok(()) }
    }

    pub(crate) fn remove(&mut self, id: u128) {
        // What the draft has, no segment has any more.
        if !self.draft.remove(id) {
            self.removed.push(id);
        }
    }

    /// Makes all that was taken in durable and searchable, in one step with `checkpoint`.
    pub(crate) fn commit(&mut self, checkpoint: Checkpoint) -> Result<(), IndexError> {
        self.write_draft()?;
        let payload = Payload { format: FORMAT, checkpoint }.write();
        let committed = self.tantivy.prepare_commit().and_then(|mut commit| {
            commit.set_payload(&payload);
            commit.commit()
        });
        committed.map_err(|error| self.error(error))?;
        // All removals are done.
        self.written = Written::default();
        Ok(())
    }

    /// Waits for the merges under way.
    pub(crate) fn finish(self) -> Result<(), IndexError> {
        let Self { tantivy, path, .. } = self;
        tantivy.wait_merging_threads().map_err(|error| IndexError::from_tantivy(path, error))
    }

    fn write_draft(&mut self) -> Result<(), IndexError> {
        let written = Draft::new(&self.index, self.fields).and_then(|empty| {
            if !self.removed.is_empty() {
                let removal = self.written.removal(self.fields.id, &std::mem::take(&mut self.removed));
                self.tantivy.delete_query(Box::new(removal))?;
            }
            if self.draft.is_empty() {
                return Ok(());
            }
            let lexicon = std::mem::replace(&mut self.draft, empty).write(&self.tantivy, &self.written)?;
            if lexicon.size_bytes() < LEXICON_BYTES {
                self.draft.set_lexicon(lexicon);
            }
            Ok(())
        });
        written.map_err(|error| self.error(error))
    }

    fn error(&self, error: TantivyError) -> IndexError {
        IndexError::from_tantivy(self.path.clone(), error)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tantivy::collector::Count;
    use tantivy::query::TermQuery;
    use tantivy::schema::IndexRecordOption;
    use tantivy::{Searcher, Term};
    use tidings_model::{FindingId, SourceId, Timestamp};
    use tidings_store::{Epoch, LogNumber};

    use super::*;
    use crate::index;

    fn entry(key: u32, text: &str, kind: EntryKind) -> LogEntry {
        let source: SourceId = "voz".parse().unwrap();
        let id = FindingId::new(&source, &key.to_string());
        let finding = serde_json::json!({
            "id": id, "source": source, "plugin": "feed", "kind": "post", "title": "title", "text": text,
            "found": Timestamp::UNIX_EPOCH, "revision": 1, "taxonomy_version": 0,
        });
        let finding = (kind != EntryKind::Erased).then(|| Arc::new(serde_json::from_value(finding).unwrap()));
        LogEntry { number: LogNumber(0), at: Timestamp::UNIX_EPOCH, kind, id: Some(id), finding }
    }

    fn count(searcher: &Searcher, fields: &Fields, word: &str) -> usize {
        let query = TermQuery::new(Term::from_field_text(fields.body, word), IndexRecordOption::Basic);
        searcher.search(&query, &Count).unwrap()
    }

    /// Segments are merged meanwhile: there are more of them than tantivy lets lie side by side.
    #[test]
    fn each_finding_is_as_last_written_however_often_between_two_commits() {
        let dir = tempfile::tempdir().unwrap();
        let epoch = Epoch("00000000-0000-7000-8000-000000000000".parse().unwrap());
        let index = index::create(dir.path(), epoch).unwrap();
        let (_, fields) = crate::schema::build();
        let mut writer = Writer::open(&index, dir.path(), fields).unwrap();
        for commit in 0..3 {
            for draft in 0..12 {
                for key in 0..5 {
                    let text = format!("w{commit}x{draft}");
                    let kind = if commit + draft == 0 { EntryKind::Found } else { EntryKind::Revised };
                    writer.apply(&entry(key, &text, kind)).unwrap();
                    // And once more within the draft.
                    writer.apply(&entry(key, &format!("{text} again"), EntryKind::Retagged)).unwrap();
                }
                writer.write_draft().unwrap();
            }
            writer.apply(&entry(commit, "", EntryKind::Erased)).unwrap();
            writer.commit(Checkpoint { epoch, log: LogNumber(1) }).unwrap();
            let searcher = index.reader().unwrap().searcher();
            assert_eq!((searcher.num_docs(), count(&searcher, &fields, "again")), (4, 4));
            assert_eq!(count(&searcher, &fields, &format!("w{commit}x11")), 4);
        }
        writer.finish().unwrap();
        assert_eq!(index.reader().unwrap().searcher().num_docs(), 4);
    }
}
