//! What the plugin makes of recorded listings and feeds.

use tidings_plugin_reddit::{Params, Reddit, What};
use tidings_sdk::Plugin;
use tidings_sdk::testing::{Fault, Replay, Run, conformance};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[track_caller]
fn check(name: &str, findings: usize) -> Run {
    let run = replay(name).run(&Reddit);
    run.assert_findings(findings..=findings).assert_snapshot();
    run
}

#[test]
fn conforms() {
    conformance(&Reddit);
}

#[test]
fn posts_and_comments_of_a_subreddit_come_page_by_page() {
    let run = check("subreddit", 4);
    assert_eq!((run.requests().len(), run.skipped().len()), (4, 2));
}

#[test]
fn a_page_without_anything_new_ends_a_listing() {
    let first = replay("subreddit").run(&Reddit);
    let second = replay("subreddit").following(&first).run(&Reddit);
    assert_eq!(second.requests().len(), 3);
}

#[test]
fn a_run_stops_before_the_quota_is_used_up() {
    let run = check("quota", 1);
    assert_eq!(run.requests().len(), 2);
    assert!(run.log()[0].message.contains("renewed in 240 s"), "{:?}", run.log());
}

#[test]
fn a_search_without_a_hit_is_no_fault() {
    let run = check("search-empty", 0);
    assert!(run.result().as_ref().unwrap().expected_empty);
}

#[test]
fn a_feed_brings_posts_and_comments_without_a_key() {
    check("feed", 2);
}

#[test]
fn a_refused_key_says_what_it_should_be() {
    let run = replay("subreddit").with_fault(Fault::Status(401)).run(&Reddit);
    let error = run.assert_error("http.status").result().as_ref().unwrap_err();
    assert!(error.message().contains("`ID:SECRET`"), "{error}");
}

#[track_caller]
fn check_refused(params: &Params, problem: &str) {
    let error = Reddit::check(params).expect_err("they are refused");
    assert!(error.message().contains(problem), "{error}");
}

#[test]
fn params_that_do_not_go_together_are_refused() {
    let of = |subreddit: &str| Params { subreddit: Some(subreddit.to_owned()), ..Params::default() };
    check_refused(&Params::default(), "one is needed");
    check_refused(&Params { user: Some("someone".to_owned()), ..of("crm") }, "one is needed");
    check_refused(&Params { what: Vec::new(), ..of("crm") }, "`what`");
    check_refused(&Params { query: Some("x".to_owned()), what: vec![What::Comments], ..of("crm") }, "posts alone");
}
