//! Answers kept for as long as RFC 9111 lets a private cache use them: in memory, and in the
//! notes those that can be asked for conditionally.
//!
//! Only what says nothing about who asked is kept: GET without credentials, cookies or
//! headers beyond `Accept` and `Accept-Language`, whose answer sets no cookie. So
//! sources can share it. Freshness is never guessed from `Last-Modified`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_cache_semantics::{AfterResponse, BeforeRequest, CacheOptions, CachePolicy};
use tidings_model::Timestamp;

use crate::exchange::Answer;
use crate::hop::Hop;
use crate::notes::Notes;
use crate::request::Validators;

/// Bodies of all answers kept in memory.
const MAX_BYTES: usize = 8 << 20;
/// A longer body is not kept in memory.
const MAX_BODY: usize = 512 << 10;
/// A longer body is not kept in the notes.
pub(crate) const MAX_NOTED_BODY: usize = 4 << 20;
const VALIDATORS: [HeaderName; 2] = [header::ETAG, header::LAST_MODIFIED];
/// What an answer takes beside its body, for the sum.
const OVERHEAD: usize = 2 << 10;

/// On what terms an answer out of the cache will do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheTerms {
    /// One of this age will do, even where the server calls it stale, unless the server
    /// wants each use to be asked for. Without: one that is fresh and not from before `since`.
    pub max_age: Option<Duration>,
    /// When the run began, so that a server's `max-age` puts off no later run.
    pub since: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(crate) struct Cache {
    shelf: Mutex<Shelf>,
    notes: Option<Notes>,
}

#[derive(Debug, Default)]
struct Shelf {
    by_key: HashMap<Key, (u64, Arc<Stored>)>,
    /// Those used longest ago first.
    by_use: BTreeMap<u64, Key>,
    uses: u64,
    bytes: usize,
}

/// A URL, and whether robots.txt was not asked for it.
pub(crate) type Key = (Box<str>, bool);

#[derive(Debug)]
pub(crate) struct Stored {
    policy: CachePolicy,
    /// Of the request, for what the answer varies by.
    pub(crate) asked: HeaderMap,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// When it was received or last confirmed.
    pub(crate) at: Timestamp,
}

/// What the cache has for a request.
pub(crate) enum Found {
    Fresh(Answer),
    /// To be asked for again, by these validators.
    Stale(Arc<Stored>, Validators),
    Nothing,
}

impl Found {
    pub(crate) fn fresh(self) -> Option<Answer> {
        match self {
            Self::Fresh(answer) => Some(answer),
            Self::Stale(..) | Self::Nothing => None,
        }
    }
}

impl Cache {
    pub(crate) fn new(notes: Option<Notes>) -> Self {
        Self { shelf: Mutex::default(), notes }
    }

    pub(crate) async fn look(&self, hop: &Hop, exempt: bool, terms: CacheTerms, now: Timestamp) -> Found {
        if !is_for_all(hop) {
            return Found::Nothing;
        }
        let Some(stored) = self.find(key(hop, exempt), now).await else {
            return Found::Nothing;
        };
        let Some(mut request) = as_request(hop) else {
            return Found::Nothing;
        };
        let is_of_the_run = terms.since.is_none_or(|since| since <= stored.at);
        if let Some(max_age) = terms.max_age {
            let seconds = max_age.as_secs();
            let strict = is_strict(&stored);
            let wish = if strict { format!("max-age={seconds}") } else { format!("max-age={seconds}, max-stale") };
            let wish = HeaderValue::from_str(&wish).expect("words and a number make a header");
            request.headers_mut().insert(header::CACHE_CONTROL, wish);
        }
        match stored.policy.before_request(&request, SystemTime::from(now)) {
            BeforeRequest::Fresh(parts) if terms.max_age.is_some() || is_of_the_run => {
                Found::Fresh(stored.answer(parts.status, parts.headers))
            }
            BeforeRequest::Stale { matches: false, .. } => Found::Nothing,
            BeforeRequest::Fresh(_) | BeforeRequest::Stale { .. } => {
                let validators = Validators::of(&stored.headers, &hop.url);
                if validators.is_empty() { Found::Nothing } else { Found::Stale(stored, validators) }
            }
        }
    }

    async fn find(&self, key: Key, now: Timestamp) -> Option<Arc<Stored>> {
        let shelved = self.shelf().take_up(&key);
        if shelved.is_some() {
            return shelved;
        }
        let noted = Arc::new(self.notes.as_ref()?.answer(&key, now).await?);
        self.shelf().put(key, &noted);
        Some(noted)
    }

    /// Keeps an answer that may be kept, and forgets the one before, unless the answer
    /// says nothing of the page: what is known of it is worth asking for by its validators.
    pub(crate) fn keep(&self, hop: &Hop, exempt: bool, answer: &Answer, terms: CacheTerms, now: Timestamp) {
        let is_overload = answer.status == StatusCode::TOO_MANY_REQUESTS || answer.status.is_server_error();
        if is_overload || answer.blocked.is_some() {
            return;
        }
        let key = key(hop, exempt);
        let is_keepable = (terms.max_age.is_some() || has_terms_of_its_own(&answer.headers))
            && matches!(answer.status.as_u16(), 200 | 301 | 308 | 404 | 410)
            && answer.body.len() <= MAX_NOTED_BODY
            && !answer.headers.contains_key(header::SET_COOKIE);
        let request = is_keepable.then(|| as_request(hop)).flatten();
        let stored = request.and_then(|request| {
            Stored::new(&request, answer.status, answer.headers.clone(), answer.body.clone(), now).map(Arc::new)
        });
        match &stored {
            Some(stored) => self.shelf().put(key.clone(), stored),
            None => self.shelf().forget(&key),
        }
        if let Some(notes) = &self.notes {
            notes.note_answer(key, stored.filter(|stored| stored.can_be_asked_for()));
        }
    }

    /// The stored answer, with what a 304 said of it; `None` where that is of another.
    pub(crate) fn renew(
        &self,
        hop: &Hop,
        exempt: bool,
        stored: &Stored,
        answer: &Answer,
        now: Timestamp,
    ) -> Option<Answer> {
        let request = as_request(hop)?;
        let mut response = http::Response::new(());
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers.clone();
        // A 304 that repeats no validator is of the one that was asked for.
        for name in VALIDATORS {
            if let Some(known) = stored.headers.get(&name).filter(|_| !answer.headers.contains_key(&name)) {
                response.headers_mut().insert(name, known.clone());
            }
        }
        let AfterResponse::NotModified(policy, parts) =
            stored.policy.after_response(&request, &response, SystemTime::from(now))
        else {
            self.shelf().forget(&key(hop, exempt));
            return None;
        };
        let renewed = Arc::new(Stored {
            policy,
            asked: stored.asked.clone(),
            status: parts.status,
            headers: parts.headers.clone(),
            body: stored.body.clone(),
            at: now,
        });
        let answer = renewed.answer(parts.status, parts.headers);
        let key = key(hop, exempt);
        self.shelf().put(key.clone(), &renewed);
        if let Some(notes) = &self.notes {
            notes.note_renewed(key, renewed);
        }
        Some(answer)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().expect("no thread panics while it holds the shelf")
    }
}

impl Stored {
    /// `None` where it may not be stored.
    pub(crate) fn new(
        request: &http::Request<()>,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        at: Timestamp,
    ) -> Option<Self> {
        let mut response = http::Response::new(());
        *response.status_mut() = status;
        *response.headers_mut() = headers.clone();
        let options = CacheOptions { shared: false, cache_heuristic: 0.0, ..CacheOptions::default() };
        let policy = CachePolicy::new_options(request, &response, SystemTime::from(at), options);
        let asked = request.headers().clone();
        policy.is_storable().then_some(Self { policy, asked, status, headers, body, at })
    }

    fn can_be_asked_for(&self) -> bool {
        VALIDATORS.iter().any(|name| self.headers.contains_key(name))
    }

    fn answer(&self, status: StatusCode, headers: HeaderMap) -> Answer {
        let body = self.body.clone();
        Answer { status, headers, body, retry_after: None, blocked: None, cached_at: Some(self.at) }
    }

    fn size(&self) -> usize {
        self.body.len() + OVERHEAD
    }
}

impl Shelf {
    fn take_up(&mut self, key: &Key) -> Option<Arc<Stored>> {
        self.uses += 1;
        let (used, stored) = self.by_key.get_mut(key)?;
        self.by_use.remove(used);
        *used = self.uses;
        self.by_use.insert(self.uses, key.clone());
        Some(Arc::clone(stored))
    }

    fn put(&mut self, key: Key, stored: &Arc<Stored>) {
        self.forget(&key);
        if MAX_BODY < stored.body.len() {
            return;
        }
        self.uses += 1;
        self.bytes += stored.size();
        self.by_use.insert(self.uses, key.clone());
        self.by_key.insert(key, (self.uses, Arc::clone(stored)));
        while MAX_BYTES < self.bytes
            && let Some((_, oldest)) = self.by_use.first_key_value()
        {
            let oldest = oldest.clone();
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some((used, stored)) = self.by_key.remove(key) {
            self.by_use.remove(&used);
            self.bytes -= stored.size();
        }
    }
}

/// Whether the server says how long the answer holds, or how to ask for a newer one. Any
/// other is of use to those alone who take one of some age, whatever the server says.
fn has_terms_of_its_own(headers: &HeaderMap) -> bool {
    VALIDATORS.iter().chain(&[header::CACHE_CONTROL, header::EXPIRES]).any(|name| headers.contains_key(name))
}

/// Whether the server wants to be asked at each use once the answer is stale.
fn is_strict(stored: &Stored) -> bool {
    let values = stored.headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|word| {
        let word = word.split('=').next().unwrap_or_default().trim();
        ["no-cache", "must-revalidate"].iter().any(|strict| word.eq_ignore_ascii_case(strict))
    })
}

fn key(hop: &Hop, exempt: bool) -> Key {
    (hop.url.as_str().into(), exempt)
}

/// The request as a cache sees it; `None` where it is nothing to keep.
fn as_request(hop: &Hop) -> Option<http::Request<()>> {
    is_for_all(hop).then(|| request_of(hop.url.as_str(), hop.headers().clone())).flatten()
}

/// Whether its answer may be of use to others.
fn is_for_all(hop: &Hop) -> bool {
    hop.method == Method::GET && hop.is_anonymous()
}

pub(crate) fn request_of(url: &str, headers: HeaderMap) -> Option<http::Request<()>> {
    let mut request = http::Request::builder().uri(url).body(()).ok()?;
    *request.headers_mut() = headers;
    Some(request)
}
