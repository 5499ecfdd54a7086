//! `kill -9` in the middle of ingest, again and again: nothing committed is lost,
//! nothing is there twice, the index equals the log, and nobody repairs anything.
//!
//! `TIDINGS_KILLS=100 cargo test -p tidings-tests --test kill` is the long run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tidings_testkit::{Answer, Web};
use tidings_tests::Archive;

/// Items that come new with each round; two batches and a half.
const NEW_ITEMS: usize = 500;

/// A feed of the items of `round` and of the round before.
fn feed(round: usize) -> Answer {
    let numbers = round.saturating_sub(1) * NEW_ITEMS..(round + 1) * NEW_ITEMS;
    let items: String = numbers
        .rev()
        .map(|number| format!("<item><guid>n{number}</guid><title>Karvia {number} quá đắt</title></item>"))
        .collect();
    Answer::ok("application/rss+xml", format!("<rss version=\"2.0\"><channel>{items}</channel></rss>"))
}

/// Numbers that look random and are the same in each run.
fn next_random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn a_kill_at_any_moment_loses_nothing_and_repeats_nothing() {
    let kills: usize = std::env::var("TIDINGS_KILLS").ok().map_or(6, |kills| kills.parse().unwrap());
    let web = Web::start(1);
    let archive = Archive::new(&format!(
        "\n[[source]]\nid = \"news\"\nplugin = \"feed\"\nschedule = {{ every = \"1h\" }}\nparams = {{ url = \"{}\", max_items = 1000 }}\n",
        web.url("/feed")
    ));
    web.put("/feed", feed(0));
    archive.json(&["once", "news"]);
    web.put("/feed", feed(1));
    let began = Instant::now();
    archive.json(&["once", "news"]);
    let whole_run = began.elapsed();

    let mut random = 0x0dd_ba11;
    let mut committed = archive.json(&["search", ""])["total"].as_u64().unwrap();
    let mut cut_short = 0;
    for round in 2..kills + 2 {
        web.put("/feed", feed(round));
        let mut child =
            archive.command().args(["once", "news"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // The moment of the kill is what is tested, so real time must pass.
        std::thread::sleep(whole_run * u32::try_from(next_random(&mut random) % 1000).unwrap() / 1000);
        child.kill().unwrap();
        cut_short += usize::from(!child.wait().unwrap().success());

        // What is searchable now, after the index alone has caught up.
        let differences = archive.json(&["index", "verify"]);
        assert_eq!(differences["differences"], serde_json::json!([]), "round {round}: {differences}");
        assert_eq!(archive.json(&["once"]), serde_json::json!([]), "nothing is due, the index catches up");
        let total = archive.json(&["search", ""])["total"].as_u64().unwrap();
        assert!(committed <= total, "round {round}: {committed} findings were there, now {total}");
        committed = total;
    }
    assert!(0 < cut_short, "every run had ended before its kill");

    // The feed still shows the last two rounds; earlier ones are as complete as their runs.
    archive.json(&["once", "news"]);
    assert!(archive.run(&["index", "verify"]).status.success());
    assert!(archive.run(&["doctor"]).status.success());
    let titles = all_titles(&archive);
    let distinct: BTreeSet<&String> = titles.iter().collect();
    assert_eq!(distinct.len(), titles.len(), "a finding is there twice");
    for number in kills * NEW_ITEMS..(kills + 2) * NEW_ITEMS {
        assert!(distinct.contains(&format!("Karvia {number} quá đắt")), "item {number} is missing");
    }
}

/// Every title, page by page.
fn all_titles(archive: &Archive) -> Vec<String> {
    let mut titles = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut args = vec!["search", "", "--limit", "100", "--sort", "oldest"];
        if let Some(cursor) = &cursor {
            args.extend(["--cursor", cursor]);
        }
        let answer = archive.json(&args);
        let hits = answer["hits"].as_array().unwrap();
        titles.extend(hits.iter().map(|hit| hit["title"].as_str().unwrap().to_owned()));
        match answer["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return titles,
        }
    }
}

#[test]
fn a_daemon_killed_while_it_serves_starts_again_by_itself() {
    let web = Web::start(1);
    web.put("/feed", feed(0));
    let archive = Archive::new(&format!(
        "\n[[source]]\nid = \"news\"\nplugin = \"feed\"\nschedule = {{ every = \"1s\" }}\nparams = {{ url = \"{}\" }}\n",
        web.url("/feed")
    ));
    let all = |answer: &Value| answer["total"] == NEW_ITEMS;
    let daemon = tidings_tests::Daemon::start(&archive);
    daemon.wait_for("/api/v1/search?q=karvia", |answer| 0 < answer["total"].as_u64().unwrap());
    daemon.signal("KILL");
    let (_, took) = daemon.wait();
    assert!(took < Duration::from_secs(10));
    let daemon = tidings_tests::Daemon::start(&archive);
    daemon.wait_for("/api/v1/search?q=karvia", all);
}

/// The processes whose parent is `parent`.
fn children_of(parent: u32) -> Vec<u32> {
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_child = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| line == format!("PPid:\t{parent}"))
    };
    pids.filter(is_child).collect()
}

/// The state of a process that has not ended. One that has stays in the table as a zombie
/// until its new parent looks, which here may take that one seconds.
fn state_of(process: u32) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let state = status.lines().find_map(|line| line.strip_prefix("State:\t"))?;
    (!state.starts_with(['Z', 'X'])).then(|| state.to_owned())
}

#[test]
fn a_killed_daemon_leaves_no_plugin_behind() {
    let archive = Archive::new(
        "\n[[source]]\nid = \"hang\"\nplugin = \"fault\"\nschedule = { every = \"1h\" }\nparams = { fault = \"hang\" }\n",
    );
    let daemon = tidings_tests::Daemon::start(&archive);
    let began = Instant::now();
    let plugin = loop {
        if let [plugin] = children_of(daemon.pid())[..] {
            break plugin;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "the plugin was never started");
        std::thread::yield_now();
    };
    daemon.signal("KILL");
    daemon.wait();
    let began = Instant::now();
    while let Some(state) = state_of(plugin) {
        assert!(began.elapsed() < Duration::from_secs(60), "process {plugin} is left behind: {state}");
        std::thread::yield_now();
    }
}
