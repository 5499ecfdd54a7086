//! The names by which labels speak of each other: each there, and none in a circle.

use std::collections::{BTreeMap, BTreeSet};

use tidings_model::{Dimension, Label, LabelId, Taxonomy, nearest};

use crate::tagger::{COMPETITOR, INTENT};
use crate::taxonomy_file::list;

/// Where a name that is wrong stands: the label, the key, and which of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) label: usize,
    pub(crate) key: &'static str,
    pub(crate) at: usize,
    pub(crate) found: String,
    pub(crate) expected: String,
    pub(crate) nearest: Option<String>,
}

/// Checks `beside`, `implied_by` and `yields_to` of all labels.
///
/// # Errors
///
/// The first name that is none, or the first circle.
pub(crate) fn check(labels: &[Label]) -> Result<(), Reference> {
    let mut ids: BTreeMap<&Dimension, BTreeMap<&LabelId, usize>> = BTreeMap::new();
    for (at, label) in labels.iter().enumerate() {
        ids.entry(&label.dimension).or_default().insert(&label.id, at);
    }
    for (at, label) in labels.iter().enumerate() {
        check_dimensions(at, label, "beside", &label.beside, &ids)?;
        check_dimensions(at, label, "implied_by", &label.implied_by, &ids)?;
        check_yields_to(at, label, &ids[&label.dimension])?;
    }
    check_circles(labels, &ids)
}

type Ids<'l> = BTreeMap<&'l Dimension, BTreeMap<&'l LabelId, usize>>;

fn check_dimensions(
    label: usize,
    Label { dimension, .. }: &Label,
    key: &'static str,
    names: &[Dimension],
    ids: &Ids<'_>,
) -> Result<(), Reference> {
    // A name that is known or addressed stands beside signs, but is none.
    let others = (key == "beside").then_some(COMPETITOR);
    for (at, name) in names.iter().enumerate() {
        let wrong = |found, expected, nearest| Reference { label, key, at, found, expected, nearest };
        if name == dimension {
            let found = format!("`{name}`, the dimension of the label itself");
            let expected = "another dimension: weak signs count only where no label of their own is there";
            return Err(wrong(found, expected.to_owned(), None));
        }
        let is_known = |name: &str| others == Some(name) || Taxonomy::DEFAULT_DIMENSIONS.contains(&name);
        if !is_known(name.as_str()) && !ids.contains_key(name) {
            let own = ids.keys().map(|dimension| dimension.as_str());
            let known: BTreeSet<&str> = Taxonomy::DEFAULT_DIMENSIONS.into_iter().chain(own).chain(others).collect();
            let nearest = nearest(name.as_str(), known.iter().copied()).map(str::to_owned);
            return Err(wrong(format!("unknown dimension `{name}`"), list(known), nearest));
        }
    }
    Ok(())
}

fn check_yields_to(
    label: usize,
    Label { dimension, yields_to, .. }: &Label,
    ids: &BTreeMap<&LabelId, usize>,
) -> Result<(), Reference> {
    let is_stage = |id: &LabelId| dimension.as_str() == INTENT && Taxonomy::INTENT_STAGES.contains(&id.as_str());
    let Some(at) = yields_to.iter().position(|id| !ids.contains_key(id) && !is_stage(id)) else {
        return Ok(());
    };
    let (id, known) = (&yields_to[at], || ids.keys().map(|id| id.as_str()));
    Err(Reference {
        label,
        key: "yields_to",
        at,
        found: format!("unknown label of `{dimension}` `{id}`"),
        expected: list(known()),
        nearest: nearest(id.as_str(), known()).map(str::to_owned),
    })
}

/// Labels that go back before each other would all go, or none: each path must end.
fn check_circles(labels: &[Label], ids: &Ids<'_>) -> Result<(), Reference> {
    let next = |label: usize, at: usize| {
        let Label { dimension, yields_to, .. } = &labels[label];
        yields_to.get(at).map(|id| ids[dimension].get(id).copied())
    };
    let mut is_done = vec![false; labels.len()];
    for start in 0..labels.len() {
        if is_done[start] {
            continue;
        }
        // The labels on the way, each with which of its names is followed.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        let mut on_way = BTreeSet::from([start]);
        while let Some((label, at)) = way.last_mut() {
            let (from, reached) = (*label, next(*label, *at));
            *at += 1;
            match reached {
                None => {
                    is_done[from] = true;
                    on_way.remove(&from);
                    way.pop();
                }
                Some(Some(to)) if on_way.contains(&to) => return Err(circle(labels, &way, to)),
                Some(Some(to)) if !is_done[to] => {
                    way.push((to, 0));
                    on_way.insert(to);
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// The circle at the end of `way` that closes at `to`, from the label that is defined first.
fn circle(labels: &[Label], way: &[(usize, usize)], to: usize) -> Reference {
    let begin = way.iter().position(|(label, _)| *label == to).unwrap_or(0);
    let mut circle = way[begin..].to_vec();
    let first = (0..circle.len()).min_by_key(|at| circle[*at].0).unwrap_or(0);
    circle.rotate_left(first);
    let name = |at: &usize| format!("{}:{}", labels[*at].dimension, labels[*at].id);
    let path: Vec<String> = circle.iter().map(|(label, _)| name(label)).chain([name(&circle[0].0)]).collect();
    Reference {
        label: circle[0].0,
        key: "yields_to",
        // The way has passed the name that it followed.
        at: circle[0].1 - 1,
        found: format!("labels that go back before each other: {}", path.join(" → ")),
        expected: "a path that ends".to_owned(),
        nearest: None,
    }
}
