//! A query with where its facts stand in the text, for those who check what it names.

use crate::{Node, Problem, Query, QueryError, Use, Vocabulary};

/// A query, and what it says of fields that hold names or times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    pub query: Query,
    /// In the order of the text.
    pub facts: Vec<Fact>,
}

/// A [`Node::Is`] or [`Node::When`], and where it was written. Offsets count Unicode scalars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Where its field begins.
    pub offset: u32,
    /// Where its value begins.
    pub value_offset: u32,
    pub node: Node,
}

impl Vocabulary {
    /// Reads a query of which every part is allowed where it is used.
    ///
    /// # Errors
    ///
    /// As [`Vocabulary::parse`], and for the first part that is not allowed.
    pub fn parse_for(&self, text: &str, usage: Use) -> Result<Placed, QueryError> {
        let placed = self.parse_placed(text)?;
        for fact in &placed.facts {
            if let Some(reason) = fact.node.is_refused_in(usage) {
                return Err(QueryError {
                    offset: fact.offset,
                    problem: Problem::NotAllowed { part: fact.node.to_string(), usage },
                    expected: usage.sees().to_owned(),
                    suggestion: Some(format!("Leave it out: {reason}.")),
                });
            }
        }
        Ok(placed)
    }
}
