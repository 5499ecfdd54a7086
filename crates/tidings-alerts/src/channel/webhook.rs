//! A webhook: the message as JSON, signed.
//!
//! The receiver proves where a delivery comes from by computing HMAC-SHA256 with the secret over
//! the value of `Tidings-Timestamp`, a full stop, and the body as it came, and comparing it, in
//! constant time, with the hexadecimal digits behind `v1=` in `Tidings-Signature`; and by
//! refusing a timestamp older than some minutes. `Tidings-Delivery` is the same in every try,
//! so it tells a delivery that came twice.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;

use super::http::{Http, Post};
use super::{Answer, Scrub, secret as read_secret};
use crate::{Digest, Entry, Envelope, Message, Secret};

/// Bytes of a body that whole findings may fill.
const ROOM: usize = 4 << 20;

/// Characters of a text that is cut for want of room.
const LONGEST_TEXT: usize = 2000;

pub(super) async fn deliver(
    http: &Http,
    url: &Url,
    secret: Option<&Secret>,
    message: &Message,
    envelope: &Envelope,
) -> Result<Answer, Answer> {
    let secret = match secret {
        Some(place) => Some(read_secret(place).await?),
        None => None,
    };
    let scrub = secret.as_deref().map(Scrub::word).unwrap_or_default().and(Scrub::url(url));
    let body = body(message, envelope).to_string().into_bytes();
    let timestamp = http.now().as_second().to_string();
    let signature = secret.map(|secret| signature(&secret, &timestamp, &body));
    let mut post = Post { url: url.clone(), body, headers: HeaderMap::new(), scrub }
        .header(HeaderName::from_static("tidings-delivery"), &envelope.delivery)?
        .header(HeaderName::from_static("idempotency-key"), &envelope.delivery)?
        .header(HeaderName::from_static("tidings-timestamp"), &timestamp)?;
    if let Some(signature) = signature {
        post = post.header(HeaderName::from_static("tidings-signature"), &signature)?;
    }
    Ok(http.post(post).await?.answer(&[]))
}

pub(super) fn signature(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1={digits}")
}

fn body(message: &Message, envelope: &Envelope) -> Value {
    match message {
        Message::Digest(digest) => digest_body(digest, envelope),
        Message::Notice(notice) => json!({
            "delivery": envelope.delivery,
            "created": envelope.created,
            "notice": { "subject": notice.subject, "lines": notice.lines },
        }),
    }
}

fn digest_body(digest: &Digest, envelope: &Envelope) -> Value {
    let findings = findings(&digest.entries);
    let mut body = json!({
        "delivery": envelope.delivery,
        "created": envelope.created,
        "alert": { "id": digest.alert, "name": digest.name, "query": digest.query },
        "cadence": digest.cadence,
        "test": digest.is_test,
        "left_out": digest.left_out + digest.entries.len() - findings.len(),
        "findings": findings,
    });
    if let Some(link) = &digest.link {
        body["link"] = json!(link);
    }
    body
}

/// Whole findings as long as they fit, then their beginnings, and no more than fill twice the room.
fn findings(entries: &[Entry]) -> Vec<Value> {
    let mut size = 0;
    let mut findings = Vec::new();
    for entry in entries {
        let mut value = finding(entry);
        if ROOM < size + value.to_string().len() && LONGEST_TEXT < entry.finding.text.chars().count() {
            value["text"] = entry.finding.text.chars().take(LONGEST_TEXT).collect::<String>().into();
            value["truncated"] = json!(true);
        }
        size += value.to_string().len();
        if 2 * ROOM < size {
            break;
        }
        findings.push(value);
    }
    findings
}

/// The finding as the API gives it, and what the alert says of it.
fn finding(entry: &Entry) -> Value {
    let mut value = serde_json::to_value(&*entry.finding).expect("a finding is a JSON object with string keys");
    value["match"] = json!({ "evidence": entry.evidence });
    if entry.is_revision {
        value["match"]["revision"] = json!(true);
    }
    value["also_in"] = json!(entry.also_in);
    value["old"] = json!(entry.is_old);
    if let Some(score) = &entry.score {
        value["score"] = json!(score);
    }
    value
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::channel::fixture::entry;

    #[test]
    fn a_body_is_bounded_and_counts_what_it_leaves_out() {
        let mut long = entry("t");
        Arc::make_mut(&mut long.finding).text = "đ".repeat(100_000);
        let some = findings(&vec![long.clone(); 40]);
        assert_eq!(some.len(), 40);
        assert!(some[0].get("truncated").is_none());
        assert_eq!(some[39]["text"].as_str().unwrap().chars().count(), LONGEST_TEXT);
        assert_eq!(some[39]["truncated"], true);
        let many = findings(&vec![long; 4000]);
        assert!(many.len() < 4000 && serde_json::to_string(&many).unwrap().len() <= 2 * ROOM + many.len() + 2);
    }

    #[test]
    fn a_signature_covers_timestamp_and_body() {
        // echo -n '1795860000.{"a":1}' | openssl dgst -sha256 -hmac key
        let expected = "v1=6070168deef958c2d446ee1814bcb16412e7f39d59786e5ed5b6e80007187850";
        assert_eq!(signature("key", "1795860000", br#"{"a":1}"#), expected);
        assert_ne!(signature("key", "1795860001", br#"{"a":1}"#), expected);
        assert_ne!(signature("kez", "1795860000", br#"{"a":1}"#), expected);
    }
}
