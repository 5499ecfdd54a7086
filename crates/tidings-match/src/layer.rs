//! The queries of a taxonomy that are decided in one layer, each for something.

use tidings_model::{Evidence, Finding};
use tidings_query::Query;

use crate::pool::Pool;
use crate::{QueryId, Scratch, StandingQueries};

/// Queries that are asked of each finding at the same time, and what each is for.
#[derive(Debug)]
pub(crate) struct Layer<T> {
    queries: StandingQueries,
    /// What a query is for, by its number: none is ever removed.
    uses: Vec<T>,
    scratch: Pool<Scratch>,
}

impl<T> Default for Layer<T> {
    fn default() -> Self {
        Self { queries: StandingQueries::default(), uses: Vec::new(), scratch: Pool::default() }
    }
}

impl<T> Layer<T> {
    pub(crate) fn add(&mut self, query: &Query, usage: T) {
        let id = self.queries.add(query);
        debug_assert_eq!(id as usize, self.uses.len(), "numbers are given in order");
        self.uses.push(usage);
    }

    /// Calls `found` with what each true query is for, and a way to what it is true by; in
    /// the order in which they were added.
    pub(crate) fn ask(&self, finding: &Finding, mut found: impl FnMut(&T, &dyn Fn() -> Vec<Evidence>)) {
        if self.uses.is_empty() {
            return;
        }
        let mut scratch = self.scratch.take();
        let mut matches: Vec<QueryId> = Vec::new();
        self.queries.matches(finding, &mut scratch, &mut matches);
        matches.sort_unstable();
        for id in matches {
            found(&self.uses[id as usize], &|| self.queries.evidence(id, finding, &scratch));
        }
        self.scratch.give_back(scratch);
    }
}
