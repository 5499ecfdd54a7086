//! A store and its index, and findings to put into them.

use std::sync::Arc;

use tempfile::TempDir;
use tidings_index::{Index, Opened, SearchAnswer, SearchError, SearchRequest};
use tidings_model::{
    Clock, Clues, CompetitorTag, Dimension, Evidence, EvidenceList, Field, Finding, FindingId, Kind, ManualClock, Tag,
    Thread, Timestamp,
};
use tidings_store::{Batch, Incoming, LogNumber, Store};

pub(crate) struct Archive {
    pub(crate) dir: TempDir,
    pub(crate) clock: ManualClock,
    pub(crate) store: Store,
    pub(crate) index: Index,
}

pub(crate) fn dimensions() -> Vec<Dimension> {
    vec!["pain".parse().unwrap(), "intent".parse().unwrap()]
}

impl Archive {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let clock = ManualClock::new("2026-11-22T00:00:00Z".parse().unwrap());
        let store = Store::open(&dir.path().join("data")).unwrap();
        let (index, opened) = Index::open(&dir.path().join("index"), store.epoch(), Arc::new(clock.clone())).unwrap();
        assert!(matches!(opened, Opened::Ready(_)));
        Self { dir, clock, store, index }
    }

    pub(crate) fn with(findings: impl IntoIterator<Item = Finding>) -> Self {
        let archive = Self::new();
        archive.add(findings);
        archive
    }

    /// Commits findings to the log.
    pub(crate) fn put(&self, findings: impl IntoIterator<Item = Finding>) {
        let incoming = |finding| Incoming { hash: hash(&finding), clues: Clues::default(), finding };
        self.put_incoming(findings.into_iter().map(incoming).collect());
    }

    pub(crate) fn put_incoming(&self, findings: Vec<Incoming>) {
        let mut batch = Batch::new("feed".parse().unwrap(), "run", self.clock.now());
        batch.findings = findings;
        batch.cover = true;
        self.store.commit(batch).unwrap();
    }

    /// Lets the index read the rest of the log.
    pub(crate) fn follow(&self) {
        loop {
            let after = self.index.checkpoint().unwrap().log;
            let entries = self.store.log_after(after, 100).unwrap();
            if entries.is_empty() {
                return;
            }
            self.index.apply(&entries).unwrap();
            self.index.commit().unwrap();
        }
    }

    pub(crate) fn add(&self, findings: impl IntoIterator<Item = Finding>) {
        self.put(findings);
        self.follow();
    }

    pub(crate) fn search(&self, params: &[(&str, &str)]) -> Result<SearchAnswer, SearchError> {
        self.index.search(&self.store, &SearchRequest::from_params(params.iter().copied(), &dimensions())?)
    }

    /// The keys of what is found, in order.
    pub(crate) fn keys(&self, params: &[(&str, &str)]) -> Vec<String> {
        let answer = self.search(params).unwrap();
        answer.hits.iter().map(|hit| hit.finding.hints[0].clone()).collect()
    }

    pub(crate) fn verify(&self) -> Vec<tidings_index::Difference> {
        self.index.verify(&self.store, |_| ()).unwrap()
    }

    pub(crate) fn head(&self) -> LogNumber {
        self.store.head().unwrap()
    }
}

/// As a run would hash title and text.
fn hash(finding: &Finding) -> u64 {
    let bytes = finding.title.bytes().chain([0]).chain(finding.text.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

pub(crate) fn id(key: &str) -> FindingId {
    FindingId::new(&"feed".parse().unwrap(), key)
}

/// A finding that says `text`; its key stands in its hints.
pub(crate) fn finding(key: &str, text: &str) -> Finding {
    Finding {
        id: id(key),
        url: None,
        canonical_url: None,
        site: None,
        source: "feed".parse().unwrap(),
        plugin: "feed".parse().unwrap(),
        kind: Kind::Post,
        title: String::new(),
        text: text.to_owned(),
        truncated: false,
        author: None,
        lang: None,
        published: None,
        found: Timestamp::UNIX_EPOCH,
        updated: None,
        revision: 1,
        thread: None,
        engagement: None,
        competitors: Vec::new(),
        tags: Vec::new(),
        severity: None,
        story: None,
        change: None,
        hints: vec![key.to_owned()],
        attrs: std::collections::BTreeMap::new(),
        mark: None,
        taxonomy_version: 1,
    }
}

pub(crate) fn dated(key: &str, text: &str, published: &str) -> Finding {
    Finding { published: Some(published.parse().unwrap()), ..finding(key, text) }
}

pub(crate) fn titled(key: &str, title: &str, text: &str) -> Finding {
    Finding { title: title.to_owned(), ..finding(key, text) }
}

pub(crate) fn in_thread(key: &str, thread: &str, text: &str) -> Finding {
    Finding { thread: Some(Thread { title: thread.to_owned(), ..Thread::default() }), ..finding(key, text) }
}

fn evidence() -> EvidenceList {
    [Evidence { field: Field::Text, start: 0, end: 1, quote: "x".into() }].into()
}

pub(crate) fn tag(dimension: &str, label: &str, about: &[&str]) -> Tag {
    Tag {
        dimension: dimension.parse().unwrap(),
        id: label.parse().unwrap(),
        about: about.iter().map(|id| id.parse().unwrap()).collect(),
        evidence: evidence(),
    }
}

pub(crate) fn competitor(id: &str, tier: u8) -> CompetitorTag {
    CompetitorTag {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        tier: Some(tier.try_into().unwrap()),
        evidence: evidence(),
    }
}
