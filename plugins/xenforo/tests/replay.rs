//! What the plugin makes of recorded forums.

use tidings_plugin_xenforo::XenForo;
use tidings_sdk::Outcome;
use tidings_sdk::testing::{Replay, Run, conformance};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[track_caller]
fn check(name: &str, findings: usize) -> Run {
    let run = replay(name).run(&XenForo);
    run.assert_findings(findings..=findings).assert_snapshot();
    run
}

/// The visit `later`, after the visit `first`; how many posts it finds new.
#[track_caller]
fn check_later(first: &str, later: &str, new: usize) -> Run {
    let first = replay(first).run(&XenForo);
    let run = replay(later).following(&first).run(&XenForo);
    let found = run.assert_ok().findings().iter().filter(|emitted| emitted.outcome == Outcome::New).count();
    assert_eq!(found, new, "{:?}", run.findings());
    run
}

#[track_caller]
fn check_error(name: &str, said: &str) {
    let run = replay(name).run(&XenForo);
    let error = run.assert_error("plugin.parse").result().as_ref().expect_err("it failed, as was just asserted");
    assert!(error.message().contains(said), "{error}");
}

#[test]
fn conforms() {
    conformance(&XenForo);
}

#[test]
fn a_list_leads_to_the_posts_of_its_threads() {
    let run = check("list", 4);
    let positions: Vec<_> =
        run.findings().iter().map(|emitted| emitted.finding.thread.as_ref().unwrap().position).collect();
    assert_eq!(positions, [Some(1), Some(1), Some(2), Some(3)]);
}

#[test]
fn of_a_thread_that_grew_only_the_last_page_is_read() {
    let run = check_later("list", "list-later", 1);
    let last = "https://diendan.example/threads/phan-mem-crm-nao-tot.501/page-2";
    assert_eq!(run.requests(), ["https://diendan.example/forums/ban-hang.12/", last]);
}

#[test]
fn a_list_without_changes_leads_nowhere() {
    let first = replay("list").run(&XenForo);
    let run = replay("list").following(&first).run(&XenForo);
    assert_eq!(run.assert_ok().requests().len(), 1);
}

#[test]
fn an_empty_list_is_no_fault() {
    let run = check("empty", 0);
    assert!(run.result().as_ref().unwrap().expected_empty);
}

#[test]
fn a_login_wall_is_told_with_what_it_shows() {
    check_error("wall", "asks for a login (`Đăng nhập`)");
}
