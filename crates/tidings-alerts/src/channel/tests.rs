//! What each channel sends, and what it makes of answers, against servers on loopback.

use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_fetch::guard::PrivateNetworks;
use tidings_model::{ManualClock, Severity};
use tidings_testkit::{Answer as Canned, Asked, Web};

use super::fixture::{HOSTILE_TITLES, digest, envelope, message, notice, rendered};
use super::*;
use crate::ChannelKind;

const TOKEN: &str = "8123456:s3cr3t-T0ken";

/// A server for every channel, and files with the secrets that lead to it.
struct Other {
    web: Web,
    secrets: TempDir,
    channels: Channels,
}

const KINDS: &[ChannelKind] =
    &[ChannelKind::Webhook, ChannelKind::Slack, ChannelKind::Discord, ChannelKind::Telegram, ChannelKind::Ntfy];

impl Other {
    fn start() -> Self {
        let web = Web::start(1);
        let clock = ManualClock::new("2026-11-22T10:00:00Z".parse().unwrap());
        let config = AlertsConfig { allow_private_networks: PrivateNetworks::Allowed, ..AlertsConfig::default() };
        let channels = Channels::with(&config, web.url("/telegram").parse().unwrap(), Arc::new(clock)).unwrap();
        Self { web, secrets: TempDir::new().unwrap(), channels }
    }

    fn path(kind: ChannelKind) -> String {
        match kind {
            ChannelKind::Telegram => format!("/telegram/bot{TOKEN}/sendMessage"),
            ChannelKind::Ntfy => "/".to_owned(),
            _ => "/services/T0AAAAAAA/s3cr3t-T0ken".to_owned(),
        }
    }

    fn secret(&self, value: &str) -> Secret {
        let path = self.secrets.path().join(value.len().to_string());
        std::fs::write(&path, format!("{value}\n")).unwrap();
        Secret::File(path)
    }

    fn target(&self, kind: ChannelKind) -> Target {
        let url = self.web.url(&Self::path(kind));
        match kind {
            ChannelKind::Webhook => Target::Webhook { url: url.parse().unwrap(), secret: Some(self.secret(TOKEN)) },
            ChannelKind::Slack => Target::Slack { webhook: self.secret(&url) },
            ChannelKind::Discord => Target::Discord { webhook: self.secret(&url) },
            ChannelKind::Telegram => Target::Telegram { chat: "-100".to_owned(), token: self.secret(TOKEN) },
            ChannelKind::Ntfy => {
                Target::Ntfy { topic: self.web.url("/my-topic").parse().unwrap(), token: Some(self.secret(TOKEN)) }
            }
            ChannelKind::Mail => unreachable!("mail is tested with an SMTP server"),
        }
    }

    async fn deliver(&self, kind: ChannelKind, message: &Message, canned: Canned) -> Answer {
        self.web.put(&Self::path(kind), canned);
        let rendered = rendered("1 new: price complaints @everyone <b>");
        self.channels.deliver(&self.target(kind), message, &rendered, &envelope()).await
    }

    fn asked(&self, kind: ChannelKind) -> Asked {
        self.web.asked(&Self::path(kind)).pop().unwrap()
    }

    async fn body(&self, kind: ChannelKind, message: &Message) -> Value {
        let answer = self.deliver(kind, message, Canned::ok("text/plain", "ok")).await;
        assert_eq!(answer.outcome, Outcome::Accepted, "{answer:?}");
        serde_json::from_slice(&self.asked(kind).body).unwrap()
    }
}

/// All strings of a JSON value, one after another.
fn strings(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(items) => items.iter().map(strings).collect(),
        Value::Object(fields) => fields.values().map(strings).collect(),
        _ => String::new(),
    }
}

const fn later(seconds: Option<u64>) -> Outcome {
    Outcome::Later {
        retry_after: match seconds {
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => None,
        },
    }
}

#[tokio::test]
async fn statuses_mean_the_same_on_every_channel() {
    let other = Other::start();
    for kind in KINDS {
        for (status, expected) in [
            (200, Outcome::Accepted),
            (204, Outcome::Accepted),
            (301, Outcome::Refused),
            (400, Outcome::Refused),
            (401, later(None)),
            (408, later(None)),
            (410, Outcome::Refused),
            (413, Outcome::Refused),
            (425, later(None)),
            (429, later(None)),
            (500, later(None)),
            (503, later(None)),
        ] {
            let answer = other.deliver(*kind, &message(&["t"]), Canned::status(status)).await;
            assert_eq!(answer.outcome, expected, "{kind:?} {status}");
            assert!(answer.said.starts_with(&status.to_string()), "{}", answer.said);
        }
    }
}

#[tokio::test]
async fn what_a_service_says_with_a_status_of_its_own_counts() {
    let other = Other::start();
    for (kind, status, expected) in [
        (ChannelKind::Webhook, 403, Outcome::Refused),
        (ChannelKind::Webhook, 404, Outcome::Refused),
        (ChannelKind::Slack, 403, later(None)),
        (ChannelKind::Slack, 404, Outcome::Refused),
        (ChannelKind::Discord, 404, Outcome::Refused),
        (ChannelKind::Telegram, 403, Outcome::Refused),
        (ChannelKind::Telegram, 404, later(None)),
        (ChannelKind::Ntfy, 403, later(None)),
    ] {
        let answer = other.deliver(kind, &message(&["t"]), Canned::status(status)).await;
        assert_eq!(answer.outcome, expected, "{kind:?} {status}");
    }
}

#[tokio::test]
async fn a_wait_is_read_from_header_and_body() {
    let other = Other::start();
    let header = |value: &str| Canned::status(429).header("retry-after", value);
    let body = |text: &str| Canned { status: 429, ..Canned::ok("application/json", text) };
    for (kind, canned, seconds) in [
        (ChannelKind::Webhook, header("120"), Some(120)),
        (ChannelKind::Webhook, Canned::status(503).header("retry-after", "5"), Some(5)),
        (
            ChannelKind::Webhook,
            header("Sun, 22 Nov 2026 10:01:30 GMT").header("date", "Sun, 22 Nov 2026 10:00:30 GMT"),
            Some(60),
        ),
        (ChannelKind::Webhook, header("99999999999999999999"), Some(604_800)),
        (ChannelKind::Webhook, header("soon"), None),
        (ChannelKind::Webhook, header("0"), None),
        (ChannelKind::Slack, header("30"), Some(30)),
        (ChannelKind::Discord, body(r#"{"message":"slow down","retry_after":1.2,"global":false}"#), Some(2)),
        (ChannelKind::Telegram, body(r#"{"ok":false,"parameters":{"retry_after":14}}"#), Some(14)),
        (ChannelKind::Telegram, body(r#"{"ok":false,"parameters":{"retry_after":-1}}"#), None),
        (ChannelKind::Ntfy, body("not json"), None),
    ] {
        let answer = other.deliver(kind, &message(&["t"]), canned).await;
        assert_eq!(answer.outcome, later(seconds), "{kind:?}");
    }
}

#[tokio::test]
async fn what_was_said_is_bounded_and_visible() {
    let other = Other::start();
    let canned = Canned { status: 400, ..Canned::ok("text/plain", "no\r\n\u{1b}[31m such\0 \u{202e}channel") };
    let answer = other.deliver(ChannelKind::Slack, &message(&["t"]), canned).await;
    assert_eq!(answer.said, r"400 Bad Request: no\r\n\u{1b}[31m such\u{0} \u{202e}channel");
    let canned = Canned { status: 500, ..Canned::ok("text/plain", "x".repeat(5 << 20)) };
    let answer = other.deliver(ChannelKind::Webhook, &message(&["t"]), canned).await;
    assert_eq!(answer.said.chars().count(), LONGEST_SAID);
    let canned = Canned::status(307).header("location", "https://else.example/x");
    let answer = other.deliver(ChannelKind::Webhook, &message(&["t"]), canned).await;
    assert_eq!(answer.said, "307 Temporary Redirect to https://else.example/x, which is not followed");
}

#[tokio::test]
async fn no_secret_is_ever_said() {
    let other = Other::start();
    for kind in KINDS {
        let echo = format!("Cannot POST {} for {TOKEN}", Other::path(*kind));
        let canned = Canned { status: 404, ..Canned::ok("text/plain", echo) };
        let answer = other.deliver(*kind, &message(&["t"]), canned).await;
        assert!(!answer.said.contains("s3cr3t"), "{kind:?}: {}", answer.said);
        let canned = Canned::status(302).header("location", &Other::path(*kind));
        let answer = other.deliver(*kind, &message(&["t"]), canned).await;
        assert!(!answer.said.contains("s3cr3t"), "{kind:?}: {}", answer.said);
    }
    assert_eq!(format!("{:?}", other.channels), "Channels { .. }");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again_and_its_address_not_told() {
    let other = Other::start();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = other.secret(&format!("http://{closed}/services/T0/s3cr3t-T0ken"));
    let target = Target::Slack { webhook: url };
    let answer = other.channels.deliver(&target, &message(&["t"]), &rendered("s"), &envelope()).await;
    assert_eq!(answer.outcome, later(None));
    assert!(answer.said.contains("refused") && !answer.said.contains("s3cr3t"), "{}", answer.said);
}

#[tokio::test]
async fn a_secret_that_is_not_there_can_still_be_put_there() {
    let other = Other::start();
    let gone = other.secrets.path().join("gone");
    for target in [
        Target::Slack { webhook: Secret::File(gone.clone()) },
        Target::Slack { webhook: other.secret("not an address") },
        Target::Telegram { chat: "1".to_owned(), token: Secret::Env("TIDINGS_TEST_NOT_SET".to_owned()) },
        Target::Ntfy { topic: other.web.url("/t").parse().unwrap(), token: Some(other.secret("a\nb")) },
        Target::Mail { address: "a@b.example".to_owned() },
    ] {
        let answer = other.channels.deliver(&target, &message(&["t"]), &rendered("s"), &envelope()).await;
        assert_eq!(answer.outcome, later(None), "{answer:?}");
        assert!(!answer.said.contains("not an address"), "{answer:?}");
    }
}

#[tokio::test]
async fn addresses_inside_are_refused_unless_listed() {
    let other = Other::start();
    let guarded = Channels::new(&AlertsConfig::default()).unwrap();
    for kind in KINDS.iter().filter(|kind| **kind != ChannelKind::Telegram) {
        let answer = guarded.deliver(&other.target(*kind), &message(&["t"]), &rendered("s"), &envelope()).await;
        assert_eq!(answer.outcome, Outcome::Refused, "{answer:?}");
        assert!(answer.said.contains("`allow_private_networks` in [alerts]"), "{}", answer.said);
    }
    let url: Url = "http://localhost:9/hook".parse().unwrap();
    let target = Target::Webhook { url, secret: None };
    let answer = guarded.deliver(&target, &message(&["t"]), &rendered("s"), &envelope()).await;
    assert_eq!(answer.outcome, Outcome::Refused, "{answer:?}");
    assert!(answer.said.contains("`allow_private_networks` in [alerts]"), "{}", answer.said);
}

#[tokio::test]
async fn a_webhook_gets_findings_signed() {
    let other = Other::start();
    let mut digest = digest(&["Too dear", "<b>"]);
    digest.entries[0].is_revision = true;
    digest.entries[1].is_old = true;
    digest.left_out = 4;
    let body = other.body(ChannelKind::Webhook, &Message::Digest(Box::new(digest))).await;
    assert_eq!(body["delivery"], "d_01ABC");
    assert_eq!(body["alert"], json!({ "id": "price-pain", "name": "Price pain", "query": "pain:price" }));
    assert_eq!(body["cadence"], "as_it_happens");
    assert_eq!((&body["test"], &body["left_out"]), (&json!(false), &json!(4)));
    assert_eq!(body["created"], "2026-11-20T08:05:00Z");
    let finding = &body["findings"][0];
    assert_eq!((&finding["title"], &finding["also_in"]), (&json!("Too dear"), &json!(2)));
    assert_eq!(finding["match"]["evidence"][0]["quote"], "price");
    assert_eq!((&finding["match"]["revision"], &finding["old"]), (&json!(true), &json!(false)));
    assert_eq!(body["findings"][1]["title"], "<b>");
    assert_eq!(body["findings"][1]["old"], true);

    let asked = other.asked(ChannelKind::Webhook);
    let header = |name: &str| asked.headers.get(name).cloned().unwrap_or_default();
    assert_eq!(header("tidings-delivery"), "d_01ABC");
    assert_eq!(header("idempotency-key"), "d_01ABC");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("user-agent"), "Tidings");
    assert_eq!(header("tidings-timestamp"), "1795341600");
    let expected = webhook::signature(TOKEN, "1795341600", &asked.body);
    assert_eq!(header("tidings-signature"), expected);
}

#[tokio::test]
async fn a_webhook_without_a_secret_is_unsigned_and_takes_notices() {
    let other = Other::start();
    other.web.put("/hook", Canned::status(200));
    let target = Target::Webhook { url: other.web.url("/hook").parse().unwrap(), secret: None };
    let answer = other.channels.deliver(&target, &notice(), &rendered("s"), &envelope()).await;
    assert_eq!(answer.outcome, Outcome::Accepted);
    let asked = other.web.asked("/hook").pop().unwrap();
    assert!(!asked.headers.contains_key("tidings-signature"));
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(body["notice"]["subject"], "source voz is blocked");
    assert_eq!(body["notice"]["lines"][0], "voz answers 403 since 08:00.");
}

#[tokio::test]
async fn hostile_findings_are_inert_in_every_chat() {
    let other = Other::start();
    let long = "x".repeat(100_000);
    let mut titles = HOSTILE_TITLES.to_vec();
    titles.push(&long);
    for kind in KINDS.iter().filter(|kind| **kind != ChannelKind::Webhook) {
        let body = other.body(*kind, &message(&titles)).await;
        let shown = strings(&body);
        for c in ['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\0', '\r'] {
            assert!(!shown.contains(c), "{kind:?} {c:?}");
        }
        let longest = shown.split_whitespace().map(|word| word.chars().count()).max();
        assert!(longest < Some(200), "{kind:?}: {longest:?}");
        assert!(!shown.contains("javascript:"));
        assert!(shown.contains("đắt quá"), "{shown}");
    }
}

#[tokio::test]
async fn slack_gets_blocks_without_mentions_and_markup() {
    let other = Other::start();
    let body = other.body(ChannelKind::Slack, &message(HOSTILE_TITLES)).await;
    let shown = strings(&body);
    assert!(!shown.contains("<!") && !shown.contains("<@") && !shown.contains("<script"), "{shown}");
    assert!(shown.contains("&lt;!channel&gt;"), "{shown}");
    assert!(shown.contains("<https://forum.example/t/9?a=1&amp;b=2|"), "{shown}");
    assert!(shown.contains("*price* went up"), "{shown}");
    assert_eq!(body["blocks"][0]["text"]["emoji"], false);
    assert_eq!(body["blocks"][1]["text"]["verbatim"], true);
    assert_eq!((&body["unfurl_links"], &body["unfurl_media"]), (&json!(false), &json!(false)));
    for block in body["blocks"].as_array().unwrap() {
        assert!(block["text"]["text"].as_str().is_none_or(|text| text.chars().count() <= 3000));
    }
}

#[tokio::test]
async fn discord_mentions_nobody_and_keeps_its_bounds() {
    let other = Other::start();
    let full = "*[".repeat(400);
    let body = other.body(ChannelKind::Discord, &message(&[full.as_str(); 25])).await;
    assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
    assert!(body["content"].as_str().unwrap().chars().count() <= 2000);
    let embeds = body["embeds"].as_array().unwrap();
    assert!(!embeds.is_empty() && embeds.len() <= 10);
    let of = |key: &str| embeds.iter().map(|embed| embed[key].as_str().unwrap().chars().count()).sum::<usize>();
    assert!(of("title") + of("description") <= 6000);
    assert!(body["content"].as_str().unwrap().contains(&format!("And {} more", 25 - embeds.len())));
    let body = other.body(ChannelKind::Discord, &message(HOSTILE_TITLES)).await;
    let shown = strings(&body["embeds"]);
    assert!(shown.contains(r"\@everyone \@here \<!channel\>"), "{shown}");
    assert!(shown.contains(r"\[free\]\(https\:"), "{shown}");
}

#[tokio::test]
async fn telegram_gets_html_it_can_read() {
    let other = Other::start();
    let body = other.body(ChannelKind::Telegram, &message(HOSTILE_TITLES)).await;
    assert_eq!((&body["chat_id"], &body["parse_mode"]), (&json!("-100"), &json!("HTML")));
    assert_eq!(body["link_preview_options"]["is_disabled"], true);
    let text = body["text"].as_str().unwrap();
    assert!(text.encode_utf16().count() <= 4096);
    let tags = ["<b>", "</b>", "</a>", "<a href=\"https://forum.example/t/9?a=1&amp;b=2\">"];
    let tags = tags.into_iter().chain(["<a href=\"https://tidings.example/alerts/price-pain\">"]);
    let rest = tags.fold(text.to_owned(), |text, tag| text.replace(tag, ""));
    assert!(!rest.contains(['<', '>']), "{rest}");
    assert!(!text.contains("@everyone") && text.contains("@\u{2060}everyone"), "{text}");
}

#[tokio::test]
async fn a_long_digest_says_how_many_more_there_are() {
    let other = Other::start();
    let mut digest = digest(&["a somewhat longer title than usual "; 40]);
    digest.left_out = 2;
    let message = Message::Digest(Box::new(digest));
    for (kind, expected) in
        [(ChannelKind::Slack, "And 32 more."), (ChannelKind::Telegram, "And "), (ChannelKind::Ntfy, "And ")]
    {
        let shown = strings(&other.body(kind, &message).await);
        assert!(shown.contains(expected), "{kind:?} {shown}");
        assert!(kind == ChannelKind::Ntfy || shown.contains("All that this alert has found"), "{kind:?} {shown}");
    }
}

#[tokio::test]
async fn ntfy_gets_title_priority_tags_and_click() {
    let other = Other::start();
    let mut digest = digest(&["Too dear"]);
    digest.is_test = true;
    let body = other.body(ChannelKind::Ntfy, &Message::Digest(Box::new(digest))).await;
    assert_eq!(body["topic"], "my-topic");
    assert_eq!(body["title"], "1 new: price complaints @everyone <b>");
    assert_eq!((&body["priority"], &body["tags"]), (&json!(4), &json!(["warning", "test_tube"])));
    assert_eq!(body["click"], "https://tidings.example/alerts/price-pain");
    let text = body["message"].as_str().unwrap();
    assert!(text.starts_with("Too dear\nhttps://forum.example/t/9?a=1&b=2\n"), "{text}");
    assert!(text.contains("High severity · forum.example · also in 2 sources"), "{text}");
    let asked = other.asked(ChannelKind::Ntfy);
    assert_eq!(asked.headers["authorization"], format!("Bearer {TOKEN}"));
}

#[tokio::test]
async fn the_severest_finding_gives_the_priority() {
    let other = Other::start();
    for (severity, expected) in [(Some(Severity::Critical), 5), (Some(Severity::Low), 2), (None, 3)] {
        let mut digest = digest(&["a"]);
        Arc::make_mut(&mut digest.entries[0].finding).severity = severity;
        let body = other.body(ChannelKind::Ntfy, &Message::Digest(Box::new(digest))).await;
        assert_eq!(body["priority"], expected);
    }
}

#[tokio::test]
async fn notices_reach_every_chat() {
    let other = Other::start();
    for kind in KINDS {
        let shown = strings(&other.body(*kind, &notice()).await);
        assert!(shown.contains("voz answers 403 since 08"), "{kind:?} {shown}");
    }
}

#[tokio::test]
async fn messages_are_in_the_alerts_language() {
    let other = Other::start();
    let mut digest = digest(&["đắt quá"; 12]);
    digest.language = crate::Language::Vietnamese;
    let shown = strings(&other.body(ChannelKind::Slack, &Message::Digest(Box::new(digest))).await);
    for expected in
        ["Mức độ cao · forum.example · cũng có ở 2 nguồn khác", "Và 2 tin nữa.", "Mọi tin mà cảnh báo này đã tìm thấy"]
    {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
}

#[test]
fn a_ca_file_is_looked_at_at_once() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("ca.pem");
    let config = |path: &std::path::Path| {
        let mail = json!({ "host": "127.0.0.1", "from": "a@b.example", "ca_file": path });
        AlertsConfig { mail: Some(serde_json::from_value(mail).unwrap()), ..AlertsConfig::default() }
    };
    assert!(matches!(Channels::new(&config(&path)), Err(ChannelError::CaFile(..))));
    std::fs::write(&path, "no certificate").unwrap();
    assert!(matches!(Channels::new(&config(&path)), Err(ChannelError::NoCertificate(..))));
}
