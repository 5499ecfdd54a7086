//! ntfy, a service of one's own or ntfy.sh, published to as JSON.

use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use tidings_model::Severity;
use url::Url;

use super::brief::{Brief, Markup};
use super::http::{Http, Post};
use super::{Answer, Scrub, secret};
use crate::{Message, Rendered, Secret};

/// A longer message, in bytes, becomes an attachment.
const LONGEST_MESSAGE: usize = 4000;

/// What has no markup: the addresses stand in the text.
const MARKUP: Markup = Markup { push: String::push, strong: ["", ""], link };

/// 403 is a token that may not write to the topic: the operator's to mend.
const MENDABLE: &[u16] = &[403];

pub(super) async fn deliver(
    http: &Http,
    topic: &Url,
    token: Option<&Secret>,
    message: &Message,
    rendered: &Rendered,
) -> Result<Answer, Answer> {
    let token = match token {
        Some(place) => Some(secret(place).await?),
        None => None,
    };
    let scrub = token.as_deref().map(Scrub::word).unwrap_or_default();
    let Some((server, name)) = split(topic) else {
        return Err(Answer::new(super::Outcome::Refused, "the address names no topic", &scrub));
    };
    let mut post = Post::json(server, &body(&name, &Brief::of(message, rendered), message), scrub);
    if let Some(token) = token {
        post = post.header(AUTHORIZATION, &format!("Bearer {token}"))?;
    }
    Ok(http.post(post).await?.answer(MENDABLE))
}

/// The server that takes JSON, and the topic, which is the last part of the address.
fn split(topic: &Url) -> Option<(Url, String)> {
    let name = topic.path_segments()?.rfind(|part| !part.is_empty())?.to_owned();
    let mut server = topic.clone();
    server.set_query(None);
    server.set_fragment(None);
    server.path_segments_mut().ok()?.pop_if_empty().pop().push("");
    Some((server, name))
}

fn body(topic: &str, brief: &Brief, message: &Message) -> Value {
    let text = brief.text(&MARKUP, str::len, LONGEST_MESSAGE);
    // The subject is the title already.
    let text = text.strip_prefix(&brief.subject).unwrap_or(&text).trim_start();
    let is_test = matches!(message, Message::Digest(digest) if digest.is_test);
    let mut tags: Vec<&str> = tag(brief.severity).into_iter().collect();
    if is_test {
        tags.push("test_tube");
    }
    let mut body = json!({
        "topic": topic,
        "title": brief.subject,
        "message": if text.is_empty() { &brief.subject } else { text },
        "priority": priority(brief.severity),
        "tags": tags,
    });
    let single = brief.items.first().filter(|_| brief.items.len() == 1).and_then(|item| item.link.as_ref());
    if let Some(url) = brief.link.as_ref().or(single) {
        body["click"] = json!(url);
    }
    body
}

const fn priority(severity: Option<Severity>) -> u8 {
    match severity {
        Some(Severity::Critical) => 5,
        Some(Severity::High) => 4,
        Some(Severity::Medium) | None => 3,
        Some(Severity::Low) => 2,
    }
}

const fn tag(severity: Option<Severity>) -> Option<&'static str> {
    match severity {
        Some(Severity::Critical) => Some("rotating_light"),
        Some(Severity::High) => Some("warning"),
        _ => None,
    }
}

fn link(text: &str, url: &str) -> String {
    format!("{text}\n{url}")
}
