//! Exchanges with the web, kept as a recording. Only headers of a short list get into it, no user name or password of
//! an address, and nothing that a param, query or body holds under the name of a secret.

mod secrets;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use http::HeaderMap;
use tidings_fetch::{Request, Response, charset};
use tidings_protocol::Reply;
use tidings_protocol::recording::{Answer, Exchange, Recorded, Recording};
use url::Url;

pub use secrets::HIDDEN;
use secrets::Secrets;

/// Headers of a request that are kept; any other may hold a secret.
const ASKED: &[&str] = &["accept", "accept-language", "content-type"];
/// Headers of an answer that are kept.
const ANSWERED: &[&str] =
    &["content-language", "content-type", "etag", "last-modified", "link", "location", "retry-after"];

/// Keeps what one run asks for and gets.
#[derive(Debug, Default)]
pub struct Tape {
    kept: Mutex<Vec<Taken>>,
}

#[derive(Debug)]
struct Taken {
    exchange: Exchange,
    /// How its file is named, and what is in it.
    body: Option<(&'static str, Vec<u8>)>,
}

impl Tape {
    pub(super) fn keep(&self, request: &Request, reply: &Reply<Response>) {
        let recorded = Recorded {
            method: request.method.to_string(),
            url: without_user(&request.url),
            headers: only(&request.headers, ASKED),
            body: request.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned()),
        };
        let (answer, body) = match reply {
            Ok(response) => taken(request, response),
            Err(error) => {
                let mut error = error.clone();
                error.data.url = error.data.url.take().and_then(|url| Some(without_user(&Url::parse(&url).ok()?)));
                (Answer { error: Some(error), ..Answer::default() }, None)
            }
        };
        let taken = Taken { exchange: Exchange { request: recorded, response: answer }, body };
        self.kept.lock().expect("nothing panics while this lock is held").push(taken);
    }

    /// How many exchanges were kept.
    pub fn len(&self) -> usize {
        self.kept.lock().expect("nothing panics while this lock is held").len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes `recording`, with the exchanges kept, and the bodies beside it.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn write(&self, dir: &Path, mut recording: Recording) -> io::Result<()> {
        std::fs::create_dir_all(dir)?;
        let kept = self.kept.lock().expect("nothing panics while this lock is held");
        let secrets = Secrets::of(
            &recording.params,
            kept.iter().map(|taken| taken.exchange.request.url.as_str()),
            kept.iter().filter_map(|taken| taken.exchange.request.body.as_deref()),
        );
        secrets.hide_in_json(&mut recording.params);
        for (index, Taken { exchange, body }) in kept.iter().enumerate() {
            let mut exchange = without(&secrets, exchange);
            if let Some((extension, bytes)) = body {
                let file = format!("{:03}.{extension}", index + 1);
                let hidden = std::str::from_utf8(bytes).map(|text| secrets.hide(text).into_bytes());
                std::fs::write(dir.join(&file), hidden.as_deref().unwrap_or(bytes))?;
                exchange.response.body_file = Some(file);
            }
            recording.interactions.push(exchange);
        }
        let text = serde_json::to_string_pretty(&recording).map_err(io::Error::other)?;
        std::fs::write(dir.join("recording.json"), text + "\n")
    }
}

fn without(secrets: &Secrets, exchange: &Exchange) -> Exchange {
    let Exchange { mut request, mut response } = exchange.clone();
    request.url = secrets.hide_in_url(&request.url);
    request.body = request.body.map(|body| secrets.hide_in_body(&body));
    response.final_url = response.final_url.map(|url| secrets.hide_in_url(&url));
    response.headers.values_mut().for_each(|value| *value = secrets.hide(value));
    if let Some(error) = &mut response.error {
        error.message = secrets.hide(&error.message);
        error.data.url = error.data.url.take().map(|url| secrets.hide_in_url(&url));
    }
    Exchange { request, response }
}

fn taken(request: &Request, response: &Response) -> (Answer, Option<(&'static str, Vec<u8>)>) {
    let final_url = without_user(&response.final_url);
    let answer = Answer {
        status: Some(response.status.as_u16()),
        headers: only(&response.headers, ANSWERED),
        final_url: (final_url != without_user(&request.url)).then_some(final_url),
        ..Answer::default()
    };
    if response.body.is_empty() {
        return (answer, None);
    }
    let content_type = answer.headers.get("content-type").map(String::as_str);
    let extension = extension(content_type.unwrap_or_default());
    let bytes = match extension {
        "bin" if std::str::from_utf8(&response.body).is_err() => response.body.to_vec(),
        _ => charset::decode(&response.body, content_type).text.into_bytes(),
    };
    (answer, Some((extension, bytes)))
}

/// Whether a body of this type has a charset.
pub(super) fn is_text(content_type: &str) -> bool {
    extension(content_type) != "bin"
}

/// How a body's file is named; what is not known to be text is kept as it came.
fn extension(content_type: &str) -> &'static str {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "text/html" | "application/xhtml+xml" => "html",
        kind if kind.ends_with("json") => "json",
        kind if kind.ends_with("xml") => "xml",
        kind if kind.starts_with("text/") => "txt",
        _ => "bin",
    }
}

fn only(headers: &HeaderMap, names: &[&str]) -> BTreeMap<String, String> {
    let kept = headers.iter().filter(|(name, value)| names.contains(&name.as_str()) && !value.is_sensitive());
    kept.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect()
}

fn without_user(url: &Url) -> String {
    let mut url = url.clone();
    // Only an address without a host refuses this, and the fetcher asks none of these.
    url.set_username("").and_then(|()| url.set_password(None)).unwrap_or_default();
    url.into()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderValue, StatusCode};
    use serde_json::json;
    use tidings_fetch::Validators;

    use super::*;

    #[test]
    fn no_secret_gets_into_a_recording() {
        let tape = Tape::default();
        let mut request = Request::get(Url::parse("https://me:hush@a.example/feed?api_key=hush-hush&page=2").unwrap());
        request.headers.insert("authorization", HeaderValue::from_static("Bearer hush"));
        request.headers.insert("x-api-key", HeaderValue::from_static("hush"));
        request.headers.insert("accept", HeaderValue::from_static("text/html"));
        let mut headers = HeaderMap::new();
        headers.insert("set-cookie", HeaderValue::from_static("session=hush"));
        headers.insert("content-type", HeaderValue::from_static("text/html; charset=iso-8859-1"));
        let response = Response {
            url: request.url.clone(),
            final_url: request.url.clone(),
            status: StatusCode::OK,
            headers,
            body: Bytes::from_static(b"caf\xe9 hush-hush"),
            not_modified: false,
            validators: Validators::default(),
            retry_after: None,
            fetched_at: "2026-11-21T17:00:00Z".parse().unwrap(),
            blocked: None,
            from_cache: false,
        };
        tape.keep(&request, &Ok(response));
        let dir = tempfile::tempdir().unwrap();
        tape.write(dir.path(), Recording::empty(json!({"token": "hush"}))).unwrap();
        let written = std::fs::read_to_string(dir.path().join("recording.json")).unwrap();
        assert!(!written.contains("hush"), "{written}");
        let read = Recording::read(dir.path()).unwrap();
        assert_eq!(read.interactions[0].request.headers["accept"], "text/html");
        assert_eq!(std::fs::read_to_string(dir.path().join("001.html")).unwrap(), format!("café {HIDDEN}"));
        assert_eq!(read.interactions[0].request.url, format!("https://a.example/feed?api_key={HIDDEN}&page=2"));
    }
}
