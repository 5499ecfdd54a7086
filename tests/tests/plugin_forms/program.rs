//! A folder with a `plugin.toml`, whose program is a script in Python.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tidings_plugins::{Form, Plugin, RunEnd, probe_sandbox};
use tidings_protocol::{Error, code};
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, Record, Web, job, response, settle};

const TOML: &str = include_str!("../../../plugins/python/acme-jobs/plugin.toml");
const JOBS: &str = include_str!("../../../plugins/python/acme-jobs/main.py");

/// Fails in the way that its params say.
const FAULTY: &str = r#"
import os, socket, sys, time
from tidings import Error, Finding, plugin

def raises():
    return {}["price"]

def attempt(work):
    try:
        work()
        return "done"
    except OSError as error:
        return type(error).__name__

@plugin(id="faulty", name="Faulty", kind="custom", params={"fault": {"type": "string"}, "dir": {"type": "string", "default": "/"}},
        examples=[{"fault": "none"}])
def run(params, ctx):
    fault = params["fault"]
    if fault == "print":
        print("a stray line")
        ctx.emit(Finding(title="One", key="1", text="a\x00b"))
        sys.stdout.flush()
    elif fault == "raise":
        raises()
    elif fault == "error":
        raise Error("no such team")
    elif fault == "nameless":
        ctx.emit(Finding(title="One"))
    elif fault == "hang":
        time.sleep(60)
    elif fault == "spin":
        while True:
            pass
    elif fault == "exit":
        sys.exit(3)
    elif fault == "memory":
        return bytearray(1 << 30)
    elif fault == "socket":
        socket.create_connection(("127.0.0.1", 9))
    elif fault == "attempts":
        tried = {
            "unix": lambda: socket.socket(socket.AF_UNIX), "leave": os.setsid,
            "write": lambda: open(params["dir"] + "/x", "w"), "read": lambda: os.listdir(params["dir"]),
            "scratch": lambda: open(os.environ["TMPDIR"] + "/x", "w"),
        }
        ctx.summary(" ".join(f"{name}:{attempt(work)}" for name, work in tried.items()))
"#;

fn put(bench: &Bench, name: &str, script: &str) {
    let dir = bench.plugins_dir().join(name);
    std::fs::create_dir(&dir).unwrap();
    for (name, text) in [("plugin.toml", TOML), ("main.py", script)] {
        std::fs::write(dir.join(name), text).unwrap();
        settle(&dir.join(name));
    }
}

/// Python starts slower than a library, the more so on a machine with other work.
fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.config.stall = Duration::from_secs(10);
    bench
}

async fn discovered(bench: &Bench, id: &str) -> Arc<Plugin> {
    let catalog = bench.discover(bench.launcher()).await;
    catalog.plugin(&id.parse().unwrap()).unwrap_or_else(|| panic!("{:?}", catalog.problems()))
}

async fn run(bench: &Bench, id: &str, params: Value) -> (RunEnd, Record) {
    let plugin = discovered(bench, id).await;
    assert_eq!(plugin.form, Form::Exec);
    let mut record = Record::default();
    let end = bench.supervisor().run(&plugin, job(params), &mut record, CancellationToken::new()).await;
    assert_eq!(bench.processes(), Vec::<String>::new(), "a process was left behind");
    let scratch = std::fs::read_dir(bench.store_dir().join("scratch")).unwrap();
    assert_eq!(scratch.count(), 0, "a scratch folder was left behind");
    (end, record)
}

async fn fault(bench: &Bench, fault: &str) -> (Error, String) {
    put(bench, "faulty", FAULTY);
    let (end, _) = run(bench, "faulty", json!({"fault": fault})).await;
    (end.result.expect_err("the fault fails the run"), end.log_tail)
}

#[tokio::test]
async fn a_python_plugin_fetches_and_finds() {
    let web = Web::new(|head| {
        assert!(head.starts_with("GET /api?team=sales "), "{head}");
        let body = r#"[{"id": 1, "title": "Sales lead", "url": "https://jobs.acme.example/1", "posted": "2026-11-20T08:00:00Z",
            "tags": ["remote"]}, {"id": 2}]"#;
        response("200 OK", "content-type: application/json\r\n", body)
    });
    let bench = bench();
    put(&bench, "acme-jobs", JOBS);
    let (end, record) = run(&bench, "acme-jobs", json!({"team": "sales", "base": web.base})).await;
    assert_eq!(end.result.unwrap().summary.as_deref(), Some("2 open positions"), "{}", end.log_tail);
    let finding = &record.findings[0];
    assert_eq!((finding.title.as_deref(), finding.key.as_deref()), (Some("Sales lead"), Some("job:1")));
    assert_eq!(finding.published.unwrap().to_string(), "2026-11-20T08:00:00Z");
    assert_eq!(finding.hints, ["remote"]);
    assert_eq!(end.sandbox.unwrap(), probe_sandbox(&bench.config, &bench.launcher()).await.unwrap());
}

#[tokio::test]
async fn what_is_printed_is_a_line_of_the_log() {
    let bench = bench();
    put(&bench, "faulty", FAULTY);
    let (end, record) = run(&bench, "faulty", json!({"fault": "print"})).await;
    assert!(end.result.is_ok(), "{:?}", end.result);
    assert!(end.log_tail.contains("a stray line"), "{}", end.log_tail);
    assert_eq!(record.findings[0].text.as_deref(), Some("ab"));
}

#[tokio::test]
async fn an_exception_is_told_with_its_place_and_traceback() {
    let (error, log) = fault(&bench(), "raise").await;
    assert_eq!((error.code.as_str(), error.message.as_str()), (code::PLUGIN_PANIC, "KeyError: 'price'"));
    assert_eq!(error.data.location.as_deref(), Some("main.py:6"));
    assert!(log.contains("return {}[\"price\"]"), "{log}");
}

#[tokio::test]
async fn an_error_of_the_plugins_own_keeps_its_code() {
    let (error, _) = fault(&bench(), "error").await;
    assert_eq!((error.code.as_str(), error.message.as_str()), (code::PLUGIN_ERROR, "no such team"));
    let (error, _) = fault(&bench(), "nameless").await;
    assert!(error.message.starts_with("a finding needs a url or a key"), "{error}");
}

#[tokio::test]
async fn a_hang_a_loop_and_an_early_end_are_told_apart() {
    let mut hasty = bench();
    hasty.config.stall = Duration::from_millis(600);
    assert_eq!(fault(&hasty, "hang").await.0.code, code::TIMEOUT_STALL);
    assert_eq!(fault(&bench(), "spin").await.0.code, code::CRASH_CPU);
    assert_eq!(fault(&bench(), "exit").await.0.code, code::CRASH_EXIT_WITHOUT_RESULT);
    let (error, _) = fault(&bench(), "memory").await;
    assert!(error.message.starts_with("MemoryError"), "{error}");
}

#[tokio::test]
async fn network_and_files_are_out_of_reach_save_the_scratch_folder() {
    let bench = bench();
    put(&bench, "faulty", FAULTY);
    let sandbox = probe_sandbox(&bench.config, &bench.launcher()).await.unwrap();
    let params = json!({"fault": "attempts", "dir": bench.dir.path()});
    let (end, _) = run(&bench, "faulty", params).await;
    let summary = end.result.unwrap().summary.unwrap();
    let denied = |names: &[&str]| names.iter().all(|name| summary.contains(&format!("{name}:PermissionError")));
    assert!(!sandbox.seccomp || denied(&["unix", "leave"]), "{summary}");
    assert!(sandbox.landlock == "none" || denied(&["write", "read"]), "{summary}");
    assert!(summary.contains("scratch:done"), "{summary}");
    if sandbox.seccomp {
        let (end, _) = run(&bench, "faulty", json!({"fault": "socket"})).await;
        let error = end.result.unwrap_err();
        assert!(error.message.contains("a plugin has no network"), "{error}");
    }
}

#[tokio::test]
async fn a_changed_script_is_a_new_version_and_a_wrong_folder_a_problem() {
    let bench = bench();
    put(&bench, "acme-jobs", JOBS);
    let catalog = bench.discover(bench.launcher()).await;
    let id = "acme-jobs".parse().unwrap();
    let first = catalog.plugin(&id).unwrap().sha256.clone();
    let script = bench.plugins_dir().join("acme-jobs/main.py");
    std::fs::write(&script, JOBS.replace("every=\"6h\"", "every=\"7h\"")).unwrap();
    std::fs::write(bench.plugins_dir().join("acme-jobs/notes.md"), "not part of it").unwrap();
    assert!(catalog.refresh().await);
    let second = catalog.plugin(&id).unwrap();
    assert_ne!(second.sha256, first);
    assert_eq!(second.manifest.schedule.every.as_deref(), Some("7h"));

    std::fs::write(bench.plugins_dir().join("acme-jobs/plugin.toml"), "exek = []\n").unwrap();
    assert!(catalog.refresh().await);
    let problem = &catalog.problems()[0];
    assert!(problem.error.message.contains("line 1, column 1: unknown field `exek`"), "{problem}");
    assert!(problem.is_warning, "the last good version stays");
}
