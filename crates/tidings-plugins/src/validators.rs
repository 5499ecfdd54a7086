//! What the answers of entry requests are compared with at the next run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The answers of a run's entry requests, as far as the next run needs them.
///
/// Opaque to the engine, which keeps it as JSON beside the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryValidators {
    /// Hash over the params and the plugin's file: after a change of either
    /// nothing counts as unchanged.
    pub(crate) basis: String,
    /// By URL.
    pub(crate) answers: BTreeMap<String, AnswerValidators>,
}

/// What tells one answer from a later one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AnswerValidators {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_modified: Option<String>,
    /// SHA-256 of the decoded body, in hexadecimal.
    pub(crate) body: String,
}
