//! What is owed is delivered, however long the other side is away.

use std::time::Duration;

use serde_json::json;
use tidings_store::DeliveryState;
use tokio_util::sync::CancellationToken;

use super::Bench;
use crate::channel::Outcome;

fn later() -> Option<Outcome> {
    Some(Outcome::Later { retry_after: None })
}

#[tokio::test]
async fn an_hour_without_the_other_side_loses_nothing_and_asks_little() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    let owed = if std::env::var_os("TIDINGS_LONG_TESTS").is_some() { 10_000 } else { 300 };
    for n in 0..owed {
        bench.alert(&json!({ "id": format!("a{n}"), "deliver": [{ "mail": format!("a{n}@example.org") }] }));
    }
    *bench.other_side.answers.lock().unwrap() = later();
    bench.find("acme");
    for minute in 0..60 {
        bench.go_on().await;
        bench.advance(60);
        if minute % 20 == 7 {
            bench.crash();
        }
    }
    let tries = *bench.other_side.tries.lock().unwrap();
    assert!((1..60).contains(&tries), "{tries} tries while the server was away");
    *bench.other_side.answers.lock().unwrap() = None;
    for _ in 0..120 {
        bench.advance(60);
        bench.go_on().await;
    }
    assert_eq!(bench.accepted().len(), owed);
    assert!(bench.deliveries().iter().all(|delivery| delivery.state == DeliveryState::Accepted));
}

#[tokio::test]
async fn a_refused_delivery_is_dead_until_it_is_taken_up_again() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    bench.alert(&json!({}));
    *bench.other_side.answers.lock().unwrap() = Some(Outcome::Refused);
    bench.find("acme");
    bench.go_on().await;
    let delivery = bench.deliveries().pop().unwrap();
    assert_eq!((delivery.state, delivery.said.as_deref()), (DeliveryState::Dead, Some("Refused")));
    *bench.other_side.answers.lock().unwrap() = None;
    bench.advance(86_400);
    bench.go_on().await;
    assert_eq!(bench.accepted().len(), 0);
    assert!(bench.store.retry_delivery(&delivery.id, "2026-11-22T10:00:00Z".parse().unwrap()).unwrap());
    bench.advance(2 * 86_400);
    bench.go_on().await;
    assert_eq!(bench.accepted().len(), 1);
    assert!(!bench.store.retry_delivery(&delivery.id, "2026-11-22T10:00:00Z".parse().unwrap()).unwrap());
}

#[tokio::test]
async fn what_nobody_accepts_for_a_week_is_dead() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    bench.alert(&json!({}));
    *bench.other_side.answers.lock().unwrap() = later();
    bench.find("acme");
    for _ in 0..7 * 24 {
        bench.go_on().await;
        bench.advance(3600);
    }
    assert_eq!(bench.deliveries()[0].state, DeliveryState::Owed);
    bench.advance(3600);
    bench.go_on().await;
    let delivery = bench.deliveries().remove(0);
    assert_eq!(delivery.state, DeliveryState::Dead);
    assert!((100..300).contains(&delivery.tries), "{} tries", delivery.tries);
}

#[tokio::test]
async fn the_other_side_says_when_to_come_again() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    bench.alert(&json!({}));
    *bench.other_side.answers.lock().unwrap() =
        Some(Outcome::Later { retry_after: Some(Duration::from_secs(2 * 3600)) });
    bench.find("acme");
    bench.go_on().await;
    *bench.other_side.answers.lock().unwrap() = None;
    bench.advance(2 * 3600 - 1);
    bench.go_on().await;
    assert_eq!(bench.accepted().len(), 0);
    bench.advance(1);
    bench.go_on().await;
    assert_eq!(bench.accepted().len(), 1);
}

#[tokio::test]
async fn a_lane_that_panics_holds_up_no_other_and_goes_on() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    bench.alert(&json!({ "deliver": [{ "mail": "a@example.org" }, { "webhook": "https://hooks.example/a" }] }));
    *bench.other_side.panics.lock().unwrap() = true;
    bench.find("acme");
    bench.follower.turn().unwrap();
    let stop = CancellationToken::new();
    let worker = tokio::spawn(bench.outbox.clone().run(stop.clone()));
    while bench.other_side.accepted.lock().unwrap().is_empty() || *bench.other_side.tries.lock().unwrap() < 4 {
        bench.advance(1);
        tokio::task::yield_now().await;
    }
    *bench.other_side.panics.lock().unwrap() = false;
    while bench.deliveries().iter().any(|delivery| delivery.state != DeliveryState::Accepted) {
        bench.advance(1);
        tokio::task::yield_now().await;
    }
    stop.cancel();
    worker.await.unwrap();
    assert_eq!(bench.accepted(), [["acme"], ["acme"]], "each is delivered once");
}

#[tokio::test]
async fn a_removed_alert_sends_nothing_more() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    bench.alert(&json!({}));
    *bench.other_side.answers.lock().unwrap() = later();
    bench.find("acme");
    bench.go_on().await;
    bench.alerts.remove(&"a".parse().unwrap(), tidings_store::Author::Local).unwrap();
    *bench.other_side.answers.lock().unwrap() = None;
    bench.advance(3600);
    bench.go_on().await;
    assert_eq!(bench.accepted().len(), 0);
    assert_eq!(bench.deliveries()[0].said.as_deref(), Some("not sent: the alert was removed"));
}
