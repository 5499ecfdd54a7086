//! A changed taxonomy on its way into force.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tidings_match::TaxonomyError;
use tidings_match::taxonomy_file::{FileText, TaxonomyFileError};
use tidings_store::{Author, StoreError, TaxonomyChange};

use crate::Engine;
use crate::retag::Task;
use crate::taxonomy::made::{pointer, steps_to};
use crate::taxonomy::merged::{is_in_made, reason};
use crate::taxonomy::{Differences, Made, Merged, TakeUpError, Understanding};

/// What a new taxonomy has led to.
#[derive(Clone, Debug, Serialize)]
pub struct TaxonomyPut {
    /// The version in force; the one before where nothing differs.
    pub version: u64,
    #[serde(flatten)]
    pub changes: Differences,
    /// The task that tags the archive by it, as long as that lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
}

/// Why a taxonomy cannot be put in force.
#[derive(Debug, thiserror::Error)]
pub enum TaxonomyFault {
    /// What is defined in a file is changed there.
    #[error("{what} is defined in {}, line {line}; change it there", file.display())]
    DefinedInFile { what: String, file: std::path::PathBuf, line: usize },
    /// A file names what would no longer be there.
    #[error("{0}; it needs what this taxonomy no longer has")]
    NeededByFile(TaxonomyFileError),
    #[error("{}", if *.is_from_json { reason(.error) } else { in_body(.error) })]
    Wrong {
        error: TaxonomyFileError,
        /// Where, as a JSON pointer.
        pointer: Option<String>,
        is_from_json: bool,
    },
    #[error("the taxonomy cannot be used")]
    Unusable(#[from] TaxonomyError),
    #[error("version {base} is not in force any more, version {latest} is; read it again, and change that")]
    Changed { base: u64, latest: u64 },
    #[error("another preview is being made")]
    Busy,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The error with its line and column alone, for there is no file.
fn in_body(error: &TaxonomyFileError) -> String {
    let reason = reason(error);
    error.place().map_or(reason.clone(), |place| format!("line {}, column {}: {reason}", place.line, place.column))
}

impl TaxonomyFault {
    /// The right name that is nearest to the one found.
    pub fn nearest(&self) -> Option<&str> {
        match self {
            Self::Wrong { error: TaxonomyFileError::Wrong { nearest, .. }, .. } => nearest.as_deref(),
            _ => None,
        }
    }

    fn of(error: TaxonomyFileError, made: &Made) -> Self {
        if !is_in_made(error.path()) {
            return Self::NeededByFile(error);
        }
        match error {
            TaxonomyFileError::Duplicate { what, first, .. } if !is_in_made(&first.path) => {
                Self::DefinedInFile { what, file: first.path, line: first.line }
            }
            error => {
                let steps = error.place().and_then(|place| steps_to(made.text(), place));
                let pointer = steps.map(|steps| pointer(&steps));
                Self::Wrong { error, pointer, is_from_json: made.is_from_json() }
            }
        }
    }
}

impl Engine {
    /// Puts `made` on top of the configuration's files, in place of what was made before.
    /// Where the taxonomy then differs, the archive is tagged again in the background.
    /// `base`, where given, is the version that the caller has seen. Blocks on the store.
    ///
    /// # Errors
    ///
    /// When it does not fit, `base` is not in force any more, or the store refuses: then
    /// the taxonomy in force stays.
    pub fn put_taxonomy(&self, made: &Made, base: Option<u64>, author: Author) -> Result<TaxonomyPut, TaxonomyFault> {
        let _turn = self.inner.taxonomy_turn();
        let before = self.inner.understanding();
        let latest = before.tagger.version();
        if let Some(base) = base.filter(|base| *base != latest) {
            return Err(TaxonomyFault::Changed { base, latest });
        }
        let merged = proposed(&before, made)?;
        let changes = differences(&before.merged, &merged);
        let store = &self.inner.parts.store;
        // Made ready before it is in force.
        let understanding = Understanding::next(merged, store.taxonomy()?.as_ref())?;
        let merged = &understanding.merged;
        let set = store.set_taxonomy(TaxonomyChange {
            base: latest,
            json: merged.json(),
            made: Some(merged.made().to_owned()),
            author,
            at: self.now(),
        })?;
        self.inner.set_understanding(Arc::new(understanding));
        Ok(TaxonomyPut { version: set.version, changes, task: set.pass.map(Task::from) })
    }

    /// Puts `files` in force, under what was made through the API. Blocks on the store.
    ///
    /// # Errors
    ///
    /// As [`Understanding::take_up`]; then the taxonomy in force stays.
    pub fn reload_taxonomy(&self, files: Vec<FileText>) -> Result<(), TakeUpError> {
        let _turn = self.inner.taxonomy_turn();
        let understanding = Understanding::take_up(&self.inner.parts.store, files, self.now())?;
        self.inner.set_understanding(understanding);
        Ok(())
    }
}

/// The taxonomy with `made` on top.
pub(crate) fn proposed(now: &Understanding, made: &Made) -> Result<Merged, TaxonomyFault> {
    let read = now.merged.with_made(made.text().to_owned());
    read.map_err(|error| TaxonomyFault::of(error, made))
}

pub(crate) fn differences(old: &Merged, new: &Merged) -> Differences {
    let value = |merged: &Merged| -> Value {
        serde_json::to_value(merged.taxonomy()).expect("a taxonomy has string keys only")
    };
    Differences::between(&value(old), &value(new))
}
