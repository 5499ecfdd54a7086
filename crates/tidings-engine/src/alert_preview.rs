//! What an alert would have brought: a look at the archive before it stands.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tidings_index::{Hit, Index, SearchError, SearchRequest};
use tidings_model::{Dimension, Taxonomy};
use tidings_query::{KeyField, Node, Query};
use tidings_store::Store;

/// The spans that are counted, in days.
const SPANS: [i64; 3] = [7, 30, 90];
/// Findings shown as examples.
const EXAMPLES: usize = 5;
/// Findings a day, over the last week, from which on an alert floods.
const FLOOD: u64 = 50;

/// What an alert would have brought.
#[derive(Clone, Debug, Serialize)]
pub struct AlertPreview {
    /// The query as it stands, the alert's filters in it.
    pub canonical: String,
    pub counts: Vec<SpanCount>,
    /// The latest of the longest span.
    pub examples: Vec<Hit>,
    /// Sentences, each something to think about before the alert stands.
    pub warnings: Vec<String>,
}

/// How many findings are dated in the last so many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SpanCount {
    pub days: i64,
    pub count: u64,
}

/// What there is to feed an alert.
#[derive(Clone, Debug, Default)]
pub struct Feeders {
    /// Ids of sources and of the plugins that they use.
    pub sources: BTreeSet<String>,
    pub plugins: BTreeSet<String>,
    pub taxonomy: Taxonomy,
}

/// Asks the archive what `query` would have matched.
///
/// # Errors
///
/// When the index or the store cannot be read.
pub fn preview_alert(
    index: &Index,
    store: &Store,
    query: &Query,
    dimensions: &[Dimension],
    feeders: &Feeders,
    now: Timestamp,
) -> Result<AlertPreview, SearchError> {
    let canonical = query.to_string();
    let mut counts = Vec::with_capacity(SPANS.len());
    let mut examples = Vec::new();
    for days in SPANS {
        let from = now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN).to_string();
        let limit = EXAMPLES.to_string();
        let params =
            [("q", canonical.as_str()), ("from", &from), ("sort", "newest"), ("limit", &limit), ("collapse", "story")];
        let answer = index.search(store, &SearchRequest::from_params(params, dimensions)?)?;
        // An alert is never relaxed to any of its words.
        let is_answer = !answer.query.relaxed;
        counts.push(SpanCount { days, count: if is_answer { answer.total } else { 0 } });
        examples = if is_answer { answer.hits } else { Vec::new() };
    }
    let warnings = warnings(query, &counts, feeders);
    Ok(AlertPreview { canonical, counts, examples, warnings })
}

fn warnings(query: &Query, counts: &[SpanCount], feeders: &Feeders) -> Vec<String> {
    let mut warnings = Vec::new();
    if feeders.sources.is_empty() {
        warnings.push("there is no source yet, so nothing can match".to_owned());
    }
    query.root.iter().for_each(|root| unfed(root, feeders, &mut warnings));
    let of = |days| counts.iter().find(|span| span.days == days).map_or(0, |span| span.count);
    if of(90) == 0 && warnings.is_empty() {
        warnings.push("nothing of the last 90 days matches: the query may be too narrow".to_owned());
    }
    let a_day = of(7) / 7;
    if FLOOD <= a_day {
        warnings.push(format!(
            "about {a_day} findings a day match: narrow the query, or let it send the `best` in a daily digest"
        ));
    }
    warnings
}

/// Adds what the query demands and nothing here can bring.
fn unfed(node: &Node, feeders: &Feeders, warnings: &mut Vec<String>) {
    match node {
        Node::And(parts) => parts.iter().for_each(|part| unfed(part, feeders, warnings)),
        Node::Is { .. } => warnings.extend(lacks(node, feeders)),
        Node::Or(parts) => {
            let lacking: Vec<String> = parts.iter().filter_map(|part| lacks(part, feeders)).collect();
            if lacking.len() == parts.len() {
                warnings.extend(lacking);
            }
        }
        Node::Not(_) | Node::Words { .. } | Node::When(_) => {}
    }
}

fn lacks(node: &Node, feeders: &Feeders) -> Option<String> {
    let Node::Is { field, value } = node else { return None };
    let taxonomy = &feeders.taxonomy;
    match field {
        KeyField::Source if !feeders.sources.contains(value) => Some(format!("no source is named `{value}`")),
        KeyField::Plugin if !feeders.plugins.contains(value) => Some(format!("no source uses the plugin `{value}`")),
        KeyField::Competitor | KeyField::About if !has_competitor(taxonomy, value) => {
            Some(format!("the taxonomy has no competitor `{value}`"))
        }
        KeyField::Tier if !taxonomy.competitors.iter().any(|one| one.tier.to_string() == *value) => {
            Some(format!("the taxonomy has no competitor of tier {value}"))
        }
        KeyField::Dimension(dimension) => {
            let is_it = |label: &tidings_model::Label| label.dimension == *dimension && label.id.as_str() == value;
            let lacks = !taxonomy.labels.iter().any(is_it);
            lacks.then(|| format!("the taxonomy has no label `{value}` of dimension `{dimension}`"))
        }
        _ => None,
    }
}

fn has_competitor(taxonomy: &Taxonomy, id: &str) -> bool {
    let is_own = id == tidings_model::CompetitorId::OWN && taxonomy.own.is_some();
    is_own || taxonomy.competitors.iter().any(|competitor| competitor.id.as_str() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, counts: [u64; 3], expected: &[&str]) {
        let feeders = Feeders {
            sources: BTreeSet::from(["voz".to_owned()]),
            plugins: BTreeSet::from(["xenforo".to_owned()]),
            taxonomy: Taxonomy::default(),
        };
        let counts: Vec<SpanCount> =
            SPANS.into_iter().zip(counts).map(|(days, count)| SpanCount { days, count }).collect();
        let warnings = warnings(&tidings_query::parse(query).unwrap(), &counts, &feeders);
        assert_eq!(warnings.len(), expected.len(), "{warnings:?}");
        assert!(warnings.iter().zip(expected).all(|(warning, expected)| warning.contains(expected)), "{warnings:?}");
    }

    #[test]
    fn what_no_source_could_feed_is_said() {
        check("acme source:voz", [1, 2, 3], &[]);
        check("acme source:vozz", [0, 0, 0], &["no source is named `vozz`"]);
        check("source:(voz OR hn)", [1, 2, 3], &[]);
        check("source:(a OR b)", [0, 0, 0], &["`a`", "`b`"]);
        check("acme -plugin:feed", [1, 2, 3], &[]);
        check("tier:1 pain:price", [0, 0, 0], &["no competitor of tier 1", "no label `price`"]);
    }

    #[test]
    fn silence_and_floods_are_said() {
        check("acme", [0, 0, 0], &["too narrow"]);
        check("acme", [0, 0, 4], &[]);
        check("acme", [700, 900, 900], &["about 100 findings a day"]);
    }
}
