//! What the plugin makes of recorded folders.

use tidings_plugin_drop::Drop;
use tidings_sdk::testing::{Replay, Run, conformance};

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
