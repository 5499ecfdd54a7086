//! `a NEAR/5 (b OR c)`: what stands on either side, written out in pairs.

use crate::{Node, Pattern, Problem, QueryError, Scope};

/// Most pairs that one `NEAR` between groups stands for.
const MAX_PAIRS: usize = 100;

/// Joins what stands before and behind a `NEAR` at `at`.
pub(crate) fn join(left: Node, right: Node, distance: u32, at: usize) -> Result<Node, QueryError> {
    let (left, right) = (alternatives(left, at)?, alternatives(right, at)?);
    if MAX_PAIRS < left.len().saturating_mul(right.len()) {
        return Err(QueryError::new(
            at,
            Problem::TooBroad { what: "pairs of words near each other".to_owned(), limit: MAX_PAIRS },
            format!("{MAX_PAIRS} pairs at most"),
        )
        .suggest("Put fewer words into the groups beside `NEAR`, or split the query."));
    }
    let mut pairs = Vec::with_capacity(left.len() * right.len());
    for (scope, left) in &left {
        for (right_scope, right) in &right {
            if scope != right_scope {
                return Err(not_near(at).suggest("Put the field before both, as in intitle:(a NEAR/5 b)."));
            }
            let (left, right) = (Box::new(left.clone()), Box::new(right.clone()));
            pairs.push(Node::Words { scope: *scope, pattern: Pattern::Near { left, right, distance } });
        }
    }
    Ok(Node::any(pairs))
}

/// The patterns that one side stands for: one, or those of a group with `OR`.
fn alternatives(side: Node, at: usize) -> Result<Vec<(Scope, Pattern)>, QueryError> {
    let nodes = match side {
        Node::Or(nodes) => nodes,
        node => vec![node],
    };
    let pattern = |node| match node {
        Node::Words { scope, pattern } if may_be_near(&pattern) => Ok((scope, pattern)),
        Node::Words { pattern: Pattern::Near { .. }, .. } => {
            Err(not_near(at).suggest("Write pairs: (a NEAR/5 b) (b NEAR/5 c)."))
        }
        _ => Err(not_near(at)
            .suggest("Write one word, one phrase in quotes, or a group with OR, as in a NEAR/5 (b OR \"c d\").")),
    };
    nodes.into_iter().map(pattern).collect()
}

fn may_be_near(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Word { .. } | Pattern::Prefix(_) => true,
        Pattern::Phrase(phrase) => phrase.slop == 0,
        Pattern::Near { .. } | Pattern::Range { .. } => false,
    }
}

fn not_near(at: usize) -> QueryError {
    QueryError::new(at, Problem::NotNear, "a word, a phrase or a prefix on either side")
}
