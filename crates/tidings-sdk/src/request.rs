//! One request that the daemon is asked to make.

use std::time::Duration;

use tidings_protocol::{Auth, FetchAs, FetchRequest};

/// One request that the daemon is asked to make; a URL alone is a `GET` for text.
#[derive(Clone, Debug, PartialEq)]
pub struct Request(pub(crate) FetchRequest);

impl Request {
    pub fn get(url: impl Into<String>) -> Self {
        Self(FetchRequest { url: url.into(), ..FetchRequest::default() })
    }

    /// Only headers are asked for.
    pub fn head(url: impl Into<String>) -> Self {
        Self(FetchRequest { method: "HEAD".to_owned(), url: url.into(), ..FetchRequest::default() })
    }

    /// Needs [`Info::post`](crate::Info::post).
    pub fn post(url: impl Into<String>, body: impl Into<String>) -> Self {
        let (method, body) = ("POST".to_owned(), Some(body.into()));
        Self(FetchRequest { method, url: url.into(), body, ..FetchRequest::default() })
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.headers.insert(name.to_ascii_lowercase(), value.into());
        self
    }

    /// An answer of this age, from the daemon's cache, will do. Whole seconds.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.0.max_age_s = Some(age.as_secs());
        self
    }

    /// The body will be read with [`Page::json`](crate::Page::json).
    pub fn json(mut self) -> Self {
        self.0.as_ = FetchAs::Json;
        self.0.headers.entry("accept".to_owned()).or_insert_with(|| "application/json".to_owned());
        self
    }

    /// The body will be read with [`Page::bytes`](crate::Page::bytes): it is not decoded to text.
    pub fn bytes(mut self) -> Self {
        self.0.as_ = FetchAs::Bytes;
        self
    }

    /// The daemon adds the secret named, for allowed hosts only; the plugin never sees it.
    /// `scheme` is `bearer`, `basic`, or the name of a header.
    pub fn auth(mut self, secret: &str, scheme: &str) -> Self {
        self.0.auth = Some(Auth { secret: secret.to_owned(), scheme: scheme.to_owned() });
        self
    }

    pub fn url(&self) -> &str {
        &self.0.url
    }
}

impl From<&str> for Request {
    fn from(url: &str) -> Self {
        Self::get(url)
    }
}

impl From<String> for Request {
    fn from(url: String) -> Self {
        Self::get(url)
    }
}

impl From<&String> for Request {
    fn from(url: &String) -> Self {
        Self::get(url)
    }
}

impl From<url::Url> for Request {
    fn from(url: url::Url) -> Self {
        Self::get(url)
    }
}

impl From<&url::Url> for Request {
    fn from(url: &url::Url) -> Self {
        Self::get(url.clone())
    }
}
