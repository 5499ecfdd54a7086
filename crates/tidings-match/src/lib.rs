//! Taxonomy tagging: which competitors and labels a finding shows, each with its words.
//!
//! [`taxonomy_file::read`] reads the taxonomy files, [`Tagger`] holds their names and
//! phrases ready to be looked for, all at once, in the tokens of `tidings-text`. All
//! matches are found, those inside each other too, so no tag is lost to another.
//! [`StandingQueries`] holds queries of the search's own language and says which of them
//! a finding answers, and by which words. Nothing here stores or searches.

mod about;
mod builder;
mod candidates;
mod domain;
mod error;
mod evidence;
mod layer;
mod lexicon;
mod negation;
mod pattern;
mod phrases;
mod pool;
mod question;
mod references;
mod standing;
mod tagger;
pub mod taxonomy_file;
mod taxonomy_query;
#[cfg(test)]
mod tests;

pub use builder::MAX_WORDS;
pub use candidates::{Candidate, Standing, candidates};
pub use error::TaxonomyError;
pub use evidence::{MAX_EVIDENCE, MAX_SPAN};
pub use pattern::{MAX_ALTERNATIVES, MAX_PHRASE_WORDS, PatternProblem};
pub use standing::{QueryId, Scratch, StandingQueries};
pub use tagger::Tagger;
