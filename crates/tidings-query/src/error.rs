//! Why a query cannot be read, where, and what to write instead.

/// A query that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at character {offset}; expected {expected}")]
pub struct QueryError {
    /// Unicode scalars before the place.
    pub offset: u32,
    pub problem: Problem,
    /// What could stand there.
    pub expected: String,
    /// What to do instead, as a sentence.
    pub suggestion: Option<String>,
}

/// What is wrong at the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the query is longer than {limit} characters")]
    TooLong { limit: usize },
    #[error("more than {limit} parentheses inside each other")]
    TooDeep { limit: usize },
    #[error("more than {limit} words")]
    TooManyWords { limit: usize },
    #[error("the quotes are never closed")]
    UnclosedQuotes,
    #[error("there is no word between the quotes")]
    EmptyPhrase,
    #[error("the parenthesis is never closed")]
    UnclosedParenthesis,
    #[error("there is no open parenthesis")]
    UnopenedParenthesis,
    #[error("there is nothing between the parentheses")]
    EmptyParentheses,
    #[error("`{operator}` lacks an operand")]
    LacksOperand { operator: String },
    #[error("`{word}` has neither letter nor digit")]
    NothingToFind { word: String },
    #[error("there is nothing but negations")]
    OnlyNegations,
    #[error("`{field}:` is no field")]
    UnknownField { field: String },
    /// Part of the language that this version does not read.
    #[error("{what} is not supported yet")]
    NotSupported { what: String },
}

impl QueryError {
    pub(crate) fn new(offset: usize, problem: Problem, expected: impl Into<String>) -> Self {
        // Offsets are within `MAX_CHARS`, or a bit beyond in the error that says so.
        Self { offset: u32::try_from(offset).unwrap_or(u32::MAX), problem, expected: expected.into(), suggestion: None }
    }

    pub(crate) fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// Whether the query is right, but asks for more than this version or its bounds allow.
    pub fn is_limit(&self) -> bool {
        matches!(
            self.problem,
            Problem::TooLong { .. }
                | Problem::TooDeep { .. }
                | Problem::TooManyWords { .. }
                | Problem::NotSupported { .. }
        )
    }
}
