//! Discord, by the address of a webhook.

use serde_json::{Value, json};
use tidings_model::Severity;

use super::brief::{Brief, Item, Markup};
use super::http::{Http, Post};
use super::said::clip;
use super::{Answer, Scrub, secret_url};
use crate::{Message, Rendered, Secret};

/// Discord's bounds: the content, one embed's title and description, and all embeds together.
const LONGEST_CONTENT: usize = 2000;
const LONGEST_TITLE: usize = 256;
const LONGEST_DESCRIPTION: usize = 4096;
const MOST_IN_EMBEDS: usize = 5800;

const MARKUP: Markup = Markup { push, strong: ["**", "**"], link };

pub(super) async fn deliver(
    http: &Http,
    webhook: &Secret,
    message: &Message,
    rendered: &Rendered,
) -> Result<Answer, Answer> {
    let url = secret_url(webhook).await?;
    let scrub = Scrub::url(&url);
    let body = body(&Brief::of(message, rendered));
    let mut reply = http.post(Post::json(url, &body, scrub)).await?;
    let stated: Option<Value> = serde_json::from_str(&reply.body).ok();
    reply.wait(stated.and_then(|body| body.get("retry_after")?.as_f64()));
    Ok(reply.answer(&[]))
}

fn body(brief: &Brief) -> Value {
    let mut embeds = Vec::new();
    let mut room = MOST_IN_EMBEDS;
    for item in &brief.items {
        let embed = embed(item);
        let Some(left) = room.checked_sub(size(&embed)) else { break };
        room = left;
        embeds.push(embed);
    }
    let lines = brief.lines.iter().map(|line| MARKUP.escape(line));
    let all = brief.link.as_ref().map(|url| link(brief.all(), url));
    let content: Vec<String> = std::iter::once(format!("**{}**", MARKUP.escape(&brief.subject)))
        .chain(lines)
        .chain(brief.rest(embeds.len()))
        .chain(all)
        .collect();
    json!({
        "content": clip(&content.join("\n"), LONGEST_CONTENT),
        "embeds": embeds,
        "allowed_mentions": { "parse": [] },
    })
}

fn embed(item: &Item) -> Value {
    let description = MARKUP.marked(&item.snippet);
    let mut embed = json!({
        "title": clip(&MARKUP.escape(&item.title), LONGEST_TITLE),
        "description": clip(&description, LONGEST_DESCRIPTION),
        "footer": { "text": item.note },
        "color": color(item.severity),
    });
    if let Some(url) = &item.link {
        embed["url"] = json!(url);
    }
    embed
}

fn size(embed: &Value) -> usize {
    let texts = [&embed["title"], &embed["description"], &embed["footer"]["text"]];
    texts.into_iter().filter_map(Value::as_str).map(|text| text.encode_utf16().count()).sum()
}

const fn color(severity: Option<Severity>) -> u32 {
    match severity {
        Some(Severity::Critical) => 0x00B4_2318,
        Some(Severity::High) => 0x00DC_6803,
        Some(Severity::Medium) => 0x00CA_8504,
        Some(Severity::Low) | None => 0x0066_7085,
    }
}

/// A backslash before every sign that means something in Discord's Markdown, mentions and links.
fn push(markdown: &mut String, c: char) {
    if matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '[' | ']' | '(' | ')' | '#' | '-' | ':' | '@') {
        markdown.push('\\');
    }
    markdown.push(c);
}

/// A masked link; titles have addresses of their own.
fn link(text: &str, url: &str) -> String {
    format!("[{text}](<{}>)", url.replace('>', "%3E"))
}
