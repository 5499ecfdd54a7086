//! The database's layout and how an older one becomes the present one.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use crate::StoreError;
use crate::error::Failure;

const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("../migrations/001.sql")),
    M::up(include_str!("../migrations/002.sql")),
    M::up(include_str!("../migrations/003.sql")),
    M::up(include_str!("../migrations/004.sql")),
    M::up(include_str!("../migrations/005.sql")),
];

/// The schema this program writes.
pub(crate) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Pages of 8 KiB: a text of a kilobyte or two fills them well, and a write of
/// scattered ones (the index by id) stays small.
const PAGE_SIZE: i64 = 8192;

/// Refuses a database that a newer program wrote, without touching it.
///
/// # Errors
///
/// [`StoreError::NewerSchema`], or whatever keeps the file from being read.
pub(crate) fn refuse_newer(path: &Path) -> Result<(), StoreError> {
    let found = version_of(path)?;
    if VERSION < found {
        return Err(StoreError::NewerSchema { path: path.to_owned(), found, known: VERSION });
    }
    Ok(())
}

/// Refuses a database that is to be read only, and has another schema than this program's.
///
/// # Errors
///
/// As [`refuse_newer`], and [`StoreError::OlderSchema`].
pub(crate) fn refuse_other(path: &Path) -> Result<(), StoreError> {
    refuse_newer(path)?;
    let found = version_of(path)?;
    if found < VERSION {
        return Err(StoreError::OlderSchema { path: path.to_owned(), found, known: VERSION });
    }
    Ok(())
}

fn version_of(path: &Path) -> Result<i64, StoreError> {
    // A connection that may write would move the write-ahead log into the file when it closes.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|conn| conn.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)))
        .map_err(|error| StoreError::sqlite(path, error.into()))
}

/// Brings the database to [`VERSION`], each step in its own transaction.
pub(crate) fn migrate(conn: &mut Connection) -> Result<(), Failure> {
    conn.pragma_update(None, "page_size", PAGE_SIZE)?;
    conn.pragma_update(None, "journal_mode", "wal")?;
    Migrations::from_slice(MIGRATIONS).to_latest(conn).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => Failure::Sqlite(err),
        other => Failure::Record(other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_sound() {
        Migrations::from_slice(MIGRATIONS).validate().unwrap();
    }
}
