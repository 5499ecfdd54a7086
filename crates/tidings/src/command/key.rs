//! `tidings key …`: works beside a running daemon too, which sees the change at once.

use std::process::ExitCode;

use anyhow::bail;
use tidings_model::{Clock, SystemClock};
use tidings_store::{Role, Store};

use crate::cli::{Global, KeyCommand};
use crate::failure::Usage;
use crate::output::{Table, print_json, print_line};
use crate::wiring::load_config;

pub(crate) fn run(global: &Global, command: KeyCommand) -> anyhow::Result<ExitCode> {
    let data_dir = load_config(global)?.config.daemon.data_dir;
    let store = Store::open_beside(&data_dir)?;
    match command {
        KeyCommand::Create { name, role } => create(global, &store, &name, &role),
        KeyCommand::List => list(global, &store),
        KeyCommand::Revoke { key } => revoke(global, &store, &key),
    }
}

fn create(global: &Global, store: &Store, name: &str, role: &str) -> anyhow::Result<ExitCode> {
    let role: Role = role.parse().map_err(|error| Usage(format!("--role: {error}")))?;
    let (key, secret) = store.create_key(name, role, SystemClock.now())?;
    if global.json {
        let mut answer = serde_json::to_value(&key)?;
        answer["secret"] = secret.into();
        print_json(&answer)?;
    } else {
        print_line(&secret)?;
        eprintln!("key `{}` ({}, {}): this is the only time it is shown", key.name, key.role, key.id);
    }
    Ok(ExitCode::SUCCESS)
}

fn list(global: &Global, store: &Store) -> anyhow::Result<ExitCode> {
    let keys = store.keys()?;
    if global.json {
        print_json(&serde_json::json!({ "items": keys }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(&["id", "name", "role", "created", "last used", "revoked"]);
    let time =
        |at: Option<jiff::Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string());
    for key in keys {
        let role = key.role.to_string();
        table.row([key.id, key.name, role, time(Some(key.created)), time(key.last_used), time(key.revoked)]);
    }
    table.print()?;
    Ok(ExitCode::SUCCESS)
}

fn revoke(global: &Global, store: &Store, wanted: &str) -> anyhow::Result<ExitCode> {
    let keys = store.keys()?;
    let in_force: Vec<_> =
        keys.iter().filter(|key| key.revoked.is_none() && (key.id == wanted || key.name == wanted)).collect();
    let [key] = in_force[..] else {
        if in_force.is_empty() {
            bail!("there is no key in force with id or name `{wanted}`");
        }
        bail!("{} keys are named `{wanted}`; revoke one by its id, see `tidings key list`", in_force.len());
    };
    store.revoke_key(&key.id, SystemClock.now())?;
    if global.json {
        print_json(&serde_json::json!({ "revoked": key.id }))?;
    } else {
        print_line(&format!("key `{}` ({}) is revoked", key.name, key.id))?;
    }
    Ok(ExitCode::SUCCESS)
}
