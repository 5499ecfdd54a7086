//! The read-only connections, at most [`READERS`] of them.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::StoreError;
use crate::compress::Decoder;
use crate::error::Failure;
use crate::name::Names;

/// Reads at one time; a further one waits for its turn.
const READERS: usize = 4;
/// Page cache of one reader, in KiB: small, since it is emptied by every commit.
const READER_CACHE_KIB: i64 = 1024;
/// Bytes of the database that are read from the system's cache without a copy.
const MAPPED: i64 = 2 << 30;

pub(crate) struct Pool {
    path: PathBuf,
    idle: Mutex<Idle>,
    freed: Condvar,
}

struct Idle {
    readers: Vec<Reader>,
    opened: usize,
}

/// One connection with what reading needs beside it.
pub(crate) struct Reader {
    pub(crate) conn: Connection,
    pub(crate) names: Names,
    pub(crate) decoder: Decoder,
}

impl Pool {
    pub(crate) fn new(path: &Path) -> Self {
        let idle = Mutex::new(Idle { readers: Vec::new(), opened: 0 });
        Self { path: path.to_owned(), idle, freed: Condvar::new() }
    }

    /// Runs `read` on one state of the database: what others commit meanwhile is not seen.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&mut Reader) -> Result<T, Failure>) -> Result<T, StoreError> {
        self.read_one(|reader| {
            begin(reader)?;
            let answer = read(reader);
            let ended = end(reader);
            answer.and_then(|answer| ended.map(|()| answer))
        })
    }

    /// Like [`Pool::read`], for a read of one statement, which sees one state by itself.
    pub(crate) fn read_one<T>(&self, read: impl FnOnce(&mut Reader) -> Result<T, Failure>) -> Result<T, StoreError> {
        let mut lent = Lent { reader: Some(self.take()?), pool: self };
        let reader = lent.reader.as_mut().expect("it is given back on drop only");
        read(reader).map_err(|error| StoreError::sqlite(&self.path, error))
    }

    fn take(&self) -> Result<Reader, StoreError> {
        let mut idle = self.idle();
        loop {
            if let Some(reader) = idle.readers.pop() {
                return Ok(reader);
            }
            if idle.opened < READERS {
                idle.opened += 1;
                drop(idle);
                return open(&self.path).inspect_err(|_| {
                    self.idle().opened -= 1;
                    self.freed.notify_one();
                });
            }
            idle = self.freed.wait(idle).expect("no thread panics while it holds the pool");
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().expect("no thread panics while it holds the pool")
    }
}

fn begin(reader: &Reader) -> Result<(), Failure> {
    reader.conn.prepare_cached("BEGIN")?.execute([])?;
    Ok(())
}

fn end(reader: &Reader) -> Result<(), Failure> {
    reader.conn.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

/// Gives the reader back, also when the read panics.
struct Lent<'a> {
    reader: Option<Reader>,
    pool: &'a Pool,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let reader = self.reader.take().expect("it is given back once");
        let mut idle = self.pool.idle();
        if reader.conn.is_autocommit() {
            idle.readers.push(reader);
        } else {
            // A read that panicked left its transaction open; the connection goes with it.
            idle.opened -= 1;
        }
        drop(idle);
        self.pool.freed.notify_one();
    }
}

fn open(path: &Path) -> Result<Reader, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(Duration::from_secs(5))?;
        conn.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        conn.pragma_update(None, "mmap_size", MAPPED)?;
        conn.set_prepared_statement_cache_capacity(64);
        Ok(Reader { conn, names: Names::default(), decoder: Decoder::new() })
    };
    open().map_err(|error: rusqlite::Error| StoreError::sqlite(path, error.into()))
}
