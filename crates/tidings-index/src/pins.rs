//! States of the index that are kept for searches that page through them.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use tantivy::Searcher;
use tidings_model::Timestamp;

/// How long after a search began its pages can still be read.
pub(crate) const PINNED_FOR: SignedDuration = SignedDuration::from_mins(5);

/// States kept at once; the oldest goes first. Each keeps its segments' files from deletion.
const MAX_PINS: usize = 32;

/// Kept searchers, by opening of the index and generation.
#[derive(Default)]
pub(crate) struct Pins {
    kept: BTreeMap<(i64, u64), Pin>,
}

struct Pin {
    searcher: Searcher,
    /// When the latest search over it began.
    began: Timestamp,
}

impl Pins {
    /// Keeps `searcher` for a search that began at `began`.
    pub(crate) fn keep(&mut self, instance: i64, searcher: &Searcher, began: Timestamp) {
        let key = (instance, searcher.generation().generation_id());
        let pin = self.kept.entry(key).or_insert_with(|| Pin { searcher: searcher.clone(), began });
        pin.began = pin.began.max(began);
        if MAX_PINS < self.kept.len() {
            self.kept.pop_first();
        }
    }

    /// The searcher of that state, if it is still kept.
    pub(crate) fn get(&self, instance: i64, generation: u64) -> Option<Searcher> {
        self.kept.get(&(instance, generation)).map(|pin| pin.searcher.clone())
    }

    /// Lets go of what no search can ask for any more.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        self.kept.retain(|_, pin| !is_expired(pin.began, now));
    }

    pub(crate) fn clear(&mut self) {
        self.kept.clear();
    }
}

pub(crate) fn is_expired(began: Timestamp, now: Timestamp) -> bool {
    PINNED_FOR < now.duration_since(began)
}
