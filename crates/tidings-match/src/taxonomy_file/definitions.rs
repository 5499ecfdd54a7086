//! A taxonomy with where each of its entries is defined.

use std::collections::HashMap;

use tidings_model::{CompetitorId, Dimension, LabelId, Taxonomy};

use super::error::Place;
use super::table::Spot;

/// A taxonomy that was read, and the places of its entries.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    pub taxonomy: Taxonomy,
    /// By what may be defined once.
    pub(super) places: HashMap<String, Place>,
    /// Of the severity rules, in their order.
    pub(super) severity: Vec<Place>,
}

impl Definitions {
    pub fn place_of_own(&self) -> Option<&Place> {
        self.places.get(&own())
    }

    pub fn place_of_competitor(&self, id: &CompetitorId) -> Option<&Place> {
        self.places.get(&competitor(id))
    }

    pub fn place_of_list(&self, name: &str) -> Option<&Place> {
        self.places.get(&list(name))
    }

    pub fn place_of_label(&self, dimension: &Dimension, id: &LabelId) -> Option<&Place> {
        self.places.get(&label(dimension, id))
    }

    /// Of a severity rule, by its place among them.
    pub fn place_of_severity(&self, at: usize) -> Option<&Place> {
        self.severity.get(at)
    }
}

/// The places of `spots`; each file is gone through once.
pub(super) fn places(spots: HashMap<String, Spot<'_>>) -> HashMap<String, Place> {
    let mut spots: Vec<(String, Spot<'_>)> = spots.into_iter().collect();
    spots.sort_by(|(_, one), (_, other)| (one.file.path, one.byte).cmp(&(other.file.path, other.byte)));
    let mut before: Option<(Spot<'_>, usize)> = None;
    let mut places = HashMap::with_capacity(spots.len());
    for (what, spot) in spots {
        let (from, line) = match before {
            Some((last, line)) if last.file.path == spot.file.path => (last.byte, line),
            _ => (0, 1),
        };
        let line = line + spot.file.text[from..spot.byte].matches('\n').count();
        before = Some((spot, line));
        places.insert(what, spot.place_on(line));
    }
    places
}

pub(super) fn own() -> String {
    "`[own]`".to_owned()
}

pub(super) fn competitor(id: &CompetitorId) -> String {
    format!("competitor `{id}`")
}

pub(super) fn list(name: &str) -> String {
    format!("list `{name}`")
}

pub(super) fn label(dimension: &Dimension, id: &LabelId) -> String {
    format!("label `{dimension}:{id}`")
}
