//! The seam to whoever keeps what a plugin finds.

use std::future::Future;

use serde_json::Value;
use tidings_protocol::{Finding, LogLine, Outcome, Progress, Reply, Skip, Snapshot, SnapshotPut};

/// What the engine serves while a run lasts; `plugin run` serves it as a dry run.
///
/// Called by [`Supervisor::run`](crate::Supervisor::run), one call at a time, in the
/// order in which the plugin made them. A call is always awaited to its end, even
/// when the run is cancelled meanwhile. An error is handed to the plugin, which
/// may go on; it does not end the run by itself. `fetch` and `folder` are not
/// here: this crate serves them.
pub trait Calls: Send {
    /// The place has changed: the plugin's process is about to be started. Where this fails, the run does.
    fn start(&mut self) -> impl Future<Output = Reply<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Takes a finding as the plugin sent it, unchecked.
    fn emit(&mut self, finding: Finding) -> impl Future<Output = Reply<Outcome>> + Send;

    /// Which of these keys or URLs are covered, in the order asked.
    fn seen(&mut self, keys: Vec<String>) -> impl Future<Output = Reply<Vec<bool>>> + Send;

    /// The value that this run has set, else the committed one.
    fn state_get(&mut self, key: String) -> impl Future<Output = Reply<Option<Value>>> + Send;

    fn state_set(&mut self, key: String, value: Value) -> impl Future<Output = Reply<()>> + Send;

    /// Keeps what was emitted and set so far, even if the run fails later.
    fn commit(&mut self) -> impl Future<Output = Reply<()>> + Send;

    fn snapshot_latest(&mut self, key: String) -> impl Future<Output = Reply<Option<Snapshot>>> + Send;

    /// Answers with the id of the snapshot.
    fn snapshot_put(&mut self, snapshot: SnapshotPut) -> impl Future<Output = Reply<String>> + Send;

    /// One item that could not be read.
    fn skip(&mut self, skip: Skip);

    fn log(&mut self, line: LogLine);

    fn progress(&mut self, progress: Progress);
}
