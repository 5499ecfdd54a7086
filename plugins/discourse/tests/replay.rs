//! What the plugin makes of recorded forums.

use tidings_plugin_discourse::Discourse;
use tidings_sdk::Outcome;
use tidings_sdk::testing::{Replay, Run, conformance};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[track_caller]
fn check(name: &str, findings: usize) -> Run {
    let run = replay(name).run(&Discourse);
    run.assert_findings(findings..=findings).assert_snapshot();
    run
}

/// The visit `later`, after the visit `first`; how many posts it finds new.
#[track_caller]
fn check_later(first: &str, later: &str, new: usize) -> Run {
    let first = replay(first).run(&Discourse);
    let run = replay(later).following(&first).run(&Discourse);
    let found = run.assert_ok().findings().iter().filter(|emitted| emitted.outcome == Outcome::New).count();
    assert_eq!(found, new, "{:?}", run.findings());
    run
}

#[track_caller]
fn check_error(name: &str, said: &str) {
    let run = replay(name).run(&Discourse);
    let error = run.assert_error("plugin.parse").result().as_ref().expect_err("it failed, as was just asserted");
    assert!(error.message().contains(said), "{error}");
}

#[test]
fn conforms() {
    conformance(&Discourse);
}

#[test]
fn posts_beyond_the_first_answer_are_asked_for_by_their_ids() {
    check("latest", 25);
}

#[test]
fn of_a_topic_that_grew_only_its_end_is_read() {
    let run = check_later("latest", "latest-later", 1);
    let base = "https://meta.quayside.example";
    assert_eq!(run.requests(), [format!("{base}/latest.json"), format!("{base}/t/42/25.json")]);
}

#[test]
fn a_search_brings_whole_posts_once() {
    let first = check("search", 1);
    let run = replay("search").following(&first).run(&Discourse);
    run.assert_findings(0..=0);
    assert_eq!(run.requests().len(), 1);
}

#[test]
fn a_search_that_finds_nothing_is_no_fault() {
    check("search-empty", 0);
}

#[test]
fn where_json_is_denied_the_pages_are_read() {
    let run = check("denied", 2);
    assert_eq!(run.findings()[1].finding.author.as_deref(), Some("mai"));
}

#[test]
fn a_login_wall_is_told_with_what_it_shows() {
    check_error("wall", "asks for a login");
}

#[test]
fn a_search_that_is_denied_says_what_to_do_instead() {
    let run = replay("search-denied").run(&Discourse);
    let error = run.assert_error("fetch.robots_denied").result().as_ref().expect_err("it failed, as was just asserted");
    assert!(error.message().contains("watch its topics without `query`"), "{error}");
}
