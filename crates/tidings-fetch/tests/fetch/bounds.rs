//! Hostile and broken servers: each ends within its bound, with the right code.

use std::time::{Duration, Instant};

use tidings_fetch::guard::PrivateNetworks;
use tidings_fetch::{FetchConfig, FetchError, HeaderMap, Phase, Request};
use tidings_model::ByteSize;

use crate::site::{Reply, Site};
use crate::{config, fetcher, fetcher_with};

/// Waits `first_byte_ms` for headers and 300 ms for the whole, and asks no robots.txt.
fn impatient(first_byte_ms: u64) -> FetchConfig {
    FetchConfig {
        first_byte_timeout: Duration::from_millis(first_byte_ms),
        timeout: Duration::from_millis(300),
        respect_robots: false,
        ..config()
    }
}

#[track_caller]
fn check_code(path: &str, error: &FetchError, code: &str, transient: bool) {
    assert_eq!(error.code(), code, "{path}: {}", error.full_message());
    assert_eq!(error.is_transient(), transient, "{path}");
}

#[tokio::test]
async fn slow_servers_are_let_go() {
    let site = Site::start(|request| match request.path.as_str() {
        "/silent" => Reply::stall(""),
        "/slow-head" => Reply::stall("HTTP/1.1 200 OK\r\nX-Slow: aaaa"),
        _ => Reply::stall("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"),
    })
    .await;
    for (path, first_byte_ms, expected) in [
        ("/silent", 100, Phase::FirstByte),
        ("/slow-head", 100, Phase::FirstByte),
        ("/silent", 10_000, Phase::Whole),
        ("/slow-body", 10_000, Phase::Whole),
    ] {
        let started = Instant::now();
        let error = fetcher_with(impatient(first_byte_ms)).fetch(site.get(path)).await.unwrap_err();
        check_code(path, &error, "fetch.timeout", true);
        assert!(matches!(error, FetchError::Timeout { phase, .. } if phase == expected), "{path}");
        assert!(started.elapsed() < Duration::from_secs(5), "{path}");
    }
}

#[tokio::test]
async fn time_is_for_all_redirects_together() {
    let site = Site::start(|_| Reply::redirect(302, "/again")).await;
    let config = FetchConfig { timeout: Duration::from_nanos(1), ..impatient(10_000) };
    let error = fetcher_with(config).fetch(site.get("/")).await.unwrap_err();
    check_code("/", &error, "fetch.timeout", true);
}

#[tokio::test]
async fn broken_answers_are_told_apart() {
    let site = Site::start(|request| match request.path.as_str() {
        "/closed" => Reply::raw(""),
        "/short" => Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"),
        "/not-http" => Reply::raw("SSH-2.0-OpenSSH_9.2\r\n"),
        "/bad-chunk" => Reply::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZZ\r\n"),
        "/bad-gzip" => Reply::new(200, &[("Content-Encoding", "gzip")], "this is no gzip"),
        "/huge-header" => Reply::raw(format!("HTTP/1.1 200 OK\r\nX-Huge: {}\r\n\r\n", "h".repeat(2 << 20))),
        "/many-headers" => Reply::raw(format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-A: b\r\n".repeat(5_000))),
        other => panic!("{other}"),
    })
    .await;
    for (path, code, transient) in [
        ("/closed", "fetch.connect", true),
        ("/short", "fetch.connect", true),
        ("/not-http", "fetch.malformed", false),
        ("/bad-chunk", "fetch.malformed", false),
        ("/bad-gzip", "fetch.malformed", false),
        ("/huge-header", "fetch.malformed", false),
        ("/many-headers", "fetch.malformed", false),
    ] {
        let error = fetcher().fetch(site.get(path)).await.unwrap_err();
        check_code(path, &error, code, transient);
        assert!(!error.full_message().contains("error sending request for url"), "{}", error.full_message());
    }
}

/// A zstd frame of a few bytes that unpacks to `mebibytes` of one letter.
fn zstd_bomb(mebibytes: usize) -> Vec<u8> {
    const BLOCK: u32 = 128 << 10;
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    let blocks = mebibytes * 8;
    for number in 1..=blocks {
        let is_last = u32::from(number == blocks);
        bomb.extend_from_slice(&(BLOCK << 3 | 1 << 1 | is_last).to_le_bytes()[..3]);
        bomb.push(b'a');
    }
    bomb
}

#[tokio::test]
async fn long_bodies_are_refused_however_they_come() {
    let site = Site::start(|request| match request.path.as_str() {
        "/announced" => Reply::new(200, &[], "a".repeat((64 << 10) + 1)),
        "/endless" => {
            let chunk = format!("8000\r\n{}\r\n", "z".repeat(0x8000));
            Reply::stall(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(4)))
        }
        "/bomb" => Reply::new(200, &[("Content-Encoding", "zstd")], zstd_bomb(200)),
        "/most" => Reply::new(200, &[], "a".repeat(64 << 10)),
        other => panic!("{other}"),
    })
    .await;
    let config = FetchConfig { max_body: ByteSize::kib(64), ..config() };
    for path in ["/announced", "/endless", "/bomb"] {
        let error = fetcher_with(config.clone()).fetch(site.get(path)).await.unwrap_err();
        check_code(path, &error, "fetch.too_large", false);
        assert!(matches!(error, FetchError::TooLarge { limit_bytes: 65_536, .. }));
    }
    assert_eq!(fetcher_with(config).fetch(site.get("/most")).await.unwrap().body.len(), 64 << 10);
}

#[tokio::test]
async fn unreachable_hosts_say_why() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    for (url, code) in
        [(format!("http://{closed}/"), "fetch.connect"), ("http://no-such-host.invalid/".to_owned(), "fetch.dns")]
    {
        let error = fetcher().fetch(Request::get(url.parse().unwrap())).await.unwrap_err();
        check_code(&url, &error, code, true);
    }
}

#[tokio::test]
async fn server_that_speaks_no_tls_is_a_tls_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let sent = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            sent.unwrap();
        }
    });
    let error = fetcher().fetch(Request::get(format!("https://{address}/").parse().unwrap())).await.unwrap_err();
    check_code("https", &error, "fetch.tls", true);
}

#[tokio::test]
async fn private_addresses_are_never_connected_to() {
    let site = Site::start(|_| Reply::ok("secret")).await;
    let guarded = FetchConfig { allow_private_networks: PrivateNetworks::Denied, ..config() };
    let port = site.address.port();
    for host in ["127.0.0.1", "2130706433", "localhost", "[::ffff:127.0.0.1]", "0"] {
        for respect_robots in [true, false] {
            let config = FetchConfig { respect_robots, ..guarded.clone() };
            let url = format!("http://{host}:{port}/").parse().unwrap();
            let error = fetcher_with(config).fetch(Request::get(url)).await.unwrap_err();
            check_code(host, &error, "fetch.ssrf_blocked", false);
        }
    }
    assert!(site.log().is_empty());
}

#[tokio::test]
async fn only_http_can_be_asked_and_some_headers_not_set() {
    for url in ["file:///etc/passwd", "ftp://127.0.0.1/", "data:text/plain,a"] {
        let url: tidings_model::Url = url.parse().unwrap();
        let error = fetcher().fetch(Request::get(url.clone())).await.unwrap_err();
        check_code(url.as_str(), &error, "fetch.malformed", false);
    }
    let site = Site::start(|_| Reply::ok("")).await;
    for name in ["host", "user-agent", "accept-encoding", "proxy-authorization", "content-length"] {
        let name: tidings_fetch::HeaderName = name.parse().unwrap();
        let headers = HeaderMap::from_iter([(name.clone(), "x".parse().unwrap())]);
        let error = fetcher().fetch(Request { headers, ..site.get("/") }).await.unwrap_err();
        assert!(matches!(error, FetchError::ReservedHeader { name: refused, .. } if refused == name.as_str()));
    }
    assert!(site.log().is_empty());
}
