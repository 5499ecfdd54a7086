//! Noise, garbage, and processes that are no plugin host at all.

use std::time::Duration;

use serde_json::json;
use tidings_plugins::Launcher;
use tidings_protocol::code;
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, Record, job};

#[tokio::test]
async fn what_a_plugin_prints_is_a_line_of_its_log() {
    let (end, record) = Bench::new().run(json!({"fault": "print", "text": "Debug: {\"id\":1}"})).await;
    assert!(end.result.is_ok(), "{:?}", end.result);
    assert_eq!(record.findings.len(), 1);
    assert!(end.log_tail.contains("Debug: {\"id\":1}\n"), "{}", end.log_tail);
    assert!(end.log_tail.contains("W! and on standard error\n"));
}

#[tokio::test]
async fn noise_between_the_messages_is_quoted() {
    let (code, message) = Bench::new().failure(json!({"fault": "raw_line", "text": "Debug: 3 items"})).await;
    assert_eq!(code, code::PROTOCOL_STDOUT_NOISE);
    assert!(message.contains("`Debug: 3 items`") && message.contains("standard error"), "{message}");
}

#[tokio::test]
async fn a_garbage_result_is_refused() {
    let bench = Bench::new();
    for garbage in [r#"{"id":1,"result":"garbage"}"#, r#"{"id":77,"result":{}}"#, r#"{"neither":1}"#] {
        let (code, _) = bench.failure(json!({"fault": "raw_line", "text": garbage})).await;
        assert_eq!(code, code::PROTOCOL_BAD_MESSAGE, "{garbage}");
    }
}

#[tokio::test]
async fn an_endless_line_is_not_read_to_its_end() {
    let (code, _) = Bench::new().failure(json!({"fault": "raw_long", "bytes": 3 << 20})).await;
    assert_eq!(code, code::PROTOCOL_LINE_TOO_LONG);
}

#[tokio::test]
async fn an_unknown_method_is_answered_and_does_no_harm() {
    // The reply goes to nobody; the plugin then hangs, and only that ends it.
    let (code, _) =
        Bench::quick_to_stall().failure(json!({"fault": "raw_line", "text": r#"{"id":9,"method":"dance"}"#})).await;
    assert_eq!(code, code::TIMEOUT_STALL);
}

/// A run of a process that is a shell script instead of the plugin host. Its `$0` marks the bench.
async fn impostor(script: &str) -> (String, String) {
    let mut bench = Bench::new();
    bench.config.handshake = Duration::from_millis(300);
    let plugin = bench.fault().await;
    let launcher = Launcher { exe: "/bin/sh".into(), args: vec!["-c".into(), script.into(), bench.dir.path().into()] };
    let supervisor = bench.supervisor_of(launcher);
    let job = job(json!({"fault": "none", "findings": 1}));
    let end = supervisor.run(&plugin, job, &mut Record::default(), CancellationToken::new()).await;
    assert!(bench.processes().is_empty(), "{:?}", bench.processes());
    let error = end.result.unwrap_err();
    (error.code, error.message)
}

#[tokio::test]
async fn one_that_never_says_hello_is_not_waited_for() {
    // Its child holds the pipe open too, and must go with it.
    let (code, _) = impostor("sh -c 'sleep 1000; :' \"$0\" & sleep 1000").await;
    assert_eq!(code, code::PROTOCOL_HANDSHAKE_TIMEOUT);
}

#[tokio::test]
async fn one_that_says_something_else_is_quoted() {
    let (code, message) = impostor("echo usage: tidings; sleep 1000").await;
    assert_eq!(code, code::PROTOCOL_STDOUT_NOISE);
    assert!(message.contains("usage: tidings"), "{message}");
}

#[tokio::test]
async fn one_that_ends_at_once_is_a_crash() {
    let (code, message) = impostor("echo E! no such command >&2; exit 2").await;
    assert_eq!(code, code::CRASH_EXIT_WITHOUT_RESULT);
    assert!(message.contains("no such command"), "{message}");
}

#[tokio::test]
async fn another_protocol_is_named() {
    let hello = r#"{"id":1,"method":"hello","params":{"protocol":[2,3],"sdk":"x"}}"#;
    let (code, message) = impostor(&format!("echo '{hello}'; sleep 1000")).await;
    assert_eq!(code, code::PROTOCOL_VERSION);
    assert!(message.contains("2 to 3"), "{message}");
}
