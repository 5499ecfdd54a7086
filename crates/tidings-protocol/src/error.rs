//! Errors as they cross the wire.

use serde::{Deserialize, Serialize};

/// Why a call or a run failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Error {
    /// One of [`code`], e.g. `fetch.robots_denied`.
    pub code: String,
    pub message: String,
    /// Whether the same call may succeed later without anyone's help.
    #[serde(default)]
    pub retryable: bool,
    #[serde(default, skip_serializing_if = "ErrorData::is_empty")]
    pub data: Box<ErrorData>,
}

/// What a reader needs to act on an error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorData {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The selector that matched nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// JSON pointer into the params.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What told a block page apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// File and line of a panic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Seconds to wait before the next try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

impl ErrorData {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Error {
    /// An error with `code`; whether it may be retried follows from the code.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            retryable: code::is_retryable(code),
            data: Box::default(),
        }
    }

    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>) -> Self {
        self.data.url = Some(url.into());
        self
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Error {}

/// The error codes of protocol 1.
pub mod code {
    pub const LOAD_NOT_A_PLUGIN: &str = "load.not_a_plugin";
    pub const LOAD_ABI_MISMATCH: &str = "load.abi_mismatch";
    pub const LOAD_DLOPEN: &str = "load.dlopen";
    pub const LOAD_DESCRIBE_FAILED: &str = "load.describe_failed";
    pub const CONFIG_INVALID: &str = "config.invalid";
    pub const PROTOCOL_HANDSHAKE_TIMEOUT: &str = "protocol.handshake_timeout";
    pub const PROTOCOL_VERSION: &str = "protocol.version";
    pub const PROTOCOL_STDOUT_NOISE: &str = "protocol.stdout_noise";
    pub const PROTOCOL_BAD_MESSAGE: &str = "protocol.bad_message";
    pub const PROTOCOL_LINE_TOO_LONG: &str = "protocol.line_too_long";
    pub const PROTOCOL_UNSUPPORTED: &str = "protocol.unsupported";
    pub const FETCH_ROBOTS_DENIED: &str = "fetch.robots_denied";
    pub const FETCH_HOST_NOT_ALLOWED: &str = "fetch.host_not_allowed";
    pub const FETCH_SSRF_BLOCKED: &str = "fetch.ssrf_blocked";
    pub const FETCH_TOO_LARGE: &str = "fetch.too_large";
    pub const FETCH_REDIRECTS: &str = "fetch.redirects";
    pub const FETCH_MALFORMED: &str = "fetch.malformed";
    pub const FETCH_BUDGET_EXHAUSTED: &str = "fetch.budget_exhausted";
    pub const FETCH_DNS: &str = "fetch.dns";
    pub const FETCH_CONNECT: &str = "fetch.connect";
    pub const FETCH_TLS: &str = "fetch.tls";
    pub const FETCH_TIMEOUT: &str = "fetch.timeout";
    pub const FETCH_DEFERRED: &str = "fetch.deferred";
    pub const FETCH_RATE_LIMITED: &str = "fetch.rate_limited";
    pub const HTTP_STATUS: &str = "http.status";
    pub const HTTP_BLOCKED: &str = "http.blocked";
    pub const PLUGIN_ERROR: &str = "plugin.error";
    pub const PLUGIN_PARSE: &str = "plugin.parse";
    pub const PLUGIN_EMPTY: &str = "plugin.empty";
    pub const PLUGIN_PANIC: &str = "plugin.panic";
    pub const CRASH_SIGNAL: &str = "crash.signal";
    pub const CRASH_OOM: &str = "crash.oom";
    pub const CRASH_STACK_OVERFLOW: &str = "crash.stack_overflow";
    pub const CRASH_CPU: &str = "crash.cpu";
    pub const CRASH_EXIT_WITHOUT_RESULT: &str = "crash.exit_without_result";
    pub const TIMEOUT_WALL: &str = "timeout.wall";
    pub const TIMEOUT_STALL: &str = "timeout.stall";
    pub const CANCELLED: &str = "cancelled";

    /// Whether a run that fails with `code` is repeated after a backoff rather
    /// than put aside until its plugin or params change.
    pub fn is_retryable(code: &str) -> bool {
        match code {
            FETCH_DNS | FETCH_CONNECT | FETCH_TLS | FETCH_TIMEOUT | FETCH_DEFERRED | FETCH_RATE_LIMITED => true,
            _ => ["http.", "plugin.", "crash.", "timeout.", "cancelled"].iter().any(|prefix| code.starts_with(prefix)),
        }
    }
}
