//! Deletes what findings were before, and spares what they are now.
//!
//! Tantivy shows a deletion to every segment that was given to it since the last commit, those after
//! the deletion too. So a [`Removal`] knows which segments it is older than.

use std::sync::{Arc, Mutex, PoisonError};

use tantivy::index::SegmentId;
use tantivy::query::{EmptyScorer, EnableScoring, Explanation, Query, Scorer, TermSetQuery, Weight};
use tantivy::schema::Field;
use tantivy::{DocId, Score, SegmentReader, Term};

/// The segments written since the last commit, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<SegmentId>>>);

/// Matches ids in the segments written before one.
#[derive(Clone, Debug)]
pub(crate) struct Removal {
    ids: TermSetQuery,
    written: Written,
    /// How many of those written it is about.
    before: usize,
}

struct RemovalWeight {
    ids: Box<dyn Weight>,
    written: Written,
    before: usize,
}

impl Written {
    /// The removal of `ids` from what was written so far.
    pub(crate) fn removal(&self, field: Field, ids: &[u128]) -> Removal {
        let terms = ids.iter().map(|id| Term::from_field_bytes(field, &id.to_be_bytes()));
        Removal {
            ids: TermSetQuery::new(terms),
            written: self.clone(),
            before: self.segments(|segments| segments.len()),
        }
    }

    pub(crate) fn push(&self, segment: SegmentId) {
        self.segments(|segments| segments.push(segment));
    }

    fn segments<T>(&self, with: impl FnOnce(&mut Vec<SegmentId>) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Query for Removal {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let ids = self.ids.weight(scoring)?;
        Ok(Box::new(RemovalWeight { ids, written: self.written.clone(), before: self.before }))
    }
}

impl Weight for RemovalWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let segment = reader.segment_id();
        let number = self.written.segments(|segments| segments.iter().position(|written| *written == segment));
        // One that is not known was committed, or merged of what had gone through all removals.
        if number.is_none_or(|number| number < self.before) {
            self.ids.scorer(reader, boost)
        } else {
            Ok(Box::new(EmptyScorer))
        }
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        self.ids.explain(reader, doc)
    }
}
