//! A plugin held against its recordings, and against a web that is of no use.

use std::path::{Path, PathBuf};

use tidings_plugins::{Playback, WebFault};
use tidings_protocol::code;
use tidings_protocol::recording::Recording;

use super::bench::{Bench, Visit};
use super::expected::{Comparison, compare};

/// Answers that nothing may be taken for findings from.
const USELESS: &[(WebFault, &str)] = &[
    (WebFault::EmptyBody, "with every body empty"),
    (WebFault::Status(500), "with HTTP 500 for every answer"),
    (WebFault::Body("\u{fffd}\u{1}\u{0}PK\u{3}\u{4}\u{fffd}\u{fffd}"), "with garbage for every body"),
    (WebFault::Body("{\"items\": [{\"id\":"), "with every body cut off"),
];

/// What became of one recording.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) name: String,
    pub(crate) findings: usize,
    pub(crate) blessed: bool,
    pub(crate) problems: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

/// The recordings in `dir`, by name; `dir` may be one itself.
pub(crate) fn recordings(dir: &Path) -> Vec<PathBuf> {
    let is_one = |path: &PathBuf| path.join("recording.json").is_file();
    if is_one(&dir.to_owned()) {
        return vec![dir.to_owned()];
    }
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_one).collect();
    found.sort();
    found
}

/// Replays one recording: as it is, then with each fault.
///
/// # Errors
///
/// When the sandbox cannot be set up, or `expected.json` not be written.
pub(crate) async fn replay(bench: &Bench, dir: &Path, bless: bool) -> anyhow::Result<Verdict> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut verdict = Verdict { name, ..Verdict::default() };
    let recording = match Recording::read(dir) {
        Ok(recording) => recording,
        Err(error) => {
            verdict.problems.push(error.to_string());
            return Ok(verdict);
        }
    };
    let (visit, playback) = bench.replay(dir, &recording, WebFault::None, false).await?;
    verdict.findings = visit.collected.findings.len();
    verdict.problems.extend(playback.unknown().iter().map(|url| unknown(url, &recording)));
    if let Err(error) = &visit.end.result
        && let Some(problem) = breakdown(&error.code)
    {
        verdict.problems.push(format!("{problem}: {error}"));
    }
    verdict.problems.extend(undeclared_kinds(bench, &visit));
    // A run that asked for something else is not what is to be expected from now on.
    match compare(dir, &visit, &playback, bless && verdict.problems.is_empty())? {
        Comparison::Same => {}
        Comparison::Written => verdict.blessed = true,
        Comparison::Missing => verdict.warnings.push(format!(
            "there is no expected.json to compare with: `tidings plugin test --bless {}` writes it; read it before you commit it",
            dir.ancestors().nth(3).unwrap_or(dir).display()
        )),
        Comparison::Differs(problem) => verdict.problems.push(problem),
    }
    let unused = playback.unused();
    verdict.warnings.extend(unused.iter().map(|url| format!("{url} was recorded, and not asked for")));
    verdict.problems.extend(useless(bench, dir, &recording).await?);
    let last = playback.requests().len().saturating_sub(1);
    verdict.problems.extend(unstoppable(bench, dir, &recording, last).await?);
    Ok(verdict)
}

/// Runs each example against a web that is of no use, and tells it to stop at its first request.
///
/// # Errors
///
/// When the sandbox cannot be set up.
pub(crate) async fn examples(bench: &Bench) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for example in &bench.plugin.manifest.examples {
        let recording = Recording::empty(example.params.clone());
        let mut found = useless(bench, Path::new(""), &recording).await?;
        found.extend(unstoppable(bench, Path::new(""), &recording, 0).await?);
        problems.extend(found.iter().map(|problem| format!("example `{}` {problem}", example.title)));
    }
    Ok(problems)
}

async fn useless(bench: &Bench, dir: &Path, recording: &Recording) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for (fault, said) in USELESS {
        let (visit, playback) = bench.replay(dir, recording, *fault, false).await?;
        problems.extend(silent_success(&visit, &playback).map(|problem| format!("{said}: {problem}")));
    }
    Ok(problems)
}

/// What is wrong with how a run ends that is told to stop at the request behind `after` others.
async fn unstoppable(bench: &Bench, dir: &Path, recording: &Recording, after: usize) -> anyhow::Result<Option<String>> {
    let (_, took) = bench.stopped(dir, recording, after).await?;
    let grace = bench.grace();
    Ok(took.filter(|took| grace <= *took).map(|_| {
        format!(
            "told to stop: goes on for {} s, and is killed: let the error `cancelled` of a call end the run, and ask `cancelled()` in long loops",
            grace.as_secs()
        )
    }))
}

/// What is wrong with how a run took answers of no use.
fn silent_success(visit: &Visit, playback: &Playback) -> Option<String> {
    match &visit.end.result {
        // One that asked the web nothing cannot have noticed.
        Ok(_) if playback.requests().is_empty() => None,
        Ok(_) => Some(
            "ends well, as if nothing were wrong: make an answer that is not as expected an error (`ok()`, `require`)"
                .to_owned(),
        ),
        Err(error) => breakdown(&error.code).map(|problem| format!("{problem}: {error}")),
    }
}

/// What no plugin may do, whatever the web answers.
fn breakdown(found: &str) -> Option<&'static str> {
    match found {
        code::PLUGIN_PANIC => Some("panics"),
        found if found.starts_with("crash.") => Some("crashes"),
        found if found.starts_with("timeout.") => Some("does not come to an end"),
        found if found.starts_with("protocol.") => Some("breaks the protocol"),
        _ => None,
    }
}

fn unknown(url: &str, recording: &Recording) -> String {
    let nearest = recording.nearest(url);
    let known = if nearest.is_empty() { "nothing was recorded".to_owned() } else { nearest.join(", ") };
    format!("asked for {url}, which was not recorded; nearest: {known}. Record it anew with `tidings plugin record`")
}

fn undeclared_kinds(bench: &Bench, visit: &Visit) -> Vec<String> {
    let declared = &bench.plugin.manifest.emits;
    let kinds = visit.collected.findings.iter().filter_map(|(_, finding)| finding.kind.as_ref());
    let mut undeclared: Vec<_> = kinds.filter(|kind| !declared.is_empty() && !declared.contains(kind)).collect();
    undeclared.sort();
    undeclared.dedup();
    undeclared.iter().map(|kind| format!("emits `{kind}`: add it to what the manifest says it `emits`")).collect()
}
