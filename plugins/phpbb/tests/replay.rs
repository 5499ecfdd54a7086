//! What the plugin makes of recorded forums.

use tidings_plugin_phpbb::Phpbb;
use tidings_sdk::Outcome;
use tidings_sdk::testing::{Replay, Run, conformance};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[track_caller]
fn check(name: &str, findings: usize) -> Run {
    let run = replay(name).run(&Phpbb);
    run.assert_findings(findings..=findings).assert_snapshot();
    run
}

/// The visit `later`, after the visit `first`; how many posts it finds new.
#[track_caller]
fn check_later(first: &str, later: &str, new: usize) -> Run {
    let first = replay(first).run(&Phpbb);
    let run = replay(later).following(&first).run(&Phpbb);
    let found = run.assert_ok().findings().iter().filter(|emitted| emitted.outcome == Outcome::New).count();
    assert_eq!(found, new, "{:?}", run.findings());
    run
}

#[track_caller]
fn check_error(name: &str, said: &str) {
    let run = replay(name).run(&Phpbb);
    let error = run.assert_error("plugin.parse").result().as_ref().expect_err("it failed, as was just asserted");
    assert!(error.message().contains(said), "{error}");
}

#[test]
fn conforms() {
    conformance(&Phpbb);
}

#[test]
fn a_list_leads_to_the_posts_of_its_topics() {
    check("list", 3);
}

#[test]
fn a_topic_that_grew_brings_its_new_post() {
    let run = check_later("list", "list-later", 1);
    assert_eq!(run.requests().len(), 2, "the announcement did not change: {:?}", run.requests());
}

#[test]
fn an_empty_list_is_no_fault() {
    let run = check("empty", 0);
    assert!(run.result().as_ref().unwrap().expected_empty);
}

#[test]
fn a_login_wall_is_told_with_what_it_shows() {
    check_error("wall", "asks for a login");
}
