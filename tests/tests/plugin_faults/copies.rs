//! A plugin that runs often is copied from a process that has loaded it. A copy is
//! bounded, ended and told apart like a process of its own.

use serde_json::json;
use tidings_plugins::probe_sandbox;
use tidings_protocol::code;
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, Record, deadly, job};

/// A bench whose next run is a copy.
async fn bench() -> Bench {
    let bench = Bench::new();
    for _ in 0..2 {
        let (end, _) = bench.run(json!({"fault": "none", "findings": 1})).await;
        end.result.unwrap();
    }
    assert_eq!(originals(&bench).len(), 1, "{:?}", bench.started());
    bench
}

fn originals(bench: &Bench) -> Vec<u32> {
    let lines = bench.started().into_iter().filter(|(_, line)| line.contains(" plugin-host fork "));
    lines.map(|(pid, _)| pid).collect()
}

#[tokio::test]
async fn a_copy_brings_its_findings_and_what_it_alone_used() {
    let bench = bench().await;
    let ballast = vec![1_u8; 300 << 20];
    let (end, record) = bench.run(json!({"fault": "none", "findings": 3})).await;
    assert_eq!((record.findings.len(), ballast.len()), (3, 300 << 20));
    assert!((100_000..200 << 20).contains(&end.max_rss), "{}", end.max_rss);
    assert_eq!(end.sandbox.unwrap(), probe_sandbox(&bench.config, &bench.launcher()).await.unwrap());
}

#[tokio::test]
async fn every_fault_of_a_copy_has_its_code() {
    let bench = bench().await;
    for (params, expected) in deadly() {
        let (code, message) = bench.failure(params).await;
        assert_eq!(code, expected, "{message}");
    }
    // Its own seconds of CPU count, not those of the copies before it.
    let (end, _) = bench.run(json!({"fault": "cpu_loop"})).await;
    assert_eq!(end.result.unwrap_err().code, code::CRASH_CPU);
    assert_eq!(originals(&bench).len(), 1);
}

#[tokio::test]
async fn network_files_programs_and_signals_are_out_of_a_copys_reach() {
    let bench = bench().await;
    let attempts = json!({"fault": "attempts", "dir": bench.dir.path()});
    let copied = bench.summary(job(attempts.clone())).await;
    let fresh = Bench::new().summary(job(attempts)).await;
    assert_eq!(copied, fresh);
    assert_eq!(bench.summary(job(json!({"fault": "threads"}))).await, "6");
}

#[tokio::test]
async fn a_copy_leads_a_group_of_its_own_and_ends_with_it() {
    let bench = bench().await;
    let plugin = bench.fault().await;
    let cancel = CancellationToken::new();
    let supervisor = bench.supervisor();
    let mut record = Record::default();
    let run = supervisor.run(&plugin, job(json!({"fault": "hang"})), &mut record, cancel.clone());
    let watch = async {
        let original = originals(&bench)[0];
        let copy = loop {
            if let Some(copy) = originals(&bench).into_iter().find(|pid| *pid != original) {
                break copy;
            }
            tokio::task::yield_now().await;
        };
        // Fields 4 and 5 behind the name: parent and process group.
        loop {
            let stat = std::fs::read_to_string(format!("/proc/{copy}/stat")).unwrap();
            let after_name = stat.rsplit_once(") ").unwrap().1;
            let fields: Vec<&str> = after_name.split(' ').collect();
            assert_eq!(fields[1], std::process::id().to_string());
            if fields[2] == copy.to_string() {
                break;
            }
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (end, ()) = tokio::join!(run, watch);
    assert_eq!(end.result.unwrap_err().code, code::CANCELLED);
    assert_eq!(bench.processes(), Vec::<String>::new());
}

#[tokio::test]
async fn an_original_that_dies_costs_no_run() {
    let bench = bench().await;
    let kill = std::process::Command::new("kill").args(["-9", &originals(&bench)[0].to_string()]).status();
    assert!(kill.unwrap().success());
    let (end, record) = bench.run(json!({"fault": "none", "findings": 2})).await;
    end.result.unwrap();
    assert_eq!(record.findings.len(), 2);
}
