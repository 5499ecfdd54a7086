//! From a feed to an answer: `once`, `serve`, the API.

use std::time::Duration;

use serde_json::json;
use tidings_testkit::{Answer, Web};
use tidings_tests::{Archive, Daemon};

fn feed(items: &[(u32, &str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(number, title, text)| {
            format!(
                "<item><guid>{number}</guid><title>{title}</title><description>{text}</description>\
                 <link>http://news.example/{number}</link><pubDate>Fri, 20 Nov 2026 08:0{number}:00 GMT</pubDate></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>News</title>{items}</channel></rss>")
}

const FIRST: &[(u32, &str, &str)] =
    &[(1, "Karvia is too expensive", "They raised it again."), (2, "Giá Karvia quá đắt", "Khách hàng than phiền.")];

fn watched(every: &str) -> (Archive, Web) {
    let web = Web::start(1);
    web.put("/feed", Answer::ok("application/rss+xml", feed(FIRST)).header("etag", "\"v1\""));
    let url = web.url("/feed");
    let archive = Archive::new(&format!(
        "\n[[source]]\nid = \"news\"\nplugin = \"feed\"\nschedule = {{ every = \"{every}\" }}\nparams = {{ url = \"{url}\" }}\n"
    ));
    (archive, web)
}

#[test]
fn once_finds_then_finds_nothing_new_then_the_change() {
    let (archive, web) = watched("1h");
    let first = archive.json(&["once", "news"]);
    assert_eq!(first[0]["counts"]["new"], 2, "{first}");
    assert_eq!(first[0]["outcome"], "ok");

    let second = archive.json(&["once", "news"]);
    assert_eq!(second[0]["outcome"], "unchanged", "{second}");
    assert_eq!(second[0]["counts"]["new"], 0);

    let mut items = FIRST.to_vec();
    items[0].2 = "They raised it twice.";
    items.push((3, "Weather", "Fine."));
    web.put("/feed", Answer::ok("application/rss+xml", feed(&items)).header("etag", "\"v2\""));
    let third = archive.json(&["once", "news"]);
    assert_eq!(third[0]["counts"], json!({"fetched": 1, "new": 1, "updated": 1, "duplicate": 1, "skipped": 0}));
    assert_eq!(archive.json(&["once"]), json!([]), "nothing is due");
}

#[test]
fn a_conditional_request_carries_the_validators() {
    let (archive, web) = watched("1h");
    archive.json(&["once", "news"]);
    web.put("/feed", Answer::status(304));
    let second = archive.json(&["once", "news"]);
    assert_eq!(second[0]["outcome"], "unchanged", "{second}");
    assert_eq!(web.asked("/feed")[1].headers["if-none-match"], "\"v1\"");
}

#[test]
fn tags_carry_the_words_that_caused_them() {
    let (archive, _web) = watched("1h");
    archive.json(&["once", "news"]);
    let answer = archive.json(&["search", "", "-f", "pain=price", "-f", "tier=1", "--sort", "oldest"]);
    assert_eq!(answer["total"], 2, "{answer}");
    let english = &answer["hits"][0];
    assert_eq!(
        english["competitors"][0]["evidence"],
        json!([{"field": "title", "start": 0, "end": 6, "quote": "Karvia"}])
    );
    assert_eq!(english["tags"][0]["evidence"][0]["quote"], "too expensive");
    let vietnamese = &answer["hits"][1];
    assert_eq!(vietnamese["lang"], "vi");
    assert_eq!(
        vietnamese["tags"][0]["evidence"][0],
        json!({"field": "title", "start": 11, "end": 18, "quote": "quá đắt"})
    );
}

#[test]
fn marks_bind_where_they_are_typed_and_only_there() {
    let (archive, _web) = watched("1h");
    archive.json(&["once", "news"]);
    for (query, total) in [("khach hang", 1), ("khách hàng", 1), ("khạch hang", 0), ("raising", 1), ("\"qua dat\"", 1)]
    {
        let answer = archive.json(&["search", query]);
        let found = if answer["query"]["relaxed"] == true { json!(0) } else { answer["total"].clone() };
        assert_eq!(found, total, "{query}: {answer}");
    }
}

#[test]
fn a_query_asks_for_tags_places_and_times() {
    let (archive, _web) = watched("1h");
    archive.json(&["once", "news"]);
    for (query, total) in [
        ("tier:1 pain:price", 2),
        ("karvia -pain:price", 0),
        ("intitle:kar*", 2),
        ("\"quá đắt\" lang:vi after:2026-11-20 before:2026-11-21 found:1h", 1),
        ("(source:news OR source:other) kind:article", 2),
        ("karvia before:2026-11-20", 0),
    ] {
        let answer = archive.json(&["search", query]);
        assert_eq!((&answer["total"], &answer["query"]["canonical"]), (&json!(total), &json!(query)), "{answer}");
    }
    archive.refuses(&["search", "tier:9"], 2, "expected one of 1, 2, 3");
}

#[test]
fn a_source_that_fails_says_why_and_keeps_its_findings() {
    let (archive, web) = watched("1h");
    archive.json(&["once", "news"]);
    web.put("/feed", Answer::status(503).header("retry-after", "7"));
    let failed = archive.json(&["once", "news"]);
    assert_eq!(failed[0]["outcome"], "http_error", "{failed}");
    assert_eq!(archive.run(&["once", "news"]).status.code(), Some(1));
    assert_eq!(archive.json(&["search", "karvia"])["total"], 2);
    let sources = archive.json(&["source", "list"]);
    assert_eq!(sources["items"][0]["state"], "http_error", "{sources}");
}

#[test]
fn what_was_empty_or_unreadable_stays_so_while_it_does_not_change() {
    let (archive, web) = watched("1h");
    for (body, outcome) in [("", "empty"), ("<item></item>", "parse_error")] {
        web.put(
            "/feed",
            Answer::ok("application/rss+xml", format!("<rss version=\"2.0\"><channel>{body}</channel></rss>")),
        );
        for _ in 0..2 {
            let records = archive.json(&["once", "news"]);
            assert_eq!(records[0]["outcome"], outcome, "{records}");
            assert!(records[0]["error"]["message"].is_string(), "{records}");
        }
    }
}

#[test]
fn a_forbidding_robots_txt_is_kept() {
    let (archive, web) = watched("1h");
    web.put("/robots.txt", Answer::ok("text/plain", "User-agent: Tidings\nDisallow: /feed\n"));
    let denied = archive.json(&["once", "news"]);
    assert_eq!(denied[0]["outcome"], "robots_denied", "{denied}");
    assert!(web.asked("/feed").is_empty());
}

#[test]
fn the_daemon_watches_answers_and_stops_in_time() {
    let (archive, web) = watched("1s");
    let daemon = Daemon::start(&archive);
    let answer = daemon.wait_for("/api/v1/search?q=karvia&facets=pain,tier&timeline=day&highlight=true", |answer| {
        answer["total"] == 2
    });
    assert_eq!(answer["facets"]["pain"], json!([{"value": "price", "count": 2}]));
    assert_eq!(answer["timeline"], json!([{"from": "2026-11-20T00:00:00Z", "count": 2}]));
    assert!(answer["hits"][0]["title_html"].as_str().unwrap().contains("<mark>Karvia</mark>"), "{answer}");
    assert_eq!(answer["query"]["match"], "all");

    let id = answer["hits"][0]["id"].as_str().unwrap();
    assert_eq!(daemon.get(&format!("/api/v1/findings/{id}"))["revisions"].as_array().unwrap().len(), 1);

    web.put("/feed", Answer::ok("application/rss+xml", feed(&[(4, "Karvia again", "")])).header("etag", "\"v2\""));
    daemon.wait_for("/api/v1/search?q=karvia", |answer| answer["total"] == 3);
    let source = daemon.get("/api/v1/sources/news");
    assert_eq!(source["defined"]["file"]["line"], 13, "{source}");
    assert!(source["health"]["sentence"].as_str().unwrap().starts_with("works"), "{source}");
    assert!(!daemon.get("/api/v1/sources/news/runs")["items"].as_array().unwrap().is_empty());
    let crawl = daemon.get("/api/v1/crawl?source=news&limit=1");
    assert_eq!(crawl["items"][0]["status"], 200, "{crawl}");
    assert!(crawl["next"].is_string());
    let plugins = daemon.get("/api/v1/plugins/feed");
    assert_eq!(plugins["params_schema"]["type"], "object");
    assert_eq!(daemon.send(daemon.request("GET", "/healthz")).status(), 200);
    assert_eq!(daemon.send(daemon.request("GET", "/readyz")).status(), 200);
    let metrics = daemon.send(daemon.request("GET", "/metrics")).text().unwrap();
    assert!(metrics.contains("tidings_findings_total{outcome=\"new\"} 3"), "{metrics}");

    daemon.signal("TERM");
    let (status, took) = daemon.wait();
    assert!(status.success());
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(archive.run(&["index", "verify"]).status.success());
}

#[test]
fn problems_say_what_and_where() {
    let (archive, _web) = watched("1h");
    let daemon = Daemon::start(&archive);
    let check = |path: &str, status: u16, key: &str, value: serde_json::Value| {
        let answer = daemon.send(daemon.request("GET", path));
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
        let problem: serde_json::Value = answer.json().unwrap();
        assert_eq!((&problem["status"], &problem[key]), (&json!(status), &value), "{problem}");
    };
    check("/api/v1/search?q=%22open", 400, "offset", json!(0));
    check("/api/v1/search?q=karvia+tier:9", 400, "offset", json!(12));
    check("/api/v1/search?q=-only", 400, "param", json!("q"));
    check("/api/v1/search?limit=500", 400, "param", json!("limit"));
    check("/api/v1/search?pian=price", 400, "param", json!("pian"));
    check("/api/v1/search?cursor=rubbish", 400, "param", json!("cursor"));
    check("/api/v1/sources?colour=red", 400, "param", json!("colour"));
    check("/api/v1/findings/f_nothing", 404, "title", json!("Not Found"));
    check("/api/v1/sources/nothing", 404, "title", json!("Not Found"));
    check("/nothing", 404, "title", json!("Not Found"));
    let answer = daemon.send(daemon.request("DELETE", "/api/v1/sources/news"));
    let problem: serde_json::Value = answer.json().unwrap();
    assert_eq!(problem["status"], 409);
    assert!(problem["detail"].as_str().unwrap().contains("line 13"), "{problem}");
}

#[test]
fn a_source_made_through_the_api_outlives_the_daemon() {
    let (archive, web) = watched("1h");
    let made =
        json!({"id": "made", "plugin": "feed", "schedule": {"every": "1h"}, "params": {"url": web.url("/feed")}});
    let daemon = Daemon::start(&archive);
    let answer = daemon.send(daemon.request("POST", "/api/v1/sources").json(&made));
    assert_eq!(answer.status(), 201);
    assert_eq!(daemon.send(daemon.request("POST", "/api/v1/sources").json(&made)).status(), 409);
    let wrong = json!({"id": "wrong", "plugin": "feed", "params": {"url": 7}});
    let problem: serde_json::Value =
        daemon.send(daemon.request("POST", "/api/v1/sources").json(&wrong)).json().unwrap();
    assert_eq!((&problem["status"], &problem["param"]), (&json!(422), &json!("/params/url")), "{problem}");
    assert_eq!(daemon.send(daemon.request("POST", "/api/v1/sources/made/run")).status(), 202);
    daemon.wait_for("/api/v1/search?source=made", |answer| answer["total"] == 2);
    assert_eq!(daemon.send(daemon.request("POST", "/api/v1/sources/made/pause")).status(), 200);
    daemon.signal("TERM");
    daemon.wait();

    let daemon = Daemon::start(&archive);
    assert_eq!(daemon.get("/api/v1/sources/made")["health"]["state"], "paused");
    assert_eq!(daemon.send(daemon.request("POST", "/api/v1/sources/made/resume")).status(), 200);
    assert_eq!(daemon.send(daemon.request("DELETE", "/api/v1/sources/made")).status(), 204);
    assert_eq!(daemon.get("/api/v1/search?source=made")["total"], 2);
}

#[test]
fn a_reload_takes_up_changes_and_a_broken_one_changes_nothing() {
    let (archive, web) = watched("1h");
    let daemon = Daemon::start(&archive);
    daemon.wait_for("/api/v1/search?source=news", |answer| answer["total"] == 2);
    archive.configure("\n[[source]]\nid = \"news\"\nplugin = \"fead\"\n");
    let problem: serde_json::Value = daemon.send(daemon.request("POST", "/api/v1/reload")).json().unwrap();
    assert_eq!(problem["status"], 422);
    assert!(problem["detail"].as_str().unwrap().contains("did you mean `feed`?"), "{problem}");
    assert_eq!(daemon.get("/api/v1/sources/news")["plugin"], "feed");
    archive.configure(&format!(
        "\n[[source]]\nid = \"other\"\nplugin = \"feed\"\nschedule = {{ every = \"1h\" }}\nparams = {{ url = \"{}\" }}\n",
        web.url("/feed")
    ));
    daemon.signal("HUP");
    daemon.wait_for("/api/v1/search?source=other", |answer| answer["total"] == 2);
    assert_eq!(daemon.get("/api/v1/sources")["items"].as_array().unwrap().len(), 1);
}

#[test]
fn keys_and_the_loopback_rule_hold_from_the_first_day() {
    let (archive, _web) = watched("1h");
    let daemon = Daemon::start(&archive);
    let status = |name: &'static str, value: &str| {
        daemon.send(daemon.request("GET", "/api/v1/search").header(name, value)).status().as_u16()
    };
    assert_eq!(status("accept", "*/*"), 200);
    assert_eq!(status("x-forwarded-for", "192.0.2.1"), 401);
    assert_eq!(status("forwarded", "for=192.0.2.1"), 401);
    assert_eq!(status("host", "rebound.example"), 401);
    assert_eq!(status("origin", "https://evil.example"), 401);

    // Made beside the running daemon, which sees it at once.
    let reader = archive.json(&["key", "create", "reader"]);
    assert_eq!(status("accept", "*/*"), 401);
    assert_eq!(status("authorization", "Bearer tidings_wrong"), 401);
    let bearer = format!("Bearer {}", reader["secret"].as_str().unwrap());
    assert_eq!(status("authorization", &bearer), 200);
    let write = |bearer: &str| {
        let request = daemon.request("POST", "/api/v1/sources/news/pause").header("authorization", bearer);
        daemon.send(request).status().as_u16()
    };
    assert_eq!(write(&bearer), 403);
    let editor = archive.json(&["key", "create", "editor", "--role", "editor"]);
    assert_eq!(write(&format!("Bearer {}", editor["secret"].as_str().unwrap())), 200);
    let keys = daemon.send(daemon.request("GET", "/api/v1/keys").header("authorization", &bearer));
    assert_eq!(keys.status(), 403);

    assert!(!archive.json(&["key", "list"]).to_string().contains(reader["secret"].as_str().unwrap()));
    archive.json(&["key", "revoke", "reader"]);
    assert_eq!(status("authorization", &bearer), 401);
}

#[test]
fn a_site_is_looked_at_once_and_told_in_blocks() {
    let web = Web::start(1);
    let home = "<title>Karvia</title><link rel=alternate type=application/rss+xml href=/feed title=News>\
                <a href=/bang-gia>Bảng giá</a><a href=https://zalo.me/1>Zalo</a>";
    web.put("/", Answer::ok("text/html; charset=utf-8", home));
    web.put("/robots.txt", Answer::ok("text/plain", "User-agent: *\nAllow: /\nSitemap: /sitemap.xml\n"));
    let archive = Archive::new("");
    let home = web.url("/");
    let told = archive.json(&["source", "suggest", &home]);
    let roles: Vec<_> = told["items"].as_array().unwrap().iter().map(|item| item["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["feed", "sitemap", "pricing", "profile"], "{told}");
    let block = told["items"][2]["block"].as_str().unwrap();
    assert!(block.contains("plugin = \"site-watch\"") && block.contains("/bang-gia"), "{block}");

    let daemon = Daemon::start(&archive);
    assert_eq!(daemon.get(&format!("/api/v1/sources/suggest?domain={home}"))["items"], told["items"]);
    let wrong = daemon.send(daemon.request("GET", "/api/v1/sources/suggest"));
    assert_eq!(wrong.status(), 400);
}
