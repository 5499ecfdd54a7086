//! What the operator is told.

use serde_json::json;
use tidings_model::Health;
use tidings_store::HealthEvent;

use super::Bench;
use crate::Notice;
use crate::channel::Outcome;
use crate::operator::Operator;

fn change(bench: &Bench, source: &str, from: Health, to: Health) {
    let at = tidings_model::Clock::now(&bench.clock);
    let reason = Some("403 from voz.example".to_owned());
    bench.store.add_health_event(HealthEvent { source: source.parse().unwrap(), from, to, at, reason }).unwrap();
}

/// On a disk with room.
fn watching(bench: &Bench) -> Operator {
    Operator::on_disk(bench.alerts.inner.clone(), |_| Some((10 << 30, 100 << 30)))
}

/// Lets the operator look, and delivers what he is owed.
async fn told(bench: &mut Bench, operator: &mut Operator) -> Vec<Notice> {
    operator.look().unwrap();
    bench.go_on().await;
    std::mem::take(&mut *bench.other_side.notices.lock().unwrap())
}

#[tokio::test]
async fn changes_of_state_are_told_together_and_once() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    change(&bench, "before", Health::Ok, Health::Blocked);
    let mut operator = watching(&bench);
    assert_eq!(told(&mut bench, &mut operator).await, []);
    change(&bench, "voz", Health::Ok, Health::Blocked);
    change(&bench, "hn", Health::Ok, Health::NetworkError);
    change(&bench, "hn", Health::NetworkError, Health::Ok);
    change(&bench, "feed", Health::Unchanged, Health::Ok);
    change(&bench, "shop", Health::Stale, Health::Unchanged);
    let notices = told(&mut bench, &mut operator).await;
    let [notice] = &notices[..] else { panic!("{notices:?}") };
    assert_eq!((notice.lines.len(), notice.subject.as_str()), (2, "2 things to look at"), "{notice:?}");
    assert!(notice.lines[0].starts_with("Source voz was ok, and is blocked since 2026-11-20"), "{notice:?}");
    assert!(notice.lines[1].starts_with("Source shop was stale, and is unchanged"), "{notice:?}");
    assert_eq!(told(&mut bench, &mut operator).await, []);
    let mut restarted = watching(&bench);
    assert_eq!(told(&mut bench, &mut restarted).await, []);
}

#[tokio::test]
async fn deliveries_that_fail_are_told_once() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    let mut operator = watching(&bench);
    bench.alert(&json!({ "deliver": [{ "webhook": "https://hooks.example/a" }] }));
    *bench.other_side.answers.lock().unwrap() = Some(Outcome::Later { retry_after: None });
    bench.find("acme");
    assert_eq!(told(&mut bench, &mut operator).await, []);
    bench.advance(2 * 3600);
    bench.go_on().await;
    operator.look().unwrap();
    bench.advance(60);
    operator.look().unwrap();
    *bench.other_side.answers.lock().unwrap() = None;
    bench.advance(3600);
    let notices = told(&mut bench, &mut operator).await;
    let [notice] = &notices[..] else { panic!("{notices:?}") };
    assert!(notice.subject.starts_with("1 deliveries wait, the first since 2026-11-20T10:00:00Z"), "{notice:?}");
}

#[tokio::test]
async fn a_disk_that_fills_up_is_told_once() {
    let mut bench = Bench::new("2026-11-20T10:00:00Z");
    let mut operator = Operator::on_disk(bench.alerts.inner.clone(), |_| Some((4 << 30, 100 << 30)));
    let notices = told(&mut bench, &mut operator).await;
    assert_eq!(
        notices.iter().map(|notice| notice.subject.as_str()).collect::<Vec<_>>(),
        ["The disk of the archive is filling up: 4096 MiB are left."]
    );
    assert_eq!(told(&mut bench, &mut operator).await, []);
}
