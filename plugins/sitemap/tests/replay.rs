//! What the plugin makes of recorded sitemaps.

use tidings_plugin_sitemap::SitemapPlugin;
use tidings_sdk::testing::{Fault, Replay, conformance};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[test]
fn conforms() {
    conformance(&SitemapPlugin);
}

#[test]
fn robots_txt_leads_through_an_index_to_pages_and_articles() {
    replay("shop").run(&SitemapPlugin).assert_findings(4..=4).assert_snapshot();
}

#[test]
fn the_first_visit_tells_nothing_and_later_ones_what_is_new_and_what_is_gone_for_two_visits() {
    let first = replay("gone").run(&SitemapPlugin);
    first.assert_findings(0..=0);
    let second = replay("gone-later").following(&first).run(&SitemapPlugin);
    let titles = |run: &tidings_sdk::testing::Run| -> Vec<String> {
        run.findings().iter().filter_map(|emitted| emitted.finding.title.clone()).collect()
    };
    assert_eq!(titles(&second), ["/enterprise"]);
    let third = replay("gone-later").following(&second).run(&SitemapPlugin);
    assert_eq!(titles(&third), ["no longer in the sitemap: /plans"]);
}

#[test]
fn a_sitemap_that_cannot_be_had_makes_nothing_vanish() {
    let first = replay("gone").run(&SitemapPlugin);
    replay("gone-later")
        .following(&first)
        .with_fault(Fault::Status(503))
        .run(&SitemapPlugin)
        .assert_error("http.status");
}
