//! The index follows the log, and stops where it stood.

use std::sync::Arc;

use tidings_index::{Index, IndexError, Opened, RebuildReason};
use tidings_model::{Engagement, Finding};
use tidings_store::{EntryKind, Epoch, LogEntry, LogNumber};

use crate::archive::{Archive, finding, id, tag};

fn reopen(archive: Archive, epoch: Epoch) -> (Archive, Opened) {
    let Archive { dir, clock, store, index } = archive;
    drop(index);
    let (index, opened) = Index::open(&dir.path().join("index"), epoch, Arc::new(clock.clone())).unwrap();
    (Archive { dir, clock, store, index }, opened)
}

#[test]
fn revision_replaces_what_was_there() {
    let archive = Archive::with([finding("a", "old words")]);
    archive.add([finding("a", "new words")]);
    assert_eq!(archive.keys(&[("q", "words")]), ["a"]);
    assert!(archive.keys(&[("q", "+old")]).is_empty());
    assert_eq!(archive.index.count().unwrap(), 1);
    assert_eq!(archive.verify(), []);
}

/// Entries as they come when tags are decided again, or texts erased.
fn entry(archive: &Archive, kind: EntryKind, finding: Option<Finding>) -> LogEntry {
    let number = LogNumber(archive.index.checkpoint().unwrap().log.0 + 1);
    LogEntry {
        number,
        at: "2026-11-22T00:00:00Z".parse().unwrap(),
        kind,
        id: Some(id("a")),
        finding: finding.map(Arc::new),
    }
}

#[test]
fn retagging_changes_the_tags_alone() {
    let archive = Archive::with([finding("a", "words")]);
    let retagged = Finding { tags: vec![tag("pain", "price", &[])], ..finding("a", "words") };
    let entry = entry(&archive, EntryKind::Retagged, Some(retagged));
    archive.index.apply(&[entry]).unwrap();
    archive.index.commit().unwrap();
    assert_eq!(archive.keys(&[("q", "words"), ("pain", "price")]), ["a"]);
    assert_eq!(archive.index.count().unwrap(), 1);
}

#[test]
fn erased_finding_is_not_found() {
    let archive = Archive::with([finding("a", "words"), finding("b", "words")]);
    let entry = entry(&archive, EntryKind::Erased, None);
    archive.index.apply(&[entry]).unwrap();
    archive.index.commit().unwrap();
    assert_eq!(archive.keys(&[("q", "words")]), ["b"]);
}

#[test]
fn applied_entries_wait_for_the_commit() {
    let archive = Archive::new();
    archive.put([finding("a", "words")]);
    archive.index.apply(&archive.store.log_after(LogNumber(0), 10).unwrap()).unwrap();
    assert_eq!(archive.search(&[]).unwrap().total, 0);
    let checkpoint = archive.index.commit().unwrap();
    assert_eq!(checkpoint.log, archive.head());
    assert_eq!(archive.search(&[]).unwrap().total, 1);
}

#[test]
fn checkpoint_outlives_the_process_and_the_uncommitted_does_not() {
    let archive = Archive::with([finding("a", "words")]);
    let committed = archive.index.checkpoint().unwrap();
    archive.put([finding("b", "words")]);
    archive.index.apply(&archive.store.log_after(committed.log, 10).unwrap()).unwrap();
    let epoch = archive.store.epoch();
    let (archive, opened) = reopen(archive, epoch);
    assert_eq!(opened, Opened::Ready(committed));
    archive.follow();
    assert_eq!(archive.verify(), []);
    assert_eq!(archive.index.count().unwrap(), 2);
}

#[test]
fn entries_read_already_are_passed_over_and_gaps_refused() {
    let archive = Archive::with([finding("a", "words"), finding("b", "words"), finding("c", "words")]);
    let entries = archive.store.log_after(LogNumber(0), 10).unwrap();
    archive.index.apply(&entries).unwrap();
    archive.index.commit().unwrap();
    assert_eq!(archive.index.count().unwrap(), 3);
    let far = LogEntry { number: LogNumber(9), ..entries[0].clone() };
    assert!(matches!(archive.index.apply(&[far]), Err(IndexError::Gap { found: LogNumber(9), .. })));
}

#[test]
fn resting_gives_the_writer_back_and_work_goes_on() {
    let archive = Archive::with([finding("a", "words")]);
    archive.index.rest().unwrap();
    // Nobody holds the writer's lock now.
    let epoch = archive.store.epoch();
    let path = archive.dir.path().join("index");
    let (other, _) = Index::open(&path, epoch, Arc::new(archive.clock.clone())).unwrap();
    drop(other);
    archive.add([finding("b", "words")]);
    assert_eq!(archive.index.count().unwrap(), 2);
}

#[test]
fn second_writer_is_told_that_the_index_is_in_use() {
    let archive = Archive::with([finding("a", "words")]);
    let path = archive.dir.path().join("index");
    let (other, _) = Index::open(&path, archive.store.epoch(), Arc::new(archive.clock.clone())).unwrap();
    archive.put([finding("b", "words")]);
    let entries = archive.store.log_after(LogNumber(1), 10).unwrap();
    assert!(matches!(other.apply(&entries), Err(IndexError::InUse { .. })));
}

#[test]
fn engagement_is_refreshed_beside_the_log() {
    let archive = Archive::with([finding("a", "words"), finding("b", "words")]);
    let checkpoint = archive.index.checkpoint().unwrap();
    let first = archive.keys(&[("sort", "engagement")])[0].clone();
    let last = if first == "a" { "b" } else { "a" };
    let mut liked = archive.store.finding(&id(last)).unwrap().unwrap();
    liked.engagement = Some(Engagement { score: Some(7), ..Engagement::default() });
    let stranger = finding("never committed", "words");
    archive.index.refresh(&[liked, stranger]).unwrap();
    archive.index.commit().unwrap();
    assert_eq!(archive.keys(&[("sort", "engagement")])[0], last);
    assert_eq!(archive.index.checkpoint().unwrap(), checkpoint);
    assert_eq!(archive.verify(), []);
}

#[test]
fn index_of_another_log_must_be_rebuilt() {
    let archive = Archive::with([finding("a", "words")]);
    let stranger = Archive::new();
    let epoch = stranger.store.epoch();
    let (archive, opened) = reopen(archive, epoch);
    assert!(matches!(opened, Opened::MustRebuild(RebuildReason::OtherEpoch { .. })));
    assert!(matches!(archive.index.checkpoint(), Err(IndexError::MustRebuild { .. })));
    assert!(archive.search(&[]).unwrap_err().to_string().contains("tidings index rebuild"));
}
