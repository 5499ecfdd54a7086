//! What the fetcher remembers over a restart: answers that can be asked for
//! conditionally, robots.txt copies, and how each host stands.
//!
//! One SQLite file of its own. Nothing in it is the truth: what is lost is asked for
//! again, and a file that is damaged, or of another layout, is made anew.

mod answers;
mod hosts;
mod origins;
mod writer;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tidings_model::{ByteSize, Timestamp};
use tokio::sync::oneshot;

use crate::cache::{Key, Stored};
use crate::hosts::Standing;
use crate::robots_cache::Copy;
use writer::{Note, Writer, WriterThread};

/// The layout of the file; one of another layout is made anew.
const VERSION: i64 = 1;
const SCHEMA: &str = "
    CREATE TABLE answer (
        n      INTEGER PRIMARY KEY,
        url    TEXT NOT NULL,
        exempt INTEGER NOT NULL,
        at     INTEGER NOT NULL,
        size   INTEGER NOT NULL,
        head   TEXT NOT NULL,
        UNIQUE (url, exempt)
    );
    CREATE INDEX answer_at ON answer (at);
    CREATE TABLE body (n INTEGER PRIMARY KEY, length INTEGER NOT NULL, bytes BLOB NOT NULL);
    CREATE TRIGGER answer_gone AFTER DELETE ON answer BEGIN DELETE FROM body WHERE n = old.n; END;
    CREATE TABLE origin (
        origin  TEXT PRIMARY KEY,
        rules   TEXT,
        read    INTEGER,
        failure INTEGER,
        until   INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE host (name TEXT PRIMARY KEY, until INTEGER NOT NULL, standing TEXT NOT NULL) WITHOUT ROWID;
";

/// Notes in one file, for one fetcher. Cheap to clone; the last clone dropped waits until
/// everything is written.
#[derive(Clone, Debug)]
pub struct Notes {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    reader: Mutex<Connection>,
    writer: WriterThread,
    /// Hashes of the keys of all answers in the file, so that most others are not looked for.
    known: Known,
    /// Whether the last read failed, so that a broken disk is said once.
    is_unreadable: AtomicBool,
    are_continued: bool,
}

/// A note on its way.
#[derive(Debug, Default)]
pub(crate) struct Noted(Option<oneshot::Receiver<()>>);

type Known = Arc<Mutex<HashSet<u64>>>;

/// Why there can be no notes.
#[derive(Debug, thiserror::Error)]
pub enum NotesError {
    #[error("cannot open the fetcher's notes at {path}; they may be deleted while Tidings is stopped")]
    Sqlite { path: PathBuf, source: rusqlite::Error },
    #[error("cannot make the fetcher's notes at {path}")]
    Io { path: PathBuf, source: io::Error },
}

impl Notes {
    /// Opens the notes at `path`, or begins them. `most` bounds what answers take there.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written.
    pub fn open(path: &Path, most: ByteSize) -> Result<Self, NotesError> {
        let fault = |source| NotesError::Sqlite { path: path.to_owned(), source };
        let are_continued = path.exists();
        let known = Known::default();
        let load = |conn| Ok((Writer::new(conn, most.as_u64(), Arc::clone(&known))?, reader(path)?));
        let loaded = match open(path).and_then(|conn| conn.map(load).transpose()) {
            Err(error) if is_damage(&error) => {
                tracing::warn!(path = %path.display(), %error, "the fetcher's notes cannot be read, and begin anew");
                None
            }
            loaded => loaded.map_err(fault)?,
        };
        let (writer, reader) = match loaded {
            Some(loaded) => loaded,
            None => load(begin(path)?).map_err(fault)?,
        };
        let writer = WriterThread::start(writer).map_err(|source| NotesError::Io { path: path.to_owned(), source })?;
        let (reader, is_unreadable) = (Mutex::new(reader), AtomicBool::new(false));
        let shared = Shared { reader, writer, known, is_unreadable, are_continued };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Whether an earlier process has begun them.
    pub(crate) fn are_continued(&self) -> bool {
        self.shared.are_continued
    }

    pub(crate) async fn answer(&self, key: &Key, now: Timestamp) -> Option<Stored> {
        if !known(&self.shared.known).contains(&hash(key)) {
            return None;
        }
        let key = key.clone();
        self.read(move |conn| answers::read(conn, &key, now)).await
    }

    /// `None`: nothing is to be kept of it.
    pub(crate) fn note_answer(&self, key: Key, answer: Option<Arc<Stored>>) {
        let is_news = match answer {
            Some(_) => {
                known(&self.shared.known).insert(hash(&key));
                true
            }
            None => known(&self.shared.known).remove(&hash(&key)),
        };
        if is_news {
            self.shared.writer.send(Note::Answer(key, answer));
        }
    }

    /// The server has said that an answer still holds.
    pub(crate) fn note_renewed(&self, key: Key, answer: Arc<Stored>) {
        self.shared.writer.send(Note::Renewed(key, answer));
    }

    pub(crate) async fn robots(&self, origin: String) -> Option<Copy> {
        self.read(move |conn| origins::read(conn, &origin)).await
    }

    pub(crate) fn note_robots(&self, origin: String, copy: Copy) {
        self.shared.writer.send(Note::Robots(origin, copy));
    }

    /// Every host of which something is worth knowing at `now`. Blocks.
    pub(crate) fn hosts(&self, now: Timestamp) -> Vec<(Box<str>, Standing)> {
        self.shared.read(|conn| hosts::read(conn, now))
    }

    pub(crate) fn note_host(&self, name: &str, standing: Standing) -> Noted {
        let (done, noted) = oneshot::channel();
        self.shared.writer.send(Note::Host(name.into(), standing, done));
        Noted(Some(noted))
    }

    async fn read<T: Send + Default + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> T {
        let shared = Arc::clone(&self.shared);
        // A runtime that is shutting down reads no more.
        tokio::task::spawn_blocking(move || shared.read(read)).await.unwrap_or_default()
    }
}

impl Shared {
    /// Nothing where it cannot be read.
    fn read<T: Default>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
        let read = read(&self.reader.lock().expect("no thread panics while it reads"));
        let was_unreadable = self.is_unreadable.swap(read.is_err(), Ordering::Relaxed);
        read.unwrap_or_else(|error| {
            if !was_unreadable {
                tracing::error!(%error, "the fetcher's notes cannot be read; deleted while Tidings is stopped, they begin anew");
            }
            T::default()
        })
    }
}

impl Noted {
    /// Waits until it is written, or cannot be.
    pub(crate) async fn wait(self) {
        if let Some(noted) = self.0 {
            noted.await.unwrap_or_default();
        }
    }
}

fn known(known: &Known) -> MutexGuard<'_, HashSet<u64>> {
    known.lock().expect("no thread panics while it holds the keys")
}

fn hash(key: &Key) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// `None` where the file is of another layout or not there.
fn open(path: &Path) -> rusqlite::Result<Option<Connection>> {
    let conn = Connection::open(path)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((version == VERSION).then_some(conn))
}

fn begin(path: &Path) -> Result<Connection, NotesError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match fs::remove_file(&file) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(NotesError::Io { path: path.to_owned(), source });
            }
            _ => {}
        }
    }
    let make = || {
        let conn = Connection::open(path)?;
        conn.pragma_update(None, "journal_mode", "wal")?;
        conn.execute_batch(&format!("BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;"))?;
        Ok(conn)
    };
    make().map_err(|source| NotesError::Sqlite { path: path.to_owned(), source })
}

fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    Ok(conn)
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// The end of time where it is none.
fn time(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}
