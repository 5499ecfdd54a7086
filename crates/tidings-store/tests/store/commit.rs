//! What a batch does to the log and to the findings.

use serde_json::json;
use tidings_model::Engagement;
use tidings_store::{EntryKind, LogNumber, MAX_STATE_VALUE, Outcome, StoreError};

use crate::sample::{at, batch, finding, id, incoming, source, store};

#[test]
fn a_new_finding_comes_back_whole() {
    let (_dir, store) = store();
    let committed = store.commit(batch("r1", 5, &[("a", "Acme is dear")])).unwrap();
    let expected = finding("a", "Acme is dear", at(5));
    assert_eq!((committed.first, committed.last), (LogNumber(1), LogNumber(1)));
    assert_eq!(committed.outcomes, [Outcome::New]);
    assert_eq!(committed.entries, store.log_after(LogNumber(0), 10).unwrap());
    assert_eq!(committed.entries[0].kind, EntryKind::Found);
    assert_eq!(committed.entries[0].finding.as_deref(), Some(&expected));
    assert_eq!(store.finding(&id("a")).unwrap(), Some(expected));
}

#[test]
fn what_is_absent_stays_absent() {
    let (_dir, store) = store();
    let bare = |url: Option<&str>, canonical: Option<&str>, site: Option<&str>, key: &str| {
        let mut bare = incoming(key, "");
        bare.finding = serde_json::from_value(json!({
            "id": id(key), "url": url, "canonical_url": canonical, "site": site, "source": "voz", "plugin": "drop",
            "kind": "survey", "found": at(1), "revision": 1, "taxonomy_version": 0,
        }))
        .unwrap();
        bare
    };
    let (here, there) = ("https://a.example/x", "https://b.example/y");
    let mut batch = batch("r1", 1, &[]);
    batch.findings = vec![
        bare(None, None, None, "none"),
        bare(Some(here), None, None, "url alone"),
        bare(Some(here), Some(here), Some("a.example"), "canonical is url"),
        bare(Some(here), Some(there), Some("elsewhere.example"), "all differ"),
        bare(None, Some(there), Some("b.example"), "canonical alone"),
    ];
    let expected: Vec<_> = batch.findings.iter().map(|incoming| Some(incoming.finding.clone())).collect();
    store.commit(batch).unwrap();
    let ids = ["none", "url alone", "canonical is url", "all differ", "canonical alone"].map(id);
    assert_eq!(store.findings(&ids).unwrap(), expected);
}

#[test]
fn another_hash_is_a_revision() {
    let (_dir, store) = store();
    store.commit(batch("r1", 1, &[("a", "one")])).unwrap();
    store.commit(batch("r2", 2, &[("b", "other")])).unwrap();
    let committed = store.commit(batch("r3", 3, &[("a", "two")])).unwrap();
    store.commit(batch("r4", 4, &[("a", "three")])).unwrap();
    assert_eq!(committed.outcomes, [Outcome::Revised]);
    let current = store.finding(&id("a")).unwrap().unwrap();
    assert_eq!((current.text.as_str(), current.revision), ("three", 3));
    assert_eq!((current.found, current.updated), (at(1), Some(at(4))));
    let revisions = store.revisions(&id("a")).unwrap();
    let seen: Vec<_> = revisions.iter().map(|r| (r.revision, r.text.as_str(), r.at, r.entry.0)).collect();
    assert_eq!(seen, [(1, "one", at(1), 1), (2, "two", at(3), 3), (3, "three", at(4), 4)]);
    let then = store.log_after(LogNumber(2), 1).unwrap();
    assert_eq!(then, committed.entries);
    assert_eq!(then[0].finding.as_ref().unwrap().text, "two");
}

#[test]
fn the_same_hash_gets_no_entry() {
    let (_dir, store) = store();
    let mut first = batch("r1", 1, &[("a", "one")]);
    first.cover = true;
    store.commit(first).unwrap();
    let again = store.commit(batch("r2", 2, &[("a", "one"), ("a", "one")])).unwrap();
    assert_eq!(again.outcomes, [Outcome::Known, Outcome::Known]);
    assert_eq!((again.first, again.last, again.entries.len()), (LogNumber(2), LogNumber(1), 0));
    assert_eq!(store.head().unwrap(), LogNumber(1));
}

#[test]
fn a_finding_twice_in_one_batch_is_found_once() {
    let (_dir, store) = store();
    let committed = store.commit(batch("r1", 1, &[("a", "one"), ("a", "one"), ("a", "two")])).unwrap();
    assert_eq!(committed.outcomes, [Outcome::New, Outcome::Uncovered, Outcome::Revised]);
    assert_eq!(store.counts_by_source().unwrap(), [(source(), 1)]);
}

#[test]
fn only_a_covered_finding_counts_as_covered() {
    let (_dir, store) = store();
    let covered = |key: &str| store.known(&[id(key)]).unwrap()[0].unwrap().covered;
    store.commit(batch("cut off", 1, &[("a", "one"), ("b", "one")])).unwrap();
    assert!(!covered("a") && !covered("b"));
    // The next run brings only `a` again, and covers what it brought.
    let again = store.commit(batch("good", 2, &[("a", "one")])).unwrap();
    assert_eq!(again.outcomes, [Outcome::Uncovered]);
    assert!(!covered("a"));
    let mut end = batch("good", 3, &[]);
    end.cover = true;
    store.commit(end).unwrap();
    assert!(covered("a") && !covered("b"));
    // A run that began before and brings it again leaves it covered.
    store.commit(batch("later", 4, &[("a", "one"), ("c", "one")])).unwrap();
    assert!(covered("a") && !covered("c"));
    store.commit(batch("later", 5, &[("a", "two")])).unwrap();
    assert!(!covered("a"));
}

#[test]
fn known_answers_in_the_order_asked() {
    let (_dir, store) = store();
    store.commit(batch("r1", 1, &[("a", "one"), ("b", "two")])).unwrap();
    let known = store.known(&[id("b"), id("x"), id("a")]).unwrap();
    assert_eq!(known[0].unwrap().hash, incoming("b", "two").hash);
    assert_eq!(known[1], None);
    assert_eq!(known[2].unwrap().found, at(1));
    assert_eq!(known[2].unwrap().revision, 1);
}

#[test]
fn engagement_is_no_revision() {
    let (_dir, store) = store();
    store.commit(batch("r1", 1, &[("a", "one"), ("b", "one")])).unwrap();
    let counts = Engagement { score: Some(-3), replies: None, views: Some(310) };
    let mut beside = batch("r2", 2, &[]);
    beside.engagement = vec![(id("a"), counts), (id("unknown"), counts)];
    let committed = store.commit(beside.clone()).unwrap();
    assert_eq!((committed.entries.len(), committed.refreshed), (0, vec![id("a")]));
    assert_eq!(store.finding(&id("a")).unwrap().unwrap().engagement, Some(counts));
    assert!(store.commit(beside).unwrap().refreshed.is_empty());
    let mut inside = batch("r3", 3, &[("b", "one")]);
    inside.findings[0].finding.engagement = Some(counts);
    assert_eq!(store.commit(inside).unwrap().refreshed, [id("b")]);
    // A revision that says nothing of engagement keeps what is known.
    store.commit(batch("r4", 4, &[("b", "two")])).unwrap();
    assert_eq!(store.finding(&id("b")).unwrap().unwrap().engagement, Some(counts));
}

#[test]
fn state_is_kept_with_its_findings_or_not_at_all() {
    let (_dir, store) = store();
    let mut good = batch("r1", 1, &[("a", "one")]);
    good.state = vec![("cursor".to_owned(), json!({"page": 3})), ("seen".to_owned(), json!([1, 2]))];
    store.commit(good).unwrap();
    let mut bad = batch("r2", 2, &[("b", "one")]);
    bad.state = vec![("cursor".to_owned(), json!(9)), ("big".to_owned(), json!("x".repeat(MAX_STATE_VALUE)))];
    let error = store.commit(bad).unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { limit: MAX_STATE_VALUE, .. }), "{error}");
    assert_eq!(store.state(&source(), "cursor").unwrap(), Some(json!({"page": 3})));
    assert_eq!(store.finding(&id("b")).unwrap(), None);
    assert_eq!(store.head().unwrap(), LogNumber(1));
    let mut gone = batch("r3", 3, &[]);
    gone.state = vec![("cursor".to_owned(), json!(null))];
    store.commit(gone).unwrap();
    assert_eq!(store.state(&source(), "cursor").unwrap(), None);
    assert_eq!(store.state(&source(), "seen").unwrap(), Some(json!([1, 2])));
}

#[test]
fn an_id_that_is_no_hash_is_refused() {
    let (_dir, store) = store();
    let mut bad = batch("r1", 1, &[("a", "one")]);
    bad.findings[0].finding.id = "f_aaaaaaaaaaaaaaaaaaaaaaaaab".parse().unwrap();
    assert!(matches!(store.commit(bad), Err(StoreError::ForeignId { .. })));
}

#[test]
fn pages_go_through_every_finding_once() {
    let (_dir, store) = store();
    for n in 0..25 {
        store.commit(batch("r1", n, &[(&n.to_string(), "text")])).unwrap();
    }
    let upto = store.head().unwrap();
    store.commit(batch("r1", 30, &[("3", "revised"), ("late", "text")])).unwrap();
    let (mut after, mut seen) = (LogNumber(0), Vec::new());
    loop {
        let page = store.findings_after(after, upto, 10).unwrap();
        let Some((last, _)) = page.last() else { break };
        after = *last;
        seen.extend(page.into_iter().map(|(_, finding)| finding.id));
    }
    let expected: Vec<_> = (0..25).map(|n| id(&n.to_string())).collect();
    assert_eq!(seen, expected);
    let versions = store.versions_after(LogNumber(3), LogNumber(4), 10).unwrap();
    assert_eq!((versions.len(), versions[0].entry, versions[0].revision), (1, LogNumber(26), 2));
}

#[test]
fn a_follower_is_woken_by_a_commit() {
    let (_dir, store) = store();
    let mut head = store.watch_head().unwrap();
    assert_eq!(*head.borrow_and_update(), LogNumber(0));
    store.commit(batch("r1", 1, &[("a", "one"), ("b", "two")])).unwrap();
    assert!(head.has_changed().unwrap());
    assert_eq!(*head.borrow_and_update(), LogNumber(2));
    store.commit(batch("r2", 2, &[("a", "one")])).unwrap();
    assert!(!head.has_changed().unwrap());
}

#[tokio::test]
async fn submitted_batches_share_the_disk_and_keep_their_own_outcome() {
    let (_dir, store) = store();
    let mut pending = Vec::new();
    for n in 0..40_i64 {
        let mut batch = batch("r1", n, &[(&n.to_string(), "text")]);
        if n % 10 == 3 {
            batch.state = vec![("x".repeat(10_000), json!(1))];
        }
        pending.push(store.submit(batch).unwrap());
    }
    let mut numbers = Vec::new();
    for (n, pending) in pending.into_iter().enumerate() {
        match pending.await {
            Ok(committed) => numbers.push(committed.last.0),
            Err(error) => assert!(n % 10 == 3 && matches!(error, StoreError::TooLarge { .. }), "{n}: {error}"),
        }
    }
    assert_eq!(numbers, (1..=36).collect::<Vec<_>>());
    assert_eq!(store.integrity().unwrap().problems, Vec::<String>::new());
}

#[test]
fn texts_are_the_same_with_and_without_a_dictionary() {
    let (_dir, store) = store();
    let text = |n: usize| format!("Acme number {n} is too dear, nobody can pay for it any more, said {}", n * 7919);
    for first in (0..2400).step_by(400) {
        let texts: Vec<(String, String)> = (first..first + 400).map(|n| (n.to_string(), text(n))).collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        store.commit(batch("r1", 1, &texts)).unwrap();
    }
    let entries = store.log_after(LogNumber(0), 5000).unwrap();
    assert_eq!(entries.len(), 2400);
    for (n, entry) in entries.iter().enumerate() {
        assert_eq!(entry.finding.as_ref().unwrap().text, text(n));
    }
}
