//! Telegram, by a bot.

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::brief::{Brief, Markup};
use super::http::{Http, Post};
use super::{Answer, Scrub, secret};
use crate::inert::{escaped, push_escaped};
use crate::{Message, Rendered, Secret};

/// Longest text in UTF-16 code units. Telegram counts without the markup, so this is the safe side.
const LONGEST_TEXT: usize = 4096;

const MARKUP: Markup = Markup { push, strong: ["<b>", "</b>"], link };

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

/// HTML's entities; `@name` and `/command` at a word's beginning are taken apart.
fn push(html: &mut String, c: char) {
    let is_in_word = html.ends_with(char::is_alphanumeric);
    push_escaped(html, c);
    if matches!(c, '@' | '/') && !is_in_word {
        html.push(WORD_JOINER);
    }
}

fn link(text: &str, url: &str) -> String {
    format!("<a href=\"{}\">{text}</a>", escaped(url))
}
