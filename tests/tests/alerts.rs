//! Alerts from the feed that brings a finding to the webhook that is told of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidings_testkit::{Answer, Asked, Web};
use tidings_tests::{Archive, Daemon};

/// A feed of these titles; each item is named by its title.
fn feed(titles: &[String]) -> Answer {
    let items: String =
        titles.iter().map(|title| format!("<item><guid>{title}</guid><title>{title}</title></item>")).collect();
    Answer::ok("application/rss+xml", format!("<rss version=\"2.0\"><channel>{items}</channel></rss>"))
}

fn titles(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| format!("Karvia {n} is too expensive")).collect()
}

/// A feed that is visited every second, alerts that may go to loopback, and what else is given.
fn config(web: &Web, further: &str) -> String {
    format!(
        "\n[alerts]\nallow_private_networks = [\"127.0.0.0/8\"]\n\n[[source]]\nid = \"news\"\nplugin = \"feed\"\n\
         schedule = {{ every = \"1s\" }}\nparams = {{ url = \"{}\", max_items = 1000 }}\n{further}",
        web.url("/feed")
    )
}

fn alert(web: &Web, id: &str, query: &str) -> Value {
    json!({ "id": id, "query": query, "deliver": [{ "webhook": web.url(&format!("/hook/{id}")) }] })
}

/// The deliveries that came, by their id, with the titles in each; how often each came is kept.
fn told(asked: &[Asked]) -> BTreeMap<String, (usize, Vec<String>)> {
    let mut told = BTreeMap::new();
    for request in asked {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let findings = body["findings"].as_array().unwrap();
        let titles = findings.iter().map(|finding| finding["title"].as_str().unwrap().to_owned()).collect();
        let entry = told.entry(body["delivery"].as_str().unwrap().to_owned()).or_insert((0, titles));
        entry.0 += 1;
        assert_eq!(request.headers["idempotency-key"], body["delivery"].as_str().unwrap());
    }
    told
}

#[test]
fn what_matches_from_now_on_is_told_once_and_kept_in_a_feed() {
    let web = Web::start(1);
    web.put("/hook/price", Answer::status(204));
    web.put("/feed", feed(&titles(0..3)));
    let archive = Archive::new(&config(&web, ""));
    let daemon = Daemon::start(&archive);
    daemon.wait_for("/api/v1/search?q=karvia", |answer| answer["total"] == 3);

    let made = daemon.send(daemon.request("POST", "/api/v1/alerts").json(&alert(&web, "price", "tier:1 pain:price")));
    assert_eq!(made.status(), 201);
    let made: Value = made.json().unwrap();
    assert_eq!(made["canonical"], "tier:1 pain:price");
    web.put("/feed", feed(&titles(0..5)));
    let done = |answer: &Value| {
        answer["items"].as_array().unwrap().iter().filter(|one| one["state"] == "accepted").count() == 2
    };
    let deliveries = daemon.wait_for("/api/v1/deliveries?alert=price", done);
    assert_eq!(deliveries["items"][0]["target"], "webhook at 127.0.0.1");
    let told = told(&web.asked("/hook/price"));
    let mut all: Vec<&String> = told.values().flat_map(|(_, titles)| titles).collect();
    all.sort();
    assert_eq!(all, ["Karvia 3 is too expensive", "Karvia 4 is too expensive"]);

    let record = daemon.get("/api/v1/alerts/price")["record"].clone();
    assert_eq!((&record["matches"], &record["owed"]), (&json!(2), &json!(0)), "{record}");
    assert!(record["lag"]["accepted_s"].as_f64().unwrap() < 30.0, "{record}");

    let address = made["feeds"]["atom"].as_str().unwrap();
    let fed = daemon.send(daemon.request("GET", address));
    assert_eq!(
        (fed.status().as_u16(), fed.headers()["content-type"].to_str().unwrap()),
        (200, "application/atom+xml; charset=utf-8")
    );
    let etag = fed.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(fed.text().unwrap().matches("<entry>").count(), 2);
    assert_eq!(daemon.send(daemon.request("GET", address).header("if-none-match", &etag)).status(), 304);
    let (path, _) = address.split_once('?').unwrap();
    assert_eq!(daemon.send(daemon.request("GET", path)).status(), 401);
    assert_eq!(daemon.send(daemon.request("GET", &format!("{path}?token=0"))).status(), 401);
    for format in ["rss", "json"] {
        let address = made["feeds"][format].as_str().unwrap();
        assert_eq!(daemon.send(daemon.request("GET", address)).status(), 200, "{format}");
    }
}

#[test]
fn kills_between_lose_no_delivery_and_repeat_none() {
    let web = Web::start(1);
    web.put("/hook/price", Answer::status(204));
    web.put("/feed", feed(&[]));
    let price = format!(
        "\n[[alert]]\nid = \"price\"\nquery = \"karvia\"\ndeliver = [{{ webhook = \"{}\" }}]\n",
        web.url("/hook/price")
    );
    let archive = Archive::new(&config(&web, &price));
    drop(Daemon::start(&archive));
    for round in 1..5 {
        web.put("/feed", feed(&titles(0..round * 40)));
        let daemon = Daemon::start(&archive);
        let some = |answer: &Value| 0 < answer["total"].as_u64().unwrap();
        daemon.wait_for(&format!("/api/v1/search?q=%22karvia+{}%22", round * 40 - 1), some);
        daemon.signal("KILL");
        daemon.wait();
    }
    let daemon = Daemon::start(&archive);
    daemon.wait_for("/api/v1/deliveries?state=owed", |answer| answer["items"] == json!([]));
    daemon.wait_for("/api/v1/search?q=karvia", |answer| answer["total"] == 160);
    let told = told(&web.asked("/hook/price"));
    let mut all: Vec<&String> = told.values().flat_map(|(_, titles)| titles).collect();
    all.sort();
    let mut expected = titles(0..160);
    expected.sort();
    assert_eq!(all, expected.iter().collect::<Vec<_>>(), "each is in one delivery");
    // Those in flight at a kill came again under the same id: four at most at each.
    let repeated: usize = told.values().map(|(times, _)| times - 1).sum();
    assert!(repeated <= 4 * 4, "{repeated} deliveries came more than once");
}

#[test]
fn an_alert_is_changed_where_it_is_defined() {
    let web = Web::start(1);
    web.put("/feed", feed(&[]));
    let archive = Archive::new(&config(&web, "\n[[alert]]\nid = \"filed\"\nquery = \"acme\"\n"));
    let daemon = Daemon::start(&archive);
    let send = |method: &str, path: &str, body: &Value| {
        let answer = daemon.send(daemon.request(method, path).json(body));
        (answer.status().as_u16(), answer.json::<Value>().unwrap_or_default())
    };
    let (status, problem) = send("PUT", "/api/v1/alerts/filed", &json!({ "query": "beta" }));
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().contains("tidings.toml, line"), "{problem}");
    let (status, problem) = send("POST", "/api/v1/alerts", &json!({ "id": "a", "query": "acme (beta" }));
    assert_eq!((status, &problem["param"], &problem["offset"]), (422, &json!("/query"), &json!(5)), "{problem}");
    let (status, problem) =
        send("POST", "/api/v1/alerts", &json!({ "id": "a", "query": "a", "deliver": [{ "mail": "a@b.c" }] }));
    assert_eq!((status, &problem["param"]), (422, &json!("/deliver")), "{problem}");
    assert_eq!(send("POST", "/api/v1/alerts", &json!({ "id": "a", "query": "acme" })).0, 201);
    assert_eq!(send("PUT", "/api/v1/alerts/a", &json!({ "query": "acme OR beta", "cadence": "daily" })).0, 200);
    let history = daemon.get("/api/v1/alerts/a/history");
    let queries: Vec<&Value> = history["items"].as_array().unwrap().iter().map(|one| &one["alert"]["query"]).collect();
    assert_eq!(queries, ["acme OR beta", "acme"]);
    assert_eq!(daemon.get("/api/v1/alerts")["items"].as_array().unwrap().len(), 2);
    assert_eq!(send("DELETE", "/api/v1/alerts/a", &json!({})).0, 204);
    assert_eq!(send("DELETE", "/api/v1/alerts/filed", &json!({})).0, 409);
    assert_eq!(send("GET", "/api/v1/alerts/a", &json!({})).0, 404);
}

#[test]
fn a_preview_counts_and_warns_and_a_test_tells_what_was_answered() {
    let web = Web::start(1);
    web.put("/feed", feed(&titles(0..3)));
    web.put("/hook/a", Answer { body: b"who are you?".to_vec(), ..Answer::status(403) });
    let archive = Archive::new(&config(&web, ""));
    let daemon = Daemon::start(&archive);
    daemon.wait_for("/api/v1/search?q=karvia", |answer| answer["total"] == 3);
    let preview = |query: &str| {
        let answer = daemon.send(daemon.request("POST", "/api/v1/alerts/preview").json(&json!({ "query": query })));
        answer.json::<Value>().unwrap()
    };
    let seen = preview("karvia pain:price");
    let counts: Vec<u64> =
        seen["counts"].as_array().unwrap().iter().map(|one| one["count"].as_u64().unwrap()).collect();
    assert_eq!((counts, seen["examples"].as_array().unwrap().len()), (vec![3, 3, 3], 3), "{seen}");
    assert_eq!(seen["warnings"], json!([]));
    let unfed = preview("karvia source:nws");
    assert!(unfed["warnings"][0].as_str().unwrap().contains("no source is named `nws`"), "{unfed}");

    daemon.send(daemon.request("POST", "/api/v1/alerts").json(&alert(&web, "a", "karvia")));
    let tested: Value = daemon.send(daemon.request("POST", "/api/v1/alerts/a/test")).json().unwrap();
    assert_eq!((&tested["items"][0]["accepted"], &tested["items"][0]["channel"]), (&json!(false), &json!("webhook")));
    assert!(tested["items"][0]["said"].as_str().unwrap().contains("who are you?"), "{tested}");
    let sent: Value = serde_json::from_slice(&web.asked("/hook/a")[0].body).unwrap();
    assert_eq!(sent["test"], true);
}

#[test]
fn a_refused_delivery_is_listed_and_can_be_taken_up_again() {
    let web = Web::start(1);
    web.put("/feed", feed(&[]));
    web.put("/hook/a", Answer::status(410));
    let archive = Archive::new(&config(&web, ""));
    let daemon = Daemon::start(&archive);
    daemon.send(daemon.request("POST", "/api/v1/alerts").json(&alert(&web, "a", "karvia")));
    web.put("/feed", feed(&titles(0..1)));
    let dead = daemon.wait_for("/api/v1/deliveries?state=dead", |answer| answer["items"] != json!([]));
    let id = dead["items"][0]["id"].as_str().unwrap();
    assert!(dead["items"][0]["said"].as_str().unwrap().contains("410"), "{dead}");
    web.put("/hook/a", Answer::status(200));
    assert_eq!(daemon.send(daemon.request("POST", &format!("/api/v1/deliveries/{id}/retry"))).status(), 200);
    daemon.wait_for("/api/v1/deliveries?state=accepted", |answer| answer["items"][0]["id"] == id);
    assert_eq!(daemon.send(daemon.request("POST", &format!("/api/v1/deliveries/{id}/retry"))).status(), 409);
}

#[test]
fn a_story_is_told_once_with_how_many_tell_it() {
    let text = "Acme told its users on Tuesday that every plan will cost a fifth more from January, and that those who pay \
                for a year before then keep the old price.";
    let item = |site: &str| {
        format!(
            "<item><guid>{site}</guid><title>Acme raises its prices for all plans</title><description>{text}</description></item>"
        )
    };
    let feed = |site: &str| {
        Answer::ok("application/rss+xml", format!("<rss version=\"2.0\"><channel>{}</channel></rss>", item(site)))
    };
    let web = Web::start(1);
    web.put("/hook/a", Answer::status(200));
    let sources = ["one", "two", "three"].map(|id| {
        web.put(&format!("/{id}"), feed(id));
        let url = web.url(&format!("/{id}"));
        format!("\n[[source]]\nid = \"{id}\"\nplugin = \"feed\"\nschedule = {{ every = \"1h\" }}\nparams = {{ url = \"{url}\" }}\n")
    });
    let alert = format!(
        "\n[alerts]\nallow_private_networks = true\n\n[[alert]]\nid = \"a\"\nquery = \"acme\"\ndeliver = [{{ webhook = \"{}\" }}]\n",
        web.url("/hook/a")
    );
    let archive = Archive::new(&(sources.concat() + &alert));
    for source in ["one", "two", "three"] {
        archive.json(&["once", source]);
    }
    let told = told(&web.asked("/hook/a"));
    assert_eq!(told.values().map(|(_, titles)| titles.len()).collect::<Vec<_>>(), [1], "{told:?}");
    let daemon = Daemon::start(&archive);
    let address = daemon.get("/api/v1/alerts/a")["feeds"]["atom"].as_str().unwrap().to_owned();
    let fed = daemon.send(daemon.request("GET", &address)).text().unwrap();
    assert_eq!(fed.matches("<entry>").count(), 1, "{fed}");
    assert!(fed.contains("2 sources"), "{fed}");
}

#[test]
fn a_list_of_google_alerts_becomes_alerts_of_the_running_daemon() {
    let archive = Archive::new("");
    archive.write("alerts.txt", "\"Karvia CRM\" -jobs\nphần mềm OR \"bán hàng\" site:vn\n(broken\n");
    let printed = archive.run(&["import", "google-alerts", &archive.path().join("alerts.txt").to_string_lossy()]);
    let printed = String::from_utf8(printed.stdout).unwrap();
    archive.configure(&printed);
    assert!(archive.run(&["config", "check"]).status.success(), "{printed}");
    archive.configure("");
    let daemon = Daemon::start(&archive);
    archive.configure("");
    let config = std::fs::read_to_string(archive.config()).unwrap();
    let address = daemon.base().trim_start_matches("http://");
    std::fs::write(archive.config(), config.replace("127.0.0.1:0", address)).unwrap();
    let file = archive.path().join("alerts.txt");
    let made = archive.run(&["--json", "import", "google-alerts", "--apply", "--sources", &file.to_string_lossy()]);
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!((made["made"].as_array().unwrap().len(), &made["refused"]), (4, &json!([])), "{made}");
    assert_eq!(made["skipped"][0]["line"], 3, "{made}");
    let queries: Vec<Value> =
        daemon.get("/api/v1/alerts")["items"].as_array().unwrap().iter().map(|one| one["query"].clone()).collect();
    assert_eq!(queries, ["\"Karvia CRM\" -jobs", "phần mềm OR \"bán hàng\" site:vn"]);
    assert_eq!(daemon.get("/api/v1/sources")["items"].as_array().unwrap().len(), 2);
}

#[test]
fn a_wrong_alert_of_the_configuration_is_refused_with_its_place() {
    let archive = Archive::new("\n[[alert]]\nid = \"a\"\nquery = \"acme (beta\"\n");
    let refused = archive.run(&["config", "check"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("tidings.toml:") && said.contains("alert `a`"), "{said}");
}
