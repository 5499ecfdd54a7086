//! Two days of a moved clock over a web that fails in every way that the protocol has
//! a code for: at each step every source is in its right state, none is given up, and
//! none is visited before it may be.
//!
//! `TIDINGS_SOURCES=1000 cargo test -p tidings-engine moved_clock -- --nocapture` runs it in full.

mod oracle;
mod web;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tidings_index::Index;
use tidings_model::{Health, ManualClock, SourceId};
use tidings_plugins::Catalog;
use tidings_scheduler::Seed;
use tidings_store::Store;

use crate::{Configured, Engine, IndexFeed, Merged, Parts, Place, SourceStatus, Understanding, Visitor, follow};
use oracle::{CODES, Oracle};
use web::{Fault, Page, Shown, Weather};

pub(crate) use web::Web;

const STEP: i64 = 300;
const HOUR: i64 = 3600;
const END: i64 = 48 * HOUR;
/// When every eleventh source is paused, and goes on.
const PAUSE: std::ops::Range<i64> = 10 * HOUR..14 * HOUR;
/// When the daemon is started anew.
const RESTART: i64 = 20 * HOUR;
/// When what is wrong in the configuration is put right.
const REPAIR: i64 = 30 * HOUR;

/// Schedules, with their interval.
const SCHEDULES: [(&str, &str, i64); 9] = [
    ("every", "1h", HOUR),
    ("every", "2h", 2 * HOUR),
    ("every", "3h", 3 * HOUR),
    ("cron", "0 * * * *", HOUR),
    ("every", "4h", 4 * HOUR),
    ("every", "20m", HOUR / 3),
    ("cron", "*/30 * * * *", HOUR / 2),
    ("every", "90m", 3 * HOUR / 2),
    ("every", "30h", 30 * HOUR),
];

/// A source, what is wrong with its configuration, and how it must stand.
struct Source {
    id: SourceId,
    interval: (&'static str, &'static str),
    plugin: &'static str,
    broken: Option<Broken>,
    is_paused: bool,
    oracle: Oracle,
    /// Slices of a long crawl, which follow each other at once.
    slices: u32,
}

/// What the configuration names that is not there.
#[derive(Clone, Copy, PartialEq)]
enum Broken {
    Plugin,
    Secret,
}

impl Source {
    fn numbered(number: usize) -> (Self, Page) {
        // The first ones are visited often enough to meet each code.
        let kinds = if number < 45 { SCHEDULES.len() - 1 } else { SCHEDULES.len() };
        let (mut source, page) = Self::new(number, SCHEDULES[number % kinds], number % 5 == 1, script(number));
        source.broken = match number % 50 {
            48 => Some(Broken::Plugin),
            49 => Some(Broken::Secret),
            _ => None,
        };
        (source, page)
    }

    fn new(
        number: usize,
        (key, value, interval): (&'static str, &'static str, i64),
        is_normal: bool,
        script: Vec<(i64, Weather)>,
    ) -> (Self, Page) {
        let slices = script.iter().map(|(_, weather)| if let Weather::Slices(count) = weather { *count } else { 0 });
        let source = Self {
            id: format!("source-{number:04}").parse().unwrap(),
            interval: (key, value),
            plugin: if is_normal { "seldom" } else { "often" },
            broken: None,
            is_paused: false,
            oracle: Oracle::new(interval, key == "cron", is_normal),
            slices: u32::try_from(slices.sum::<u64>()).unwrap(),
        };
        (source, Page::new(script))
    }

    fn configured(&self) -> Configured {
        let plugin = if self.broken == Some(Broken::Plugin) { "gone" } else { self.plugin };
        let mut config = json!({ "id": self.id, "plugin": plugin, "schedule": { self.interval.0: self.interval.1 } });
        if self.broken == Some(Broken::Secret) {
            config["secrets"] = json!({ "token_env": "TIDINGS_TEST_OF_A_SECRET_THAT_IS_NOT_SET" });
        }
        Configured { config: serde_json::from_value(config).unwrap(), place: Place::Archive }
    }

    /// What a run that the web knows nothing of must have failed with.
    fn unvisited(&self) -> Shown {
        Shown::Failed(Fault::new(match self.broken.expect("what is configured well is visited") {
            Broken::Plugin => "load.not_a_plugin",
            Broken::Secret => "config.invalid",
        }))
    }
}

/// Every code, and the answers that name a time to wait.
fn faults() -> Vec<Fault> {
    let asking = |code, status, seconds| Fault { code, status, retry_after_s: Some(seconds) };
    let mut faults: Vec<Fault> = CODES.iter().map(|(code, _)| Fault::new(code)).collect();
    faults.extend([
        Fault { status: Some(404), ..Fault::new("http.status") },
        asking("http.status", Some(429), 2 * 3600),
        asking("http.status", Some(503), 45 * 60),
        asking("http.status", Some(503), 30 * 24 * 3600),
        asking("fetch.rate_limited", None, 20 * 60),
        asking("http.blocked", Some(403), 3 * 3600),
    ]);
    faults
}

/// What becomes of one page in two days.
fn script(number: usize) -> Vec<(i64, Weather)> {
    let faults = faults();
    let first = Weather::Fault(faults[number % faults.len()]);
    let second = Weather::Fault(faults[(number * 7 + 11) % faults.len()]);
    let hours: Vec<(i64, Weather)> = match number % 7 {
        0 => vec![(6, Weather::Fresh), (13, first), (48, Weather::Fresh)],
        1 => vec![(5, Weather::Fresh), (8, first), (11, second), (42, Weather::Quiet), (48, Weather::Fresh)],
        2 => vec![
            (6, Weather::Fresh),
            (9, Weather::Bare),
            (12, first),
            (16, Weather::Bare),
            (20, Weather::Quiet),
            (24, second),
            (48, Weather::Fresh),
        ],
        3 => vec![(4, Weather::Slices(6)), (8, Weather::Unreadable), (30, first), (48, Weather::Fresh)],
        4 => vec![
            (3, Weather::BareAsExpected),
            (7, Weather::Churn),
            (9, Weather::Stuck),
            (14, first),
            (16, Weather::Fresh),
            (18, second),
            (48, Weather::Churn),
        ],
        5 => vec![
            (2, first),
            (4, Weather::Quiet),
            (8, second),
            (12, Weather::Unreadable),
            (16, first),
            (20, Weather::Bare),
            (36, second),
            (48, Weather::Quiet),
        ],
        _ => vec![(48, first)],
    };
    // Not all of them in the same minute.
    let shift = i64::try_from(number * 37 % 60).unwrap() * 60;
    hours.into_iter().map(|(hour, weather)| (hour * HOUR + shift, weather)).collect()
}

/// The engine, its clock, and what it must come to.
struct Trial {
    parts: Box<dyn Fn() -> Parts>,
    engine: Engine,
    clock: ManualClock,
    begin: Timestamp,
    web: Arc<Web>,
    sources: BTreeMap<SourceId, Source>,
    seen: BTreeSet<(&'static str, Health)>,
    recoveries: u32,
}

impl Trial {
    fn new(made: Vec<(Source, Page)>, dir: &std::path::Path) -> Self {
        let begin: Timestamp = "2026-05-05T00:00:00Z".parse().unwrap();
        let clock = ManualClock::new(begin);
        let (sources, pages): (Vec<Source>, Vec<Page>) = made.into_iter().unzip();
        let pages = sources.iter().map(|source| source.id.clone()).zip(pages).collect();
        let web = Arc::new(Web::new(clock.clone(), pages));
        let parts = parts(dir, &clock, &web);
        let engine = Engine::new(parts(), sources.iter().map(Source::configured).collect()).unwrap();
        let sources = sources.into_iter().map(|source| (source.id.clone(), source)).collect();
        Self { parts, engine, clock, begin, web, sources, seen: BTreeSet::new(), recoveries: 0 }
    }

    fn configured(&self) -> Vec<Configured> {
        self.sources.values().map(Source::configured).collect()
    }

    /// What the user does at `now`.
    fn intervene(&mut self, now: i64) {
        if now == PAUSE.start || now == PAUSE.end {
            for source in self.sources.values_mut().skip(7).step_by(11) {
                source.is_paused = now == PAUSE.start;
                if source.is_paused {
                    self.engine.pause(&source.id).unwrap();
                } else {
                    self.engine.resume(&source.id).unwrap();
                    source.oracle.resumed(now);
                }
            }
        }
        if now == RESTART {
            self.engine = Engine::new((self.parts)(), self.configured()).unwrap();
        }
        if now == REPAIR {
            for source in self.sources.values_mut().filter(|source| source.broken.is_some()) {
                source.broken = None;
                source.oracle.repaired(now);
            }
            self.engine.reload(self.configured()).unwrap();
        }
    }

    async fn step(&mut self, now: i64) {
        for record in self.engine.run_due().await {
            let source = self.sources.get_mut(&record.source).unwrap();
            let id = &source.id;
            let shown = self.web.take_shown(id).unwrap_or_else(|| source.unvisited());
            let oracle = &mut source.oracle;
            assert!(!source.is_paused, "{id} is visited at {now} s, though it is paused");
            assert!(oracle.allowed <= now, "{id} is visited at {now} s, and may be from {} s on", oracle.allowed);
            let was_good = oracle.state.is_good();
            oracle.visited(now, &shown);
            self.recoveries += u32::from(!was_good && oracle.state.is_good());
            let code = if let Shown::Failed(fault) = &shown { fault.code } else { "" };
            self.seen.insert((code, oracle.state));
            assert_eq!(record.outcome, Some(oracle.state), "{id} at {now} s: {shown:?}");
        }
        for status in self.engine.sources() {
            self.check(now, &status);
        }
    }

    /// Whether a source stands as it must.
    fn check(&self, now: i64, status: &SourceStatus) {
        let source = &self.sources[&status.config.id];
        let (oracle, health) = (&source.oracle, &status.health);
        let told = || format!("{} at {now} s: {health:?}, expected {oracle:?}", source.id);
        let at = |second| self.begin + SignedDuration::from_secs(second);
        assert_eq!(health.last_run, oracle.last_run.map(at), "{}", told());
        assert_eq!(health.last_good_run, oracle.last_good.map(at), "{}", told());
        if source.is_paused {
            assert_eq!((health.state, health.next_run), (Health::Paused, None), "{}", told());
            return;
        }
        assert_eq!((health.state, health.alert), (oracle.state, oracle.alert), "{}", told());
        assert_eq!(health.since, at(oracle.since), "{}", told());
        let next = health.next_run.expect("what is not paused has a next run");
        assert!(at(oracle.allowed) <= next && next <= at(oracle.latest), "{}", told());
        assert!(now < oracle.latest, "not visited when it was due: {}", told());
        assert!(health.error.is_some() || oracle.state.is_good(), "a fault without its reason: {}", told());
    }

    fn check_end(&self) {
        for source in self.sources.values() {
            let most = u32::try_from(END / source.oracle.interval).unwrap() + 2 + source.slices;
            let visits = source.oracle.visits;
            assert!(visits <= most, "{} was visited {visits} times, {most} are allowed", source.id);
        }
        let codes: BTreeSet<&str> = self.seen.iter().map(|(code, _)| *code).filter(|code| !code.is_empty()).collect();
        let missing: Vec<_> = CODES.iter().filter(|(code, _)| !codes.contains(code)).collect();
        assert!(missing.is_empty(), "no source failed with {missing:?}");
        let states: BTreeSet<Health> = self.seen.iter().map(|(_, state)| *state).collect();
        let missing: Vec<Health> =
            Health::ALL.iter().copied().filter(|state| *state != Health::Paused && !states.contains(state)).collect();
        assert!(missing.is_empty(), "no source was ever {missing:?}");
        assert!(self.sources.len() <= 2 * self.recoveries as usize, "only {} recovered", self.recoveries);
    }
}

/// Makes what an engine is made of, over the same store each time.
fn parts(dir: &std::path::Path, clock: &ManualClock, web: &Arc<Web>) -> Box<dyn Fn() -> Parts> {
    let store = Store::open(dir).unwrap();
    let (index, opened) = Index::open(&dir.join("index"), store.epoch(), Arc::new(clock.clone())).unwrap();
    let (feed, _): (IndexFeed, _) = follow(store.clone(), index, opened);
    let manifests = [("often", false), ("seldom", true)].map(|(id, empty_is_normal)| {
        let manifest = json!({
            "manifest_version": 1, "id": id, "name": id, "version": "1.0.0", "kind": "custom",
            "params_schema": { "type": "object" }, "examples": [{ "title": "One", "params": {} }],
            "capabilities": {}, "empty_is_normal": empty_is_normal,
        });
        serde_json::from_value(manifest).unwrap()
    });
    let catalog = Arc::new(Catalog::of_manifests(manifests.into(), &dir.join("plugins")).unwrap());
    assert_eq!(catalog.problems(), []);
    let understanding = Arc::new(Understanding::new(Merged::default(), 1).unwrap());
    let (clock, web) = (clock.clone(), web.clone());
    Box::new(move || Parts {
        store: store.clone(),
        feed: feed.clone(),
        catalog: catalog.clone(),
        visitor: Visitor::MadeUp(web.clone()),
        clock: Arc::new(clock.clone()),
        understanding: understanding.clone(),
        seed: Seed(7),
        max_open: 16,
    })
}

async fn two_days(made: Vec<(Source, Page)>) -> Trial {
    let dir = tempfile::tempdir().unwrap();
    let mut trial = Trial::new(made, dir.path());
    for now in (0..=END).step_by(usize::try_from(STEP).unwrap()) {
        trial.intervene(now);
        trial.step(now).await;
        trial.clock.advance(SignedDuration::from_secs(STEP));
    }
    trial
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the full run reports its figures")]
async fn two_days_leave_no_source_in_a_wrong_state() {
    let count = std::env::var("TIDINGS_SOURCES").map_or(50, |count| count.parse().unwrap());
    let trial = two_days((0..count).map(Source::numbered).collect()).await;
    trial.check_end();
    let visits: u32 = trial.sources.values().map(|source| source.oracle.visits).sum();
    println!("{count} sources, {visits} visits, {} recoveries", trial.recoveries);
}

/// One fault that follows another, each for some hours of a source visited three times an hour.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_fault_leaves_behind_does_not_tell_on_the_next() {
    let fault = |code| Weather::Fault(Fault::new(code));
    let rows = [
        // One crash after an outage is no plugin that keeps crashing.
        vec![(1, Weather::Fresh), (20, fault("fetch.dns")), (30, fault("crash.signal")), (48, Weather::Fresh)],
        vec![(1, Weather::Fresh), (40, fault("crash.signal")), (48, Weather::Fresh)],
        // What was empty before an outage is empty after it.
        vec![(2, Weather::Fresh), (4, Weather::Bare), (5, fault("fetch.dns")), (48, Weather::Bare)],
        // What the plugin called empty, and is as at the last good run, is empty no more.
        vec![(2, Weather::Fresh), (4, Weather::Quiet), (6, fault("plugin.empty")), (48, Weather::Quiet)],
        // Neither daily probes nor empty answers make the first wait of an outage a long one.
        vec![(1, Weather::Fresh), (24, fault("config.invalid")), (48, fault("fetch.dns"))],
        vec![(1, Weather::Fresh), (9, fault("plugin.empty")), (48, fault("fetch.dns"))],
        // Neither of these makes a source be visited without a pause.
        vec![(2, Weather::Fresh), (9, Weather::Stuck), (48, fault("cancelled"))],
    ];
    let hours = |row: Vec<(i64, Weather)>| row.into_iter().map(|(hour, weather)| (hour * HOUR, weather)).collect();
    let made = rows
        .into_iter()
        .enumerate()
        .map(|(row, script)| Source::new(row, ("every", "20m", HOUR / 3), false, hours(script)));
    two_days(made.collect()).await;
}

#[tokio::test]
async fn a_pause_during_a_visit_outlives_it() {
    let dir = tempfile::tempdir().unwrap();
    let made = Source::new(0, SCHEDULES[0], false, vec![(48 * HOUR, Weather::Fresh)]);
    let trial = Trial::new(vec![made], dir.path());
    let id = trial.sources.keys().next().unwrap();
    // The run waits for the store as soon as it is asked, and the pause comes then.
    let (records, paused) = tokio::join!(trial.engine.run_due(), async { trial.engine.pause(id) });
    assert!(trial.engine.source(id).unwrap().health.last_run.is_some() && paused.unwrap().running);
    assert_eq!(records.len(), 1);
    let restarted = Engine::new((trial.parts)(), trial.configured()).unwrap();
    let health = restarted.source(id).unwrap().health;
    assert_eq!((health.state, health.next_run), (Health::Paused, None));
    assert!(health.last_run.is_some());
}
