//! What the answers of entry requests are compared with at the next run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidings_fetch::Validators;

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
pub(crate) struct AnswerValidators {
    /// What the server said of its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<Validators>,
    /// Hash of the decoded body, for servers that say nothing.
    pub(crate) body: String,
}
