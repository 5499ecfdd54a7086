//! `tidings source suggest DOMAIN`: one visit by the `site-scout` plugin, outside the daemon.
//! Nothing is stored; the blocks are printed, ready for `tidings.toml`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::json;
use tidings_fetch::Fetcher;
use tidings_model::{Clock, SystemClock};
use tidings_plugins::{Catalog, Job, Supervisor, search_dirs};
use tokio_util::sync::CancellationToken;

use crate::author::{Collected, config_or_default};
use crate::cli::Global;
use crate::failure::Usage;
use crate::output::{one_line, print_json, print_line};
use crate::wiring::launcher;

/// The plugin that looks at sites.
const SCOUT: &str = "site-scout";

pub(super) async fn run(global: &Global, domain: &str) -> anyhow::Result<ExitCode> {
    let config = config_or_default(global)?;
    let launcher = launcher()?;
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let dirs: Vec<_> = global.plugin_dir.iter().chain(&config.plugins.dirs).cloned().collect();
    let dirs = search_dirs(&dirs, &config.daemon.data_dir, &launcher.exe);
    let catalog = Catalog::discover(&dirs, scratch.path(), launcher.clone(), &config.plugins).await?;
    let plugin = catalog.plugins().into_iter().find(|plugin| plugin.manifest.id == SCOUT);
    let plugin =
        plugin.with_context(|| format!("the plugin `{SCOUT}` is not there; `tidings plugin list` says why"))?;
    let params = json!({ "domain": domain });
    plugin.check_params(&params).map_err(|errors| Usage(format!("DOMAIN: {}", errors[0])))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let fetcher = Fetcher::new(config.fetch, clock.clone(), None)?;
    let supervisor = Supervisor::new(config.plugins, launcher, fetcher, clock);
    let mut job = Job::new("suggest", "suggest".parse().context("a fixed source id is valid")?, params);
    job.dry_run = true;
    let mut calls = Collected::default();
    let end = supervisor.run(&plugin, job, &mut calls, CancellationToken::new()).await;
    let report = match end.result {
        Ok(report) => report,
        Err(error) => bail!("{}", one_line(&error.to_string())),
    };
    if global.json {
        let items: Vec<_> = calls
            .distinct()
            .into_iter()
            .map(|found| json!({ "role": found.attrs.get("role"), "title": found.title, "url": found.url, "block": found.text }))
            .collect();
        print_json(&json!({ "items": items, "summary": report.summary }))?;
        return Ok(ExitCode::SUCCESS);
    }
    print_line(&format!("# {domain}: {}", report.summary.as_deref().unwrap_or("seen")))?;
    for found in calls.distinct() {
        match &found.text {
            Some(block) => print_line(&format!("\n{}", block.trim_end()))?,
            None => {
                let title = found.title.as_deref().unwrap_or_default();
                let url = found.url.as_deref().unwrap_or_default();
                print_line(&format!("\n# {} {}", one_line(title), one_line(url)))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
