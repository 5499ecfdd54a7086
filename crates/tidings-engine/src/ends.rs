//! How runs have begun and ended, on the way into the store.
//!
//! Most visits find nothing changed. Their ends wait for each other, for [`LINGER`] at
//! most, and then share one transaction: a daemon that is killed meanwhile repeats them.
//! So do the beginnings of the others, of which most are gone with their ends by then.
//! What a run brings is committed together with its end, and is waited for.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tidings_model::RunRecord;
use tidings_store::{Batch, Committed, EndedRun, Pending, Store, StoreError};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How long the first of them waits for others.
const LINGER: Duration = Duration::from_secs(1);
/// Ends that wait at most.
const MAX_WAITING: usize = 1_000;

pub(crate) struct Ends {
    store: Store,
    waiting: Mutex<Waiting>,
    /// Something waits where nothing did.
    begun_to_wait: Notify,
}

#[derive(Default)]
struct Waiting {
    begun: Vec<RunRecord>,
    ended: Vec<EndedRun>,
    since: Option<Instant>,
}

impl Ends {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, waiting: Mutex::default(), begun_to_wait: Notify::new() }
    }

    /// Lets the beginning of a run wait for others, and for its end.
    pub(crate) fn begin(&self, run: RunRecord) {
        self.add(|waiting| waiting.begun.push(run));
    }

    /// Lets `ended` wait for others. Whoever runs sources calls [`Ends::flush`] when [`Ends::until_due`] ends.
    pub(crate) fn put_off(&self, ended: EndedRun) {
        self.add(|waiting| {
            waiting.forget_begun(&ended);
            waiting.ended.push(ended);
        });
    }

    fn add(&self, add: impl FnOnce(&mut Waiting)) {
        let mut waiting = self.waiting();
        add(&mut waiting);
        if waiting.since.is_none() {
            waiting.since = Some(Instant::now());
            self.begun_to_wait.notify_one();
        }
    }

    /// Hands what a run has brought and its end to the store, all of it or nothing, after what waits.
    ///
    /// # Errors
    ///
    /// When the store is being closed.
    pub(crate) fn keep(&self, batch: Batch, ended: EndedRun) -> Result<Pending<Committed>, StoreError> {
        let mut waiting = self.waiting();
        waiting.forget_begun(&ended);
        drop(self.submit_all(&mut waiting)?);
        self.store.submit_end(batch, ended)
    }

    /// When what waits is to be written; `None` while nothing waits.
    fn due(&self) -> Option<Instant> {
        let waiting = self.waiting();
        let linger = if MAX_WAITING <= waiting.ended.len() { Duration::ZERO } else { LINGER };
        waiting.since.map(|since| since + linger)
    }

    /// Ends when what waits is to be written.
    pub(crate) async fn until_due(&self) {
        while self.due().is_none() {
            self.begun_to_wait.notified().await;
        }
        if let Some(due) = self.due() {
            sleep_until(due).await;
        }
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
        self.submit_all(&mut self.waiting())
    }

    fn submit_all(&self, waiting: &mut Waiting) -> Result<Option<Pending<()>>, StoreError> {
        let Waiting { begun, ended, .. } = std::mem::take(waiting);
        if begun.is_empty() && ended.is_empty() {
            return Ok(None);
        }
        self.store.note_runs(begun, ended).map(Some)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nothing panics while this lock is held")
    }
}

impl Waiting {
    /// The end of a run says all that its beginning does.
    fn forget_begun(&mut self, ended: &EndedRun) {
        self.begun.retain(|begun| begun.id != ended.run.id);
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
    async fn the_end_of_a_run_takes_the_place_of_a_beginning_that_waits() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let source = "voz".parse().unwrap();
        let ends = Ends::new(store.clone());
        ends.begin(RunRecord { ended: None, ..ended("a", 0).run });
        ends.begin(RunRecord { ended: None, ..ended("b", 0).run });
        ends.put_off(ended("a", 1));
        ends.flush().await;
        let runs = store.runs(&source, 9, None).unwrap();
        let runs: Vec<(&str, bool)> = runs.iter().map(|run| (run.id.as_str(), run.ended.is_some())).collect();
        assert_eq!(runs, [("a", true), ("b", false)]);
    }

    #[tokio::test]
    async fn what_a_run_has_brought_is_kept_with_its_end_and_after_what_waits() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let source: tidings_model::SourceId = "voz".parse().unwrap();
        let ends = Ends::new(store.clone());
        let batch = |state: &str| tidings_store::Batch {
            state: vec![("seen".to_owned(), state.into())],
            cover: true,
            ..tidings_store::Batch::new(source.clone(), "b", Timestamp::UNIX_EPOCH)
        };
        ends.put_off(ended("a", 7));
        let refused = batch(&"x".repeat(2 << 20));
        assert!(ends.keep(refused, ended("b", 0)).unwrap().await.is_err());
        assert_eq!(store.source_row(&source).unwrap().unwrap().failures, 7, "neither is kept without the other");
        ends.keep(batch("yes"), ended("b", 0)).unwrap().await.unwrap();
        assert_eq!(store.source_row(&source).unwrap().unwrap().failures, 0);
        assert_eq!(store.state(&source, "seen").unwrap(), Some("yes".into()));
        assert_eq!(store.runs(&source, 9, None).unwrap().len(), 2);
    }

    #[tokio::test]
    async fn no_more_wait_than_are_written_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let ends = Ends::new(Store::open(dir.path()).unwrap());
        (0..MAX_WAITING).for_each(|n| ends.put_off(ended(&n.to_string(), 0)));
        assert!(ends.due().unwrap() <= Instant::now());
    }
}
