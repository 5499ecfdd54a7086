//! Tagging the archive again, page by page, while ingest goes first.
//!
//! How far it has come is kept by the store, with what it has written: a process that ends
//! in the middle, or is killed, goes on there. Nobody is alerted by it.

mod page;
mod task;

use std::sync::Mutex;
use std::time::Duration;

use tidings_match::Tagger;
use tidings_model::Clock;
use tidings_store::{RetagPass, Store, StoreError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub(crate) use page::Tags;
use page::{Page, Worker};
pub use task::{Task, TaskState};

use crate::{Engine, EngineError, IndexFeed};

/// Pause after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// How often a quiet tagger looks for findings that a run has tagged by an earlier taxonomy.
const IDLE_LOOK: Duration = Duration::from_secs(30);
/// Pause until a taxonomy that is in force in the store is so in memory too.
const CATCH_UP: Duration = Duration::from_millis(50);

/// Why the archive cannot be tagged again just now.
#[derive(Debug, thiserror::Error)]
pub enum RetagError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "tagging stopped at a finding of the next page; please report it with the lines before this in the daemon's log"
    )]
    Panicked(#[source] tokio::task::JoinError),
}

/// What the engine knows of the work beside the store.
#[derive(Default)]
pub(crate) struct Retagging {
    /// There may be something to do.
    wake: Notify,
    fault: Mutex<Option<String>>,
}

impl Retagging {
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    fn set_fault(&self, fault: Option<String>) {
        let mut known = self.fault.lock().expect("no thread panics while it holds the fault");
        if let Some(fault) = fault.as_ref().filter(|fault| known.as_ref() != Some(*fault)) {
            tracing::error!(error = fault, "the archive cannot be tagged again just now; it goes on where it is");
        }
        *known = fault;
    }
}

impl Engine {
    /// Begins to tag the whole archive again, or says how far that has come. Blocks on the store.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub fn start_retag(&self) -> Result<Task, EngineError> {
        let pass = self.inner.parts.store.start_retag(self.now())?;
        self.inner.retagging.wake();
        Ok(self.with_fault(pass))
    }

    /// Blocks on the store.
    ///
    /// # Errors
    ///
    /// When there is no such task, or the store cannot be read.
    pub fn task(&self, id: &str) -> Result<Task, EngineError> {
        let pass = task::pass_of(id).map_or(Ok(None), |number| self.inner.parts.store.retag_pass(number))?;
        pass.map(|pass| self.with_fault(pass)).ok_or_else(|| EngineError::NoTask(id.to_owned()))
    }

    pub(crate) fn running_task(&self) -> Result<Option<Task>, StoreError> {
        Ok(self.inner.parts.store.running_retag()?.map(|pass| self.with_fault(pass)))
    }

    fn with_fault(&self, pass: RetagPass) -> Task {
        let task = Task::from(pass);
        let fault = self.inner.retagging.fault.lock().expect("no thread panics while it holds the fault").clone();
        Task { error: fault.filter(|_| task.state == TaskState::Running), ..task }
    }

    /// Tags the archive again whenever there is something to do, until the engine stops.
    pub(crate) async fn serve_retag(&self) {
        let inner = &self.inner;
        let stop = inner.stopping();
        while !stop.is_cancelled() {
            let woken = inner.retagging.wake.notified();
            let ended = self.retag_all(|_| ()).await;
            let pause = if ended.is_err() { RETRY_AFTER } else { IDLE_LOOK };
            inner.retagging.set_fault(ended.err().map(|error| error.to_string()));
            tokio::select! {
                () = stop.cancelled() => {}
                () = woken => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Does all that there is to do; ends early where the engine stops.
    ///
    /// # Errors
    ///
    /// When the store refuses, or a finding cannot be tagged; what was done until then is kept.
    pub async fn retag_all(&self, mut progress: impl FnMut(Task)) -> Result<(), RetagError> {
        let parts = &self.inner.parts;
        let stop = self.inner.stopping();
        let mut worker = Worker::new(parts.store.clone(), parts.feed.clone());
        while !stop.is_cancelled() {
            let (tagger, now) = (self.inner.understanding().tagger.clone(), self.now());
            let at_work = tokio::task::spawn_blocking(move || {
                let page = worker.page(&tagger, now);
                (worker, page)
            });
            let page;
            (worker, page) = at_work.await.map_err(RetagError::Panicked)?;
            match page? {
                Page::Nothing => return Ok(()),
                Page::OtherTaxonomy(_) => rest(&stop, CATCH_UP).await,
                Page::Decided { pass, pause } => {
                    if let Some(pass) = pass {
                        progress(Task::from(pass));
                    }
                    rest(&stop, pause).await;
                }
            }
        }
        Ok(())
    }
}

async fn rest(stop: &CancellationToken, pause: Duration) {
    // None where the engine stops.
    stop.run_until_cancelled(tokio::time::sleep(pause)).await.unwrap_or_default();
}

/// Tags the archive again in a process that does nothing else, from where it stands to the
/// end. Blocks.
///
/// # Errors
///
/// When the store refuses; what was done until then is kept.
pub fn retag_archive(
    store: &Store,
    feed: &IndexFeed,
    tagger: &Tagger,
    clock: &dyn Clock,
    mut progress: impl FnMut(Task),
) -> Result<(), StoreError> {
    let mut worker = Worker::new(store.clone(), feed.clone());
    loop {
        match worker.page(tagger, clock.now())? {
            Page::Nothing => return Ok(()),
            Page::Decided { pass, .. } => pass.into_iter().for_each(|pass| progress(Task::from(pass))),
            // The caller has just put its taxonomy in force, and nobody else may write.
            Page::OtherTaxonomy(latest) => return Err(StoreError::OldTaxonomy { base: tagger.version(), latest }),
        }
    }
}

#[cfg(test)]
mod tests;
