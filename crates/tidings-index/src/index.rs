//! The index on disk: opened, judged, shared between one writer and many readers.

use std::fmt;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tantivy::directory::error::{OpenDirectoryError, OpenReadError};
use tantivy::store::Compressor;
use tantivy::{IndexReader, IndexSettings, ReloadPolicy, TantivyError};
use tidings_model::Clock;
use tidings_store::{Epoch, LogNumber};

use crate::IndexError;
use crate::analyser::{ANALYSER, Analyser};
use crate::checkpoint::{Checkpoint, Payload};
use crate::follower::Writing;
use crate::pins::Pins;
use crate::schema::{self, FORMAT, Fields};
use crate::writer::Writer;

/// The searchable copy of the log's findings. Clones share it.
#[derive(Clone)]
pub struct Index {
    pub(crate) shared: Arc<Shared>,
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

pub(crate) struct Shared {
    pub(crate) path: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) fields: Fields,
    pub(crate) pins: Mutex<Pins>,
    state: RwLock<State>,
    /// `None` where the index was opened for reading only.
    writing: Option<Mutex<Writing>>,
}

enum State {
    Live(Live),
    Broken(RebuildReason),
}

/// What a search needs of an index that serves.
#[derive(Clone)]
pub(crate) struct Live {
    pub(crate) index: tantivy::Index,
    pub(crate) reader: IndexReader,
    pub(crate) checkpoint: Checkpoint,
    /// Tells the searchers of this opening from those of any other, in cursors.
    pub(crate) instance: i64,
}

/// How [`Index::open`] found the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It serves, and follows on from its checkpoint.
    Ready(Checkpoint),
    /// Searches fail until [`Index::rebuild`] has run.
    MustRebuild(RebuildReason),
}

/// Why an index cannot serve as it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RebuildReason {
    #[error("it follows log {found}, but this archive's is {expected}")]
    OtherEpoch { found: Epoch, expected: Epoch },
    #[error("its format is not this version's")]
    OtherFormat,
    #[error("it is damaged ({detail})")]
    Corrupt { detail: String },
}

impl Index {
    /// Opens the index in `path` for the log of `epoch`; makes an empty one where there is none.
    ///
    /// An index that cannot serve is opened too, so that the daemon can start and
    /// rebuild it; the second value says so.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or written.
    pub fn open(path: &Path, epoch: Epoch, clock: Arc<dyn Clock>) -> Result<(Self, Opened), IndexError> {
        for leftover in [rebuild_path(path), replaced_path(path)] {
            remove_folder(&leftover)?;
        }
        let is_new = match fs::read_dir(path) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(source) => return Err(IndexError::Io { action: "read", path: path.to_owned(), source }),
        };
        if is_new {
            create(path, epoch)?;
        }
        let (state, opened) = match open_live(path, Some(epoch), &*clock)? {
            Ok(live) => {
                let checkpoint = live.checkpoint;
                (State::Live(live), Opened::Ready(checkpoint))
            }
            Err(reason) => (State::Broken(reason.clone()), Opened::MustRebuild(reason)),
        };
        let log = if let Opened::Ready(checkpoint) = opened { checkpoint.log } else { LogNumber(0) };
        let writing = Mutex::new(Writing::new(epoch, log));
        Ok((Self::new(path, clock, state, Some(writing)), opened))
    }

    /// Opens the index in `path` for searches only, beside the daemon that writes it.
    ///
    /// # Errors
    ///
    /// When there is no index, or one that must be rebuilt.
    pub fn reader_only(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, IndexError> {
        if !path.join("meta.json").is_file() {
            return Err(IndexError::Missing { path: path.to_owned() });
        }
        match open_live(path, None, &*clock)? {
            Ok(live) => Ok(Self::new(path, clock, State::Live(live), None)),
            Err(reason) => Err(IndexError::MustRebuild { path: path.to_owned(), reason }),
        }
    }

    fn new(path: &Path, clock: Arc<dyn Clock>, state: State, writing: Option<Mutex<Writing>>) -> Self {
        let (_, fields) = schema::build();
        let shared =
            Shared { path: path.to_owned(), clock, fields, pins: Mutex::default(), state: RwLock::new(state), writing };
        Self { shared: Arc::new(shared) }
    }

    /// How far the searchable index has read the log.
    ///
    /// # Errors
    ///
    /// When it must be rebuilt.
    pub fn checkpoint(&self) -> Result<Checkpoint, IndexError> {
        Ok(self.live()?.checkpoint)
    }

    /// How many findings can be found.
    ///
    /// # Errors
    ///
    /// When the index must be rebuilt.
    pub fn count(&self) -> Result<u64, IndexError> {
        Ok(self.live()?.reader.searcher().num_docs())
    }

    pub(crate) fn live(&self) -> Result<Live, IndexError> {
        match &*self.shared.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Live(live) => Ok(live.clone()),
            State::Broken(reason) => {
                Err(IndexError::MustRebuild { path: self.shared.path.clone(), reason: reason.clone() })
            }
        }
    }

    pub(crate) fn set_live(&self, live: Live) {
        *self.shared.state.write().unwrap_or_else(PoisonError::into_inner) = State::Live(live);
    }

    pub(crate) fn writing(&self) -> Result<MutexGuard<'_, Writing>, IndexError> {
        let writing = self.shared.writing.as_ref().ok_or(IndexError::ReadOnly)?;
        Ok(writing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn tantivy_error(&self, source: TantivyError) -> IndexError {
        IndexError::from_tantivy(self.shared.path.clone(), source)
    }
}

/// Where a rebuild writes until it is done.
pub(crate) fn rebuild_path(path: &Path) -> PathBuf {
    with_suffix(path, "rebuild")
}

/// Where the index that a rebuild replaces lies for a moment.
pub(crate) fn replaced_path(path: &Path) -> PathBuf {
    with_suffix(path, "replaced")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

pub(crate) fn remove_folder(path: &Path) -> Result<(), IndexError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(IndexError::Io { action: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Makes an empty index at log number 0 of `epoch`.
pub(crate) fn create(path: &Path, epoch: Epoch) -> Result<tantivy::Index, IndexError> {
    fs::create_dir_all(path).map_err(|source| IndexError::Io { action: "create", path: path.to_owned(), source })?;
    let from_tantivy = |source| IndexError::from_tantivy(path.to_owned(), source);
    let (schema, fields) = schema::build();
    let settings = IndexSettings {
        // Nothing is stored, so there is nothing to compress.
        docstore_compression: Compressor::None,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    };
    let index =
        tantivy::Index::builder().schema(schema).settings(settings).create_in_dir(path).map_err(from_tantivy)?;
    index.tokenizers().register(ANALYSER, Analyser::default());
    Writer::open(&index, path, fields)?.commit(Checkpoint { epoch, log: LogNumber(0) })?;
    Ok(index)
}

/// Opens what lies in `path` and judges whether it serves the log of `epoch`
/// (any log, where none is given).
pub(crate) fn open_live(
    path: &Path,
    epoch: Option<Epoch>,
    clock: &dyn Clock,
) -> Result<Result<Live, RebuildReason>, IndexError> {
    // Tantivy panics on some damaged files, e.g. on one shorter than its own footer.
    let opened = catch_unwind(AssertUnwindSafe(|| try_open(path, epoch, clock)));
    let Ok(opened) = opened else {
        return Ok(Err(RebuildReason::Corrupt { detail: "a file of it cannot be read".to_owned() }));
    };
    match opened {
        Ok(live) => Ok(live),
        Err(error) if is_damage(&error) => Ok(Err(RebuildReason::Corrupt { detail: error.to_string() })),
        Err(source) => Err(IndexError::from_tantivy(path.to_owned(), source)),
    }
}

fn try_open(path: &Path, epoch: Option<Epoch>, clock: &dyn Clock) -> Result<Result<Live, RebuildReason>, TantivyError> {
    let index = tantivy::Index::open_in_dir(path)?;
    let payload = index.load_metas()?.payload;
    let payload = payload.as_deref().and_then(Payload::read);
    let (schema, _) = schema::build();
    let Some(Payload { format: FORMAT, checkpoint }) = payload.filter(|_| index.schema() == schema) else {
        return Ok(Err(RebuildReason::OtherFormat));
    };
    if let Some(expected) = epoch.filter(|expected| *expected != checkpoint.epoch) {
        return Ok(Err(RebuildReason::OtherEpoch { found: checkpoint.epoch, expected }));
    }
    index.tokenizers().register(ANALYSER, Analyser::default());
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok(Ok(Live { index, reader, checkpoint, instance: clock.now().as_microsecond() }))
}

/// Whether the files themselves are at fault, not the access to them.
fn is_damage(error: &TantivyError) -> bool {
    match error {
        TantivyError::IoError(error) => {
            matches!(error.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof)
        }
        TantivyError::OpenReadError(OpenReadError::IoError { .. })
        | TantivyError::OpenDirectoryError(
            OpenDirectoryError::IoError { .. } | OpenDirectoryError::FailedToCreateTempDir(_),
        )
        | TantivyError::LockFailure(..)
        | TantivyError::SystemError(_) => false,
        _ => true,
    }
}
