//! `tidings plugin install`: a checked plugin, put where the daemon finds it.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::check::problems;
use crate::author::{Bench, Profile, config_or_default};
use crate::cli::Global;
use crate::output::{one_line, print_line};

pub(crate) async fn run(global: &Global, path: &Path) -> anyhow::Result<ExitCode> {
    let bench = Bench::load(global, path, Profile::Release).await?;
    let problems = problems(&bench).await?;
    if !problems.is_empty() {
        for problem in &problems {
            eprintln!("- {}", one_line(problem));
        }
        eprintln!("tidings: {} is not installed", path.display());
        return Ok(ExitCode::FAILURE);
    }
    let data_dir = match &global.data_dir {
        Some(dir) => dir.clone(),
        None => config_or_default(global)?.daemon.data_dir,
    };
    let id = bench.plugin.id.to_string();
    let dir = data_dir.join("plugins");
    let place = bench.artifact.put(&dir, &bench.artifact.installed_name(&id));
    let place = place.with_context(|| format!("cannot install into {}", dir.display()))?;
    print_line(&format!("installed {id} {} as {}", bench.plugin.manifest.version, place.display()))?;
    print_line("a running daemon takes it up by itself; a source names it with")?;
    print_line(&format!("  plugin = \"{id}\""))?;
    Ok(ExitCode::SUCCESS)
}
