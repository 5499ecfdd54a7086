//! What a run gets from the web: every request checked, polite, counted and bounded.

mod answer;
mod bodies;
mod entry;
mod hosts;
mod origin;
mod playback;
mod tape;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::Value;
use serde_json::value::RawValue;
use tidings_fetch::{CacheTerms, Cookies, HostPoliteness, Request, Response, Robots};
use tidings_model::Timestamp;
use tidings_protocol::{Auth, Error, FetchRequest, MAX_FETCH_MANY, MAX_LINE_FROM_DAEMON, Manifest, Reply, code};
use url::Url;

use answer::Answer;
pub(crate) use bodies::{Bodies, Room};
use hosts::Hosts;
pub use origin::Origin;
pub use playback::{Playback, WebFault};
pub use tape::{HIDDEN, Tape};

use crate::config::PluginsConfig;
use crate::job::Job;
use crate::validators::AnswerValidators;

/// Headers that are the fetcher's own business.
const LINE_ROOM: usize = MAX_LINE_FROM_DAEMON - (64 << 10);

/// The web as one run sees it.
pub(crate) struct Web<'a> {
    origin: &'a Origin,
    bodies: &'a Bodies,
    manifest: &'a Manifest,
    job: &'a Job,
    hosts: Hosts<'a>,
    max_wait: Duration,
    requests_left: AtomicU32,
    /// Bytes of bodies that may still be received.
    bytes_left: AtomicU64,
    cookies: Cookies,
    /// Answers from before are not of this run.
    begun: Timestamp,
    fetched: AtomicU64,
    /// Answers of entry requests that the plugin has not asked for yet.
    kept: Mutex<BTreeMap<String, Kept>>,
}

/// The answer of an entry request, until the plugin asks for it.
struct Kept {
    reply: Reply<Answer>,
    _room: Option<Room>,
}

/// A reply as it will travel, with the room that its body takes until it has.
pub(crate) struct Served {
    pub(crate) json: Box<RawValue>,
    pub(crate) rooms: Vec<Room>,
}

/// What to do where there is no room for a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoRoom {
    Wait,
    Defer,
}

impl<'a> Web<'a> {
    pub(crate) fn new(
        origin: &'a Origin,
        bodies: &'a Bodies,
        config: &PluginsConfig,
        manifest: &'a Manifest,
        job: &'a Job,
    ) -> Self {
        let own = manifest.politeness.max_requests_per_run.unwrap_or(u32::MAX);
        let begun = origin.now();
        Self {
            origin,
            bodies,
            manifest,
            job,
            hosts: Hosts::new(manifest, job),
            max_wait: config.max_wait,
            requests_left: AtomicU32::new(own.min(config.max_requests_per_run)),
            bytes_left: AtomicU64::new(config.max_bytes_per_run.as_u64()),
            cookies: Cookies::default(),
            begun,
            fetched: AtomicU64::new(0),
            kept: Mutex::default(),
        }
    }

    /// Answers received so far.
    pub(crate) fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    /// Serves `fetch`.
    pub(crate) async fn fetch(&self, request: &FetchRequest) -> Reply<Served> {
        let (answer, room) = self.answer(request, NoRoom::Wait).await?;
        let json = raw(&answer.into_wire(request.as_));
        if LINE_ROOM < json.get().len() {
            return Err(too_large(request, json.get().len()));
        }
        Ok(Served { json, rooms: room.into_iter().collect() })
    }

    /// Serves `fetch_many`: hosts in parallel, one host as politeness has it.
    pub(crate) async fn fetch_many(&self, requests: &[FetchRequest]) -> Reply<Served> {
        if MAX_FETCH_MANY < requests.len() {
            let message = format!("fetch_many takes {MAX_FETCH_MANY} requests at most, not {}", requests.len());
            return Err(Error::new(code::PROTOCOL_BAD_MESSAGE, message));
        }
        // The first may wait for room, so that there is always one that gets through.
        let no_room = |index| if index == 0 { NoRoom::Wait } else { NoRoom::Defer };
        let asked = requests.iter().enumerate().map(|(index, request)| self.answer(request, no_room(index)));
        let mut parts: Vec<String> = Vec::with_capacity(requests.len());
        let mut rooms = Vec::new();
        let mut length = 0;
        for (reply, request) in join_all(asked).await.into_iter().zip(requests) {
            let part = match reply {
                Ok((answer, room)) => {
                    let json = raw(&answer.into_wire(request.as_));
                    if LINE_ROOM < json.get().len() {
                        error_part(&too_large(request, json.get().len()))
                    } else if LINE_ROOM < length + json.get().len() {
                        error_part(&deferred(&request.url))
                    } else {
                        rooms.extend(room);
                        format!(r#"{{"result":{}}}"#, json.get())
                    }
                }
                Err(error) => error_part(&error),
            };
            length += part.len() + 1;
            parts.push(part);
        }
        let json = RawValue::from_string(format!("[{}]", parts.join(",")));
        Ok(Served { json: json.expect("an array of JSON objects is JSON"), rooms })
    }

    async fn answer(&self, request: &FetchRequest, no_room: NoRoom) -> Reply<(Answer, Option<Room>)> {
        let prepared = self.prepare(request)?;
        if prepared.method == Method::GET
            && prepared.body.is_none()
            && request.auth.is_none()
            && let Some(kept) = self.take_kept(&prepared.url)
        {
            return kept.reply.map(|answer| (answer, kept._room));
        }
        let room = match no_room {
            NoRoom::Wait => self.bodies.wait().await,
            NoRoom::Defer => self.bodies.try_take().ok_or_else(|| deferred(&request.url))?,
        };
        let response = self.send(prepared).await?;
        let size = response.body.len();
        let room = match no_room {
            NoRoom::Wait => self.bodies.fit(room, size).await,
            NoRoom::Defer => self.bodies.try_fit(room, size).map_err(|_| deferred(&request.url))?,
        };
        Ok((Answer::new(response, false), Some(room)))
    }

    /// Sends what was checked; counts it.
    async fn send(&self, request: Request) -> Reply<Response> {
        if self.bytes_left.load(Ordering::Relaxed) == 0 {
            let message = "the run has received all the bytes it may: see `max_bytes_per_run` of [plugins]";
            return Err(Error::new(code::FETCH_BUDGET_EXHAUSTED, message).with_url(request.url.as_str()));
        }
        let budget = self.requests_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if budget.is_err() {
            let message = "the run has made all the requests it may: see `max_requests_per_run` of the plugin's \
                           manifest and of [plugins]";
            return Err(Error::new(code::FETCH_BUDGET_EXHAUSTED, message).with_url(request.url.as_str()));
        }
        let response = self.origin.fetch(request).await?;
        self.fetched.fetch_add(1, Ordering::Relaxed);
        self.spend(response.body.len() as u64);
        Ok(response)
    }

    /// The answer that meets the bound still counts; the next request is refused.
    fn spend(&self, bytes: u64) {
        let spend = |left: u64| Some(left.saturating_sub(bytes));
        let spent = self.bytes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend);
        debug_assert!(spent.is_ok(), "there is always something to set");
    }

    /// Checks a plugin's request against what its manifest and the operator allow.
    fn prepare(&self, request: &FetchRequest) -> Reply<Request> {
        let malformed = |message: String| Error::new(code::FETCH_MALFORMED, message).with_url(request.url.as_str());
        let url =
            Url::parse(&request.url).map_err(|error| malformed(format!("`{}` is no URL: {error}", request.url)))?;
        let method = self.method(request)?;
        let mut prepared = self.prepare_for(method, url)?;
        prepared.headers = headers(&request.headers).map_err(malformed)?;
        if let Some(auth) = &request.auth {
            let (name, value) = self.secret(auth, &prepared.url)?;
            prepared.headers.insert(name, value);
        }
        prepared.body = request.body.clone().map(Into::into);
        let max_age = request.max_age_s.map(Duration::from_secs);
        prepared.cache = Some(CacheTerms { max_age, since: Some(self.begun) });
        Ok(prepared)
    }

    /// A plain request for a place that may be asked.
    fn prepare_for(&self, method: Method, url: Url) -> Reply<Request> {
        if !matches!(url.scheme(), "http" | "https") {
            let message = format!("only http and https can be fetched, not `{}`", url.scheme());
            return Err(Error::new(code::FETCH_MALFORMED, message).with_url(url.as_str()));
        }
        self.hosts.check(&url)?;
        let mut prepared = Request::new(method, url);
        self.mind_manners(&mut prepared);
        Ok(prepared)
    }

    fn mind_manners(&self, request: &mut Request) {
        let politeness = request.url.host_str().and_then(|host| self.manifest.politeness.hosts.get(host));
        if let Some(politeness) = politeness {
            request.politeness = HostPoliteness {
                min_interval: Duration::from_millis(politeness.min_delay_ms),
                max_parallel: politeness.max_parallel,
            };
        }
        if self.job.user_feed && stands_in(&self.job.params, &request.url) {
            request.robots = Robots::UserFeed;
        }
        request.max_wait = self.max_wait;
        request.cookies = Some(self.cookies.clone());
        request.source = Some(self.job.source.to_string());
    }

    fn method(&self, request: &FetchRequest) -> Reply<Method> {
        let refused = |message: String| Error::new(code::FETCH_MALFORMED, message).with_url(request.url.as_str());
        match request.method.as_str() {
            "" | "GET" | "HEAD" if request.body.is_some() => Err(refused("only a POST has a body".to_owned())),
            "" | "GET" => Ok(Method::GET),
            "HEAD" => Ok(Method::HEAD),
            "POST" if self.manifest.capabilities.post => Ok(Method::POST),
            "POST" => Err(refused(format!(
                "plugin `{}` may not POST: its manifest does not say `\"post\": true` under capabilities",
                self.manifest.id
            ))),
            other => Err(refused(format!("method `{other}` is not served; GET, HEAD and POST are"))),
        }
    }

    /// The header that carries a secret.
    fn secret(&self, auth: &Auth, url: &Url) -> Reply<(HeaderName, HeaderValue)> {
        let refused = |message: String| Error::new(code::CONFIG_INVALID, message).with_url(url.as_str());
        let name = &auth.secret;
        if !self.manifest.capabilities.secrets.contains(name) {
            return Err(refused(format!("the plugin's manifest declares no secret `{name}`")));
        }
        if !self.hosts.may_see_secrets(url) {
            let host = url.host_str().unwrap_or_default();
            return Err(refused(format!(
                "secret `{name}` is not sent to {host}, which is allowed by `*` only: name the host in `grant_hosts`"
            )));
        }
        let secret = self.job.secrets.get(name).ok_or_else(|| refused(format!("secret `{name}` is not configured")))?;
        let (header, value) = match auth.scheme.as_str() {
            "bearer" => (header::AUTHORIZATION, format!("Bearer {}", secret.expose())),
            "basic" => {
                let encoded = base64::engine::general_purpose::STANDARD.encode(secret.expose());
                (header::AUTHORIZATION, format!("Basic {encoded}"))
            }
            other => {
                let header = HeaderName::from_bytes(other.as_bytes())
                    .map_err(|_| refused(format!("`{other}` is neither `bearer`, `basic` nor the name of a header")))?;
                (header, secret.expose().to_owned())
            }
        };
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| refused(format!("secret `{name}` holds a character that no header can carry")))?;
        value.set_sensitive(true);
        Ok((header, value))
    }

    fn take_kept(&self, url: &Url) -> Option<Kept> {
        self.kept.lock().expect("nothing panics while this lock is held").remove(&key(url))
    }

    fn keep(&self, url: &Url, kept: Kept) {
        self.kept.lock().expect("nothing panics while this lock is held").insert(key(url), kept);
    }

    fn conditional(&self, url: &Url, known: Option<&AnswerValidators>) -> Reply<Request> {
        let mut request = self.prepare_for(Method::GET, url.clone())?;
        request.validators = known.and_then(|known| known.server.clone());
        request.good_body = known.and_then(|known| u128::from_str_radix(&known.body, 16).ok());
        // An entry request is the visit that the schedule asks for: the site answers it, if
        // only by saying that what another source got still holds.
        request.cache = Some(CacheTerms { max_age: None, since: Some(Timestamp::MAX) });
        Ok(request)
    }
}

/// A URL without what never reaches the server.
fn key(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

/// Whether the operator wrote this very URL somewhere into the params.
fn stands_in(params: &Value, url: &Url) -> bool {
    match params {
        Value::String(text) => Url::parse(text.trim()).is_ok_and(|named| key(&named) == key(url)),
        Value::Array(items) => items.iter().any(|item| stands_in(item, url)),
        Value::Object(fields) => fields.values().any(|field| stands_in(field, url)),
        _ => false,
    }
}

fn headers(asked: &BTreeMap<String, String>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::with_capacity(asked.len());
    for (name, value) in asked {
        let name: HeaderName = name.parse().map_err(|_| format!("`{name}` is no name of a header"))?;
        let value = HeaderValue::from_str(value).map_err(|_| format!("header `{name}` holds a forbidden character"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn raw(value: &impl serde::Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("wire types have nothing that JSON cannot say")
}

fn error_part(error: &Error) -> String {
    format!(r#"{{"error":{}}}"#, raw(error).get())
}

fn deferred(url: &str) -> Error {
    Error::new(code::FETCH_DEFERRED, "too much is on its way already: ask again").with_url(url)
}

fn too_large(request: &FetchRequest, bytes: usize) -> Error {
    let message = format!("as JSON the answer takes {bytes} bytes, a message holds {LINE_ROOM}");
    Error::new(code::FETCH_TOO_LARGE, message).with_url(request.url.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_url_stands_in_the_params_wherever_it_was_written() {
        let params = json!({"feeds": [{"url": " https://a.example/feed.xml#top "}], "n": 3});
        let url = |text| Url::parse(text).unwrap();
        assert!(stands_in(&params, &url("https://a.example/feed.xml")));
        assert!(!stands_in(&params, &url("https://a.example/feed.xml?page=2")));
        assert!(!stands_in(&params, &url("https://a.example/")));
    }
}
