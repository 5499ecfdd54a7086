//! How far the index has read the log: the payload of its commits.

use serde::{Deserialize, Serialize};
use tidings_store::{Epoch, LogNumber};

/// Of which log, and up to which entry of it, the index holds everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub epoch: Epoch,
    pub log: LogNumber,
}

/// The payload as it lies in the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub(crate) format: u32,
    #[serde(flatten)]
    pub(crate) checkpoint: Checkpoint,
}

impl Payload {
    /// `None` where it is none of ours, or of a version that wrote it otherwise.
    pub(crate) fn read(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }

    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).expect("numbers and a uuid always serialise")
    }
}
