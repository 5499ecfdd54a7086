//! What a plugin says of itself: the answer to `describe`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub manifest_version: u32,
    /// `[a-z][a-z0-9-]{1,40}`.
    pub id: String,
    pub name: String,
    pub version: String,
    pub kind: PluginKind,
    #[serde(default)]
    pub summary: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// JSON Schema (2020-12) of a source's params.
    pub params_schema: Value,
    /// At least one.
    pub examples: Vec<Example>,
    #[serde(default)]
    pub schedule: Schedule,
    /// Requests that the daemon makes first, conditionally: when nothing changed, no process is started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entry: Vec<Entry>,
    #[serde(default)]
    pub politeness: Politeness,
    pub capabilities: Capabilities,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detect: Vec<Detect>,
    /// The kinds of findings it emits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emits: Vec<String>,
    /// A visit that finds nothing at all is no fault.
    #[serde(default)]
    pub empty_is_normal: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PluginKind {
    Forum,
    News,
    Competitor,
    Keyword,
    Feed,
    Social,
    Custom,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Example {
    pub title: String,
    pub params: Value,
}

/// How often to visit when the source does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Schedule {
    /// A duration such as `30m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// A share such as `10%`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<String>,
}

/// A template over the params: `{params.NAME}` is replaced, percent-encoded unless
/// it stands at the very start, where it is a whole URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub url: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Politeness {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, HostPoliteness>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_requests_per_run: Option<u32>,
}

/// May only be stricter than the operator's own settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostPoliteness {
    pub min_delay_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_parallel: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// `example.com`, `*.example.com`, or `*` for any public host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// JSON pointers to params that hold a URL or a host name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts_from_params: Vec<String>,
    pub post: bool,
    /// Names of secrets that it may ask the daemon to add.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// JSON pointer to the param that names a folder to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder_from_params: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_runtime_s: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_memory_mb: Option<u64>,
    /// It keeps nothing from run to run, in memory or in threads, so that one process may serve
    /// several runs, one after the other.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stateless: bool,
}

/// A URL that this plugin knows how to watch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detect {
    pub pattern: String,
    pub params: Value,
}

/// What is wrong with a manifest; `field` is a JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    pub field: &'static str,
    pub problem: String,
}

impl std::fmt::Display for ManifestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "manifest {}: {}", self.field, self.problem)
    }
}

impl std::error::Error for ManifestError {}

impl Manifest {
    /// Checks what the types cannot say. Whether the examples fit the schema is
    /// for whoever holds a JSON Schema validator.
    ///
    /// # Errors
    ///
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), ManifestError> {
        let fault = |field, problem: &str| Err(ManifestError { field, problem: problem.to_owned() });
        if self.manifest_version != 1 {
            return fault("/manifest_version", "must be 1");
        }
        let id = self.id.as_bytes();
        let is_id_byte = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
        if !(2..=41).contains(&id.len()) || !id[0].is_ascii_lowercase() || !id.iter().all(is_id_byte) {
            return fault("/id", "must be a letter, then 1 to 40 of a-z, 0-9 and -");
        }
        if self.name.trim().is_empty() {
            return fault("/name", "must not be empty");
        }
        if self.examples.is_empty() {
            return fault("/examples", "at least one example is required");
        }
        if self.capabilities.max_runtime_s.is_some_and(|seconds| seconds == 0 || 1800 < seconds) {
            return fault("/capabilities/max_runtime_s", "must be 1 to 1800");
        }
        if !self.params_schema.is_object() {
            return fault("/params_schema", "must be a JSON Schema object");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        serde_json::from_value(serde_json::json!({
            "manifest_version": 1, "id": "hackernews", "name": "Hacker News", "version": "0.2.0", "kind": "forum",
            "params_schema": {"type": "object"}, "examples": [{"title": "a", "params": {}}],
            "capabilities": {"hosts": ["hn.algolia.com"]}, "field_of_a_later_minor": 1
        }))
        .unwrap()
    }

    #[test]
    fn a_sound_manifest_passes() {
        assert_eq!(manifest().check(), Ok(()));
    }

    #[test]
    fn a_broken_rule_names_its_field() {
        let broken = Manifest { id: "9".to_owned(), ..manifest() };
        assert_eq!(broken.check().unwrap_err().field, "/id");
        let broken = Manifest { examples: Vec::new(), ..manifest() };
        assert_eq!(broken.check().unwrap_err().field, "/examples");
    }
}
