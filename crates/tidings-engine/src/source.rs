//! A configured source: what the `[[source]]` table and `POST /sources` take.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidings_model::{PluginId, SourceId};
use tidings_scheduler::Schedule;

/// One configured use of a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    pub id: SourceId,
    pub plugin: PluginId,
    /// When to visit; the plugin's own rhythm when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// What the plugin's JSON Schema asks for.
    #[serde(default = "empty_params")]
    pub params: Value,
    /// The user's own words to group sources by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The id this source had before: its ids and history are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<SourceId>,
    /// Hosts that the plugin may fetch from beyond its manifest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grant_hosts: Vec<String>,
    #[serde(default, skip_serializing_if = "RobotsMode::is_default")]
    pub robots: RobotsMode,
    /// Where secrets that the plugin may use are found: `NAME_env` names an
    /// environment variable, `NAME_file` a file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
}

fn empty_params() -> Value {
    Value::Object(serde_json::Map::new())
}

/// What robots.txt means for the addresses named in the params.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RobotsMode {
    /// It is kept, everywhere.
    #[default]
    Respect,
    /// A feed or API that the user subscribed to or holds a key for: fetched as a
    /// feed reader does. Links inside it are not exempt.
    UserFeed,
}

impl RobotsMode {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("secret `{key}` of source `{source_id}`: expected a name ending in `_env` or `_file`")]
    Name { source_id: SourceId, key: String },
    #[error("secret `{key}` of source `{source_id}`: environment variable `{variable}` is not set")]
    NotSet { source_id: SourceId, key: String, variable: String },
    #[error("secret `{key}` of source `{source_id}`: cannot read {path}")]
    Unreadable { source_id: SourceId, key: String, path: String, source: std::io::Error },
}

impl SourceConfig {
    /// Reads the secrets, by name.
    ///
    /// # Errors
    ///
    /// The first that cannot be had.
    pub fn read_secrets(&self) -> Result<BTreeMap<String, String>, SecretError> {
        let source_id = || self.id.clone();
        let mut secrets = BTreeMap::new();
        for (key, place) in &self.secrets {
            let (name, secret) = if let Some(name) = key.strip_suffix("_env") {
                let secret = std::env::var(place).map_err(|_| SecretError::NotSet {
                    source_id: source_id(),
                    key: key.clone(),
                    variable: place.clone(),
                })?;
                (name, secret)
            } else if let Some(name) = key.strip_suffix("_file") {
                let secret = std::fs::read_to_string(place).map_err(|source| SecretError::Unreadable {
                    source_id: source_id(),
                    key: key.clone(),
                    path: place.clone(),
                    source,
                })?;
                (name, secret.trim().to_owned())
            } else {
                return Err(SecretError::Name { source_id: source_id(), key: key.clone() });
            };
            secrets.insert(name.to_owned(), secret);
        }
        Ok(secrets)
    }

    /// The id that finding ids are made from.
    pub fn identity(&self) -> &SourceId {
        self.renamed_from.as_ref().unwrap_or(&self.id)
    }
}
