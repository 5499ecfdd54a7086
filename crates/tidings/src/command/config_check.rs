//! `tidings config check`: everything that can be checked without fetching.

use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;
use tidings_engine::RobotsMode;

use crate::cli::Global;
use crate::output::{print_json, print_line};
use crate::wiring::{self, load_config};

pub(crate) async fn run(global: &Global) -> anyhow::Result<ExitCode> {
    let file = load_config(global)?;
    let taxonomy = wiring::read_taxonomy(&file)?;
    tidings_match::Tagger::new(&taxonomy, 1).context("the taxonomy cannot be used")?;
    let catalog = wiring::discover(&file).await?;
    wiring::check_sources(&file, &catalog)?;
    for source in &file.config.source {
        source.read_secrets()?;
    }
    let user_feeds: Vec<&str> = file
        .config
        .source
        .iter()
        .filter(|source| source.robots == RobotsMode::UserFeed)
        .map(|source| source.id.as_str())
        .collect();
    let (sources, competitors, labels) = (file.config.source.len(), taxonomy.competitors.len(), taxonomy.labels.len());
    if global.json {
        print_json(&json!({
            "file": file.path, "sources": sources, "competitors": competitors, "labels": labels, "user_feeds": user_feeds,
        }))?;
    } else {
        print_line(&format!(
            "{}: {sources} sources, {competitors} competitors, {labels} labels; nothing is wrong",
            file.path.display()
        ))?;
        if !user_feeds.is_empty() {
            print_line(&format!(
                "fetched whatever robots.txt says (robots = \"user_feed\"): {}",
                user_feeds.join(", ")
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
