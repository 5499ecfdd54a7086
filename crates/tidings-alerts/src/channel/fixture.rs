//! Messages for the tests of channels.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::json;
use tidings_model::Finding;

use crate::{Cadence, Digest, Entry, Envelope, Language, Message, Notice, Rendered};

/// What people with bad intent put into titles and texts.
pub(super) const HOSTILE_TITLES: &[&str] = &[
    "<script>alert(1)</script><b>bold",
    "Offer\r\nBcc: everyone@victim.example\r\n\r\nbody\0",
    "@everyone @here <!channel> <@U123> <@&99>",
    "in\u{202e}gpj.exe \u{2066}moved\u{2069}",
    "[free](https://evil.example) https://evil.example|x> *b* _i_ ~s~ `c` ||spoiler||",
    "=cmd|' /C calc'!A0",
    "z\u{200b}e\u{feff}r\u{2060}o",
    "&lt;b&gt; &amp; \"quotes\" 'n' \\backslash",
    "đắt quá 😡 👨\u{200d}👩\u{200d}👧",
];

pub(super) fn finding(title: &str, text: &str) -> Finding {
    serde_json::from_value(json!({
        "id": "f_aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "url": "https://forum.example/t/9?a=1&b=2",
        "site": "forum.example",
        "source": "voz",
        "plugin": "xenforo",
        "kind": "post",
        "title": title,
        "text": text,
        "severity": "high",
        "found": "2026-11-20T08:03:11Z",
        "revision": 1,
        "taxonomy_version": 1,
    }))
    .unwrap()
}

pub(super) fn entry(title: &str) -> Entry {
    let text = format!("Before it all. {title} and then the price went up, said everybody who had paid it.");
    let start = u32::try_from(text[..text.rfind("price").unwrap()].chars().count()).unwrap();
    let evidence = json!([{ "field": "text", "start": start, "end": start + 5, "quote": "price" }]);
    Entry {
        finding: Arc::new(finding(title, &text)),
        evidence: serde_json::from_value(evidence).unwrap(),
        also_in: 2,
        score: None,
        is_old: false,
        is_revision: false,
    }
}

pub(super) fn digest(titles: &[&str]) -> Digest {
    Digest {
        alert: "price-pain".parse().unwrap(),
        name: "Price pain".to_owned(),
        query: "pain:price".to_owned(),
        cadence: Cadence::AsItHappens,
        language: Language::English,
        zone: TimeZone::UTC,
        entries: titles.iter().map(|title| entry(title)).collect(),
        left_out: 0,
        link: Some("https://tidings.example/alerts/price-pain".parse().unwrap()),
        is_test: false,
    }
}

pub(super) fn message(titles: &[&str]) -> Message {
    Message::Digest(Box::new(digest(titles)))
}

pub(super) fn notice() -> Message {
    let lines = vec!["voz answers 403 since 08:00.".to_owned(), "@everyone <b>look</b>".to_owned()];
    Message::Notice(Notice { subject: "source voz is blocked".to_owned(), lines, language: Language::English })
}

pub(super) fn rendered(subject: &str) -> Rendered {
    Rendered {
        subject: subject.to_owned(),
        text: format!("{subject}\n\nđắt quá\n{}\n", "x".repeat(5000)),
        html: format!("<!doctype html><p>đắt quá</p><p>{}</p>", "x".repeat(5000)),
    }
}

pub(super) fn envelope() -> Envelope {
    Envelope { delivery: "d_01ABC".to_owned(), created: "2026-11-20T08:05:00Z".parse().unwrap() }
}
