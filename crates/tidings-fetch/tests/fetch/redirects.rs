//! Where redirects may lead, and what goes along.

use tidings_fetch::{FetchError, HeaderMap, Method, Request};

use crate::site::{Received, Reply, Site};
use crate::{config, fetcher, recorded, recorded_fetcher};

#[tokio::test]
async fn ten_redirects_are_followed_and_not_eleven() {
    let site = Site::start(|request| match request.path[1..].parse::<u32>().unwrap() {
        0 => Reply::ok("there"),
        n => Reply::redirect(302, &format!("/{}", n - 1)),
    })
    .await;
    let response = fetcher().fetch(site.get("/10")).await.unwrap();
    assert_eq!((response.url.path(), response.final_url.path()), ("/10", "/0"));
    let error = fetcher().fetch(site.get("/11")).await.unwrap_err();
    assert!(matches!(error, FetchError::TooManyRedirects { limit: 10, .. }));
    assert_eq!(error.code(), "fetch.redirects");
}

#[tokio::test]
async fn places_that_are_not_on_the_web_are_not_gone_to() {
    let site = Site::start(|request| Reply::redirect(302, &request.path[1..])).await;
    for target in ["file:///etc/passwd", "javascript:alert(1)", "ftp://127.0.0.1/", "http://", "http://[::1"] {
        let error = fetcher().fetch(site.get(&format!("/{target}"))).await.unwrap_err();
        assert_eq!(error.code(), "fetch.redirects", "{target}");
    }
}

#[tokio::test]
async fn guard_judges_every_hop() {
    let site = Site::start(|request| Reply::redirect(302, &request.path[1..])).await;
    for target in
        ["http://169.254.169.254/latest/meta-data/", "http://[::1]:22/", "http://10.0.0.1/", "http://0x0a000001/"]
    {
        let (fetcher, mut events) = recorded_fetcher(config());
        let error = fetcher.fetch(site.get(&format!("/{target}"))).await.unwrap_err();
        assert_eq!(error.code(), "fetch.ssrf_blocked", "{target}");
        let last = recorded(&mut events).pop().unwrap();
        assert!(last.ends_with("- fetch.ssrf_blocked"), "{last}");
    }
}

#[tokio::test]
async fn redirect_without_a_place_is_an_answer() {
    let site = Site::start(|_| Reply::status(302)).await;
    assert_eq!(fetcher().fetch(site.get("/")).await.unwrap().status, 302);
}

#[tokio::test]
async fn method_follows_the_status() {
    let site = Site::start(|request| match request.path[1..].parse() {
        Ok(status) => Reply::redirect(status, "/end"),
        Err(_) => Reply::ok(""),
    })
    .await;
    for (method, status, expected) in [
        (Method::POST, 301, "GET "),
        (Method::POST, 302, "GET "),
        (Method::POST, 303, "GET "),
        (Method::POST, 307, "POST q=crm"),
        (Method::POST, 308, "POST q=crm"),
        (Method::HEAD, 303, "HEAD "),
        (Method::HEAD, 302, "HEAD "),
        (Method::GET, 307, "GET "),
    ] {
        let body = (method == Method::POST).then(|| "q=crm".into());
        let request = Request { method: method.clone(), body, ..site.get(&format!("/{status}")) };
        fetcher().fetch(request).await.unwrap();
        let last = site.pages().pop().unwrap();
        assert_eq!(format!("{} {}", last.method, last.body), expected, "{method} {status}");
    }
}

fn secrets(request: &Received) -> Vec<&str> {
    ["authorization", "cookie", "x-api-key"].into_iter().filter(|name| request.header(name).is_some()).collect()
}

fn with_secrets(url: &str) -> Request {
    let headers = HeaderMap::from_iter(
        [("cookie", "s=1"), ("x-api-key", "k"), ("accept", "text/html"), ("content-type", "text/plain")]
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())),
    );
    Request { headers, ..Request::get(url.parse().unwrap()) }
}

#[tokio::test]
async fn secrets_stay_with_their_origin() {
    let other = Site::start(|request| match request.path.as_str() {
        "/back" => Reply::ok(""),
        _ => Reply::redirect(302, "/back"),
    })
    .await;
    let away = other.url("/away");
    let site = Site::start(move |request| match request.path.as_str() {
        "/start" => Reply::redirect(302, "/same"),
        _ => Reply::redirect(302, &away),
    })
    .await;
    let url = site.url("/start").replace("http://", "http://me:p%40ss@");
    let response = fetcher().fetch(with_secrets(&url)).await.unwrap();
    assert_eq!(response.url.as_str(), site.url("/start"));
    let own = site.pages();
    assert_eq!(secrets(&own[0]), ["authorization", "cookie", "x-api-key"]);
    assert_eq!(own[0].header("authorization"), Some("Basic bWU6cEBzcw=="));
    assert_eq!(secrets(&own[1]), secrets(&own[0]));
    for request in other.pages() {
        assert!(secrets(&request).is_empty(), "{request:?}");
        assert_eq!(request.header("accept"), Some("text/html"));
    }
}

#[tokio::test]
async fn user_name_in_a_redirect_is_not_used() {
    let other = Site::start(|_| Reply::ok("")).await;
    let target = other.url("/").replace("http://", "http://you:trap@");
    let site = Site::start(move |_| Reply::redirect(302, &target)).await;
    let response = fetcher().fetch(site.get("/")).await.unwrap();
    assert_eq!(response.final_url.as_str(), other.url("/"));
    assert!(secrets(&other.pages()[0]).is_empty());
}
