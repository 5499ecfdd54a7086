//! The words of one field of all documents of a segment, and their postings.

use std::io;

use tantivy::DocId;
use tantivy::postings::FieldSerializer;

use super::lexicon::{Lexicon, Sorted};

/// A word gives two terms.
const TERMS: usize = 2;

/// Words by number, document after document.
#[derive(Default)]
pub(super) struct TextField {
    words: Vec<u32>,
    runs: Vec<Run>,
}

/// Words side by side.
struct Run {
    doc: DocId,
    /// Of the first word.
    position: u32,
    end: usize,
}

/// Where a word stands.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    doc: DocId,
    position: u32,
}

impl TextField {
    /// Takes in words that stand in `doc` from `position` on. Documents come in order, and so do positions.
    pub(super) fn add(&mut self, doc: DocId, position: u32, words: &[u32]) {
        self.words.extend_from_slice(words);
        self.runs.push(Run { doc, position, end: self.words.len() });
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.words.len() * (size_of::<u32>() + size_of::<Place>()) + self.runs.len() * size_of::<Run>()
    }

    /// How many terms were read.
    pub(super) fn tokens(&self) -> u64 {
        (TERMS * self.words.len()) as u64
    }

    /// Calls `visit` with how many terms each document has.
    pub(super) fn norms(&self, mut visit: impl FnMut(DocId, u32)) {
        let mut start = 0;
        for runs in self.runs.chunk_by(|one, next| one.doc == next.doc) {
            let (doc, end) = runs.last().map_or((0, start), |run| (run.doc, run.end));
            visit(doc, (TERMS * (end - start)) as u32);
            start = end;
        }
    }

    pub(super) fn write(
        self,
        serializer: FieldSerializer<'_>,
        lexicon: &Lexicon,
        sorted: &Sorted<'_>,
    ) -> io::Result<()> {
        let places = Places::of(&self, lexicon.len());
        drop(self);
        let mut writer = Writer { serializer, deltas: Vec::new() };
        let mut joined = Vec::new();
        lexicon.for_each_term(sorted, |term, words| match words {
            [word] => writer.write(term, places.of_word(*word)),
            words => {
                joined.clear();
                words.iter().for_each(|word| joined.extend_from_slice(places.of_word(*word)));
                joined.sort_unstable();
                writer.write(term, &joined)
            }
        })?;
        writer.serializer.close()
    }
}

/// Where all words stand: one word after the other, and of each in order.
struct Places {
    /// Where those of each word end.
    ends: Vec<u32>,
    places: Vec<Place>,
}

impl Places {
    fn of(field: &TextField, words: usize) -> Self {
        let mut counts = vec![0_u32; words];
        field.words.iter().for_each(|word| counts[*word as usize] += 1);
        let starts = counts.into_iter().scan(0, |next, count| {
            *next += count;
            Some(*next - count)
        });
        // Where the next one of each word goes: in the end, where they end.
        let mut ends: Vec<u32> = starts.collect();
        let mut places = vec![Place::default(); field.words.len()];
        let mut start = 0;
        for Run { doc, position, end } in &field.runs {
            for (word, position) in field.words[start..*end].iter().zip(*position..) {
                let at = &mut ends[*word as usize];
                places[*at as usize] = Place { doc: *doc, position };
                *at += 1;
            }
            start = *end;
        }
        Self { ends, places }
    }

    fn of_word(&self, word: u32) -> &[Place] {
        let word = word as usize;
        let start = if word == 0 { 0 } else { self.ends[word - 1] };
        &self.places[start as usize..self.ends[word] as usize]
    }
}

/// Writes the postings of one term after the other.
struct Writer<'a> {
    serializer: FieldSerializer<'a>,
    deltas: Vec<u32>,
}

impl Writer<'_> {
    fn write(&mut self, term: &[u8], places: &[Place]) -> io::Result<()> {
        let in_documents = || places.chunk_by(|one, next| one.doc == next.doc);
        let documents = in_documents().count();
        // Read with another field.
        if documents == 0 {
            return Ok(());
        }
        self.serializer.new_term(term, documents as u32, true)?;
        for places in in_documents() {
            let mut before = 0;
            let deltas = places.iter().map(|place| place.position - std::mem::replace(&mut before, place.position));
            self.deltas.clear();
            self.deltas.extend(deltas);
            self.serializer.write_doc(places[0].doc, places.len() as u32, &self.deltas);
        }
        self.serializer.close_term()
    }
}
