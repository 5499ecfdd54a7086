//! Words in order or near each other, each of which may be written in several ways.
//!
//! Tantivy's own phrase query takes one term a place. Here a place takes any of its
//! terms, so a phrase of marked words needs no product of all their spellings; places
//! may lie apart, and two runs of places may be asked to stand near each other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use tantivy::columnar::Column;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::{Bm25Weight, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError, Term};

use crate::expand::Expansion;
use crate::schema::column;

/// What may stand at a place.
#[derive(Clone, Debug)]
pub(crate) enum Spellings {
    /// Never empty.
    Terms(Vec<Term>),
    Expanded(Expansion),
}

/// The places of a run in order, as [`Run`](crate::places::Run) has them.
#[derive(Clone, Debug)]
pub(crate) struct SpelledRun {
    pub(crate) places: Vec<(u32, Spellings)>,
    pub(crate) slop: u32,
}

/// One run of places, or two near each other.
#[derive(Clone, Debug)]
pub(crate) struct Spans {
    pub(crate) field: Field,
    /// One or two.
    pub(crate) runs: Vec<SpelledRun>,
    /// Most positions between two runs.
    pub(crate) distance: u32,
    /// Whether all must lie in the text, which ends the body.
    pub(crate) in_text: bool,
}

impl Query for Spans {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let bm25 = match scoring {
            EnableScoring::Enabled { statistics_provider, .. } => {
                // A place is as telling as its commonest spelling.
                let mut terms = Vec::new();
                for (_, spellings) in self.runs.iter().flat_map(|run| &run.places) {
                    let Spellings::Terms(spellings) = spellings else { continue };
                    let mut commonest = (0, &spellings[0]);
                    for term in spellings {
                        let frequency = statistics_provider.doc_freq(term)?;
                        if commonest.0 < frequency {
                            commonest = (frequency, term);
                        }
                    }
                    terms.push(commonest.1.clone());
                }
                if terms.is_empty() { None } else { Some(Bm25Weight::for_terms(statistics_provider, &terms)?) }
            }
            EnableScoring::Disabled { .. } => None,
        };
        Ok(Box::new(SpansWeight { spans: self.clone(), bm25 }))
    }
}

struct SpansWeight {
    spans: Spans,
    bm25: Option<Bm25Weight>,
}

impl Weight for SpansWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let field = self.spans.field;
        let inverted = reader.inverted_index(field)?;
        let mut runs = Vec::with_capacity(self.spans.runs.len());
        for run in &self.spans.runs {
            let mut places = Vec::with_capacity(run.places.len());
            for (step, spellings) in &run.places {
                let spellings = match spellings {
                    Spellings::Expanded(expansion) => expansion.postings(reader)?,
                    Spellings::Terms(terms) => {
                        let mut postings = Vec::with_capacity(terms.len());
                        for term in terms {
                            postings.extend(inverted.read_postings(term, IndexRecordOption::WithFreqsAndPositions)?);
                        }
                        postings
                    }
                };
                if spellings.is_empty() {
                    return Ok(Box::new(EmptyScorer));
                }
                places.push(Place::new(*step, spellings));
            }
            runs.push(RunOfPlaces { places, slop: run.slop, found: Vec::new() });
        }
        let ranking = match &self.bm25 {
            Some(bm25) => {
                let norms = reader.fieldnorms_readers().get_field(field)?;
                let norms = norms.unwrap_or_else(|| FieldNormReader::constant(reader.max_doc(), 1));
                Some((bm25.boost_by(boost), norms))
            }
            None => None,
        };
        let text_at = if self.spans.in_text {
            let Some(text_at) = reader.fast_fields().column_opt(column::TEXT_AT)? else {
                return Ok(Box::new(EmptyScorer));
            };
            Some(text_at)
        } else {
            None
        };
        Ok(Box::new(SpansScorer::new(runs, self.spans.distance, text_at, ranking)))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        if doc < scorer.doc() || scorer.seek(doc) != doc {
            return Err(TantivyError::InvalidArgument(format!("document {doc} does not match")));
        }
        Ok(Explanation::new("words by their places", scorer.score()))
    }
}

/// The postings of all spellings of one word. A prefix may have thousands, so those that
/// stand further on wait in order.
struct Place {
    step: u32,
    spellings: Vec<SegmentPostings>,
    /// Spellings by the document where they stand, the first on top.
    waiting: BinaryHeap<Reverse<(DocId, usize)>>,
    /// The document at hand, and the spellings that stand there.
    doc: DocId,
    here: Vec<usize>,
    /// Where the word stands in the document at hand, in order.
    positions: Vec<u32>,
}

impl Place {
    fn new(step: u32, spellings: Vec<SegmentPostings>) -> Self {
        let waiting = spellings.iter().enumerate().map(|(at, postings)| Reverse((postings.doc(), at))).collect();
        Self { step, spellings, waiting, doc: 0, here: Vec::new(), positions: Vec::new() }
    }

    /// The first document at or after `target` that has one of the spellings.
    fn seek(&mut self, target: DocId) -> DocId {
        if !self.here.is_empty() && target <= self.doc {
            return self.doc;
        }
        for at in self.here.drain(..) {
            self.waiting.push(Reverse((self.spellings[at].seek(target), at)));
        }
        self.doc = loop {
            match self.waiting.peek_mut() {
                None => break TERMINATED,
                Some(mut first) if first.0.0 < target => first.0.0 = self.spellings[first.0.1].seek(target),
                Some(first) => break first.0.0,
            }
        };
        while self.doc != TERMINATED
            && let Some(first) = self.waiting.peek_mut()
            && first.0.0 == self.doc
        {
            self.here.push(PeekMut::pop(first).0.1);
        }
        self.doc
    }

    /// Reads where the word stands in the document at hand, at or after position `from`.
    fn read_positions(&mut self, from: u32, spare: &mut Vec<u32>) {
        self.positions.clear();
        for at in &self.here {
            self.spellings[*at].positions_with_offset(0, spare);
            self.positions.extend(spare.iter().filter(|position| from <= **position));
        }
        // Two spellings never share a position, but their lists interleave.
        self.positions.sort_unstable();
    }

    fn doc_freq(&self) -> u32 {
        self.spellings.iter().map(SegmentPostings::doc_freq).fold(0, u32::saturating_add)
    }
}

struct RunOfPlaces {
    places: Vec<Place>,
    slop: u32,
    /// First and last position of each span in the document at hand, in order.
    found: Vec<(u32, u32)>,
}

impl RunOfPlaces {
    /// Finds the run in the document where its places stand; says whether it is there.
    fn find(&mut self, from: u32, spare: &mut Vec<u32>) -> bool {
        self.found.clear();
        for place in &mut self.places {
            place.read_positions(from, spare);
            if place.positions.is_empty() {
                return false;
            }
        }
        let (first, rest) = self.places.split_first().expect("a run has a place");
        self.found.extend(first.positions.iter().map(|start| (*start, *start)));
        let mut room = self.slop;
        for place in rest {
            room += place.step;
            // The nearest of each word in turn leaves most room for those behind it. The
            // words reached so far are in order, so one pass over the positions is enough.
            let mut left = place.positions.iter().peekable();
            self.found.retain_mut(|(start, at)| {
                while left.next_if(|position| **position < *at + place.step).is_some() {}
                let Some(position) = left.peek().map(|position| **position) else {
                    return false;
                };
                *at = position;
                position - *start <= room
            });
            if self.found.is_empty() {
                return false;
            }
        }
        true
    }
}

struct SpansScorer {
    runs: Vec<RunOfPlaces>,
    distance: u32,
    /// Where the text of each document begins.
    text_at: Option<Column<u64>>,
    ranking: Option<(Bm25Weight, FieldNormReader)>,
    doc: DocId,
    /// How often it stands in `doc`.
    count: u32,
    spare: Vec<u32>,
}

impl SpansScorer {
    fn new(
        runs: Vec<RunOfPlaces>,
        distance: u32,
        text_at: Option<Column<u64>>,
        ranking: Option<(Bm25Weight, FieldNormReader)>,
    ) -> Self {
        let mut scorer = Self { runs, distance, text_at, ranking, doc: 0, count: 0, spare: Vec::new() };
        scorer.find(0);
        scorer
    }

    /// Goes to the first match at or after `target`.
    fn find(&mut self, mut target: DocId) -> DocId {
        loop {
            target = self.find_all_words(target);
            self.doc = target;
            if target == TERMINATED {
                return target;
            }
            self.count = self.count_spans();
            if 0 < self.count {
                return target;
            }
            target += 1;
        }
    }

    /// The first document at or after `target` with a spelling at every place, in any order.
    fn find_all_words(&mut self, mut target: DocId) -> DocId {
        'again: loop {
            for place in self.runs.iter_mut().flat_map(|run| &mut run.places) {
                let doc = place.seek(target);
                if doc == TERMINATED {
                    return TERMINATED;
                }
                if target < doc {
                    target = doc;
                    continue 'again;
                }
            }
            return target;
        }
    }

    fn count_spans(&mut self) -> u32 {
        let from = match &self.text_at {
            None => 0,
            Some(text_at) => match text_at.first(self.doc).map(u32::try_from) {
                Some(Ok(from)) => from,
                // There is no text.
                _ => return 0,
            },
        };
        for run in &mut self.runs {
            if !run.find(from, &mut self.spare) {
                return 0;
            }
        }
        match self.runs.as_slice() {
            [left, right] => near(&left.found, &right.found, self.distance),
            runs => runs.iter().map(|run| run.found.len() as u32).sum(),
        }
    }
}

/// How many spans of `left` have one of `right` before or behind them, within `distance`
/// and without sharing a word. Spans of one run are all of one length, so their ends are
/// in order too.
fn near(left: &[(u32, u32)], right: &[(u32, u32)], distance: u32) -> u32 {
    let has_near = |(start, end): &(u32, u32)| {
        let behind = right.partition_point(|(other, _)| other <= end);
        let before = right.partition_point(|(_, other)| other < start);
        right.get(behind).is_some_and(|(other, _)| other - end - 1 <= distance)
            || before.checked_sub(1).is_some_and(|before| start - right[before].1 - 1 <= distance)
    };
    left.iter().filter(|span| has_near(span)).count() as u32
}

impl DocSet for SpansScorer {
    fn advance(&mut self) -> DocId {
        if self.doc == TERMINATED {
            return TERMINATED;
        }
        self.find(self.doc + 1)
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if target <= self.doc { self.doc } else { self.find(target) }
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        self.runs.iter().flat_map(|run| &run.places).map(Place::doc_freq).min().unwrap_or(0)
    }

    /// Positions are read for every candidate.
    fn cost(&self) -> u64 {
        u64::from(self.size_hint()) * 10
    }
}

impl Scorer for SpansScorer {
    fn score(&mut self) -> Score {
        self.ranking.as_ref().map_or(1.0, |(bm25, norms)| bm25.score(norms.fieldnorm_id(self.doc), self.count))
    }
}
