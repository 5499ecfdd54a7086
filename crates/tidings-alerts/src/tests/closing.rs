//! What becomes a message, and when.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};
use tidings_model::{Clock, FindingId};

use super::{Bench, alert};
use crate::QuietHours;

const WEBHOOK: &str = "https://hooks.example/a";

#[tokio::test]
async fn an_alert_sees_what_comes_after_it_and_nothing_twice() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    bench.find("acme before");
    bench.alert(&json!({}));
    bench.go_on().await;
    assert_eq!(bench.accepted(), Vec::<Vec<String>>::new());
    bench.find("acme after");
    bench.find("beta");
    bench.go_on().await;
    assert_eq!(bench.accepted(), [["acme after"]]);
    bench.crash();
    bench.go_on().await;
    assert_eq!(bench.accepted(), Vec::<Vec<String>>::new());
}

#[tokio::test]
async fn a_burst_is_one_message_to_people_and_many_to_programs() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    bench.alert(&json!({ "deliver": [{ "mail": "a@example.org" }, { "webhook": WEBHOOK }] }));
    for title in ["acme 1", "acme 2", "acme 3"] {
        bench.find(title);
        bench.advance(1);
        bench.go_on().await;
    }
    let mut accepted = bench.accepted();
    accepted.sort();
    assert_eq!(accepted, [["acme 1"], ["acme 1"], ["acme 2"], ["acme 3"]]);
    bench.advance(60);
    bench.go_on().await;
    assert_eq!(bench.accepted(), [["acme 2", "acme 3"]]);
}

#[tokio::test]
async fn an_old_page_is_marked_and_sends_no_message_of_its_own() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    bench.alert(&json!({ "horizon": "7d" }));
    bench.commit("old", "acme old", &json!({ "published": "2026-11-01T00:00:00Z" }));
    bench.go_on().await;
    assert_eq!(bench.accepted(), Vec::<Vec<String>>::new());
    bench.commit("new", "acme new", &json!({ "published": "2026-11-19T00:00:00Z" }));
    bench.go_on().await;
    assert_eq!(bench.accepted(), [["acme new", "acme old"]]);
}

#[tokio::test]
async fn revisions_are_sent_to_those_who_ask() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    bench.alert(&json!({ "id": "first" }));
    bench.alert(&json!({ "id": "each", "on_change": true }));
    bench.commit("k", "acme one", &json!({}));
    bench.go_on().await;
    assert_eq!(bench.accepted().len(), 2);
    bench.key += 1;
    bench.advance(3600);
    bench.commit("k", "acme two", &json!({}));
    bench.go_on().await;
    assert_eq!(bench.accepted(), [["acme two"]]);
}

#[tokio::test]
async fn a_changed_cadence_holds_for_what_waits() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    bench.alert(&json!({ "cadence": "weekly" }));
    bench.find("acme");
    bench.go_on().await;
    assert_eq!(bench.accepted(), Vec::<Vec<String>>::new());
    bench.alerts.replace(&alert(&json!({ "cadence": "as_it_happens" })), tidings_store::Author::Local).unwrap();
    bench.go_on().await;
    assert_eq!(bench.accepted(), [["acme"]]);
}

#[tokio::test]
async fn a_paused_alert_tells_what_it_matched_when_it_goes_on() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    bench.alert(&json!({ "paused": true }));
    bench.find("acme");
    bench.go_on().await;
    assert_eq!(bench.accepted(), Vec::<Vec<String>>::new());
    bench.alerts.replace(&alert(&json!({})), tidings_store::Author::Local).unwrap();
    bench.go_on().await;
    assert_eq!(bench.accepted(), [["acme"]]);
}

/// Alerts of every cadence, with zones whose clocks change in the weeks that are played.
fn alerts() -> Vec<Value> {
    let to = json!([{ "mail": "a@example.org" }, { "webhook": WEBHOOK }]);
    vec![
        json!({ "id": "now", "deliver": to }),
        json!({ "id": "now-quiet", "tz": "Europe/Berlin", "quiet_hours": "22:00-07:00", "deliver": to }),
        json!({ "id": "hourly", "query": "acme OR beta", "cadence": "hourly", "deliver": to }),
        json!({ "id": "daily", "query": "beta", "cadence": "daily", "at": "02:30", "tz": "Europe/Berlin", "deliver": to }),
        json!({ "id": "daily-quiet", "cadence": "daily", "at": "08:00", "quiet_hours": "07:30-08:30",
                "tz": "Asia/Ho_Chi_Minh", "deliver": to }),
        json!({ "id": "weekly", "query": "acme -beta", "cadence": "weekly", "on": "Sun", "at": "02:15",
                "tz": "America/New_York", "deliver": to }),
    ]
}

const TITLES: [&str; 4] = ["acme", "beta", "acme beta", "gamma"];

/// One arrival: seconds after the one before, which title, and whether the daemon is killed
/// right after the commit, for how many seconds.
type Arrival = (i64, usize, Option<i64>);

/// What an alert told a target: the findings of each message.
type Messages = BTreeMap<(String, String), Vec<BTreeSet<FindingId>>>;

struct Played {
    messages: Messages,
    bench: Bench,
}

async fn play(arrivals: &[Arrival], crashes: bool) -> Played {
    // Clocks change in Berlin on 2026-10-25, in New York on 2026-11-01.
    let mut bench = Bench::new("2026-10-20T12:00:00Z");
    alerts().iter().for_each(|definition| bench.alert(definition));
    bench.go_on().await;
    for (n, (pause, title, crash)) in arrivals.iter().enumerate() {
        go_until(&mut bench, *pause).await;
        bench.commit(&n.to_string(), TITLES[*title], &json!({}));
        if let Some(down) = crash.filter(|_| crashes) {
            bench.advance(down);
            bench.crash();
            go_until(&mut bench, 0).await;
            continue;
        }
        go_until(&mut bench, crash.unwrap_or(0)).await;
    }
    go_until(&mut bench, 8 * 86_400).await;
    Played { messages: messages(&bench), bench }
}

/// Moves the clock on by so many seconds, stopping wherever something is due.
async fn go_until(bench: &mut Bench, seconds: i64) {
    let end = bench.clock.now() + jiff::SignedDuration::from_secs(seconds);
    loop {
        let next = bench.go_on().await.filter(|next| *next < end);
        let now = bench.clock.now();
        bench.clock.advance(next.unwrap_or(end).max(now).duration_since(now));
        if next.is_none() {
            bench.go_on().await;
            return;
        }
    }
}

fn messages(bench: &Bench) -> Messages {
    let accepted = bench.other_side.accepted.lock().unwrap();
    let mut messages = Messages::new();
    for (delivery, target, findings) in accepted.iter() {
        let alert = bench.store.delivery(delivery).unwrap().unwrap().alert.unwrap();
        let findings = findings.iter().cloned().collect();
        messages.entry((alert.to_string(), target.channel().as_str().to_owned())).or_default().push(findings);
    }
    // A few of one lane are under way at the same time, so their order is not kept.
    messages.values_mut().for_each(|sent| sent.sort());
    messages
}

/// Which alert had which finding, whatever the messages were.
fn pairs(messages: &Messages) -> BTreeSet<(String, FindingId)> {
    let of = |((alert, _), sent): (&(String, String), &Vec<BTreeSet<FindingId>>)| {
        sent.iter().flatten().map(|finding| (alert.clone(), finding.clone())).collect::<Vec<_>>()
    };
    messages.iter().flat_map(of).collect()
}

/// Each finding that matches is told once to each target, and no other.
fn each_is_told_once(played: &Played, arrivals: &[Arrival]) {
    type Matches = fn(&str) -> bool;
    let asks: [(&str, Matches); 6] = [
        ("now", |title| title.contains("acme")),
        ("now-quiet", |title| title.contains("acme")),
        ("hourly", |title| title != "gamma"),
        ("daily", |title| title.contains("beta")),
        ("daily-quiet", |title| title.contains("acme")),
        ("weekly", |title| title == "acme"),
    ];
    for (alert, matches) in asks {
        let expected = arrivals.iter().filter(|(_, title, _)| matches(TITLES[*title])).count();
        for channel in ["mail", "webhook"] {
            let sent = played.messages.get(&(alert.to_owned(), channel.to_owned()));
            let told: Vec<_> = sent.into_iter().flatten().flatten().collect();
            let distinct: BTreeSet<_> = told.iter().collect();
            assert_eq!((told.len(), distinct.len()), (expected, expected), "{alert} by {channel}");
        }
    }
}

/// When messages were made: never in quiet hours, digests no oftener than they may.
fn times_are_kept(bench: &Bench) {
    let mut last: BTreeMap<(String, String), jiff::Timestamp> = BTreeMap::new();
    for delivery in bench.deliveries() {
        let name = delivery.alert.unwrap().to_string();
        let alert = alerts().into_iter().find(|alert| alert["id"] == *name).unwrap();
        let zone = TimeZone::get(alert["tz"].as_str().unwrap_or("UTC")).unwrap();
        if let Some(quiet) = alert["quiet_hours"].as_str() {
            let quiet: QuietHours = quiet.parse().unwrap();
            assert_eq!(quiet.end(delivery.created, &zone), None, "{name} spoke at {}", delivery.created);
        }
        let least = match (name.as_str(), delivery.target.contains("webhook")) {
            ("now" | "now-quiet", true) => 0,
            ("now" | "now-quiet", false) => 60,
            ("hourly", _) => 3600,
            ("weekly", _) => 7 * 86_400 - 3600,
            _ => 86_400 - 3600,
        };
        if let Some(before) = last.insert((name.clone(), delivery.target), delivery.created) {
            let gap = delivery.created.duration_since(before).as_secs();
            assert!(least <= gap, "{name} spoke twice within {gap} s");
        }
    }
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let pause = prop_oneof![0..90_i64, 60..7_200_i64, 3_600..200_000_i64];
    (pause, 0..TITLES.len(), proptest::option::weighted(0.3, 1..900_i64))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn weeks_of_alerts_lose_nothing_and_repeat_nothing(arrivals in proptest::collection::vec(arrival(), 1..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let smooth = runtime.block_on(play(&arrivals, false));
        each_is_told_once(&smooth, &arrivals);
        times_are_kept(&smooth.bench);
        let crashing = runtime.block_on(play(&arrivals, true));
        each_is_told_once(&crashing, &arrivals);
        for (key, sent) in &smooth.messages {
            prop_assert_eq!(&crashing.messages[key], sent, "{:?} with crashes between", key);
        }
    }
}

/// More with `TIDINGS_LONG_TESTS`.
fn cases() -> u32 {
    if std::env::var_os("TIDINGS_LONG_TESTS").is_some() { 500 } else { 6 }
}

#[tokio::test]
async fn another_order_gives_the_same_pairs() {
    let titles: Vec<String> = (0..40).map(|n| TITLES[n % 4].to_owned()).collect();
    let mut seen = Vec::new();
    for step in [1, 7, 13] {
        let mut bench = Bench::new("2026-10-20T12:00:00Z");
        alerts().iter().for_each(|definition| bench.alert(definition));
        for n in 0..titles.len() {
            let n = n * step % titles.len();
            bench.commit(&n.to_string(), &titles[n], &json!({}));
            go_until(&mut bench, 600).await;
        }
        go_until(&mut bench, 8 * 86_400).await;
        seen.push(pairs(&messages(&bench)));
    }
    assert!(!seen[0].is_empty());
    assert_eq!(seen[1], seen[0]);
    assert_eq!(seen[2], seen[0]);
}
