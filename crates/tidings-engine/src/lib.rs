//! The pipeline: what is due is run, what runs emit is committed, what is
//! committed reaches the index.
//!
//! [`Engine`] holds the sources and runs them; [`Ingest`] is one run's way into
//! the log; [`follow`] is the index's way out of it. The engine knows no file
//! format and no HTTP: configuration and API hand it [`SourceConfig`]s.

mod alert_preview;
mod calls;
mod clues;
mod ends;
mod engine;
mod follower;
mod habit;
mod health;
mod ingest;
#[cfg(test)]
mod moved_clock;
mod normalise;
mod retag;
mod run;
mod slot;
mod source;
mod status;
mod taxonomy;
mod visitor;

pub use alert_preview::{AlertPreview, Feeders, SpanCount, preview_alert};
pub use clues::clues;
pub use engine::{Configured, Engine, EngineError, Parts, Reloaded, SourceFault, check_source};
pub use follower::{IndexFeed, IndexState, follow};
pub use health::sentence as health_sentence;
pub use ingest::Ingest;
pub use normalise::{Origin, Refused};
pub use retag::{RetagError, Task, TaskState, retag_archive};
pub use source::{RobotsMode, SecretError, SourceConfig};
pub use status::{HealthStatus, Place, SourceStatus};
pub use taxonomy::{
    Differences, Effect, EntryChange, Example, InvalidMade, KeyChange, Made, Merged, PREVIEW_WITHIN, PastTaxonomy,
    Preview, SetAside, TakeUpError, TaxonomyFault, TaxonomyPut, TaxonomyView, Understanding,
};
pub use visitor::Visitor;
