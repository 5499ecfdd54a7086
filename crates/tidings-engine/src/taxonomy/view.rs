//! The taxonomy as the API shows it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tidings_match::taxonomy_file::Place as FilePlace;
use tidings_store::{Author, TaxonomyVersion};

use crate::retag::Task;
use crate::taxonomy::merged::is_in_made;
use crate::taxonomy::{Differences, Merged, SetAside, made};
use crate::{Engine, EngineError, Place};

/// The taxonomy in force, and where each of its entries is defined.
#[derive(Clone, Debug, Serialize)]
pub struct TaxonomyView {
    pub version: u64,
    /// Since when.
    pub at: Timestamp,
    /// Who has put it in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Author>,
    /// All of it, in the shape of the files.
    pub taxonomy: Value,
    /// Where each entry is defined, by its name.
    pub defined: BTreeMap<String, Place>,
    /// What was made through the API, in the shape of the files: what `PUT` replaces.
    pub made: Value,
    /// The same as TOML, as it was given.
    pub toml: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set_aside: Vec<SetAside>,
    /// The task that tags the archive by it, as long as that lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
}

/// A taxonomy of the history, and how it differs from the one before.
#[derive(Clone, Debug, Serialize)]
pub struct PastTaxonomy {
    pub version: u64,
    pub at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Author>,
    #[serde(flatten)]
    pub changes: Differences,
}

impl Engine {
    /// The taxonomy in force. Blocks on the store.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn taxonomy(&self) -> Result<TaxonomyView, EngineError> {
        let understanding = self.inner.understanding();
        let version = understanding.tagger.version();
        let kept = self.inner.parts.store.taxonomies(version.checked_add(1), 1)?.pop();
        let merged = &understanding.merged;
        Ok(TaxonomyView {
            version,
            at: kept.as_ref().map_or(Timestamp::UNIX_EPOCH, |kept| kept.at),
            by: kept.and_then(|kept| kept.author),
            taxonomy: in_shape_of_files(merged),
            defined: places(merged),
            made: made::to_json(merged.made()),
            toml: merged.made().to_owned(),
            set_aside: merged.set_aside.clone(),
            task: self.running_task()?,
        })
    }

    /// Up to `limit` taxonomies of versions before `before`, the latest first. Blocks on the store.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn taxonomy_history(&self, before: Option<u64>, limit: usize) -> Result<Vec<PastTaxonomy>, EngineError> {
        let kept = self.inner.parts.store.taxonomies(before, limit.saturating_add(1))?;
        let read = |kept: &TaxonomyVersion| serde_json::from_str(&kept.json).unwrap_or_default();
        let values: Vec<Value> = kept.iter().map(read).collect();
        let past = |(at, kept): (usize, TaxonomyVersion)| PastTaxonomy {
            version: kept.version,
            at: kept.at,
            by: kept.author,
            changes: Differences::between(values.get(at + 1).unwrap_or(&Value::Null), &values[at]),
        };
        Ok(kept.into_iter().enumerate().take(limit).map(past).collect())
    }
}

/// The model's JSON under the names that the tables of files have.
fn in_shape_of_files(merged: &Merged) -> Value {
    let mut value = serde_json::to_value(merged.taxonomy()).expect("a taxonomy has string keys only");
    if let Some(taxonomy) = value.as_object_mut() {
        for (plural, table) in [("competitors", "competitor"), ("labels", "label")] {
            let entries = taxonomy.remove(plural).unwrap_or_default();
            taxonomy.insert(table.to_owned(), entries);
        }
    }
    value
}

fn places(merged: &Merged) -> BTreeMap<String, Place> {
    let (taxonomy, definitions) = (merged.taxonomy(), merged.definitions());
    let own = taxonomy.own.iter().map(|_| ("own".to_owned(), definitions.place_of_own()));
    let competitors = taxonomy.competitors.iter();
    let competitors =
        competitors.map(|entry| (format!("competitor:{}", entry.id), definitions.place_of_competitor(&entry.id)));
    let lists = taxonomy.lists.keys().map(|name| (format!("list:{name}"), definitions.place_of_list(name)));
    let labels = taxonomy.labels.iter().map(|label| {
        (format!("{}:{}", label.dimension, label.id), definitions.place_of_label(&label.dimension, &label.id))
    });
    let rules = taxonomy.severity.iter().enumerate();
    let rules =
        rules.map(|(at, rule)| (format!("severity:{} {}", rule.level, rule.query), definitions.place_of_severity(at)));
    let all = own.chain(competitors).chain(lists).chain(labels).chain(rules);
    all.filter_map(|(name, place)| Some((name, public(place?)))).collect()
}

fn public(place: &FilePlace) -> Place {
    if is_in_made(&place.path) { Place::Archive } else { Place::File { file: place.path.clone(), line: place.line } }
}
