//! A block page, from the fetcher through each plugin to what is said of its source.

use serde_json::Value;
use tidings_testkit::{Answer, Web};
use tidings_tests::Archive;

const PLUGINS: [&str; 4] = ["feed", "sitemap", "site-watch", "thread"];
const CHALLENGE: &str = "<!doctype html><html><head><title>Just a moment...</title></head>\
    <body><script>window._cf_chl_opt={cType:'managed'}</script></body></html>";
const PAGE: &str = "<!doctype html><html><head><title>Plans of Karvia</title></head><body><h1>Plans</h1>\
    <p>The plan for small teams costs nine dollars a month for each seat.</p></body></html>";

/// One source of each plugin, all of `url`.
fn watched(plugins: &[&str], url: &str) -> Archive {
    let sources = plugins.iter().map(|plugin| {
        format!("\n[[source]]\nid = \"{plugin}\"\nplugin = \"{plugin}\"\nparams = {{ url = \"{url}\" }}\n")
    });
    Archive::new(&sources.collect::<String>())
}

fn outcome(records: &Value) -> &str {
    records[0]["outcome"].as_str().unwrap_or_default()
}

#[test]
fn every_plugin_says_that_its_source_is_blocked_and_by_what() {
    for status in [200, 403] {
        let web = Web::start(1);
        let page = Answer::ok("text/html", CHALLENGE);
        web.put("/page", Answer { status, ..page });
        let archive = watched(&PLUGINS, &web.url("/page"));
        for plugin in PLUGINS {
            let records = archive.json(&["once", plugin]);
            assert_eq!(outcome(&records), "blocked", "{plugin} at {status}: {records}");
        }
        let sources = archive.json(&["source", "list"]);
        for source in sources["items"].as_array().into_iter().flatten() {
            assert_eq!(source["state"], "blocked", "{source}");
            assert!(source.to_string().contains("Cloudflare challenge"), "{source}");
        }
        assert_eq!(sources["items"].as_array().map(Vec::len), Some(PLUGINS.len()), "{sources}");
    }
}

#[test]
fn a_block_page_is_never_taken_for_an_unchanged_page() {
    let web = Web::start(1);
    let put = |body: &str| web.put("/page", Answer::ok("text/html", body).header("etag", "\"same\""));
    let archive = watched(&["site-watch"], &web.url("/page"));
    let visit = |expected: &str| {
        let records = archive.json(&["once", "site-watch"]);
        assert_eq!(outcome(&records), expected, "{records}");
    };
    put(PAGE);
    visit("ok");
    visit("unchanged");
    put(CHALLENGE);
    visit("blocked");
    visit("blocked");
    put(PAGE);
    assert_ne!(outcome(&archive.json(&["once", "site-watch"])), "blocked");
    visit("unchanged");
}
