//! `tidings plugin record`: one live run, kept as a recording.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use tidings_model::{Clock, SystemClock};
use tidings_plugins::Tape;
use tidings_protocol::recording::Recording;

use crate::author::{Bench, Collected, Profile, replay};
use crate::cli::{Global, ParamsArgs};
use crate::command::plugin::run::print;
use crate::failure::Usage;
use crate::output::{one_line, print_line};

pub(crate) async fn run(global: &Global, path: &Path, args: ParamsArgs, out: &Path) -> anyhow::Result<ExitCode> {
    if out.join("recording.json").exists() {
        return Err(Usage(format!("--out: {} holds a recording: remove it, or name another", out.display())).into());
    }
    let bench = Bench::load(global, path, Profile::Debug).await?;
    let params = bench.params(args.params.as_deref(), args.example)?;
    let mut recording = Recording::empty(params.clone());
    recording.now = SystemClock.now();
    let tape = Arc::new(Tape::default());
    let visit = bench.live(params, args.grant_host, Some(tape.clone()), Collected::default()).await?;
    print(&visit)?;
    if tape.is_empty() {
        bail!("the run asked the web nothing, so there is nothing to record");
    }
    tape.write(out, recording).with_context(|| format!("cannot write {}", out.display()))?;
    let verdict = replay(&bench, out, true).await?;
    print_line(&format!(
        "recorded {} exchanges in {}: read `expected.json` before you commit it",
        tape.len(),
        out.display()
    ))?;
    for problem in &verdict.problems {
        eprintln!("warning: {}", one_line(problem));
    }
    Ok(if visit.end.result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
