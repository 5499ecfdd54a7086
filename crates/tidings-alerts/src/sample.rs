//! Findings, entries and digests for the tests.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::json;
use tidings_model::{Change, CompetitorTag, Evidence, Field, Finding, FindingId, PageType, Severity, Tag, Tier};

use crate::{Cadence, Digest, Entry, Language};

pub(crate) fn plain() -> Finding {
    finding("plain", "A plain post", "Nothing of note.")
}

pub(crate) fn finding(key: &str, title: &str, text: &str) -> Finding {
    let id = FindingId::new(&"voz".parse().unwrap(), key);
    serde_json::from_value(json!({
        "id": id, "url": format!("https://forum.example/t/{key}"), "site": "forum.example", "source": "voz",
        "plugin": "xenforo", "kind": "post", "title": title, "text": text, "published": "2026-11-20T08:00:00Z",
        "found": "2026-11-20T08:03:11Z", "revision": 1, "taxonomy_version": 1,
    }))
    .unwrap()
}

/// About the price of a competitor of `tier`, called like its id with a capital.
pub(crate) fn price_pain(key: &str, title: &str, competitor_id: &str, tier: Tier) -> Finding {
    let mut finding = finding(key, title, "It has become too dear for us.");
    finding.severity = Some(Severity::High);
    finding.competitors = vec![competitor(competitor_id, Some(tier))];
    finding.tags = vec![Tag { about: vec![competitor_id.parse().unwrap()], ..tag("pain", "price") }];
    finding
}

pub(crate) fn competitor(id: &str, tier: Option<Tier>) -> CompetitorTag {
    let name = format!("{}{}", id[..1].to_uppercase(), &id[1..]);
    CompetitorTag { id: id.parse().unwrap(), name, tier, evidence: [some_evidence()].into() }
}

pub(crate) fn tag(dimension: &str, id: &str) -> Tag {
    let (dimension, id) = (dimension.parse().unwrap(), id.parse().unwrap());
    Tag { dimension, id, about: Vec::new(), evidence: [some_evidence()].into() }
}

fn some_evidence() -> Evidence {
    Evidence { field: Field::Text, start: 0, end: 2, quote: "It".into() }
}

/// The first place of `word` in `text`.
pub(crate) fn evidence(field: Field, text: &str, word: &str) -> Evidence {
    let before = text[..text.find(word).unwrap()].chars().count();
    let (start, end) = (before as u32, (before + word.chars().count()) as u32);
    Evidence { field, start, end, quote: word.into() }
}

pub(crate) fn change(added: &[&str]) -> Change {
    Change {
        page: PageType::Pricing,
        added: added.iter().map(|block| (*block).to_owned()).collect(),
        removed: Vec::new(),
        fields: std::collections::BTreeMap::new(),
        before: None,
        after: None,
    }
}

pub(crate) fn entry(finding: Finding) -> Entry {
    Entry {
        finding: Arc::new(finding),
        evidence: Vec::new(),
        also_in: 0,
        score: None,
        is_old: false,
        is_revision: false,
    }
}

pub(crate) fn digest(language: Language, entries: Vec<Entry>) -> Digest {
    Digest {
        alert: "price-pain-tier1".parse().unwrap(),
        name: "Giá của đối thủ".to_owned(),
        query: "tier:1 pain:price".to_owned(),
        cadence: Cadence::Daily,
        language,
        zone: TimeZone::get("Asia/Ho_Chi_Minh").unwrap(),
        entries,
        left_out: 0,
        link: "https://tidings.example/alerts/price-pain-tier1".parse().ok(),
        is_test: false,
    }
}

/// What the world sends on a bad day.
pub(crate) const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</title></mark></a></body></html>",
    "]]> <!-- --> <![CDATA[ &lt; &#0; &amp",
    "{{ alert.id }} {% for %} {# x #}",
    "Price\r\nBcc: all@example.org\r\n\r\nbody",
    "gpj.\u{202e}exe\u{2066}\u{200b}\u{feff}",
    "\u{0}\u{1}\u{8}\u{b}\u{1b}[31m\u{7f}\u{85}\u{fffe}\u{ffff}",
    "=cmd|' /C calc'!A0",
    "\" onmouseover=\"alert(1)\" ' x='",
    "Z\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}a\u{334}lgo",
    "*bold* _x_ [a](javascript:alert(1)) @everyone <!channel>",
    "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww\
     wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
];

/// An entry that says `text` wherever an outsider's word can stand.
pub(crate) fn hostile(key: &str, text: &str) -> Entry {
    let mut finding = price_pain(key, text, "acme", Tier::One);
    finding.text = text.repeat(20);
    finding.author = Some(text.to_owned());
    finding.site = Some(text.to_owned());
    finding.competitors[0].name = text.to_owned();
    finding.hints = vec![text.to_owned()];
    finding.change = Some(change(&[text]));
    if let Some(change) = &mut finding.change {
        let value = tidings_model::FieldChange { from: Some(text.into()), to: Some(json!({ text: [text] })) };
        change.fields.insert(text.to_owned(), value);
    }
    finding.published = Some(jiff::Timestamp::MIN);
    let end = finding.text.chars().count() as u32 + 5;
    let evidence = |field, start| Evidence { field, start, end, quote: text.into() };
    let evidence = vec![evidence(Field::Title, 1), evidence(Field::Text, 2)];
    Entry { evidence, also_in: 6, ..entry(finding) }
}
