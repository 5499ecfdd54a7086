//! `tidings config check`: everything that can be checked without fetching.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;
use tidings_alerts::Target;
use tidings_engine::{Merged, RobotsMode, SetAside};
use tidings_query::Vocabulary;
use tidings_store::{Store, StoreError};

use crate::cli::Global;
use crate::output::{print_json, print_line};
use crate::wiring::{self, load_config};

pub(crate) async fn run(global: &Global) -> anyhow::Result<ExitCode> {
    let file = load_config(global)?;
    let merged = wiring::read_taxonomy(&file)?;
    let taxonomy = merged.taxonomy();
    tidings_match::Tagger::new(taxonomy, 1).context("the taxonomy cannot be used")?;
    let catalog = wiring::discover(&file).await?;
    wiring::check_sources(&file, &catalog)?;
    wiring::check_alerts(&file, &Vocabulary::new(taxonomy.dimensions()))?;
    wiring::alert_settings(&file)?;
    for secret in file.config.alert.iter().flat_map(|alert| &alert.deliver).filter_map(Target::secret) {
        secret.read().context("a secret of an alert")?;
    }
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
    let (sources, alerts) = (file.config.source.len(), file.config.alert.len());
    let (competitors, labels) = (taxonomy.competitors.len(), taxonomy.labels.len());
    let retags = retags(&file.config.daemon.data_dir, &merged)?;
    if global.json {
        print_json(&json!({
            "file": file.path, "sources": sources, "alerts": alerts, "competitors": competitors, "labels": labels, "user_feeds": user_feeds,
            "set_aside": merged.set_aside, "retags": retags,
        }))?;
    } else {
        print_line(&format!(
            "{}: {sources} sources, {alerts} alerts, {competitors} competitors, {labels} labels; nothing is wrong",
            file.path.display()
        ))?;
        if !user_feeds.is_empty() {
            print_line(&format!(
                "fetched whatever robots.txt says (robots = \"user_feed\"): {}",
                user_feeds.join(", ")
            ))?;
        }
        for SetAside { entry, reason } in &merged.set_aside {
            print_line(&format!("made through the API and set aside: {entry}: {reason}"))?;
        }
        if let Some(findings) = retags {
            print_line(&format!(
                "the taxonomy is not the one in force: the next start or reload tags {findings} findings again"
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How many findings the taxonomy would tag again; `None` where it is in force already, or nothing is.
fn retags(data_dir: &Path, merged: &Merged) -> anyhow::Result<Option<u64>> {
    let store = match Store::open_read_only(data_dir) {
        Ok(store) => store,
        Err(StoreError::Missing { .. } | StoreError::OlderSchema { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let differs = store.taxonomy()?.is_some_and(|in_force| in_force.json != merged.json());
    let findings = store.counts_by_source()?.into_iter().map(|(_, count)| count).sum();
    Ok(Some(findings).filter(|findings| differs && 0 < *findings))
}
