//! The authors' page, command by command: what it tells a newcomer to type is typed here.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::Command;

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

#[test]
fn a_rust_plugin_stands_after_the_commands_of_the_page() {
    if std::env::var_os(WITH_RUST).is_some() {
        type_all("Rust", "acme-board");
    } else {
        assert_eq!(commands("Rust").len(), 4, "the page tells the same four steps");
    }
}
