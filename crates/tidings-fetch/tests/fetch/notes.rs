//! What outlives a restart: answers, robots.txt copies, pauses.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tempfile::TempDir;
use tidings_fetch::{CacheTerms, FetchConfig, Fetcher, Notes, Request, Response};
use tidings_model::{ByteSize, Clock, ManualClock};

use crate::site::{Reply, Site};
use crate::{clock, config};

/// A data directory, and what a daemon on it is started with.
struct Place {
    dir: TempDir,
    clock: ManualClock,
    config: FetchConfig,
}

impl Place {
    fn new(config: FetchConfig) -> Self {
        Self { dir: tempfile::tempdir().unwrap(), clock: clock(), config }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("fetch.db")
    }

    fn start(&self) -> Fetcher {
        let notes = Notes::open(&self.file(), self.config.cache).unwrap();
        Fetcher::with_notes(self.config.clone(), Arc::new(self.clock.clone()), None, notes).unwrap()
    }

    /// Asks as a run that begins now, of a daemon that was just started.
    async fn ask(&self, request: Request) -> Response {
        self.start().fetch(self.of_a_run(request)).await.unwrap()
    }

    fn of_a_run(&self, request: Request) -> Request {
        let terms = CacheTerms { max_age: None, since: Some(self.clock.now()) };
        Request { cache: Some(terms), ..request }
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

/// Answers 304 to whoever knows the `ETag`, which is the path.
async fn versioned(body: Vec<u8>) -> Site {
    Site::start(move |request| {
        let etag = format!("\"{}\"", request.path);
        match request.header("if-none-match") {
            Some(known) if known == etag => Reply::status(304),
            _ => Reply::new(200, &[("etag", &etag), ("content-type", "text/plain")], &body),
        }
    })
    .await
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[tokio::test]
async fn page_is_asked_for_conditionally_after_a_restart() {
    for length in [20, 3 << 20] {
        let body = noise(length);
        let site = versioned(body.clone()).await;
        let place = Place::new(config());
        for from_cache in [false, true, true] {
            let response = place.ask(site.get("/page")).await;
            assert_eq!((response.status.as_u16(), response.from_cache), (200, from_cache));
            assert_eq!(response.header("content-type"), Some("text/plain"));
            assert!(response.body == body);
            place.pass(60);
        }
        let conditional = site.pages().iter().filter(|page| page.header("if-none-match").is_some()).count();
        assert_eq!((site.pages().len(), conditional), (3, 2));
    }
}

#[tokio::test]
async fn answer_to_a_conditional_request_is_kept_for_others() {
    let site = versioned(b"page".to_vec()).await;
    let place = Place::new(config());
    let mut request = place.of_a_run(site.get("/page"));
    request.validators = Some(tidings_fetch::Validators { etag: Some("\"old\"".to_owned()), ..Default::default() });
    assert_eq!(place.start().fetch(request).await.unwrap().body, "page");
    assert!(place.ask(site.get("/page")).await.from_cache);
}

#[tokio::test]
async fn what_may_be_kept_no_more_is_forgotten_for_good() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let site = Site::start(move |_| match asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => Reply::new(200, &[("etag", "\"1\"")], "page"),
        _ => Reply::new(200, &[("etag", "\"2\""), ("cache-control", "no-store")], "private"),
    })
    .await;
    let place = Place::new(config());
    for known in [None, Some("\"1\""), None] {
        place.ask(site.get("/")).await;
        assert_eq!(site.pages().last().unwrap().header("if-none-match"), known);
        place.pass(60);
    }
}

#[tokio::test]
async fn robots_txt_holds_for_its_day_over_a_restart() {
    let site = Site::start_at("127.0.0.1", |request| match request.path.as_str() {
        "/robots.txt" => Reply::ok("User-agent: *\nDisallow: /secret\nAllow: /secret/open\nCrawl-delay: 30"),
        _ => Reply::ok("page"),
    })
    .await;
    let place = Place::new(config());
    let refused = async || {
        let error = place.start().fetch(site.get("/secret/x?y")).await.unwrap_err();
        assert_eq!(error.code(), "fetch.robots_denied");
    };
    refused().await;
    place.pass(3_600);
    refused().await;
    place.ask(site.get("/secret/open")).await;
    assert_eq!(site.log(), ["GET /robots.txt", "GET /secret/open"]);
    place.pass(23 * 3_600);
    refused().await;
    assert_eq!(site.log().len(), 3, "its day is over");
}

#[tokio::test]
async fn robots_txt_that_cannot_be_had_is_left_alone_over_a_restart() {
    let site = Site::start_at("127.0.0.1", |_| Reply::status(503)).await;
    let place = Place::new(config());
    for (seconds, asked) in [(0, 1), (299, 1), (1, 2)] {
        place.pass(seconds);
        let error = place.start().fetch(site.get("/page")).await.unwrap_err();
        assert_eq!((error.code(), site.log().len()), ("fetch.robots_denied", asked));
    }
}

/// How long a daemon that was just started would have to wait for a turn.
async fn pause(place: &Place, request: Request) -> Option<u64> {
    let answered = place.start().fetch(Request { max_wait: Duration::ZERO, ..request }).await;
    answered.err().map(|error| {
        assert_eq!(error.code(), "fetch.rate_limited");
        error.retry_after().unwrap().as_secs()
    })
}

#[tokio::test]
async fn crawl_delay_holds_over_a_restart() {
    let site = Site::start_at("127.0.0.1", |_| Reply::ok("User-agent: *\nCrawl-delay: 30")).await;
    let place = Place::new(config());
    assert_eq!(pause(&place, site.get("/a")).await, None);
    place.pass(10);
    assert_eq!(pause(&place, site.get("/b")).await, Some(20));
    place.pass(20);
    assert_eq!(pause(&place, site.get("/b")).await, None);
}

#[tokio::test]
async fn short_pause_stands_before_the_first_request_after_a_restart() {
    let site = Site::start(|_| Reply::ok("")).await;
    let place = Place::new(FetchConfig { per_host_interval: Duration::from_secs(2), ..config() });
    let fetcher = place.start();
    assert!(fetcher.fetch(Request { max_wait: Duration::ZERO, ..site.get("/") }).await.is_err(), "after robots.txt");
    drop(fetcher);
    assert_eq!(site.log(), ["GET /robots.txt"], "the first start waits for nothing");
    place.pass(60);
    let fetcher = place.start();
    let now = || Request { max_wait: Duration::ZERO, ..site.get("/") };
    assert_eq!(fetcher.fetch(now()).await.unwrap_err().retry_after(), Some(Duration::from_secs(2)));
    place.pass(2);
    assert!(fetcher.fetch(now()).await.is_ok());
}

#[tokio::test]
async fn retry_after_and_the_doubled_pause_hold_over_a_restart() {
    let site = Site::start(|_| Reply::new(429, &[("retry-after", "100")], "")).await;
    let place = Place::new(config());
    assert_eq!(pause(&place, site.get("/")).await, None);
    place.pass(40);
    assert_eq!(pause(&place, site.get("/")).await, Some(60));
    place.pass(60);
    assert_eq!(pause(&place, site.get("/")).await, None);
    place.pass(100);
    assert_eq!(pause(&place, site.get("/")).await, None);
    place.pass(101);
    assert_eq!(site.pages().len(), 3);
}

#[tokio::test]
async fn times_of_a_clock_that_was_years_ahead_say_nothing() {
    let site = Site::start(|_| Reply::new(429, &[("retry-after", "100")], "")).await;
    let ahead = ManualClock::new("2036-11-22T10:00:00Z".parse().unwrap());
    let place = Place { clock: ahead, ..Place::new(config()) };
    assert_eq!(pause(&place, site.get("/")).await, None);
    let place = Place { clock: clock(), ..place };
    // The refusal then has doubled the pause, and robots.txt takes a turn of its own.
    assert_eq!(pause(&place, site.get("/")).await, Some(2));
    place.pass(2);
    assert_eq!(pause(&place, site.get("/")).await, None);
    assert_eq!(site.log(), ["GET /robots.txt", "GET /", "GET /robots.txt", "GET /"]);
}

#[tokio::test]
async fn answers_on_the_disk_are_bounded_and_those_confirmed_last_stay() {
    let site = versioned(noise(100 << 10)).await;
    let place = Place::new(FetchConfig { cache: ByteSize::mib(1), ..config() });
    let paths: Vec<String> = (0..30).map(|number| format!("/{number}")).collect();
    for path in &paths {
        place.ask(site.get(path)).await;
        place.pass(1);
    }
    let size = std::fs::metadata(place.file()).unwrap().len();
    assert!(size < 2 << 20, "{size}");
    assert!(place.ask(site.get("/29")).await.from_cache);
    assert!(place.ask(site.get("/22")).await.from_cache);
    assert!(!place.ask(site.get("/0")).await.from_cache);
}

#[tokio::test]
async fn answer_that_nobody_asked_for_in_a_month_is_forgotten() {
    let site = versioned(b"page".to_vec()).await;
    let place = Place::new(config());
    place.ask(site.get("/old")).await;
    place.pass(31 * 86_400);
    place.ask(site.get("/new")).await;
    assert!(!place.ask(site.get("/old")).await.from_cache);
    assert!(place.ask(site.get("/new")).await.from_cache);
}

#[tokio::test]
async fn file_that_cannot_be_read_begins_anew() {
    let site = versioned(b"page".to_vec()).await;
    let place = Place::new(config());
    place.ask(site.get("/page")).await;
    std::fs::write(place.file(), noise(64 << 10)).unwrap();
    assert!(!place.ask(site.get("/page")).await.from_cache);
    assert!(place.ask(site.get("/page")).await.from_cache);
}
