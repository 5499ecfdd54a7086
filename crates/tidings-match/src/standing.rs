//! Standing queries: thousands of queries asked of one finding at once.
//!
//! Each query waits for a term that must be there whenever it is true, the rarest of those,
//! and names two more. Where all are there most queries are true without another look; the
//! others are evaluated, over the positions of their words. What is true here is what the
//! index finds.

mod anchor;
mod evaluate;
mod expr;
mod facts;
mod notes;
mod reading;
mod terms;
#[cfg(test)]
mod tests;

use tidings_model::{Evidence, Finding};
use tidings_query::{Query, Scope};

use crate::evidence::{MAX_EVIDENCE, Scalars};
use evaluate::Span;
use expr::Expr;
use reading::Reading;
use terms::{Proof, TermId, Terms};

/// Number of a query, given by [`StandingQueries::add`]. A removed query's is given again.
pub type QueryId = u32;

/// How many findings are seen before queries choose again what they wait for; then twice
/// as many, and so on.
const FIRST_LOOK: u64 = 1_000;

/// A set of queries, changed while it is used.
#[derive(Debug, Default)]
pub struct StandingQueries {
    queries: Vec<Option<Asked>>,
    free: Vec<QueryId>,
    terms: Terms,
    /// Queries that may be true without any term.
    always: Vec<QueryId>,
    findings: u64,
    next_look: u64,
}

#[derive(Debug)]
struct Asked {
    /// `None` for the empty query.
    expr: Option<Expr>,
    waits_for: Box<[TermId]>,
}

/// What matching needs beside the queries; kept from finding to finding.
#[derive(Debug, Default)]
pub struct Scratch {
    reading: Reading,
    /// The finding for which a query was looked at last.
    asked: Vec<u64>,
    finding: u64,
    /// In how many findings each term was there, since it was last counted.
    seen: Vec<u32>,
    findings: u64,
}

impl StandingQueries {
    /// Adds a query, which is asked from the next finding on.
    pub fn add(&mut self, query: &Query) -> QueryId {
        let expr = Expr::of(query, &mut self.terms);
        let id = self.free.pop().unwrap_or_else(|| {
            self.queries.push(None);
            QueryId::try_from(self.queries.len() - 1).expect("there are fewer queries than 2^32")
        });
        let waits_for = self.wait(id, expr.as_ref());
        self.queries[id as usize] = Some(Asked { expr, waits_for });
        id
    }

    /// Removes a query; whether it was there.
    pub fn remove(&mut self, id: QueryId) -> bool {
        let Some(asked) = self.queries.get_mut(id as usize).and_then(Option::take) else { return false };
        self.leave(id, &asked.waits_for);
        if let Some(expr) = &asked.expr {
            expr.for_each_term(&mut |term| self.terms.release(term));
        }
        self.free.push(id);
        true
    }

    /// How many queries there are.
    pub fn len(&self) -> usize {
        self.queries.len() - self.free.len()
    }

    /// Whether there is no query.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn wait(&mut self, id: QueryId, expr: Option<&Expr>) -> Box<[TermId]> {
        let Some(chosen) = expr.and_then(|expr| anchor::choose(id, expr, &self.terms)) else {
            self.always.push(id);
            return Box::default();
        };
        for (term, waiting) in &chosen {
            self.terms.wait(*term, *waiting);
        }
        chosen.into_iter().map(|(term, _)| term).collect()
    }

    fn leave(&mut self, id: QueryId, waits_for: &[TermId]) {
        waits_for.iter().for_each(|term| self.terms.leave(*term, id));
        if waits_for.is_empty() {
            self.always.retain(|always| *always != id);
        }
    }

    /// Puts the queries that are true of `finding` into `matches`, in no order.
    pub fn matches(&self, finding: &Finding, scratch: &mut Scratch, matches: &mut Vec<QueryId>) {
        matches.clear();
        let Scratch { reading, asked, finding: turn, seen, findings } = scratch;
        reading.read(finding, &self.terms);
        *turn += 1;
        *findings += 1;
        asked.resize(self.queries.len(), 0);
        seen.resize(self.terms.len(), 0);
        let is_true = |id: QueryId| {
            let query = self.queries.get(id as usize).and_then(Option::as_ref);
            query.is_some_and(|query| query.expr.as_ref().is_none_or(|expr| expr.is_true(reading)))
        };
        for &term in reading.there() {
            seen[term as usize] += 1;
            for waiting in self.terms.waiting(term) {
                let id = waiting.query;
                if !reading.bears(waiting)
                    || waiting.waits_elsewhere && std::mem::replace(&mut asked[id as usize], *turn) == *turn
                {
                    continue;
                }
                let proven = match waiting.proof {
                    Proof::Enough | Proof::Absence => true,
                    Proof::Row(behind) => reading.has_row(term, waiting.also, behind),
                    Proof::Expression => is_true(id),
                };
                if proven {
                    matches.push(id);
                }
            }
        }
        matches.extend(self.always.iter().copied().filter(|id| is_true(*id)));
    }

    /// What a query is true by, of the finding that `scratch` last read: its words, then the
    /// words of the competitors and labels, the host and the author that it asks for. Empty
    /// for one that none of these makes true.
    pub fn evidence(&self, id: QueryId, finding: &Finding, scratch: &Scratch) -> Vec<Evidence> {
        let expr = self.queries.get(id as usize).and_then(|query| query.as_ref()?.expr.as_ref());
        let mut spans: Vec<Span> = Vec::new();
        if let Some(expr) = expr {
            expr.evidence(&scratch.reading, MAX_EVIDENCE, &mut spans);
        }
        spans.sort_by_key(|span| (span.first.position, span.last.position));
        spans.dedup();
        let fields = || Scope::Anywhere.fields(finding).chain(Scope::Url.fields(finding));
        let mut evidence = Vec::with_capacity(spans.len());
        for span in spans {
            let Some(part) = scratch.reading.part(span.first.position) else { continue };
            let Some((_, text)) = fields().find(|(field, _)| *field == part.field) else { continue };
            evidence.push(Scalars::new(text).evidence(&part.field, span.first.start, span.last.end));
        }
        if let Some(expr) = expr {
            expr.evidence_of_facts(&scratch.reading, &self.terms, finding, &mut evidence);
        }
        evidence
    }

    /// Learns from what `scratch` saw which terms are rare, and lets queries choose anew
    /// what they wait for once enough was seen. Changes no answer, only what it costs.
    pub fn learn(&mut self, scratch: &mut Scratch) {
        self.findings += std::mem::take(&mut scratch.findings);
        for (term, count) in scratch.seen.iter_mut().enumerate().filter(|(_, count)| 0 < **count) {
            self.terms.add_seen(term as TermId, std::mem::take(count));
        }
        if self.findings < self.next_look.max(FIRST_LOOK) {
            return;
        }
        self.next_look = self.findings * 2;
        self.terms.forget_waiting();
        self.always.clear();
        for id in 0..self.queries.len() as QueryId {
            if let Some(mut query) = self.queries[id as usize].take() {
                query.waits_for = self.wait(id, query.expr.as_ref());
                self.queries[id as usize] = Some(query);
            }
        }
    }
}
