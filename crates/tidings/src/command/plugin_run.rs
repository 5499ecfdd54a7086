//! `tidings plugin run FILE`: one run outside the daemon, with the real sandbox and
//! the real fetcher. Nothing is stored; what it finds is printed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tidings_fetch::Fetcher;
use tidings_model::{Clock, SourceId, SystemClock};
use tidings_plugins::{Calls, Catalog, Job, Plugin, PluginsConfig, Supervisor};
use tidings_protocol::{Finding, LogLine, Outcome, Progress, Reply, Skip, Snapshot, SnapshotPut};
use tokio_util::sync::CancellationToken;

use crate::cli::Global;
use crate::config::{Config, ConfigError, ConfigFile};
use crate::failure::Usage;
use crate::output::{one_line, print_json, print_line};
use crate::wiring::launcher;

pub(crate) async fn run(
    global: &Global,
    path: &Path,
    params: Option<String>,
    grant_hosts: Vec<String>,
) -> anyhow::Result<ExitCode> {
    let config = config_or_default(global)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let fetcher = Fetcher::new(config.fetch, clock.clone(), None)?;
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let plugin = load(path, scratch.path(), &config.plugins).await?;
    let supervisor = Supervisor::new(config.plugins, launcher()?, fetcher, clock);
    let params = match params {
        Some(text) => serde_json::from_str(&text).map_err(|error| Usage(format!("--params: {error}")))?,
        None => plugin.manifest.examples.first().map(|example| example.params.clone()).unwrap_or_else(|| json!({})),
    };
    plugin.check_params(&params).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Usage(format!("--params: {}", errors.join("; ")))
    })?;
    let source: SourceId = "dry-run".parse().context("a fixed source id is valid")?;
    let mut job = Job::new("dry-run", source, params);
    job.dry_run = true;
    job.grant_hosts = grant_hosts;
    let mut calls = DryRun::default();
    let end = supervisor.run(&plugin, job, &mut calls, CancellationToken::new()).await;
    if global.json {
        print_json(&json!({
            "findings": calls.findings, "skipped": calls.skipped, "fetched": end.fetched,
            "report": end.result.as_ref().ok(), "error": end.result.as_ref().err(), "sandbox": end.sandbox, "log": end.log_tail,
        }))?;
    } else {
        print(&calls)?;
        match &end.result {
            Ok(report) => print_line(&format!(
                "{} findings, {} skipped, {} fetched{}",
                calls.findings.len(),
                calls.skipped.len(),
                end.fetched,
                report.summary.as_ref().map(|summary| format!("; {summary}")).unwrap_or_default()
            ))?,
            Err(error) => {
                eprint!("{}", end.log_tail);
                eprintln!("tidings: {}", one_line(&error.to_string()));
            }
        }
    }
    Ok(if end.result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The plugin in one file, from a folder of its own that ends with this run.
async fn load(path: &Path, scratch: &Path, config: &PluginsConfig) -> anyhow::Result<Arc<Plugin>> {
    let named = scratch.join("libtidings_plugin_candidate.so");
    std::fs::copy(path, &named).map_err(|error| Usage(format!("cannot read {}: {error}", path.display())))?;
    let dirs = [scratch.to_owned()];
    let catalog = Catalog::discover(&dirs, &scratch.join("store"), launcher()?, config).await?;
    if let Some(problem) = catalog.problems().first() {
        bail!("{} is not loaded: {}", path.display(), problem.error);
    }
    catalog.plugins().into_iter().next().with_context(|| format!("there is no plugin in {}", path.display()))
}

/// An author's machine may have no configuration; a broken one is still told.
pub(crate) fn config_or_default(global: &Global) -> Result<Config, ConfigError> {
    match ConfigFile::load(&global.config) {
        Ok(file) => Ok(file.config),
        Err(ConfigError::Missing { .. }) => Ok(Config::default()),
        Err(error) => Err(error),
    }
}

fn print(calls: &DryRun) -> std::io::Result<()> {
    for finding in &calls.findings {
        let day = finding.published.map_or_else(|| "no date   ".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
        let title = finding.title.as_deref().or(finding.text.as_deref()).unwrap_or_default();
        let title: String = one_line(title).chars().take(100).collect();
        print_line(&format!("{day}  {title}"))?;
        if let Some(url) = &finding.url {
            print_line(&format!("            {}", one_line(url)))?;
        }
    }
    for skip in &calls.skipped {
        eprintln!("skipped {}: {}", one_line(&skip.url), one_line(&skip.reason));
    }
    Ok(())
}

/// Keeps in memory what the daemon would keep in the archive.
#[derive(Default)]
pub(crate) struct DryRun {
    pub(crate) findings: Vec<Finding>,
    skipped: Vec<Skip>,
    state: BTreeMap<String, Value>,
    snapshots: BTreeMap<String, Snapshot>,
}

impl Calls for DryRun {
    async fn emit(&mut self, finding: Finding) -> Reply<Outcome> {
        let is_same = |known: &Finding| known.key == finding.key && known.url == finding.url;
        if self.findings.iter().any(is_same) {
            return Ok(Outcome::Duplicate);
        }
        self.findings.push(finding);
        Ok(Outcome::New)
    }

    async fn seen(&mut self, keys: Vec<String>) -> Reply<Vec<bool>> {
        Ok(vec![false; keys.len()])
    }

    async fn state_get(&mut self, key: String) -> Reply<Option<Value>> {
        Ok(self.state.get(&key).cloned())
    }

    async fn state_set(&mut self, key: String, value: Value) -> Reply<()> {
        self.state.insert(key, value);
        Ok(())
    }

    async fn commit(&mut self) -> Reply<()> {
        Ok(())
    }

    async fn snapshot_latest(&mut self, key: String) -> Reply<Option<Snapshot>> {
        Ok(self.snapshots.get(&key).cloned())
    }

    async fn snapshot_put(&mut self, put: SnapshotPut) -> Reply<String> {
        let begun = self.snapshots.remove(&put.key).filter(|_| put.append).map(|begun| begun.text).unwrap_or_default();
        let snapshot = Snapshot { id: "dry-run".to_owned(), text: begun + &put.text, facts: put.facts, taken: None };
        self.snapshots.insert(put.key, snapshot);
        Ok("dry-run".to_owned())
    }

    fn skip(&mut self, skip: Skip) {
        self.skipped.push(skip);
    }

    fn log(&mut self, line: LogLine) {
        tracing::info!(level = ?line.level, "plugin: {}", line.message);
    }

    fn progress(&mut self, progress: Progress) {
        tracing::debug!(done = progress.done, total = progress.total, "plugin progress");
    }
}
