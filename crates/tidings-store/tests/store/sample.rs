//! Findings and batches to put in.

use serde_json::json;
use tempfile::TempDir;
use tidings_model::{Clues, Finding, FindingId, SourceId, Timestamp};
use tidings_store::{Batch, Incoming, Store};

pub(crate) fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

pub(crate) fn source() -> SourceId {
    "voz".parse().unwrap()
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

pub(crate) fn id(key: &str) -> FindingId {
    FindingId::new(&source(), key)
}

/// A finding with something in every field, as the store hands it back right after `seen`.
pub(crate) fn finding(key: &str, text: &str, seen: Timestamp) -> Finding {
    let evidence = json!([{"field": "text", "start": 0, "end": 4, "quote": "Acme"}]);
    serde_json::from_value(json!({
        "id": id(key), "url": format!("https://www.forum.example/t/{key}?utm_source=x"),
        "canonical_url": format!("https://www.forum.example/t/{key}"), "site": "forum.example",
        "source": "voz", "plugin": "xenforo", "kind": "post", "title": "Giá quá đắt", "text": text, "truncated": true,
        "author": "an", "lang": "vi", "published": "2026-11-20T08:00:00.123456Z", "found": seen, "revision": 1,
        "thread": {"id": "9", "url": "https://forum.example/t/9", "title": "CRM?", "position": 3},
        "competitors": [{"id": "acme", "name": "Acme CRM", "tier": 1, "evidence": evidence}],
        "tags": [{"dimension": "pain", "id": "price", "about": ["acme"], "evidence": evidence}],
        "severity": "high", "hints": ["crm"], "attrs": {"stars": 3, "nested": {"a": [1, null]}}, "taxonomy_version": 12,
    }))
    .unwrap()
}

/// `hash` follows the text, as the pipeline's does.
pub(crate) fn incoming(key: &str, text: &str) -> Incoming {
    let hash = text.bytes().fold(7, |hash: u64, byte| hash.wrapping_mul(31) + u64::from(byte));
    Incoming { finding: finding(key, text, at(0)), hash, clues: Clues::default() }
}

pub(crate) fn batch(run: &str, second: i64, findings: &[(&str, &str)]) -> Batch {
    let mut batch = Batch::new(source(), run, at(second));
    batch.findings = findings.iter().map(|(key, text)| incoming(key, text)).collect();
    batch
}
