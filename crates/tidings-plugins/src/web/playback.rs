//! A recording in the place of the web.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use tidings_fetch::{Request, Response, Validators};
use tidings_protocol::recording::{Answer, Exchange, Recording};
use tidings_protocol::{Error, FetchRequest, Reply, code};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::tape::is_text;

/// What goes wrong while a recording is replayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebFault {
    #[default]
    None,
    /// Each answer is a `200` without a body.
    EmptyBody,
    /// Each answer is a `200` with this body.
    Body(&'static str),
    /// Each answer has this status and no body.
    Status(u16),
}

/// Answers one run from a recording, strictly: what was not recorded is an error.
#[derive(Debug)]
pub struct Playback {
    dir: PathBuf,
    recording: Recording,
    fault: WebFault,
    stop: Option<Stop>,
    heard: Mutex<Heard>,
}

/// Where a run is told to stop.
#[derive(Debug)]
struct Stop {
    run: CancellationToken,
    /// So many requests are answered before.
    after: usize,
    at: OnceLock<Instant>,
}

#[derive(Debug, Default)]
struct Heard {
    /// How often each exchange was asked for.
    used: Vec<usize>,
    requests: Vec<String>,
    unknown: Vec<String>,
}

impl Playback {
    /// The moment of the recording.
    pub(super) fn now(&self) -> Timestamp {
        self.recording.now
    }

    /// `recording` as it was read from `dir`.
    pub fn new(dir: &Path, recording: Recording, fault: WebFault) -> Self {
        let used = vec![0; recording.interactions.len()];
        let heard = Mutex::new(Heard { used, ..Heard::default() });
        Self { dir: dir.to_owned(), recording, fault, stop: None, heard }
    }

    /// Cancels `run` at the request behind `after` others, in the place of an answer.
    #[must_use]
    pub fn stopping(self, run: CancellationToken, after: usize) -> Self {
        Self { stop: Some(Stop { run, after, at: OnceLock::new() }), ..self }
    }

    /// How long ago the run was told to stop.
    pub fn stopped(&self) -> Option<Duration> {
        self.stop.as_ref()?.at.get().map(Instant::elapsed)
    }

    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The addresses asked for, in order.
    pub fn requests(&self) -> Vec<String> {
        self.heard().requests.clone()
    }

    /// The addresses asked for that were not recorded.
    pub fn unknown(&self) -> Vec<String> {
        self.heard().unknown.clone()
    }

    /// The addresses recorded that nobody asked for.
    pub fn unused(&self) -> Vec<String> {
        let heard = self.heard();
        let exchanges = self.recording.interactions.iter().zip(&heard.used);
        exchanges.filter(|(_, used)| **used == 0).map(|(exchange, _)| exchange.request.url.clone()).collect()
    }

    pub(super) async fn answer(&self, request: &Request) -> Reply<Response> {
        if let Some(stop) = self.stop.as_ref().filter(|stop| stop.after <= self.requests().len()) {
            stop.at.get_or_init(Instant::now);
            stop.run.cancel();
            // The run's supervisor takes it from here.
            std::future::pending::<()>().await;
        }
        self.replayed(request)
    }

    fn replayed(&self, request: &Request) -> Reply<Response> {
        let mut heard = self.heard();
        heard.requests.push(request.url.to_string());
        match self.fault {
            WebFault::None => {}
            WebFault::EmptyBody => return Ok(response(request, self.recording.now, StatusCode::OK)),
            WebFault::Body(body) => {
                let mut found = response(request, self.recording.now, StatusCode::OK);
                found.body = Bytes::from_static(body.as_bytes());
                say_utf8(&mut found.headers, &found.body);
                return Ok(found);
            }
            WebFault::Status(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                return Ok(response(request, self.recording.now, status));
            }
        }
        let asked = FetchRequest {
            method: request.method.to_string(),
            url: request.url.to_string(),
            body: request.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned()),
            ..FetchRequest::default()
        };
        let of_request = |(_, exchange): &(usize, &Exchange)| exchange.request.is(&asked);
        let matching: Vec<_> = self.recording.interactions.iter().enumerate().filter(of_request).collect();
        let next = matching.iter().find(|(index, _)| heard.used[*index] == 0).or(matching.last());
        let Some((index, exchange)) = next else {
            heard.unknown.push(asked.url.clone());
            let message = format!("nothing was recorded for {}", asked.url);
            return Err(Error::new(code::PLUGIN_ERROR, message).with_url(asked.url));
        };
        heard.used[*index] += 1;
        self.read(request, &exchange.response)
    }

    fn read(&self, request: &Request, answer: &Answer) -> Reply<Response> {
        if let Some(error) = &answer.error {
            return Err(error.clone());
        }
        let broken = |problem: String| Error::new(code::PLUGIN_ERROR, format!("the recording is broken: {problem}"));
        let status =
            StatusCode::from_u16(answer.status.unwrap_or_default()).map_err(|error| broken(error.to_string()))?;
        let mut found = response(request, self.recording.now, status);
        if let Some(url) = &answer.final_url {
            found.final_url = Url::parse(url).map_err(|error| broken(format!("`final_url`: {error}")))?;
        }
        if let Some(file) = &answer.body_file {
            let read = std::fs::read(self.dir.join(file)).map_err(|error| broken(format!("{file}: {error}")))?;
            found.body = Bytes::from(read);
        }
        for (name, value) in &answer.headers {
            let name: HeaderName = name.parse().map_err(|_| broken(format!("`{name}` is no name of a header")))?;
            let value = HeaderValue::from_str(value).map_err(|_| broken(format!("header `{name}` is none")))?;
            found.headers.append(name, value);
        }
        say_utf8(&mut found.headers, &found.body);
        Ok(found)
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().expect("nothing panics while this lock is held")
    }
}

fn response(request: &Request, now: Timestamp, status: StatusCode) -> Response {
    Response {
        url: request.url.clone(),
        final_url: request.url.clone(),
        status,
        headers: HeaderMap::new(),
        body: Bytes::new(),
        not_modified: false,
        validators: Validators::default(),
        retry_after: None,
        fetched_at: now,
        blocked: None,
        from_cache: false,
    }
}

/// Text in a recording is UTF-8, whatever the server had it in.
fn say_utf8(headers: &mut HeaderMap, body: &[u8]) {
    let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("text/plain");
    if !is_text(stated) || std::str::from_utf8(body).is_err() {
        return;
    }
    let media_type = stated.split(';').next().unwrap_or_default().trim();
    if let Ok(value) = HeaderValue::from_str(&format!("{media_type}; charset=utf-8")) {
        headers.insert(header::CONTENT_TYPE, value);
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::json;

    use super::*;

    fn playback(dir: &Path, fault: WebFault) -> Playback {
        std::fs::write(dir.join("001.html"), "Giá 12 €").unwrap();
        let recording = serde_json::from_value(json!({
            "params": {}, "now": "2026-11-21T17:00:00Z",
            "interactions": [
                {"request": {"url": "https://a.example/1"}, "response": {
                    "status": 200, "headers": {"content-type": "text/html; charset=windows-1252"}, "body_file": "001.html"}},
                {"request": {"url": "https://a.example/1"}, "response": {"status": 304}},
                {"request": {"url": "https://a.example/2"}, "response": {
                    "error": {"code": "fetch.timeout", "message": "too slow", "retryable": true}}},
                {"request": {"url": "https://a.example/never"}, "response": {"status": 200}},
            ],
        }));
        Playback::new(dir, recording.unwrap(), fault)
    }

    fn ask(playback: &Playback, url: &str) -> Result<(u16, String), String> {
        let reply = playback.replayed(&Request::new(Method::GET, Url::parse(url).unwrap()));
        reply
            .map(|found| (found.status.as_u16(), String::from_utf8(found.body.to_vec()).unwrap()))
            .map_err(|error| error.code)
    }

    #[test]
    fn exchanges_are_answered_in_their_order_and_then_with_the_last() {
        let dir = tempfile::tempdir().unwrap();
        let playback = playback(dir.path(), WebFault::None);
        assert_eq!(ask(&playback, "https://a.example/1"), Ok((200, "Giá 12 €".to_owned())));
        assert_eq!(ask(&playback, "https://a.example/1"), Ok((304, String::new())));
        assert_eq!(ask(&playback, "https://a.example/1"), Ok((304, String::new())));
        assert_eq!(ask(&playback, "https://a.example/2"), Err("fetch.timeout".to_owned()));
        assert_eq!(ask(&playback, "https://a.example/3"), Err(code::PLUGIN_ERROR.to_owned()));
        assert_eq!(playback.unknown(), ["https://a.example/3"]);
        assert_eq!(playback.unused(), ["https://a.example/never"]);
        assert_eq!(playback.requests().len(), 5);
    }

    #[test]
    fn visits_that_stand_before_each_other_are_told() {
        let dir = tempfile::tempdir().unwrap();
        for (name, after) in [("one", "two"), ("two", "one"), ("three", "none")] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
            let recording = json!({"params": {}, "now": "2026-11-21T17:00:00Z", "after": after}).to_string();
            std::fs::write(dir.path().join(name).join("recording.json"), recording).unwrap();
        }
        let said = |name: &str| Recording::read(&dir.path().join(name)).unwrap_err().to_string();
        assert!(said("one").contains("go in a circle"), "{}", said("one"));
        assert!(said("three").contains("none holds no recording"), "{}", said("three"));
    }

    #[test]
    fn recorded_text_is_utf8_whatever_the_server_said() {
        let dir = tempfile::tempdir().unwrap();
        let playback = playback(dir.path(), WebFault::None);
        let url = Url::parse("https://a.example/1").unwrap();
        let found = playback.replayed(&Request::get(url)).unwrap();
        assert_eq!(found.header("content-type"), Some("text/html; charset=utf-8"));
    }

    #[test]
    fn a_fault_answers_everything() {
        let dir = tempfile::tempdir().unwrap();
        let url = "https://a.example/1";
        assert_eq!(ask(&playback(dir.path(), WebFault::EmptyBody), url), Ok((200, String::new())));
        assert_eq!(ask(&playback(dir.path(), WebFault::Status(500)), url), Ok((500, String::new())));
        assert_eq!(ask(&playback(dir.path(), WebFault::Body("no")), url), Ok((200, "no".to_owned())));
    }
}
