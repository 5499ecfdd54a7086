//! A block page, from the fetcher through the plugins to what is said of their sources.

use serde_json::Value;
use tidings_testkit::{Answer, Web};
use tidings_tests::Archive;

const CHALLENGE: &str = "<!doctype html><html><head><title>Just a moment...</title></head>\
    <body><script>window._cf_chl_opt={cType:'managed'}</script></body></html>";
const PAGE: &str = "<!doctype html><html><head><title>Plans of Karvia</title></head><body><h1>Plans</h1>\
    <p>The plan for small teams costs nine dollars a month for each seat.</p></body></html>";

fn source(id: &str, plugin: &str, url: &str) -> String {
    format!("\n[[source]]\nid = \"{id}\"\nplugin = \"{plugin}\"\nparams = {{ url = \"{url}\" }}\n")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What came of each run, by source.
fn outcomes(records: &Value) -> Vec<(&str, &str)> {
    let records = records.as_array().map(Vec::as_slice).unwrap_or_default();
    records.iter().map(|record| (text(&record["source"]), text(&record["outcome"]))).collect()
}

/// All sources in one pass: the start of a process is what takes long.
#[test]
fn every_plugin_says_that_its_source_is_blocked_and_by_what() {
    let web = Web::start(1);
    let mut sources = String::new();
    let mut ids = Vec::new();
    for status in [200, 403] {
        let path = format!("/at-{status}");
        web.put(&path, Answer { status, ..Answer::ok("text/html", CHALLENGE) });
        for plugin in ["feed", "sitemap", "site-watch", "thread"] {
            let id = format!("{plugin}-{status}");
            sources += &source(&id, plugin, &web.url(&path));
            ids.push(id);
        }
    }
    let archive = Archive::new(&sources);
    let pass: Vec<&str> = std::iter::once("once").chain(ids.iter().map(String::as_str)).collect();
    let records = archive.json(&pass);
    let outcomes = outcomes(&records);
    assert_eq!(outcomes.len(), ids.len(), "{records}");
    assert!(outcomes.iter().all(|(_, outcome)| *outcome == "blocked"), "{records}");
    let listed = archive.json(&["source", "list"]);
    let listed = listed["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert_eq!(listed.len(), ids.len());
    for source in listed {
        assert_eq!(source["state"], "blocked", "{source}");
        assert!(source.to_string().contains("Cloudflare challenge"), "{source}");
    }
}

#[test]
fn block_page_is_never_taken_for_an_unchanged_page() {
    let web = Web::start(1);
    let put = |body: &str| web.put("/page", Answer::ok("text/html", body).header("etag", "\"same\""));
    let archive = Archive::new(&source("page", "site-watch", &web.url("/page")));
    for (body, expected) in [(PAGE, "ok"), (CHALLENGE, "blocked"), (CHALLENGE, "blocked"), (PAGE, "unchanged")] {
        put(body);
        let records = archive.json(&["once", "page"]);
        assert_eq!(outcomes(&records), [("page", expected)], "{records}");
    }
}
