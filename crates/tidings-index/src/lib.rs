//! The tantivy index: a follower of the log, and search over what it has read.
//!
//! [`Index`] keeps one document for each finding, made from the finding's latest
//! log entry. Text lives once, in the store: the index holds terms, positions and
//! fast fields alone, so it can be deleted and rebuilt from the log at any time.
//! Its checkpoint (epoch and log number) lies in the payload of the tantivy commit
//! that it is the checkpoint of, so the two cannot part.
//!
//! The write side is [`Index::apply`], [`Index::commit`] and [`Index::rest`], called
//! by one follower thread; the read side is [`Index::search`], called by any.
//! What a query word matches is decided in `tidings-text`, by whose rules terms are
//! looked up and highlights are drawn; what a field is of a finding, in `tidings-query`.

mod analyser;
mod answer;
mod checkpoint;
mod collapse;
mod collect;
mod compile;
mod cursor;
mod document;
mod draft;
mod error;
mod expand;
mod filters;
mod follower;
mod index;
mod pins;
mod places;
mod rebuild;
mod removal;
mod request;
mod schema;
mod search;
mod snippet;
mod spans;
mod timeline;
mod times;
mod verify;
mod writer;

pub use analyser::{ANALYSER, Analyser, FIELD_BREAK};
pub use answer::{Bucket, FacetCount, Hit, QueryEcho, SearchAnswer};
pub use checkpoint::Checkpoint;
pub use error::{IndexError, SearchError};
pub use filters::{FilterName, Filters};
pub use index::{Index, Opened, RebuildReason};
pub use rebuild::Progress;
pub use request::{Interval, MAX_LIMIT, MatchMode, SearchRequest, Sort};
pub use schema::schema;
pub use verify::Difference;
