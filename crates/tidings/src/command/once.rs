//! `tidings once`: one pass, then exit.

use std::process::ExitCode;

use anyhow::{Context, bail};
use tidings_model::{Health, RunRecord, SourceId};

use crate::cli::Global;
use crate::output::{Table, print_json, print_line, progress};
use crate::wiring::{Daemon, load_config};

/// Exit code 1 when a source is in no good state.
pub(crate) async fn run(global: &Global, sources: &[SourceId]) -> anyhow::Result<ExitCode> {
    let file = load_config(global)?;
    let daemon = Daemon::start(file).await?;
    let stopping = daemon.engine.clone();
    let signals = tokio::spawn(async move {
        crate::command::serve::stop_signal().await;
        stopping.stop();
    });
    let mut records = daemon.engine.once(sources).await?;
    // What a changed taxonomy makes of the findings before is due too.
    let mut progress = progress("tagging again");
    let retagged = daemon.engine.retag_all(|task| progress(task.done, task.total)).await;
    let alerted = daemon.alerts.pass().await;
    signals.abort();
    daemon.feed.settle().await;
    let index_fault = daemon.feed.state().fault;
    daemon.end().await;
    records.sort_by(|a, b| a.source.cmp(&b.source));
    if global.json {
        print_json(&records)?;
    } else {
        print(&records)?;
    }
    retagged
        .context("what was found is kept, but the archive cannot be tagged again; `tidings retag` goes on with it")?;
    alerted.context("what was found is kept, but alerts could not be asked; the next pass or start does it")?;
    if let Some(fault) = index_fault {
        bail!("what was found is kept, but cannot be searched yet: {fault}");
    }
    let is_well = |record: &RunRecord| record.outcome.is_some_and(Health::is_good);
    Ok(if records.iter().all(is_well) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(records: &[RunRecord]) -> std::io::Result<()> {
    if records.is_empty() {
        return print_line("nothing is due; name a source to visit it all the same");
    }
    let mut table = Table::new(&["source", "fetched", "new", "updated", "duplicate", "skipped", "outcome", "why"]);
    for record in records {
        let counts = record.counts;
        let outcome = record.outcome.map_or("cancelled", Health::as_str);
        let why = record.error.as_ref().map(|error| format!("{} ({})", error.message, error.code));
        table.row([
            record.source.to_string(),
            counts.fetched.to_string(),
            counts.new.to_string(),
            counts.updated.to_string(),
            counts.duplicate.to_string(),
            counts.skipped.to_string(),
            outcome.to_owned(),
            why.unwrap_or_default(),
        ]);
    }
    table.print()
}
