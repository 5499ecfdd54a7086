//! Pauses and turns, by a clock that is moved by hand.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tidings_fetch::{FetchConfig, FetchError, Fetcher, HostPoliteness, Request};
use tidings_model::{Clock, ManualClock};

use crate::site::{Reply, Site};
use crate::{clock, config};

fn polite(clock: &ManualClock, interval_s: u64) -> Fetcher {
    let config = FetchConfig {
        per_host_interval: Duration::from_secs(interval_s),
        per_host_concurrency: NonZeroU32::MIN,
        ..config()
    };
    Fetcher::new(config, Arc::new(clock.clone()), None).unwrap()
}

/// Asks without patience, so that a pause shows as `fetch.rate_limited` with its length.
async fn pause(fetcher: &Fetcher, request: Request) -> Option<u64> {
    match fetcher.fetch(Request { max_wait: Duration::ZERO, ..request }).await {
        Ok(_) => None,
        Err(error) => {
            assert_eq!((error.code(), error.is_transient()), ("fetch.rate_limited", true));
            Some(error.retry_after().unwrap().as_secs())
        }
    }
}

#[tokio::test]
async fn pause_stands_between_all_requests_to_a_host() {
    let (one, two) = (Site::start(|_| Reply::ok("")).await, Site::start(|_| Reply::ok("")).await);
    let clock = clock();
    let fetcher = polite(&clock, 2);
    assert_eq!(pause(&fetcher, one.get("/")).await, Some(2), "robots.txt was a request");
    clock.advance(SignedDuration::from_secs(2));
    assert_eq!(pause(&fetcher, one.get("/")).await, None);
    clock.advance(SignedDuration::from_millis(500));
    assert_eq!(pause(&fetcher, two.get("/")).await, Some(1), "another port is the same host");
    clock.advance(SignedDuration::from_millis(1_500));
    assert_eq!(pause(&fetcher, two.get("/")).await, Some(2), "for its robots.txt");
    assert_eq!(one.log(), ["GET /robots.txt", "GET /"]);
    assert_eq!(two.log(), ["GET /robots.txt"]);
}

#[tokio::test]
async fn patient_request_waits_for_its_turn() {
    let site = Site::start(|_| Reply::ok("")).await;
    let clock = clock();
    let fetcher = polite(&clock, 2);
    let started = clock.now();
    let fetched = tokio::spawn({
        let (fetcher, request) = (fetcher.clone(), site.get("/"));
        async move { fetcher.fetch(request).await.unwrap().fetched_at }
    });
    while !fetched.is_finished() {
        if site.log().len() == 1 {
            clock.advance(SignedDuration::from_millis(100));
        }
        tokio::task::yield_now().await;
    }
    let waited = fetched.await.unwrap().duration_since(started);
    assert!(SignedDuration::from_secs(2) <= waited, "{waited:?}");
}

#[tokio::test]
async fn crawl_delay_lengthens_the_pause_and_is_bounded() {
    for (delay, expected) in [("5", 5), ("0.5", 2), ("86400", 60)] {
        let robots = format!("User-agent: *\nCrawl-delay: {delay}\n");
        let site = Site::start_at("127.0.0.1", move |request| match request.path.as_str() {
            "/robots.txt" => Reply::ok(&robots),
            _ => Reply::ok(""),
        })
        .await;
        let clock = clock();
        let fetcher = polite(&clock, 2);
        assert_eq!(pause(&fetcher, site.get("/")).await, Some(2));
        clock.advance(SignedDuration::from_secs(2));
        assert_eq!(pause(&fetcher, site.get("/")).await, None);
        assert_eq!(pause(&fetcher, site.get("/")).await, Some(expected), "{delay}");
    }
}

#[tokio::test]
async fn request_may_be_stricter_and_never_laxer() {
    let site = Site::start(|_| Reply::ok("")).await;
    for (min_interval_s, expected) in [(7, 7), (1, 2)] {
        let clock = clock();
        let fetcher = polite(&clock, 2);
        let min_interval = Duration::from_secs(min_interval_s);
        let politeness = HostPoliteness { min_interval, max_parallel: Some(9) };
        let request = || Request { politeness, ..site.get("/") };
        pause(&fetcher, request()).await;
        clock.advance(SignedDuration::from_secs(7));
        assert_eq!(pause(&fetcher, request()).await, None);
        assert_eq!(pause(&fetcher, request()).await, Some(expected));
    }
}

#[tokio::test]
async fn host_that_asks_for_time_gets_it() {
    for (status, value, seconds) in [
        (429, "120", 120),
        (503, "Sun, 22 Nov 2026 10:10:00 GMT", 600),
        (429, "99999999999999999999", 604_800),
        (503, "172800", 172_800),
    ] {
        let site = Site::start(move |_| Reply::new(status, &[("Retry-After", value)], "later")).await;
        let clock = clock();
        let fetcher = polite(&clock, 0);
        let response = fetcher.fetch(site.get("/")).await.unwrap();
        assert_eq!(response.retry_after, Some(Duration::from_secs(seconds)));
        let error = fetcher.fetch(site.get("/other")).await.unwrap_err();
        let expected = clock.now() + SignedDuration::from_secs(i64::try_from(seconds).unwrap());
        assert!(matches!(error, FetchError::RateLimited { until, .. } if until == expected));
        assert_eq!(site.pages().len(), 1);
        clock.advance(SignedDuration::from_secs(i64::try_from(seconds).unwrap()));
        // A robots.txt that is a day old is asked for again; the page may follow it.
        fetcher.fetch(site.get("/other")).await.unwrap();
        assert_eq!(site.pages().len(), 2);
    }
}

#[tokio::test]
async fn hosts_do_not_wait_for_each_other() {
    let slow = Site::start(|_| Reply::new(429, &[("Retry-After", "3600")], "")).await;
    let other = Site::start_at("127.0.0.2", |_| Reply::ok("")).await;
    let clock = clock();
    let fetcher = polite(&clock, 0);
    fetcher.fetch(slow.get("/")).await.unwrap();
    fetcher.fetch(other.get("/")).await.unwrap();
}

#[tokio::test]
async fn parallel_requests_stay_within_the_limit() {
    let site = Site::start(|_| Reply::ok("page")).await;
    let config = FetchConfig { per_host_concurrency: NonZeroU32::new(2).unwrap(), ..config() };
    let fetcher = Fetcher::new(config, Arc::new(clock()), None).unwrap();
    let fetches: Vec<_> = (0..20)
        .map(|n| {
            let (fetcher, request) = (fetcher.clone(), site.get(&format!("/{n}")));
            tokio::spawn(async move { fetcher.fetch(request).await })
        })
        .collect();
    for fetch in fetches {
        fetch.await.unwrap().unwrap();
    }
    assert_eq!(site.pages().len(), 20);
    assert!(site.most_at_once() <= 2, "{}", site.most_at_once());
}

#[tokio::test]
async fn overload_doubles_the_pause_and_good_answers_halve_it() {
    let site = Site::start(|request| match request.path.as_str() {
        "/busy" => Reply::status(503),
        _ => Reply::ok(""),
    })
    .await;
    let clock = clock();
    let fetcher = polite(&clock, 2);
    pause(&fetcher, site.get("/busy")).await;
    clock.advance(SignedDuration::from_secs(2));
    assert_eq!(pause(&fetcher, site.get("/busy")).await, None);
    for expected in [4, 4, 4, 2] {
        assert_eq!(pause(&fetcher, site.get("/")).await, Some(expected));
        clock.advance(SignedDuration::from_secs(expected.try_into().unwrap()));
        assert_eq!(pause(&fetcher, site.get("/")).await, None);
    }
}
