//! Taxonomies in force, and the passes that decide tags again.

use rusqlite::Connection;
use tidings_model::{Class, Clues, Severity};
use tidings_store::{
    Author, Decided, EntryKind, LogNumber, PASSES_KEPT, PassState, RetagBatch, RetagPage, Retagged, Store, StoreError,
    TaxonomyChange,
};

use crate::sample::{at, batch, finding, id, store};

fn change(base: u64, json: &str) -> TaxonomyChange {
    TaxonomyChange { base, json: json.to_owned(), made: None, author: Author::Config, at: at(1) }
}

/// Puts a further taxonomy in force.
fn set(store: &Store, base: u64) -> u64 {
    store.set_taxonomy(change(base, &format!("{{\"n\":{}}}", base + 1))).unwrap().version
}

/// Decides the first `count` of a page: low severity for all, whose number is odd.
fn decide(page: RetagPage, count: usize) -> RetagBatch {
    let decided = page.findings.into_iter().take(count).map(|mut retagged| {
        let is_changed = retagged.first.0 % 2 == 1 && retagged.finding.is_some();
        if let Some(finding) = retagged.finding.as_mut().filter(|_| is_changed) {
            finding.severity = Some(Severity::Low);
        }
        Decided { retagged, is_changed }
    });
    RetagBatch {
        version: page.version,
        pass: page.pass,
        is_stale: page.is_stale,
        decided: decided.collect(),
        at: at(5),
    }
}

fn step(store: &Store, count: usize) -> Retagged {
    store.retag(decide(store.retag_page(count, 1 << 20).unwrap(), count)).unwrap()
}

/// Findings tagged by `version`, with the keys `keys`.
fn put(store: &Store, version: u64, keys: &[&str], text: &str) {
    let findings: Vec<_> = keys.iter().map(|key| (*key, text)).collect();
    let mut batch = batch("run", 0, &findings);
    batch.findings.iter_mut().for_each(|incoming| incoming.finding.taxonomy_version = version);
    store.commit(batch).unwrap();
}

fn version_of(store: &Store, key: &str) -> u64 {
    store.finding(&id(key)).unwrap().unwrap().taxonomy_version
}

#[test]
fn only_another_taxonomy_is_a_new_version_and_only_over_the_one_in_force() {
    let (_dir, store) = store();
    assert_eq!(store.taxonomy().unwrap(), None);
    let first = store.set_taxonomy(change(0, r#"{"labels":[]}"#)).unwrap();
    assert_eq!((first.version, first.is_new, first.pass), (1, true, None));
    let again = store.set_taxonomy(change(1, r#"{"labels":[]}"#)).unwrap();
    assert_eq!((again.version, again.is_new), (1, false));
    let error = store.set_taxonomy(change(0, "{}")).unwrap_err();
    assert!(matches!(error, StoreError::OldTaxonomy { base: 0, latest: 1 }), "{error}");
    let entries = store.log_after(LogNumber(0), 10).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].kind, &entries[0].id, &entries[0].finding), (EntryKind::Taxonomy, &None, &None));
}

#[test]
fn history_says_who_and_the_made_part_outlives_the_process() {
    let (dir, store) = store();
    let alice = Author::Key { id: "k1".to_owned(), name: "alice".to_owned() };
    set(&store, 0);
    let made = TaxonomyChange { made: Some("# ours".to_owned()), author: alice.clone(), ..change(1, "{}") };
    store.set_taxonomy(made).unwrap();
    set(&store, 2);
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.made_taxonomy().unwrap(), "# ours");
    let history = store.taxonomies(Some(3), 10).unwrap();
    let told: Vec<_> = history.iter().map(|taxonomy| (taxonomy.version, taxonomy.author.as_ref().unwrap())).collect();
    assert_eq!(told, [(2, &alice), (1, &Author::Config)]);
    assert_eq!(store.taxonomies(None, 1).unwrap()[0].version, 3);
}

#[test]
fn a_pass_writes_an_entry_for_each_change_and_advances_all_versions() {
    let (_dir, store) = store();
    set(&store, 0);
    put(&store, 1, &["a", "b", "c"], "text");
    set(&store, 1);
    let pass = store.running_retag().unwrap().unwrap();
    assert_eq!((pass.version, pass.total, pass.upto), (2, 3, LogNumber(5)));
    // Entries 2 to 4 are the findings, so the second of them changes.
    let first = step(&store, 2);
    assert_eq!(first.entries.iter().map(|entry| entry.id.clone().unwrap()).collect::<Vec<_>>(), [id("b")]);
    assert_eq!((version_of(&store, "a"), version_of(&store, "b"), version_of(&store, "c")), (2, 2, 1));
    let last = step(&store, 2);
    let pass = last.pass.unwrap();
    assert_eq!((pass.state, pass.looked, pass.changed, pass.ended), (PassState::Done, 3, 1, Some(at(5))));
    assert_eq!(version_of(&store, "c"), 2);
    let logged = store.log_after(LogNumber(5), 9).unwrap();
    assert_eq!(logged, first.entries);
    assert_eq!(store.finding(&id("b")).unwrap().as_ref(), logged[0].finding.as_deref());
    assert_eq!(store.integrity().unwrap().problems, Vec::<String>::new());
    assert!(store.running_retag().unwrap().is_none());
    assert!(store.retag_page(9, 1 << 20).unwrap().findings.is_empty());
}

#[test]
fn a_pass_broken_off_at_any_page_goes_on_there() {
    let keys = ["a", "b", "c", "d", "e", "f"];
    for pages_before in 0..=keys.len() {
        let (dir, store) = store();
        set(&store, 0);
        put(&store, 1, &keys, "text");
        set(&store, 1);
        for _ in 0..pages_before {
            step(&store, 1);
        }
        // Read, decided, and lost with the process.
        let lost = decide(store.retag_page(1, 1 << 20).unwrap(), 1);
        drop((store, lost));
        let store = Store::open(dir.path()).unwrap();
        while store.running_retag().unwrap().is_some() {
            step(&store, 1);
        }
        let retagged = store.log_after(LogNumber(8), 99).unwrap();
        assert_eq!(retagged.iter().map(|entry| entry.id.clone().unwrap()).collect::<Vec<_>>(), ["b", "d", "f"].map(id));
        assert_eq!(keys.map(|key| version_of(&store, key)), [2; 6]);
    }
}

#[test]
fn what_is_revised_while_it_is_decided_keeps_its_own_tags() {
    let (_dir, store) = store();
    set(&store, 0);
    put(&store, 1, &["a", "b"], "text");
    set(&store, 1);
    let read = store.retag_page(9, 1 << 20).unwrap();
    put(&store, 2, &["b"], "revised");
    let done = store.retag(decide(read, 9)).unwrap();
    assert_eq!((done.entries.len(), done.pass.unwrap().state), (0, PassState::Done));
    let revised = store.finding(&id("b")).unwrap().unwrap();
    assert_eq!((revised.text.as_str(), revised.severity), ("revised", finding("b", "", at(0)).severity));
}

#[test]
fn who_goes_to_another_story_while_its_tags_are_decided_has_its_turn_again() {
    let (_dir, store) = store();
    let copy = |key: &'static str, source, version| {
        let mut batch = batch("run", 0, &[(key, "a page")]);
        batch.findings[0].finding.taxonomy_version = version;
        // The same address in another source.
        batch.findings[0].clues = Clues { class: Class::Page, source, addresses: [7, 0], ..Clues::default() };
        store.commit(batch).unwrap();
    };
    set(&store, 0);
    copy("a", 1, 1);
    set(&store, 1);
    let page = store.retag_page(9, 1 << 20).unwrap();
    assert_eq!(page.findings.len(), 1);
    copy("b", 2, 2);
    let retagged = store.retag(decide(page, 9)).unwrap();
    assert_eq!((retagged.entries, retagged.pass.unwrap().state), (Vec::new(), PassState::Running));
    let page = store.retag_page(9, 1 << 20).unwrap();
    assert!(page.is_stale && page.findings[0].finding.as_ref().is_some_and(|finding| finding.id == id("a")));
    let retagged = store.retag(decide(page, 9)).unwrap();
    assert_eq!(retagged.pass.unwrap().state, PassState::Done);
    assert_eq!(version_of(&store, "a"), 2);
    assert!(store.finding(&id("a")).unwrap().unwrap().story.is_some_and(|story| story.size == 2));
}

#[test]
fn what_a_run_brings_by_the_taxonomy_before_has_its_turn_too() {
    let (_dir, store) = store();
    set(&store, 0);
    put(&store, 1, &["a", "b"], "text");
    set(&store, 1);
    step(&store, 1);
    put(&store, 1, &["a"], "revised behind the pass");
    put(&store, 1, &["new"], "found behind the pass");
    assert_eq!(["a", "new"].map(|key| version_of(&store, key)), [1, 1]);
    assert_eq!(step(&store, 1).pass.unwrap().state, PassState::Running);
    let page = store.retag_page(9, 1 << 20).unwrap();
    assert!(page.is_stale);
    assert_eq!(store.retag(decide(page, 1)).unwrap().pass.unwrap().state, PassState::Running);
    assert_eq!(step(&store, 9).pass.unwrap().state, PassState::Done);
    assert_eq!(["a", "b", "new"].map(|key| version_of(&store, key)), [2; 3]);
    // Also where no pass runs.
    put(&store, 1, &["late"], "text");
    assert_eq!(store.stale_findings().unwrap(), 1);
    assert_eq!(step(&store, 9).pass, None);
    assert_eq!((store.stale_findings().unwrap(), version_of(&store, "late")), (0, 2));
}

#[test]
fn a_page_of_a_superseded_pass_writes_nothing() {
    let (_dir, store) = store();
    set(&store, 0);
    put(&store, 1, &["a", "b"], "text");
    set(&store, 1);
    let old = store.running_retag().unwrap().unwrap();
    let read = store.retag_page(9, 1 << 20).unwrap();
    set(&store, 2);
    let outdated = store.retag(decide(read, 9)).unwrap();
    assert!(outdated.is_outdated && outdated.entries.is_empty());
    assert_eq!(store.retag_pass(old.number).unwrap().unwrap().state, PassState::Superseded);
    assert_eq!(version_of(&store, "b"), 1);
    step(&store, 9);
    assert_eq!(version_of(&store, "b"), 3);
}

#[test]
fn a_pass_is_started_once_and_the_latest_are_kept() {
    let (_dir, store) = store();
    set(&store, 0);
    let empty = store.start_retag(at(1)).unwrap();
    assert_eq!(store.start_retag(at(2)).unwrap(), empty);
    assert_eq!(step(&store, 9).pass.unwrap().state, PassState::Done);
    put(&store, 1, &["a", "b"], "text");
    for _ in 0..PASSES_KEPT {
        let pass = store.start_retag(at(3)).unwrap();
        assert_eq!((pass.version, pass.total), (1, 2));
        assert_eq!(step(&store, 9).pass.unwrap().state, PassState::Done);
    }
    assert_eq!(store.retag_pass(empty.number).unwrap(), None);
}

#[test]
fn a_page_is_bounded_in_findings_and_in_text() {
    let (_dir, store) = store();
    set(&store, 0);
    put(&store, 1, &["a", "b", "c"], &"x".repeat(1000));
    set(&store, 1);
    assert_eq!(store.retag_page(2, 1 << 20).unwrap().findings.len(), 2);
    assert_eq!(store.retag_page(9, 1500).unwrap().findings.len(), 2);
    assert_eq!(store.retag_page(9, 1).unwrap().findings.len(), 1);
}

#[test]
fn an_archive_of_before_is_decided_again_if_its_taxonomy_had_changed() {
    for versions in [1, 2] {
        let (dir, store) = store();
        put(&store, 1, &["a", "b"], "text");
        for base in 0..versions {
            set(&store, base);
        }
        drop(store);
        let conn = Connection::open(dir.path().join("archive.db")).unwrap();
        conn.execute_batch(
            "DROP TABLE retag; DROP TABLE stale; DROP TABLE made_taxonomy; ALTER TABLE taxonomy DROP COLUMN author;
             DROP TABLE alert; DROP TABLE alert_history; DROP TABLE alert_match; DROP TABLE alert_target; DROP TABLE delivery;
             PRAGMA user_version = 3;",
        )
        .unwrap();
        conn.close().unwrap();
        let error = Store::open_read_only(dir.path()).unwrap_err();
        assert!(matches!(error, StoreError::OlderSchema { found: 3, .. }), "{error}");
        let store = Store::open(dir.path()).unwrap();
        let begun = store.running_retag().unwrap().map(|pass| (pass.version, pass.total, pass.upto, pass.done));
        assert_eq!(begun, (versions == 2).then_some((2, 2, LogNumber(4), LogNumber(0))));
        assert_eq!(store.taxonomy().unwrap().unwrap().author, None);
    }
}
