//! What a plugin may not do, and what it must be able to do.

use serde_json::json;
use tidings_plugins::{SandboxMode, probe_sandbox};
use tidings_protocol::code;

use super::bench::{Bench, job};

#[tokio::test]
async fn network_files_programs_and_signals_are_out_of_reach() {
    let bench = Bench::new();
    let summary = bench.summary(job(json!({"fault": "attempts", "dir": bench.dir.path()}))).await;
    let sandbox = probe_sandbox(&bench.config, &bench.launcher()).await.unwrap();
    let denied =
        |names: &[&str]| -> Vec<String> { names.iter().map(|name| format!("{name}: permission denied")).collect() };
    // A kernel without one of the two still has the other half, and says so.
    let mut expected = Vec::new();
    if sandbox.seccomp {
        expected.extend(denied(&["tcp", "udp", "unix", "exec", "signal"]));
    }
    if sandbox.landlock != "none" {
        expected.extend(denied(&["read", "list", "write"]));
    }
    assert!(!expected.is_empty(), "this kernel has neither Landlock nor seccomp");
    for denial in expected {
        assert!(summary.contains(&denial), "no `{denial}` in `{summary}`");
    }
    assert!(!bench.dir.path().join("attempt").exists());
}

#[tokio::test]
async fn a_run_says_what_was_enforced() {
    let bench = Bench::new();
    let (end, _) = bench.run(json!({"fault": "none", "findings": 0})).await;
    assert_eq!(end.sandbox.unwrap(), probe_sandbox(&bench.config, &bench.launcher()).await.unwrap());
}

#[tokio::test]
async fn threads_can_be_made_inside_it() {
    assert_eq!(Bench::new().summary(job(json!({"fault": "threads"}))).await, "6");
}

#[tokio::test]
async fn a_sandbox_that_is_off_is_off_and_says_so() {
    let mut bench = Bench::new();
    bench.config.sandbox = SandboxMode::Off;
    let (end, _) = bench.run(json!({"fault": "attempts", "dir": bench.dir.path()})).await;
    assert!(end.result.unwrap().summary.unwrap().contains("read: done"));
    let sandbox = end.sandbox.unwrap();
    assert_eq!((sandbox.landlock.as_str(), sandbox.seccomp), ("none", false));
}

#[tokio::test]
async fn a_required_sandbox_runs_where_it_can_be_had() {
    let mut bench = Bench::new();
    let sandbox = probe_sandbox(&bench.config, &bench.launcher()).await.unwrap();
    let plugin = bench.fault().await;
    bench.config.sandbox = SandboxMode::Required;
    let supervisor = bench.supervisor();
    let job = job(json!({"fault": "none", "findings": 1}));
    let end = supervisor.run(&plugin, job, &mut super::bench::Record::default(), Default::default()).await;
    if sandbox.seccomp && sandbox.landlock != "none" {
        assert!(end.result.is_ok(), "{:?}", end.result);
    } else {
        assert_eq!(end.result.unwrap_err().code, code::CONFIG_INVALID);
    }
}

#[tokio::test]
async fn a_granted_folder_is_read_through_the_daemon() {
    let bench = Bench::new();
    let folder = bench.dir.path().join("surveys");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.csv"), "x".repeat(3 << 20)).unwrap();
    std::fs::write(folder.join("b.csv"), "yz").unwrap();
    let summary = bench.summary(job(json!({"fault": "folder", "folder": folder}))).await;
    assert_eq!(summary, "a.csv: 3145728, b.csv: 2");
}
