//! The archive: everything that must survive a restart, in one SQLite database.
//!
//! ```no_run
//! # fn main() -> Result<(), tidings_store::StoreError> {
//! use tidings_store::{LogNumber, Store};
//!
//! let store = Store::open("data".as_ref())?;
//! for entry in store.log_after(LogNumber(0), 100)? {
//!     println!("{} {}", entry.number, entry.kind);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The *log* is the truth: numbered, append-only, on disk before [`Store::commit`]
//! returns. What a source remembers of itself is written in the same transaction
//! as the findings it covers, never before. One thread writes, a bounded pool of
//! read-only connections reads; every call blocks, so async callers use
//! `spawn_blocking`, but for [`Store::submit`] and the records of runs, which are awaited. What findings mean, how they are tagged
//! and searched is for other crates.

mod alert;
mod author;
mod codec;
mod commit;
mod compress;
mod cover;
mod crawl;
mod definition;
mod dictionary;
mod error;
mod finding;
mod health_event;
mod ids;
mod integrity;
mod key;
mod lock;
mod log;
mod name;
mod outbox;
mod pool;
mod retag;
mod revision;
mod run;
mod schedule;
mod schema;
mod snapshot;
mod state;
mod store;
mod story;
mod taxonomy;
mod time;
mod writer;

pub use alert::{
    Aim, AlertBatch, AlertChange, AlertNumber, AlertPut, AlertRow, Closing, FoundMatch, Match, MatchNumber, MatchState,
    Told,
};
pub use author::Author;
pub use commit::{Batch, Committed, Incoming, Outcome};
pub use crawl::{CRAWL_KEPT, CrawlEntry, CrawlFilter, CrawlPage};
pub use definition::SourceDefinition;
pub use error::StoreError;
pub use finding::{FindingVersion, Known};
pub use health_event::{HEALTH_EVENTS_KEPT, HealthEvent};
pub use integrity::Integrity;
pub use key::{Key, Role, UnknownRole};
pub use log::{EntryKind, Epoch, LogEntry, LogNumber};
pub use outbox::{AlertCounts, Content, Delivery, DeliveryFilter, DeliveryState, Owed, Then, Tried};
pub use retag::{Decided, PASSES_KEPT, PassState, RetagBatch, RetagPage, RetagPass, Retagged, ToRetag};
pub use revision::Revision;
pub use run::{EndedRun, RUNS_KEPT};
pub use schedule::{Habit, Json, SourceRow};
pub use snapshot::{MAX_SNAPSHOT, SNAPSHOTS_KEPT, Snapshot};
pub use state::{MAX_STATE_KEY, MAX_STATE_KEYS, MAX_STATE_VALUE};
pub use store::Store;
pub use story::{MAX_MEMBERS, StoriesRebuilt, Story, WINDOW_DAYS};
pub use taxonomy::{TaxonomyChange, TaxonomySet, TaxonomyVersion};
pub use writer::Pending;
