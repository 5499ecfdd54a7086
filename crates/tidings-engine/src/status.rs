//! What the API and the command line say of a source.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use tidings_model::{Health, RunError};

use crate::source::SourceConfig;

/// Where a source is defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A configuration file: read-only in the API.
    File { file: PathBuf, line: usize },
    /// The archive: made through the API.
    Archive,
}

/// A source, how it is configured, and how it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceStatus {
    #[serde(flatten)]
    pub config: SourceConfig,
    pub defined: Place,
    /// Whether a run is open now.
    pub running: bool,
    pub health: HealthStatus,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HealthStatus {
    pub state: Health,
    /// When it came into this state.
    pub since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_good_run: Option<Timestamp>,
    /// Absent while it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_run: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// Runs in a row that ended in a state that is not good, failed or not.
    pub bad_runs: u32,
    /// Someone should look: it will hardly come right by itself.
    pub alert: bool,
    /// When it last brought a new finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_new: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<RunError>,
    pub sentence: String,
}
