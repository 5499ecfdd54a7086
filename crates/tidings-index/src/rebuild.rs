//! The whole index made anew from the log, beside the old one, then put in its place.

use std::fs;
use std::sync::PoisonError;

use tidings_store::{LogNumber, Store};

use crate::checkpoint::Checkpoint;
use crate::follower::Writing;
use crate::index::{create, open_live, rebuild_path, remove_folder, replaced_path};
use crate::writer::Writer;
use crate::{Index, IndexError};

/// Log entries read at once: short reads, so that ingest is not held up.
pub(crate) const PAGE: usize = 64;

/// How far a rebuild has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub done: LogNumber,
    pub total: LogNumber,
}

impl Index {
    /// Builds a fresh index from the log of `store` and swaps it in. Searches go on
    /// over the old one until then; [`Index::apply`] waits.
    ///
    /// # Errors
    ///
    /// When the log cannot be read or the disk refuses; the old index stays then.
    pub fn rebuild(&self, store: &Store, mut progress: impl FnMut(Progress)) -> Result<Checkpoint, IndexError> {
        let mut writing = self.writing()?;
        // Two writers at once would be too much memory, and the old one's work is void.
        *writing = Writing::new(store.epoch(), writing.committed);
        let path = &self.shared.path;
        let fresh = rebuild_path(path);
        remove_folder(&fresh)?;
        let checkpoint = self.build_in(&fresh, store, &mut progress)?;

        let replaced = replaced_path(path);
        remove_folder(&replaced)?;
        let rename = |from: &std::path::Path, to: &std::path::Path| {
            fs::rename(from, to).map_err(|source| IndexError::Io { action: "rename", path: from.to_owned(), source })
        };
        rename(path, &replaced)?;
        rename(&fresh, path)?;
        let live = open_live(path, Some(checkpoint.epoch), &*self.shared.clock)?
            .map_err(|reason| IndexError::MustRebuild { path: path.clone(), reason })?;
        self.set_live(live);
        self.shared.pins.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *writing = Writing::new(checkpoint.epoch, checkpoint.log);
        remove_folder(&replaced)?;
        Ok(checkpoint)
    }

    fn build_in(
        &self,
        fresh: &std::path::Path,
        store: &Store,
        progress: &mut impl FnMut(Progress),
    ) -> Result<Checkpoint, IndexError> {
        let epoch = store.epoch();
        let index = create(fresh, epoch)?;
        let mut writer = Writer::open(&index, fresh, self.shared.fields)?;
        // Fixed here: what comes in meanwhile is the follower's.
        let total = store.head()?;
        let mut done = LogNumber(0);
        while done < total {
            let entries = store.log_after(done, PAGE)?;
            for entry in entries.iter().take_while(|entry| entry.number <= total) {
                writer.apply(entry)?;
                done = entry.number;
            }
            if entries.is_empty() {
                return Err(IndexError::Gap { expected: LogNumber(done.0 + 1), found: total });
            }
            progress(Progress { done, total });
        }
        let checkpoint = Checkpoint { epoch, log: total };
        writer.commit(checkpoint)?;
        writer.finish()?;
        Ok(checkpoint)
    }
}
