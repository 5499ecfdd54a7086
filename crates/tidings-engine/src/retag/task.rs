//! A pass over the archive, as the API and the command line show it.

use jiff::Timestamp;
use serde::Serialize;
use tidings_store::{PassState, RetagPass};

/// Before the number of a pass, in the id of its task.
const TASK: &str = "retag-";

/// Work in the background, as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    pub id: String,
    pub kind: &'static str,
    pub state: TaskState,
    /// Findings looked at.
    pub done: u64,
    pub total: u64,
    /// Findings that have other tags now.
    pub changed: u64,
    /// Of the taxonomy that they are tagged by.
    pub version: u64,
    pub started: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Why it does not get on just now; it tries again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    Running,
    Done,
    /// A later taxonomy came into force; its task does the rest.
    Superseded,
}

impl From<RetagPass> for Task {
    fn from(pass: RetagPass) -> Self {
        Self {
            id: format!("{TASK}{}", pass.number),
            kind: "retag",
            state: match pass.state {
                PassState::Running => TaskState::Running,
                PassState::Done => TaskState::Done,
                PassState::Superseded => TaskState::Superseded,
            },
            done: pass.looked,
            total: pass.total,
            changed: pass.changed,
            version: pass.version,
            started: pass.started,
            ended: pass.ended,
            error: None,
        }
    }
}

/// The number of the pass that the task `id` stands for.
pub(super) fn pass_of(id: &str) -> Option<u64> {
    id.strip_prefix(TASK)?.parse().ok()
}
