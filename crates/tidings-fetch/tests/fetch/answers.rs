//! What of an answer reaches the caller.

use tidings_fetch::{CacheTerms, CacheUse, Fetcher, HeaderValue, Request, Validators};

use crate::site::{Reply, Site};
use crate::{config, fetcher, recorded_fetcher};

const TEXT: &str = "Acme cuts its price.\n";

#[tokio::test]
async fn answer_of_any_status_is_an_answer() {
    let site = Site::start(|request| Reply::new(request.path[1..].parse().unwrap(), &[("X-Shop", "a")], TEXT)).await;
    for status in [200, 203, 401, 403, 404, 410, 500, 502] {
        let response = fetcher().fetch(site.get(&format!("/{status}"))).await.unwrap();
        assert_eq!(response.status.as_u16(), status);
        assert_eq!(response.body, TEXT);
        assert_eq!(response.header("x-shop"), Some("a"));
        assert_eq!(response.url, response.final_url);
    }
}

#[tokio::test]
async fn fetcher_names_itself_and_asks_for_compression() {
    let site = Site::start(|_| Reply::ok(TEXT)).await;
    fetcher().fetch(site.get("/")).await.unwrap();
    let page = &site.pages()[0];
    assert!(page.header("user-agent").unwrap().starts_with("Tidings/"));
    for encoding in ["gzip", "br", "zstd", "deflate"] {
        assert!(page.header("accept-encoding").unwrap().contains(encoding), "{encoding}");
    }
    assert_eq!(page.header("referer"), None);
}

/// `TEXT` as gzip and zlib have it, and in an uncompressed block of brotli and zstd.
fn encoded(encoding: &str) -> Vec<u8> {
    let length = u32::try_from(TEXT.len()).unwrap();
    match encoding {
        "gzip" => GZIP.to_vec(),
        "deflate" => ZLIB.to_vec(),
        "br" => [&((length - 1) << 4 | 1 << 20).to_le_bytes()[..3], TEXT.as_bytes(), &[3]].concat(),
        "zstd" => {
            let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x20, u8::try_from(length).unwrap()];
            [&frame[..], &(length << 3 | 1).to_le_bytes()[..3], TEXT.as_bytes()].concat()
        }
        other => panic!("{other} is not asked for"),
    }
}

const GZIP: [u8; 39] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 115, 76, 206, 77, 85, 72, 46, 45, 41, 86, 200, 4, 226, 130, 162, 204, 228, 84, 61,
    46, 0, 19, 69, 167, 68, 21, 0, 0, 0,
];
const ZLIB: [u8; 27] =
    [120, 156, 115, 76, 206, 77, 85, 72, 46, 45, 41, 86, 200, 4, 226, 130, 162, 204, 228, 84, 61, 46, 0, 82, 49, 7, 49];

#[tokio::test]
async fn compressed_bodies_arrive_unpacked() {
    let site = Site::start(|request| {
        let encoding = &request.path[1..];
        Reply::new(200, &[("Content-Encoding", encoding)], encoded(encoding))
    })
    .await;
    for encoding in ["gzip", "br", "zstd", "deflate"] {
        let response = fetcher().fetch(site.get(&format!("/{encoding}"))).await.unwrap();
        assert_eq!(response.body, TEXT, "{encoding}");
        assert_eq!(response.header("content-encoding"), None);
    }
}

#[tokio::test]
async fn body_in_another_encoding_is_refused_and_a_misused_header_ignored() {
    let site = Site::start(|request| Reply::new(200, &[("Content-Encoding", &request.path[1..])], TEXT)).await;
    for encoding in ["gzip,gzip", "compress", "x-gzip"] {
        let error = fetcher().fetch(site.get(&format!("/{encoding}"))).await.unwrap_err();
        assert_eq!(error.code(), "fetch.malformed", "{encoding}");
    }
    assert_eq!(fetcher().fetch(site.get("/utf-8")).await.unwrap().body, TEXT);
}

#[tokio::test]
async fn unchanged_page_is_asked_for_conditionally_and_not_sent_again() {
    let (fetcher, mut events) = recorded_fetcher(config());
    let site = Site::start(|request| match request.header("if-none-match") {
        Some("\"v1\"") => Reply::status(304),
        _ => Reply::new(200, &[("ETag", "\"v1\""), ("Last-Modified", "Sat, 21 Nov 2026 10:00:00 GMT")], TEXT),
    })
    .await;
    let first = fetcher.fetch(site.get("/feed")).await.unwrap();
    assert!(!first.not_modified);
    let validators = Some(first.validators.clone());
    let second = fetcher.fetch(Request { validators, ..site.get("/feed") }).await.unwrap();
    assert!(second.not_modified && second.body.is_empty());
    assert_eq!(second.validators, first.validators);
    let asked = &site.pages()[1];
    assert_eq!(asked.header("if-modified-since"), Some("Sat, 21 Nov 2026 10:00:00 GMT"));
    let caches: Vec<CacheUse> = std::iter::from_fn(|| events.try_recv().ok()).map(|event| event.cache).collect();
    assert_eq!(caches, [CacheUse::None, CacheUse::None, CacheUse::Revalidated]);
}

#[tokio::test]
async fn validators_go_to_the_url_that_gave_them() {
    let site = Site::start(|request| match request.path.as_str() {
        "/feed" => Reply::redirect(301, "/feed.xml"),
        _ => Reply::new(200, &[("ETag", "\"v1\"")], TEXT),
    })
    .await;
    let first = fetcher().fetch(site.get("/feed")).await.unwrap();
    assert_eq!(first.validators.url.as_ref(), Some(&first.final_url));
    let known = Validators { etag: Some("\"v0\"".to_owned()), ..Validators::default() };
    for validators in [first.validators, known] {
        fetcher().fetch(Request { validators: Some(validators), ..site.get("/feed") }).await.unwrap();
    }
    let asked: Vec<Option<String>> =
        site.pages().iter().skip(2).map(|page| page.header("if-none-match").map(str::to_owned)).collect();
    assert_eq!(asked, [None, Some("\"v1\"".to_owned()), Some("\"v0\"".to_owned()), None]);
}

#[tokio::test]
async fn full_crawl_log_loses_events_and_holds_up_nobody() {
    let site = Site::start(|_| Reply::ok(TEXT)).await;
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let fetcher = tidings_fetch::Fetcher::new(config(), std::sync::Arc::new(crate::clock()), Some(sender)).unwrap();
    for _ in 0..3 {
        fetcher.fetch(site.get("/")).await.unwrap();
    }
    assert_eq!(receiver.recv().await.unwrap().url.path(), "/robots.txt");
    assert!(receiver.try_recv().is_err());
}

#[tokio::test]
async fn event_says_who_asked_what_and_what_came() {
    let (fetcher, mut events) = recorded_fetcher(config());
    let site = Site::start(|_| Reply::ok(TEXT)).await;
    fetcher.fetch(Request { source: Some("acme".to_owned()), ..site.get("/feed?n=1") }).await.unwrap();
    events.recv().await.unwrap();
    let event = events.recv().await.unwrap();
    assert_eq!(event.url.as_str(), site.url("/feed?n=1"));
    assert_eq!((event.method.as_str(), event.status, event.bytes), ("GET", Some(200), 21));
    assert_eq!((event.source.as_deref(), event.reason), (Some("acme"), None));
}

#[tokio::test]
async fn cookies_last_for_their_run_and_are_nobody_elses() {
    let site = Site::start(|request| match (request.path.as_str(), request.header("cookie")) {
        ("/wall", _) => Reply::new(302, &[("set-cookie", "seen=1; Path=/"), ("location", "/page")], ""),
        (_, Some("seen=1")) => Reply::ok("in"),
        _ => Reply::status(403),
    })
    .await;
    let fetcher = fetcher();
    let cookies = tidings_fetch::Cookies::default();
    let with = |path: &str| Request { cookies: Some(cookies.clone()), ..site.get(path) };
    assert_eq!(fetcher.fetch(with("/wall")).await.unwrap().body, "in");
    assert_eq!(fetcher.fetch(with("/page")).await.unwrap().body, "in");
    assert_eq!(fetcher.fetch(site.get("/page")).await.unwrap().status, 403);
}

#[tokio::test]
async fn block_page_is_said_to_be_one_in_the_answer_and_in_the_crawl_log() {
    let site = Site::start(|_| {
        let body = "<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script></html>";
        Reply::new(403, &[("content-type", "text/html")], body)
    })
    .await;
    let (fetcher, mut events) = crate::recorded_fetcher(config());
    let response = fetcher.fetch(site.get("/")).await.unwrap();
    assert_eq!((response.status.as_u16(), response.blocked), (403, Some("Cloudflare challenge")));
    assert_eq!(crate::recorded(&mut events), ["/robots.txt 404 robots.txt", "/ 403 blocked"]);
}

#[tokio::test]
async fn a_page_that_was_good_before_is_not_looked_at_for_what_blocks() {
    let body = "<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script></html>";
    let site = Site::start(move |request| {
        Reply::new(request.path[1..].parse().unwrap(), &[("content-type", "text/html")], body)
    })
    .await;
    let good = xxhash_rust::xxh3::xxh3_128(body.as_bytes());
    let fetcher = fetcher();
    for (path, good_body, blocked) in
        [("/200", None, true), ("/200", Some(good), false), ("/200", Some(good + 1), true), ("/403", Some(good), true)]
    {
        let response = fetcher.fetch(Request { good_body, ..site.get(path) }).await.unwrap();
        assert_eq!(response.blocked.is_some(), blocked, "{path}, {good_body:?}");
    }
}

/// Asks three times, `seconds` apart, and says of each whether it came from the cache, and
/// how often the site was asked.
async fn thrice(headers: &'static [(&str, &str)], seconds: i64, terms: CacheTerms) -> ([bool; 3], usize) {
    let site = Site::start(move |request| match request.header("if-none-match") {
        Some("\"1\"") => Reply::status(304),
        _ => Reply::new(200, headers, "page"),
    })
    .await;
    let clock = crate::clock();
    let fetcher = tidings_fetch::Fetcher::new(config(), std::sync::Arc::new(clock.clone()), None).unwrap();
    let mut cached = [false; 3];
    for from_cache in &mut cached {
        let response = fetcher.fetch(Request { cache: Some(terms), ..site.get("/") }).await.unwrap();
        assert_eq!((response.status.as_u16(), &response.body[..]), (200, &b"page"[..]));
        *from_cache = response.from_cache;
        clock.advance(jiff::SignedDuration::from_secs(seconds));
    }
    (cached, site.pages().len())
}

#[tokio::test]
async fn cache_is_used_as_the_server_and_the_asker_say() {
    let fresh = CacheTerms::default();
    let old_will_do = CacheTerms { max_age: Some(std::time::Duration::from_secs(3_600)), since: None };
    let of_a_later_run = CacheTerms { max_age: None, since: Some("2026-11-23T00:00:00Z".parse().unwrap()) };
    let cached = [false, true, true];
    assert_eq!(thrice(&[("cache-control", "max-age=600")], 60, fresh).await, (cached, 1));
    assert_eq!(thrice(&[("cache-control", "max-age=600")], 700, fresh).await, ([false; 3], 3));
    assert_eq!(thrice(&[("cache-control", "max-age=600"), ("etag", "\"1\"")], 700, fresh).await, (cached, 3));
    assert_eq!(thrice(&[("cache-control", "max-age=86400")], 60, of_a_later_run).await, ([false; 3], 3));
    assert_eq!(thrice(&[], 60, fresh).await, ([false; 3], 3));
    assert_eq!(thrice(&[], 60, old_will_do).await, (cached, 1));
    assert_eq!(thrice(&[("cache-control", "no-store")], 60, old_will_do).await, ([false; 3], 3));
    assert_eq!(thrice(&[("cache-control", "no-cache")], 60, old_will_do).await, ([false; 3], 3));
    assert_eq!(thrice(&[("cache-control", "max-age=600"), ("set-cookie", "a=1")], 60, fresh).await, ([false; 3], 3));
}

/// Asks for each path in turn, in `Accept-Language` of its language; whether it came from the cache.
async fn from_cache(fetcher: &Fetcher, site: &Site, asked: &[(&str, &'static str)]) -> Vec<bool> {
    let mut cached = Vec::new();
    for (path, language) in asked {
        let mut request = Request { cache: Some(CacheTerms::default()), ..site.get(path) };
        request.headers.insert("accept-language", HeaderValue::from_static(language));
        let response = fetcher.fetch(request).await.unwrap();
        assert_eq!(response.status, 200);
        cached.push(response.from_cache);
    }
    cached
}

#[tokio::test]
async fn answer_that_varies_is_for_those_who_ask_alike() {
    const FRESH: (&str, &str) = ("cache-control", "max-age=600");
    let asked = [("/", "en"), ("/", "en"), ("/", "vi"), ("/", "vi"), ("/", "en")];
    for (vary, expected) in [
        ("accept-language", [false, true, false, true, false]),
        ("Accept, Accept-Language", [false, true, false, true, false]),
        ("x-none-of-ours", [false, true, true, true, true]),
        ("*", [false; 5]),
    ] {
        let site = Site::start(move |request| {
            Reply::new(200, &[FRESH, ("vary", vary)], request.header("accept-language").unwrap_or_default())
        })
        .await;
        assert_eq!(from_cache(&fetcher(), &site, &asked).await, expected, "{vary}");
    }
}

#[tokio::test]
async fn cache_is_bounded_and_forgets_what_was_used_longest_ago() {
    let body = vec![b'x'; 500 << 10];
    let site = Site::start(move |request| {
        let too_long = request.path == "/long";
        Reply::new(200, &[("cache-control", "max-age=600")], if too_long { body.repeat(2) } else { body.clone() })
    })
    .await;
    let fetcher = fetcher();
    // Sixteen bodies of 500 KiB fit into the 8 MiB, with what each takes beside.
    let paths: Vec<String> = (0..17).map(|number| format!("/{number}")).collect();
    let asked: Vec<_> = paths.iter().map(|path| (path.as_str(), "en")).collect();
    assert_eq!(from_cache(&fetcher, &site, &asked[..16]).await, [false; 16]);
    assert_eq!(from_cache(&fetcher, &site, &asked[..1]).await, [true]);
    assert_eq!(from_cache(&fetcher, &site, &asked[16..]).await, [false]);
    // Of the first two, the second was used longest ago.
    assert_eq!(from_cache(&fetcher, &site, &asked[2..]).await, [true; 15]);
    assert_eq!(from_cache(&fetcher, &site, &asked[..2]).await, [true, false]);
    assert_eq!(from_cache(&fetcher, &site, &[("/long", "en"); 2]).await, [false; 2], "it is too long to be kept");
}

#[tokio::test]
async fn refusal_in_between_forgets_nothing_of_the_page() {
    const CHALLENGE: &str = "<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script></html>";
    for (status, body) in [(429, "slow down"), (503, "maintenance"), (500, ""), (200, CHALLENGE), (403, CHALLENGE)] {
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let site = Site::start(move |request| {
            if request.path == "/robots.txt" {
                return Reply::status(404);
            }
            match asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 => Reply::new(200, &[("etag", "\"1\"")], "page"),
                1 => Reply::new(status, &[("content-type", "text/html")], body),
                _ => Reply::status(304),
            }
        })
        .await;
        let clock = crate::clock();
        let fetcher = Fetcher::new(config(), std::sync::Arc::new(clock.clone()), None).unwrap();
        let mut came = Vec::new();
        for _ in 0..3 {
            let response =
                fetcher.fetch(Request { cache: Some(CacheTerms::default()), ..site.get("/") }).await.unwrap();
            came.push((response.status.as_u16(), response.from_cache));
            // Long enough for the pause that the refusal makes.
            clock.advance(jiff::SignedDuration::from_mins(10));
        }
        assert_eq!(came, [(200, false), (status, false), (200, true)], "{status} {body}");
        let conditional = site.pages().iter().filter(|page| page.header("if-none-match").is_some()).count();
        assert_eq!(conditional, 2, "{status} {body}");
    }
}

#[tokio::test]
async fn two_that_want_one_page_at_once_have_it_sent_once() {
    let site = Site::start(|request| match request.header("if-none-match") {
        Some("\"1\"") => Reply::status(304),
        _ => Reply::new(200, &[("etag", "\"1\"")], "page"),
    })
    .await;
    let config = tidings_fetch::FetchConfig { per_host_concurrency: std::num::NonZeroU32::MIN, ..config() };
    let fetcher = crate::fetcher_with(config);
    let ask = || fetcher.fetch(Request { cache: Some(CacheTerms::default()), ..site.get("/") });
    let (one, other) = tokio::join!(ask(), ask());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!((one.body, other.body), ("page".into(), "page".into()));
    assert_eq!([one.from_cache, other.from_cache].iter().filter(|cached| **cached).count(), 1);
    let conditional: Vec<_> = site.pages().iter().map(|page| page.header("if-none-match").is_some()).collect();
    assert_eq!(conditional, [false, true]);
}
