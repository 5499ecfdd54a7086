//! One POST, and what its answer means.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, USER_AGENT,
};
use tidings_fetch::guard::{AddressGuard, GuardError};
use tidings_model::{Clock, Timestamp};
use url::Url;

use super::{Answer, Outcome, Scrub, chain};

/// Most of an answer's body that is read.
const MOST_BODY: usize = 64 * 1024;

/// Whoever asks for longer is asked again after a week.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(7 * 86_400);

/// A client that passes every address through the guard and follows no redirect: where a
/// message goes is the user's to say.
pub(super) struct Http {
    client: reqwest::Client,
    guard: AddressGuard,
    clock: Arc<dyn Clock>,
}

/// One request, always a POST of JSON.
pub(super) struct Post {
    pub(super) url: Url,
    pub(super) body: Vec<u8>,
    pub(super) headers: HeaderMap,
    /// What the answer may not repeat.
    pub(super) scrub: Scrub,
}

/// What was answered.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    retry_after: Option<Duration>,
    location: Option<String>,
    pub(super) body: String,
    scrub: Scrub,
}

impl Post {
    pub(super) fn json(url: Url, body: &serde_json::Value, scrub: Scrub) -> Self {
        Self { url, body: body.to_string().into_bytes(), headers: HeaderMap::new(), scrub }
    }

    /// Adds a header; its value is marked as one that is not to be shown.
    ///
    /// # Errors
    ///
    /// When `value` holds what no header can, such as a line break inside a token.
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Result<Self, Answer> {
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| Answer::later(&format!("the value of `{name}` holds characters that no header can")))?;
        value.set_sensitive(name == AUTHORIZATION);
        self.headers.insert(name, value);
        Ok(self)
    }
}

impl Http {
    pub(super) fn new(guard: AddressGuard, timeout: Duration, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let client = guard.client_builder().timeout(timeout).connect_timeout(timeout).build()?;
        Ok(Self { client, guard, clock })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// # Errors
    ///
    /// The answer for a delivery that could not even be made.
    pub(super) async fn post(&self, post: Post) -> Result<Reply, Answer> {
        let Post { url, body, headers, scrub } = post;
        self.guard.check_literal(&url).map_err(|error| unguarded(&error, &scrub))?;
        let request = self.client.post(url).headers(headers).body(body);
        let request = request.header(CONTENT_TYPE, "application/json").header(USER_AGENT, "Tidings");
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Err(unreachable(&error.without_url(), &scrub)),
        };
        let status = response.status();
        let retry_after = retry_after(response.headers(), self.now());
        let location = response.headers().get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()).into());
        // The status is the answer: a body that breaks off or drips changes nothing.
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = MOST_BODY - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == MOST_BODY {
                break;
            }
        }
        Ok(Reply { status, retry_after, location, body: String::from_utf8_lossy(&body).into_owned(), scrub })
    }
}

impl Reply {
    /// What the answer means, where statuses mean what HTTP says they do.
    ///
    /// 401 is the operator's to mend, so the delivery waits; so do the statuses `mendable`,
    /// with which this other side says the same.
    pub(super) fn answer(self, mendable: &[u16]) -> Answer {
        let outcome = self.outcome(mendable);
        self.means(outcome)
    }

    /// The answer with another outcome than the status has.
    pub(super) fn means(self, outcome: Outcome) -> Answer {
        let mut said = self.status.to_string().replace(" <unknown status code>", "");
        if let Some(location) = self.location.filter(|_| self.status.is_redirection()) {
            said.push_str(&format!(" to {location}, which is not followed"));
        }
        if !self.body.trim().is_empty() {
            said.push_str(": ");
            said.push_str(self.body.trim());
        }
        Answer::new(outcome, &said, &self.scrub)
    }

    /// Keeps the longer wait of the one in the header and the one that the body names.
    pub(super) fn wait(&mut self, seconds: Option<f64>) {
        let wait = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds.ceil()).ok());
        self.retry_after = self.retry_after.max(wait.map(|wait| wait.min(MAX_RETRY_AFTER)));
    }

    fn outcome(&self, mendable: &[u16]) -> Outcome {
        let status = self.status.as_u16();
        match status {
            200..=299 => Outcome::Accepted,
            401 | 407 | 408 | 421 | 425 | 429 | 500.. => Outcome::Later { retry_after: self.retry_after },
            _ if mendable.contains(&status) => Outcome::Later { retry_after: self.retry_after },
            _ => Outcome::Refused,
        }
    }
}

/// Seconds, or a date counted from the answer's own `Date` where it has one: its clock may be off, but not against itself.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let stated = headers.get(reqwest::header::DATE).and_then(|date| date.to_str().ok()).and_then(http_date);
        Duration::try_from(http_date(value)?.duration_since(stated.unwrap_or(now))).ok()?
    };
    Some(wait.min(MAX_RETRY_AFTER)).filter(|wait| !wait.is_zero())
}

/// `Sun, 22 Nov 2026 10:01:30 GMT`, the one form that is still written.
fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp())
}

fn unreachable(error: &reqwest::Error, scrub: &Scrub) -> Answer {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<GuardError>() {
            return unguarded(error, scrub);
        }
        cause = error.source();
    }
    Answer::new(Outcome::Later { retry_after: None }, &chain(error), scrub)
}

fn unguarded(error: &GuardError, scrub: &Scrub) -> Answer {
    let outcome = match error {
        GuardError::Blocked { .. } => Outcome::Refused,
        GuardError::Resolve { .. } | GuardError::NoAddress { .. } => Outcome::Later { retry_after: None },
    };
    Answer::new(outcome, &guarded(error), scrub)
}

/// The guard's word, with the table that channels have.
pub(super) fn guarded(error: &GuardError) -> String {
    match error {
        GuardError::Blocked { host, address } => format!(
            "{host} has the address {address}, which is not of the public internet; \
             `allow_private_networks` in [alerts] may list it"
        ),
        error => chain(error),
    }
}
