//! Wire messages between daemon and plugin, version 1, and the manifest.
//!
//! One JSON object a line in both directions. Each side numbers its own requests;
//! a reply carries the same `id` and exactly one of `result` and `error`; a message
//! without `id` is a notification. Unknown fields are ignored on both sides, so
//! that a minor version may add some. The same payloads cross the C ABI.
//!
//! Types only: framing, timers and policy belong to `tidings-plugins` (daemon) and
//! `tidings-plugin-host` and `tidings-sdk` (plugin).

mod error;
mod finding;
mod manifest;
mod message;
pub mod recording;

pub use error::{Error, ErrorData, code};
pub use finding::{Change, Engagement, FieldChange, Finding, Outcome, Thread};
pub use manifest::{
    Capabilities, Detect, Entry, Example, HostPoliteness, Manifest, ManifestError, PluginKind, Politeness, Schedule,
};
pub use message::{
    Auth, Cancel, EmitAnswer, FetchAnswer, FetchAs, FetchMany, FetchRequest, FetchResponse, FolderFile, FolderList,
    FolderPart, FolderRead, Hello, Id, Level, Limits, LogLine, Message, Method, Progress, Reply, RunReport, RunRequest,
    Sandbox, Seen, SeenAnswer, Skip, Snapshot, SnapshotKey, SnapshotPut, SnapshotPutAnswer, StateKey, StateSet,
    StateValue, Welcome,
};

/// The protocol version that this crate speaks.
pub const PROTOCOL: u32 = 1;
/// Longest line that a plugin may write, in bytes.
pub const MAX_LINE_FROM_PLUGIN: usize = 1 << 20;
/// Longest line that the daemon writes, in bytes.
pub const MAX_LINE_FROM_DAEMON: usize = 32 << 20;
/// Longest `text` of a finding, in bytes; the SDK cuts there and sets `truncated`.
pub const MAX_TEXT: usize = 256 << 10;
/// Most requests of one `fetch_many`.
pub const MAX_FETCH_MANY: usize = 16;
