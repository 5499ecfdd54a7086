//! One request over the wire and its answer, within every bound.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use tidings_model::{Clock, Timestamp};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::blocked;
use crate::config::FetchConfig;
use crate::error::{FetchError, Phase};
use crate::event::{CacheUse, CrawlEvent, CrawlLog, millis};
use crate::guard::{AddressGuard, GuardError};
use crate::hop::{Hop, redirect_target};
use crate::hosts::{Permit, later};
use crate::retry_after::retry_after;
use crate::transport::classify;

/// An idle connection is closed before servers do it: Apache and Node wait 5 s, and a
/// request that meets a closing connection fails.
const IDLE_CONNECTION: Duration = Duration::from_secs(4);
/// Encodings that a body may still have when the client has not undone them.
const COMPRESSIONS: [&str; 8] = ["gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress", "exi"];

/// The client with its bounds, and where its requests are recorded.
#[derive(Debug)]
pub(crate) struct Wire {
    client: reqwest::Client,
    guard: AddressGuard,
    clock: Arc<dyn Clock>,
    log: CrawlLog,
    connect_timeout: Duration,
    first_byte_timeout: Duration,
}

/// What came back for one hop.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Left unread, hence empty, where the answer is a redirect.
    pub(crate) body: Bytes,
    pub(crate) retry_after: Option<Duration>,
    /// What was seen of a block page.
    pub(crate) blocked: Option<&'static str>,
    /// When it was received or last confirmed, where it came out of the cache.
    pub(crate) cached_at: Option<Timestamp>,
}

/// What becomes of a body that is too long.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BodyLimit {
    Refuse(u64),
    /// The beginning is enough.
    Cut(u64),
}

/// For the crawl log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purpose<'a> {
    pub(crate) source: Option<&'a str>,
    pub(crate) reason: Option<&'static str>,
}

/// Time on the network that a fetch has left, over all its hops.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NetworkTime {
    whole: Duration,
    left: Duration,
}

impl NetworkTime {
    pub(crate) fn new(whole: Duration) -> Self {
        Self { whole, left: whole }
    }
}

impl Wire {
    pub(crate) fn new(
        config: &FetchConfig,
        guard: AddressGuard,
        clock: Arc<dyn Clock>,
        log: CrawlLog,
    ) -> Result<Self, reqwest::Error> {
        let client = guard
            .client_builder()
            .user_agent(config.user_agent.header())
            .connect_timeout(config.connect_timeout)
            .pool_idle_timeout(IDLE_CONNECTION)
            .pool_max_idle_per_host(usize::try_from(config.per_host_concurrency.get()).unwrap_or(1).min(8))
            .http2_max_header_list_size(64 << 10)
            .build()?;
        let (connect_timeout, first_byte_timeout) = (config.connect_timeout, config.first_byte_timeout);
        Ok(Self { client, guard, clock, log, connect_timeout, first_byte_timeout })
    }

    pub(crate) fn guard(&self) -> &AddressGuard {
        &self.guard
    }

    /// Sends `hop` and reads the answer, unless it is a redirect.
    pub(crate) async fn exchange(
        &self,
        hop: &Hop,
        mut permit: Permit,
        time: &mut NetworkTime,
        limit: BodyLimit,
        purpose: Purpose<'_>,
    ) -> Result<Answer, FetchError> {
        let started = Instant::now();
        let mut status = None;
        let result = self.send(hop, &mut permit, *time, started, limit, &mut status).await;
        drop(permit);
        let took = started.elapsed();
        time.left = time.left.saturating_sub(took);
        self.record(hop, purpose, status, took, &result);
        result
    }

    /// Records a request that was not sent.
    pub(crate) fn record_refusal(&self, hop: &Hop, purpose: Purpose<'_>, error: &FetchError) {
        self.log.record(CrawlEvent {
            at: self.clock.now(),
            source: purpose.source.map(str::to_owned),
            url: hop.url.clone(),
            method: hop.method.clone(),
            status: None,
            bytes: 0,
            duration_ms: 0,
            cache: CacheUse::None,
            reason: Some(format!("{}: {}", error.code(), error.full_message())),
        });
    }

    /// Records an answer out of the cache.
    pub(crate) fn record_hit(&self, hop: &Hop, purpose: Purpose<'_>, answer: &Answer) {
        self.log.record(CrawlEvent {
            at: self.clock.now(),
            source: purpose.source.map(str::to_owned),
            url: hop.url.clone(),
            method: hop.method.clone(),
            status: Some(answer.status.as_u16()),
            bytes: 0,
            duration_ms: 0,
            cache: CacheUse::Hit,
            reason: purpose.reason.or(hop.is_redirect().then_some("redirect")).map(str::to_owned),
        });
    }

    /// Refuses a hop whose host is an address that may not be asked.
    pub(crate) fn check_literal(&self, url: &Url) -> Result<(), FetchError> {
        self.guard.check_literal(url).map_err(|error| match error {
            GuardError::Blocked { address, .. } => FetchError::Blocked { url: url.clone(), address },
            other => FetchError::Dns { url: url.clone(), source: other.into() },
        })
    }

    async fn send(
        &self,
        hop: &Hop,
        permit: &mut Permit,
        time: NetworkTime,
        started: Instant,
        limit: BodyLimit,
        seen_status: &mut Option<StatusCode>,
    ) -> Result<Answer, FetchError> {
        let url = &hop.url;
        let failed = |error| classify(url, error, self.connect_timeout);
        let whole = started + time.left;
        let too_slow = || FetchError::Timeout { url: url.clone(), phase: Phase::Whole, limit: time.whole };
        let request = hop.to_request(&self.client, self.clock.now()).map_err(failed)?;
        let first_byte = whole.min(started + self.first_byte_timeout);
        let response = match timeout_at(first_byte, self.client.execute(request)).await {
            Ok(response) => response.map_err(failed)?,
            Err(_) if first_byte == whole => return Err(too_slow()),
            Err(_) => {
                let limit = self.first_byte_timeout;
                return Err(FetchError::Timeout { url: url.clone(), phase: Phase::FirstByte, limit });
            }
        };
        permit.answered();
        let status = response.status();
        *seen_status = Some(status);
        // A robots.txt that cannot be had keeps everybody off for longer than any pause.
        if matches!(limit, BodyLimit::Refuse(_)) {
            permit.bears(!matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE));
        }
        let now = self.clock.now();
        let retry_after = retry_after(status, response.headers(), now);
        if let Some(wait) = retry_after {
            permit.hold_off(later(now, wait));
        }
        let headers = response.headers().clone();
        hop.keep_cookies(&headers, now);
        let body = if redirect_target(status, &headers).is_some() {
            Bytes::new()
        } else {
            check_encoding(url, &headers)?;
            timeout_at(whole, self.read_body(response, url, limit)).await.map_err(|_| too_slow())??
        };
        let blocked = match limit {
            BodyLimit::Refuse(_) if hop.is_known_good(status, &body) => None,
            BodyLimit::Refuse(_) => blocked::seen(hop.asked(), url, status, &headers, &body),
            BodyLimit::Cut(_) => None,
        };
        Ok(Answer { status, headers, body, retry_after, blocked, cached_at: None })
    }

    async fn read_body(
        &self,
        mut response: reqwest::Response,
        url: &Url,
        limit: BodyLimit,
    ) -> Result<Bytes, FetchError> {
        let (limit_bytes, is_cut) = match limit {
            BodyLimit::Refuse(bytes) => (bytes, false),
            BodyLimit::Cut(bytes) => (bytes, true),
        };
        let too_large = || FetchError::TooLarge { url: url.clone(), limit_bytes };
        let announced = response.content_length().unwrap_or(0);
        if limit_bytes < announced && !is_cut {
            return Err(too_large());
        }
        let most = usize::try_from(limit_bytes).unwrap_or(usize::MAX);
        let mut first: Option<Bytes> = None;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| classify(url, e, self.connect_timeout))? {
            let held = first.as_ref().map_or(body.len(), Bytes::len);
            let room = most - held;
            if room < chunk.len() && !is_cut {
                return Err(too_large());
            }
            let is_full = room <= chunk.len() && is_cut;
            let chunk = chunk.slice(..chunk.len().min(room));
            // Most bodies are one chunk, which need not be copied.
            match first.take() {
                None if body.is_empty() => first = Some(chunk),
                earlier => {
                    body.extend_from_slice(&earlier.unwrap_or_default());
                    body.extend_from_slice(&chunk);
                }
            }
            if is_full {
                break;
            }
        }
        Ok(first.unwrap_or_else(|| body.freeze()))
    }

    fn record(
        &self,
        hop: &Hop,
        purpose: Purpose<'_>,
        status: Option<StatusCode>,
        took: Duration,
        result: &Result<Answer, FetchError>,
    ) {
        let failure = match result {
            Ok(answer) => answer.blocked.map(|seen| format!("blocked: {seen}")),
            Err(error) => Some(format!("{}: {}", error.code(), error.full_message())),
        };
        let is_304 = status == Some(StatusCode::NOT_MODIFIED) && hop.is_conditional();
        let why = purpose.reason.or(hop.is_redirect().then_some("redirect"));
        self.log.record(CrawlEvent {
            at: self.clock.now(),
            source: purpose.source.map(str::to_owned),
            url: hop.url.clone(),
            method: hop.method.clone(),
            status: status.map(|status| status.as_u16()),
            bytes: result.as_ref().map_or(0, |answer| answer.body.len() as u64),
            duration_ms: millis(took),
            cache: if is_304 { CacheUse::Revalidated } else { CacheUse::None },
            reason: match (why, failure) {
                (Some(why), Some(failure)) => Some(format!("{why}; {failure}")),
                (why, failure) => failure.or_else(|| why.map(str::to_owned)),
            },
        });
    }
}

/// Refuses a body that is still compressed. Other words in `Content-Encoding`
/// (`utf-8`, `none`) are a habit of some servers, and mean nothing.
fn check_encoding(url: &Url, headers: &HeaderMap) -> Result<(), FetchError> {
    let Some(value) = headers.get(header::CONTENT_ENCODING) else {
        return Ok(());
    };
    let encoding = String::from_utf8_lossy(value.as_bytes()).into_owned();
    let is_compression = |word: &str| COMPRESSIONS.iter().any(|name| word.trim().eq_ignore_ascii_case(name));
    if encoding.split(',').any(is_compression) {
        return Err(FetchError::UnknownEncoding { url: url.clone(), encoding });
    }
    Ok(())
}
