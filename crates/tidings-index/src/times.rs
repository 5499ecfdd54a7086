//! Findings by a time of theirs.
//!
//! Tantivy's own range query is not used: its document set refuses, in debug builds, to be
//! asked for a document before the one where it stands, and exclusions do ask.

use tantivy::columnar::Column;
use tantivy::query::{ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError};

/// The column's value lies in `from..before`.
#[derive(Clone, Debug)]
pub(crate) struct TimeRange {
    pub(crate) column: &'static str,
    pub(crate) from: Option<i64>,
    pub(crate) before: Option<i64>,
}

impl Query for TimeRange {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for TimeRange {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let column = reader.fast_fields().i64(self.column)?;
        let mut docs = InRange { column, range: self.clone(), doc: 0, end: reader.max_doc() };
        docs.find(0);
        Ok(Box::new(ConstScorer::new(docs, boost)))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        if doc < scorer.doc() || scorer.seek(doc) != doc {
            return Err(TantivyError::InvalidArgument(format!("document {doc} does not match")));
        }
        Ok(Explanation::new("time in range", scorer.score()))
    }
}

struct InRange {
    column: Column<i64>,
    range: TimeRange,
    doc: DocId,
    end: DocId,
}

impl InRange {
    fn find(&mut self, from: DocId) -> DocId {
        let found = (from..self.end).find(|doc| {
            self.column.first(*doc).is_some_and(|time| {
                self.range.from.is_none_or(|from| from <= time) && self.range.before.is_none_or(|before| time < before)
            })
        });
        self.doc = found.unwrap_or(TERMINATED);
        self.doc
    }
}

impl DocSet for InRange {
    fn advance(&mut self) -> DocId {
        if self.doc == TERMINATED { TERMINATED } else { self.find(self.doc + 1) }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if target <= self.doc { self.doc } else { self.find(target) }
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    /// Half of all: it is looked at behind what knows better.
    fn size_hint(&self) -> u32 {
        self.end / 2
    }

    fn cost(&self) -> u64 {
        self.end.into()
    }
}
