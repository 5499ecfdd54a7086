//! Files that are no plugin, and files that change.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tidings_plugins::{Launcher, Problem};
use tidings_protocol::code;
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, Record, job, put_settled, settle};

/// The problem of the one file, `libtidings_plugin_x.so`, compiled from C.
async fn problem_of_c(source: &str) -> Problem {
    let bench = Bench::new();
    let (c, library) = (bench.dir.path().join("x.c"), bench.plugins_dir().join("libtidings_plugin_x.so"));
    fs::write(&c, source).unwrap();
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-w", "-o"]).args([&library, &c]).status().unwrap();
    assert!(compiled.success());
    settle(&library);
    problem(&bench).await
}

async fn problem(bench: &Bench) -> Problem {
    let catalog = bench.discover(bench.launcher()).await;
    assert!(catalog.plugins().is_empty());
    assert!(bench.processes().is_empty());
    let problems = catalog.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().unwrap()
}

#[track_caller]
fn check(problem: &Problem, code: &str, said: &str) {
    assert_eq!(problem.error.code, code, "{}", problem.error);
    assert!(problem.error.message.contains(said), "{}", problem.error);
    assert!(!problem.is_warning && !problem.error.retryable);
}

#[tokio::test]
async fn a_garbage_file_is_no_library() {
    let bench = Bench::new();
    let file = bench.plugins_dir().join("libtidings_plugin_x.so");
    fs::write(&file, "garbage").unwrap();
    settle(&file);
    let problem = problem(&bench).await;
    check(&problem, code::LOAD_NOT_A_PLUGIN, "is no shared library");
    assert_eq!(problem.path, file);
}

#[tokio::test]
async fn a_truncated_library_cannot_be_loaded() {
    let bench = Bench::new();
    let file = bench.plugins_dir().join("libtidings_plugin_x.so");
    fs::write(&file, b"\x7fELF and then nothing").unwrap();
    settle(&file);
    check(&problem(&bench).await, code::LOAD_DLOPEN, "cannot be loaded");
}

#[tokio::test]
async fn a_library_without_the_entry_is_no_plugin() {
    check(&problem_of_c("int something_else;").await, code::LOAD_NOT_A_PLUGIN, "no tidings plugin");
}

#[tokio::test]
async fn a_later_abi_is_named() {
    let problem = problem_of_c("void *tidings_plugin_v2(void) { return 0; }").await;
    check(&problem, code::LOAD_ABI_MISMATCH, "built for plugin ABI 2, this tidings speaks 1: upgrade tidings");
}

#[tokio::test]
async fn a_missing_symbol_fails_at_once_and_is_named() {
    let problem = problem_of_c("int missing_thing(void); void *tidings_plugin_v1(void) { missing_thing(); return 0; }");
    check(&problem.await, code::LOAD_DLOPEN, "undefined symbol: missing_thing");
}

#[tokio::test]
async fn a_table_that_is_absent_or_too_small_is_refused() {
    let absent = problem_of_c("void *tidings_plugin_v1(void) { return 0; }").await;
    check(&absent, code::LOAD_ABI_MISMATCH, "gives no table");
    let small = "static unsigned table[8] = {8}; void *tidings_plugin_v1(void) { return table; }";
    check(&problem_of_c(small).await, code::LOAD_ABI_MISMATCH, "holds 8 bytes");
}

#[tokio::test]
async fn one_that_cannot_describe_itself_says_why() {
    let table = "struct { unsigned size, minor; int (*describe)(void (*)(void *, const char *, unsigned long), void *); \
                 int (*run)(void); } table = {24, 0, describe, 0}; void *tidings_plugin_v1(void) { return &table; }";
    let describe = |body: &str| {
        format!("int describe(void (*sink)(void *, const char *, unsigned long), void *cx) {{ {body} }} {table}")
    };
    let garbage = problem_of_c(&describe("sink(cx, \"garbage\", 7); return 0;")).await;
    check(&garbage, code::LOAD_DESCRIBE_FAILED, "cannot be read");
    let other = problem_of_c(&describe("sink(cx, \"{}\", 2); return 0;")).await;
    check(&other, code::LOAD_DESCRIBE_FAILED, "missing field");
    let crash = problem_of_c(&describe("*(volatile int *)1 = 0; return 0;")).await;
    check(&crash, code::LOAD_DESCRIBE_FAILED, "SIGSEGV");
    let silent = problem_of_c(&describe("return 7;")).await;
    check(&silent, code::LOAD_DESCRIBE_FAILED, "returned 7 and no error");
}

#[tokio::test]
async fn a_constructor_that_hangs_is_not_waited_for() {
    let mut bench = Bench::new();
    bench.config.handshake = Duration::from_millis(400);
    let (c, library) = (bench.dir.path().join("x.c"), bench.plugins_dir().join("libtidings_plugin_x.so"));
    fs::write(&c, "__attribute__((constructor)) void hang(void) { for (;;) ; }").unwrap();
    assert!(Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &c]).status().unwrap().success());
    settle(&library);
    check(&problem(&bench).await, code::LOAD_DESCRIBE_FAILED, "no manifest came within 400ms");
}

#[tokio::test]
async fn a_restart_starts_no_process() {
    let bench = Bench::new();
    let first = bench.catalog().await.plugin(&"fault".parse().unwrap()).unwrap();
    let nobody = Launcher { exe: "/nowhere/tidings".into(), args: Vec::new() };
    let catalog = bench.discover(nobody).await;
    let again = catalog.plugin(&"fault".parse().unwrap()).unwrap();
    assert_eq!((&again.sha256, &again.stored), (&first.sha256, &first.stored));
    assert!(catalog.problems().is_empty());
}

#[tokio::test]
async fn a_bad_new_version_leaves_the_old_one_in_force() {
    let bench = Bench::new();
    let catalog = bench.catalog().await;
    let good = catalog.plugin(&"fault".parse().unwrap()).unwrap();
    assert!(!catalog.refresh().await);
    fs::write(bench.fault_file(), "half a build").unwrap();
    settle(&bench.fault_file());
    assert!(catalog.refresh().await);
    assert_eq!(catalog.plugin(&good.id).unwrap().sha256, good.sha256);
    let problems = catalog.problems();
    assert!(problems.len() == 1 && problems[0].is_warning, "{problems:?}");
    fs::remove_file(bench.fault_file()).unwrap();
    assert!(catalog.refresh().await);
    assert!(catalog.plugin(&good.id).is_none() && catalog.problems().is_empty());
}

#[tokio::test]
async fn the_first_folder_that_holds_an_id_wins() {
    let bench = Bench::new();
    let first = bench.catalog().await.plugin(&"fault".parse().unwrap()).unwrap();
    let second = bench.dir.path().join("second");
    fs::create_dir(&second).unwrap();
    put_settled(&bench.fault_file(), &second.join("libtidings_plugin_fault.so"));
    let dirs = [second.clone(), bench.plugins_dir()];
    let launcher = bench.launcher();
    let catalog = tidings_plugins::Catalog::discover(&dirs, &bench.store_dir(), launcher, &bench.config).await.unwrap();
    assert!(catalog.plugin(&first.id).unwrap().path.starts_with(&second));
    let problems = catalog.problems();
    assert!(problems[0].is_warning && problems[0].error.message.contains("instead"), "{problems:?}");
}

#[tokio::test]
async fn a_write_into_the_file_does_not_hurt_a_run() {
    let bench = Bench::new();
    let plugin = bench.catalog().await.plugin(&"fault".parse().unwrap()).unwrap();
    let supervisor = bench.supervisor();
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let mut record = Record::default();
    let run = supervisor.run(&plugin, job(json!({"fault": "polite"})), &mut record, cancel);
    let overwriting = async {
        while bench.processes().is_empty() {
            tokio::task::yield_now().await;
        }
        // In place, as `cp` does: the inode stays, its pages go.
        fs::write(bench.fault_file(), "short").unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.cancel();
    };
    let (end, ()) = tokio::join!(run, overwriting);
    assert_eq!(end.result.unwrap_err().code, code::CANCELLED);
}

#[tokio::test]
async fn wrong_params_are_refused_before_a_process_is_started() {
    let (end, _) = Bench::new().run(json!({"fault": "none", "findings": "many"})).await;
    let error = end.result.unwrap_err();
    assert_eq!(error.code, code::CONFIG_INVALID);
    assert!(end.sandbox.is_none() && end.max_rss == 0);
}
