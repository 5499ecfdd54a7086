//! What is wrong with a taxonomy file, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// A place in a file; line and column count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub path: PathBuf,
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub(super) fn new(path: &Path, text: &str, byte: usize) -> Self {
        let before = &text[..text.floor_char_boundary(byte)];
        Self::on_line(path, text, byte, before.matches('\n').count() + 1)
    }

    /// As [`Place::new`], where the line is known.
    pub(super) fn on_line(path: &Path, text: &str, byte: usize, line: usize) -> Self {
        let before = &text[..text.floor_char_boundary(byte)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self { path: path.to_owned(), line, column: before[line_start..].chars().count() + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// Why the taxonomy files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TaxonomyFileError {
    #[error("cannot read {}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} has {size_bytes} bytes; {limit_bytes} are allowed", path.display())]
    TooLarge { path: PathBuf, size_bytes: u64, limit_bytes: u64 },
    #[error("{place}: {found}; expected {expected}{}", hint(nearest.as_deref()))]
    Wrong {
        place: Place,
        found: String,
        expected: String,
        /// The right name that is nearest to the one found.
        nearest: Option<String>,
    },
    /// A query that cannot be used; `offset` counts its Unicode scalars before the place.
    #[error("{place}: {problem} at character {offset} of the query; expected {expected}{}", sentence(suggestion.as_deref()))]
    Query { place: Place, problem: String, offset: u32, expected: String, suggestion: Option<String> },
    #[error("{place}: {what} is defined already, at {first}; expected each to be defined once")]
    Duplicate { what: String, first: Place, place: Place },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn sentence(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |suggestion| format!(". {suggestion}"))
}

impl TaxonomyFileError {
    /// The file that is to be changed.
    pub fn path(&self) -> &Path {
        match self {
            Self::Unreadable { path, .. } | Self::TooLarge { path, .. } => path,
            Self::Wrong { place, .. } | Self::Query { place, .. } | Self::Duplicate { place, .. } => &place.path,
        }
    }

    /// Where in the file, if it could be read.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Unreadable { .. } | Self::TooLarge { .. } => None,
            Self::Wrong { place, .. } | Self::Query { place, .. } | Self::Duplicate { place, .. } => Some(place),
        }
    }
}
