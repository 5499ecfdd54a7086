//! `tidings plugin test`: replays the recordings of a plugin in its real process.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use crate::author::{Bench, Profile, Verdict, recordings, replay};
use crate::cli::Global;
use crate::failure::Usage;
use crate::output::{one_line, print_json, print_line};

pub(crate) async fn run(global: &Global, path: &Path, dir: Option<PathBuf>, bless: bool) -> anyhow::Result<ExitCode> {
    let bench = Bench::load(global, path, Profile::Debug).await?;
    let dir = dir.unwrap_or_else(|| bench.recordings.clone());
    let recordings = recordings(&dir);
    if recordings.is_empty() {
        return Err(Usage(format!(
            "{} holds no recording: make one with `tidings plugin record {} --out {}`, or name another folder with --recordings",
            dir.display(),
            path.display(),
            dir.join("front").display()
        ))
        .into());
    }
    let mut verdicts = Vec::with_capacity(recordings.len());
    for recording in recordings {
        let verdict = replay(&bench, &recording, bless).await?;
        if !global.json {
            print(&verdict)?;
        }
        verdicts.push(verdict);
    }
    let failed = verdicts.iter().filter(|verdict| !verdict.problems.is_empty()).count();
    if global.json {
        print_json(&json!({ "recordings": verdicts.iter().map(to_json).collect::<Vec<_>>(), "failed": failed }))?;
    } else {
        print_line(&format!("{} recordings, {failed} failed", verdicts.len()))?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(verdict: &Verdict) -> std::io::Result<()> {
    let Verdict { name, findings, blessed, problems, warnings } = verdict;
    let said = match (problems.is_empty(), blessed) {
        (false, _) => "failed ",
        (true, true) => "written",
        (true, false) => "ok     ",
    };
    print_line(&format!("{said} {name}: {findings} findings"))?;
    for problem in problems {
        print_line(&format!("        {}", one_line(problem)))?;
    }
    for warning in warnings {
        eprintln!("warning: {name}: {}", one_line(warning));
    }
    Ok(())
}

fn to_json(verdict: &Verdict) -> serde_json::Value {
    json!({
        "name": verdict.name, "findings": verdict.findings, "blessed": verdict.blessed,
        "problems": verdict.problems, "warnings": verdict.warnings,
    })
}
