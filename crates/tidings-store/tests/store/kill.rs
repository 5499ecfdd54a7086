//! A process killed in the middle of its commits.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use tidings_store::{LogNumber, Store};

use crate::sample::{batch, id, source};

/// Set in the process that is to be killed: where its archive is.
const DIR: &str = "TIDINGS_STORE_KILL_DIR";
/// How many kills; a few unless asked for more.
const KILLS: &str = "TIDINGS_STORE_KILLS";

/// Commits five findings at a time, for ever, and says so after each; state counts the batches.
fn commit_until_killed(dir: &Path) {
    let store = Store::open(dir).unwrap();
    let mut out = std::io::stdout().lock();
    for n in store.head().unwrap().0 / 5.. {
        let texts: Vec<(String, String)> = (0..5).map(|k| (format!("{n}-{k}"), format!("text {n} {k}"))).collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        let mut batch = batch("r", n as i64, &texts);
        batch.state = vec![("batches".to_owned(), json!(n + 1))];
        store.commit(batch).unwrap();
        writeln!(out, "committed {n}").unwrap();
    }
}

/// Kills a child once it has said that it committed `batches` more; returns the last one it spoke of.
fn kill_after(dir: &Path, batches: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::what_was_committed_survives_a_kill", "--exact", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let spoken = lines.filter_map(|line| line.unwrap().split("committed ").nth(1).map(str::to_owned));
    let last = spoken.take(batches).last().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    last.parse().unwrap()
}

#[test]
fn what_was_committed_survives_a_kill() {
    if let Some(dir) = std::env::var_os(DIR) {
        return commit_until_killed(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let kills = std::env::var(KILLS).map_or(4, |kills| kills.parse().unwrap());
    for kill in 0..kills {
        let spoken = kill_after(dir.path(), 1 + kill % 7);
        let store = Store::open(dir.path()).unwrap();
        let head = store.head().unwrap().0;
        assert_eq!(head % 5, 0, "a batch is all there or not at all");
        assert!((spoken + 1) * 5 <= head, "what was said to be committed is there");
        assert_eq!(store.state(&source(), "batches").unwrap(), Some(json!(head / 5)), "state goes with its findings");
        let entries = store.log_after(LogNumber(0), usize::MAX >> 1).unwrap();
        assert_eq!(entries.len() as u64, head);
        for (n, entry) in entries.iter().enumerate() {
            let (batch, k) = (n / 5, n % 5);
            assert_eq!(entry.number, LogNumber(n as u64 + 1));
            assert_eq!(entry.id, Some(id(&format!("{batch}-{k}"))));
            assert_eq!(entry.finding.as_ref().unwrap().text, format!("text {batch} {k}"));
        }
        assert_eq!(store.integrity().unwrap().problems, Vec::<String>::new());
    }
}
