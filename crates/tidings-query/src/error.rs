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
    #[error("`{field}:` lacks its value")]
    LacksValue { field: String },
    #[error("`{field}:` does not take `{value}`")]
    BadValue { field: String, value: String },
    #[error("{what} cannot stand {place}")]
    Misplaced { what: String, place: String },
    #[error("`{operator}` lacks its number")]
    LacksNumber { operator: String },
    #[error("words may stand {limit} words apart at most")]
    TooFar { limit: u32 },
    #[error("`*` cannot stand here")]
    MisplacedStar,
    #[error("more than {limit} `*` side by side")]
    TooManyStars { limit: usize },
    #[error("`{text}` is not the beginning of a word")]
    NoPrefix { text: String },
    #[error("too many words begin with fewer than {limit} letters")]
    PrefixTooShort { limit: usize },
    #[error("`{text}` is no range of numbers")]
    NoRange { text: String },
    #[error("`NEAR` joins words, phrases and prefixes alone")]
    NotNear,
    #[error("more than {limit} {what}")]
    TooBroad { what: String, limit: usize },
    /// Allowed in other queries, not in this one.
    #[error("`{part}` cannot stand in the query of {usage}")]
    NotAllowed { part: String, usage: crate::Use },
    /// Part of other query languages that this one does not have.
    #[error("{what} is not supported")]
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

    /// Whether the query is right, but asks for more than the language or its bounds allow.
    pub fn is_limit(&self) -> bool {
        matches!(
            self.problem,
            Problem::TooLong { .. }
                | Problem::TooDeep { .. }
                | Problem::TooManyWords { .. }
                | Problem::TooFar { .. }
                | Problem::TooManyStars { .. }
                | Problem::PrefixTooShort { .. }
                | Problem::TooBroad { .. }
                | Problem::NotSupported { .. }
        )
    }
}
