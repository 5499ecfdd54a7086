//! The handle to the archive: opening it, and who may write.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tokio::sync::watch;
use uuid::Uuid;

use crate::error::Failure;
use crate::ids::Ids;
use crate::lock::DirLock;
use crate::pool::{Pool, Reader};
use crate::writer::WriterThread;
use crate::{Epoch, LogNumber, StoreError, schema};

/// Name of the database in the data directory.
const DATABASE: &str = "archive.db";
/// Name of the file that the writing process holds locked.
const LOCK: &str = "archive.lock";

/// The archive. Clones share one writer thread and one pool of readers; all calls
/// block, reads for microseconds, writes until they are durable.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.inner.path)
            .field("epoch", &self.inner.epoch)
            .finish_non_exhaustive()
    }
}

struct Inner {
    path: PathBuf,
    epoch: Epoch,
    pool: Pool,
    ids: Ids,
    // Fields are dropped in this order: the last write has ended before the lock goes.
    writer: Option<WriterThread>,
    _lock: Option<DirLock>,
}

impl Store {
    /// Opens the archive in `dir` for writing; makes both if there is none yet.
    ///
    /// An archive of an older program is brought up to date. What a killed process
    /// had committed is all there; nothing needs repair.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] while another process has it open for writing,
    /// [`StoreError::NewerSchema`] (the database is left untouched),
    /// [`StoreError::ReadOnly`], [`StoreError::DiskFull`], [`StoreError::Corrupt`].
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        make_dir(dir)?;
        let lock = DirLock::take(&dir.join(LOCK))?;
        Self::open_writer(dir, Some(lock))
    }

    /// Opens the archive in `dir` for a small write beside a running daemon, such as
    /// a key; makes it if there is none yet. Findings are for the one process that
    /// has called [`Store::open`].
    ///
    /// # Errors
    ///
    /// As [`Store::open`], save that another process is no hindrance.
    pub fn open_beside(dir: &Path) -> Result<Self, StoreError> {
        make_dir(dir)?;
        Self::open_writer(dir, None)
    }

    fn open_writer(dir: &Path, lock: Option<DirLock>) -> Result<Self, StoreError> {
        let path = dir.join(DATABASE);
        if path.try_exists().map_err(|error| StoreError::io(&path, error))? {
            schema::refuse_newer(&path)?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> Result<_, Failure> {
            let mut conn = Connection::open_with_flags(&path, flags)?;
            // SQLite opens a file that it may not write for reading, and says so at the first write only.
            if conn.is_readonly("main")? {
                return Err(StoreError::ReadOnly { path: path.clone() }.into());
            }
            schema::migrate(&mut conn)?;
            let epoch = read_epoch(&conn)?.map_or_else(|| write_epoch(&conn), Ok)?;
            Ok((conn, epoch))
        };
        let (conn, epoch) = open().map_err(|error| StoreError::sqlite(&path, error))?;
        let ids = Ids::default();
        let writer = Some(WriterThread::start(conn, &path, ids.clone())?);
        let pool = Pool::new(&path);
        Ok(Self { inner: Arc::new(Inner { path, epoch, pool, ids, writer, _lock: lock }) })
    }

    /// Opens the archive in `dir` for reading, beside a running daemon or without one.
    /// Writes are refused with [`StoreError::ForReading`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] where there is none, [`StoreError::NewerSchema`],
    /// [`StoreError::OlderSchema`], [`StoreError::Corrupt`].
    pub fn open_read_only(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(DATABASE);
        if !path.try_exists().map_err(|error| StoreError::io(&path, error))? {
            return Err(StoreError::Missing { path: dir.to_owned() });
        }
        schema::refuse_other(&path)?;
        let pool = Pool::new(&path);
        let epoch = pool.read(|reader| {
            read_epoch(&reader.conn)?.ok_or_else(|| Failure::Record("the epoch is missing".to_owned()))
        })?;
        let ids = Ids::default();
        Ok(Self { inner: Arc::new(Inner { path, epoch, pool, ids, writer: None, _lock: None }) })
    }

    /// Which log this is; an index of another epoch must be built anew.
    pub fn epoch(&self) -> Epoch {
        self.inner.epoch
    }

    /// Wakes whoever follows the log when entries are committed.
    ///
    /// # Errors
    ///
    /// [`StoreError::ForReading`] for an archive opened for reading: nobody tells it.
    pub fn watch_head(&self) -> Result<watch::Receiver<LogNumber>, StoreError> {
        Ok(self.writer()?.head().clone())
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&mut Reader) -> Result<T, Failure>) -> Result<T, StoreError> {
        self.inner.pool.read(read)
    }

    pub(crate) fn read_one<T>(&self, read: impl FnOnce(&mut Reader) -> Result<T, Failure>) -> Result<T, StoreError> {
        self.inner.pool.read_one(read)
    }

    pub(crate) fn ids(&self) -> &Ids {
        &self.inner.ids
    }

    pub(crate) fn writer(&self) -> Result<&WriterThread, StoreError> {
        self.inner.writer.as_ref().ok_or_else(|| StoreError::ForReading { path: self.inner.path.clone() })
    }
}

/// For this user alone: it holds what people wrote, and the hashes of keys.
fn make_dir(dir: &Path) -> Result<(), StoreError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| StoreError::io(dir, error))
}

fn read_epoch(conn: &Connection) -> Result<Option<Epoch>, Failure> {
    let sql = "SELECT value FROM meta WHERE key = 'epoch'";
    let epoch: Option<Vec<u8>> = conn.query_row(sql, [], |row| row.get(0)).optional()?;
    let epoch = epoch.map(|bytes| Uuid::from_slice(&bytes)).transpose();
    Ok(epoch.map_err(|error| Failure::record("epoch", error))?.map(Epoch))
}

fn write_epoch(conn: &Connection) -> Result<Epoch, Failure> {
    let epoch = Uuid::new_v4();
    conn.execute("INSERT INTO meta (key, value) VALUES ('epoch', ?1)", [epoch.as_bytes().as_slice()])?;
    Ok(Epoch(epoch))
}
