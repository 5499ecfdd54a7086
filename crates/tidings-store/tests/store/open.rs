//! Opening: who may, and what a broken archive says.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tidings_store::{LogNumber, Store, StoreError};

use crate::sample::{at, batch, finding, id, store};

fn database(dir: &Path) -> std::path::PathBuf {
    dir.join("archive.db")
}

#[test]
fn all_is_there_after_opening_again() {
    let (dir, store) = store();
    store.commit(batch("r1", 1, &[("a", "one")])).unwrap();
    let epoch = store.epoch();
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!((store.epoch(), store.head().unwrap()), (epoch, LogNumber(1)));
    assert_eq!(store.commit(batch("r2", 2, &[("b", "two")])).unwrap().first, LogNumber(2));
    assert_eq!(store.finding(&id("a")).unwrap(), Some(finding("a", "one", at(1))));
}

#[test]
fn a_second_writer_is_told_who_has_it() {
    let (dir, store) = store();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::InUse { pid: Some(pid), .. } if pid == std::process::id()), "{error}");
    assert!(error.is_transient());
    drop(store);
    Store::open(dir.path()).unwrap();
}

#[test]
fn a_reader_works_beside_the_writer_and_sees_its_commits() {
    let (dir, store) = store();
    let reader = Store::open_read_only(dir.path()).unwrap();
    assert_eq!(reader.epoch(), store.epoch());
    assert_eq!(reader.head().unwrap(), LogNumber(0));
    store.commit(batch("r1", 1, &[("a", "one")])).unwrap();
    assert_eq!(reader.head().unwrap(), LogNumber(1));
    assert_eq!(reader.finding(&id("a")).unwrap(), store.finding(&id("a")).unwrap());
    assert!(matches!(reader.commit(batch("r2", 2, &[])), Err(StoreError::ForReading { .. })));
}

#[test]
fn reading_makes_no_archive() {
    let dir = tempfile::tempdir().unwrap();
    let error = Store::open_read_only(dir.path()).unwrap_err();
    assert!(matches!(&error, StoreError::Missing { path } if path == dir.path()), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_newer_database_is_refused_and_left_untouched() {
    let (dir, store) = store();
    store.commit(batch("r1", 1, &[("a", "one")])).unwrap();
    drop(store);
    let conn = Connection::open(database(dir.path())).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    conn.close().unwrap();
    let before = fs::read(database(dir.path())).unwrap();
    for error in [Store::open(dir.path()).unwrap_err(), Store::open_read_only(dir.path()).unwrap_err()] {
        assert!(matches!(error, StoreError::NewerSchema { found: 99, known: 5, .. }), "{error}");
        assert!(error.to_string().contains("archive.db") && error.needs_operator());
    }
    assert_eq!(fs::read(database(dir.path())).unwrap(), before);
}

#[track_caller]
fn check_corrupt(break_it: impl Fn(&mut Vec<u8>)) {
    let (dir, store) = store();
    for n in 0..50 {
        store.commit(batch("r1", n, &[(&n.to_string(), &"text ".repeat(400))])).unwrap();
    }
    drop(store);
    let path = database(dir.path());
    let mut bytes = fs::read(&path).unwrap();
    break_it(&mut bytes);
    fs::write(&path, &bytes).unwrap();
    let found = Store::open(dir.path()).and_then(|store| {
        store.log_after(LogNumber(0), 100)?;
        let problems = store.integrity()?.problems;
        Err(StoreError::Corrupt { path: store.path().to_owned(), detail: problems.join("; ") })
    });
    let error: StoreError = Result::<(), _>::unwrap_err(found);
    assert!(matches!(&error, StoreError::Corrupt { detail, .. } if !detail.is_empty()), "{error:?}");
    assert!(error.needs_operator() && !error.is_transient());
    assert_eq!(fs::read(&path).unwrap(), bytes, "a damaged database is kept as it is");
}

#[test]
fn a_damaged_database_says_so() {
    check_corrupt(|bytes| bytes[..100].fill(b'x'));
    check_corrupt(|bytes| bytes.truncate(bytes.len() / 2));
    check_corrupt(|bytes| {
        let middle = bytes.len() / 2;
        bytes[middle..middle + 30_000].fill(0xa5);
    });
}

#[test]
fn a_file_where_the_directory_should_be_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("data");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file).unwrap_err();
    assert!(matches!(&error, StoreError::Io { path, .. } if path == &file), "{error}");
}

#[test]
fn an_archive_cut_off_in_the_middle_is_whole_without_repair() {
    let (dir, store) = store();
    store.commit(batch("r1", 1, &[("a", "one")])).unwrap();
    store.commit(batch("r2", 2, &[("b", "two")])).unwrap();
    // What a killed process leaves: the database and its write-ahead log, the last frames torn.
    let copy = tempfile::tempdir().unwrap();
    fs::copy(database(dir.path()), database(copy.path())).unwrap();
    let mut wal = fs::read(dir.path().join("archive.db-wal")).unwrap();
    let half = wal.len() - 3000;
    wal.truncate(half);
    fs::write(copy.path().join("archive.db-wal"), wal).unwrap();
    let cut = Store::open(copy.path()).unwrap();
    assert_eq!(cut.head().unwrap(), LogNumber(1));
    assert_eq!(cut.finding(&id("a")).unwrap(), store.finding(&id("a")).unwrap());
    assert_eq!(cut.integrity().unwrap().problems, Vec::<String>::new());
    assert_eq!(cut.commit(batch("r2", 2, &[("b", "two")])).unwrap().first, LogNumber(2));
}
