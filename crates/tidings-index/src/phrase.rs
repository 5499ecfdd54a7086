//! Words side by side, each of which may be written in several ways.
//!
//! Tantivy's own phrase query takes one term a place. Here a place takes any of its
//! terms, so a phrase of marked words needs no product of all their spellings.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::{Bm25Weight, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError, Term};

/// The places of a phrase in order, each with its terms.
#[derive(Clone, Debug)]
pub(crate) struct SpelledPhrase {
    field: Field,
    places: Vec<Vec<Term>>,
}

impl SpelledPhrase {
    /// `places` has two or more, none of them empty.
    pub(crate) fn new(field: Field, places: Vec<Vec<Term>>) -> Self {
        Self { field, places }
    }
}

impl Query for SpelledPhrase {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let bm25 = match scoring {
            EnableScoring::Enabled { statistics_provider, .. } => {
                // A place is as telling as its commonest spelling.
                let mut terms = Vec::with_capacity(self.places.len());
                for place in &self.places {
                    let mut commonest = (0, &place[0]);
                    for term in place {
                        let frequency = statistics_provider.doc_freq(term)?;
                        if commonest.0 < frequency {
                            commonest = (frequency, term);
                        }
                    }
                    terms.push(commonest.1.clone());
                }
                Some(Bm25Weight::for_terms(statistics_provider, &terms)?)
            }
            EnableScoring::Disabled { .. } => None,
        };
        Ok(Box::new(PhraseWeight { phrase: self.clone(), bm25 }))
    }
}

struct PhraseWeight {
    phrase: SpelledPhrase,
    bm25: Option<Bm25Weight>,
}

impl Weight for PhraseWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let field = self.phrase.field;
        let inverted = reader.inverted_index(field)?;
        let mut places = Vec::with_capacity(self.phrase.places.len());
        for terms in &self.phrase.places {
            let mut spellings = Vec::with_capacity(terms.len());
            for term in terms {
                spellings.extend(inverted.read_postings(term, IndexRecordOption::WithFreqsAndPositions)?);
            }
            if spellings.is_empty() {
                return Ok(Box::new(EmptyScorer));
            }
            places.push(Place { spellings });
        }
        let ranking = match &self.bm25 {
            Some(bm25) => {
                let norms = reader.fieldnorms_readers().get_field(field)?;
                let norms = norms.unwrap_or_else(|| FieldNormReader::constant(reader.max_doc(), 1));
                Some((bm25.boost_by(boost), norms))
            }
            None => None,
        };
        Ok(Box::new(PhraseScorer::new(places, ranking)))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        if doc < scorer.doc() || scorer.seek(doc) != doc {
            return Err(TantivyError::InvalidArgument(format!("document {doc} does not match")));
        }
        Ok(Explanation::new("phrase of spellings", scorer.score()))
    }
}

/// The postings of all spellings of one word.
struct Place {
    spellings: Vec<SegmentPostings>,
}

impl Place {
    /// The first document at or after `target` that has one of the spellings.
    fn seek(&mut self, target: DocId) -> DocId {
        let mut first = TERMINATED;
        for postings in &mut self.spellings {
            let doc = if postings.doc() < target { postings.seek(target) } else { postings.doc() };
            first = first.min(doc);
        }
        first
    }

    /// Where the word stands in `doc`, each position less `offset`.
    fn positions(&mut self, doc: DocId, offset: u32, spare: &mut Vec<u32>, positions: &mut Vec<u32>) {
        positions.clear();
        for postings in self.spellings.iter_mut().filter(|postings| postings.doc() == doc) {
            postings.positions_with_offset(0, spare);
            positions.extend(spare.iter().filter_map(|position| position.checked_sub(offset)));
        }
        // Two spellings never share a position, but their lists interleave.
        positions.sort_unstable();
    }

    fn doc_freq(&self) -> u32 {
        self.spellings.iter().map(SegmentPostings::doc_freq).fold(0, u32::saturating_add)
    }
}

struct PhraseScorer {
    places: Vec<Place>,
    ranking: Option<(Bm25Weight, FieldNormReader)>,
    doc: DocId,
    /// How often the phrase stands in `doc`.
    count: u32,
    starts: Vec<u32>,
    positions: Vec<u32>,
    spare: Vec<u32>,
}

impl PhraseScorer {
    fn new(places: Vec<Place>, ranking: Option<(Bm25Weight, FieldNormReader)>) -> Self {
        let mut scorer =
            Self { places, ranking, doc: 0, count: 0, starts: Vec::new(), positions: Vec::new(), spare: Vec::new() };
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
            self.count = self.count_phrase();
            if 0 < self.count {
                return target;
            }
            target += 1;
        }
    }

    /// The first document at or after `target` with a spelling at every place, in any order.
    fn find_all_words(&mut self, mut target: DocId) -> DocId {
        'again: loop {
            for place in &mut self.places {
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

    fn count_phrase(&mut self) -> u32 {
        for (offset, place) in self.places.iter_mut().enumerate() {
            place.positions(self.doc, offset as u32, &mut self.spare, &mut self.positions);
            if offset == 0 {
                std::mem::swap(&mut self.starts, &mut self.positions);
            } else {
                let positions = &self.positions;
                self.starts.retain(|start| positions.binary_search(start).is_ok());
            }
            if self.starts.is_empty() {
                return 0;
            }
        }
        self.starts.len() as u32
    }
}

impl DocSet for PhraseScorer {
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
        self.places.iter().map(Place::doc_freq).min().unwrap_or(0)
    }

    /// Positions are read for every candidate.
    fn cost(&self) -> u64 {
        u64::from(self.size_hint()) * 10
    }
}

impl Scorer for PhraseScorer {
    fn score(&mut self) -> Score {
        self.ranking.as_ref().map_or(1.0, |(bm25, norms)| bm25.score(norms.fieldnorm_id(self.doc), self.count))
    }
}
