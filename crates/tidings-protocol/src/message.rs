//! The messages, both ways.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{Error, Outcome};

/// Number that its sender gave a request.
pub type Id = u64;

/// One line, in either direction, before its payload is looked at.
#[derive(Debug, Serialize, Deserialize)]
pub struct Message {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// Present on requests and notifications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}

/// Result or error of a request.
pub type Reply<T> = Result<T, Error>;

/// The names of the methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    // plugin to daemon
    Hello,
    Fetch,
    FetchMany,
    Emit,
    Seen,
    StateGet,
    StateSet,
    Commit,
    SnapshotLatest,
    SnapshotPut,
    FolderList,
    FolderRead,
    // plugin to daemon, notifications
    Skip,
    Log,
    Progress,
    // daemon to plugin
    Describe,
    Run,
    // daemon to plugin, notification
    Cancel,
}

impl Method {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Hello, "hello"),
        (Self::Fetch, "fetch"),
        (Self::FetchMany, "fetch_many"),
        (Self::Emit, "emit"),
        (Self::Seen, "seen"),
        (Self::StateGet, "state.get"),
        (Self::StateSet, "state.set"),
        (Self::Commit, "commit"),
        (Self::SnapshotLatest, "snapshot.latest"),
        (Self::SnapshotPut, "snapshot.put"),
        (Self::FolderList, "folder.list"),
        (Self::FolderRead, "folder.read"),
        (Self::Skip, "skip"),
        (Self::Log, "log"),
        (Self::Progress, "progress"),
        (Self::Describe, "describe"),
        (Self::Run, "run"),
        (Self::Cancel, "cancel"),
    ];

    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(method, _)| *method == self).map_or("", |(_, name)| name)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(method, _)| *method)
    }
}

/// `hello`: the first thing a plugin says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Lowest and highest protocol version it speaks.
    pub protocol: [u32; 2],
    pub sdk: String,
    #[serde(default)]
    pub features: Vec<String>,
}

/// Answer to `hello`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    pub protocol: u32,
    pub daemon: String,
    #[serde(default)]
    pub features: Vec<String>,
    pub limits: Limits,
    #[serde(default)]
    pub sandbox: Sandbox,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub cpu_s: u64,
    pub data_mb: u64,
    pub max_line: usize,
}

/// What the sandbox really enforces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sandbox {
    /// `full`, `partial` or `none`.
    pub landlock: String,
    pub seccomp: bool,
}

/// `run`: one visit of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    pub run_id: String,
    pub source: String,
    pub params: Value,
    pub now: Timestamp,
    pub reason: String,
    pub deadline_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Timestamp>,
    #[serde(default)]
    pub dry_run: bool,
}

/// Result of `run`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Nothing was found, and nothing was to be expected.
    pub expected_empty: bool,
    /// There is more: run again at once, if this run brought something new or changed.
    pub more: bool,
    /// What was read does not follow from the entry requests, e.g. a feed that was found
    /// through a page: that they are unchanged says nothing about it, so the next run starts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub beyond_entry: bool,
}

/// `fetch`: one request, made by the daemon.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FetchRequest {
    /// `GET` (when empty), `HEAD`, or `POST` where the manifest says `post`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    pub url: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Body of a `POST`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// An answer of this age, in seconds, will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_s: Option<u64>,
    #[serde(rename = "as")]
    pub as_: FetchAs,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
}

/// How a body travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FetchAs {
    /// Decoded to UTF-8.
    #[default]
    Text,
    /// As text; the plugin reads it as JSON.
    Json,
    /// In base 64.
    Bytes,
}

/// A secret that the daemon adds; the plugin never sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auth {
    pub secret: String,
    /// `bearer`, `basic`, or the name of a header.
    pub scheme: String,
}

/// Result of `fetch`. A 4xx or 5xx is a result, not an error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FetchResponse {
    pub url: String,
    /// Where redirects ended.
    pub final_url: String,
    pub status: u16,
    /// Names in lower case; repeated ones joined by `, `.
    pub headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_b64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    pub from_cache: bool,
    /// Same body as at the last good run.
    pub unchanged: bool,
    /// What told a block page apart, where the answer is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched_at: Option<Timestamp>,
}

/// `fetch_many`: at most [`crate::MAX_FETCH_MANY`] requests. The answer is an array
/// of `{"result"}` and `{"error"}` objects in the order asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FetchMany {
    pub requests: Vec<FetchRequest>,
}

/// Answer to `emit`, whose params are a [`Finding`](crate::Finding).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmitAnswer {
    pub outcome: Outcome,
}

/// `seen`: which of these keys (or URLs) are covered already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub keys: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenAnswer {
    /// In the order asked.
    pub seen: Vec<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateKey {
    pub key: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateSet {
    pub key: String,
    pub value: Value,
}

/// Answer to `state.get`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StateValue {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// `snapshot.latest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotKey {
    pub key: String,
}

/// A stored state of a watched page. Answer to `snapshot.latest`: this, or `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    pub id: String,
    pub text: String,
    pub facts: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<Timestamp>,
}

/// `snapshot.put`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SnapshotPut {
    pub key: String,
    pub text: String,
    pub facts: Value,
    /// A further part of the text put just before under this key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub append: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotPutAnswer {
    pub id: String,
}

/// Answer to `folder.list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderList {
    pub files: Vec<FolderFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderFile {
    pub name: String,
    pub size: u64,
    pub modified: Timestamp,
}

/// `folder.read`: a part of a file from `offset`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderRead {
    pub name: String,
    #[serde(default)]
    pub offset: u64,
}

/// Answer to `folder.read`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderPart {
    pub body_b64: String,
    /// Where the next part begins; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_offset: Option<u64>,
}

/// `skip`: one item that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Skip {
    pub url: String,
    pub reason: String,
}

/// `log`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    pub level: Level,
    #[serde(rename = "msg")]
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

/// `progress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

/// `cancel`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    pub reason: String,
}

impl Message {
    /// A request with `id`, or a notification without.
    ///
    /// # Errors
    ///
    /// When `params` cannot be written as JSON, e.g. a map whose keys are no strings.
    pub fn call(id: Option<Id>, method: Method, params: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id,
            method: Some(method.as_str().to_owned()),
            params: Some(serde_json::value::to_raw_value(params)?),
            result: None,
            error: None,
        })
    }

    /// The reply to request `id`.
    ///
    /// # Errors
    ///
    /// As [`Message::call`].
    pub fn reply(id: Id, reply: Reply<impl Serialize>) -> Result<Self, serde_json::Error> {
        let (result, error) = match reply {
            Ok(result) => (Some(serde_json::value::to_raw_value(&result)?), None),
            Err(error) => (None, Some(error)),
        };
        Ok(Self { id: Some(id), method: None, params: None, result, error })
    }
}

impl From<Reply<FetchResponse>> for FetchAnswer {
    fn from(reply: Reply<FetchResponse>) -> Self {
        match reply {
            Ok(result) => Self { result: Some(result), error: None },
            Err(error) => Self { result: None, error: Some(error) },
        }
    }
}

/// One answer inside the array that answers `fetch_many`: exactly one of the two.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FetchAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<FetchResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}
