//! Crashes, told apart.

use serde_json::json;
use tidings_protocol::code;

use super::bench::Bench;

#[tokio::test]
async fn a_sound_run_brings_its_findings_and_what_it_used() {
    let (end, record) = Bench::new().run(json!({"fault": "none", "findings": 3})).await;
    assert_eq!(end.result.unwrap(), tidings_protocol::RunReport::default());
    assert_eq!(record.findings.len(), 3);
    assert!(!end.cpu.is_zero() && 100_000 < end.max_rss);
}

#[tokio::test]
async fn a_run_holds_its_own_memory_and_not_the_daemons() {
    let ballast = vec![1_u8; 300 << 20];
    let (end, _) = Bench::new().run(json!({"fault": "none", "findings": 1})).await;
    assert!(end.result.is_ok() && !ballast.is_empty());
    assert!((1 << 20..200 << 20).contains(&end.max_rss), "{}", end.max_rss);
}

#[tokio::test]
async fn a_panic_keeps_its_message_and_place() {
    let (end, _) = Bench::new().run(json!({"fault": "panic"})).await;
    let error = end.result.unwrap_err();
    assert_eq!((error.code.as_str(), error.message.as_str()), (code::PLUGIN_PANIC, "no title on item 3"));
    assert!(error.data.location.unwrap().contains("lib.rs:"));
    assert!(end.log_tail.contains("no title on item 3"));
}

#[tokio::test]
async fn a_write_to_nothing_is_a_segmentation_fault() {
    let (code, message) = Bench::new().failure(json!({"fault": "null_write"})).await;
    assert_eq!(code, code::CRASH_SIGNAL);
    assert!(message.contains("SIGSEGV"), "{message}");
}

#[tokio::test]
async fn endless_recursion_overflows_the_stack() {
    let (code, _) = Bench::new().failure(json!({"fault": "stack_overflow"})).await;
    assert_eq!(code, code::CRASH_STACK_OVERFLOW);
}

#[tokio::test]
async fn endless_allocation_runs_into_its_limit() {
    let (code, message) = Bench::new().failure(json!({"fault": "memory_bomb"})).await;
    assert_eq!(code, code::CRASH_OOM);
    assert!(message.contains("64 MiB"), "{message}");
}

#[tokio::test]
async fn shared_memory_is_seen_by_the_watchdog() {
    let (code, message) = Bench::new().failure(json!({"fault": "shared_memory_bomb"})).await;
    assert_eq!(code, code::CRASH_OOM);
    assert!(message.contains("64 are allowed"), "{message}");
}

#[tokio::test]
async fn a_busy_loop_runs_out_of_cpu_time() {
    let (end, _) = Bench::new().run(json!({"fault": "cpu_loop"})).await;
    assert_eq!(end.result.unwrap_err().code, code::CRASH_CPU);
    assert!(std::time::Duration::from_millis(700) < end.cpu, "{:?}", end.cpu);
}

#[tokio::test]
async fn an_exit_without_a_result_is_a_crash_whatever_its_code() {
    let bench = Bench::new();
    for exit in [0, 3] {
        let (code, message) = bench.failure(json!({"fault": "exit", "code": exit})).await;
        assert_eq!(code, code::CRASH_EXIT_WITHOUT_RESULT);
        assert!(message.contains(&format!("exit code {exit}")), "{message}");
    }
}

#[tokio::test]
async fn what_was_emitted_before_a_crash_has_arrived() {
    let params = json!({"fault": "pages", "pages": 2, "per_page": 2, "die_after": 1});
    let (end, record) = Bench::new().run(params).await;
    assert_eq!(end.result.unwrap_err().code, code::CRASH_SIGNAL);
    let titles: Vec<_> = record.findings.iter().filter_map(|finding| finding.title.as_deref()).collect();
    assert_eq!(titles, ["Finding 4", "Finding 3"]);
}
