//! `tidings plugin dev`: build, run, trace; again whenever a file of the plugin changes.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use serde_json::json;
use tidings_plugins::WebFault;
use tidings_protocol::recording::Recording;

use crate::author::{Bench, Collected, Profile, Visit};
use crate::cli::{Global, ParamsArgs};
use crate::failure::Usage;
use crate::output::{one_line, print_line};

/// Between two looks at the files.
const LOOK: Duration = Duration::from_millis(500);
/// Folders that change by building, not by writing.
const PASSED_OVER: &[&str] = &["target", ".git", "__pycache__", ".venv"];
/// Most files that are watched.
const MAX_FILES: usize = 10_000;

pub(crate) async fn run(
    global: &Global,
    path: &Path,
    replay: Option<&Path>,
    args: &ParamsArgs,
    once: bool,
) -> anyhow::Result<ExitCode> {
    loop {
        let seen = newest(path);
        let is_ok = match turn(global, path, replay, args).await {
            Ok(visit) => {
                tell_end(&visit)?;
                visit.end.result.is_ok()
            }
            Err(error) if once => return Err(error),
            Err(error) => {
                eprintln!("tidings: {}", one_line(&format!("{error:#}")));
                false
            }
        };
        if once {
            return Ok(if is_ok { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        eprintln!("waiting for a change under {}; Ctrl-C ends it", path.display());
        tokio::select! {
            () = change(path, seen) => {}
            stop = tokio::signal::ctrl_c() => {
                stop?;
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
}

async fn turn(global: &Global, path: &Path, replay: Option<&Path>, args: &ParamsArgs) -> anyhow::Result<Visit> {
    let bench = Bench::load(global, path, Profile::Debug).await?;
    if let Some(dir) = replay {
        let recording = Recording::read(dir).map_err(|error| Usage(format!("--replay: {error}")))?;
        return Ok(bench.replay(dir, &recording, WebFault::None, true).await?.0);
    }
    let params = bench.params(args.params.as_deref(), args.example)?;
    bench.live(params, args.grant_host.clone(), None, Collected::traced()).await
}

fn tell_end(visit: &Visit) -> std::io::Result<()> {
    let end = &visit.end;
    let said = json!({"event": "end", "data": {
        "findings": visit.collected.findings.len(), "skipped": visit.collected.skipped.len(), "fetched": end.fetched,
        "cpu_ms": u64::try_from(end.cpu.as_millis()).unwrap_or(u64::MAX), "max_rss": end.max_rss,
        "report": end.result.as_ref().ok(), "error": end.result.as_ref().err(), "log": end.log_tail,
    }});
    print_line(&said.to_string())
}

async fn change(path: &Path, seen: Option<SystemTime>) {
    while newest(path) == seen {
        tokio::time::sleep(LOOK).await;
    }
}

/// When something under `path` was last written.
fn newest(path: &Path) -> Option<SystemTime> {
    let mut newest = None;
    let mut open = vec![path.to_owned()];
    let mut files = 0;
    while let Some(path) = open.pop() {
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { continue };
        // A folder's own time tells of files that are gone.
        newest = newest.max(metadata.modified().ok());
        files += 1;
        if metadata.is_dir() && files < MAX_FILES {
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            let is_watched = |name: &std::ffi::OsStr| !name.to_str().is_some_and(|name| PASSED_OVER.contains(&name));
            open.extend(entries.filter(|entry| is_watched(&entry.file_name())).map(|entry| entry.path()));
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_building_writes_is_no_change() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, day: u64| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(day * 86_400 + 4_000_000_000);
            std::fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
            at
        };
        let at = write("src/main.py", 1);
        write("target/debug/x", 9);
        assert_eq!(newest(dir.path()), Some(at));
        let later = write("src/main.py", 2);
        assert_eq!(newest(dir.path()), Some(later));
    }
}
