//! What a run outside the daemon brought: kept in memory as the daemon would keep it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use tidings_plugins::Calls;
use tidings_protocol::recording::Recording;
use tidings_protocol::{Change, Finding, LogLine, Outcome, Progress, Reply, Skip, Snapshot, SnapshotPut};

use crate::output::print_line;

/// What decides whether a finding has changed.
type Content = (Option<String>, Option<String>, Option<Change>);

/// Serves a run, and keeps what it brings.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) findings: Vec<(Outcome, Finding)>,
    pub(crate) skipped: Vec<Skip>,
    /// As it was at the last commit.
    pub(crate) committed: BTreeMap<String, Value>,
    state: BTreeMap<String, Value>,
    /// By key or address; `None` where only the name is known.
    known: BTreeMap<String, Option<Content>>,
    snapshots: BTreeMap<String, Snapshot>,
    now: Option<Timestamp>,
    /// Each call is printed as it comes, one JSON object a line.
    trace: bool,
}

impl Collected {
    pub(crate) fn traced() -> Self {
        Self { trace: true, ..Self::default() }
    }

    /// What earlier runs left, as `recording` says.
    pub(crate) fn after(recording: &Recording, trace: bool) -> Self {
        Self {
            state: recording.state.clone(),
            committed: recording.state.clone(),
            known: recording.known.iter().map(|key| (key.clone(), None)).collect(),
            now: Some(recording.now),
            trace,
            ..Self::default()
        }
    }

    /// What the visit before left, in the place of what the recording says.
    pub(crate) fn following(self, earlier: Self) -> Self {
        let Self { committed, known, snapshots, .. } = earlier;
        Self { state: committed.clone(), committed, known, snapshots, ..self }
    }

    /// What was emitted and set so far is what later runs find.
    pub(crate) fn cover(&mut self) {
        for (_, finding) in &self.findings {
            self.known.insert(name_of(finding).to_owned(), Some(content_of(finding)));
        }
        self.committed = self.state.clone();
    }

    /// Each finding once, as it came first.
    pub(crate) fn distinct(&self) -> Vec<&Finding> {
        let mut names = std::collections::BTreeSet::new();
        let findings = self.findings.iter().map(|(_, finding)| finding);
        findings.filter(|finding| names.insert(name_of(finding).to_owned())).collect()
    }

    fn tell(&self, event: &str, what: &Value) {
        if self.trace {
            // Whoever closed the pipe wants to see no more.
            print_line(&json!({"event": event, "data": what}).to_string()).unwrap_or_default();
        }
    }
}

impl Calls for Collected {
    /// `duplicate` only for what an earlier run has brought, as the daemon does.
    async fn emit(&mut self, finding: Finding) -> Reply<Outcome> {
        let outcome = match self.known.get(name_of(&finding)) {
            None => Outcome::New,
            Some(Some(content)) if *content != content_of(&finding) => Outcome::Updated,
            Some(_) => Outcome::Duplicate,
        };
        self.tell("emit", &json!({"outcome": outcome, "finding": finding}));
        self.findings.push((outcome, finding));
        Ok(outcome)
    }

    async fn seen(&mut self, keys: Vec<String>) -> Reply<Vec<bool>> {
        self.tell("seen", &json!(keys));
        Ok(keys.iter().map(|key| self.known.contains_key(key)).collect())
    }

    async fn state_get(&mut self, key: String) -> Reply<Option<Value>> {
        self.tell("state.get", &json!(key));
        Ok(self.state.get(&key).cloned())
    }

    async fn state_set(&mut self, key: String, value: Value) -> Reply<()> {
        self.tell("state.set", &json!({"key": key, "value": value}));
        self.state.insert(key, value);
        Ok(())
    }

    async fn commit(&mut self) -> Reply<()> {
        self.tell("commit", &json!({}));
        self.cover();
        Ok(())
    }

    async fn snapshot_latest(&mut self, key: String) -> Reply<Option<Snapshot>> {
        self.tell("snapshot.latest", &json!(key));
        Ok(self.snapshots.get(&key).cloned())
    }

    async fn snapshot_put(&mut self, put: SnapshotPut) -> Reply<String> {
        self.tell("snapshot.put", &json!({"key": put.key, "bytes": put.text.len()}));
        let id = format!("snapshot-{}", put.key);
        let begun = self.snapshots.remove(&put.key).filter(|_| put.append);
        let (text, facts) = match begun {
            Some(begun) => (begun.text + &put.text, begun.facts),
            None => (put.text, put.facts),
        };
        self.snapshots.insert(put.key, Snapshot { id: id.clone(), text, facts, taken: self.now });
        Ok(id)
    }

    fn skip(&mut self, skip: Skip) {
        self.tell("skip", &json!(skip));
        self.skipped.push(skip);
    }

    fn log(&mut self, line: LogLine) {
        self.tell("log", &json!(line));
        tracing::info!(level = ?line.level, "plugin: {}", line.message);
    }

    fn progress(&mut self, progress: Progress) {
        self.tell("progress", &json!(progress));
    }
}

fn name_of(finding: &Finding) -> &str {
    let name = finding.key.as_ref().or(finding.canonical_url.as_ref()).or(finding.url.as_ref());
    name.map_or("", String::as_str)
}

fn content_of(finding: &Finding) -> Content {
    (finding.title.clone(), finding.text.clone(), finding.change.clone())
}
