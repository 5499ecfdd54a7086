//! What is kept beside the log.

use serde_json::json;
use tidings_model::{Counts, Health, RunReason, RunRecord, SourceId};
use tidings_store::{
    CRAWL_KEPT, CrawlEntry, CrawlFilter, EndedRun, HEALTH_EVENTS_KEPT, HealthEvent, Json, MAX_SNAPSHOT, RUNS_KEPT,
    Role, SNAPSHOTS_KEPT, Snapshot, SourceDefinition, SourceRow, Store, StoreError,
};

use crate::sample::{at, batch, source, store};

fn other() -> SourceId {
    "tinhte".parse().unwrap()
}

fn run(id: &str, source: SourceId) -> RunRecord {
    RunRecord {
        id: id.to_owned(),
        source,
        reason: RunReason::Schedule,
        started: at(1),
        ended: None,
        outcome: None,
        error: None,
        counts: Counts::default(),
        summary: None,
        skipped: Vec::new(),
        log_tail: String::new(),
        cpu_ms: None,
        max_rss_bytes: None,
    }
}

fn ended(run: RunRecord) -> EndedRun {
    EndedRun { source: SourceRow::new(run.source.clone(), at(60)), run, event: None }
}

#[tokio::test]
async fn runs_are_listed_latest_first_and_bounded() {
    let (_dir, store) = store();
    store.note_runs(vec![run("other", other())], vec![]).unwrap().await.unwrap();
    for n in 0..RUNS_KEPT + 5 {
        let run = run(&format!("r{n}"), source());
        // One that made no process is noted at its end alone.
        let noted =
            if n % 2 == 0 { store.note_runs(vec![run], vec![]) } else { store.note_runs(vec![], vec![ended(run)]) };
        noted.unwrap().await.unwrap();
    }
    let ids = |runs: Vec<RunRecord>| runs.into_iter().map(|run| run.id).collect::<Vec<_>>();
    assert_eq!(ids(store.runs(&source(), 3, None).unwrap()), ["r504", "r503", "r502"]);
    assert_eq!(ids(store.runs(&source(), 2, Some("r503")).unwrap()), ["r502", "r501"]);
    assert_eq!(store.runs(&source(), 10_000, None).unwrap().len(), RUNS_KEPT);
    assert_eq!(ids(store.runs(&other(), 10, None).unwrap()), ["other"]);
}

#[tokio::test]
async fn a_run_without_an_end_was_cut_off() {
    let (_dir, store) = store();
    store.note_runs(vec![run("good", source())], vec![]).unwrap().await.unwrap();
    store.note_runs(vec![run("cut off", source())], vec![]).unwrap().await.unwrap();
    let mut good = run("good", source());
    good.ended = Some(at(9));
    good.outcome = Some(Health::Ok);
    store.note_runs(vec![], vec![ended(good.clone())]).unwrap().await.unwrap();
    assert_eq!(store.unfinished_runs().unwrap(), [run("cut off", source())]);
    assert_eq!(store.source_row(&source()).unwrap(), Some(SourceRow::new(source(), at(60))));
    assert_eq!(store.run("good").unwrap(), Some(good));
    assert_eq!(store.run("never").unwrap(), None);
}

#[test]
fn schedule_and_health_survive_a_restart() {
    let (dir, store) = store();
    let mut row = SourceRow::new(source(), at(60));
    row.failures = 3;
    row.health = Health::Blocked;
    row.validators = Some(Json::of(&json!({"https://a.example/": {"etag": "\"x\""}})).unwrap());
    row.habit.gaps_s = vec![61, 90];
    store.put_source_row(SourceRow::new(source(), at(1))).unwrap();
    store.put_source_row(SourceRow::new(other(), at(2))).unwrap();
    store.put_source_row(row.clone()).unwrap();
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.source_row(&source()).unwrap(), Some(row.clone()));
    assert_eq!(store.source_rows().unwrap(), [row, SourceRow::new(other(), at(2))]);
    assert_eq!(store.source_row(&"never".parse().unwrap()).unwrap(), None);
}

#[test]
fn health_events_are_listed_latest_first_and_bounded() {
    let (dir, store) = store();
    let event = |second, source| HealthEvent {
        source,
        from: Health::Ok,
        to: Health::Blocked,
        at: at(second),
        reason: Some("a block page".to_owned()),
    };
    store.add_health_event(event(0, other())).unwrap();
    for second in 0..HEALTH_EVENTS_KEPT as i64 + 5 {
        store.add_health_event(event(second, source())).unwrap();
    }
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.health_events(&source(), 2).unwrap(), [event(204, source()), event(203, source())]);
    assert_eq!(store.health_events(&source(), 9999).unwrap().len(), HEALTH_EVENTS_KEPT);
    assert_eq!(store.health_events(&other(), 9).unwrap(), [event(0, other())]);
    assert_eq!(store.health_events(&"never".parse().unwrap(), 9).unwrap(), []);
}

fn snapshot(text: &str, previous: Option<&Snapshot>) -> Snapshot {
    let previous = previous.map(|previous| previous.id.as_str());
    Snapshot::new(source(), "pricing", text, json!({"price": text}), at(1), previous)
}

#[test]
fn a_page_that_goes_back_has_three_snapshots() {
    let (_dir, store) = store();
    let first = snapshot("$10", None);
    let second = snapshot("$12", Some(&first));
    let third = snapshot("$10", Some(&second));
    for put in [&first, &second, &second, &third] {
        store.put_snapshot(put.clone()).unwrap();
    }
    assert_eq!(store.latest_snapshot(&source(), "pricing").unwrap(), Some(third.clone()));
    assert_ne!(first.id, third.id);
    assert_eq!(store.snapshot(&first.id).unwrap(), Some(first));
    assert_eq!(store.latest_snapshot(&source(), "home").unwrap(), None);
    assert_eq!(store.latest_snapshot(&other(), "pricing").unwrap(), None);
}

#[test]
fn snapshots_of_a_batch_go_with_it() {
    let (_dir, store) = store();
    let mut bad = batch("r1", 1, &[("a", "one")]);
    bad.snapshots = vec![snapshot("kept?", None), snapshot(&"x".repeat(MAX_SNAPSHOT + 1), None)];
    assert!(matches!(store.commit(bad), Err(StoreError::TooLarge { limit: MAX_SNAPSHOT, .. })));
    assert_eq!(store.latest_snapshot(&source(), "pricing").unwrap(), None);
    let mut good = batch("r1", 1, &[("a", "one")]);
    good.snapshots = vec![snapshot("kept", None)];
    store.commit(good).unwrap();
    assert_eq!(store.latest_snapshot(&source(), "pricing").unwrap(), Some(snapshot("kept", None)));
}

#[test]
fn snapshots_of_a_page_are_bounded() {
    let (_dir, store) = store();
    let mut all = batch("r1", 1, &[]);
    for n in 0..SNAPSHOTS_KEPT + 2 {
        all.snapshots.push(snapshot(&n.to_string(), all.snapshots.last()));
    }
    let snapshots = all.snapshots.clone();
    store.commit(all).unwrap();
    assert_eq!(store.snapshot(&snapshots[1].id).unwrap(), None);
    assert_eq!(store.snapshot(&snapshots[2].id).unwrap().as_ref(), Some(&snapshots[2]));
}

fn request(second: i64, source: Option<SourceId>) -> CrawlEntry {
    CrawlEntry {
        at: at(second),
        source,
        url: format!("https://a.example/{second}"),
        method: "GET".to_owned(),
        status: Some(200),
        bytes: 4096,
        duration_ms: 12,
        cache: None,
        reason: Some("slow".to_owned()),
    }
}

#[tokio::test]
async fn the_crawl_log_is_filtered_and_paged() {
    let (_dir, store) = store();
    let requests: Vec<CrawlEntry> =
        (0..10).map(|n| request(n, [None, Some(source()), Some(other())][n as usize % 3].clone())).collect();
    store.crawl(requests).unwrap().await.unwrap();
    let seconds = |filter: &CrawlFilter, before, limit| {
        let page = store.crawl_log(filter, before, limit).unwrap();
        let seconds: Vec<i64> = page.entries.iter().map(|entry| entry.at.as_second() - at(0).as_second()).collect();
        (seconds, page.next)
    };
    let all = CrawlFilter::default();
    let (first, next) = seconds(&all, None, 6);
    assert_eq!(first, [9, 8, 7, 6, 5, 4]);
    assert_eq!(seconds(&all, next, 6), (vec![3, 2, 1, 0], None));
    let mine = CrawlFilter { source: Some(source()), from: Some(at(2)), to: Some(at(7)) };
    assert_eq!(seconds(&mine, None, 6).0, [4]);
    let nobody = CrawlFilter { source: Some("never".parse().unwrap()), ..CrawlFilter::default() };
    assert!(seconds(&nobody, None, 6).0.is_empty());
    assert_eq!(store.crawl_log(&all, None, 1).unwrap().entries, [request(9, None)]);
}

#[tokio::test]
async fn the_crawl_log_is_a_ring() {
    let (_dir, store) = store();
    for first in (0..CRAWL_KEPT as i64 + 2).step_by(25_000) {
        store
            .crawl((first..(first + 25_000).min(CRAWL_KEPT as i64 + 2)).map(|n| request(n, None)).collect())
            .unwrap()
            .await
            .unwrap();
    }
    let oldest = store.crawl_log(&CrawlFilter { to: Some(at(4)), ..CrawlFilter::default() }, None, 10).unwrap();
    assert_eq!(oldest.entries, [request(3, None), request(2, None)]);
}

#[test]
fn definitions_are_put_over_and_deleted() {
    let (_dir, store) = store();
    let definition = |every: &str| SourceDefinition {
        id: source(),
        definition: json!({"plugin": "feed", "schedule": {"every": every}}),
        updated: at(1),
    };
    store.put_source_definition(definition("10m")).unwrap();
    store.put_source_definition(definition("20m")).unwrap();
    assert_eq!(store.source_definitions().unwrap(), [definition("20m")]);
    assert!(store.delete_source_definition(&source()).unwrap());
    assert!(!store.delete_source_definition(&source()).unwrap());
    assert_eq!(store.source_definitions().unwrap(), []);
}

#[test]
fn a_key_opens_until_it_is_revoked() {
    let (dir, store) = store();
    let (key, secret) = store.create_key("laptop", Role::Editor, at(1)).unwrap();
    let (_, second) = store.create_key("laptop", Role::Editor, at(1)).unwrap();
    assert_ne!(secret, second);
    assert_eq!(secret.len(), "tidings_".len() + 64);
    assert_eq!(store.key_by_secret(&secret).unwrap(), Some(key.clone()));
    assert_eq!(store.key_by_secret("tidings_").unwrap(), None);
    assert!(store.revoke_key(&key.id, at(5)).unwrap());
    assert!(!store.revoke_key(&key.id, at(6)).unwrap());
    assert_eq!(store.key_by_secret(&secret).unwrap(), None);
    assert_eq!(store.keys().unwrap().iter().filter(|key| key.revoked == Some(at(5))).count(), 1);
    drop(store);
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(
            !bytes.windows(32).any(|window| window == &second.as_bytes()[8..40]),
            "the secret is nowhere on the disk"
        );
    }
}

#[test]
fn use_of_a_key_is_noted_to_the_minute() {
    let (_dir, store) = store();
    let (_, secret) = store.create_key("ci", Role::Reader, at(1)).unwrap();
    let last_used = |second| {
        let key = store.key_by_secret(&secret).unwrap().unwrap();
        store.key_used(&key, at(second)).unwrap();
        store.keys().unwrap()[0].last_used.unwrap()
    };
    assert_eq!([last_used(10), last_used(69), last_used(70)], [at(10), at(10), at(70)]);
}
