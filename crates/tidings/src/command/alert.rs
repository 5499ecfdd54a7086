//! `tidings alert …`: what stands, what an alert would have brought, and a test message.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use reqwest::Method;
use serde_json::{Value, json};
use tidings_alerts::{Alert, AlertPlace, Trial, try_out};
use tidings_engine::{AlertPreview, Feeders, preview_alert};
use tidings_index::Index;
use tidings_model::{AlertId, Clock, SystemClock};
use tidings_query::Vocabulary;
use tidings_store::{Store, StoreError};

use crate::cli::{AlertCommand, Global};
use crate::client;
use crate::config::ConfigFile;
use crate::failure::Usage;
use crate::output::{Table, one_line, print_json, print_line};
use crate::wiring::{self, load_config};

pub(crate) async fn run(global: &Global, command: AlertCommand) -> anyhow::Result<ExitCode> {
    let mut file = load_config(global)?;
    let alerts = all(&mut file)?;
    match command {
        AlertCommand::List => list(global, &alerts),
        AlertCommand::Preview { query: Some(query), .. } => {
            preview(global, &file, &serde_json::from_value(json!({ "id": "preview", "query": query }))?)
        }
        AlertCommand::Preview { alert: Some(id), .. } => preview(global, &file, find(&alerts, &id)?),
        AlertCommand::Preview { .. } => Err(Usage("name a query, or an alert with --alert ID".to_owned()).into()),
        AlertCommand::Test { alert } => test(global, &file, find(&alerts, &alert)?).await,
    }
}

/// Each with where in the configuration it stands.
type All = BTreeMap<AlertId, (Alert, Option<AlertPlace>)>;

/// The alerts of the configuration, and those made through the API, by id.
fn all(file: &mut ConfigFile) -> anyhow::Result<All> {
    let placed = file.take_alerts().into_iter().map(|(alert, place)| (alert.id.clone(), (alert, Some(place))));
    let mut alerts: BTreeMap<_, _> = placed.collect();
    let store = match Store::open_read_only(&file.config.daemon.data_dir) {
        Ok(store) => store,
        Err(StoreError::Missing { .. } | StoreError::OlderSchema { .. }) => return Ok(alerts),
        Err(error) => return Err(error.into()),
    };
    for row in store.alerts(None, usize::MAX >> 1)?.into_iter().filter(|row| row.place.is_none()) {
        let alert = serde_json::from_str(&row.definition).with_context(|| format!("alert `{}`", row.id))?;
        alerts.entry(row.id).or_insert((alert, None));
    }
    Ok(alerts)
}

fn list(global: &Global, alerts: &All) -> anyhow::Result<ExitCode> {
    if global.json {
        let items = alerts.values().map(|(alert, place)| {
            let mut item = json!(alert);
            if let Some(place) = place {
                item["defined_in"] = json!(place);
            }
            item
        });
        print_json(&json!({ "items": items.collect::<Vec<Value>>() }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(&["alert", "cadence", "query", "delivers", "defined"]);
    for (alert, place) in alerts.values() {
        let targets: Vec<String> = alert.deliver.iter().map(ToString::to_string).collect();
        let targets = if targets.is_empty() { "feeds only".to_owned() } else { targets.join(", ") };
        let paused = if alert.paused { " (paused)" } else { "" };
        table.row([
            alert.id.to_string(),
            format!("{}{paused}", alert.cadence),
            one_line(&alert.query),
            one_line(&targets),
            place.as_ref().map_or_else(|| "API".to_owned(), |place| format!("{}:{}", place.file.display(), place.line)),
        ]);
    }
    table.print()?;
    Ok(ExitCode::SUCCESS)
}

fn preview(global: &Global, file: &ConfigFile, alert: &Alert) -> anyhow::Result<ExitCode> {
    let data_dir = &file.config.daemon.data_dir;
    let merged = wiring::read_taxonomy(file)?;
    let dimensions = merged.taxonomy().dimensions();
    let query = alert.check(&Vocabulary::new(dimensions.clone())).map_err(|error| Usage(error.to_string()))?;
    let store = Store::open_read_only(data_dir)?;
    let index = Index::reader_only(&wiring::index_dir(data_dir), Arc::new(SystemClock))?;
    let made = store.source_definitions()?;
    let made = made
        .iter()
        .filter_map(|source| Some((source.id.to_string(), source.definition["plugin"].as_str()?.to_owned())));
    let configured = file.config.source.iter().map(|source| (source.id.to_string(), source.plugin.to_string()));
    let (sources, plugins) = configured.chain(made).unzip();
    let feeders = Feeders { sources, plugins, taxonomy: merged.taxonomy().clone() };
    let answer = preview_alert(&index, &store, &query, &dimensions, &feeders, SystemClock.now())?;
    if global.json {
        print_json(&answer)?
    } else {
        print_preview(&answer)?
    }
    Ok(ExitCode::SUCCESS)
}

fn print_preview(answer: &AlertPreview) -> std::io::Result<()> {
    print_line(&format!("asks: {}", answer.canonical))?;
    for span in &answer.counts {
        print_line(&format!("{:>8} in the last {} days", span.count, span.days))?;
    }
    for hit in &answer.examples {
        let finding = &hit.finding;
        let title = if finding.title.is_empty() { &finding.text } else { &finding.title };
        let title: String = one_line(title).chars().take(100).collect();
        print_line(&format!("{}  {title} · {}", finding.date().strftime("%Y-%m-%d"), finding.source))?;
    }
    answer.warnings.iter().try_for_each(|warning| print_line(&format!("note: {warning}")))
}

fn find<'a>(alerts: &'a All, id: &AlertId) -> Result<&'a Alert, Usage> {
    let found = alerts.get(id).map(|(alert, _)| alert);
    found.ok_or_else(|| Usage(format!("there is no alert `{id}`; `tidings alert list` shows which there are")))
}

/// Through the running daemon, which has the secrets; by itself where none runs.
async fn test(global: &Global, file: &ConfigFile, alert: &Alert) -> anyhow::Result<ExitCode> {
    let id = &alert.id;
    let path = format!("/alerts/{id}/test");
    let asked = client::call(file.config.daemon.listen, Method::POST, &path).await;
    let trials: Vec<Trial> = match asked {
        Ok(answer) => {
            serde_json::from_value(answer["items"].clone()).context("the daemon's answer is of another form")?
        }
        Err(error) if client::nobody_answers(&error) => {
            let settings = wiring::alert_settings(file)?;
            alert.check_targets(&file.config.alerts).map_err(|error| Usage(error.to_string()))?;
            try_out(alert, &settings, &SystemClock).await
        }
        Err(error) => return Err(error),
    };
    if global.json {
        print_json(&json!({ "items": trials }))?;
    } else if trials.is_empty() {
        print_line(&format!("alert `{id}` delivers to nobody; it has its feeds only"))?;
    }
    for trial in trials.iter().filter(|_| !global.json) {
        let outcome = if trial.accepted { "accepted" } else { "not accepted" };
        print_line(&format!("{}: {outcome}: {}", trial.target, one_line(&trial.said)))?;
    }
    Ok(if trials.iter().all(|trial| trial.accepted) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
