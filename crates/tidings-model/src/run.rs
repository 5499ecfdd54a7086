//! Runs of a source, and what they say of its health.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::SourceId;
use crate::finding::word_enum;

word_enum!(
    /// State of a source.
    Health, "health state" {
        Ok = "ok",
        /// Nothing new since the last good run.
        Unchanged = "unchanged",
        /// Nothing at all, where there used to be findings.
        Empty = "empty",
        /// Silent for much longer than its habit.
        Stale = "stale",
        ParseError = "parse_error",
        Blocked = "blocked",
        HttpError = "http_error",
        NetworkError = "network_error",
        RobotsDenied = "robots_denied",
        PluginCrash = "plugin_crash",
        PluginTimeout = "plugin_timeout",
        /// Its configuration or plugin cannot work as it stands; probed daily and at every change.
        Disabled = "disabled",
        Paused = "paused",
    }
);

impl Health {
    /// Whether a run that ends like this brought what the source had to give.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Ok | Self::Unchanged)
    }
}

word_enum!(
    /// Why a run was started.
    RunReason, "run reason" {
        Schedule = "schedule", Manual = "manual", Backoff = "backoff", More = "more", Probe = "probe",
    }
);

/// What a run did, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Answers received from the web.
    pub fetched: u64,
    pub new: u64,
    pub updated: u64,
    pub duplicate: u64,
    /// Items that could not be read, each with its reason in [`RunRecord::skipped`].
    pub skipped: u64,
}

/// One execution of a source, with its counts and its outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    pub id: String,
    pub source: SourceId,
    pub reason: RunReason,
    pub started: Timestamp,
    /// Absent while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Absent while it runs; a run that never ended was cut off with the daemon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Health>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RunError>,
    #[serde(default)]
    pub counts: Counts,
    /// What the plugin says of its run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The first 100 items that could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<SkippedItem>,
    /// The last lines that the plugin wrote to its log, kept for a failed run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub log_tail: String,
    /// CPU time of the plugin's process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rss_bytes: Option<u64>,
}

/// Why a run failed; `code` is one of the plugin protocol's, e.g. `fetch.timeout`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunError {
    pub code: String,
    pub message: String,
    /// The selector that matched nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
}

/// One item that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedItem {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    pub reason: String,
}
