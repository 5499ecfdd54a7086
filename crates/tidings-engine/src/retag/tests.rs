//! The archive tagged again, by the engine and without it; and what a preview said of it.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::SignedDuration;
use tempfile::TempDir;
use tidings_index::Index;
use tidings_match::taxonomy_file::FileText;
use tidings_model::{Finding, FindingId, ManualClock};
use tidings_protocol as wire;
use tidings_store::{Author, EntryKind, LogNumber};

use super::page::GIVE_WAY;
use super::*;
use crate::taxonomy::Understanding;
use crate::{Ingest, Made, Origin, Parts, TaxonomyFault, Visitor, follow};

const FILE: &str = "[[competitor]]\nid = \"acme\"\nname = \"Acme\"\ntier = 1\n
    [[label]]\ndimension = \"pain\"\nid = \"price\"\nname = \"Price\"\nphrases = [\"too dear\"]\n
    [[severity]]\nlevel = \"high\"\nquery = \"tier:1 pain:price\"\n";

/// Words that the taxonomies of these tests listen for, and some that none does.
const WORDS: &[&str] = &["Acme", "Beta", "too dear", "so slow", "quá đắt", "nothing", "not", "is", "and"];

const MADE: &[&str] = &[
    "",
    "[[competitor]]\nid = \"beta\"\nname = \"Beta\"\ntier = 2\n",
    "[[label]]\ndimension = \"pain\"\nid = \"speed\"\nname = \"Speed\"\nphrases = [\"so slow\", \"slow\"]\n",
    "[[label]]\ndimension = \"season\"\nid = \"dear\"\nname = \"Dear\"\nphrases = [\"quá đắt\", \"dear\"]\n
     [[severity]]\nlevel = \"critical\"\nquery = \"season:dear\"\n",
];

struct Archive {
    _dir: TempDir,
    engine: Engine,
    store: Store,
    index: Index,
    feed: IndexFeed,
    thread: std::thread::JoinHandle<()>,
    clock: ManualClock,
}

fn file_text() -> Vec<FileText> {
    vec![FileText { path: "t.toml".into(), text: FILE.to_owned() }]
}

fn open(dir: TempDir) -> Archive {
    let clock = ManualClock::new("2026-11-22T00:00:00Z".parse().unwrap());
    let store = Store::open(&dir.path().join("data")).unwrap();
    let shared: std::sync::Arc<dyn Clock> = std::sync::Arc::new(clock.clone());
    let (index, opened) = Index::open(&dir.path().join("index"), store.epoch(), shared.clone()).unwrap();
    let (feed, thread) = follow(store.clone(), index.clone(), opened);
    let understanding = Understanding::take_up(&store, file_text(), clock.now()).unwrap();
    let parts = Parts {
        store: store.clone(),
        feed: feed.clone(),
        catalog: std::sync::Arc::new(
            tidings_plugins::Catalog::of_manifests(Vec::new(), &dir.path().join("plugins")).unwrap(),
        ),
        visitor: Visitor::MadeUp(std::sync::Arc::new(crate::moved_clock::Web::new(clock.clone(), BTreeMap::new()))),
        clock: shared,
        understanding,
        seed: tidings_scheduler::Seed(7),
        max_open: 1,
    };
    Archive { engine: Engine::new(parts, Vec::new()).unwrap(), _dir: dir, store, index, feed, thread, clock }
}

impl Archive {
    fn new() -> Self {
        open(TempDir::new().unwrap())
    }

    /// What a process that ended here would leave, opened again.
    fn reopen(self) -> Self {
        let Self { _dir, engine, store, index, feed, thread, .. } = self;
        drop((engine, store, index, feed));
        thread.join().unwrap();
        open(_dir)
    }

    /// Emits findings as a run would that began with `tagger`.
    fn emit_by(&self, tagger: &std::sync::Arc<Tagger>, texts: impl IntoIterator<Item = (String, String)>) {
        let origin = Origin {
            source: "news".parse().unwrap(),
            identity: "news".parse().unwrap(),
            plugin: "feed".parse().unwrap(),
        };
        let mut run = Ingest::new(self.store.clone(), tagger.clone(), origin, "run".to_owned());
        for (key, text) in texts {
            let emitted = wire::Finding { key: Some(key), text: Some(text), ..wire::Finding::default() };
            run.emit(emitted, self.clock.now()).unwrap();
        }
        self.feed.hand_over(run.cover(self.clock.now()).unwrap().entries);
    }

    fn emit(&self, texts: impl IntoIterator<Item = (String, String)>) {
        self.emit_by(&self.engine.inner.understanding().tagger, texts);
    }

    fn put(&self, made: &str) -> crate::TaxonomyPut {
        self.engine.put_taxonomy(&Made::from_toml(made.to_owned()), None, Author::Local).unwrap()
    }

    fn worker(&self) -> Worker {
        Worker::new(self.store.clone(), self.feed.clone())
    }

    fn page(&self, worker: &mut Worker) -> Page {
        worker.page(&self.engine.inner.understanding().tagger, self.clock.now()).unwrap()
    }

    /// The tags of every finding, as queries name them.
    fn tags(&self) -> BTreeMap<FindingId, Vec<String>> {
        let findings = self.store.findings_after(LogNumber(0), self.store.head().unwrap(), usize::MAX).unwrap();
        let tags = |finding: &Finding| {
            let competitors = finding.competitors.iter().map(|tag| format!("competitor:{}", tag.id));
            let labels = finding.tags.iter().map(|tag| format!("{}:{}", tag.dimension, tag.id));
            let severity = finding.severity.iter().map(|severity| format!("severity:{severity}"));
            competitors.chain(labels).chain(severity).collect()
        };
        findings.into_iter().map(|(_, finding)| (finding.id.clone(), tags(&finding))).collect()
    }

    /// Every finding as the taxonomy in force makes it, whatever is kept.
    #[track_caller]
    fn check_all_tagged(&self) {
        let tagger = &self.engine.inner.understanding().tagger;
        for (_, kept) in self.store.findings_after(LogNumber(0), self.store.head().unwrap(), usize::MAX).unwrap() {
            let mut fresh = kept.clone();
            tagger.tag(&mut fresh);
            assert_eq!(kept, fresh);
        }
    }

    fn retagged(&self) -> usize {
        let entries = self.store.log_after(LogNumber(0), usize::MAX >> 1).unwrap();
        entries.iter().filter(|entry| entry.kind == EntryKind::Retagged).count()
    }
}

/// Texts of a few words, the same in each run.
fn texts(count: u64) -> impl Iterator<Item = (String, String)> {
    (0..count).map(|key| {
        let mut state = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            WORDS[(state % WORDS.len() as u64) as usize]
        };
        (key.to_string(), [next(), next(), next(), next()].join(" "))
    })
}

#[tokio::test]
async fn a_preview_is_what_applying_does() {
    for (from, to) in [(0, 1), (1, 2), (2, 3), (3, 0)] {
        let archive = Archive::new();
        archive.put(MADE[from]);
        archive.emit(texts(700));
        let before = archive.tags();
        let preview = archive.engine.preview_taxonomy(&Made::from_toml(MADE[to].to_owned()), PREVIEW_FOR_EVER).unwrap();
        assert_eq!((preview.looked, preview.total, preview.sampled, preview.left_out), (700, 700, false, 0));
        assert_eq!((archive.tags(), archive.retagged()), (before.clone(), 0), "a preview changes nothing");

        let put = archive.put(MADE[to]);
        assert_eq!(put.changes, preview.taxonomy);
        archive.engine.retag_all(|_| ()).await.unwrap();
        archive.check_all_tagged();
        assert_eq!(preview.changed, archive.retagged() as u64);
        let mut real: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (id, now) in archive.tags() {
            let then = &before[&id];
            now.iter().filter(|tag| !then.contains(tag)).for_each(|tag| real.entry(tag.clone()).or_default().0 += 1);
            then.iter().filter(|tag| !now.contains(tag)).for_each(|tag| real.entry(tag.clone()).or_default().1 += 1);
        }
        let told: BTreeMap<_, _> =
            preview.tags.iter().map(|effect| (effect.tag.clone(), (effect.gains, effect.losses))).collect();
        assert_eq!(told, real);
        assert!(!real.is_empty());
        let examples = preview.tags.iter().flat_map(|effect| effect.gained.iter().chain(&effect.lost));
        assert!(examples.clone().all(|example| before.contains_key(&example.id)));
        assert_eq!(archive.index.verify(&archive.store, |_| ()).unwrap(), []);
    }
}

const PREVIEW_FOR_EVER: Duration = Duration::from_secs(600);

#[test]
fn a_preview_that_runs_out_of_time_says_so() {
    let archive = Archive::new();
    archive.emit(texts(700));
    let preview = archive.engine.preview_taxonomy(&Made::from_toml(MADE[2].to_owned()), Duration::ZERO).unwrap();
    assert!(preview.sampled && preview.looked < preview.total && 0 < preview.looked, "{preview:?}");
}

#[test]
fn one_preview_at_a_time() {
    let archive = Archive::new();
    let _held = archive.engine.inner.previewing.lock().unwrap();
    let busy = archive.engine.preview_taxonomy(&Made::default(), Duration::ZERO).unwrap_err();
    assert!(matches!(busy, TaxonomyFault::Busy), "{busy}");
}

#[tokio::test]
async fn a_process_that_ends_at_any_page_is_gone_on_with() {
    for pages in 0..3 {
        let archive = Archive::new();
        archive.emit(texts(1_200));
        archive.put(MADE[2]);
        let mut worker = archive.worker();
        for _ in 0..pages {
            assert!(matches!(archive.page(&mut worker), Page::Decided { .. }));
        }
        let done = archive.store.running_retag().unwrap().unwrap().looked;
        drop(worker);
        let archive = archive.reopen();
        let task = archive.engine.running_task().unwrap().unwrap();
        assert_eq!((task.done, task.total, task.version), (done, 1_200, 2));
        archive.engine.retag_all(|_| ()).await.unwrap();
        archive.check_all_tagged();
        let task = archive.engine.task(&task.id).unwrap();
        assert_eq!((task.state, task.done), (TaskState::Done, 1_200));
        archive.feed.settle().await;
        assert_eq!(archive.index.verify(&archive.store, |_| ()).unwrap(), []);
        assert_eq!(task.changed, archive.retagged() as u64);
    }
}

#[tokio::test]
async fn what_a_run_brings_meanwhile_by_the_taxonomy_before_is_right_in_the_end() {
    let archive = Archive::new();
    archive.emit(texts(900));
    let before = archive.engine.inner.understanding().tagger.clone();
    archive.put(MADE[2]);
    let mut worker = archive.worker();
    archive.page(&mut worker);
    archive.clock.advance(SignedDuration::from_secs(60));
    // Revisions of what was decided, of what was not, and new ones.
    let revised = ["3", "4", "890"].map(|key| (key.to_owned(), "Acme is so slow and too dear".to_owned()));
    archive.emit_by(&before, revised);
    archive.emit_by(&before, [("late".to_owned(), "so slow".to_owned())]);
    assert_eq!(archive.store.stale_findings().unwrap(), 4);
    archive.engine.retag_all(|_| ()).await.unwrap();
    archive.check_all_tagged();
    archive.emit_by(&before, [("later".to_owned(), "so slow, so slow".to_owned())]);
    archive.engine.retag_all(|_| ()).await.unwrap();
    archive.check_all_tagged();
}

#[tokio::test]
async fn the_index_has_the_tags_and_not_those_before() {
    let archive = Archive::new();
    archive.emit([("a".to_owned(), "too dear".to_owned()), ("b".to_owned(), "so slow".to_owned())]);
    archive.feed.settle().await;
    let found = |q: &str| {
        let request = tidings_index::SearchRequest::from_params([("q", q)], &archive.engine.dimensions()).unwrap();
        archive.index.search(&archive.store, &request).unwrap().total
    };
    assert_eq!((found("pain:price"), found("pain:speed")), (1, 0));
    archive.put(MADE[2]);
    archive.engine.retag_all(|_| ()).await.unwrap();
    archive.feed.settle().await;
    assert_eq!((found("pain:price"), found("pain:speed"), found("slow")), (1, 1, 1));
    archive.put("");
    archive.engine.retag_all(|_| ()).await.unwrap();
    archive.feed.settle().await;
    assert_eq!((found("pain:price"), found("pain:speed"), found("slow")), (1, 0, 1));
}

#[test]
fn it_rests_where_ingest_commits_meanwhile() {
    let archive = Archive::new();
    archive.emit(texts(1_700));
    archive.put(MADE[2]);
    let mut worker = archive.worker();
    let pause = |page: Page| match page {
        Page::Decided { pause, .. } => pause,
        other => panic!("{other:?}"),
    };
    assert_eq!(pause(archive.page(&mut worker)), Duration::ZERO);
    assert_eq!(pause(archive.page(&mut worker)), Duration::ZERO);
    archive.emit([("new".to_owned(), "nothing".to_owned())]);
    let began = Instant::now();
    let pause_after = pause(archive.page(&mut worker));
    assert!(Duration::ZERO < pause_after && pause_after <= began.elapsed() * GIVE_WAY);
    assert_eq!(pause(archive.page(&mut worker)), Duration::ZERO);
}

#[tokio::test]
async fn a_later_taxonomy_takes_over() {
    let archive = Archive::new();
    archive.emit(texts(900));
    let first = archive.put(MADE[2]).task.unwrap();
    archive.page(&mut archive.worker());
    let second = archive.put(MADE[3]).task.unwrap();
    assert_eq!(archive.engine.task(&first.id).unwrap().state, TaskState::Superseded);
    let mut seen = Vec::new();
    archive.engine.retag_all(|task| seen.push((task.id, task.done))).await.unwrap();
    assert!(seen.iter().all(|(id, _)| *id == second.id), "{seen:?}");
    assert_eq!(seen.last().unwrap().1, 900);
    archive.check_all_tagged();
    assert!(matches!(archive.engine.task("retag-99"), Err(EngineError::NoTask(_))));
    assert!(matches!(archive.engine.task("else"), Err(EngineError::NoTask(_))));
}

#[test]
fn without_an_engine_it_does_the_same() {
    let archive = Archive::new();
    archive.emit(texts(600));
    archive.put(MADE[1]);
    let tagger = archive.engine.inner.understanding().tagger.clone();
    let mut last = None;
    retag_archive(&archive.store, &archive.feed, &tagger, &archive.clock, |task| last = Some(task)).unwrap();
    assert_eq!(last.map(|task| (task.state, task.done)), Some((TaskState::Done, 600)));
    archive.check_all_tagged();
    // Asked for again, though nothing differs.
    let again = archive.engine.start_retag().unwrap();
    assert_eq!(archive.engine.start_retag().unwrap(), again);
    retag_archive(&archive.store, &archive.feed, &tagger, &archive.clock, |_| ()).unwrap();
    let again = archive.engine.task(&again.id).unwrap();
    assert_eq!((again.state, again.done, again.changed), (TaskState::Done, 600, 0));
}
