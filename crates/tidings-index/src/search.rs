//! A search, from its request to its answer.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;
use std::time::Instant;

use tantivy::query::EnableScoring;
use tantivy::{DocAddress, DocSet, Searcher};
use tidings_model::{FindingId, Timestamp};
use tidings_query::{Query, micros};
use tidings_store::Store;
use xxhash_rust::xxh3::Xxh3Default;

use crate::collect::{Gather, Gathered};
use crate::compile::{Against, Compiled, compile, relaxed};
use crate::cursor::{Cursor, Pinned, Rank, is_pinned};
use crate::index::Live;
use crate::pins::is_expired;
use crate::snippet::{marked_title, snippet};
use crate::timeline::buckets;
use crate::{FacetCount, Hit, Index, MAX_LIMIT, MatchMode, QueryEcho, SearchAnswer, SearchError, SearchRequest, Sort};

/// Values of one facet in an answer.
const MAX_FACET_VALUES: usize = 100;

/// What one run over the index gave.
struct Found {
    gathered: Gathered,
    compiled: Compiled,
    relaxed: bool,
}

impl Index {
    /// Answers `request` with findings of `store`. Blocks; any thread may call it.
    ///
    /// A finding that the store has erased since the last commit is left out of the hits.
    ///
    /// # Errors
    ///
    /// When the request is at fault ([`SearchError::is_callers_fault`]), the index
    /// must be rebuilt, or the store cannot be read.
    pub fn search(&self, store: &Store, request: &SearchRequest) -> Result<SearchAnswer, SearchError> {
        let began = Instant::now();
        if !(1..=MAX_LIMIT).contains(&request.limit) {
            return Err(SearchError::BadParameter {
                param: "limit".to_owned(),
                value: request.limit.to_string(),
                hint: "expected a number from 1 to 100".to_owned(),
            });
        }
        let fingerprint = fingerprint(request);
        let cursor = request.cursor.as_deref().map(Cursor::read).transpose()?;
        if cursor.is_some_and(|cursor| cursor.fingerprint != fingerprint) {
            return Err(SearchError::ForeignCursor);
        }
        let live = self.live()?;
        let (searcher, pinned) = self.searcher(&live, request.sort(), cursor.as_ref())?;
        // Later pages count relative times back from where the first one did.
        let asked = cursor.map_or_else(|| self.shared.clock.now(), |cursor| cursor.asked);
        let found = self.find(&searcher, request, cursor.as_ref(), asked)?;
        let mut best = found.gathered.best.as_slice();
        let mut next = None;
        if request.limit < best.len() {
            best = &best[..request.limit];
            let after = best[best.len() - 1].0;
            let relaxed = found.relaxed;
            next = Some(Cursor { fingerprint, relaxed, asked, after, pinned }.write());
            if let Some(pinned) = pinned {
                let mut pins = self.shared.pins.lock().unwrap_or_else(PoisonError::into_inner);
                pins.keep(pinned.instance, &searcher, pinned.began);
            }
        }
        let hits = self.hits(store, &searcher, request, &found.compiled, best)?;
        Ok(SearchAnswer {
            query: QueryEcho {
                q: request.q.clone(),
                canonical: request.query.to_string(),
                match_mode: request.match_mode,
                relaxed: found.relaxed,
            },
            total: found.gathered.total,
            hits,
            facets: facets(request, &found.gathered),
            timeline: request.timeline.map(|interval| buckets(&found.gathered.days, interval)),
            next,
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// The state to search: the latest, or the one that a cursor's search began with.
    fn searcher(
        &self,
        live: &Live,
        sort: Sort,
        cursor: Option<&Cursor>,
    ) -> Result<(Searcher, Option<Pinned>), SearchError> {
        let now = self.shared.clock.now();
        let mut pins = self.shared.pins.lock().unwrap_or_else(PoisonError::into_inner);
        pins.expire(now);
        match cursor.and_then(|cursor| cursor.pinned) {
            Some(pinned) if is_expired(pinned.began, now) => Err(SearchError::CursorExpired),
            Some(pinned) => {
                let searcher = pins.get(pinned.instance, pinned.generation).ok_or(SearchError::CursorExpired)?;
                Ok((searcher, Some(pinned)))
            }
            None => {
                let searcher = live.reader.searcher();
                let generation = searcher.generation().generation_id();
                let pinned = is_pinned(sort).then_some(Pinned { instance: live.instance, generation, began: now });
                Ok((searcher, pinned))
            }
        }
    }

    /// Runs the query; where all of its words find nothing, runs it with any of them.
    fn find(
        &self,
        searcher: &Searcher,
        request: &SearchRequest,
        cursor: Option<&Cursor>,
        asked: Timestamp,
    ) -> Result<Found, SearchError> {
        let any = || relaxed(&request.query);
        let is_relaxed = cursor.is_some_and(|cursor| cursor.relaxed);
        if request.match_mode == MatchMode::Any || is_relaxed {
            let query = any().unwrap_or_else(|| request.query.clone());
            return self.run(searcher, request, cursor, &query, is_relaxed, asked);
        }
        let found = self.run(searcher, request, cursor, &request.query, false, asked)?;
        match any() {
            Some(query) if found.gathered.total == 0 && cursor.is_none() => {
                self.run(searcher, request, cursor, &query, true, asked)
            }
            _ => Ok(found),
        }
    }

    fn run(
        &self,
        searcher: &Searcher,
        request: &SearchRequest,
        cursor: Option<&Cursor>,
        query: &Query,
        relaxed: bool,
        asked: Timestamp,
    ) -> Result<Found, SearchError> {
        let against = Against { searcher, path: &self.shared.path, fields: &self.shared.fields, now: asked };
        let compiled = compile(query, &request.filters, &against)?;
        let sort = request.sort();
        let gather = Gather {
            sort,
            after: cursor.map(|cursor| cursor.after),
            // One more than shown tells whether there is a next page.
            limit: request.limit + 1,
            facets: &request.facets,
            days: request.timeline.is_some(),
            collapse: request.collapse.then_some(asked),
        };
        let query = if sort == Sort::Relevance { &compiled.ranking } else { &compiled.matching };
        let gathered = searcher.search(query, &gather).map_err(|error| self.tantivy_error(error))?;
        Ok(Found { gathered, compiled, relaxed })
    }

    fn hits(
        &self,
        store: &Store,
        searcher: &Searcher,
        request: &SearchRequest,
        compiled: &Compiled,
        best: &[(Rank, DocAddress)],
    ) -> Result<Vec<Hit>, SearchError> {
        let scores = scores(searcher, compiled, best).map_err(|error| self.tantivy_error(error))?;
        let ids: Vec<_> = best.iter().map(|(rank, _)| FindingId::from_bytes(rank.id.to_be_bytes())).collect();
        let findings = store.findings(&ids)?;
        let hits = findings.into_iter().zip(best).filter_map(|(finding, (_, address))| {
            let finding = finding?;
            Some(Hit {
                score: scores.get(address).copied().unwrap_or(0.0),
                snippet: snippet(&finding.text, &compiled.wanted, request.highlight),
                title_html: request.highlight.then(|| marked_title(&finding.title, &compiled.wanted)),
                finding,
            })
        });
        Ok(hits.collect())
    }
}

/// How well each of the hits matches, whatever they are ordered by.
fn scores(
    searcher: &Searcher,
    compiled: &Compiled,
    best: &[(Rank, DocAddress)],
) -> Result<HashMap<DocAddress, f32>, tantivy::TantivyError> {
    let mut scores = HashMap::with_capacity(best.len());
    if compiled.wanted.is_empty() {
        return Ok(scores);
    }
    let mut addresses: Vec<DocAddress> = best.iter().map(|(_, address)| *address).collect();
    addresses.sort_unstable();
    let weight = compiled.ranking.weight(EnableScoring::enabled_from_searcher(searcher))?;
    for of_segment in addresses.chunk_by(|left, right| left.segment_ord == right.segment_ord) {
        let segment = searcher.segment_reader(of_segment[0].segment_ord);
        let mut scorer = weight.scorer(segment, 1.0)?;
        for address in of_segment {
            if scorer.doc() <= address.doc_id && scorer.seek(address.doc_id) == address.doc_id {
                scores.insert(*address, scorer.score());
            }
        }
    }
    Ok(scores)
}

/// The facets asked for, commonest values first, those as common by name.
fn facets(request: &SearchRequest, gathered: &Gathered) -> BTreeMap<String, Vec<FacetCount>> {
    let counts = |name: &str| {
        let values = gathered.facets.get(name).into_iter().flatten();
        let mut counts: Vec<FacetCount> =
            values.map(|(value, count)| FacetCount { value: value.clone(), count: *count }).collect();
        counts.sort_unstable_by(|left, right| right.count.cmp(&left.count).then_with(|| left.value.cmp(&right.value)));
        counts.truncate(MAX_FACET_VALUES);
        counts
    };
    request.facets.iter().map(|facet| (facet.to_string(), counts(facet.as_str()))).collect()
}

/// What a cursor belongs to: all that decides which findings match and their order.
fn fingerprint(request: &SearchRequest) -> u64 {
    let mut hasher = Xxh3Default::new();
    let mut part = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    part(&request.query.to_string());
    part(request.match_mode.as_str());
    part(request.sort().as_str());
    part(if request.collapse { "story" } else { "" });
    for (name, values) in request.filters.values() {
        part(name.as_str());
        values.iter().for_each(|value| part(value));
        part("");
    }
    for bound in [request.filters.from, request.filters.to] {
        part(&bound.map(|time| micros(time).to_string()).unwrap_or_default());
    }
    hasher.digest()
}
