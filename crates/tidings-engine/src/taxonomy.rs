//! The taxonomy in force: what the configuration's files say, and on top of them what was
//! made through the API.

mod change;
mod difference;
mod made;
mod merged;
mod preview;
mod view;

use std::sync::Arc;

use jiff::Timestamp;
use tidings_match::taxonomy_file::{FileText, TaxonomyFileError};
use tidings_match::{Tagger, TaxonomyError};
use tidings_model::Dimension;
use tidings_store::{Author, Store, StoreError, TaxonomyChange, TaxonomyVersion};

pub use change::{TaxonomyFault, TaxonomyPut};
pub use difference::{Differences, EntryChange, KeyChange};
pub use made::{InvalidMade, Made};
pub use merged::{Merged, SetAside};
pub use preview::{Effect, Example, PREVIEW_WITHIN, Preview};
pub use view::{PastTaxonomy, TaxonomyView};

/// What findings are understood by: the taxonomy in force.
#[derive(Debug)]
pub struct Understanding {
    pub tagger: Arc<Tagger>,
    /// The dimensions by which findings can be filtered.
    pub dimensions: Vec<Dimension>,
    pub merged: Merged,
}

/// Why the configuration's taxonomy cannot be put in force.
#[derive(Debug, thiserror::Error)]
pub enum TakeUpError {
    #[error(transparent)]
    File(#[from] TaxonomyFileError),
    #[error("the taxonomy cannot be used")]
    Taxonomy(#[from] TaxonomyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Understanding {
    /// # Errors
    ///
    /// When the taxonomy breaks a rule.
    pub fn new(merged: Merged, version: u64) -> Result<Self, TaxonomyError> {
        let taxonomy = merged.taxonomy();
        let tagger = Arc::new(Tagger::new(taxonomy, version)?);
        Ok(Self { tagger, dimensions: taxonomy.dimensions(), merged })
    }

    /// What `merged` will be once it is in force: a version of its own, if it differs from `in_force`.
    pub(crate) fn next(merged: Merged, in_force: Option<&TaxonomyVersion>) -> Result<Self, TaxonomyError> {
        let version = match in_force {
            None => 1,
            Some(in_force) if in_force.json == merged.json() => in_force.version,
            Some(in_force) => in_force.version + 1,
        };
        Self::new(merged, version)
    }

    /// Puts `files` in force, with what was made through the API on top. A taxonomy that
    /// differs from that in force is a new version, and the archive's tags are decided again.
    /// Blocks on the store.
    ///
    /// # Errors
    ///
    /// When a file is wrong, or the store refuses. What was made and does not fit the files
    /// any more is no error: it is set aside, and said so.
    pub fn take_up(store: &Store, files: Vec<FileText>, at: Timestamp) -> Result<Arc<Self>, TakeUpError> {
        let merged = Merged::read(files, store.made_taxonomy()?)?;
        for SetAside { entry, reason } in &merged.set_aside {
            tracing::warn!(entry, reason, "made through the API, but set aside: it does not fit the taxonomy files");
        }
        let in_force = store.taxonomy()?;
        let understanding = Self::next(merged, in_force.as_ref())?;
        store.set_taxonomy(TaxonomyChange {
            base: in_force.map_or(0, |in_force| in_force.version),
            json: understanding.merged.json(),
            made: None,
            author: Author::Config,
            at,
        })?;
        Ok(Arc::new(understanding))
    }
}
