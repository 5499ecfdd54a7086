//! `TIDINGS_…` variables on top of the file.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::position::with_nearest;
use super::{Config, ConfigError};

/// The tables whose keys a variable may override.
const TABLES: &[&str] = &["daemon", "fetch", "plugins", "alerts"];

/// Overrides keys of `config`, which was read from `text`. Variables of another
/// form, such as `TIDINGS_CONFIG`, are not for the file and left alone.
pub(super) fn apply(text: &str, variables: &BTreeMap<String, String>, config: &mut Config) -> Result<(), ConfigError> {
    let mut document: Option<Table> = None;
    for (variable, value) in variables {
        let Some((table, key)) = place(variable) else { continue };
        let invalid =
            |message: &str| ConfigError::Environment { variable: variable.clone(), message: with_nearest(message) };
        let document = match &mut document {
            Some(document) => document,
            none => none.insert(toml::from_str(text).map_err(|error| invalid(error.message()))?),
        };
        let entry = document.entry(table).or_insert_with(|| Value::Table(Table::new()));
        let entry = entry.as_table_mut().ok_or_else(|| invalid("the file has no such table"))?;
        entry.insert(key, typed(value));
        // Read again after each variable, so that a wrong one is told by its name.
        *config = Config::deserialize(document.clone()).map_err(|error| invalid(error.message()))?;
    }
    Ok(())
}

/// Table and key that a variable stands for.
fn place(variable: &str) -> Option<(&'static str, String)> {
    let name = variable.strip_prefix("TIDINGS_")?.to_ascii_lowercase();
    TABLES.iter().find_map(|table| {
        let key = name.strip_prefix(table)?.strip_prefix('_')?;
        Some((*table, key.to_owned()))
    })
}

/// A number, truth value or list where it reads as one, else the text itself.
fn typed(value: &str) -> Value {
    let document: Option<Table> = toml::from_str(&format!("value = {value}")).ok();
    document.and_then(|mut document| document.remove("value")).unwrap_or_else(|| Value::String(value.to_owned()))
}
