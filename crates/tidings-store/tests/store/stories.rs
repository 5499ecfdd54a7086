//! Stories: who belongs where, whatever happens, and the same again from the log.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tidings_model::{Class, Clues, Finding, FindingId, HeadReason, StoryId, StoryRef};
use tidings_store::{EntryKind, LogNumber, MAX_MEMBERS, Store, WINDOW_DAYS};

use crate::sample::{at, batch, finding, id, store};

/// Clues of a page at the addresses that `text` names: `1`, or `2 1` for a copy of 1 at 2.
fn clues(id: &str, text: &str) -> Clues {
    let mut addresses = text.split(' ').map_while(|word| word.parse().ok());
    let addresses = [addresses.next().unwrap_or(0), addresses.next().unwrap_or(0)];
    // Another source each, or the addresses would not be enough.
    let source = id.bytes().fold(1, |hash: u64, byte| hash.wrapping_mul(31) + u64::from(byte));
    Clues { class: Class::Page, source, addresses, ..Clues::default() }
}

fn commit(store: &Store, second: i64, findings: &[(&str, &str)]) -> tidings_store::Committed {
    let mut batch = batch("r", second, findings);
    for (incoming, (_, text)) in batch.findings.iter_mut().zip(findings) {
        incoming.clues = clues(incoming.finding.id.as_str(), text);
    }
    store.commit(batch).unwrap()
}

fn story(key: &str) -> StoryId {
    StoryId::of(&id(key))
}

/// For each key its story's id, size, and whether it is the head.
fn of(store: &Store, key: &str) -> Option<StoryRef> {
    store.finding(&id(key)).unwrap().unwrap().story
}

#[track_caller]
fn check_members(store: &Store, of_key: &str, expected: &[&str]) {
    let members = store.story_members(&story(of_key), LogNumber(0), 1000).unwrap();
    let ids: Vec<FindingId> = members.iter().map(|(_, finding)| finding.id.clone()).collect();
    assert_eq!(ids, expected.iter().map(|key| id(key)).collect::<Vec<_>>());
    let size = store.story(&story(of_key)).unwrap().map_or(0, |story| story.size);
    assert_eq!(size as usize, expected.len());
    for (_, member) in members {
        assert_eq!(member.story.unwrap().size, size);
    }
    assert_eq!(store.integrity().unwrap().problems, Vec::<String>::new());
}

fn kinds(entries: &[tidings_store::LogEntry]) -> Vec<(EntryKind, Option<StoryId>)> {
    let story = |entry: &tidings_store::LogEntry| entry.finding.as_ref()?.story.as_ref().map(|story| story.id.clone());
    entries.iter().map(|entry| (entry.kind, story(entry))).collect()
}

#[test]
fn what_stands_alone_has_no_story() {
    let (_dir, store) = store();
    commit(&store, 1, &[("a", "1"), ("b", "2")]);
    assert_eq!((of(&store, "a"), store.story(&story("a")).unwrap()), (None, None));
    check_members(&store, "a", &[]);
}

#[test]
fn a_copy_joins_and_the_first_gets_an_entry() {
    let (_dir, store) = store();
    commit(&store, 1, &[("a", "1")]);
    let committed = commit(&store, 2, &[("b", "2 1")]);
    let expected = [(EntryKind::Regrouped, Some(story("a"))), (EntryKind::Found, Some(story("a")))];
    assert_eq!(kinds(&committed.entries), expected);
    assert_eq!(store.log_after(LogNumber(1), 9).unwrap(), committed.entries);
    check_members(&store, "a", &["a", "b"]);
    assert_eq!(of(&store, "a"), Some(StoryRef { id: story("a"), size: 2, head: true }));
    assert_eq!(of(&store, "b"), Some(StoryRef { id: story("a"), size: 2, head: false }));
    let told = store.story(&story("a")).unwrap().unwrap();
    assert_eq!((told.head, told.reason), (id("a"), HeadReason::Canonical));
    // A third makes no one move.
    assert_eq!(kinds(&commit(&store, 3, &[("c", "3 1")]).entries), [(EntryKind::Found, Some(story("a")))]);
    check_members(&store, "a", &["a", "b", "c"]);
}

#[test]
fn copies_in_one_batch_are_of_one_story() {
    let (_dir, store) = store();
    let committed = commit(&store, 1, &[("a", "1"), ("b", "1"), ("c", "1")]);
    assert_eq!(committed.entries[0].finding.as_ref().unwrap().story, None);
    assert_eq!(of(&store, "c").unwrap().size, 3);
    check_members(&store, "a", &["a", "b", "c"]);
}

#[test]
fn what_ties_two_stories_makes_them_one() {
    let (_dir, store) = store();
    commit(&store, 1, &[("a", "1"), ("b", "2"), ("c", "2"), ("d", "1")]);
    check_members(&store, "b", &["b", "c"]);
    let committed = commit(&store, 2, &[("e", "1 2")]);
    assert_eq!(committed.entries.len(), 3, "b and c move, e is found");
    check_members(&store, "a", &["a", "b", "c", "d", "e"]);
    // The id of the one that is gone leads to the one that it is part of.
    assert_eq!(store.story(&story("b")).unwrap().unwrap().id, story("a"));
}

#[test]
fn a_revision_that_matches_no_more_leaves() {
    let (_dir, store) = store();
    commit(&store, 1, &[("a", "1"), ("b", "1"), ("c", "1")]);
    let committed = commit(&store, 2, &[("c", "3")]);
    assert_eq!(kinds(&committed.entries), [(EntryKind::Revised, Some(story("a"))), (EntryKind::Regrouped, None)]);
    assert_eq!(of(&store, "c"), None);
    check_members(&store, "a", &["a", "b"]);
    // Two that part leave no story behind.
    commit(&store, 3, &[("b", "4")]);
    assert_eq!((of(&store, "a"), of(&store, "b")), (None, None));
    check_members(&store, "a", &[]);
    // And one that matches again comes back.
    commit(&store, 4, &[("b", "1 5")]);
    check_members(&store, "a", &["a", "b"]);
}

#[test]
fn a_story_whose_first_finding_leaves_begins_with_the_next() {
    let (_dir, store) = store();
    commit(&store, 1, &[("a", "1"), ("b", "1"), ("c", "1")]);
    commit(&store, 2, &[("a", "9")]);
    assert_eq!(of(&store, "a"), None);
    check_members(&store, "b", &["b", "c"]);
    assert_eq!(store.story(&story("a")).unwrap(), None);
}

#[test]
fn a_revision_that_still_matches_stays_and_may_bring_others() {
    let (_dir, store) = store();
    commit(&store, 1, &[("a", "1"), ("b", "1"), ("c", "3")]);
    commit(&store, 2, &[("b", "1 3")]);
    check_members(&store, "a", &["a", "b", "c"]);
}

#[test]
fn what_came_long_before_ties_no_more() {
    let (_dir, store) = store();
    let day = 24 * 60 * 60;
    commit(&store, 0, &[("a", "1"), ("b", "2")]);
    commit(&store, WINDOW_DAYS * day, &[("c", "1")]);
    commit(&store, WINDOW_DAYS * day + 1, &[("d", "2")]);
    check_members(&store, "a", &["a", "c"]);
    assert_eq!(of(&store, "d"), None);
}

#[test]
fn the_window_outlives_a_restart_and_a_refused_batch() {
    let (dir, store) = store();
    commit(&store, 1, &[("a", "1")]);
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    let mut bad = batch("r", 2, &[("b", "1"), ("x", "7")]);
    bad.findings[0].clues = clues("b", "1");
    bad.findings[1].finding.id = "f_aaaaaaaaaaaaaaaaaaaaaaaaab".parse().unwrap();
    store.commit(bad).unwrap_err();
    assert_eq!(of(&store, "a"), None, "nothing is left of it");
    commit(&store, 3, &[("c", "1")]);
    check_members(&store, "a", &["a", "c"]);
}

#[test]
fn a_full_story_takes_no_more() {
    let (_dir, store) = store();
    let keys: Vec<String> = (0..MAX_MEMBERS + 3).map(|n| n.to_string()).collect();
    let findings: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "1")).collect();
    commit(&store, 1, &findings);
    assert_eq!(of(&store, "0").unwrap().size as usize, MAX_MEMBERS);
    let last = of(&store, &(MAX_MEMBERS + 2).to_string()).unwrap();
    assert_eq!((last.id, last.size), (story(&MAX_MEMBERS.to_string()), 3));
    assert_eq!(store.integrity().unwrap().problems, Vec::<String>::new());
}

#[test]
fn members_come_page_by_page() {
    let (_dir, store) = store();
    commit(&store, 1, &[("a", "1"), ("b", "1"), ("x", "8"), ("c", "1")]);
    let first = store.story_members(&story("a"), LogNumber(0), 2).unwrap();
    let second = store.story_members(&story("a"), first[1].0, 2).unwrap();
    let ids: Vec<_> = first.iter().chain(&second).map(|(_, finding)| finding.id.clone()).collect();
    assert_eq!(ids, [id("a"), id("b"), id("c")]);
}

/// Findings as they come and change, a few addresses among them all.
fn steps() -> impl Strategy<Value = Vec<Vec<(u8, u8, u8)>>> {
    prop::collection::vec(prop::collection::vec((0..10_u8, 1..6_u8, 0..6_u8), 1..5), 1..14)
}

/// Each finding's story, by replaying the log.
fn replayed(store: &Store) -> BTreeMap<FindingId, Option<StoryId>> {
    let entries = store.log_after(LogNumber(0), 10_000).unwrap();
    let stories = entries.into_iter().filter_map(|entry| entry.finding);
    stories.map(|finding| (finding.id.clone(), finding.story.as_ref().map(|story| story.id.clone()))).collect()
}

fn whole(store: &Store) -> Vec<Finding> {
    let all = store.findings_after(LogNumber(0), LogNumber(10_000), 10_000).unwrap();
    all.into_iter().map(|(_, finding)| finding).collect()
}

fn told(store: &Store, findings: &[Finding]) -> Vec<Option<tidings_store::Story>> {
    findings.iter().map(|finding| store.story(&StoryId::of(&finding.id)).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn the_log_alone_gives_the_same_stories(steps in steps()) {
        let (dir, store) = store();
        let mut latest = BTreeMap::new();
        for (second, step) in steps.iter().enumerate() {
            let mut batch = batch("r", second as i64, &[]);
            for (key, own, named) in step {
                let text = format!("{own} {named}");
                let mut incoming = crate::sample::incoming(&key.to_string(), &text);
                incoming.clues = clues(&key.to_string(), &text);
                latest.insert(id(&key.to_string()), incoming.clues.clone());
                batch.findings.push(incoming);
            }
            let committed = store.commit(batch).unwrap();
            let numbers: Vec<u64> = committed.entries.iter().map(|entry| entry.number.0).collect();
            prop_assert_eq!(numbers, (committed.first.0..=committed.last.0).collect::<Vec<_>>());
            prop_assert_eq!(store.integrity().unwrap().problems, Vec::<String>::new());
        }
        let before = whole(&store);
        let stories_before = told(&store, &before);
        let current: BTreeMap<_, _> = before
            .iter()
            .map(|finding| (finding.id.clone(), finding.story.as_ref().map(|story| story.id.clone())))
            .collect();
        prop_assert_eq!(replayed(&store), current);

        drop(store);
        let conn = rusqlite::Connection::open(dir.path().join("archive.db")).unwrap();
        conn.execute_batch("DELETE FROM story; DELETE FROM clue; UPDATE finding SET story = NULL").unwrap();
        conn.close().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.rebuild_stories(|finding| latest[&finding.id].clone(), |_, _| ()).unwrap();
        let after = whole(&store);
        prop_assert_eq!(told(&store, &after), stories_before);
        prop_assert_eq!(after, before);
        prop_assert_eq!(store.integrity().unwrap().problems, Vec::<String>::new());
    }
}

#[test]
fn tags_decided_before_stay_with_who_moves() {
    let (_dir, store) = store();
    commit(&store, 1, &[("a", "1")]);
    commit(&store, 2, &[("b", "1")]);
    let expected = Finding { story: of(&store, "a"), ..finding("a", "1", at(1)) };
    assert_eq!(store.finding(&id("a")).unwrap(), Some(expected));
}
