//! What the plugin makes of recorded answers of both APIs.

use tidings_plugin_hackernews::{HackerNews, Item, List, Params, Queries, Tag};
use tidings_sdk::Plugin;
use tidings_sdk::testing::{Fault, Replay, Run, conformance};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[track_caller]
fn check(name: &str, findings: usize) -> Run {
    let run = replay(name).run(&HackerNews);
    run.assert_findings(findings..=findings).assert_snapshot();
    run
}

#[test]
fn conforms() {
    conformance(&HackerNews);
}

#[test]
fn the_first_visit_reads_all_pages() {
    let run = check("search", 3);
    assert_eq!((run.requests().len(), run.skipped().len()), (2, 2));
}

#[test]
fn a_later_visit_looks_back_a_day() {
    check("search-later", 3);
}

#[test]
fn paging_ends_where_the_last_visit_had_been() {
    check("search-settled", 3);
}

#[test]
fn a_page_brought_by_another_search_does_not_end_paging() {
    check("search-unfinished", 3);
}

#[test]
fn points_are_asked_of_posts_and_comments_come_apart() {
    let run = check("points", 3);
    assert_eq!(run.log().len(), 1, "{:?}", run.log());
}

#[test]
fn nothing_found_is_no_fault() {
    let run = check("empty", 0);
    assert!(run.result().as_ref().unwrap().expected_empty);
}

#[test]
fn a_list_brings_what_is_new_in_it() {
    let run = check("list", 3);
    assert_eq!(run.skipped().len(), 3);
}

#[test]
fn posts_that_wait_for_their_turn_are_left_and_not_skipped() {
    let run = check("list-limited", 1);
    assert_eq!((run.skipped().len(), run.log()[0].message.as_str()), (0, "2 posts are left for the next run"));
}

#[test]
fn a_run_that_breaks_off_forgets_no_search() {
    // Cut off between the second page's request and its answer.
    let replay = replay("search");
    let broken = replay.clone().with_fault(Fault::CancelAfter(3)).run(&HackerNews);
    broken.assert_error("cancelled");
    let next = replay.following(&broken).run(&HackerNews);
    assert_eq!(next.findings().len(), 3);
    assert!(next.findings().iter().all(|emitted| emitted.outcome == tidings_sdk::Outcome::New));
}

#[track_caller]
fn check_refused(params: &Params, problem: &str) {
    let error = HackerNews::check(params).expect_err("they are refused");
    assert!(error.message().contains(problem), "{error}");
}

#[test]
fn params_that_ask_for_nothing_or_too_much_are_refused() {
    check_refused(&Params::default(), "one of `query`, `feed` and `item` is needed");
    check_refused(&Params { feed: Some(List::New), ..Params::search("crm") }, "cannot stand together");
    check_refused(&Params { item: Some(Item::Number(1)), ..Params::list(List::New) }, "cannot stand together");
    check_refused(&Params { item: Some(Item::Address("x".to_owned())), ..Params::default() }, "`item` is neither");
    check_refused(&Params::search(" "), "`query` must not be empty");
    check_refused(&Params { query: Some(Queries::Many(Vec::new())), ..Params::default() }, "must not be empty");
    check_refused(&Params { tags: Vec::<Tag>::new(), ..Params::search("crm") }, "`tags` must name");
}

#[test]
fn a_thread_brings_its_post_and_its_comments_by_their_place() {
    let run = check("thread", 4);
    assert_eq!((run.requests().len(), run.skipped().len()), (1, 1));
}

#[test]
fn a_thread_that_grew_brings_what_is_new_and_may_have_been_edited() {
    check("thread-grown", 2);
}

#[test]
fn a_long_thread_is_read_to_its_beginning_over_several_runs() {
    let first = replay("thread-long").run(&HackerNews);
    first.assert_findings(100..=100);
    assert!(first.result().as_ref().unwrap().more);
    let positions = |run: &Run| {
        let mut all: Vec<u32> = run.findings().iter().filter_map(|e| e.finding.thread.as_ref()?.position).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(positions(&first), (24..=123).collect::<Vec<_>>());
    let next = Replay::load("tests/recordings/thread-long-next").following(&first).run(&HackerNews);
    assert_eq!(positions(&next), (1..=23).collect::<Vec<_>>());
    assert!(!next.result().as_ref().unwrap().more);
}

#[test]
fn a_number_that_begins_no_thread_says_what_to_give() {
    let run = replay("thread").with_fault(Fault::Body(r#"{"hits": [], "nbHits": 0}"#)).run(&HackerNews);
    let error = run.assert_error("plugin.parse").result().as_ref().unwrap_err();
    assert!(error.message().contains("the number of a post, not of a comment"), "{error}");
}

#[test]
fn threads_of_a_list_are_followed_after_they_have_left_it() {
    let first = check("list-followed", 4);
    let run = replay("list-followed-later").following(&first).run(&HackerNews);
    run.assert_ok();
    let new = run.findings().iter().filter(|emitted| emitted.outcome == tidings_sdk::Outcome::New);
    let keys: Vec<_> = new.map(|emitted| emitted.finding.key.clone().unwrap_or_default()).collect();
    assert_eq!(keys, ["hn:9209", "hn:9212"]);
}

#[test]
fn only_a_list_says_whether_it_is_followed() {
    for params in [Params::search("crm"), Params::thread(8863)] {
        assert!(HackerNews::check(&Params { follow: true, ..params }).is_err());
    }
    assert!(HackerNews::check(&Params { follow: true, ..Params::list(List::Top) }).is_ok());
}
