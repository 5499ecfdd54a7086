//! A taxonomy with where each of its entries is defined.

use std::collections::HashMap;

use tidings_model::{CompetitorId, Dimension, LabelId, Taxonomy};

use super::error::Place;

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
