//! Telegram, by a bot.

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::brief::{Brief, Markup};
use super::http::{Http, Post};
use super::{Answer, Scrub, secret};
use crate::{Message, Rendered, Secret};

/// Longest text in UTF-16 code units. Telegram counts without the markup, so this is the safe side.
const LONGEST_TEXT: usize = 4096;

const MARKUP: Markup = Markup { escape, strong: ["<b>", "</b>"], link };

/// 404 is what a token that is none answers: the operator's to mend, like 401.
const MENDABLE: &[u16] = &[404];

/// Keeps a sign from beginning a mention or a command; seen by nobody.
const WORD_JOINER: char = '\u{2060}';

pub(super) fn base() -> Url {
    Url::parse("https://api.telegram.org/").expect("a literal address")
}

/// What an answer holds beside its status.
#[derive(Deserialize)]
struct Stated {
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<f64>,
}

pub(super) async fn deliver(
    http: &Http,
    base: &Url,
    chat: &str,
    token: &Secret,
    message: &Message,
    rendered: &Rendered,
) -> Result<Answer, Answer> {
    let token = secret(token).await?;
    let scrub = Scrub::word(&token);
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push(&format!("bot{token}")).push("sendMessage");
    }
    let scrub = scrub.and(Scrub::url(&url));
    let mut reply = http.post(Post::json(url, &body(chat, &Brief::of(message, rendered)), scrub)).await?;
    let stated = serde_json::from_str::<Stated>(&reply.body).ok();
    reply.wait(stated.and_then(|stated| stated.parameters?.retry_after));
    Ok(reply.answer(MENDABLE))
}

fn body(chat: &str, brief: &Brief) -> Value {
    json!({
        "chat_id": chat,
        "text": brief.text(&MARKUP, |text| text.encode_utf16().count(), LONGEST_TEXT),
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
    })
}

/// The entities that Telegram's HTML knows; `@name` and `/command` at a word's beginning are taken apart.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
        if matches!(c, '@' | '/') && !before.is_alphanumeric() {
            escaped.push(WORD_JOINER);
        }
        before = c;
    }
    escaped
}

fn link(text: &str, url: &Url) -> String {
    let url = url.as_str().replace('&', "&amp;").replace('<', "%3C").replace('>', "%3E").replace('"', "%22");
    format!("<a href=\"{url}\">{text}</a>")
}
