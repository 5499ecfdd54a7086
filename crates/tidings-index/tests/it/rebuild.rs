//! Rebuilding and verifying: the index is what the log says.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tidings_index::{Difference, Index, IndexError, Opened, RebuildReason};
use tidings_model::Finding;
use tidings_store::{EntryKind, LogEntry, LogNumber};

use crate::archive::{Archive, finding, id};

#[test]
fn rebuilt_index_is_the_same() {
    let archive = Archive::with((0..150).map(|n| finding(&n.to_string(), "words")));
    archive.add((0..50).map(|n| finding(&n.to_string(), "other words")));
    let before = archive.keys(&[("q", "other"), ("limit", "100")]);
    let mut steps = Vec::new();
    let checkpoint = archive.index.rebuild(&archive.store, |progress| steps.push(progress)).unwrap();
    assert_eq!(checkpoint.log, archive.head());
    assert_eq!(steps.last().unwrap().done, archive.head());
    assert_eq!(archive.keys(&[("q", "other"), ("limit", "100")]), before);
    assert_eq!(archive.verify(), []);
    archive.add([finding("new", "words")]);
    assert_eq!(archive.index.count().unwrap(), 151);
    let folders: Vec<_> = fs::read_dir(archive.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(folders.len(), 2, "{folders:?}");
}

fn forged(number: u64, kind: EntryKind, key: &str, finding: Option<Finding>) -> LogEntry {
    LogEntry {
        number: LogNumber(number),
        at: "2026-11-22T00:00:00Z".parse().unwrap(),
        kind,
        id: Some(id(key)),
        finding: finding.map(Arc::new),
    }
}

#[test]
fn verify_names_each_difference() {
    let archive = Archive::new();
    archive.put(["missing", "outdated", "twice", "fine"].map(|key| finding(key, "words")));
    let mut entries = archive.store.log_after(LogNumber(0), 10).unwrap();
    entries[0] = forged(1, EntryKind::Found, "extra", Some(finding("extra", "words")));
    entries[1] = forged(2, EntryKind::Found, "outdated", Some(finding("outdated", "other words")));
    let copy = forged(5, EntryKind::Found, "twice", entries[2].finding.as_deref().cloned());
    entries.push(copy);
    archive.index.apply(&entries).unwrap();
    archive.index.commit().unwrap();
    let mut expected = vec![
        Difference::Ahead { index: LogNumber(5), log: LogNumber(4) },
        Difference::Missing { id: id("missing") },
        Difference::Outdated { id: id("outdated") },
        Difference::Extra { id: id("extra") },
        Difference::Repeated { id: id("twice"), count: 2 },
    ];
    let mut found = archive.verify();
    found.sort_by_key(ToString::to_string);
    expected.sort_by_key(ToString::to_string);
    assert_eq!(found, expected);
    archive.index.rebuild(&archive.store, |_| ()).unwrap();
    assert_eq!(archive.verify(), []);
}

#[test]
fn what_the_follower_has_yet_to_read_is_no_difference() {
    let archive = Archive::with([finding("a", "words")]);
    archive.put([finding("b", "words"), finding("a", "other words")]);
    assert_eq!(archive.verify(), []);
}

fn file_with(archive: &Archive, suffix: &str) -> PathBuf {
    let files = fs::read_dir(archive.dir.path().join("index")).unwrap();
    let mut paths = files.map(|entry| entry.unwrap().path());
    paths.find(|path| path.to_string_lossy().ends_with(suffix)).unwrap()
}

#[test]
fn flipped_byte_is_found() {
    let archive = Archive::with([finding("a", "words")]);
    let path = file_with(&archive, ".pos");
    let mut bytes = fs::read(&path).unwrap();
    bytes[0] ^= 1;
    // A new file: the open index maps the old one.
    fs::remove_file(&path).unwrap();
    fs::write(&path, bytes).unwrap();
    let Archive { dir, clock, store, index } = archive;
    drop(index);
    let (index, _) = Index::open(&dir.path().join("index"), store.epoch(), Arc::new(clock)).unwrap();
    let found = index.verify(&store, |_| ()).unwrap();
    assert!(matches!(found.as_slice(), [Difference::DamagedFile { .. }]), "{found:?}");
}

#[track_caller]
fn check_damage(damage: impl FnOnce(&Archive)) {
    let archive = Archive::with([finding("a", "words")]);
    archive.index.rest().unwrap();
    damage(&archive);
    let Archive { dir, clock, store, index } = archive;
    drop(index);
    let (index, opened) = Index::open(&dir.path().join("index"), store.epoch(), Arc::new(clock.clone())).unwrap();
    assert!(
        matches!(opened, Opened::MustRebuild(RebuildReason::Corrupt { .. } | RebuildReason::OtherFormat)),
        "{opened:?}"
    );
    assert!(index.checkpoint().unwrap_err().needs_rebuild());
    index.rebuild(&store, |_| ()).unwrap();
    let archive = Archive { dir, clock, store, index };
    assert_eq!(archive.keys(&[("q", "words")]), ["a"]);
}

#[test]
fn damaged_index_opens_and_is_rebuilt() {
    check_damage(|archive| fs::write(archive.dir.path().join("index/meta.json"), "{").unwrap());
    check_damage(|archive| fs::remove_file(archive.dir.path().join("index/meta.json")).unwrap());
    check_damage(|archive| fs::remove_file(file_with(archive, ".term")).unwrap());
    check_damage(|archive| fs::write(file_with(archive, ".fast"), "short").unwrap());
    check_damage(|archive| {
        let path = archive.dir.path().join("index/meta.json");
        let meta = fs::read_to_string(&path).unwrap().replace("\\\"format\\\":", "\\\"format\\\":9");
        fs::write(path, meta).unwrap();
    });
}

#[test]
fn reader_sees_the_daemons_commits_and_writes_nothing() {
    let archive = Archive::with([finding("a", "words")]);
    let path = archive.dir.path().join("index");
    let reader = Index::reader_only(&path, Arc::new(archive.clock.clone())).unwrap();
    assert_eq!(reader.count().unwrap(), 1);
    archive.add([finding("b", "words")]);
    archive.put([finding("c", "words")]);
    assert_eq!(reader.verify(&archive.store, |_| ()).unwrap(), []);
    let entries = archive.store.log_after(LogNumber(0), 10).unwrap();
    assert!(matches!(reader.apply(&entries), Err(IndexError::ReadOnly)));
    assert!(matches!(reader.rebuild(&archive.store, |_| ()), Err(IndexError::ReadOnly)));
    let nowhere = Index::reader_only(&archive.dir.path().join("nowhere"), Arc::new(archive.clock.clone()));
    assert!(matches!(nowhere, Err(IndexError::Missing { .. })));
}
