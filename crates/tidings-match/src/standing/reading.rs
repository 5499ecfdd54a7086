//! One finding as queries see it: which terms are there, and where.
//!
//! Everything is kept from finding to finding, so that reading a text allocates nothing and
//! clears no more than the finding before had.

use tidings_model::{Field, Finding, Timestamp};
use tidings_query::{KeyField, Scope};
use tidings_text::{Place, Reader, Token, read_words};

use super::notes::{Kinds, Lists, Note, Notes};
use super::terms::{Kind, NONE, Proof, TermId, Terms, Waiting};

/// Positions left free between two fields, so that nothing reaches over them.
const FIELD_GAP: u32 = 1 << 10;

const END: u32 = u32::MAX;

/// A term that stands somewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occurrence {
    pub(super) position: u32,
    /// Where in its field, in Unicode scalars.
    pub(super) start: u32,
    pub(super) end: u32,
    /// The occurrence before it of the same term.
    before: u32,
}

/// A field of the finding, and the positions of its words.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) field: Field,
    pub(super) first: u32,
    pub(super) behind: u32,
}

/// The finding that is read. One is kept a thread and used again and again.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// By term; of no meaning for one that is not there.
    last: Vec<u32>,
    /// A bit for each term that is there: small, for it is asked again and again.
    bits: Vec<u64>,
    there: Vec<TermId>,
    occurrences: Vec<Occurrence>,
    parts: Vec<Part>,
    pub(super) date: Timestamp,
    pub(super) found: Timestamp,
    notes: Notes,
    url_notes: Notes,
    fact: String,
}

/// The words of one field on their way into a reading.
struct Words<'r> {
    reading: &'r mut Reading,
    lists: &'r mut Lists,
    terms: &'r Terms,
    kinds: Kinds,
    base: u32,
    /// The position behind the last word.
    behind: u32,
}

impl Reader for Words<'_> {
    type Note = Note;

    fn look_up(&mut self, token: &Token<'_>) -> Note {
        self.lists.note(token, self.terms, self.kinds)
    }

    #[inline]
    fn read(&mut self, note: Note, Place { start, end, position, .. }: Place) {
        let position = self.base + position;
        self.behind = position + 1;
        self.lists.for_each_term(note, |id| {
            self.reading.add(id, Occurrence { position, start, end, before: END });
        });
    }
}

impl Reading {
    pub(super) fn read(&mut self, finding: &Finding, terms: &Terms) {
        self.begin(terms.len());
        (self.date, self.found) = (finding.date(), finding.found);
        let mut base = 0;
        for (field, text) in Scope::Anywhere.fields(finding) {
            let behind = self.words(text, base, terms, Kinds::TEXT);
            self.parts.push(Part { field, first: base, behind });
            base = behind + FIELD_GAP;
        }
        for (field, text) in Scope::Url.fields(finding) {
            let behind = self.words(text, base, terms, Kinds::URL);
            self.parts.push(Part { field, first: base, behind });
        }
        if terms.has(Kind::Fact) {
            self.facts(finding, terms);
        }
    }

    /// Reads what the finding is beside its words.
    fn facts(&mut self, finding: &Finding, terms: &Terms) {
        let mut fact = std::mem::take(&mut self.fact);
        let mut say = |field: &KeyField| {
            field.for_each_value(finding, |value| {
                fact.clear();
                fact.extend([field.as_str(), ":", value]);
                if let Some(id) = terms.get(Kind::Fact, &fact) {
                    self.add(id, Occurrence { position: 0, start: 0, end: 0, before: END });
                }
            });
        };
        KeyField::FIXED.iter().for_each(&mut say);
        let mut last = None;
        for tag in finding.tags.iter().filter(|tag| last.replace(&tag.dimension) != Some(&tag.dimension)) {
            say(&KeyField::Dimension(tag.dimension.clone()));
        }
        self.fact = fact;
    }

    fn begin(&mut self, terms: usize) {
        for id in self.there.drain(..) {
            self.bits[id as usize / 64] = 0;
        }
        self.occurrences.clear();
        self.parts.clear();
        if self.last.len() < terms {
            self.last.resize(terms, END);
            self.bits.resize(terms.div_ceil(64), 0);
        }
    }

    /// Reads the words of one field; the position behind the last.
    fn words(&mut self, text: &str, base: u32, terms: &Terms, kinds: Kinds) -> u32 {
        if !kinds.are_in(terms) {
            return base;
        }
        let mut notes = std::mem::take(if kinds == Kinds::URL { &mut self.url_notes } else { &mut self.notes });
        let (known, lists) = notes.begin(terms.state());
        let mut words = Words { reading: self, lists, terms, kinds, base, behind: base };
        read_words(text, known, &mut words);
        let behind = words.behind;
        *(if kinds == Kinds::URL { &mut self.url_notes } else { &mut self.notes }) = notes;
        behind
    }

    #[inline]
    fn add(&mut self, id: TermId, mut occurrence: Occurrence) {
        let (bits, bit) = (&mut self.bits[id as usize / 64], 1 << (id % 64));
        let last = &mut self.last[id as usize];
        if *bits & bit == 0 {
            *bits |= bit;
            self.there.push(id);
        } else {
            occurrence.before = *last;
        }
        *last = u32::try_from(self.occurrences.len()).expect("a finding has fewer words than 2^32");
        self.occurrences.push(occurrence);
    }

    /// The terms that are there, each once.
    pub(super) fn there(&self) -> &[TermId] {
        &self.there
    }

    pub(super) fn has(&self, id: TermId) -> bool {
        self.bits.get(id as usize / 64).is_some_and(|bits| bits & 1 << (id % 64) != 0)
    }

    /// Whether the further terms are there that a query names, or not, where that is its proof.
    pub(super) fn bears(&self, Waiting { also: [second, third], proof, .. }: &Waiting) -> bool {
        (*second == NONE || self.has(*second)) && (*third == NONE || self.has(*third) == (*proof != Proof::Absence))
    }

    /// Whether the further terms of a query stand so many words behind `first` somewhere.
    pub(super) fn has_row(&self, first: TermId, also: [TermId; 2], behind: [i8; 2]) -> bool {
        let stands = |id: TermId, position: Option<u32>| {
            id == NONE || self.places(id).any(|place| Some(place.position) == position)
        };
        self.places(first).any(|first| {
            let at = |behind: i8| first.position.checked_add_signed(behind.into());
            stands(also[0], at(behind[0])) && stands(also[1], at(behind[1]))
        })
    }

    /// Where a term stands, the last place first.
    pub(super) fn places(&self, id: TermId) -> impl Iterator<Item = Occurrence> {
        let mut at = if self.has(id) { self.last[id as usize] } else { END };
        std::iter::from_fn(move || {
            let occurrence = *self.occurrences.get(at as usize)?;
            at = occurrence.before;
            Some(occurrence)
        })
    }

    /// The field that a position lies in.
    pub(super) fn part(&self, position: u32) -> Option<&Part> {
        self.parts.iter().find(|part| (part.first..part.behind).contains(&position))
    }

    pub(super) fn is_in(&self, scope: Scope, position: u32) -> bool {
        let Some(part) = self.part(position) else { return false };
        match scope {
            Scope::Anywhere => part.field != Field::Url,
            Scope::Title => part.field == Field::Title,
            Scope::Text => part.field == Field::Text,
            Scope::Url => part.field == Field::Url,
        }
    }
}
