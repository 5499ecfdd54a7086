//! A run that dies leaves nothing that the next one would stop at.

use tidings_tests::{Archive, Daemon};

/// 200 findings are a batch, so the first page is committed before the plugin dies.
fn pages(die_after: &str) -> String {
    format!(
        "\n[[source]]\nid = \"forum\"\nplugin = \"fault\"\nschedule = {{ every = \"1h\" }}\n\
         params = {{ fault = \"pages\", pages = 2, per_page = 200{die_after} }}\n"
    )
}

#[test]
fn what_a_killed_run_left_out_comes_with_the_next() {
    let archive = Archive::new(&pages(", die_after = 1"));
    let killed = archive.json(&["once", "forum"]);
    assert_eq!(killed[0]["outcome"], "plugin_crash", "{killed}");
    assert_eq!(archive.json(&["search", ""])["total"], 200);

    archive.configure(&pages(""));
    let next = archive.json(&["once", "forum"]);
    assert_eq!((&next[0]["outcome"], &next[0]["counts"]["new"]), (&"ok".into(), &200.into()), "{next}");
    assert_eq!(archive.json(&["search", ""])["total"], 400);

    // Now that a run has ended well, the first page without anything new is the last.
    let third = archive.json(&["once", "forum"]);
    assert_eq!((&third[0]["counts"]["new"], &third[0]["counts"]["duplicate"]), (&0.into(), &200.into()), "{third}");
}

#[test]
fn a_crash_is_told_with_its_reason_and_hurts_no_other_source() {
    let archive = Archive::new(
        "\n[[source]]\nid = \"crash\"\nplugin = \"fault\"\nschedule = { every = \"1h\" }\nparams = { fault = \"panic\" }\n\
         \n[[source]]\nid = \"well\"\nplugin = \"fault\"\nschedule = { every = \"1h\" }\nparams = { fault = \"none\", findings = 3 }\n",
    );
    let records = archive.json(&["once", "crash", "well"]);
    assert_eq!(records[0]["outcome"], "plugin_crash", "{records}");
    assert_eq!(records[0]["error"]["code"], "plugin.panic");
    assert!(records[0]["error"]["message"].as_str().unwrap().contains("no title on item 3"), "{records}");
    assert_eq!((&records[1]["outcome"], &records[1]["counts"]["new"]), (&"ok".into(), &3.into()));
}

#[test]
fn a_change_of_state_is_kept_and_told_in_a_sentence() {
    let archive = Archive::new(
        "\n[[source]]\nid = \"crash\"\nplugin = \"fault\"\nschedule = { every = \"1h\" }\nparams = { fault = \"panic\" }\n",
    );
    archive.json(&["once", "crash"]);
    let listed = archive.json(&["source", "list"]);
    let told = listed["items"][0]["sentence"].as_str().unwrap();
    assert!(told.starts_with("could not be read because the plugin crashed"), "{listed}");
    assert!(listed["items"][0]["next_run"].is_string(), "{listed}");

    let daemon = Daemon::start(&archive);
    let source = daemon.get("/api/v1/sources/crash");
    let event = &source["events"][0];
    assert_eq!((&event["from"], &event["to"]), (&"ok".into(), &"plugin_crash".into()), "{source}");
    assert!(event["reason"].as_str().unwrap().contains("no title on item 3"), "{source}");
}
