//! The one thread that writes the notes, some of them at a time.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tidings_model::Timestamp;
use tokio::sync::oneshot;

use super::{Known, answers, hosts, origins};
use crate::cache::{Key, Stored};
use crate::hosts::{Standing, later};
use crate::robots_cache::Copy;

/// Notes that may wait, and bytes of bodies among them. Further ones are counted and lost.
const QUEUE: usize = 1_024;
const MAX_WAITING_BYTES: usize = 8 << 20;
/// Notes that come within this time share a transaction; a killed process loses them.
const GATHER: Duration = Duration::from_millis(10);
const MOST_AT_ONCE: usize = 256;
/// What was neither received nor confirmed for so long is forgotten.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How often what is old is looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

#[derive(Debug)]
pub(super) enum Note {
    /// `None`: nothing is to be kept of it.
    Answer(Key, Option<Arc<Stored>>),
    Renewed(Key, Arc<Stored>),
    Robots(String, Copy),
    /// Whoever waits for it hears of its end.
    Host(Box<str>, Standing, oneshot::Sender<()>),
}

impl Note {
    fn size(&self) -> usize {
        match self {
            Self::Answer(_, Some(answer)) => answer.body.len(),
            _ => 0,
        }
    }
}

/// The handle to the thread: dropped, it waits until all is written.
#[derive(Debug)]
pub(super) struct WriterThread {
    notes: Option<SyncSender<Note>>,
    waiting_bytes: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl WriterThread {
    pub(super) fn start(mut writer: Writer) -> io::Result<Self> {
        let (notes, inbox) = sync_channel(QUEUE);
        let waiting_bytes = Arc::<AtomicUsize>::default();
        let waiting = Arc::clone(&waiting_bytes);
        let thread =
            std::thread::Builder::new().name("fetch-notes".to_owned()).spawn(move || writer.serve(&inbox, &waiting))?;
        Ok(Self { notes: Some(notes), waiting_bytes, thread: Some(thread) })
    }

    /// Hands a note over. Never waits.
    pub(super) fn send(&self, note: Note) {
        let size = note.size();
        let has_room = self.waiting_bytes.fetch_add(size, Ordering::Relaxed) + size <= MAX_WAITING_BYTES;
        let sent = has_room && self.notes.as_ref().is_some_and(|notes| notes.try_send(note).is_ok());
        if !sent {
            self.waiting_bytes.fetch_sub(size, Ordering::Relaxed);
            metrics::counter!("tidings_fetch_notes_dropped_total").increment(1);
        }
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.notes = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that writes the fetcher's notes had panicked");
        }
    }
}

/// What the thread owns.
#[derive(Debug)]
pub(super) struct Writer {
    conn: Connection,
    answers: answers::Shelf,
    swept: Option<Timestamp>,
    /// Whether the last write failed, so that a full disk is said once.
    is_failing: bool,
}

impl Writer {
    pub(super) fn new(conn: Connection, most: u64, known: Known) -> rusqlite::Result<Self> {
        conn.pragma_update(None, "synchronous", "normal")?;
        conn.set_prepared_statement_cache_capacity(32);
        let answers = answers::Shelf::open(&conn, most, known)?;
        Ok(Self { conn, answers, swept: None, is_failing: false })
    }

    fn serve(&mut self, inbox: &Receiver<Note>, waiting_bytes: &AtomicUsize) {
        while let Ok(first) = inbox.recv() {
            let until = Instant::now() + GATHER;
            let mut notes = vec![first];
            while notes.len() < MOST_AT_ONCE
                && let Ok(note) = inbox.recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                notes.push(note);
            }
            let size = notes.iter().map(Note::size).sum();
            let written = self.write(notes);
            waiting_bytes.fetch_sub(size, Ordering::Relaxed);
            if let Err(error) = &written
                && !self.is_failing
            {
                tracing::error!(%error, "the fetcher's notes cannot be written; a restart will forget");
            }
            self.is_failing = written.is_err();
        }
    }

    fn write(&mut self, notes: Vec<Note>) -> rusqlite::Result<()> {
        let transaction = self.conn.unchecked_transaction()?;
        let mut standings: BTreeMap<Box<str>, Standing> = BTreeMap::new();
        let (mut now, mut waiting) = (None, Vec::new());
        for note in notes {
            match note {
                Note::Answer(key, answer) => {
                    now = now.max(answer.as_ref().map(|answer| answer.at));
                    self.answers.put(&transaction, &key, answer.as_deref())?;
                }
                Note::Renewed(key, answer) => answers::renew(&transaction, &key, &answer)?,
                Note::Robots(origin, copy) => origins::put(&transaction, &origin, &copy)?,
                Note::Host(name, standing, done) => {
                    now = now.max(standing.last());
                    standings.insert(name, standing);
                    waiting.push(done);
                }
            }
        }
        hosts::put(&transaction, &standings)?;
        if let Some(now) = now.filter(|now| self.swept.is_none_or(|swept| later(swept, SWEEP_EVERY) <= *now)) {
            self.swept = Some(now);
            let oldest = now.checked_sub(KEPT_FOR).unwrap_or(Timestamp::MIN);
            self.answers.forget_before(&transaction, oldest)?;
            origins::forget_before(&transaction, oldest)?;
            hosts::forget_before(&transaction, now)?;
        }
        self.answers.make_room(&transaction)?;
        transaction.commit()?;
        // Dropped by an error above, they are told as well.
        waiting.into_iter().for_each(|done| done.send(()).unwrap_or_default());
        Ok(())
    }
}
