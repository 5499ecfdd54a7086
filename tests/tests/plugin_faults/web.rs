//! What a plugin gets from the web, and what it does not.

use serde_json::json;
use tidings_model::ByteSize;
use tidings_plugins::{Job, Secret};
use tidings_protocol::code;
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, Record, Web, job, response};

fn fetch(urls: &[String]) -> Job {
    job(json!({"fault": "fetch", "urls": urls}))
}

#[tokio::test]
async fn a_status_is_an_answer_and_counted() {
    let web = Web::new(|_| response("404 Not Found", "", "gone"));
    let (end, _) = Bench::new().run_job(fetch(&[format!("{}/a", web.base), format!("{}/b", web.base)])).await;
    assert_eq!(end.result.unwrap().summary.unwrap(), "404 404");
    assert_eq!(end.fetched, 2);
}

#[tokio::test]
async fn many_are_answered_in_the_order_asked() {
    let web = Web::new(|head| {
        let status = if head.starts_with("GET /1") { "200 OK" } else { "410 Gone" };
        response(status, "", "")
    });
    let urls = [format!("{}/1", web.base), "ftp://127.0.0.1/".to_owned(), format!("{}/2", web.base)];
    let summary = Bench::new().summary(job(json!({"fault": "fetch_many", "urls": urls}))).await;
    assert_eq!(summary, "200 fetch.malformed 410");
}

#[tokio::test]
async fn a_host_that_nobody_named_needs_a_grant() {
    let (bench, web) = (Bench::new(), Web::new(|_| response("200 OK", "", "")));
    let mut stray = job(json!({"fault": "stray", "to": web.base}));
    let error = bench.run_job(stray.clone()).await.0.result.unwrap_err();
    assert_eq!(error.code, code::FETCH_HOST_NOT_ALLOWED);
    assert!(error.message.contains("`grant_hosts = [\"127.0.0.1\"]`"), "{error}");
    assert!(web.asked().is_empty());
    stray.grant_hosts = vec!["127.0.0.1".to_owned()];
    assert!(bench.run_job(stray).await.0.result.is_ok());
}

#[tokio::test]
async fn the_requests_of_a_run_are_bounded() {
    let web = Web::new(|_| response("200 OK", "", ""));
    let urls: Vec<String> = (0..6).map(|number| format!("{}/{number}", web.base)).collect();
    let (end, _) = Bench::new().run_job(fetch(&urls)).await;
    assert_eq!(end.result.unwrap_err().code, code::FETCH_BUDGET_EXHAUSTED);
    assert_eq!((end.fetched, web.asked().len()), (5, 5));
}

#[tokio::test]
async fn the_bytes_of_a_run_are_bounded() {
    let web = Web::new(|_| response("200 OK", "", &"x".repeat(600 << 10)));
    let urls: Vec<String> = (0..4).map(|number| format!("{}/{number}", web.base)).collect();
    let mut bench = Bench::new();
    bench.config.max_bytes_per_run = ByteSize::mib(1);
    let (end, _) = bench.run_job(fetch(&urls[..2])).await;
    assert_eq!(end.result.unwrap().summary.unwrap(), "200 200", "the answer that meets the bound still counts");
    let (end, _) = bench.run_job(fetch(&urls)).await;
    let error = end.result.unwrap_err();
    assert_eq!(error.code, code::FETCH_BUDGET_EXHAUSTED);
    assert!(error.message.contains("`max_bytes_per_run`"), "{error}");
    assert_eq!((end.fetched, web.asked().len()), (2, 4));
}

#[tokio::test]
async fn a_post_needs_the_manifests_word() {
    let web = Web::new(|_| response("200 OK", "", ""));
    let (end, _) = Bench::new().run(json!({"fault": "fetch", "urls": [web.base], "post": true})).await;
    let error = end.result.unwrap_err();
    assert!(error.message.contains("may not POST"), "{error}");
    assert!(web.asked().is_empty());
}

#[tokio::test]
async fn a_secret_travels_to_the_host_and_not_to_the_plugin() {
    let web = Web::new(|_| response("200 OK", "", ""));
    let mut job = job(json!({"fault": "fetch", "urls": [web.base], "secret": "token"}));
    job.secrets.insert("token".to_owned(), Secret::new("hush"));
    let (end, _) = Bench::new().run_job(job).await;
    assert!(end.result.is_ok(), "{:?}", end.result);
    assert!(web.asked()[0].to_lowercase().contains("authorization: bearer hush"), "{:?}", web.asked());
    assert!(!end.log_tail.contains("hush"));
}

#[tokio::test]
async fn a_secret_that_is_not_configured_or_not_declared_is_named() {
    let bench = Bench::new();
    for (secret, said) in [("token", "is not configured"), ("other", "declares no secret `other`")] {
        let params = json!({"fault": "fetch", "urls": ["http://127.0.0.1:9/"], "secret": secret});
        let (code, message) = bench.failure(params).await;
        assert_eq!(code, code::CONFIG_INVALID);
        assert!(message.contains(said), "{message}");
    }
}

#[tokio::test]
async fn an_answer_of_the_entry_is_handed_over_from_memory() {
    let web = Web::new(|_| response("200 OK", "", "the page"));
    let job = job(json!({"fault": "entry", "entry": format!("{}/", web.base)}));
    let (end, _) = Bench::new().run_job(job).await;
    assert_eq!(end.result.unwrap().summary.unwrap(), "the page");
    assert_eq!((end.fetched, web.asked().len()), (1, 1));
    assert!(end.validators.is_some());
}

/// Two runs against `web`, the second with what the first left; the second's end.
async fn twice(web: &Web) -> tidings_plugins::RunEnd {
    let bench = Bench::new();
    let mut job = job(json!({"fault": "entry", "entry": format!("{}/", web.base)}));
    let (first, _) = bench.run_job(job.clone()).await;
    assert!(first.result.is_ok() && !first.unchanged);
    job.validators = first.validators;
    bench.run_job(job).await.0
}

#[tokio::test]
async fn an_unchanged_etag_costs_no_process() {
    let web = Web::new(|head| {
        if head.to_lowercase().contains("if-none-match: \"1\"") {
            return response("304 Not Modified", "etag: \"1\"\r\n", "");
        }
        response("200 OK", "etag: \"1\"\r\n", "page")
    });
    let end = twice(&web).await;
    assert!(end.unchanged && end.result.is_ok() && end.sandbox.is_none());
    assert!(end.validators.is_some());
    assert_eq!(end.fetched, 1);
}

#[tokio::test]
async fn without_an_etag_the_body_tells() {
    let end = twice(&Web::new(|_| response("200 OK", "", "same"))).await;
    assert!(end.unchanged && end.validators.is_some());
}

#[tokio::test]
async fn what_one_source_got_is_confirmed_for_another_and_not_sent_again() {
    let web = Web::new(|head| {
        if head.to_lowercase().contains("if-none-match: \"1\"") {
            return response("304 Not Modified", "etag: \"1\"\r\n", "");
        }
        response("200 OK", "etag: \"1\"\r\ncache-control: max-age=600\r\n", "page")
    });
    let bench = Bench::new();
    let (plugin, supervisor) = (bench.fault().await, bench.supervisor());
    for _ in 0..2 {
        let job = job(json!({"fault": "entry", "entry": format!("{}/", web.base)}));
        let end = supervisor.run(&plugin, job, &mut Record::default(), CancellationToken::new()).await;
        assert!(!end.unchanged, "it is the first visit of this source");
        assert_eq!(end.result.unwrap().summary.unwrap(), "page");
    }
    let conditional: Vec<_> = web.asked().iter().map(|head| head.to_lowercase().contains("if-none-match")).collect();
    assert_eq!(conditional, [false, true], "the site is asked at each visit, however fresh the answer");
}

const CHALLENGE: &str = "<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script></html>";

#[tokio::test]
async fn a_block_page_is_never_unchanged() {
    for headers in ["content-type: text/html\r\n", "content-type: text/html\r\netag: \"1\"\r\n"] {
        let web = Web::new(move |_| response("200 OK", headers, CHALLENGE));
        let bench = Bench::new();
        let mut job = job(json!({"fault": "entry", "entry": format!("{}/", web.base)}));
        for _ in 0..2 {
            let (end, _) = bench.run_job(job.clone()).await;
            assert!(!end.unchanged && end.validators.is_none(), "{headers}");
            job.validators = end.validators;
        }
        let asked = web.asked();
        assert!(asked.iter().all(|head| !head.to_lowercase().contains("if-none-match")), "{asked:?}");
    }
}

#[tokio::test]
async fn a_changed_body_starts_the_process() {
    let count = std::sync::atomic::AtomicU32::new(0);
    let web = Web::new(move |_| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        response("200 OK", "", &format!("state {number}"))
    });
    let end = twice(&web).await;
    assert!(!end.unchanged);
    assert_eq!(end.result.unwrap().summary.unwrap(), "state 1");
}

#[tokio::test]
async fn other_params_start_the_process() {
    let web = Web::new(|_| response("200 OK", "", "same"));
    let bench = Bench::new();
    let mut job = job(json!({"fault": "entry", "entry": format!("{}/a", web.base)}));
    let (first, _) = bench.run_job(job.clone()).await;
    job.validators = first.validators;
    job.params["entry"] = json!(format!("{}/b", web.base));
    assert!(!bench.run_job(job).await.0.unchanged);
}

#[tokio::test]
async fn an_entry_that_fails_is_handed_over_as_it_failed() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (end, _) = Bench::new().run(json!({"fault": "entry", "entry": format!("http://{closed}/")})).await;
    let error = end.result.unwrap_err();
    assert_eq!(error.code, code::FETCH_CONNECT);
    assert!(error.retryable && end.validators.is_none());
}
