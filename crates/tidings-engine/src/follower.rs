//! The index as a follower of the log, on a thread of its own.
//!
//! What a run commits is handed over at once; whatever does not arrive that way
//! (the hand-over was full, another process wrote, a restart) is read from the log.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tidings_index::{Index, IndexError, Opened};
use tidings_model::{Finding, FindingId};
use tidings_store::{LogEntry, LogNumber, Store, StoreError};
use tokio::sync::oneshot;

/// Batches that may wait for the index before it has to read them from the log.
const HANDED_OVER: usize = 64;
/// Longest time until what was committed is searchable, in quiet times.
const COMMIT_AFTER: Duration = Duration::from_millis(500);
/// The same in busy times, when commits take long: each writes its words anew, and merging
/// them is work again, so that the index rests twenty times as long as its last commit took.
const COMMIT_AT_LAST: Duration = Duration::from_secs(5);
const RESTS: u32 = 20;
/// Entries after which the index commits, however busy the times.
const COMMIT_ENTRIES: usize = 20_000;
/// Entries read from the log at a time.
const PAGE: usize = 500;
/// Pause after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// How often a quiet follower looks for entries that nobody handed over.
const IDLE_LOOK: Duration = Duration::from_secs(30);

/// How far the index has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexState {
    /// The last log entry that can be searched.
    pub searchable: LogNumber,
    /// Why it does not get on, if it does not.
    pub fault: Option<String>,
}

/// Hands entries to the index. Cheap to clone; the thread ends when the last
/// clone is dropped, after a last commit.
#[derive(Clone, Debug)]
pub struct IndexFeed {
    notes: SyncSender<Note>,
    state: Arc<Mutex<IndexState>>,
}

#[derive(Debug)]
enum Note {
    Entries(Vec<LogEntry>),
    Engagement(Vec<FindingId>),
    Settle(oneshot::Sender<()>),
}

impl IndexFeed {
    /// Hands over what was just committed. What the index cannot take now it reads
    /// from the log later, so nothing is lost.
    pub fn hand_over(&self, entries: Vec<LogEntry>) {
        if let Err(TrySendError::Full(_)) = self.notes.try_send(Note::Entries(entries)) {
            metrics::counter!("tidings_index_handover_full_total").increment(1);
        }
    }

    /// Says of which findings the engagement is another now. It is beside the log, so
    /// what the index cannot take now it has with their next change.
    pub fn refresh(&self, findings: Vec<FindingId>) {
        if let Err(TrySendError::Full(_)) = self.notes.try_send(Note::Engagement(findings)) {
            metrics::counter!("tidings_index_handover_full_total").increment(1);
        }
    }

    /// Ends when everything that is in the log now can be searched, or when the
    /// index fails; [`IndexFeed::state`] says which.
    pub async fn settle(&self) {
        let (done, settled) = oneshot::channel();
        let notes = self.notes.clone();
        let sent = tokio::task::spawn_blocking(move || notes.send(Note::Settle(done)).is_ok()).await;
        if sent.unwrap_or(false) {
            // A thread that ended instead of answering has left its fault in the state.
            settled.await.unwrap_or_default();
        }
    }

    pub fn state(&self) -> IndexState {
        self.state.lock().expect("no thread panics while it holds the state").clone()
    }
}

/// Starts the thread. It first rebuilds an index that cannot serve, and catches up with the log.
pub fn follow(store: Store, index: Index, opened: Opened) -> (IndexFeed, JoinHandle<()>) {
    let (notes, inbox) = sync_channel(HANDED_OVER);
    let state = Arc::new(Mutex::new(IndexState::default()));
    let feed = IndexFeed { notes, state: state.clone() };
    let must_rebuild = match opened {
        Opened::Ready(_) => false,
        Opened::MustRebuild(reason) => {
            tracing::warn!(%reason, "the index is built anew from the log");
            true
        }
    };
    let applied = LogNumber::default();
    let (dirty_since, entries, commit_after) = (None, 0, COMMIT_AFTER);
    let follower = Follower { store, index, must_rebuild, applied, state, dirty_since, entries, commit_after };
    let thread = std::thread::Builder::new()
        .name("index".to_owned())
        .spawn(move || follower.run(&inbox))
        .expect("a thread can be started while the daemon starts");
    (feed, thread)
}

#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
}

struct Follower {
    store: Store,
    index: Index,
    must_rebuild: bool,
    /// The last entry given to the index, committed or not.
    applied: LogNumber,
    state: Arc<Mutex<IndexState>>,
    dirty_since: Option<Instant>,
    /// Entries given to the writer since its last commit.
    entries: usize,
    /// How long after its first entry the next commit is due.
    commit_after: Duration,
}

impl Follower {
    fn run(mut self, inbox: &Receiver<Note>) {
        let mut is_faulty = self.note(Self::begin);
        loop {
            let patience = if is_faulty { RETRY_AFTER } else { self.patience() };
            is_faulty = match inbox.recv_timeout(patience) {
                Ok(Note::Settle(done)) => {
                    let is_faulty = self.note(if is_faulty { Self::begin } else { Self::catch_up });
                    // Whoever asked may have gone meanwhile.
                    done.send(()).unwrap_or_default();
                    is_faulty
                }
                Err(RecvTimeoutError::Disconnected) => break,
                // What comes while the index is at fault is read from the log later.
                Ok(Note::Entries(_) | Note::Engagement(_)) if is_faulty => true,
                Err(RecvTimeoutError::Timeout) if is_faulty => self.note(Self::begin),
                Ok(Note::Entries(entries)) => self.note(|follower| follower.take(&entries)),
                Ok(Note::Engagement(findings)) => self.note(|follower| follower.refresh(&findings)),
                Err(RecvTimeoutError::Timeout) => self.note(Self::look),
            };
        }
        self.note(if is_faulty { Self::begin } else { Self::catch_up });
    }

    /// Does some work and writes down how it went. Answers whether it failed.
    fn note(&mut self, work: impl FnOnce(&mut Self) -> Result<(), FollowError>) -> bool {
        let fault = work(self).err().map(|error| error.to_string());
        let mut state = self.state.lock().expect("no thread panics while it holds the state");
        if let Ok(checkpoint) = self.index.checkpoint() {
            state.searchable = checkpoint.log;
        }
        if let Some(fault) = fault.as_ref().filter(|fault| state.fault.as_ref() != Some(*fault)) {
            tracing::error!(error = fault, "the index does not get on; it tries again, and goes on from the log");
        }
        state.fault = fault;
        state.fault.is_some()
    }

    /// Catches up after a pause; without anything to do it lets go of the writer's memory.
    fn look(&mut self) -> Result<(), FollowError> {
        let was_dirty = self.dirty_since.is_some();
        self.catch_up()?;
        if !was_dirty {
            self.index.rest()?;
        }
        Ok(())
    }

    /// Goes on from the index's own checkpoint.
    fn begin(&mut self) -> Result<(), FollowError> {
        (self.dirty_since, self.entries) = (None, 0);
        if self.must_rebuild {
            self.index.rebuild(&self.store, |_| ())?;
            self.must_rebuild = false;
        }
        self.applied = self.index.checkpoint()?.log;
        self.catch_up()
    }

    /// How long to wait for the next note.
    fn patience(&self) -> Duration {
        match self.dirty_since {
            Some(since) => self.commit_after.saturating_sub(since.elapsed()),
            None => IDLE_LOOK,
        }
    }

    /// Applies a batch that follows on what was applied; one that does not is left
    /// to the log, and one that came before is known already.
    fn take(&mut self, entries: &[LogEntry]) -> Result<(), FollowError> {
        match entries.first() {
            Some(first) if first.number.0 == self.applied.0 + 1 => self.apply(entries)?,
            _ => self.read_log()?,
        }
        if COMMIT_ENTRIES <= self.entries || self.patience().is_zero() {
            self.commit()?;
        }
        Ok(())
    }

    fn refresh(&mut self, ids: &[FindingId]) -> Result<(), FollowError> {
        self.commit()?;
        let findings: Vec<Finding> = self.store.findings(ids)?.into_iter().flatten().collect();
        Ok(self.index.refresh(&findings)?)
    }

    /// Applies all that the log has, and commits.
    fn catch_up(&mut self) -> Result<(), FollowError> {
        self.read_log()?;
        self.commit()
    }

    fn read_log(&mut self) -> Result<(), FollowError> {
        loop {
            let entries = self.store.log_after(self.applied, PAGE)?;
            if entries.is_empty() {
                return Ok(());
            }
            self.apply(&entries)?;
            if COMMIT_ENTRIES <= self.entries {
                self.commit()?;
            }
        }
    }

    fn apply(&mut self, entries: &[LogEntry]) -> Result<(), FollowError> {
        self.index.apply(entries)?;
        if let Some(last) = entries.last() {
            self.applied = last.number;
        }
        self.entries += entries.len();
        self.dirty_since.get_or_insert_with(Instant::now);
        Ok(())
    }

    fn commit(&mut self) -> Result<(), FollowError> {
        if self.dirty_since.take().is_some() {
            let began = Instant::now();
            self.index.commit()?;
            self.commit_after = (began.elapsed() * RESTS).clamp(COMMIT_AFTER, COMMIT_AT_LAST);
            self.entries = 0;
        }
        Ok(())
    }
}
