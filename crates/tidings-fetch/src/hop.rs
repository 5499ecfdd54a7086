//! One request on its way through redirects, and what it may carry along.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tidings_model::Timestamp;
use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use crate::cookies::Cookies;
use crate::error::FetchError;
use crate::request::{Request, Validators};

/// What goes over the wire next.
#[derive(Clone, Debug)]
pub(crate) struct Hop {
    pub(crate) method: Method,
    /// Without user name, password and fragment, so that it can be shown.
    pub(crate) url: Url,
    headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    /// User name and password as the URL spelt them.
    credentials: Option<(String, String)>,
    validators: Option<Validators>,
    good_body: Option<u128>,
    cookies: Option<Cookies>,
    /// Where redirects began, once one was followed.
    redirected_from: Option<Url>,
}

/// What says nothing about who asks, so that any origin may see it.
const HARMLESS: [HeaderName; 2] = [header::ACCEPT, header::ACCEPT_LANGUAGE];

impl Hop {
    pub(crate) fn first(request: Request) -> Result<Self, FetchError> {
        let reserved = request.reserved_header().map(|name| name.as_str().to_owned());
        let credentials = (!request.url.username().is_empty() || request.url.password().is_some())
            .then(|| (request.url.username().to_owned(), request.url.password().unwrap_or_default().to_owned()));
        let url = bare(request.url);
        if !is_fetchable(&url) {
            return Err(FetchError::UnsupportedUrl { url });
        }
        if let Some(name) = reserved {
            return Err(FetchError::ReservedHeader { url, name });
        }
        let validators = request.validators.filter(|validators| !validators.is_empty()).map(|mut validators| {
            validators.url.get_or_insert_with(|| url.clone());
            validators
        });
        Ok(Self {
            method: request.method,
            url,
            headers: request.headers,
            body: request.body,
            credentials,
            validators,
            good_body: request.good_body,
            cookies: request.cookies,
            redirected_from: None,
        })
    }

    /// A plain GET, e.g. of a robots.txt.
    pub(crate) fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: None,
            credentials: None,
            validators: None,
            good_body: None,
            cookies: None,
            redirected_from: None,
        }
    }

    /// The request that `status` with `location` asks for.
    ///
    /// POST becomes GET on 301 and 302, as every browser has it; anything but HEAD
    /// becomes GET on 303; 307 and 308 keep method and body.
    pub(crate) fn follow(mut self, status: StatusCode, location: &HeaderValue) -> Result<Self, FetchError> {
        let location = String::from_utf8_lossy(location.as_bytes());
        let Some(target) = self.url.join(location.trim()).ok().map(bare).filter(is_fetchable) else {
            return Err(FetchError::BadRedirect { url: self.url, location: location.into_owned() });
        };
        let becomes_get = match status {
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body = None;
            self.headers.remove(header::CONTENT_TYPE);
        }
        if target.origin() != self.url.origin() {
            self.credentials = None;
            let content_type = self.body.is_some().then_some(header::CONTENT_TYPE);
            self.headers = std::mem::take(&mut self.headers)
                .into_iter()
                .filter_map(|(name, value)| name.map(|name| (name, value)))
                .filter(|(name, _)| HARMLESS.contains(name) || content_type.as_ref() == Some(name))
                .collect();
        }
        let from = std::mem::replace(&mut self.url, target);
        self.redirected_from.get_or_insert(from);
        Ok(self)
    }

    /// Whether this answer is one that was no block page before.
    pub(crate) fn is_known_good(&self, status: StatusCode, body: &[u8]) -> bool {
        status.is_success() && self.good_body.is_some_and(|good| good == xxh3_128(body))
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host_str().expect("a URL without a host is refused before")
    }

    pub(crate) fn is_redirect(&self) -> bool {
        self.redirected_from.is_some()
    }

    /// The URL that was asked for at first.
    pub(crate) fn asked(&self) -> &Url {
        self.redirected_from.as_ref().unwrap_or(&self.url)
    }

    /// Whether it says nothing about who asks.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.credentials.is_none()
            && self.headers.keys().all(|name| HARMLESS.contains(name))
            && self.cookies.as_ref().is_none_or(Cookies::is_empty)
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Makes it ask whether what is known still holds.
    pub(crate) fn revalidate(self, validators: Validators) -> Self {
        Self { validators: Some(validators), ..self }
    }

    /// Keeps the cookies of an answer.
    pub(crate) fn keep_cookies(&self, headers: &HeaderMap, now: Timestamp) {
        if let Some(cookies) = &self.cookies {
            cookies.keep(&self.url, headers, now);
        }
    }

    /// Whether the answer may be 304.
    pub(crate) fn is_conditional(&self) -> bool {
        self.validators().is_some()
    }

    /// Those that this very URL gave.
    pub(crate) fn validators(&self) -> Option<&Validators> {
        self.validators.as_ref().filter(|validators| validators.url.as_ref() == Some(&self.url))
    }

    pub(crate) fn to_request(
        &self,
        client: &reqwest::Client,
        now: Timestamp,
    ) -> Result<reqwest::Request, reqwest::Error> {
        let mut url = self.url.clone();
        if let Some((user, password)) = &self.credentials {
            // Neither can fail on a URL with a host; the client turns them into a header.
            let set = url.set_username(user).and_then(|()| url.set_password(Some(password)));
            debug_assert!(set.is_ok(), "an http URL takes a user name and password");
        }
        let mut request = client.request(self.method.clone(), url).headers(self.headers.clone());
        if let Some(validators) = self.validators() {
            if let Some(etag) = &validators.etag {
                request = request.header(header::IF_NONE_MATCH, etag);
            }
            if let Some(last_modified) = &validators.last_modified {
                request = request.header(header::IF_MODIFIED_SINCE, last_modified);
            }
        }
        if let Some(cookies) = &self.cookies
            && !self.headers.contains_key(header::COOKIE)
            && let Some(value) = cookies.header(&self.url, now)
        {
            request = request.header(header::COOKIE, value);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        request.build()
    }
}

/// Whether `status` with these headers sends on to another URL.
pub(crate) fn redirect_target(status: StatusCode, headers: &HeaderMap) -> Option<&HeaderValue> {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308).then(|| headers.get(header::LOCATION)).flatten()
}

fn is_fetchable(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty())
}

/// `url` without what must not be shown or sent.
fn bare(mut url: Url) -> Url {
    url.set_fragment(None);
    if url.has_host() {
        let cleared = url.set_username("").and_then(|()| url.set_password(None));
        debug_assert!(cleared.is_ok() || url.scheme() == "file", "a URL with a host takes a user name");
    }
    url
}
