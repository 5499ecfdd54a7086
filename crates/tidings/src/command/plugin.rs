//! `tidings plugin …`: which plugins there are, and what they take.

mod check;
mod dev;
mod eject;
mod install;
mod new;
mod record;
mod run;
mod test;

use std::process::ExitCode;

use serde_json::json;
use tidings_plugins::Plugin;

use crate::cli::{Global, PluginCommand};
use crate::failure::Usage;
use crate::output::{Table, print_json, print_line};
use crate::wiring::{discover, load_config};

pub(crate) async fn run(global: &Global, command: PluginCommand) -> anyhow::Result<ExitCode> {
    match command {
        PluginCommand::List => list(global).await,
        PluginCommand::Info { id } => info(global, &id).await,
        PluginCommand::New(args) => new::run(global, args).await,
        PluginCommand::Check { path } => check::run(global, &path).await,
        PluginCommand::Dev { path, replay, params, once } => {
            dev::run(global, &path, replay.as_deref(), &params, once).await
        }
        PluginCommand::Run { path, params, replay } => run::run(global, &path, params, replay.as_deref()).await,
        PluginCommand::Record { path, params, out } => record::run(global, &path, params, &out).await,
        PluginCommand::Test { path, recordings, bless } => test::run(global, &path, recordings, bless).await,
        PluginCommand::Install { path } => install::run(global, &path).await,
        PluginCommand::Eject { path, dir, sdk } => eject::run(&path, &dir, &sdk),
    }
}

async fn list(global: &Global) -> anyhow::Result<ExitCode> {
    let catalog = discover(&load_config(global)?).await?;
    let problems: Vec<String> = catalog.problems().iter().map(ToString::to_string).collect();
    if global.json {
        let items: Vec<_> = catalog.plugins().iter().map(|plugin| summary(plugin)).collect();
        print_json(&json!({ "items": items, "problems": problems }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(&["plugin", "name", "version", "kind", "summary"]);
    for plugin in catalog.plugins() {
        let manifest = &plugin.manifest;
        let kind = json!(manifest.kind).as_str().unwrap_or_default().to_owned();
        table.row([
            plugin.id.to_string(),
            manifest.name.clone(),
            manifest.version.clone(),
            kind,
            manifest.summary.clone(),
        ]);
    }
    table.print()?;
    for problem in problems {
        eprintln!("not loaded: {problem}");
    }
    Ok(ExitCode::SUCCESS)
}

fn summary(plugin: &Plugin) -> serde_json::Value {
    json!({
        "id": plugin.id, "name": plugin.manifest.name, "version": plugin.manifest.version, "kind": plugin.manifest.kind,
        "summary": plugin.manifest.summary, "path": plugin.path, "sha256": plugin.sha256, "form": plugin.form.as_str(),
    })
}

async fn info(global: &Global, id: &str) -> anyhow::Result<ExitCode> {
    let catalog = discover(&load_config(global)?).await?;
    let plugin = id.parse().ok().and_then(|id| catalog.plugin(&id));
    let Some(plugin) = plugin else {
        let known: Vec<String> = catalog.plugins().iter().map(|plugin| plugin.id.to_string()).collect();
        return Err(Usage(format!("there is no plugin `{id}`; there are {}", known.join(", "))).into());
    };
    if global.json {
        print_json(&plugin.manifest)?;
        return Ok(ExitCode::SUCCESS);
    }
    let manifest = &plugin.manifest;
    print_line(&format!("{} {} ({})", manifest.name, manifest.version, plugin.path.display()))?;
    print_line(&manifest.summary)?;
    print_line(&format!("\nHosts: {}", manifest.capabilities.hosts.join(", ")))?;
    if let Some(every) = &manifest.schedule.every {
        print_line(&format!("Visits every {every} unless the source says otherwise"))?;
    }
    print_line("\nParams (JSON Schema):")?;
    print_json(&manifest.params_schema)?;
    for example in &manifest.examples {
        print_line(&format!("\n{}:\n  params = {}", example.title, toml_of(&example.params)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Params as they stand in the configuration file.
fn toml_of(params: &serde_json::Value) -> String {
    match params {
        serde_json::Value::Object(table) => {
            let pairs = table.iter().filter(|(_, value)| !value.is_null());
            let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key} = {}", toml_of(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(toml_of).collect::<Vec<_>>().join(", "))
        }
        // Strings, numbers and truth values are written alike in JSON and TOML.
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn params_read_as_toml_what_they_were_in_json() {
        let params =
            json!({"url": "https://e.example/\"x\"", "kinds": ["a", "b"], "deep": {"n": 3, "on": true, "no": null}});
        let document: toml::Table = toml::from_str(&format!("params = {}", toml_of(&params))).unwrap();
        let read = serde_json::to_value(&document["params"]).unwrap();
        assert_eq!(read, json!({"url": "https://e.example/\"x\"", "kinds": ["a", "b"], "deep": {"n": 3, "on": true}}));
    }
}
