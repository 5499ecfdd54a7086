//! How grave a finding is: the highest level whose query is true of it, once it is tagged.

use tidings_model::{Finding, Severity, SeverityRule, Taxonomy};
use tidings_query::{KeyField, Node, Query, Use, Vocabulary};

use crate::pool::Pool;
use crate::{QueryId, Scratch, StandingQueries, TaxonomyError};

/// The severity rules of a taxonomy, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    queries: StandingQueries,
    levels: Vec<(QueryId, Severity)>,
    scratch: Pool<Scratch>,
}

impl Rules {
    pub(crate) fn new(taxonomy: &Taxonomy) -> Result<Self, TaxonomyError> {
        let mut rules = Self::default();
        for SeverityRule { level, query } in &taxonomy.severity {
            let read = read(query, taxonomy)
                .map_err(|problem| TaxonomyError::Severity { query: query.clone(), reason: problem.to_string() })?;
            rules.levels.push((rules.queries.add(&read), *level));
        }
        Ok(rules)
    }

    /// The severity of a tagged finding.
    pub(crate) fn severity(&self, finding: &Finding) -> Option<Severity> {
        if self.levels.is_empty() {
            return None;
        }
        let mut scratch = self.scratch.take();
        let mut matches = Vec::new();
        self.queries.matches(finding, &mut scratch, &mut matches);
        self.scratch.give_back(scratch);
        self.levels.iter().filter(|(id, _)| matches.contains(id)).map(|(_, level)| *level).max()
    }
}

/// Why a rule cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Query {
        message: String,
        suggestion: Option<String>,
    },
    /// A name that the taxonomy does not have.
    Unknown {
        what: String,
        name: String,
        known: Vec<String>,
    },
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Query { message, suggestion: None } => f.write_str(message),
            Self::Query { message, suggestion: Some(suggestion) } => write!(f, "{message}. {suggestion}"),
            Self::Unknown { what, name, .. } => write!(f, "unknown {what} `{name}`"),
        }
    }
}

/// Reads the query of a rule over the names of `taxonomy`.
pub(crate) fn read(query: &str, taxonomy: &Taxonomy) -> Result<Query, Problem> {
    let vocabulary = Vocabulary::new(taxonomy.labels.iter().map(|label| label.dimension.clone()));
    let read = vocabulary
        .parse(query)
        .map_err(|error| Problem::Query { message: error.to_string(), suggestion: error.suggestion })?;
    read.check(Use::Severity).map_err(|error| Problem::Query { message: error.to_string(), suggestion: None })?;
    match &read.root {
        Some(root) => check_names(root, taxonomy)?,
        None => {
            let message = "an empty query, which is true of everything".to_owned();
            return Err(Problem::Query { message, suggestion: None });
        }
    }
    Ok(read)
}

/// A misspelt label or competitor would make a rule that is never true.
fn check_names(node: &Node, taxonomy: &Taxonomy) -> Result<(), Problem> {
    let (what, name, known): (_, _, Vec<String>) = match node {
        Node::And(nodes) | Node::Or(nodes) => return nodes.iter().try_for_each(|node| check_names(node, taxonomy)),
        Node::Not(node) => return check_names(node, taxonomy),
        Node::Is { field: KeyField::Dimension(dimension), value } => {
            let labels = taxonomy.labels.iter().filter(|label| label.dimension == *dimension);
            (format!("label of `{dimension}`"), value, labels.map(|label| label.id.to_string()).collect())
        }
        Node::Is { field: KeyField::Competitor | KeyField::About, value } => {
            let own = taxonomy.own.iter().map(|_| tidings_model::CompetitorId::own().to_string());
            let others = taxonomy.competitors.iter().map(|competitor| competitor.id.to_string());
            ("competitor".to_owned(), value, own.chain(others).collect())
        }
        Node::Is { .. } | Node::Words { .. } | Node::When(_) => return Ok(()),
    };
    if known.contains(name) {
        return Ok(());
    }
    Err(Problem::Unknown { what, name: name.clone(), known })
}
