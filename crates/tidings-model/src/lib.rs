//! The domain of Tidings: what a finding is, where it comes from, and how it is
//! tagged.
//!
//! Pure types and pure functions. Nothing here reads a file, a clock or the
//! network (save [`SystemClock`], the one place where time enters). The words are
//! those of the public contract; the JSON shape of [`Finding`] is the one that
//! the API, exports and webhooks answer with.

mod clock;
mod clues;
mod duration;
mod finding;
mod id;
mod nearest;
mod run;
mod size;
mod story;
mod story_address;
mod tag;
mod taxonomy;
mod url_key;

pub use clock::{Clock, ManualClock, SystemClock};
pub use clues::{Class, Clues, SKETCH_BINS, Tie};
pub use duration::{InvalidDuration, MAX_DURATION, format_duration, human_duration, parse_duration};
pub use finding::{Change, Engagement, FieldChange, Finding, Kind, Mark, MarkState, PageType, Thread, UnknownWord};
pub use id::{AlertId, CompetitorId, Dimension, FindingId, InvalidId, LabelId, Lang, PluginId, SourceId};
pub use nearest::nearest;
pub use run::{Counts, Health, RunError, RunReason, RunRecord, SkippedItem};
pub use size::{ByteSize, InvalidByteSize};
pub use story::{HeadReason, StoryId, StoryRef};
pub use story_address::story_address;
pub use tag::{CompetitorTag, Evidence, EvidenceList, Field, InvalidField, Severity, Tag, Tier};
pub use taxonomy::{Competitor, Exclusion, Label, NameRules, Own, OwnSites, Phrase, SeverityRule, Taxonomy};
pub use url_key::{canonical_url, site_of, url_key};

pub use jiff::Timestamp;
pub use url::Url;
