//! The query language: text to syntax tree to canonical text.
//!
//! ```
//! let query = tidings_query::parse(r#"crm ("too expensive" | pricey) -free"#)?;
//! assert_eq!(query.to_string(), r#"crm ("too expensive" OR pricey) -free"#);
//!
//! let error = tidings_query::parse("crm AND (slow").unwrap_err();
//! assert_eq!(error.offset, 8);
//! # Ok::<(), tidings_query::QueryError>(())
//! ```
//!
//! Words side by side must all be there. `OR` or `|` binds tighter than that, as in
//! Google: `acme slow OR late` is `acme (slow OR late)`. `-x` and `NOT x` exclude. The
//! whole language is in `docs/query-language.md`, the tree it is read into in [`Node`].
//!
//! A query is read in linear time, within [`MAX_CHARS`], [`MAX_DEPTH`] and [`MAX_WORDS`];
//! its [`Display`](std::fmt::Display) is the canonical text, which is read as the same
//! tree. What cannot be read is refused with its place, what was expected, and what to
//! write instead; nothing is dropped. A [`Vocabulary`] holds the dimensions that may be
//! named, [`Query::check`] says what may stand in a standing query, and
//! [`Vocabulary::parse_for`] reads one and says where it is that it may not.
//!
//! What a word means (case, marks, inflections) is not decided here but in
//! `tidings-text`; which text and which values a finding has for a query is said by
//! [`Scope::fields`], [`KeyField::for_each_value`] and [`When::covers`].

mod bounds;
mod error;
mod facts;
mod key;
mod lex;
mod moment;
mod near;
mod parse;
mod pattern;
mod placed;
mod print;
#[cfg(test)]
mod tests;
mod tree;
mod usage;
mod vocabulary;

pub use error::{Problem, QueryError};
pub use facts::micros;
pub use key::KeyField;
pub use parse::{MAX_CHARS, MAX_DEPTH, MAX_DISTANCE, MAX_SLOTS, MAX_WORDS, MIN_PREFIX, parse};
pub use placed::{Fact, Placed};
pub use tree::{Moment, Node, Pattern, Phrase, Query, Scope, Side, Slot, TimeField, TimeUnit, When};
pub use usage::{Use, UseError};
pub use vocabulary::Vocabulary;
