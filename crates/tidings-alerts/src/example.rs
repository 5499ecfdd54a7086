//! The messages that templates are checked with: between them every variable has a value
//! somewhere, and every one that can be absent is absent somewhere.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::json;
use tidings_model::{Evidence, Field, Finding};

use crate::{Cadence, Digest, Entry, Language, Notice, Score};

/// A digest with everything, one with next to nothing, and one of a single entry.
pub(crate) fn digests() -> Vec<Digest> {
    let bare = Entry { evidence: Vec::new(), also_in: 0, score: None, is_old: false, ..entry(bare()) };
    let full = Entry { score: Some(Score::of(&full(), 7)), also_in: 6, is_revision: true, ..entry(full()) };
    let old = Entry { is_old: true, ..full.clone() };
    let link = "https://tidings.example/alerts/example".parse().ok();
    let whole = Digest {
        name: "Example".to_owned(),
        entries: vec![full.clone(), full.clone(), bare.clone(), old],
        left_out: 2,
        link,
        is_test: true,
        ..empty(Language::Vietnamese)
    };
    vec![whole, empty(Language::English), Digest { entries: vec![bare], ..empty(Language::English) }]
}

pub(crate) fn notice() -> Notice {
    Notice {
        subject: "source voz is blocked".to_owned(),
        lines: vec!["It answered 403 since 08:00.".to_owned(), "It is tried again at 09:00.".to_owned()],
        language: Language::English,
    }
}

fn empty(language: Language) -> Digest {
    Digest {
        alert: "example".parse().expect("the example's id is one"),
        name: String::new(),
        query: "tier:1 pain:price".to_owned(),
        cadence: Cadence::Daily,
        language,
        zone: TimeZone::UTC,
        entries: Vec::new(),
        left_out: 0,
        link: None,
        is_test: false,
    }
}

fn entry(finding: Finding) -> Entry {
    let evidence = vec![
        Evidence { field: Field::Title, start: 13, end: 20, quote: "doubles".into() },
        Evidence { field: Field::Text, start: 21, end: 25, quote: "dear".into() },
    ];
    Entry { finding: Arc::new(finding), evidence, also_in: 0, score: None, is_old: false, is_revision: false }
}

fn bare() -> Finding {
    read(json!({
        "id": "f_clm47lvtcmww34m2tqkwbomrni", "source": "survey", "plugin": "import", "kind": "survey",
        "title": "An answer", "found": "2026-11-20T08:03:11Z", "revision": 1, "taxonomy_version": 1,
    }))
}

fn full() -> Finding {
    let evidence = json!([{ "field": "title", "start": 0, "end": 8, "quote": "Acme CRM" }]);
    read(json!({
        "id": "f_clm47lvtcmww34m2tqkwbomrni", "url": "https://forum.example/t/9", "site": "forum.example",
        "source": "forum", "plugin": "xenforo", "kind": "page_change", "title": "Acme CRM now doubles its price",
        "text": "Acme CRM is now too dear for us, and we look for another.", "author": "An", "lang": "en",
        "published": "2026-11-20T08:00:00Z", "found": "2026-11-20T08:03:11Z", "updated": "2026-11-20T09:00:00Z",
        "revision": 2, "engagement": { "score": 12, "replies": 4, "views": 310 },
        "competitors": [{ "id": "acme", "name": "Acme CRM", "tier": 1, "evidence": evidence }],
        "tags": [
            { "dimension": "pain", "id": "price", "about": ["acme"], "evidence": evidence },
            { "dimension": "intent", "id": "switching", "evidence": evidence },
        ],
        "severity": "high",
        "change": { "page": "pricing", "added": ["$12"], "fields": { "price": { "from": "$10", "to": "$12" } } },
        "taxonomy_version": 1,
    }))
}

fn read(finding: serde_json::Value) -> Finding {
    serde_json::from_value(finding).expect("the example is a finding")
}
