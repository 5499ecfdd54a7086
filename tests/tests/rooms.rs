//! Which room may use which: the table of `docs/architecture.md`, held against cargo's own view.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Each room and the rooms it may use, dev-dependencies aside. A plugin may use the SDK alone.
const MAY_USE: &[(&str, &[&str])] = &[
    ("abi", &[]),
    ("protocol", &[]),
    ("extract", &[]),
    ("sdk", &["abi", "protocol", "extract"]),
    ("model", &[]),
    ("text", &[]),
    ("query", &["model"]),
    ("match", &["text", "query", "model"]),
    ("fetch", &["model"]),
    ("plugin-host", &["abi", "protocol", "sdk"]),
    ("plugins", &["protocol", "fetch", "model"]),
    ("store", &["model"]),
    ("index", &["model", "text", "query", "store"]),
    ("scheduler", &["model"]),
    ("alerts", &["model", "query", "match", "store", "fetch", "scheduler"]),
    (
        "engine",
        &["model", "text", "match", "store", "index", "query", "fetch", "plugins", "protocol", "scheduler", "alerts"],
    ),
    ("server", &["model", "query", "store", "index", "engine", "plugins", "protocol", "alerts"]),
    ("eval", &["extract", "fetch", "match", "model", "text"]),
    ("testkit", &[]),
];

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn no_room_uses_one_that_it_may_not() {
    let may_use: BTreeMap<&str, BTreeSet<&str>> =
        MAY_USE.iter().map(|(room, used)| (*room, used.iter().copied().collect())).collect();
    let metadata = metadata();
    let mut seen = 0;
    let of_a_plugin = BTreeSet::from(["sdk"]);
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        // The binary and the end-to-end tests may use all.
        let Some(room) = name.strip_prefix("tidings-").filter(|room| *room != "tests") else { continue };
        let is_plugin = package["manifest_path"]
            .as_str()
            .unwrap()
            .contains(&format!("/plugins/{}/", room.trim_start_matches("plugin-")));
        let allowed = if is_plugin {
            &of_a_plugin
        } else {
            seen += 1;
            may_use.get(room).unwrap_or_else(|| panic!("room `{room}` is not in the table"))
        };
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = dependency["name"].as_str().unwrap().strip_prefix("tidings-");
            if let Some(used) = used.filter(|_| dependency["kind"].is_null()) {
                assert!(allowed.contains(used), "{room} uses {used}");
            }
        }
    }
    assert_eq!(seen, MAY_USE.len(), "a room of the table is gone");
}

#[test]
fn the_architecture_names_every_room() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/architecture.md")).unwrap();
    for (room, _) in MAY_USE {
        assert!(text.contains(&format!("`tidings-{room}`")), "docs/architecture.md does not name tidings-{room}");
    }
}
