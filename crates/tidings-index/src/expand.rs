//! The terms of the index that a prefix or a range of numbers stands for.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::query::{BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{BitSet, DocId, DocSet, InvertedIndexReader, Score, Searcher, SegmentReader, TantivyError};
use tantivy_fst::Automaton;
use tidings_text::{NumberRule, PrefixRule};

use crate::analyser::WRITTEN;
use crate::{IndexError, SearchError};

/// Most different words that the prefixes and ranges of one query may stand for.
pub(crate) const MAX_EXPANSION: usize = 20_000;

/// The terms found in a field, segment by segment.
#[derive(Clone, Debug)]
pub(crate) struct Expansion {
    field: Field,
    terms: Arc<HashMap<SegmentId, Vec<TermInfo>>>,
}

/// What a prefix or range counts at least, however few words it stands for: each takes
/// memory by the size of the archive.
const LEAST: usize = 100;

/// Looks up what the parts of one query stand for, within one bound for all of them.
pub(crate) struct Expander<'s> {
    searcher: &'s Searcher,
    /// The folder of the index, for errors.
    path: &'s Path,
    left: usize,
}

impl<'s> Expander<'s> {
    pub(crate) fn new(searcher: &'s Searcher, path: &'s Path) -> Self {
        Self { searcher, path, left: MAX_EXPANSION }
    }

    /// The words of `field` that begin with a prefix; `part` names it in errors.
    pub(crate) fn prefix(&mut self, rule: &PrefixRule, field: Field, part: &str) -> Result<Expansion, SearchError> {
        self.expand(field, part, |index, terms, room| {
            let mut stream = index.terms().search(WrittenPrefix { rule }).into_stream()?;
            while stream.advance() {
                let term = std::str::from_utf8(stream.key()).ok().and_then(|term| term.strip_prefix(WRITTEN));
                if term.is_some_and(|exact| rule.matches_exact(exact)) {
                    if terms.len() == room {
                        return Ok(false);
                    }
                    terms.push(stream.value().clone());
                }
            }
            Ok(true)
        })
    }

    /// The numbers of `field` in a range.
    pub(crate) fn numbers(&mut self, rule: &NumberRule, field: Field, part: &str) -> Result<Expansion, SearchError> {
        self.expand(field, part, |index, terms, room| {
            // Folded forms of numbers begin with a digit; behind `9` comes `:`.
            let mut stream = index.terms().range().ge("0").lt(":").into_stream()?;
            while stream.advance() {
                if std::str::from_utf8(stream.key()).is_ok_and(|folded| rule.matches_folded(folded)) {
                    if terms.len() == room {
                        return Ok(false);
                    }
                    terms.push(stream.value().clone());
                }
            }
            Ok(true)
        })
    }

    /// Runs `find` over each segment; it says `false` when there are more terms than there is room for.
    fn expand(
        &mut self,
        field: Field,
        part: &str,
        find: impl Fn(&InvertedIndexReader, &mut Vec<TermInfo>, usize) -> std::io::Result<bool>,
    ) -> Result<Expansion, SearchError> {
        let failed = |error| IndexError::from_tantivy(self.path.to_owned(), error);
        let mut by_segment = HashMap::new();
        let mut most = 0;
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(field).map_err(failed)?;
            let mut terms = Vec::new();
            if !find(&index, &mut terms, self.left).map_err(|error| failed(error.into()))? {
                return Err(too_broad(part));
            }
            most = most.max(terms.len());
            by_segment.insert(segment.segment_id(), terms);
        }
        self.left = self.left.checked_sub(most.max(LEAST)).ok_or_else(|| too_broad(part))?;
        Ok(Expansion { field, terms: Arc::new(by_segment) })
    }
}

fn too_broad(part: &str) -> SearchError {
    SearchError::TooBroad { part: part.to_owned(), limit: MAX_EXPANSION }
}

impl Expansion {
    fn terms(&self, reader: &SegmentReader) -> &[TermInfo] {
        self.terms.get(&reader.segment_id()).map_or(&[], Vec::as_slice)
    }

    /// The postings of each term, with positions.
    pub(crate) fn postings(&self, reader: &SegmentReader) -> tantivy::Result<Vec<SegmentPostings>> {
        let index = reader.inverted_index(self.field)?;
        let read = |term| index.read_postings_from_terminfo(term, IndexRecordOption::WithFreqsAndPositions);
        Ok(self.terms(reader).iter().map(read).collect::<Result<_, _>>()?)
    }
}

impl Query for Expansion {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Expansion {
    /// Every match counts the same, however often its words come.
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let index = reader.inverted_index(self.field)?;
        let mut found = BitSet::with_max_value(reader.max_doc());
        for term in self.terms(reader) {
            let mut block = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
            while !block.docs().is_empty() {
                for doc in block.docs() {
                    found.insert(*doc);
                }
                block.advance();
            }
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(found), boost)))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        if doc < scorer.doc() || scorer.seek(doc) != doc {
            return Err(TantivyError::InvalidArgument(format!("document {doc} does not match")));
        }
        Ok(Explanation::new("words of a prefix or range", scorer.score()))
    }
}

/// Accepts terms of written forms that begin with a prefix once their marks are taken off:
/// all that the prefix means, and a few more.
struct WrittenPrefix<'r> {
    rule: &'r PrefixRule,
}

/// What has been read of a term.
#[derive(Clone, Copy)]
enum Read {
    Nothing,
    /// So many bytes of the prefix, and the first bytes of a character.
    Letters {
        met: usize,
        begun: [u8; 4],
        length: usize,
    },
    Other,
}

impl Automaton for WrittenPrefix<'_> {
    type State = Read;

    fn start(&self) -> Read {
        Read::Nothing
    }

    fn is_match(&self, state: &Read) -> bool {
        matches!(state, Read::Letters { met, .. } if *met == self.rule.unmarked().len())
    }

    fn can_match(&self, state: &Read) -> bool {
        !matches!(state, Read::Other)
    }

    fn will_always_match(&self, state: &Read) -> bool {
        self.is_match(state)
    }

    fn accept(&self, state: &Read, byte: u8) -> Read {
        match *state {
            Read::Nothing if u32::from(byte) == u32::from(WRITTEN) => {
                Read::Letters { met: 0, begun: [0; 4], length: 0 }
            }
            Read::Nothing | Read::Other => Read::Other,
            Read::Letters { .. } if self.is_match(state) => *state,
            Read::Letters { met, mut begun, length } => {
                let Some(slot) = begun.get_mut(length) else {
                    return Read::Other;
                };
                *slot = byte;
                match std::str::from_utf8(&begun[..=length]) {
                    Ok(letter) => match letter.chars().next().and_then(|ch| self.rule.step(met, ch)) {
                        Some(met) => Read::Letters { met, begun: [0; 4], length: 0 },
                        None => Read::Other,
                    },
                    Err(_) => Read::Letters { met, begun, length: length + 1 },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prefix: &str, term: &str, expected: bool) {
        let rule = PrefixRule::of(prefix).unwrap();
        let automaton = WrittenPrefix { rule: &rule };
        let state = term.bytes().fold(automaton.start(), |state, byte| automaton.accept(&state, byte));
        assert_eq!(automaton.can_match(&state) && automaton.is_match(&state), expected, "{prefix} {term}");
    }

    #[test]
    fn written_forms_are_followed_letter_by_letter() {
        check("khac", "=khách", true);
        check("khac", "khac", false);
        check("stras", "=straße", true);
        check("dat", "=đ\u{103}t", true);
        check("dat", "=đi", false);
        check("dat", "=", false);
    }
}
