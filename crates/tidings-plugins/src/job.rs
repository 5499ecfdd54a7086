//! What a run is given, and what is left of it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tidings_model::{RunReason, SourceId};
use tidings_protocol::{Error, RunReport, Sandbox};

use crate::validators::EntryValidators;

/// One visit of one source, as the engine asks for it.
#[derive(Clone, Debug)]
pub struct Job {
    pub run_id: String,
    pub source: SourceId,
    /// Checked with [`Plugin::check_params`](crate::Plugin::check_params) when the
    /// source was configured; checked again before anything is started.
    pub params: Value,
    pub reason: RunReason,
    /// Shorter than what plugin and configuration allow; `None` leaves it at that.
    pub deadline: Option<Duration>,
    pub last_success: Option<Timestamp>,
    pub dry_run: bool,
    /// Hosts beyond those of the manifest.
    pub grant_hosts: Vec<String>,
    /// `robots = "user_feed"`: URLs that stand in the params are fetched whatever robots.txt says.
    pub user_feed: bool,
    /// [`RunEnd::validators`] of the last run that ended well. Without it the
    /// process is always started.
    pub validators: Option<EntryValidators>,
    pub secrets: BTreeMap<String, Secret>,
    /// When the files of the granted folder are said to have been written, in the place of when they were:
    /// a replay is the same for ever.
    pub files_at: Option<Timestamp>,
}

impl Job {
    pub fn new(run_id: impl Into<String>, source: SourceId, params: Value) -> Self {
        Self {
            run_id: run_id.into(),
            source,
            params,
            reason: RunReason::Manual,
            deadline: None,
            last_success: None,
            dry_run: false,
            grant_hosts: Vec::new(),
            user_feed: false,
            validators: None,
            secrets: BTreeMap::new(),
            files_at: None,
        }
    }
}

/// A value that reaches no log and no plugin.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is left of a run.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// What the plugin answered, or why it did not.
    pub result: Result<RunReport, Error>,
    /// Every entry request was answered as at the last good run; no process was started.
    pub unchanged: bool,
    /// Answers received from the web.
    pub fetched: u64,
    /// To be handed to the next run if this one ended well. `None` where there is
    /// nothing to compare with: no entry requests, one that failed, or a result
    /// that says `more` or `beyond_entry`.
    pub validators: Option<EntryValidators>,
    /// CPU time of the process; zero without one.
    pub cpu: Duration,
    /// Largest resident memory of the process, in bytes; zero without one.
    pub max_rss: u64,
    /// The last lines of its log, 64 KiB at most.
    pub log_tail: String,
    /// What was enforced; `None` where no process was started or said hello.
    pub sandbox: Option<Sandbox>,
}

impl RunEnd {
    /// An end without a process.
    pub fn without_process(result: Result<RunReport, Error>) -> Self {
        Self {
            result,
            unchanged: false,
            fetched: 0,
            validators: None,
            cpu: Duration::ZERO,
            max_rss: 0,
            log_tail: String::new(),
            sandbox: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("hush")), "Secret(…)");
    }
}
