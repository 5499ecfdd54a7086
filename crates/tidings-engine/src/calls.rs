//! What the daemon does for a plugin while it runs, save fetching.

use std::sync::Arc;

use serde_json::Value;
use tidings_model::{Clock, RunRecord, SourceId};
use tidings_plugins::Calls;
use tidings_protocol::{Error, Finding, Level, LogLine, Outcome, Progress, Reply, Skip, Snapshot, SnapshotPut};
use tidings_store::{Committed, Store, StoreError};
use tokio::task::spawn_blocking;

use crate::follower::IndexFeed;
use crate::ingest::Ingest;

/// The calls of one run. The store blocks, so each call that needs it moves the
/// ingest to a blocking thread and back.
pub(crate) struct RunCalls {
    /// `None` only while a call is on its way.
    ingest: Option<Ingest>,
    source: SourceId,
    clock: Arc<dyn Clock>,
    feed: IndexFeed,
    store: Store,
    /// The record to write when the run turns out to need a process.
    begun: Option<RunRecord>,
}

/// The daemon's own store failed: no fault of the plugin.
pub(crate) const STORE_FAILED: &str = "store.failed";
const BROKEN_OFF: &str = "an earlier call of this run was broken off";

pub(crate) fn store_failed(error: &StoreError) -> Error {
    Error { retryable: true, ..Error::new(STORE_FAILED, error.to_string()) }
}

impl RunCalls {
    pub(crate) fn new(ingest: Ingest, begun: RunRecord, clock: Arc<dyn Clock>, feed: IndexFeed, store: Store) -> Self {
        Self { ingest: Some(ingest), source: begun.source.clone(), clock, feed, store, begun: Some(begun) }
    }

    /// Runs `work` on a blocking thread.
    async fn blocking<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Ingest) -> Result<T, StoreError> + Send + 'static,
    ) -> Reply<T> {
        let broken = || Error::new(STORE_FAILED, BROKEN_OFF);
        let mut ingest = self.ingest.take().ok_or_else(broken)?;
        let done = spawn_blocking(move || {
            let answer = work(&mut ingest);
            (ingest, answer)
        });
        let (ingest, answer) = done.await.map_err(|_| broken())?;
        self.ingest = Some(ingest);
        answer.map_err(|error| store_failed(&error))
    }

    fn hand_over(&self, committed: Option<Committed>) {
        let Some(committed) = committed else { return };
        if !committed.entries.is_empty() {
            self.feed.hand_over(committed.entries);
        }
        if !committed.refreshed.is_empty() {
            self.feed.refresh(committed.refreshed);
        }
    }

    /// Commits what is staged, with the state and coverage if the run went well.
    pub(crate) async fn end(&mut self, went_well: bool) -> Reply<()> {
        if self.ingest.as_ref().is_some_and(Ingest::is_settled) {
            return Ok(());
        }
        let now = self.clock.now();
        let end = move |ingest: &mut Ingest| if went_well { ingest.cover(now).map(Some) } else { ingest.flush(now) };
        let committed = self.blocking(end).await?;
        self.hand_over(committed);
        Ok(())
    }

    /// What the run has come to; `None` when a call was broken off.
    pub(crate) fn into_ingest(self) -> Option<Ingest> {
        self.ingest
    }
}

impl Calls for RunCalls {
    async fn start(&mut self) -> Reply<()> {
        let Some(begun) = self.begun.take() else { return Ok(()) };
        let noted = match self.store.begin_run(begun) {
            Ok(noted) => noted.await,
            Err(error) => Err(error),
        };
        noted.map_err(|error| store_failed(&error))
    }

    async fn emit(&mut self, finding: Finding) -> Reply<Outcome> {
        let now = self.clock.now();
        let (outcome, committed) = self
            .blocking(move |ingest| {
                let outcome = ingest.emit(finding, now)?;
                let committed = if ingest.is_full() { ingest.flush(now)? } else { None };
                Ok((outcome, committed))
            })
            .await?;
        self.hand_over(committed);
        Ok(outcome)
    }

    async fn seen(&mut self, keys: Vec<String>) -> Reply<Vec<bool>> {
        self.blocking(move |ingest| ingest.seen(&keys)).await
    }

    async fn state_get(&mut self, key: String) -> Reply<Option<Value>> {
        self.blocking(move |ingest| ingest.state(&key)).await
    }

    async fn state_set(&mut self, key: String, value: Value) -> Reply<()> {
        let broken = || Error::new(STORE_FAILED, BROKEN_OFF);
        self.ingest.as_mut().ok_or_else(broken)?.set_state(key, value);
        Ok(())
    }

    async fn commit(&mut self) -> Reply<()> {
        self.end(true).await
    }

    async fn snapshot_latest(&mut self, key: String) -> Reply<Option<Snapshot>> {
        let kept = self.blocking(move |ingest| ingest.snapshot(&key)).await?;
        Ok(kept.map(|kept| Snapshot { id: kept.id, text: kept.text, facts: kept.facts, taken: Some(kept.taken) }))
    }

    async fn snapshot_put(&mut self, snapshot: SnapshotPut) -> Reply<String> {
        let now = self.clock.now();
        self.blocking(move |ingest| ingest.put_snapshot(snapshot, now)).await
    }

    fn skip(&mut self, skip: Skip) {
        if let Some(ingest) = &mut self.ingest {
            ingest.skip(skip.url, skip.reason);
        }
    }

    fn log(&mut self, line: LogLine) {
        let source = &self.source;
        match line.level {
            Level::Error => tracing::error!(source.id = %source, "plugin: {}", line.message),
            Level::Warn => tracing::warn!(source.id = %source, "plugin: {}", line.message),
            Level::Info => tracing::info!(source.id = %source, "plugin: {}", line.message),
            Level::Debug => tracing::debug!(source.id = %source, "plugin: {}", line.message),
        }
    }

    fn progress(&mut self, progress: Progress) {
        tracing::debug!(source.id = %self.source, done = progress.done, total = progress.total, "plugin progress");
    }
}
