//! Why the archive could not do what was asked.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;
use tidings_model::FindingId;

/// Names the path and what to do. Cheap to clone: one failed commit answers all
/// the writes that were in it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    #[error("no archive in {path}; start `tidings serve` once, or name its directory with --data-dir")]
    Missing { path: PathBuf },
    #[error("cannot write to {path}; give this user write access to it, or choose another directory with --data-dir")]
    ReadOnly { path: PathBuf },
    #[error("no space left on the disk of {path}; free some, what was committed is safe and work goes on by itself")]
    DiskFull { path: PathBuf },
    #[error("{path} is damaged ({detail}); stop the daemon, keep a copy, and put the latest backup in its place")]
    Corrupt { path: PathBuf, detail: String },
    #[error(
        "{path} was written by a newer Tidings (schema {found}, this program knows {known}); run that version or a later one"
    )]
    NewerSchema { path: PathBuf, found: i64, known: i64 },
    #[error(
        "{path} was written by an older Tidings (schema {found}, this program knows {known}); start `tidings serve` or `tidings once`, which bring it up to date"
    )]
    OlderSchema { path: PathBuf, found: i64, known: i64 },
    #[error(
        "{path} is in use by another process{}; stop it first, or use another --data-dir",
        pid.map(|pid| format!(" ({pid})")).unwrap_or_default()
    )]
    InUse { path: PathBuf, pid: Option<u32> },
    #[error("cannot read or write {path}")]
    Io { path: PathBuf, source: Arc<io::Error> },
    #[error("the database {path} refused a statement")]
    Database { path: PathBuf, source: Arc<rusqlite::Error> },
    #[error("{what} has {size}, the limit is {limit}")]
    TooLarge { what: &'static str, size: usize, limit: usize },
    #[error("`{id}` is no id that Tidings made")]
    ForeignId { id: FindingId },
    #[error(
        "the taxonomy was made from version {base}, but version {latest} is in force; read it again, and change that"
    )]
    OldTaxonomy { base: u64, latest: u64 },
    #[error("{path} was opened for reading only; ask the running daemon to write")]
    ForReading { path: PathBuf },
    #[error("the archive {path} is being closed")]
    Closed { path: PathBuf },
}

impl StoreError {
    /// Whether the same call may succeed later, once there is space or another
    /// process has let go.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::DiskFull { .. } | Self::InUse { .. } | Self::Io { .. } => true,
            Self::Missing { .. }
            | Self::ReadOnly { .. }
            | Self::Corrupt { .. }
            | Self::NewerSchema { .. }
            | Self::OlderSchema { .. }
            | Self::Database { .. }
            | Self::TooLarge { .. }
            | Self::ForeignId { .. }
            | Self::OldTaxonomy { .. }
            | Self::ForReading { .. }
            | Self::Closed { .. } => false,
        }
    }

    /// Whether the archive itself needs a person: damaged, newer, or not writable.
    pub fn needs_operator(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. }
                | Self::ReadOnly { .. }
                | Self::Corrupt { .. }
                | Self::NewerSchema { .. }
                | Self::DiskFull { .. }
        )
    }

    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { path, source: Arc::new(source) },
        }
    }

    /// What SQLite's error means for the archive at `path`.
    pub(crate) fn sqlite(path: &Path, error: Failure) -> Self {
        let path = path.to_owned();
        let source = match error {
            Failure::Store(error) => return error,
            Failure::Record(detail) => return Self::Corrupt { path, detail },
            Failure::Sqlite(source) => source,
        };
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { path, detail: source.to_string() }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::ReadOnly { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse { path, pid: None },
            Some(ErrorCode::SystemIoFailure) => {
                Self::Io { path, source: Arc::new(io::Error::other(source.to_string())) }
            }
            _ => Self::Database { path, source: Arc::new(source) },
        }
    }
}

/// What can go wrong inside a read or a write, before the path is known.
#[derive(Debug)]
pub(crate) enum Failure {
    Sqlite(rusqlite::Error),
    /// A stored record that cannot be read back.
    Record(String),
    Store(StoreError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    /// `what` was read, but is not what was written.
    pub(crate) fn record(what: &str, error: impl std::fmt::Display) -> Self {
        Self::Record(format!("{what}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[track_caller]
    fn check_sqlite(code: i32, matches: fn(&StoreError) -> bool) {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        let error = StoreError::sqlite(Path::new("/data/archive.db"), error.into());
        assert!(matches(&error), "{error:?}");
        assert!(error.to_string().contains("/data/archive.db"), "{error}");
    }

    #[test]
    fn what_sqlite_says_becomes_what_to_do() {
        check_sqlite(ffi::SQLITE_FULL, |error| matches!(error, StoreError::DiskFull { .. }));
        check_sqlite(ffi::SQLITE_CORRUPT, |error| matches!(error, StoreError::Corrupt { .. }));
        check_sqlite(ffi::SQLITE_NOTADB, |error| matches!(error, StoreError::Corrupt { .. }));
        check_sqlite(ffi::SQLITE_READONLY, |error| matches!(error, StoreError::ReadOnly { .. }));
        check_sqlite(ffi::SQLITE_CANTOPEN, |error| matches!(error, StoreError::ReadOnly { .. }));
        check_sqlite(ffi::SQLITE_IOERR_WRITE, |error| matches!(error, StoreError::Io { .. }));
        check_sqlite(ffi::SQLITE_BUSY, |error| matches!(error, StoreError::InUse { .. }));
        check_sqlite(ffi::SQLITE_CONSTRAINT, |error| matches!(error, StoreError::Database { .. }));
    }

    #[test]
    fn what_the_system_says_becomes_what_to_do() {
        let error = |kind| StoreError::io(Path::new("/data"), io::Error::from(kind));
        assert!(matches!(error(io::ErrorKind::PermissionDenied), StoreError::ReadOnly { .. }));
        assert!(matches!(error(io::ErrorKind::ReadOnlyFilesystem), StoreError::ReadOnly { .. }));
        assert!(matches!(error(io::ErrorKind::StorageFull), StoreError::DiskFull { .. }));
        assert!(matches!(error(io::ErrorKind::NotADirectory), StoreError::Io { .. }));
    }
}
