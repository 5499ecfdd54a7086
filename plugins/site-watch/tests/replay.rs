//! What the plugin makes of recorded pages.

use tidings_plugin_site_watch::SiteWatch;
use tidings_sdk::testing::{Replay, conformance};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[test]
fn conforms() {
    conformance(&SiteWatch);
}

#[test]
fn the_first_visit_remembers_and_the_second_tells_what_came_and_went() {
    let first = replay("before").run(&SiteWatch);
    first.assert_findings(0..=0);
    replay("after").following(&first).run(&SiteWatch).assert_findings(1..=1).assert_snapshot();
}

#[test]
fn a_page_that_has_not_changed_tells_nothing() {
    let first = replay("before").run(&SiteWatch);
    replay("before").following(&first).run(&SiteWatch).assert_findings(0..=0);
}

#[test]
fn a_selector_that_matches_nothing_is_said_at_the_third_visit_and_never_taken_for_a_removal() {
    let mut run = replay("chosen").run(&SiteWatch);
    for _ in 0..2 {
        run = replay("redesign").following(&run).run(&SiteWatch);
        run.assert_findings(0..=0);
        assert_eq!(run.skipped().len(), 1);
    }
    run = replay("redesign").following(&run).run(&SiteWatch);
    run.assert_error("plugin.parse");
    let error = run.result().as_ref().unwrap_err();
    assert_eq!(error.data().selector.as_deref(), Some("#plans"));
}

#[test]
fn a_selector_that_never_matched_is_said_at_once() {
    replay("redesign").run(&SiteWatch).assert_error("plugin.parse");
}
