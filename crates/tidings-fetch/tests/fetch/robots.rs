//! robots.txt is asked first, and heeded.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tidings_fetch::{FetchConfig, FetchError, Fetcher, Request, Robots};

use crate::site::{Reply, Site};
use crate::{clock, config, fetcher, fetcher_with, recorded, recorded_fetcher};

/// A site that answers `/robots.txt` with `robots`, and anything else with 200.
async fn site_with(robots: Reply) -> Site {
    Site::start_at("127.0.0.1", move |request| match request.path.as_str() {
        "/robots.txt" => robots.clone(),
        _ => Reply::ok("page"),
    })
    .await
}

const PRIVATE: &str = "User-agent: *\nDisallow: /private\n\nUser-agent: Tidings\nDisallow: /secret\n";

#[tokio::test]
async fn robots_txt_is_asked_once_and_what_it_disallows_never() {
    let site = site_with(Reply::ok(PRIVATE)).await;
    let (fetcher, mut events) = recorded_fetcher(config());
    fetcher.fetch(site.get("/private")).await.unwrap();
    let error = fetcher.fetch(site.get("/secret?x=1")).await.unwrap_err();
    assert!(matches!(&error, FetchError::Disallowed { .. }));
    assert_eq!((error.code(), error.is_transient()), ("fetch.robots_denied", false));
    assert_eq!(site.log(), ["GET /robots.txt", "GET /private"]);
    let expected = ["/robots.txt 200 robots.txt", "/private 200 -", "/secret - fetch.robots_denied"];
    assert_eq!(recorded(&mut events), expected);
}

#[tokio::test]
async fn robots_txt_itself_may_be_fetched() {
    let site = site_with(Reply::ok("User-agent: *\nDisallow: /")).await;
    assert_eq!(fetcher().fetch(site.get("/robots.txt")).await.unwrap().status, 200);
}

#[tokio::test]
async fn status_of_robots_txt_decides() {
    for (status, allowed) in [(401, true), (404, true), (410, true), (429, false), (500, false), (503, false)] {
        let site = site_with(Reply::status(status)).await;
        let result = fetcher().fetch(site.get("/page")).await;
        assert_eq!(result.is_ok(), allowed, "{status}");
        if let Err(error) = result {
            assert_eq!((error.code(), error.is_transient()), ("fetch.robots_denied", true));
            assert!(error.retry_after().is_some());
        }
    }
}

#[tokio::test]
async fn unreachable_robots_txt_allows_nothing_and_says_why() {
    for (robots, first_byte_ms, code) in [
        (Reply::raw(""), 10_000, "fetch.connect"),
        (Reply::raw("what?\r\n\r\n"), 10_000, "fetch.malformed"),
        (Reply::stall(""), 100, "fetch.timeout"),
    ] {
        let site = site_with(robots).await;
        let config = FetchConfig { first_byte_timeout: Duration::from_millis(first_byte_ms), ..config() };
        let error = fetcher_with(config).fetch(site.get("/page")).await.unwrap_err();
        assert_eq!(error.code(), code);
        assert_eq!(site.log(), ["GET /robots.txt"]);
    }
}

#[tokio::test]
async fn copy_is_kept_for_a_day_and_longer_while_the_server_fails() {
    let tries = std::sync::atomic::AtomicU32::new(0);
    let site = Site::start_at("127.0.0.1", move |request| match request.path.as_str() {
        "/robots.txt" => match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => Reply::ok(PRIVATE),
            1 => Reply::status(503),
            _ => Reply::ok("User-agent: *\nDisallow: /page"),
        },
        _ => Reply::ok("page"),
    })
    .await;
    let clock = clock();
    let fetcher = Fetcher::new(config(), Arc::new(clock.clone()), None).unwrap();
    fetcher.fetch(site.get("/page")).await.unwrap();
    clock.advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(1));
    fetcher.fetch(site.get("/page")).await.unwrap();
    clock.advance(SignedDuration::from_secs(1));
    fetcher.fetch(site.get("/page")).await.unwrap();
    assert!(fetcher.fetch(site.get("/secret")).await.is_err());
    clock.advance(SignedDuration::from_mins(5));
    assert!(fetcher.fetch(site.get("/page")).await.is_err());
    let asked = site.log().iter().filter(|line| line.ends_with("/robots.txt")).count();
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn five_redirects_of_robots_txt_are_followed() {
    for (redirects, allowed) in [(5, false), (6, true)] {
        let site = Site::start_at("127.0.0.1", move |request| {
            let n = match request.path.as_str() {
                "/robots.txt" => 0,
                path => path[1..].parse().unwrap_or(u32::MAX),
            };
            match n {
                n if n < redirects => Reply::redirect(301, &format!("/{}", n + 1)),
                n if n == redirects => Reply::ok("User-agent: *\nDisallow: /"),
                _ => Reply::ok("page"),
            }
        })
        .await;
        assert_eq!(fetcher().fetch(site.get("/page")).await.is_ok(), allowed, "{redirects}");
    }
}

#[tokio::test]
async fn long_robots_txt_is_read_to_its_cap() {
    let mut robots = b"User-agent: *\nDisallow: /secret\n".to_vec();
    robots.resize(600 << 10, b'#');
    robots.extend_from_slice(b"\nDisallow: /page\n");
    let site = site_with(Reply::ok(robots)).await;
    let fetcher = fetcher();
    fetcher.fetch(site.get("/page")).await.unwrap();
    assert!(fetcher.fetch(site.get("/secret")).await.is_err());
}

#[tokio::test]
async fn one_request_for_robots_txt_serves_all_that_wait() {
    let site = site_with(Reply::ok(PRIVATE)).await;
    let fetcher = fetcher();
    let (a, b, c) =
        tokio::join!(fetcher.fetch(site.get("/a")), fetcher.fetch(site.get("/b")), fetcher.fetch(site.get("/c")));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(site.log().iter().filter(|line| line.ends_with("/robots.txt")).count(), 1);
}

#[tokio::test]
async fn user_feed_is_exempt_and_recorded_as_such() {
    let site = site_with(Reply::ok("User-agent: *\nDisallow: /")).await;
    let (fetcher, mut events) = recorded_fetcher(config());
    fetcher.fetch(Request { robots: Robots::UserFeed, ..site.get("/feed") }).await.unwrap();
    assert!(fetcher.fetch(site.get("/feed")).await.is_err());
    assert_eq!(recorded(&mut events)[0], "/feed 200 user_feed");
}

#[tokio::test]
async fn exemption_ends_where_a_redirect_leaves_the_host() {
    let other = Site::start_at("127.0.0.2", |request| match request.path.as_str() {
        "/robots.txt" => Reply::ok("User-agent: *\nDisallow: /"),
        _ => Reply::ok("page"),
    })
    .await;
    let target = other.url("/feed");
    let site = Site::start_at("127.0.0.1", move |request| match request.path.as_str() {
        "/robots.txt" => Reply::ok("User-agent: *\nDisallow: /"),
        "/here" => Reply::redirect(302, "/feed"),
        "/away" => Reply::redirect(302, &target),
        _ => Reply::ok("page"),
    })
    .await;
    fetcher().fetch(Request { robots: Robots::UserFeed, ..site.get("/here") }).await.unwrap();
    let error = fetcher().fetch(Request { robots: Robots::UserFeed, ..site.get("/away") }).await.unwrap_err();
    assert_eq!(error.code(), "fetch.robots_denied");
    assert_eq!(other.log(), ["GET /robots.txt"]);
}

#[tokio::test]
async fn redirect_to_what_is_disallowed_is_not_followed() {
    let site = Site::start_at("127.0.0.1", |request| match request.path.as_str() {
        "/robots.txt" => Reply::ok(PRIVATE),
        _ => Reply::redirect(302, "/secret"),
    })
    .await;
    assert_eq!(fetcher().fetch(site.get("/page")).await.unwrap_err().code(), "fetch.robots_denied");
}

#[tokio::test]
async fn setting_turns_robots_txt_off() {
    let site = site_with(Reply::ok("User-agent: *\nDisallow: /")).await;
    let config = FetchConfig { respect_robots: false, ..config() };
    fetcher_with(config).fetch(site.get("/page")).await.unwrap();
    assert_eq!(site.log(), ["GET /page"]);
}
