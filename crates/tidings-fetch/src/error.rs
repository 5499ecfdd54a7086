//! Why a request gave no answer.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use tidings_model::Timestamp;
use url::Url;

/// Why a request gave no answer. An answer of 4xx or 5xx is none of these.
///
/// URLs in it carry no user name and no password.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("cannot fetch {url}: only http and https with a host can be")]
    UnsupportedUrl { url: Url },
    #[error("the request to {url} may not set the header `{name}`, which is the fetcher's")]
    ReservedHeader { url: Url, name: String },
    #[error("robots.txt disallows {url} for Tidings")]
    Disallowed { url: Url },
    /// Where robots.txt cannot be read, nothing is allowed (RFC 9309, 2.3.1.4).
    #[error("{url} is not allowed while robots.txt of its host cannot be read: {failure}")]
    RobotsUnavailable { url: Url, failure: Box<RobotsFailure>, retry_after: Duration },
    #[error(
        "{url} has the address {address}, which is not of the public internet; \
         `allow_private_networks` in [fetch] may list it"
    )]
    Blocked { url: Url, address: IpAddr },
    #[error("it is not the turn of {url} before {until}, which is too long to wait")]
    RateLimited { url: Url, until: Timestamp, retry_after: Duration },
    #[error("cannot resolve the host of {url}")]
    Dns { url: Url, source: Cause },
    #[error("cannot connect to {url}, or the connection broke")]
    Connect { url: Url, source: Cause },
    #[error("no trusted TLS connection to {url}")]
    Tls { url: Url, source: Cause },
    #[error("{url} took longer than {limit:?} for {phase}")]
    Timeout { url: Url, phase: Phase, limit: Duration },
    #[error("{url} gave no well-formed HTTP answer")]
    Malformed { url: Url, source: Cause },
    #[error("{url} answered in the content encoding `{encoding}`, which was not asked for")]
    UnknownEncoding { url: Url, encoding: String },
    #[error("body of {url} exceeds {limit_bytes} bytes")]
    TooLarge { url: Url, limit_bytes: u64 },
    #[error("{url} leads through more than {limit} redirects")]
    TooManyRedirects { url: Url, limit: u32 },
    #[error("{url} redirects to `{location}`, which cannot be followed")]
    BadRedirect { url: Url, location: String },
}

/// What a library below said.
pub type Cause = Box<dyn Error + Send + Sync>;

/// What a request was waiting for when its time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Connect,
    FirstByte,
    Whole,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::FirstByte => "its first byte",
            Self::Whole => "its whole answer",
        })
    }
}

/// Why a robots.txt cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RobotsFailure {
    #[error("it answered {0}")]
    Status(u16),
    #[error("{message}")]
    Transport { code: &'static str, message: String, transient: bool },
}

impl FetchError {
    /// The code of the plugin protocol, e.g. `fetch.timeout`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Disallowed { .. } => "fetch.robots_denied",
            Self::RobotsUnavailable { failure, .. } => match **failure {
                RobotsFailure::Status(_) => "fetch.robots_denied",
                // The host cannot be reached at all, whatever its robots.txt would say.
                RobotsFailure::Transport { code, .. } => code,
            },
            Self::Blocked { .. } => "fetch.ssrf_blocked",
            Self::RateLimited { .. } => "fetch.rate_limited",
            Self::Dns { .. } => "fetch.dns",
            Self::Connect { .. } => "fetch.connect",
            Self::Tls { .. } => "fetch.tls",
            Self::Timeout { .. } => "fetch.timeout",
            Self::TooLarge { .. } => "fetch.too_large",
            Self::TooManyRedirects { .. } | Self::BadRedirect { .. } => "fetch.redirects",
            Self::UnsupportedUrl { .. }
            | Self::ReservedHeader { .. }
            | Self::Malformed { .. }
            | Self::UnknownEncoding { .. } => "fetch.malformed",
        }
    }

    /// Whether the same request may succeed later without anyone's help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Dns { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Timeout { .. } => true,
            Self::RobotsUnavailable { failure, .. } => match **failure {
                RobotsFailure::Status(_) => true,
                RobotsFailure::Transport { transient, .. } => transient,
            },
            Self::UnsupportedUrl { .. }
            | Self::ReservedHeader { .. }
            | Self::Disallowed { .. }
            | Self::Blocked { .. }
            | Self::Malformed { .. }
            | Self::UnknownEncoding { .. }
            | Self::TooLarge { .. }
            | Self::TooManyRedirects { .. }
            | Self::BadRedirect { .. } => false,
        }
    }

    /// How long to wait before the next try, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::RobotsUnavailable { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// The message with its causes, in one line.
    pub fn full_message(&self) -> String {
        let causes = std::iter::successors(self.source(), |&cause| cause.source());
        causes.fold(self.to_string(), |message, cause| format!("{message}: {cause}"))
    }
}
