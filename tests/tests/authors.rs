//! The authors' page, command by command: what it tells a newcomer to type is typed here.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::Command;

use tidings_testkit::{Answer, Web};
use tidings_tests::Archive;

const PAGE: &str = include_str!("../../docs/writing-plugins.md");
/// Set it to run the commands for Rust, too: they build the SDK anew, which takes minutes.
const WITH_RUST: &str = "TIDINGS_AUTHORS_RUST";

/// The commands of the first `sh` block under a heading.
fn commands(heading: &str) -> Vec<&'static str> {
    let (_, section) = PAGE.split_once(&format!("\n## {heading}\n")).unwrap();
    let (_, block) = section.split_once("```sh\n").unwrap();
    block.split_once("```").unwrap().0.lines().collect()
}

#[track_caller]
fn type_all(heading: &str, plugin: &str) {
    let folder = tempfile::tempdir().unwrap();
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/tidings-sdk").canonicalize().unwrap();
    let commands = commands(heading);
    assert_eq!(commands.len(), 4, "{commands:?}");
    for line in commands {
        let line = line.replace("/path/to/tidings/crates/tidings-sdk", sdk.to_str().unwrap());
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some("tidings"), "{line}");
        let output = Command::new(tidings_tests::tidings())
            .args(words)
            .args(["--data-dir", "data"])
            .current_dir(folder.path())
            .env("CARGO_TARGET_DIR", folder.path().join("target"))
            .output()
            .unwrap();
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{line}\n{said}{told}");
    }
    let config = format!("[taxonomy]\nfiles = []\n[[source]]\nid = \"first\"\nplugin = \"{plugin}\"\n");
    std::fs::write(folder.path().join("tidings.toml"), config).unwrap();
    let checked = Command::new(tidings_tests::tidings())
        .args(["source", "check", "--config", "tidings.toml", "--data-dir", "data"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(checked.status.success(), "a source can name it: {}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn a_recipe_stands_after_the_commands_of_the_page() {
    type_all("A recipe", "acme-news");
}

#[test]
fn a_python_plugin_stands_after_the_commands_of_the_page() {
    type_all("Python", "acme-jobs");
}

/// A page in JSON-LD alone, and one that is a list of elements.
const PAGES: [(&str, &str); 2] = [
    (
        "/jobs",
        r#"<title>Jobs</title><script type="application/ld+json">{"@type":"ItemList","itemListElement":[
            {"@type":"ListItem","item":{"@type":"JobPosting","title":"Support &amp; sales","url":"/jobs/2","datePosted":"2026-05-02"}},
            {"@type":"ListItem","item":{"@type":"JobPosting","title":"Kỹ sư dữ liệu","url":"/jobs/1","datePosted":"2026-05-01"}}
        ]}</script><div id=app></div>"#,
    ),
    (
        "/news",
        "<ul class=posts><li><h3><a href=/p/3>Prices rise</a></h3><time datetime=2026-05-03>3 May</time>\
         <li><h3><a href=/p/2>A new office in Huế</a></h3><li><h3><a href=/p/1>We begin</a></h3></ul>",
    ),
];

#[track_caller]
fn succeeds(archive: &Archive, args: &[&str]) {
    let output = archive.run(args);
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{args:?}\n{said}{told}");
}

#[test]
fn a_page_without_a_feed_gives_a_plugin_that_reads_it() {
    let web = Web::start(1);
    let archive = Archive::new("");
    let folder = tempfile::tempdir().unwrap();
    for (path, page) in PAGES {
        web.put(path, Answer::ok("text/html; charset=utf-8", page));
        for lang in ["recipe", "python"] {
            let name = format!("acme{}-{lang}", path.replace('/', "-"));
            let place = folder.path().join(&name);
            let dir = folder.path().to_str().unwrap();
            succeeds(&archive, &["plugin", "new", &name, "--lang", lang, "--dir", dir, "--url", &web.url(path)]);
            succeeds(&archive, &["plugin", "test", place.to_str().unwrap()]);
            let expected = std::fs::read(place.join("tests/recordings/front/expected.json")).unwrap();
            let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
            let findings = expected["findings"].as_array().unwrap();
            let first = (findings.len(), findings[0]["title"].as_str(), findings[0]["published"].as_str());
            let wanted = match path {
                "/jobs" => (2, Some("Support & sales"), Some("2026-05-02T00:00:00Z")),
                _ => (3, Some("Prices rise"), Some("2026-05-03T00:00:00Z")),
            };
            assert_eq!(first, wanted, "{name}: {expected:#}");
        }
    }
}

/// It takes every error for one of the page, and goes on.
const UNSTOPPABLE: &str = r#"
import time
from tidings import Error, plugin

@plugin(id="acme-deaf", name="Deaf", kind="custom", hosts=["deaf.example"], summary="Never ends", examples=[{}])
def run(params, ctx):
    while True:
        try:
            return ctx.fetch("https://deaf.example/").ok()
        except Error as error:
            if error.code != "cancelled":
                raise
            time.sleep(0.01)
"#;

#[test]
fn a_plugin_that_does_not_stop_does_not_pass_the_check() {
    let archive = Archive::new("[plugins]\ngrace = \"200ms\"\n");
    let dir = archive.path().join("acme-deaf");
    succeeds(&archive, &["plugin", "new", "acme-deaf", "--lang", "python", "--dir", archive.path().to_str().unwrap()]);
    std::fs::write(dir.join("main.py"), UNSTOPPABLE).unwrap();
    let told = archive.json(&["plugin", "check", dir.to_str().unwrap()]);
    let problems: Vec<_> =
        told["problems"].as_array().unwrap().iter().map(|problem| problem.as_str().unwrap()).collect();
    assert!(problems.iter().any(|problem| problem.contains("told to stop: goes on")), "{problems:?}");
}

#[test]
fn a_rust_plugin_stands_after_the_commands_of_the_page() {
    if std::env::var_os(WITH_RUST).is_some() {
        type_all("Rust", "acme-board");
    } else {
        assert_eq!(commands("Rust").len(), 4, "the page tells the same four steps");
    }
}
