//! Why a taxonomy cannot be used.

use crate::pattern::PatternProblem;

/// A taxonomy that breaks a rule. The files are checked by the same rules when they are
/// read, with the place in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaxonomyError {
    #[error("phrase `{phrase}` of {owner} cannot be used")]
    Phrase { owner: String, phrase: String, source: PatternProblem },
    #[error("`{domain}` of {owner} is no domain such as `acme.example`")]
    InvalidDomain { owner: String, domain: String },
    #[error("{what} is defined twice")]
    Duplicate { what: String },
    #[error("competitor `self` is our own brand, defined by `[own]`")]
    ReservedCompetitor,
    #[error("intent `{id}` is no stage; the stages are {expected}")]
    UnknownIntent { id: String, expected: String },
    #[error("query `{query}` of {owner} cannot be used: {reason}")]
    Query { owner: String, query: String, reason: String },
    #[error("{owner} has neither phrases nor a query")]
    NoSign { owner: String },
    #[error("`{key}` of {owner} has {found}; expected {expected}")]
    Reference { owner: String, key: &'static str, found: String, expected: String },
    #[error("names and phrases of more than {limit} words")]
    TooManyWords { limit: usize },
}
