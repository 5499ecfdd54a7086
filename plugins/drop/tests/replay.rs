//! What the plugin makes of recorded folders.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tidings_plugin_drop::Drop;
use tidings_sdk::testing::{Fault, Replay, Run, conformance};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[track_caller]
fn check(name: &str, findings: usize) -> Run {
    let run = replay(name).run(&Drop);
    run.assert_findings(findings..=findings).assert_snapshot();
    run
}

fn reasons(run: &Run) -> Vec<&str> {
    run.skipped().iter().map(|skip| skip.reason.as_str()).collect()
}

#[test]
fn conforms() {
    conformance(&Drop);
}

#[test]
fn rows_that_cannot_be_read_are_skipped_with_file_and_line() {
    let run = check("survey", 4);
    assert_eq!(
        reasons(&run),
        [
            "answers.csv, line 4: it has 2 cells, and the header has 3",
            "answers.csv, line 5: it has neither a title nor a text",
            "more.ndjson, line 2: expected value at line 1 column 1",
            "notes.pdf: it is none of .csv, .tsv, .ndjson, .jsonl, .eml, .txt and .md",
        ]
    );
}

#[test]
fn files_that_were_read_are_not_read_again() {
    let first = replay("survey").run(&Drop);
    let second = replay("survey").following(&first).run(&Drop);
    assert!(second.result().as_ref().unwrap().expected_empty);
}

#[test]
fn queries_are_known_by_their_words_and_keep_their_figures() {
    let run = check("search-console", 2);
    assert_eq!(run.findings()[0].finding.attrs["clicks"], "41");
}

#[test]
fn a_report_of_ga4_is_read_below_its_title() {
    check("ga4", 2);
}

#[test]
fn things_of_one_order_come_apart_and_without_the_buyer() {
    let run = check("orders", 2);
    let all = format!("{:?}", run.findings());
    assert!(!all.contains("buyer@") && all.contains("giao giờ hành chính"), "{all}");
}

#[test]
fn mails_and_texts_are_read() {
    check("mails", 2);
}

#[test]
fn a_column_that_is_not_there_is_named_beside_those_that_are() {
    let run = check("wrong-column", 0);
    assert_eq!(reasons(&run), ["a.csv: it has no column `Answer`, but Id, Reply"]);
}

/// A recording whose one file is a table of 17 MiB: rows of 4 KiB, each with a line break in its quotes. One row lacks a cell.
fn long_table() -> (tempfile::TempDir, Replay) {
    const ROWS: usize = 4_200;
    let dir = tempfile::tempdir().unwrap();
    let recording = r#"{"params": {"folder": "/srv/long", "kind": "survey"}, "now": "2026-11-21T17:00:00Z", "folder": "files", "interactions": []}"#;
    std::fs::write(dir.path().join("recording.json"), recording).unwrap();
    std::fs::create_dir(dir.path().join("files")).unwrap();
    let mut table = String::from("id;Tên;text\n");
    for row in 0..ROWS {
        match row {
            4_000 => table.push_str("4000;one cell too few\n"),
            row => table.push_str(&format!("{row};Khách {row};\"quá đắt,\nrow {row} {}\"\n", "x ".repeat(2_030))),
        }
    }
    std::fs::write(dir.path().join("files/long.csv"), table).unwrap();
    let replay = Replay::load(dir.path());
    (dir, replay)
}

fn keys(run: &Run) -> Vec<String> {
    run.findings().iter().map(|emitted| emitted.finding.key.clone().unwrap()).collect()
}

#[test]
fn a_long_table_is_read_piece_by_piece() {
    let (_dir, replay) = long_table();
    let run = replay.run(&Drop);
    run.assert_findings(4_199..=4_199);
    assert_eq!(reasons(&run), ["long.csv, line 8002: it has 2 cells, and the header has 3"]);
    let last = &run.findings()[4_198].finding;
    assert!(last.text.as_deref().unwrap().starts_with("quá đắt,\nrow 4199 x"), "{:?}", last.text);
}

#[test]
fn a_long_table_is_read_on_from_where_a_run_broke_off() {
    let (dir, replay) = long_table();
    let broken = replay.with_fault(Fault::CancelAfter(3_000)).run(&Drop);
    assert!(broken.result().as_ref().is_err_and(tidings_sdk::Error::is_cancelled));
    let rest = Replay::load(dir.path()).following(&broken).run(&Drop);
    let (first, second) = (keys(&broken), keys(&rest));
    assert!(second.len() < 2_500, "what was committed is not read again: {}", second.len());
    let all: std::collections::BTreeSet<String> = first.into_iter().chain(second).collect();
    assert_eq!(all.len(), 4_199);
}
