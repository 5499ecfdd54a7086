//! What the plugin makes of recorded pages.

use tidings_plugin_site_watch::{Params, SiteWatch};
use tidings_sdk::Plugin;
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

#[test]
fn price_stock_and_tools_are_facts_whose_change_is_told() {
    let first = replay("shop-before").run(&SiteWatch);
    replay("shop-after").following(&first).run(&SiteWatch).assert_findings(1..=1).assert_snapshot();
}

#[test]
fn another_part_of_the_page_is_remembered_anew() {
    let first = replay("before").run(&SiteWatch);
    replay("chosen-anew").following(&first).run(&SiteWatch).assert_findings(0..=0);
}

#[test]
fn what_no_trigger_asks_for_is_not_told() {
    let first = replay("triggered").run(&SiteWatch);
    replay("triggered-after").following(&first).run(&SiteWatch).assert_findings(0..=0);
}

#[test]
fn patterns_are_checked_before_the_first_visit() {
    let wrong = |params: Params| SiteWatch::check(&params).unwrap_err().to_string();
    let params = Params::new("https://acme.example/");
    let trigger = Params { trigger: vec!["/(sale/".to_owned()], ..params.clone() };
    assert!(wrong(trigger).contains("`trigger`: `/(sale/` is no regular expression: unclosed group"));
    let ignore = Params { ignore: vec![String::new()], ..params.clone() };
    assert!(wrong(ignore).contains("`ignore`: `` is empty, and would match every block"));
    assert!(wrong(Params { kinds: Vec::new(), ..params }).contains("`kinds` is empty"));
}
