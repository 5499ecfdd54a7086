//! An answer of the web, on its way to a plugin.

use std::collections::BTreeMap;

use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderMap, header};
use tidings_fetch::{Response, charset};
use tidings_protocol::{FetchAs, FetchResponse};

/// An answer as it came, before it is known how the plugin wants it.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    response: Response,
    /// Same body as at the last good run.
    unchanged: bool,
}

impl Answer {
    pub(super) fn new(response: Response, unchanged: bool) -> Self {
        Self { response, unchanged }
    }

    pub(super) fn body(&self) -> &Bytes {
        &self.response.body
    }

    pub(super) fn into_wire(self, as_: FetchAs) -> FetchResponse {
        let response = self.response;
        let headers = joined(&response.headers);
        let (text, body_b64, charset) = match as_ {
            FetchAs::Text | FetchAs::Json => {
                let content_type = headers.get(header::CONTENT_TYPE.as_str()).map(String::as_str);
                let decoded = charset::decode(&response.body, content_type);
                (Some(decoded.text), None, Some(decoded.charset.to_ascii_lowercase()))
            }
            FetchAs::Bytes => (None, Some(base64::engine::general_purpose::STANDARD.encode(&response.body)), None),
        };
        FetchResponse {
            url: response.url.into(),
            final_url: response.final_url.into(),
            status: response.status.as_u16(),
            headers,
            text,
            body_b64,
            charset,
            from_cache: response.from_cache,
            unchanged: self.unchanged,
            blocked: response.blocked.map(str::to_owned),
            fetched_at: Some(response.fetched_at),
        }
    }
}

/// Names in lower case; repeated ones joined.
fn joined(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.as_str().to_owned())
            .and_modify(|values| {
                values.push_str(", ");
                values.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    joined
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn repeated_headers_are_joined() {
        let mut headers = HeaderMap::new();
        headers.append("Link", HeaderValue::from_static("a"));
        headers.append("link", HeaderValue::from_static("b"));
        assert_eq!(joined(&headers)["link"], "a, b");
    }
}
