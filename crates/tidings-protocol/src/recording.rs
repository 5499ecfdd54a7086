//! The files of a recording: a plugin's exchange with the web, replayed in tests.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, FetchRequest};

/// Most visits that may stand before one.
const MAX_VISITS: usize = 16;

/// `recording.json`: one visit of a plugin, and what the web answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// What this recording shows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    pub params: Value,
    /// The time of the visit.
    pub now: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Timestamp>,
    /// The recording beside this one whose visit went before: state, snapshots and keys are as it left them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// State as earlier runs left it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub state: BTreeMap<String, Value>,
    /// Keys (or URLs, for findings without a key) that earlier runs brought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<String>,
    /// A folder of the recording, granted to the plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    #[serde(default)]
    pub interactions: Vec<Exchange>,
}

/// One request and its answer. The same request may stand several times: it is
/// answered in this order, and then always with the last.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    pub request: Recorded,
    pub response: Answer,
}

/// What tells one request from another. Headers are kept to be read, not compared.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    #[serde(default = "get", skip_serializing_if = "is_get")]
    pub method: String,
    pub url: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Body of a `POST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// What the web answered: a status with its body, or why there was none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Names in lower case.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Where redirects ended, if elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_url: Option<String>,
    /// A file beside `recording.json`; text in it is UTF-8. No file is an empty body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_file: Option<String>,
    /// What told a block page apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}

fn get() -> String {
    "GET".to_owned()
}

fn is_get(method: &str) -> bool {
    method == "GET"
}

impl Recording {
    /// A visit without any exchange.
    pub fn empty(params: Value) -> Self {
        Self {
            about: String::new(),
            params,
            now: Timestamp::from_second(1_767_225_600).expect("2026-01-01 is a time"),
            last_success: None,
            after: None,
            state: BTreeMap::new(),
            known: Vec::new(),
            folder: None,
            interactions: Vec::new(),
        }
    }

    /// Where the recording lies whose visit went before that of the recording in `dir`.
    pub fn before(&self, dir: &Path) -> Option<PathBuf> {
        self.after.as_ref().map(|name| dir.with_file_name(name))
    }

    /// Reads `recording.json` in `dir`, and sees that each answer is one.
    ///
    /// # Errors
    ///
    /// When it cannot be read, an answer has both or neither of `status` and `error`,
    /// or the file of a body is missing.
    pub fn read(dir: &Path) -> Result<Self, RecordingError> {
        let path = dir.join("recording.json");
        let fault = |problem: String| RecordingError { path: path.clone(), problem };
        let text = std::fs::read_to_string(&path).map_err(|error| fault(error.to_string()))?;
        let recording: Self = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
        let mut before = recording.before(dir);
        for visits in 1.. {
            let Some(place) = before else { break };
            let text = std::fs::read_to_string(place.join("recording.json"))
                .map_err(|error| fault(format!("`after`: {} holds no recording: {error}", place.display())))?;
            if MAX_VISITS < visits {
                return Err(fault(format!(
                    "`after`: more than {MAX_VISITS} visits stand before it, or they go in a circle"
                )));
            }
            let earlier: Value = serde_json::from_str(&text).unwrap_or_default();
            before = earlier["after"].as_str().map(|name| place.with_file_name(name));
        }
        for Exchange { request, response } in &recording.interactions {
            if response.status.is_some() == response.error.is_some() {
                return Err(fault(format!("{} needs one of `status` and `error`", request.url)));
            }
            if let Some(file) = response.body_file.as_ref().filter(|file| !dir.join(file).is_file()) {
                return Err(fault(format!("body file `{file}` is missing")));
            }
        }
        Ok(recording)
    }

    /// The recorded addresses that are most like `url`, three at most, the nearest first.
    pub fn nearest(&self, url: &str) -> Vec<&str> {
        let mut known: Vec<&str> = self.interactions.iter().map(|known| known.request.url.as_str()).collect();
        known.sort_by_key(|known| distance(known, url));
        known.dedup();
        known.truncate(3);
        known
    }
}

impl Recorded {
    /// Whether this is that request; addresses are compared as browsers write them.
    pub fn is(&self, request: &FetchRequest) -> bool {
        let method = if request.method.is_empty() { "GET" } else { &request.method };
        self.method == method && self.body == request.body && written(&self.url) == written(&request.url)
    }
}

/// An address as browsers write it, without a user name and password.
fn written(url: &str) -> String {
    let Ok(mut url) = url::Url::parse(url) else { return url.to_owned() };
    if url.has_authority() && !url.cannot_be_a_base() {
        // Only an address without a host refuses this, and such a one has neither.
        url.set_username("").and_then(|()| url.set_password(None)).unwrap_or_default();
    }
    url.into()
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// A recording that cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingError {
    pub path: PathBuf,
    pub problem: String,
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.problem)
    }
}

impl std::error::Error for RecordingError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn requests_are_compared_as_browsers_write_them() {
        let recorded =
            Recorded { method: get(), url: "https://a.example".to_owned(), headers: BTreeMap::new(), body: None };
        let is = |url: &str| recorded.is(&FetchRequest { url: url.to_owned(), ..FetchRequest::default() });
        assert!(is("https://A.example/") && is("https://me:secret@a.example/"));
        assert!(!is("https://a.example/?page=2"));
    }
}
