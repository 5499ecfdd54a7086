//! `tidings source suggest DOMAIN`: the blocks for what is worth watching there, ready for `tidings.toml`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use tidings_fetch::Fetcher;
use tidings_model::{Clock, SystemClock};
use tidings_plugins::{Catalog, Supervisor, search_dirs};

use crate::author::config_or_default;
use crate::cli::Global;
use crate::output::{one_line, print_json, print_line};
use crate::scout::Scout;
use crate::wiring::launcher;

pub(super) async fn run(global: &Global, domain: &str) -> anyhow::Result<ExitCode> {
    let config = config_or_default(global)?;
    let launcher = launcher()?;
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let dirs: Vec<_> = global.plugin_dir.iter().chain(&config.plugins.dirs).cloned().collect();
    let dirs = search_dirs(&dirs, &config.daemon.data_dir, &launcher.exe);
    let catalog = Catalog::discover(&dirs, scratch.path(), launcher.clone(), &config.plugins).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let fetcher = Fetcher::new(config.fetch, clock.clone(), None)?;
    let supervisor = Supervisor::new(config.plugins, launcher, fetcher, clock);
    let scout = Scout { supervisor: Arc::new(supervisor), catalog: Arc::new(catalog) };
    let found = scout.look(domain).await?;
    if global.json {
        print_json(&serde_json::to_value(&found)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    print_line(&format!("# {domain}: {}", found.summary))?;
    for item in &found.items {
        match &item.block {
            Some(block) => print_line(&format!("\n{}", block.trim_end()))?,
            None => print_line(&format!("\n# {} {}", one_line(&item.title), one_line(&item.url)))?,
        }
    }
    Ok(ExitCode::SUCCESS)
}
