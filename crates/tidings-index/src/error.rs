//! Why the index could not be written, or a search not answered.

use std::path::PathBuf;

use tantivy::TantivyError;
use tidings_model::FindingId;
use tidings_store::{LogNumber, StoreError};

/// Why the index could not be opened, written or rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Another process writes this index.
    #[error("the index in {} is in use by another process; stop it, or ask it to do this", path.display())]
    InUse { path: PathBuf },
    #[error("there is no index in {}; start the daemon once, or run `tidings index rebuild`", path.display())]
    Missing { path: PathBuf },
    /// It cannot serve as it stands, for the reason named.
    #[error("the index in {} must be rebuilt: {reason}; run `tidings index rebuild`", path.display())]
    MustRebuild { path: PathBuf, reason: crate::RebuildReason },
    #[error("the index is open for reading only")]
    ReadOnly,
    /// The follower was given entries that do not follow on.
    #[error("the index has read the log up to {}, the entry given is {found}", expected.0 - 1)]
    Gap { expected: LogNumber, found: LogNumber },
    #[error("the disk of {} is full; free some space, the index goes on from its checkpoint", path.display())]
    DiskFull { path: PathBuf },
    #[error("`{0}` is not the id of a finding made by this program")]
    ForeignId(FindingId),
    #[error("cannot {action} {}", path.display())]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("the index in {} failed; if it happens again, run `tidings index verify`", path.display())]
    Tantivy { path: PathBuf, source: TantivyError },
    #[error("cannot read the log")]
    Store(#[from] StoreError),
}

impl IndexError {
    /// Sorts a tantivy failure by what a person can do about it.
    pub(crate) fn from_tantivy(path: PathBuf, source: TantivyError) -> Self {
        match source {
            TantivyError::LockFailure(..) => Self::InUse { path },
            TantivyError::IoError(error) if error.kind() == std::io::ErrorKind::StorageFull => Self::DiskFull { path },
            source => Self::Tantivy { path, source },
        }
    }

    /// Whether only a rebuild makes the index serve again.
    pub fn needs_rebuild(&self) -> bool {
        match self {
            Self::Missing { .. } | Self::MustRebuild { .. } => true,
            Self::InUse { .. }
            | Self::ReadOnly
            | Self::Gap { .. }
            | Self::DiskFull { .. }
            | Self::ForeignId(_)
            | Self::Io { .. }
            | Self::Tantivy { .. }
            | Self::Store(_) => false,
        }
    }
}

/// Why a search was not answered.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// A parameter has a value that it does not take.
    #[error("`{param}` does not take `{value}`")]
    BadParameter { param: String, value: String, hint: String },
    /// No such parameter.
    #[error("there is no parameter `{param}`")]
    UnknownParameter { param: String, hint: String },
    #[error("the query cannot be read")]
    Query(#[from] tidings_query::QueryError),
    /// A word of the query that holds neither letter nor digit.
    #[error("`{word}` has no letter or digit to look for")]
    EmptyWord { word: String },
    /// A part of the query that no finding can be looked up by.
    #[error("`{part}` cannot be looked up")]
    Unfit { part: String, hint: &'static str },
    /// A prefix or a range that too many words of the archive match.
    #[error("more than {limit} different words match `{part}` and what stands before it")]
    TooBroad { part: String, limit: usize },
    #[error("the query says only what must not be there")]
    OnlyNegations,
    #[error("the cursor is not one that a search gave")]
    BadCursor,
    #[error("the cursor belongs to another query, filter or order")]
    ForeignCursor,
    #[error("the cursor has expired; search again")]
    CursorExpired,
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error("cannot read the findings")]
    Store(#[from] StoreError),
}

impl SearchError {
    /// Whether the request is at fault, not the archive.
    pub fn is_callers_fault(&self) -> bool {
        !matches!(self, Self::Index(_) | Self::Store(_))
    }

    /// The parameter at fault, as in a problem's `param`.
    pub fn param(&self) -> Option<&str> {
        match self {
            Self::BadParameter { param, .. } | Self::UnknownParameter { param, .. } => Some(param),
            Self::Query(_)
            | Self::EmptyWord { .. }
            | Self::OnlyNegations
            | Self::Unfit { .. }
            | Self::TooBroad { .. } => Some("q"),
            Self::BadCursor | Self::ForeignCursor | Self::CursorExpired => Some("cursor"),
            Self::Index(_) | Self::Store(_) => None,
        }
    }

    /// What to do instead, as in a problem's `hint`.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::BadParameter { hint, .. } | Self::UnknownParameter { hint, .. } => Some(hint.clone()),
            Self::OnlyNegations => Some("add a word that must be there".to_owned()),
            Self::EmptyWord { .. } => Some("leave it out, or put a word in its place".to_owned()),
            Self::BadCursor | Self::CursorExpired => Some("search again without `cursor`".to_owned()),
            Self::ForeignCursor => Some("repeat the search that gave it, with the same parameters".to_owned()),
            Self::Unfit { hint, .. } => Some((*hint).to_owned()),
            Self::TooBroad { .. } => Some("write more letters before `*`, or a narrower range".to_owned()),
            Self::Query(query) => query.suggestion.clone(),
            Self::Index(_) | Self::Store(_) => None,
        }
    }
}
