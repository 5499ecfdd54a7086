//! The daemon's part in a replay: answers from a recording, keeps what is emitted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use tidings_protocol as wire;
use tidings_protocol::{
    EmitAnswer, FetchAnswer, FetchAs, FetchMany, FetchRequest, FetchResponse, FolderFile, FolderList, FolderPart,
    FolderRead, LogLine, Method, Outcome, Seen, SeenAnswer, Skip, Snapshot, SnapshotKey, SnapshotPut,
    SnapshotPutAnswer, StateKey, StateSet, StateValue, code,
};

use super::{Emitted, Exchange, Fault, Recording};
use crate::transport::Transport;
use crate::{Error, Result};

/// Part of a file that one answer of `folder.read` carries, in bytes.
const FOLDER_PART: usize = 256 << 10;

/// What later runs find: what a run that ended well leaves behind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) state: BTreeMap<String, Value>,
    /// Title and text by key; `None` where only the key is known.
    pub(crate) known: BTreeMap<String, Option<Content>>,
    pub(crate) snapshots: BTreeMap<String, Snapshot>,
}

type Content = (Option<String>, Option<String>, Option<wire::Change>);

pub(crate) struct Player {
    dir: PathBuf,
    recording: Recording,
    fault: Fault,
    pub(crate) kept: Kept,
    /// As it was at the last commit: what is left when the run fails.
    pub(crate) committed: Kept,
    /// How often each interaction was asked for.
    pub(crate) used: Vec<usize>,
    pub(crate) calls: usize,
    pub(crate) requests: Vec<String>,
    /// Requests that nothing was recorded for.
    pub(crate) unknown: Vec<String>,
    pub(crate) emitted: Vec<Emitted>,
    pub(crate) skipped: Vec<Skip>,
    pub(crate) log: Vec<LogLine>,
}

impl Player {
    pub(crate) fn new(dir: &Path, recording: Recording, kept: Kept, fault: Fault) -> Self {
        Self {
            dir: dir.to_owned(),
            used: vec![0; recording.interactions.len()],
            recording,
            fault,
            committed: kept.clone(),
            kept,
            calls: 0,
            requests: Vec::new(),
            unknown: Vec::new(),
            emitted: Vec::new(),
            skipped: Vec::new(),
            log: Vec::new(),
        }
    }

    /// What was emitted and set so far is what later runs find.
    pub(crate) fn cover(&mut self) {
        for Emitted { finding, .. } in &self.emitted {
            self.kept.known.insert(name_of(finding).to_owned(), Some(content_of(finding)));
        }
        self.committed = self.kept.clone();
    }

    fn fetch(&mut self, request: &FetchRequest) -> Result<FetchResponse> {
        self.requests.push(request.url.clone());
        if let Some(answer) = self.fault.answer(&request.url) {
            return Ok(answer);
        }
        let of_request = |(_, exchange): &(usize, &Exchange)| exchange.request.is(request);
        let matching: Vec<_> = self.recording.interactions.iter().enumerate().filter(of_request).collect();
        let Some((index, exchange)) = matching.iter().find(|(index, _)| self.used[*index] == 0).or(matching.last())
        else {
            self.unknown.push(request.url.clone());
            return Err(Error::msg(format!("nothing was recorded for {}", request.url)));
        };
        self.used[*index] += 1;
        self.answer(request, exchange)
    }

    fn answer(&self, request: &FetchRequest, Exchange { response, .. }: &Exchange) -> Result<FetchResponse> {
        if let Some(error) = &response.error {
            return Err(Error::from_wire(error.clone()));
        }
        let read = |file: &String| std::fs::read(self.dir.join(file));
        let body = response.body_file.as_ref().map(read).transpose()?.unwrap_or_default();
        let (text, body_b64) = match request.as_ {
            FetchAs::Bytes => (None, Some(STANDARD.encode(body))),
            FetchAs::Text | FetchAs::Json => (Some(String::from_utf8(body)?), None),
        };
        Ok(FetchResponse {
            url: request.url.clone(),
            final_url: response.final_url.clone().unwrap_or_else(|| request.url.clone()),
            status: response.status.unwrap_or_default(),
            headers: response.headers.clone(),
            text,
            body_b64,
            blocked: response.blocked.clone(),
            fetched_at: Some(self.recording.now),
            ..FetchResponse::default()
        })
    }

    fn fetch_many(&mut self, many: &FetchMany) -> Vec<FetchAnswer> {
        let mut answer = |request| self.fetch(request).map_err(|error| error.wire().clone()).into();
        many.requests.iter().map(&mut answer).collect()
    }

    /// As the daemon does: `duplicate` only for what an earlier run has brought.
    fn emit(&mut self, finding: wire::Finding) -> EmitAnswer {
        let outcome = match self.kept.known.get(name_of(&finding)) {
            None => Outcome::New,
            Some(Some(content)) if *content != content_of(&finding) => Outcome::Updated,
            Some(_) => Outcome::Duplicate,
        };
        self.emitted.push(Emitted { outcome, finding });
        EmitAnswer { outcome }
    }

    fn seen(&self, Seen { keys }: &Seen) -> SeenAnswer {
        SeenAnswer { seen: keys.iter().map(|key| self.kept.known.contains_key(key)).collect() }
    }

    fn put(&mut self, put: SnapshotPut) -> SnapshotPutAnswer {
        let id = format!("snapshot-{}", put.key);
        let taken = Some(self.recording.now);
        match self.kept.snapshots.get_mut(&put.key) {
            Some(stored) if put.append => stored.text.push_str(&put.text),
            _ => {
                let stored = Snapshot { id: id.clone(), text: put.text, facts: put.facts, taken };
                self.kept.snapshots.insert(put.key, stored);
            }
        }
        SnapshotPutAnswer { id }
    }

    fn folder(&self) -> Result<PathBuf> {
        let granted = self.recording.folder.as_ref().ok_or_else(|| Error::msg("no folder was granted"))?;
        Ok(self.dir.join(granted))
    }

    fn list(&self) -> Result<FolderList> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(self.folder()?)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push(FolderFile { name, size: entry.metadata()?.len(), modified: self.recording.now });
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(FolderList { files })
    }

    fn part(&self, FolderRead { name, offset }: &FolderRead) -> Result<FolderPart> {
        let bytes = std::fs::read(self.folder()?.join(name))?;
        let start = usize::try_from(*offset)?.min(bytes.len());
        let end = (start + FOLDER_PART).min(bytes.len());
        let next_offset = (end < bytes.len()).then_some(end as u64);
        Ok(FolderPart { body_b64: STANDARD.encode(&bytes[start..end]), next_offset })
    }

    fn serve(&mut self, method: Method, params: &RawValue) -> Result<Vec<u8>> {
        match method {
            Method::Fetch => json(&self.fetch(&read(params)?)?),
            Method::FetchMany => json(&self.fetch_many(&read(params)?)),
            Method::Emit => json(&self.emit(read(params)?)),
            Method::Seen => json(&self.seen(&read(params)?)),
            Method::StateGet => {
                let StateKey { key } = read(params)?;
                json(&StateValue { value: self.kept.state.get(&key).cloned() })
            }
            Method::StateSet => {
                let StateSet { key, value } = read(params)?;
                self.kept.state.insert(key, value);
                json(&())
            }
            Method::Commit => {
                self.cover();
                json(&())
            }
            Method::SnapshotLatest => {
                let SnapshotKey { key } = read(params)?;
                json(&self.kept.snapshots.get(&key))
            }
            Method::SnapshotPut => json(&self.put(read(params)?)),
            Method::FolderList => json(&self.list()?),
            Method::FolderRead => json(&self.part(&read(params)?)?),
            Method::Hello | Method::Skip | Method::Log | Method::Progress => unasked(method),
            Method::Describe | Method::Run | Method::Cancel => unasked(method),
        }
    }
}

fn unasked(method: Method) -> Result<Vec<u8>> {
    let message = format!("`{}` is no request of a plugin in a run", method.as_str());
    Err(Error::new(code::PROTOCOL_UNSUPPORTED, message))
}

fn read<T: DeserializeOwned>(params: &RawValue) -> Result<T> {
    Ok(serde_json::from_str(params.get())?)
}

fn json(answer: &impl Serialize) -> Result<Vec<u8>> {
    Ok(serde_json::to_vec(answer)?)
}

fn name_of(finding: &wire::Finding) -> &str {
    let name = finding.key.as_ref().or(finding.canonical_url.as_ref()).or(finding.url.as_ref());
    name.map_or("", String::as_str)
}

fn content_of(finding: &wire::Finding) -> Content {
    (finding.title.clone(), finding.text.clone(), finding.change.clone())
}

impl Transport for Player {
    fn call(&mut self, method: Method, params: &RawValue) -> Result<Vec<u8>> {
        self.calls += 1;
        self.serve(method, params)
    }

    fn notify(&mut self, method: Method, params: &RawValue) {
        let kept = match method {
            Method::Skip => read(params).map(|skip| self.skipped.push(skip)),
            Method::Log => read(params).map(|line| self.log.push(line)),
            _ => Ok(()),
        };
        kept.expect("the SDK writes what it can read");
    }

    fn cancelled(&self) -> bool {
        matches!(self.fault, Fault::CancelAfter(calls) if calls <= self.calls)
    }

    fn pause(&mut self, _: Duration) {}
}
