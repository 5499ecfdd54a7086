use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use jiff::SignedDuration;
use tidings_model::ManualClock;

use super::*;

const INTERVAL: Duration = Duration::from_secs(2);

fn page(interval: Duration, parallel: u32) -> Manners {
    Manners { interval, page_interval: Some(interval), parallel }
}

fn start() -> (ManualClock, Arc<Hosts>) {
    let clock = ManualClock::new("2026-11-22T10:00:00Z".parse().unwrap());
    (clock.clone(), Hosts::new(Arc::new(clock), None))
}

fn minute_from(clock: &ManualClock) -> Timestamp {
    later(clock.now(), Duration::from_secs(60))
}

fn poll<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[track_caller]
fn now<T>(future: impl Future<Output = T>) -> T {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

fn pass(clock: &ManualClock, millis: i64) {
    clock.advance(SignedDuration::from_millis(millis));
}

#[test]
fn pause_counts_from_the_beginning_of_the_answer() {
    let (clock, hosts) = start();
    let deadline = minute_from(&clock);
    let mut first = now(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline)).unwrap();
    pass(&clock, 500);
    first.answered();
    pass(&clock, 300);
    drop(first);
    let mut second = pin!(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline));
    assert!(poll(second.as_mut()).is_pending());
    pass(&clock, 1_699);
    assert!(poll(second.as_mut()).is_pending());
    pass(&clock, 1);
    assert!(poll(second.as_mut()).is_ready());
}

#[test]
fn failed_request_counts_until_its_end() {
    let (clock, hosts) = start();
    let deadline = minute_from(&clock);
    let first = now(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline)).unwrap();
    pass(&clock, 5_000);
    drop(first);
    let mut second = pin!(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline));
    assert!(poll(second.as_mut()).is_pending());
    pass(&clock, 2_000);
    assert!(poll(second.as_mut()).is_ready());
}

#[test]
fn hosts_do_not_wait_for_each_other() {
    let (clock, hosts) = start();
    let deadline = clock.now();
    let _one = now(hosts.admit("127.0.0.1", "s", page(INTERVAL, 1), deadline)).unwrap();
    let _two = now(hosts.admit("127.0.0.2", "s", page(INTERVAL, 1), deadline)).unwrap();
    assert!(now(hosts.admit("127.0.0.1.", "s", page(INTERVAL, 1), deadline)).is_err());
}

#[test]
fn turns_are_taken_in_the_order_of_asking() {
    let (clock, hosts) = start();
    let deadline = minute_from(&clock);
    drop(now(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline)).unwrap());
    let mut one = pin!(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline));
    let mut two = pin!(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline));
    assert!(poll(one.as_mut()).is_pending());
    assert!(poll(two.as_mut()).is_pending());
    pass(&clock, 10_000);
    assert!(poll(two.as_mut()).is_pending());
    let Poll::Ready(Ok(first)) = poll(one.as_mut()) else { panic!("it is its turn") };
    assert!(poll(two.as_mut()).is_pending());
    drop(first);
    pass(&clock, 2_000);
    assert!(poll(two.as_mut()).is_ready());
}

#[test]
fn whoever_gives_up_lets_the_next_one_go() {
    let (clock, hosts) = start();
    let deadline = minute_from(&clock);
    let holder = now(hosts.admit("a.example", "s", page(Duration::ZERO, 1), deadline)).unwrap();
    let mut two = pin!(hosts.admit("a.example", "s", page(Duration::ZERO, 1), deadline));
    {
        let mut one = pin!(hosts.admit("a.example", "s", page(Duration::ZERO, 1), deadline));
        assert!(poll(one.as_mut()).is_pending());
        assert!(poll(two.as_mut()).is_pending());
    }
    drop(holder);
    assert!(poll(two.as_mut()).is_ready());
}

#[test]
fn no_more_than_allowed_are_in_flight() {
    let (clock, hosts) = start();
    let deadline = minute_from(&clock);
    let one = now(hosts.admit("a.example", "s", page(Duration::ZERO, 2), deadline)).unwrap();
    let _two = now(hosts.admit("a.example", "s", page(Duration::ZERO, 2), deadline)).unwrap();
    let mut three = pin!(hosts.admit("a.example", "s", page(Duration::ZERO, 2), deadline));
    assert!(poll(three.as_mut()).is_pending());
    drop(one);
    assert!(poll(three.as_mut()).is_ready());
}

#[test]
fn a_turn_too_far_away_is_refused_at_once_with_its_time() {
    let (clock, hosts) = start();
    let begun = clock.now();
    let deadline = later(begun, Duration::from_secs(5));
    drop(now(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline)).unwrap());
    let mut one = pin!(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline));
    let mut two = pin!(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline));
    assert!(poll(one.as_mut()).is_pending());
    assert!(poll(two.as_mut()).is_pending());
    let refused = now(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline)).unwrap_err();
    assert_eq!(refused, later(begun, 3 * INTERVAL));
}

#[test]
fn whoever_waits_behind_a_long_answer_is_refused_at_the_deadline() {
    let (clock, hosts) = start();
    let deadline = later(clock.now(), Duration::from_secs(5));
    let _holder = now(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline)).unwrap();
    let mut waiting = pin!(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline));
    assert!(poll(waiting.as_mut()).is_pending());
    pass(&clock, 4_999);
    assert!(poll(waiting.as_mut()).is_pending());
    pass(&clock, 1);
    assert!(matches!(poll(waiting.as_mut()), Poll::Ready(Err(until)) if deadline < until));
}

#[test]
fn hold_off_binds_everybody_until_it_is_over() {
    let (clock, hosts) = start();
    let two_days = later(clock.now(), Duration::from_secs(2 * 86_400));
    now(hosts.admit("a.example", "s", page(INTERVAL, 1), two_days)).unwrap().hold_off(two_days);
    assert_eq!(now(hosts.admit("a.example", "s", page(INTERVAL, 1), minute_from(&clock))).unwrap_err(), two_days);
    pass(&clock, 2 * 86_400_000 - 1);
    let mut patient = pin!(hosts.admit("a.example", "s", page(INTERVAL, 1), two_days));
    assert!(poll(patient.as_mut()).is_pending());
    pass(&clock, 1);
    assert!(poll(patient.as_mut()).is_ready());
}

#[test]
fn crawl_delay_counts_between_pages_only() {
    let (clock, hosts) = start();
    let deadline = minute_from(&clock);
    let robots = Manners { interval: INTERVAL, page_interval: None, parallel: 1 };
    let slow = Manners { interval: INTERVAL, page_interval: Some(Duration::from_secs(30)), parallel: 1 };
    drop(now(hosts.admit("a.example", "s", robots, deadline)).unwrap());
    pass(&clock, 2_000);
    drop(now(hosts.admit("a.example", "s", slow, deadline)).unwrap());
    pass(&clock, 2_000);
    drop(now(hosts.admit("a.example", "s", robots, deadline)).unwrap());
    let mut second = pin!(hosts.admit("a.example", "s", slow, deadline));
    assert!(poll(second.as_mut()).is_pending());
    pass(&clock, 27_999);
    assert!(poll(second.as_mut()).is_pending());
    pass(&clock, 1);
    assert!(poll(second.as_mut()).is_ready());
}

#[test]
fn clock_that_is_set_back_lengthens_no_pause() {
    let (clock, hosts) = start();
    drop(now(hosts.admit("a.example", "s", page(INTERVAL, 1), clock.now())).unwrap());
    pass(&clock, -3_600_000);
    let deadline = minute_from(&clock);
    let mut second = pin!(hosts.admit("a.example", "s", page(INTERVAL, 1), deadline));
    assert!(poll(second.as_mut()).is_pending());
    pass(&clock, 2_000);
    assert!(poll(second.as_mut()).is_ready());
}

#[test]
fn queue_of_a_host_is_bounded() {
    let (clock, hosts) = start();
    let deadline = minute_from(&clock);
    let _holder = now(hosts.admit("a.example", "s", page(Duration::ZERO, 1), deadline)).unwrap();
    let mut waiting: Vec<_> =
        (0..MAX_WAITING).map(|_| Box::pin(hosts.admit("a.example", "s", page(Duration::ZERO, 1), deadline))).collect();
    for one in &mut waiting {
        assert!(poll(one.as_mut()).is_pending());
    }
    assert!(now(hosts.admit("a.example", "s", page(Duration::ZERO, 1), deadline)).is_err());
}

#[test]
fn idle_hosts_are_forgotten_and_warned_ones_kept() {
    let (clock, hosts) = start();
    let warned_until = later(clock.now(), Duration::from_secs(86_400));
    now(hosts.admit("warned.example", "s", page(INTERVAL, 1), clock.now())).unwrap().hold_off(warned_until);
    for number in 0..3 * MAX_HOSTS {
        pass(&clock, 10);
        drop(now(hosts.admit(&format!("h{number}.example"), "s", page(INTERVAL, 1), clock.now())).unwrap());
    }
    assert!(hosts.lock().hosts.len() <= 1_024, "{}", hosts.lock().hosts.len());
    assert_eq!(now(hosts.admit("warned.example", "s", page(INTERVAL, 1), clock.now())).unwrap_err(), warned_until);
}

#[test]
fn table_is_bounded_even_when_every_host_warns() {
    let (clock, hosts) = start();
    for number in 0..MAX_HOSTS + 50 {
        let until = later(clock.now(), Duration::from_secs(86_400));
        now(hosts.admit(&format!("h{number}.example"), "s", page(INTERVAL, 1), clock.now())).unwrap().hold_off(until);
        pass(&clock, 1);
    }
    assert!(hosts.lock().hosts.len() <= MAX_HOSTS);
}

#[test]
fn sources_take_turns_at_a_host() {
    let (clock, hosts) = start();
    let deadline = minute_from(&clock);
    let manners = page(Duration::ZERO, 1);
    let holder = now(hosts.admit("a.example", "flood", manners, deadline)).unwrap();
    let ask = |source: &'static str| Box::pin(hosts.admit("a.example", source, manners, deadline));
    let mut waiting = ["flood", "flood", "flood", "calm", "calm", "late"]
        .map(|source| (source, ask(source)))
        .into_iter()
        .collect::<Vec<_>>();
    for (_, turn) in &mut waiting {
        assert!(poll(turn.as_mut()).is_pending());
    }
    drop(holder);
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let next = waiting.iter_mut().enumerate().find_map(|(at, (source, turn))| match poll(turn.as_mut()) {
            Poll::Ready(permit) => Some((at, *source, permit.unwrap())),
            Poll::Pending => None,
        });
        let (at, source, permit) = next.expect("somebody has a turn");
        order.push(source);
        drop(waiting.remove(at));
        drop(permit);
    }
    assert_eq!(order, ["calm", "late", "flood", "calm", "flood", "flood"]);
}

#[test]
fn a_refusal_doubles_the_pause_up_to_its_bound() {
    let (clock, hosts) = start();
    let far = later(clock.now(), Duration::from_secs(10 * 86_400));
    for seconds in [4, 8, 16, 32, 64, 128, 256, 300, 300] {
        let mut permit = now(hosts.admit("a.example", "s", page(INTERVAL, 1), far)).unwrap();
        permit.answered();
        permit.bears(false);
        drop(permit);
        let refused = now(hosts.admit("a.example", "s", page(INTERVAL, 1), clock.now())).unwrap_err();
        assert_eq!(refused, later(clock.now(), Duration::from_secs(seconds)));
        pass(&clock, i64::try_from(seconds).unwrap() * 1_000);
    }
}

#[test]
fn a_pause_shrinks_by_good_answers_and_by_time() {
    let (clock, hosts) = start();
    let far = later(clock.now(), Duration::from_secs(10 * 86_400));
    let ask = |is_borne: bool| {
        let mut permit = now(hosts.admit("a.example", "s", page(INTERVAL, 1), far)).unwrap();
        permit.answered();
        permit.bears(is_borne);
        drop(permit);
        let until = now(hosts.admit("a.example", "s", page(INTERVAL, 1), clock.now())).unwrap_err();
        let pause = until.duration_since(clock.now()).as_secs();
        pass(&clock, pause * 1_000);
        pause
    };
    assert_eq!([false, false, false].map(ask), [4, 8, 16]);
    assert_eq!([true, true, true].map(ask), [16, 16, 8]);
    assert_eq!([true, true, true].map(ask), [8, 8, 4]);
    pass(&clock, 600_000);
    assert_eq!(ask(true), 2);
}
