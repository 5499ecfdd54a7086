//! What the plugin makes of recorded feeds.

use tidings_plugin_feed::FeedPlugin;
use tidings_sdk::testing::{Fault, Replay, Run, conformance};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[track_caller]
fn check(name: &str, findings: usize) -> Run {
    let run = replay(name).run(&FeedPlugin);
    run.assert_findings(findings..=findings).assert_snapshot();
    run
}

#[test]
fn conforms() {
    conformance(&FeedPlugin);
}

#[test]
fn items_come_newest_first_and_what_is_none_is_skipped() {
    let run = check("rss", 3);
    assert_eq!(run.skipped().len(), 2);
}

#[test]
fn an_item_without_id_and_address_is_the_same_at_the_next_visit() {
    let first = replay("rss").run(&FeedPlugin);
    let second = replay("rss").following(&first).run(&FeedPlugin);
    assert!(second.findings().iter().all(|emitted| emitted.outcome == tidings_sdk::Outcome::Duplicate));
}

#[test]
fn an_id_that_all_items_share_names_none_of_them() {
    let run = check("shared-ids", 2);
    assert!(run.findings().iter().all(|emitted| emitted.finding.key.is_none()));
}

#[test]
fn a_page_leads_to_its_feed_which_is_remembered() {
    let run = check("page", 2);
    assert_eq!(run.requests().len(), 2);
    let next = replay("page").following(&run).run(&FeedPlugin);
    assert_eq!(next.requests(), ["https://sotay.example/bai-viet.atom"]);
}

#[test]
fn what_comes_through_a_page_goes_beyond_the_entry_request() {
    let beyond = |name: &str| replay(name).run(&FeedPlugin).result().as_ref().unwrap().beyond_entry;
    assert!(beyond("page"));
    assert!(!beyond("rss"));
}

#[test]
fn a_feed_that_moved_is_found_again() {
    check("page-moved", 2);
}

#[test]
fn a_feed_that_fails_for_a_while_is_not_looked_for_elsewhere() {
    let run = replay("page-moved").with_fault(Fault::Status(503)).run(&FeedPlugin);
    run.assert_error("http.status");
    assert_eq!(run.requests(), ["https://sotay.example/bai-viet.atom"]);
}

#[test]
fn the_second_feed_of_a_page_is_tried_where_the_first_is_none() {
    check("page-second-choice", 1);
}

#[test]
fn pages_end_at_one_without_anything_new() {
    check("paged", 4);
}

#[test]
fn a_page_without_a_feed_says_what_to_do() {
    let run = replay("no-feed").run(&FeedPlugin);
    let error = run.assert_error("plugin.parse").result().as_ref().unwrap_err();
    assert_eq!(
        error.message(),
        "https://plain.example/ is a page that names no feed: give the address of the feed itself"
    );
}

#[test]
fn full_texts_are_those_of_pages_that_say_more() {
    let run = check("full-text", 4);
    assert_eq!((run.requests().len(), run.skipped().len()), (5, 2));
}

#[test]
fn a_full_text_is_not_overwritten_by_the_feed_at_the_next_visit() {
    let first = replay("full-text").run(&FeedPlugin);
    let second = replay("full-text").following(&first).run(&FeedPlugin);
    assert_eq!(second.requests(), ["https://letter.example/rss"]);
    second.assert_findings(0..=0);
}

#[test]
fn full_texts_beyond_twenty_wait_for_the_next_run_which_goes_on_where_they_wait() {
    let first = replay("full-text-more").run(&FeedPlugin);
    first.assert_findings(20..=20);
    assert!(first.result().as_ref().unwrap().more);
    let second = replay("full-text-more").following(&first).run(&FeedPlugin);
    second.assert_findings(6..=6);
    assert_eq!(second.requests().len(), 3 + 6);
    assert!(!second.result().as_ref().unwrap().more);
}

#[test]
fn wordpress_is_read_page_by_page_up_to_the_first_that_is_not_there() {
    let run = check("wordpress-paged", 3);
    assert_eq!(run.requests().len(), 3);
    let next = replay("wordpress-paged").following(&run).run(&FeedPlugin);
    assert_eq!(next.requests(), ["https://wp.example/feed/?cat=4"]);
}

#[test]
fn posts_and_comments_of_a_forum_are_told_apart() {
    check("phpbb", 2);
}
