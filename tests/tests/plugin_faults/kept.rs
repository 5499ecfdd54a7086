//! A plugin that keeps nothing from run to run is run again in the process that has served it well.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tidings_plugins::{Plugin, RunEnd, Supervisor, probe_sandbox};
use tidings_protocol::code;
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, Record, deadly, job};

/// The fault plugin as one that says it keeps nothing, and who runs it.
struct Kept {
    bench: Bench,
    plugin: Arc<Plugin>,
    supervisor: Supervisor,
}

impl Kept {
    async fn new() -> Self {
        let bench = Bench::new();
        let catalog = bench.catalog().await;
        let plugin = catalog.plugin(&"fault".parse().unwrap()).unwrap();
        drop(catalog);
        let mut plugin = Arc::into_inner(plugin).expect("the catalog held it");
        plugin.manifest.capabilities.stateless = true;
        let supervisor = bench.supervisor();
        Self { bench, plugin: Arc::new(plugin), supervisor }
    }

    async fn run(&self, params: Value) -> (RunEnd, Record) {
        let mut record = Record::default();
        let end = self.supervisor.run(&self.plugin, job(params), &mut record, CancellationToken::new()).await;
        (end, record)
    }

    /// Runs well, and says which process is left.
    async fn run_well(&self) -> u32 {
        let (end, record) = self.run(json!({"fault": "none", "findings": 2})).await;
        end.result.unwrap();
        assert_eq!(record.findings.len(), 2);
        let [(pid, _)] = self.bench.started()[..] else { panic!("{:?}", self.bench.started()) };
        pid
    }

    async fn until_none_is_left(&self) {
        while !self.bench.started().is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn the_process_of_a_run_that_ended_well_serves_the_next() {
    let kept = Kept::new().await;
    let first = kept.run_well().await;
    let (end, record) = kept.run(json!({"fault": "none", "findings": 3})).await;
    assert_eq!(record.findings.len(), 3);
    assert_eq!(kept.run_well().await, first);
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    assert_eq!(kept.run_well().await, first);
    assert_eq!(tasks(), before, "one task looks after all that wait");
    assert!(end.cpu < Duration::from_secs(1), "{:?}", end.cpu);
    assert!((100_000..200 << 20).contains(&end.max_rss), "{}", end.max_rss);
    let sandbox = probe_sandbox(&kept.bench.config, &kept.bench.launcher()).await.unwrap();
    assert_eq!(end.sandbox.unwrap(), sandbox);
}

#[tokio::test]
async fn every_fault_has_its_code_in_a_later_run_too_and_ends_the_process() {
    let kept = Kept::new().await;
    for (params, expected) in deadly().into_iter().chain([(json!({"fault": "cpu_loop"}), code::CRASH_CPU)]) {
        kept.run_well().await;
        let (end, _) = kept.run(params).await;
        let error = end.result.unwrap_err();
        assert_eq!(error.code, expected, "{error}");
        assert_eq!(kept.bench.started(), []);
    }
}

#[tokio::test]
async fn a_process_that_died_while_it_waited_costs_no_run() {
    let kept = Kept::new().await;
    let first = kept.run_well().await;
    let kill = std::process::Command::new("kill").args(["-9", &first.to_string()]).status();
    assert!(kill.unwrap().success());
    // It closes its pipes after it has lost its command line, and before it is a zombie.
    let lives = || {
        let stat = std::fs::read_to_string(format!("/proc/{first}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, fields)| !fields.starts_with('Z'))
    };
    while lives() {
        tokio::task::yield_now().await;
    }
    assert_ne!(kept.run_well().await, first);
}

#[tokio::test]
async fn what_waits_ends_with_its_supervisor() {
    let mut kept = Kept::new().await;
    kept.run_well().await;
    kept.supervisor = kept.bench.supervisor();
    kept.until_none_is_left().await;
}
