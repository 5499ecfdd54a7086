//! Whether a finding is what a query asks for, and by which words.

use super::expr::{Expr, Places, Spellings};
use super::reading::{Occurrence, Reading};

/// Words from one position to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: Place,
    pub(super) last: Place,
}

/// Where one word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) position: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl From<Occurrence> for Place {
    fn from(Occurrence { position, start, end, .. }: Occurrence) -> Self {
        Self { position, start, end }
    }
}

impl Expr {
    pub(super) fn is_true(&self, reading: &Reading) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.is_true(reading)),
            Self::Any(parts) => parts.iter().any(|part| part.is_true(reading)),
            Self::Not(part) => !part.is_true(reading),
            Self::Has(spellings) => spellings.iter().any(|id| reading.has(*id)),
            Self::Stands(scope, places) => {
                let mut found = false;
                places.for_each_span(reading, &mut |span| {
                    found = reading.is_in(*scope, span.first.position);
                    !found
                });
                found
            }
            // The now of a standing query is the finding's first sight.
            Self::When(when) => when.covers_times(reading.date, reading.found, reading.found),
        }
    }

    /// Adds the words by which a true query is true: of alternatives those that are there,
    /// of what is excluded nothing.
    pub(super) fn evidence(&self, reading: &Reading, most: usize, spans: &mut Vec<Span>) {
        let add = |spans: &mut Vec<Span>, span| {
            spans.push(span);
            spans.len() < most
        };
        match self {
            _ if most <= spans.len() => {}
            Self::All(parts) => parts.iter().for_each(|part| part.evidence(reading, most, spans)),
            Self::Any(parts) => {
                parts.iter().filter(|part| part.is_true(reading)).for_each(|part| part.evidence(reading, most, spans));
            }
            Self::Has(spellings) => {
                for id in spellings {
                    for occurrence in reading.places(*id).filter(|occurrence| occurrence.start < occurrence.end) {
                        let place = Place::from(occurrence);
                        if !add(spans, Span { first: place, last: place }) {
                            return;
                        }
                    }
                }
            }
            Self::Stands(scope, places) => places
                .for_each_span(reading, &mut |span| !reading.is_in(*scope, span.first.position) || add(spans, span)),
            Self::Not(_) | Self::When(_) => {}
        }
    }
}

impl Places {
    /// Calls `visit` with where the words stand as asked, until it says no.
    fn for_each_span(&self, reading: &Reading, visit: &mut dyn FnMut(Span) -> bool) {
        match self {
            Self::Row { slots, slop } => row(slots, *slop, reading, visit),
            Self::Near { left, right, distance } => {
                let (left, right) = (left.spans(reading), right.spans(reading));
                for one in &left {
                    for other in &right {
                        let (before, behind) =
                            if one.first.position <= other.first.position { (one, other) } else { (other, one) };
                        let is_near = before.last.position < behind.first.position
                            && behind.first.position - before.last.position - 1 <= *distance;
                        if is_near && !visit(Span { first: before.first, last: behind.last }) {
                            return;
                        }
                    }
                }
            }
        }
    }

    fn spans(&self, reading: &Reading) -> Vec<Span> {
        let mut spans = Vec::new();
        self.for_each_span(reading, &mut |span| {
            spans.push(span);
            true
        });
        spans
    }
}

/// Words in order: from each place of the first the nearest of each that follows.
fn row(slots: &[Spellings], slop: u32, reading: &Reading, visit: &mut dyn FnMut(Span) -> bool) {
    let Some((first, rest)) = slots.split_first() else { return };
    for start in first.iter().flat_map(|id| reading.places(*id)).map(Place::from) {
        let (mut last, mut left, mut stars, mut fits) = (start, slop, 0, true);
        for slot in rest {
            if slot.is_empty() {
                stars += 1;
                continue;
            }
            let earliest = last.position + 1 + stars;
            let next = slot
                .iter()
                .flat_map(|id| reading.places(*id))
                .filter(|place| (earliest..=earliest + left).contains(&place.position))
                .min_by_key(|place| place.position);
            let Some(next) = next else {
                fits = false;
                break;
            };
            left -= next.position - earliest;
            (last, stars) = (next.into(), 0);
        }
        if fits && !visit(Span { first: start, last }) {
            return;
        }
    }
}
