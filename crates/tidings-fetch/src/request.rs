//! What is asked of the fetcher, and what it answers.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use tidings_model::Timestamp;
use url::Url;

use crate::cache::CacheTerms;
use crate::cookies::Cookies;

/// A request that would wait longer for its turn answers `fetch.rate_limited`.
pub const DEFAULT_MAX_WAIT: Duration = Duration::from_secs(60);

/// One request; [`Request::get`] gives one with the usual manners.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    /// A user name and password in it travel as `Authorization`, to this origin only.
    pub url: Url,
    /// On another origin only `Accept` and `Accept-Language` are kept, since any
    /// other may hold a secret.
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    /// Makes the request conditional.
    pub validators: Option<Validators>,
    /// XXH3 (128 bits) of a body that was no block page before: the same one is none now.
    pub good_body: Option<u128>,
    pub robots: Robots,
    /// Can only be stricter than the configuration.
    pub politeness: HostPoliteness,
    /// Longest wait for a turn; longer ones answer `fetch.rate_limited` at once.
    pub max_wait: Duration,
    /// Sent where they fit, unless the request has a `Cookie` header of its own, and added to.
    pub cookies: Option<Cookies>,
    /// Absent: the site is asked, whatever is in the cache.
    pub cache: Option<CacheTerms>,
    /// On whose behalf, for the crawl log and for taking turns.
    pub source: Option<String>,
}

/// Whether robots.txt is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Robots {
    #[default]
    Respect,
    /// A feed or API that the user subscribed to: fetched as a feed reader does,
    /// whatever robots.txt says. A redirect to another host is not exempt.
    UserFeed,
}

/// Manners towards one host beyond those of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostPoliteness {
    pub min_interval: Duration,
    pub max_parallel: Option<u32>,
}

/// What an answer said of its own version, to ask whether it still holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// The URL that said so, where redirects had ended; they are sent to no other.
    /// Absent: the URL of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    /// As asked, without user name and password.
    pub url: Url,
    /// Where redirects ended.
    pub final_url: Url,
    pub status: StatusCode,
    /// Names are in lower case.
    pub headers: HeaderMap,
    /// Decompressed; [`charset::decode`](crate::charset::decode) makes text of it.
    pub body: Bytes,
    /// The server said 304: what the validators stand for still holds, and `body` is empty.
    pub not_modified: bool,
    /// What was seen of a block page, where it is one: see [`blocked`](crate::blocked).
    pub blocked: Option<&'static str>,
    /// For the next request; those of the request where a 304 repeats none.
    pub validators: Validators,
    /// For how long a 429 or 503 asks to be left alone.
    pub retry_after: Option<Duration>,
    /// The body came out of the cache, confirmed by the server or still fresh.
    pub from_cache: bool,
    /// When it was received, or last confirmed by the server.
    pub fetched_at: Timestamp,
}

impl Request {
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            validators: None,
            good_body: None,
            robots: Robots::Respect,
            politeness: HostPoliteness::default(),
            max_wait: DEFAULT_MAX_WAIT,
            cookies: None,
            cache: None,
            source: None,
        }
    }

    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// The first header that only the fetcher may set.
    pub(crate) fn reserved_header(&self) -> Option<&HeaderName> {
        const RESERVED: [HeaderName; 8] = [
            header::ACCEPT_ENCODING,
            header::CONNECTION,
            header::CONTENT_LENGTH,
            header::HOST,
            header::TE,
            header::TRANSFER_ENCODING,
            header::UPGRADE,
            header::USER_AGENT,
        ];
        self.headers.keys().find(|name| RESERVED.contains(name) || name.as_str().starts_with("proxy-"))
    }
}

impl Validators {
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// Those of an answer from `url`.
    pub(crate) fn of(headers: &HeaderMap, url: &Url) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (etag, last_modified) = (text(header::ETAG), text(header::LAST_MODIFIED));
        let url = (etag.is_some() || last_modified.is_some()).then(|| url.clone());
        Self { etag, last_modified, url }
    }
}

impl Response {
    /// The first value of a header, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
