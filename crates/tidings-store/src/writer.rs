//! The one thread that writes, with its bounded queue and its group commit.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::compress::{Decoder, Encoder};
use crate::error::Failure;
use crate::ids::Ids;
use crate::name::Names;
use crate::story::Window;
use crate::{LogNumber, StoreError, log};

/// Writes that may wait; whoever brings a further one waits for room.
const QUEUE: usize = 64;
/// Writes that share one transaction, and so one wait for the disk.
const GROUP: usize = 32;
/// How long after a commit what can wait does wait for others, so that many small writes in a row share their pages
/// and their wait for the disk.
const GATHER: Duration = Duration::from_millis(10);
/// Page cache of the writer, in KiB.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
/// Pages in the write-ahead log before they are moved into the database: 32 MiB.
const CHECKPOINT_PAGES: i64 = 4096;
/// What the write-ahead log is cut back to, in bytes, after a burst.
const JOURNAL_LIMIT: i64 = 64 << 20;

/// What has to be on disk before a write is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Survives the power being cut.
    Disk,
    /// Survives the process being killed; a power cut may take the last few, in order.
    Process,
}

/// Whether a write may wait for others to share its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Haste {
    /// Whoever brings it goes on only when it is done.
    Now,
    /// The end of something: nothing follows from it, so it waits up to [`GATHER`] in busy times.
    Gathers,
}

/// A write: runs inside the transaction, then answers once that has ended.
struct Job {
    durability: Durability,
    haste: Haste,
    /// Given the error instead of the writer where there is no transaction to run in.
    run: Run,
}

type Run = Box<dyn FnOnce(Result<&mut Writer, StoreError>) -> Ran + Send>;

struct Ran {
    error: Option<StoreError>,
    answer: Answer,
}

/// Called once with the error of the transaction, if it failed as a whole.
type Answer = Box<dyn FnOnce(Option<&StoreError>) + Send>;

/// A write that is on its way; ends when it is durable.
///
/// Dropping it does not call the write back.
#[derive(Debug)]
pub struct Pending<T> {
    path: PathBuf,
    answer: oneshot::Receiver<Result<T, StoreError>>,
}

impl<T> Future for Pending<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = Pin::new(&mut self.answer).poll(context);
        answer.map(|answer| answer.unwrap_or_else(|_| Err(StoreError::Closed { path: self.path.clone() })))
    }
}

/// The handle to the thread: closes the queue and waits for the thread when dropped.
pub(crate) struct WriterThread {
    path: PathBuf,
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    head: watch::Receiver<LogNumber>,
}

impl WriterThread {
    pub(crate) fn start(conn: Connection, path: &Path, ids: Ids) -> Result<Self, StoreError> {
        let (publish, head) = watch::channel(LogNumber(0));
        let mut writer = Writer::new(conn, path, ids, publish)?;
        let (jobs, queue) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.serve(&queue))
            .map_err(|error| StoreError::io(path, error))?;
        Ok(Self { path: path.to_owned(), jobs: Some(jobs), thread: Some(thread), head })
    }

    /// Runs `work` in a transaction and waits until it is as durable as asked.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&mut Writer) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (send, receive) = std::sync::mpsc::sync_channel(1);
        // A caller that has gone away wants no answer.
        self.queue(durability, Haste::Now, work, move |answer| send.send(answer).unwrap_or_default())?;
        receive.recv().unwrap_or_else(|_| Err(self.closed()))
    }

    /// Like [`WriterThread::write`], but waits for room in the queue only.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        durability: Durability,
        haste: Haste,
        work: impl FnOnce(&mut Writer) -> Result<T, Failure> + Send + 'static,
    ) -> Result<Pending<T>, StoreError> {
        let (send, answer) = oneshot::channel();
        self.queue(durability, haste, work, move |answer| drop(send.send(answer)))?;
        Ok(Pending { path: self.path.clone(), answer })
    }

    pub(crate) fn head(&self) -> &watch::Receiver<LogNumber> {
        &self.head
    }

    fn queue<T: Send + 'static>(
        &self,
        durability: Durability,
        haste: Haste,
        work: impl FnOnce(&mut Writer) -> Result<T, Failure> + Send + 'static,
        answer: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) -> Result<(), StoreError> {
        let run = Box::new(move |writer: Result<&mut Writer, StoreError>| {
            let done = writer.and_then(|writer| work(writer).map_err(|error| StoreError::sqlite(&writer.path, error)));
            let error = done.as_ref().err().cloned();
            let answer: Answer = Box::new(move |failure| match failure {
                Some(failure) if done.is_ok() => answer(Err(failure.clone())),
                _ => answer(done),
            });
            Ran { error, answer }
        });
        let jobs = self.jobs.as_ref().ok_or_else(|| self.closed())?;
        jobs.send(Job { durability, haste, run }).map_err(|_| self.closed())
    }

    fn closed(&self) -> StoreError {
        StoreError::Closed { path: self.path.clone() }
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(path = %self.path.display(), "the store's writer thread had panicked");
        }
    }
}

/// What the writing thread owns.
pub(crate) struct Writer {
    pub(crate) conn: Connection,
    pub(crate) ids: Ids,
    pub(crate) names: Names,
    pub(crate) encoder: Encoder,
    pub(crate) decoder: Decoder,
    /// What new findings are compared with; loaded when the first ones come.
    pub(crate) window: Option<Window>,
    path: PathBuf,
    /// Number of the last entry written, committed or not.
    head: u64,
    /// Whether a rollback has undone what memory holds of the database.
    stale: bool,
    synchronous: Option<Durability>,
    publish: watch::Sender<LogNumber>,
}

impl Writer {
    fn new(conn: Connection, path: &Path, ids: Ids, publish: watch::Sender<LogNumber>) -> Result<Self, StoreError> {
        let encoder = Encoder::new().map_err(|error| StoreError::sqlite(path, error))?;
        let (path, names) = (path.to_owned(), Names::default());
        let (decoder, window) = (Decoder::new(), None);
        let mut writer =
            Self { conn, ids, names, encoder, decoder, window, path, head: 0, stale: true, synchronous: None, publish };
        writer.prepare().map_err(|error| StoreError::sqlite(&writer.path, error))?;
        Ok(writer)
    }

    fn prepare(&mut self) -> Result<(), Failure> {
        self.conn.busy_timeout(Duration::from_secs(5))?;
        self.conn.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        self.conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        self.conn.pragma_update(None, "journal_size_limit", JOURNAL_LIMIT)?;
        // What a job's savepoint would undo: a file made and removed for each costs more than the job.
        self.conn.pragma_update(None, "temp_store", "memory")?;
        self.conn.set_prepared_statement_cache_capacity(64);
        self.refresh()?;
        self.publish.send_replace(LogNumber(self.head));
        Ok(())
    }

    /// Reads again what memory holds of the database.
    fn refresh(&mut self) -> Result<(), Failure> {
        self.names.clear();
        self.window = None;
        self.head = log::last_number(&self.conn)?.0;
        self.encoder.load_dictionary(&self.conn)?;
        self.stale = false;
        Ok(())
    }

    /// The number of the next entry, which the caller writes.
    pub(crate) fn next_number(&mut self) -> LogNumber {
        self.head += 1;
        LogNumber(self.head)
    }

    pub(crate) fn head(&self) -> LogNumber {
        LogNumber(self.head)
    }

    fn serve(&mut self, queue: &Receiver<Job>) {
        let mut may_gather_until = Instant::now();
        while let Ok(first) = queue.recv() {
            let mut group = vec![first];
            while group.len() < GROUP
                && let Some(job) = joining(queue, &group, may_gather_until)
            {
                group.push(job);
            }
            self.commit_group(group);
            may_gather_until = Instant::now() + GATHER;
        }
    }

    /// One transaction for all of `group`; each job is all or nothing by itself.
    fn commit_group(&mut self, group: Vec<Job>) {
        let mut answers = Vec::with_capacity(group.len());
        let mut failure = self.begin(&group).err();
        for job in group {
            let ran = match &failure {
                Some(error) => (job.run)(Err(error.clone())),
                None => self.run(job, &mut failure),
            };
            answers.push(ran.answer);
        }
        if failure.is_none() {
            failure = self.execute("COMMIT").err();
        }
        if failure.is_some() {
            self.roll_back();
        } else {
            let head = LogNumber(self.head);
            self.publish.send_if_modified(|published| std::mem::replace(published, head) != head);
        }
        for answer in answers {
            answer(failure.as_ref());
        }
        if failure.is_none() && self.encoder.wants_dictionary(self.head) {
            self.make_dictionary();
        }
    }

    /// Takes a tenth of a second, three times in the life of an archive.
    fn make_dictionary(&mut self) {
        let made = self.execute("BEGIN IMMEDIATE").and_then(|()| {
            let made = self.encoder.make_dictionary(&self.conn, self.head);
            made.map_err(|error| StoreError::sqlite(&self.path, error))?;
            self.execute("COMMIT")
        });
        if let Err(error) = made {
            tracing::warn!(path = %self.path.display(), %error, "cannot make a dictionary; texts take more space");
            self.roll_back();
        }
    }

    fn begin(&mut self, group: &[Job]) -> Result<(), StoreError> {
        let on_disk = group.iter().any(|job| job.durability == Durability::Disk);
        let durability = if on_disk { Durability::Disk } else { Durability::Process };
        if self.synchronous != Some(durability) {
            let level = if on_disk { "FULL" } else { "NORMAL" };
            let set = self.conn.pragma_update(None, "synchronous", level);
            set.map_err(|error| StoreError::sqlite(&self.path, error.into()))?;
            self.synchronous = Some(durability);
        }
        self.execute("BEGIN IMMEDIATE")?;
        if self.stale {
            self.refresh().map_err(|error| StoreError::sqlite(&self.path, error))?;
        }
        Ok(())
    }

    /// Runs `job` in a savepoint. What breaks the whole transaction goes into `failure`.
    fn run(&mut self, job: Job, failure: &mut Option<StoreError>) -> Ran {
        if let Err(error) = self.execute("SAVEPOINT job") {
            *failure = Some(error.clone());
            return (job.run)(Err(error));
        }
        let ran = (job.run)(Ok(self));
        let ended = match &ran.error {
            None => self.execute("RELEASE job"),
            // A full disk may have ended the transaction, and with it the savepoint.
            Some(error) if self.conn.is_autocommit() => Err(error.clone()),
            Some(_) => self.undo_job(),
        };
        if let Err(error) = ended {
            *failure = Some(error);
        }
        ran
    }

    fn undo_job(&mut self) -> Result<(), StoreError> {
        self.execute("ROLLBACK TO job")?;
        self.execute("RELEASE job")?;
        self.refresh().map_err(|error| StoreError::sqlite(&self.path, error))
    }

    fn roll_back(&mut self) {
        self.stale = true;
        if !self.conn.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK")
        {
            tracing::error!(path = %self.path.display(), %error, "cannot roll back; the next write will try again");
        }
    }

    fn execute(&self, sql: &str) -> Result<(), StoreError> {
        let executed = self.conn.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        executed.map(drop).map_err(|error| StoreError::sqlite(&self.path, error.into()))
    }
}

/// A write that shares the transaction of `group`: one that is there, or comes while all of them can wait.
fn joining(queue: &Receiver<Job>, group: &[Job], until: Instant) -> Option<Job> {
    let there = queue.try_recv();
    if there.is_ok() || group.iter().any(|job| job.haste == Haste::Now) {
        return there.ok();
    }
    queue.recv_timeout(until.checked_duration_since(Instant::now())?).ok()
}

#[cfg(test)]
mod tests {
    use tidings_model::{Finding, FindingId, Timestamp};

    use crate::{Batch, Incoming, LogNumber, Store, StoreError};

    fn batch(keys: std::ops::Range<u32>, text: &str) -> Batch {
        let source: tidings_model::SourceId = "voz".parse().unwrap();
        let mut batch = Batch::new(source.clone(), "r", Timestamp::UNIX_EPOCH);
        for key in keys {
            let finding: Finding = serde_json::from_value(serde_json::json!({
                "id": FindingId::new(&source, &key.to_string()), "source": "voz", "plugin": "feed", "kind": "post",
                "title": format!("title {key}"), "text": text, "found": Timestamp::UNIX_EPOCH, "revision": 1,
                "taxonomy_version": 0,
            }))
            .unwrap();
            batch.findings.push(Incoming { finding, hash: 1, clues: tidings_model::Clues::default() });
        }
        batch
    }

    /// Text that does not compress.
    fn noise(len: u64) -> String {
        (0..len).map(|n| char::from(b'!' + (xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes()) % 90) as u8)).collect()
    }

    fn limit_pages(store: &Store, pages: i64) {
        let limited = store.writer().unwrap().write(super::Durability::Disk, move |writer| {
            writer.conn.pragma_update(None, "max_page_count", pages)?;
            Ok(())
        });
        limited.unwrap();
    }

    fn pages(store: &Store) -> i64 {
        store.read(|reader| Ok(reader.conn.pragma_query_value(None, "page_count", |row| row.get(0))?)).unwrap()
    }

    #[test]
    fn a_full_disk_fails_the_batch_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.commit(batch(0..3, "kept")).unwrap();
        limit_pages(&store, pages(&store) + 2);
        for _ in 0..2 {
            let error = store.commit(batch(3..40, &noise(4000))).unwrap_err();
            assert!(matches!(error, StoreError::DiskFull { .. }) && error.is_transient(), "{error:?}");
            assert_eq!(store.head().unwrap(), LogNumber(3));
        }
        limit_pages(&store, 1 << 30);
        let committed = store.commit(batch(3..40, &noise(4000))).unwrap();
        assert_eq!((committed.first, committed.last), (LogNumber(4), LogNumber(40)));
        assert_eq!(store.log_after(LogNumber(0), 100).unwrap().len(), 40);
        assert_eq!(store.integrity().unwrap().problems, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_write_that_fails_leaves_the_others_of_its_group() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        // Holds the writer until all are queued, so that they share a transaction.
        let (release, held) = std::sync::mpsc::channel::<()>();
        let hold = store.writer().unwrap().submit(super::Durability::Process, super::Haste::Now, move |_| {
            held.recv().unwrap();
            Ok(())
        });
        let hold = hold.unwrap();
        let first = store.submit(batch(0..2, "one")).unwrap();
        let mut bad = batch(2..4, "two");
        bad.findings[1].finding.id = "f_aaaaaaaaaaaaaaaaaaaaaaaaab".parse().unwrap();
        let second = store.submit(bad).unwrap();
        let third = store.submit(batch(2..5, "three")).unwrap();
        release.send(()).unwrap();
        hold.await.unwrap();
        assert_eq!(first.await.unwrap().last, LogNumber(2));
        assert!(matches!(second.await, Err(StoreError::ForeignId { .. })));
        let third = third.await.unwrap();
        assert_eq!((third.first, third.last), (LogNumber(3), LogNumber(5)));
        assert_eq!(store.integrity().unwrap().problems, Vec::<String>::new());
    }

    #[test]
    fn a_grown_archive_compresses_with_a_dictionary() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let words = ["price", "support", "export", "chậm", "quá", "đắt", "report", "login", "billing", "giao hàng"];
        let text = |n: u64| {
            let pick = |k: u64| words[(xxhash_rust::xxh3::xxh3_64(&(n * 40 + k).to_le_bytes()) % 10) as usize];
            (0..40).map(pick).collect::<Vec<_>>().join(" ")
        };
        let sizes = |store: &Store| {
            let sql = "SELECT number > 2000, avg(length(body)), max(substr(body, 1, 1)) FROM log GROUP BY 1 ORDER BY 1";
            store
                .read(|reader| {
                    let mut statement = reader.conn.prepare(sql)?;
                    let rows = statement.query_map([], |row| Ok((row.get::<_, f64>(1)?, row.get::<_, Vec<u8>>(2)?)))?;
                    Ok(rows.collect::<Result<Vec<_>, _>>()?)
                })
                .unwrap()
        };
        for first in (0..2100).step_by(100) {
            let mut batch = batch(first..first + 100, "");
            for (n, incoming) in batch.findings.iter_mut().enumerate() {
                incoming.finding.text = text(u64::from(first) + n as u64);
            }
            store.commit(batch).unwrap();
        }
        let [(before, without), (after, with)] = &sizes(&store)[..] else { panic!("two groups") };
        assert_eq!((without.as_slice(), with.as_slice()), (&[0][..], &[1][..]));
        assert!(after * 1.5 < *before, "{after} B with a dictionary, {before} B without");
        drop(store);
        let store = Store::open(dir.path()).unwrap();
        let entries = store.log_after(LogNumber(0), 3000).unwrap();
        assert!((0..).zip(&entries).all(|(n, entry)| entry.finding.as_ref().unwrap().text == text(n)));
    }
}
