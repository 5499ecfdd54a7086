//! How runs have ended, on the way into the store.
//!
//! Most visits find nothing changed. Their ends wait for each other, for [`LINGER`] at
//! most, and then share one transaction: a daemon that is killed meanwhile repeats them.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tidings_store::{EndedRun, Pending, Store, StoreError};
use tokio::time::Instant;

/// How long the first end waits for others.
const LINGER: Duration = Duration::from_secs(1);
/// Ends that wait at most.
const MAX_WAITING: usize = 1_000;

pub(crate) struct Ends {
    store: Store,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    ends: Vec<EndedRun>,
    since: Option<Instant>,
}

impl Ends {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, waiting: Mutex::default() }
    }

    /// Lets `ended` wait for others. Whoever runs sources calls [`Ends::flush`] when it is [`Ends::due`].
    pub(crate) fn put_off(&self, ended: EndedRun) {
        let mut waiting = self.waiting();
        waiting.ends.push(ended);
        waiting.since.get_or_insert_with(Instant::now);
    }

    /// When what waits is to be written; `None` while nothing waits.
    pub(crate) fn due(&self) -> Option<Instant> {
        let waiting = self.waiting();
        let linger = if MAX_WAITING <= waiting.ends.len() { Duration::ZERO } else { LINGER };
        waiting.since.map(|since| since + linger)
    }

    /// Writes what waits.
    pub(crate) async fn flush(&self) {
        let kept = match self.submit() {
            Ok(Some(kept)) => kept.await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            tracing::error!(%error, "the ends of runs cannot be kept");
        }
    }

    /// Hands what waits to the store; what is written from now on comes after it.
    ///
    /// # Errors
    ///
    /// When the store is being closed.
    pub(crate) fn submit(&self) -> Result<Option<Pending<()>>, StoreError> {
        let mut waiting = self.waiting();
        let Waiting { ends, .. } = std::mem::take(&mut *waiting);
        if ends.is_empty() { Ok(None) } else { self.store.end_runs(ends).map(Some) }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nothing panics while this lock is held")
    }
}

#[cfg(test)]
mod tests {
    use tidings_model::{Counts, RunReason, RunRecord, Timestamp};
    use tidings_store::SourceRow;

    use super::*;

    fn ended(id: &str, failures: u32) -> EndedRun {
        let source: tidings_model::SourceId = "voz".parse().unwrap();
        let run = RunRecord {
            id: id.to_owned(),
            source: source.clone(),
            reason: RunReason::Schedule,
            started: Timestamp::UNIX_EPOCH,
            ended: Some(Timestamp::UNIX_EPOCH),
            outcome: None,
            error: None,
            counts: Counts::default(),
            summary: None,
            skipped: Vec::new(),
            log_tail: String::new(),
            cpu_ms: None,
            max_rss_bytes: None,
        };
        let source = SourceRow { failures, ..SourceRow::new(source, Timestamp::UNIX_EPOCH) };
        EndedRun { run, source, event: None }
    }

    #[tokio::test]
    async fn what_is_put_off_is_written_in_its_order() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let source = "voz".parse().unwrap();
        let ends = Ends::new(store.clone());
        assert_eq!(ends.due(), None);
        ends.put_off(ended("a", 0));
        assert!(ends.due().is_some_and(|due| due <= Instant::now() + LINGER));
        assert_eq!(store.runs(&source, 9, None).unwrap(), []);
        ends.put_off(ended("b", 1));
        ends.flush().await;
        assert_eq!(ends.due(), None);
        let runs: Vec<String> = store.runs(&source, 9, None).unwrap().into_iter().map(|run| run.id).collect();
        assert_eq!(runs, ["b", "a"]);
        assert_eq!(store.source_row(&source).unwrap().unwrap().failures, 1);
    }

    #[tokio::test]
    async fn no_more_wait_than_are_written_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let ends = Ends::new(Store::open(dir.path()).unwrap());
        (0..MAX_WAITING).for_each(|n| ends.put_off(ended(&n.to_string(), 0)));
        assert!(ends.due().unwrap() <= Instant::now());
    }
}
