//! What the plugin makes of recorded forums.

use tidings_plugin_thread::{Params, ThreadPlugin};
use tidings_sdk::testing::{Replay, Run, conformance};
use tidings_sdk::{Outcome, Plugin};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[track_caller]
fn check(name: &str, findings: usize) -> Run {
    let run = replay(name).run(&ThreadPlugin);
    run.assert_findings(findings..=findings).assert_snapshot();
    run
}

/// The visit `later`, after the visit `first`; how many posts it finds new.
#[track_caller]
fn check_later(first: &str, later: &str, new: usize) -> Run {
    let first = replay(first).run(&ThreadPlugin);
    let run = replay(later).following(&first).run(&ThreadPlugin);
    let found = run.assert_ok().findings().iter().filter(|emitted| emitted.outcome == Outcome::New).count();
    assert_eq!(found, new, "{:?}", run.findings());
    run
}

#[track_caller]
fn check_error(name: &str, said: &str) {
    let run = replay(name).run(&ThreadPlugin);
    let error = run.assert_error("plugin.parse").result().as_ref().expect_err("it failed, as was just asserted");
    assert!(error.message().contains(said), "{error}");
}

#[test]
fn conforms() {
    conformance(&ThreadPlugin);
}

#[test]
fn a_thread_is_read_page_by_page() {
    let run = check("thread", 3);
    assert_eq!(run.findings()[2].finding.published.unwrap().to_string(), "2026-11-20T09:30:00Z");
}

#[test]
fn times_without_a_zone_are_in_that_of_the_forum() {
    let run = check("thread-zone", 3);
    let times: Vec<_> = run.findings().iter().map(|emitted| emitted.finding.published.unwrap().to_string()).collect();
    assert_eq!(times, ["2026-02-03T07:05:00Z", "2026-02-03T08:40:00Z", "2026-11-21T02:30:00Z"]);
    let wrong = Params { tz: Some("Hue".to_owned()), ..Params::new("https://talk.hearth.example/talk/77") };
    assert!(ThreadPlugin::check(&wrong).unwrap_err().message().contains("`Hue` is no zone"));
}

#[test]
fn a_thread_that_grew_is_read_from_its_last_page() {
    let run = check_later("thread", "thread-later", 1);
    assert_eq!(run.requests(), ["https://talk.hearth.example/talk/77?page=2"]);
}

#[test]
fn a_list_is_followed_as_far_as_a_visit_may_go() {
    let run = check("list", 4);
    assert_eq!(run.state("threads").unwrap()["unfinished"], true);
    assert!(run.findings().iter().all(|emitted| emitted.outcome == Outcome::New), "no two share a key");
}

#[test]
fn without_follow_titles_alone_are_found() {
    check("titles", 3);
}

#[test]
fn a_page_without_posts_says_what_it_shows() {
    check_error("nothing", "shows neither posts nor topics, but a page `About us`");
}

#[test]
fn a_login_wall_is_told_with_what_it_shows() {
    check_error("wall", "asks for a login (`Please sign in`)");
}
