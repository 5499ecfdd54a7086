//! One hit a story: which of its findings stands for it.
//!
//! The one that comes first in the order of the search, among those that were found well
//! before the first page was asked for; a copy that comes in while someone reads page
//! after page must not take the place of one that is still to come.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use jiff::SignedDuration;
use tantivy::columnar::{Column, ColumnValues};
use tantivy::{DocId, SegmentReader};
use tidings_model::Timestamp;
use tidings_query::micros;

use crate::cursor::Rank;
use crate::schema::column;

/// Longest time from when a finding was found until the index has it, save in a rush.
const LAG: SignedDuration = SignedDuration::from_secs(60);

/// How a finding stands among those of its story; the greatest one is the hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Claim {
    /// 2 where it was found well before the search began, 1 just before, 0 after.
    age: u8,
    pub(crate) rank: Rank,
}

/// The findings of one segment that are members of stories.
pub(crate) struct Stories {
    high: Column<u64>,
    low: Column<u64>,
    found: Arc<dyn ColumnValues<i64>>,
    /// When the search began, in microseconds, and how far back the index may lag.
    asked: i64,
    settled: i64,
    best: HashMap<u128, (Claim, DocId)>,
}

impl Stories {
    pub(crate) fn open(segment: &SegmentReader, asked: Timestamp) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let settled = asked.checked_sub(LAG).unwrap_or(asked);
        Ok(Self {
            high: columns.u64(column::STORY_HIGH)?,
            low: columns.u64(column::STORY_LOW)?,
            found: columns.column_first_or_default(column::FOUND)?,
            asked: micros(asked),
            settled: micros(settled),
            best: HashMap::new(),
        })
    }

    /// The story that `doc` is in.
    pub(crate) fn story_of(&self, doc: DocId) -> Option<u128> {
        Some((u128::from(self.high.first(doc)?) << 64) | u128::from(self.low.first(doc)?))
    }

    pub(crate) fn offer(&mut self, story: u128, doc: DocId, rank: Rank) {
        let found = self.found.get_val(doc);
        let age = u8::from(found <= self.asked) + u8::from(found <= self.settled);
        keep_greatest(&mut self.best, story, (Claim { age, rank }, doc));
    }

    pub(crate) fn into_best(self) -> HashMap<u128, (Claim, DocId)> {
        self.best
    }
}

/// Keeps the greatest claim on each story.
pub(crate) fn keep_greatest<T>(best: &mut HashMap<u128, (Claim, T)>, story: u128, claim: (Claim, T)) {
    match best.entry(story) {
        Entry::Vacant(none) => {
            none.insert(claim);
        }
        Entry::Occupied(mut held) if held.get().0 < claim.0 => {
            held.insert(claim);
        }
        Entry::Occupied(_) => {}
    }
}
