//! What the daemon does for a plugin while it runs, save fetching.

use std::sync::Arc;

use serde_json::Value;
use tidings_model::{RunRecord, Timestamp};
use tidings_plugins::Calls;
use tidings_protocol::{Error, Finding, Level, LogLine, Outcome, Progress, Reply, Skip, Snapshot, SnapshotPut};
use tidings_store::{Batch, StoreError};
use tokio::task::spawn_blocking;

use crate::engine::Inner;
use crate::ingest::Ingest;

/// The calls of one run.
///
/// Little work is done at once, on the thread that serves all runs: to read a few rows takes microseconds, to wake
/// another thread for it and be woken again takes more. What is large goes to a blocking thread and back.
pub(crate) struct RunCalls {
    /// `None` only while a call is on its way.
    ingest: Option<Ingest>,
    inner: Arc<Inner>,
    /// The record to write when the run turns out to need a process.
    begun: Option<RunRecord>,
}

/// Bytes of text, and keys, up to which work is little.
const LITTLE: usize = 64 << 10;
const LITTLE_KEYS: usize = 200;

/// The daemon's own store failed: no fault of the plugin.
pub(crate) const STORE_FAILED: &str = "store.failed";
const BROKEN_OFF: &str = "an earlier call of this run was broken off";

pub(crate) fn store_failed(error: &StoreError) -> Error {
    Error { retryable: true, ..Error::new(STORE_FAILED, error.to_string()) }
}

fn broken_off() -> Error {
    Error::new(STORE_FAILED, BROKEN_OFF)
}

impl RunCalls {
    pub(crate) fn new(ingest: Ingest, begun: RunRecord, inner: Arc<Inner>) -> Self {
        Self { ingest: Some(ingest), inner, begun: Some(begun) }
    }

    fn now(&self) -> Timestamp {
        self.inner.parts.clock.now()
    }

    fn ingest(&mut self) -> Reply<&mut Ingest> {
        self.ingest.as_mut().ok_or_else(broken_off)
    }

    /// Does little work at once.
    fn at_once<T>(&mut self, work: impl FnOnce(&mut Ingest) -> Result<T, StoreError>) -> Reply<T> {
        work(self.ingest()?).map_err(|error| store_failed(&error))
    }

    /// Does work on `size` bytes at once where that is little, else on a blocking thread.
    async fn by_size<T: Send + 'static>(
        &mut self,
        size: usize,
        work: impl FnOnce(&mut Ingest) -> Result<T, StoreError> + Send + 'static,
    ) -> Reply<T> {
        if size <= LITTLE {
            return self.at_once(work);
        }
        let mut ingest = self.ingest.take().ok_or_else(broken_off)?;
        let done = spawn_blocking(move || {
            let answer = work(&mut ingest);
            (ingest, answer)
        });
        let (ingest, answer) = done.await.map_err(|_| broken_off())?;
        self.ingest = Some(ingest);
        answer.map_err(|error| store_failed(&error))
    }

    /// Commits what is staged, with the state and coverage where it `covers`.
    async fn commit_staged(&mut self, covers: bool) -> Reply<()> {
        let Some(batch) = self.batch(covers).await? else { return Ok(()) };
        let committed = match self.inner.parts.store.submit(batch) {
            Ok(pending) => pending.await,
            Err(error) => Err(error),
        };
        match committed {
            Ok(committed) => self.inner.hand_over(committed),
            Err(error) => {
                let failed = store_failed(&error);
                self.ingest()?.refuse(error);
                return Err(failed);
            }
        }
        Ok(())
    }

    /// What is to be kept of the run now; nothing where all is.
    pub(crate) async fn batch(&mut self, covers: bool) -> Reply<Option<Batch>> {
        let now = self.now();
        let size = self.ingest()?.staged_bytes();
        self.by_size(size, move |ingest| ingest.batch(now, covers)).await
    }

    /// What the run has come to; `None` when a call was broken off.
    pub(crate) fn into_ingest(self) -> Option<Ingest> {
        self.ingest
    }
}

impl Calls for RunCalls {
    async fn start(&mut self) -> Reply<()> {
        if let Some(begun) = self.begun.take() {
            self.inner.ends.begin(begun);
        }
        Ok(())
    }

    async fn emit(&mut self, finding: Finding) -> Reply<Outcome> {
        let now = self.now();
        let size = finding.text.as_ref().map_or(0, String::len);
        let (outcome, is_full) = self
            .by_size(size, move |ingest| {
                let outcome = ingest.emit(finding, now)?;
                Ok((outcome, ingest.is_full()))
            })
            .await?;
        if is_full {
            self.commit_staged(false).await?;
        }
        Ok(outcome)
    }

    async fn seen(&mut self, keys: Vec<String>) -> Reply<Vec<bool>> {
        let size = if keys.len() <= LITTLE_KEYS { 0 } else { usize::MAX };
        self.by_size(size, move |ingest| ingest.seen(&keys)).await
    }

    async fn state_get(&mut self, key: String) -> Reply<Option<Value>> {
        self.at_once(|ingest| ingest.state(&key))
    }

    async fn state_set(&mut self, key: String, value: Value) -> Reply<()> {
        self.ingest()?.set_state(key, value);
        Ok(())
    }

    async fn commit(&mut self) -> Reply<()> {
        self.commit_staged(true).await
    }

    async fn snapshot_latest(&mut self, key: String) -> Reply<Option<Snapshot>> {
        let kept = self.at_once(|ingest| ingest.snapshot(&key))?;
        Ok(kept.map(|kept| Snapshot { id: kept.id, text: kept.text, facts: kept.facts, taken: Some(kept.taken) }))
    }

    async fn snapshot_put(&mut self, snapshot: SnapshotPut) -> Reply<String> {
        let now = self.now();
        self.by_size(snapshot.text.len(), move |ingest| ingest.put_snapshot(snapshot, now)).await
    }

    fn skip(&mut self, skip: Skip) {
        if let Some(ingest) = &mut self.ingest {
            ingest.skip(skip.url, skip.reason);
        }
    }

    fn log(&mut self, line: LogLine) {
        let Some(source) = self.ingest.as_ref().map(Ingest::source) else { return };
        match line.level {
            Level::Error => tracing::error!(source.id = %source, "plugin: {}", line.message),
            Level::Warn => tracing::warn!(source.id = %source, "plugin: {}", line.message),
            Level::Info => tracing::info!(source.id = %source, "plugin: {}", line.message),
            Level::Debug => tracing::debug!(source.id = %source, "plugin: {}", line.message),
        }
    }

    fn progress(&mut self, progress: Progress) {
        let source = self.ingest.as_ref().map(|ingest| ingest.source().as_str());
        tracing::debug!(source.id = source, done = progress.done, total = progress.total, "plugin progress");
    }
}
