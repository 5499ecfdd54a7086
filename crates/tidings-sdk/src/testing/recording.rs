//! The files of a recording.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidings_protocol as wire;

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
    pub error: Option<wire::Error>,
}

fn get() -> String {
    "GET".to_owned()
}

fn is_get(method: &str) -> bool {
    method == "GET"
}

impl Recording {
    /// A visit without any exchange.
    pub(crate) fn empty(params: Value) -> Self {
        Self {
            about: String::new(),
            params,
            now: Timestamp::from_second(1_767_225_600).expect("2026-01-01 is a time"),
            last_success: None,
            state: BTreeMap::new(),
            known: Vec::new(),
            folder: None,
            interactions: Vec::new(),
        }
    }

    /// Reads `recording.json` in `dir`, and sees that each answer is one.
    #[track_caller]
    pub(crate) fn read(dir: &Path) -> Self {
        let path = dir.join("recording.json");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let recording: Self = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for Exchange { request, response } in &recording.interactions {
            let is_one = response.status.is_some() != response.error.is_some();
            assert!(is_one, "{}: {} needs one of `status` and `error`", path.display(), request.url);
            if let Some(file) = &response.body_file {
                assert!(dir.join(file).is_file(), "{}: body file `{file}` is missing", path.display());
            }
        }
        recording
    }
}

impl Recorded {
    /// Whether this is that request; addresses are compared as browsers write them.
    pub(crate) fn is(&self, request: &wire::FetchRequest) -> bool {
        let method = if request.method.is_empty() { "GET" } else { &request.method };
        self.method == method && self.body == request.body && written(&self.url) == written(&request.url)
    }
}

fn written(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| url.to_owned(), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first JSON block of a page that holds `mark`.
    fn block<'a>(page: &'a str, mark: &str) -> &'a str {
        let blocks = page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
        blocks.into_iter().find(|block| block.contains(mark)).expect("the page shows one")
    }

    #[test]
    fn the_recording_of_the_authors_page_is_one() {
        let page = include_str!("../../../../docs/writing-plugins.md");
        let recording: Recording = serde_json::from_str(block(page, "interactions")).unwrap();
        assert_eq!(recording.interactions.len(), 2);
    }

    #[test]
    fn the_manifest_of_the_reference_is_one() {
        let page = include_str!("../../../../docs/plugin-protocol.md");
        let manifest: wire::Manifest = serde_json::from_str(block(page, "manifest_version")).unwrap();
        assert_eq!(manifest.check(), Ok(()));
        // Nothing on the page that the type does not know.
        let written: Value = serde_json::from_str(block(page, "manifest_version")).unwrap();
        let mut known = serde_json::to_value(&manifest).unwrap();
        known["capabilities"]["secrets"] = written["capabilities"]["secrets"].clone();
        assert_eq!(known, written);
    }
}
