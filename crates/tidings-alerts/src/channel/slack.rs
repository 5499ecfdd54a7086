//! Slack, by the address of an incoming webhook.

use serde_json::{Value, json};

use super::brief::{Brief, Markup};
use super::http::{Http, Post};
use super::said::clip;
use super::{Answer, Scrub, secret_url};
use crate::{Message, Rendered, Secret};

/// Longest header block and longest text of a section, by Slack's reference.
const LONGEST_HEADER: usize = 150;
const LONGEST_SECTION: usize = 3000;

const MARKUP: Markup = Markup { push, strong: ["*", "*"], link };

/// 403 is `invalid_token` or a workspace that forbids posting: both are the operator's to mend.
const MENDABLE: &[u16] = &[403];

pub(super) async fn deliver(
    http: &Http,
    webhook: &Secret,
    message: &Message,
    rendered: &Rendered,
) -> Result<Answer, Answer> {
    let url = secret_url(webhook).await?;
    let scrub = Scrub::url(&url);
    let body = body(&Brief::of(message, rendered));
    Ok(http.post(Post::json(url, &body, scrub)).await?.answer(MENDABLE))
}

fn body(brief: &Brief) -> Value {
    let header = clip(&brief.subject, LONGEST_HEADER);
    let mut blocks =
        vec![json!({ "type": "header", "text": { "type": "plain_text", "text": header, "emoji": false } })];
    let lines = brief.lines.iter().map(|line| MARKUP.escape(line));
    blocks.extend(lines.chain(brief.items.iter().map(|item| item.text(&MARKUP))).map(|text| section(&text)));
    let all = brief.link.as_ref().map(|url| link(brief.all(), url));
    let tail: Vec<String> = brief.rest(brief.items.len()).into_iter().chain(all).collect();
    if !tail.is_empty() {
        blocks.push(json!({ "type": "context", "elements": [text(&tail.join(" "))] }));
    }
    json!({ "text": MARKUP.escape(&brief.subject), "blocks": blocks, "unfurl_links": false, "unfurl_media": false })
}

fn section(mrkdwn: &str) -> Value {
    // Cut text may end inside a link; then it is shown as text, and nothing else.
    json!({ "type": "section", "text": text(&clip(mrkdwn, LONGEST_SECTION)) })
}

/// `verbatim` keeps Slack from finding links, channels and people in it.
fn text(mrkdwn: &str) -> Value {
    json!({ "type": "mrkdwn", "text": mrkdwn, "verbatim": true })
}

/// Slack's three entities, after which no mention or link can begin; signs that only change
/// the type become ones that look alike, as mrkdwn has no escape for them.
fn push(mrkdwn: &mut String, c: char) {
    match c {
        '&' => mrkdwn.push_str("&amp;"),
        '<' => mrkdwn.push_str("&lt;"),
        '>' => mrkdwn.push_str("&gt;"),
        '*' => mrkdwn.push('∗'),
        '~' => mrkdwn.push('∼'),
        '`' => mrkdwn.push('ˋ'),
        c => mrkdwn.push(c),
    }
}

fn link(text: &str, url: &str) -> String {
    let url = url.replace('|', "%7C").replace('<', "%3C").replace('>', "%3E").replace('&', "&amp;");
    format!("<{url}|{}>", text.replace('|', "¦"))
}
