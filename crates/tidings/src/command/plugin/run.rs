//! `tidings plugin run`: one run outside the daemon, with the real sandbox, against
//! the live site or a recording. Nothing is stored; what it finds is printed.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use tidings_plugins::WebFault;
use tidings_protocol::recording::Recording;

use crate::author::{Bench, Profile, Visit};
use crate::cli::{Global, ParamsArgs};
use crate::failure::Usage;
use crate::output::{one_line, print_json, print_line};

pub(crate) async fn run(
    global: &Global,
    path: &Path,
    args: ParamsArgs,
    replay: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let bench = Bench::load(global, path, Profile::Debug).await?;
    let visit = match replay {
        Some(dir) => {
            let recording = Recording::read(dir).map_err(|error| Usage(format!("--replay: {error}")))?;
            bench.replay(dir, &recording, WebFault::None, false).await?.0
        }
        None => {
            let params = bench.params(args.params.as_deref(), args.example)?;
            bench.live(params, args.grant_host, None, crate::author::Collected::default()).await?
        }
    };
    if global.json {
        let end = &visit.end;
        print_json(&json!({
            "findings": visit.collected.distinct(), "skipped": visit.collected.skipped, "fetched": end.fetched,
            "report": end.result.as_ref().ok(), "error": end.result.as_ref().err(), "sandbox": end.sandbox, "log": end.log_tail,
        }))?;
    } else {
        print(&visit)?;
    }
    Ok(if visit.end.result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a run brought, for people.
pub(super) fn print(visit: &Visit) -> std::io::Result<()> {
    let findings = visit.collected.distinct();
    for finding in &findings {
        let day = finding.published.map_or_else(|| "no date   ".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
        let title = finding.title.as_deref().or(finding.text.as_deref()).unwrap_or_default();
        let title: String = one_line(title).chars().take(100).collect();
        print_line(&format!("{day}  {title}"))?;
        if let Some(url) = &finding.url {
            print_line(&format!("            {}", one_line(url)))?;
        }
    }
    for skip in &visit.collected.skipped {
        eprintln!("skipped {}: {}", one_line(&skip.url), one_line(&skip.reason));
    }
    match &visit.end.result {
        Ok(report) => print_line(&format!(
            "{} findings, {} skipped, {} fetched{}",
            findings.len(),
            visit.collected.skipped.len(),
            visit.end.fetched,
            report.summary.as_ref().map(|summary| format!("; {}", one_line(summary))).unwrap_or_default()
        ))?,
        Err(error) => {
            eprint!("{}", visit.end.log_tail);
            eprintln!("tidings: {}", one_line(&error.to_string()));
        }
    }
    Ok(())
}
