//! The queries that stand in a taxonomy, read and held against its names.

use std::collections::{BTreeMap, BTreeSet};

use tidings_model::{CompetitorId, Dimension, Taxonomy, nearest};
use tidings_query::{Fact, KeyField, Node, Query, QueryError, Use, Vocabulary};

use crate::taxonomy_file::list;

/// The names that queries of a taxonomy may use.
#[derive(Debug)]
pub(crate) struct Names<'t> {
    vocabulary: Vocabulary,
    competitors: BTreeSet<&'t str>,
    labels: BTreeMap<&'t Dimension, BTreeSet<&'t str>>,
}

/// Why a query cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryProblem {
    /// Unicode scalars of the query before the place.
    pub(crate) offset: u32,
    pub(crate) problem: String,
    pub(crate) expected: String,
    /// What to do, as a sentence.
    pub(crate) suggestion: Option<String>,
}

impl std::fmt::Display for QueryProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { offset, problem, expected, suggestion } = self;
        write!(f, "{problem} at character {offset} of the query; expected {expected}")?;
        suggestion.as_ref().map_or(Ok(()), |suggestion| write!(f, ". {suggestion}"))
    }
}

impl From<QueryError> for QueryProblem {
    fn from(QueryError { offset, problem, expected, suggestion }: QueryError) -> Self {
        Self { offset, problem: problem.to_string(), expected, suggestion }
    }
}

impl<'t> Names<'t> {
    pub(crate) fn of(taxonomy: &'t Taxonomy) -> Self {
        let mut labels: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for label in &taxonomy.labels {
            labels.entry(&label.dimension).or_default().insert(label.id.as_str());
        }
        let vocabulary = Vocabulary::new(taxonomy.dimensions());
        let own = taxonomy.own.as_ref().map(|_| CompetitorId::OWN);
        let competitors = taxonomy.competitors.iter().map(|competitor| competitor.id.as_str());
        Self { vocabulary, competitors: competitors.chain(own).collect(), labels }
    }

    /// Reads a query of this use, which may name what the taxonomy has and nothing else: a
    /// misspelt name would make a query that is never true.
    pub(crate) fn read(&self, text: &str, usage: Use) -> Result<Query, QueryProblem> {
        let placed = self.vocabulary.parse_for(text, usage)?;
        let Some(root) = &placed.query.root else {
            return Err(whole("an empty query is true of everything", "words to look for", None));
        };
        placed.facts.iter().try_for_each(|fact| self.check_name(fact))?;
        if usage == Use::Label && !is_shown(root) {
            return Err(whole(
                "nothing in the text shows why the query is true",
                "a word, a competitor, a tier, a site or an author that must be there",
                Some("A tag carries the words that caused it; add some, or ask for these fields in the search itself."),
            ));
        }
        Ok(placed.query)
    }

    fn check_name(&self, fact: &Fact) -> Result<(), QueryProblem> {
        let none = BTreeSet::new();
        let (what, value, known) = match &fact.node {
            Node::Is { field: KeyField::Dimension(dimension), value } => {
                (format!("label of `{dimension}`"), value, self.labels.get(dimension).unwrap_or(&none))
            }
            Node::Is { field: KeyField::Competitor | KeyField::About, value } => {
                ("competitor".to_owned(), value, &self.competitors)
            }
            _ => return Ok(()),
        };
        if known.contains(value.as_str()) {
            return Ok(());
        }
        Err(QueryProblem {
            offset: fact.value_offset,
            problem: format!("unknown {what} `{value}`"),
            expected: list(known.iter().copied()),
            suggestion: nearest(value, known.iter().copied()).map(|name| format!("Did you mean `{name}`?")),
        })
    }
}

fn whole(problem: &str, expected: &str, suggestion: Option<&str>) -> QueryProblem {
    QueryProblem {
        offset: 0,
        problem: problem.to_owned(),
        expected: expected.to_owned(),
        suggestion: suggestion.map(str::to_owned),
    }
}

/// Whether a finding of which the node is true always shows some words by which it is: a
/// tag has evidence, and kind, language or time have none.
fn is_shown(node: &Node) -> bool {
    match node {
        Node::And(nodes) => nodes.iter().any(is_shown),
        Node::Or(nodes) => nodes.iter().all(is_shown),
        Node::Words { .. } => true,
        Node::Is { field, .. } => {
            matches!(field, KeyField::Competitor | KeyField::Tier | KeyField::Site | KeyField::Author)
        }
        Node::Not(_) | Node::When(_) => false,
    }
}
