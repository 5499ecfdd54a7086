//! `tidings source …`: sources and their health.

mod suggest;

use std::process::ExitCode;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tidings_engine::{SourceConfig, check_source, health_sentence};
use tidings_model::{Health, SourceId};
use tidings_store::Store;

use crate::cli::{Global, SourceCommand};
use crate::client;
use crate::failure::Usage;
use crate::output::{Table, print_json, print_line};
use crate::wiring::{self, load_config};

pub(crate) async fn run(global: &Global, command: SourceCommand) -> anyhow::Result<ExitCode> {
    match command {
        SourceCommand::List => list(global),
        SourceCommand::Check { sources } => check(global, &sources).await,
        SourceCommand::Run { source } => ask_daemon(global, &source, "run").await,
        SourceCommand::Pause { source } => ask_daemon(global, &source, "pause").await,
        SourceCommand::Resume { source } => ask_daemon(global, &source, "resume").await,
        SourceCommand::Suggest { domain } => suggest::run(global, &domain).await,
    }
}

/// The sources of the configuration and of the archive, as the archive knows them,
/// beside a running daemon or without one.
fn list(global: &Global) -> anyhow::Result<ExitCode> {
    let file = load_config(global)?;
    let data_dir = &file.config.daemon.data_dir;
    let store = match Store::open_read_only(data_dir) {
        Ok(store) => Some(store),
        // Nothing was ever run here.
        Err(tidings_store::StoreError::Missing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let mut sources: Vec<SourceConfig> = file.config.source.clone();
    if let Some(store) = &store {
        for made in store.source_definitions()? {
            let config: SourceConfig = serde_json::from_value(made.definition)?;
            if !sources.iter().any(|source| source.id == config.id) {
                sources.push(config);
            }
        }
    }
    let mut table = Table::new(&["source", "plugin", "schedule", "state", "last good", "next", "how it is"]);
    let mut items = Vec::new();
    for source in sources {
        let row = store.as_ref().map_or(Ok(None), |store| store.source_row(&source.id))?;
        let schedule = source.schedule.as_ref().map_or_else(|| "the plugin's".to_owned(), ToString::to_string);
        let state = row.as_ref().map_or("new", |row| if row.paused { "paused" } else { row.health.as_str() });
        let error = row.as_ref().and_then(|row| row.last_error.clone());
        let last_good = row.as_ref().and_then(|row| row.last_good);
        let next = row.as_ref().filter(|row| !row.paused).map(|row| row.due);
        let sentence = row.as_ref().map_or_else(
            || "has not been visited yet".to_owned(),
            |row| {
                let state = if row.paused { Health::Paused } else { row.health };
                health_sentence(state, row.since, row.last_error.as_ref().map(|error| error.message.as_str()))
            },
        );
        items.push(json!({
            "id": source.id, "plugin": source.plugin, "schedule": schedule, "state": state,
            "since": row.as_ref().map(|row| row.since), "last_good_run": last_good, "error": error,
            "next_run": next, "sentence": sentence,
        }));
        table.row([
            source.id.to_string(),
            source.plugin.to_string(),
            schedule,
            state.to_owned(),
            time(last_good),
            time(next),
            sentence,
        ]);
    }
    if global.json {
        print_json(&json!({ "items": items }))?
    } else {
        table.print()?
    }
    Ok(ExitCode::SUCCESS)
}

fn time(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

async fn check(global: &Global, named: &[SourceId]) -> anyhow::Result<ExitCode> {
    let file = load_config(global)?;
    if let Some(unknown) = named.iter().find(|id| !file.config.source.iter().any(|source| source.id == **id)) {
        return Err(Usage(format!("there is no source `{unknown}` in {}", file.path.display())).into());
    }
    let catalog = wiring::discover(&file).await?;
    let mut table = Table::new(&["source", "plugin", "check"]);
    let mut items = Vec::new();
    let mut all_fit = true;
    for source in file.config.source.iter().filter(|source| named.is_empty() || named.contains(&source.id)) {
        let fault = check_source(&catalog, source).err().map(|fault| fault.to_string());
        let fault = fault.or_else(|| source.read_secrets().err().map(|error| error.to_string()));
        all_fit &= fault.is_none();
        items.push(json!({ "id": source.id, "plugin": source.plugin, "fault": fault }));
        table.row([source.id.to_string(), source.plugin.to_string(), fault.unwrap_or_else(|| "ok".to_owned())]);
    }
    if global.json {
        print_json(&json!({ "items": items }))?
    } else {
        table.print()?
    }
    Ok(if all_fit { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ask_daemon(global: &Global, source: &SourceId, verb: &str) -> anyhow::Result<ExitCode> {
    let file = load_config(global)?;
    let answer = client::call(file.config.daemon.listen, Method::POST, &format!("/sources/{source}/{verb}")).await?;
    if global.json {
        print_json(&answer)?;
    } else {
        print_line(&format!("{source}: {}", sentence(&answer)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn sentence(status: &Value) -> &str {
    if status["running"] == true { "is being visited" } else { status["health"]["sentence"].as_str().unwrap_or("done") }
}
