//! Which parts of the language a query may use, by what it is for.

use std::fmt;

use crate::{KeyField, Moment, Node, Query, When};

/// What a query is for. Standing queries are decided once for each finding, in layers:
/// fields, then competitors and tiers, then labels, then severity; each sees only what
/// those before it have decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    Search,
    Alert,
    /// A query that says where a competitor's names are not meant.
    Competitor,
    /// The query of a label of the taxonomy.
    Label,
    /// The query of a severity rule.
    Severity,
}

/// A part of a query that its use does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{part}` cannot stand in the query of {}: {reason}", usage.what())]
pub struct UseError {
    /// The part, in its canonical text.
    pub part: String,
    pub usage: Use,
    pub reason: &'static str,
}

const MARKED_LATER: &str = "people mark a finding after it was matched";
const DECIDED_LATER: &str = "it is decided after this query";
const NO_NOW: &str = "it must give the same answer at any time; write a date";

impl Query {
    /// Checks that every part of the query is allowed where it is used.
    ///
    /// # Errors
    ///
    /// For the first part that is not.
    pub fn check(&self, usage: Use) -> Result<(), UseError> {
        self.root.as_ref().map_or(Ok(()), |root| check(root, usage))
    }
}

fn check(node: &Node, usage: Use) -> Result<(), UseError> {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().try_for_each(|node| check(node, usage)),
        Node::Not(inner) => check(inner, usage),
        node => {
            node.is_refused_in(usage).map_or(Ok(()), |reason| Err(UseError { part: node.to_string(), usage, reason }))
        }
    }
}

impl Node {
    /// Why a query of this use may not have this leaf.
    pub(crate) fn is_refused_in(&self, usage: Use) -> Option<&'static str> {
        match self {
            Self::Is { field, value } => field_reason(field, value, usage),
            Self::When(When { moment: Moment::Ago { .. }, .. }) if usage.is_of_taxonomy() => Some(NO_NOW),
            _ => None,
        }
    }
}

fn field_reason(field: &KeyField, value: &str, usage: Use) -> Option<&'static str> {
    if usage == Use::Search {
        return None;
    }
    let sees_labels = matches!(usage, Use::Alert | Use::Severity);
    match field {
        KeyField::Mark => Some(MARKED_LATER),
        KeyField::Competitor | KeyField::Tier if usage == Use::Competitor => Some(DECIDED_LATER),
        KeyField::Dimension(_) | KeyField::About if !sees_labels => Some(DECIDED_LATER),
        // A lead is what has an intent.
        KeyField::Has if !sees_labels && value == "lead" => Some(DECIDED_LATER),
        KeyField::Severity | KeyField::Story if usage != Use::Alert => Some(DECIDED_LATER),
        _ => None,
    }
}

impl Use {
    /// Whether the answer is kept with the finding, so that it may not depend on when it is asked.
    const fn is_of_taxonomy(self) -> bool {
        matches!(self, Self::Competitor | Self::Label | Self::Severity)
    }

    /// What such a query may ask for.
    pub(crate) const fn sees(self) -> &'static str {
        match self {
            Self::Search => "words and fields",
            Self::Alert => "words and fields but `mark:`",
            Self::Competitor => "words, fields such as `site:` and `lang:`, and dates",
            Self::Label => "words, fields such as `site:`, competitors, tiers and dates",
            Self::Severity => "words, fields, competitors, tiers, labels and dates",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Search => "a search",
            Self::Alert => "an alert",
            Self::Competitor => "a competitor",
            Self::Label => "a label",
            Self::Severity => "a severity rule",
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what())
    }
}
