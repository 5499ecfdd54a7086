//! What the plugin makes of recorded sites.

use tidings_plugin_site_scout::SiteScout;
use tidings_sdk::testing::{Replay, conformance};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[test]
fn conforms() {
    conformance(&SiteScout);
}

#[test]
fn a_site_is_told_in_blocks() {
    replay("shop").run(&SiteScout).assert_findings(9..=9).assert_snapshot();
}

#[test]
fn a_site_that_links_to_nothing_says_so() {
    replay("bare").run(&SiteScout).assert_error("plugin.parse");
}
