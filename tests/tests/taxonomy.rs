//! The taxonomy's life: changed in files and through the API, previewed, remembered, and the
//! archive tagged again by it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};
use tidings_testkit::{Answer, Web};
use tidings_tests::{Archive, Daemon};

const TAXONOMY: &str = "[[competitor]]\nid = \"karvia\"\nname = \"Karvia\"\ntier = 1\n\n\
                        [[label]]\ndimension = \"pain\"\nid = \"price\"\nname = \"Price\"\nphrases = [\"too expensive\"]\n";
const SPEED: &str =
    "\n[[label]]\ndimension = \"pain\"\nid = \"speed\"\nname = \"Speed\"\nphrases = [\"so slow\", \"quá chậm\"]\n";

/// An archive and the feed that it watches.
fn watched(titles: &[String]) -> (Archive, Web) {
    let web = Web::start(1);
    let items: String = titles
        .iter()
        .enumerate()
        .map(|(number, title)| format!("<item><guid>n{number}</guid><title>{title}</title></item>"))
        .collect();
    web.put(
        "/feed",
        Answer::ok("application/rss+xml", format!("<rss version=\"2.0\"><channel>{items}</channel></rss>")),
    );
    let archive = Archive::new(&format!(
        "\n[[source]]\nid = \"news\"\nplugin = \"feed\"\nschedule = {{ every = \"1h\" }}\nparams = {{ url = \"{}\", max_items = 1000 }}\n",
        web.url("/feed")
    ));
    archive.write("taxonomy.toml", TAXONOMY);
    (archive, web)
}

fn three() -> Vec<String> {
    ["Karvia is too expensive", "Beta is so slow", "Beta máy quá chậm"].map(str::to_owned).into()
}

fn total(archive: &Archive, query: &str) -> u64 {
    archive.json(&["search", query])["total"].as_u64().unwrap()
}

#[track_caller]
fn check_index(archive: &Archive) {
    assert_eq!(archive.json(&["index", "verify"])["differences"], json!([]));
}

#[test]
fn a_changed_file_tags_the_archive_again() {
    let (archive, _web) = watched(&three());
    archive.json(&["once", "news"]);
    assert_eq!((total(&archive, "pain:price"), total(&archive, "pain:speed")), (1, 0));
    archive.write("taxonomy.toml", &format!("{TAXONOMY}{SPEED}"));
    assert_eq!(archive.json(&["config", "check"])["retags"], 3);
    archive.json(&["once"]);
    assert_eq!(archive.json(&["config", "check"])["retags"], Value::Null);
    assert_eq!((total(&archive, "pain:price"), total(&archive, "pain:speed")), (1, 2));
    let hits = archive.json(&["search", ""])["hits"].as_array().unwrap().clone();
    assert!(hits.iter().all(|hit| hit["taxonomy_version"] == 2), "{hits:?}");
    check_index(&archive);

    // Asked for, though nothing has changed; then with a change of its own.
    let task = archive.json(&["retag"]);
    assert_eq!((&task["state"], &task["done"], &task["changed"]), (&json!("done"), &json!(3), &json!(0)));
    archive.write("taxonomy.toml", TAXONOMY);
    let task = archive.json(&["retag"]);
    assert_eq!((&task["version"], &task["done"], &task["changed"]), (&json!(3), &json!(3), &json!(2)));
    assert_eq!(total(&archive, "pain:speed"), 0);
    check_index(&archive);
    archive.write("taxonomy.toml", "[[label]]\n");
    archive.refuses(&["retag"], 2, "taxonomy.toml:1:1: [[label]] without `dimension`");
}

#[test]
fn a_retag_needs_an_archive() {
    let (archive, _web) = watched(&three());
    archive.refuses(&["retag"], 2, "no archive in");
    assert!(!archive.data_dir().join("archive.db").exists());
}

#[test]
fn a_killed_retag_goes_on_where_it_was() {
    let titles: Vec<String> = (0..900).map(|number| format!("Karvia {number} is so slow")).collect();
    let (archive, _web) = watched(&titles);
    archive.json(&["once", "news"]);
    let mut speed = String::new();
    let mut took = None;
    for kills in 0_u32..4 {
        speed = if speed.is_empty() { SPEED.to_owned() } else { String::new() };
        archive.write("taxonomy.toml", &format!("{TAXONOMY}{speed}"));
        if let Some(took) = took {
            let mut child = archive.command().arg("retag").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            // The moment of the kill is what is tested, so real time must pass.
            std::thread::sleep(took * kills / 4);
            child.kill().unwrap();
            child.wait().unwrap();
            check_index(&archive);
        }
        let began = Instant::now();
        let task = archive.json(&["retag"]);
        took = Some(began.elapsed());
        assert_eq!((&task["state"], &task["done"], &task["total"]), (&json!("done"), &json!(900), &json!(900)));
        assert_eq!(total(&archive, "pain:speed"), if speed.is_empty() { 0 } else { 900 });
        check_index(&archive);
    }
    assert!(archive.run(&["doctor"]).status.success());
}

/// Status and body of an answer.
fn call(daemon: &Daemon, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let answer = daemon.send(daemon.request(method, path).json(body));
    (answer.status().as_u16(), answer.json().unwrap())
}

fn beta() -> Value {
    json!({"competitor": [{"id": "beta", "name": "Beta", "tier": 2}]})
}

#[test]
fn a_taxonomy_is_previewed_put_in_force_and_remembered() {
    let (archive, _web) = watched(&three());
    archive.json(&["once", "news"]);
    let daemon = Daemon::start(&archive);
    let shown = daemon.get("/api/v1/taxonomy");
    assert_eq!((&shown["version"], &shown["by"], &shown["made"]), (&json!(1), &json!("config"), &json!({})));
    assert_eq!(shown["defined"]["competitor:karvia"]["file"]["line"], 2);
    assert_eq!(shown["taxonomy"]["label"][0]["phrases"], json!(["too expensive"]));

    let (status, preview) = call(&daemon, "POST", "/api/v1/taxonomy/preview", &beta());
    assert_eq!(status, 200, "{preview}");
    assert_eq!((&preview["looked"], &preview["total"], &preview["sampled"]), (&json!(3), &json!(3), &json!(false)));
    let effect = &preview["tags"][0];
    assert_eq!((&effect["tag"], &effect["gains"]), (&json!("competitor:beta"), &json!(2)), "{preview}");
    assert_eq!(effect["gained"][0]["evidence"][0]["quote"], "Beta");
    assert_eq!(daemon.get("/api/v1/taxonomy")["version"], 1);

    let (status, put) = call(&daemon, "PUT", "/api/v1/taxonomy?version=1", &beta());
    assert_eq!((status, &put["version"], &put["added"]), (200, &json!(2), &json!(["competitor:beta"])), "{put}");
    let task = format!("/api/v1/tasks/{}", put["task"]["id"].as_str().unwrap());
    let done = daemon.wait_for(&task, |task| task["state"] == "done");
    assert_eq!((&done["kind"], &done["done"], &done["changed"]), (&json!("retag"), &json!(3), &json!(2)));
    daemon.wait_for("/api/v1/search?competitor=beta", |answer| answer["total"] == 2);
    let (status, again) = call(&daemon, "PUT", "/api/v1/taxonomy", &beta());
    assert_eq!((status, &again["version"], &again["task"]), (200, &json!(2), &Value::Null), "nothing differs");

    // As TOML, over what was there.
    let toml = "# ours\n[[competitor]]\nid = \"gamma\"\nname = \"Gamma\"\ntier = 3\n";
    let request = daemon.request("PUT", "/api/v1/taxonomy").header("content-type", "application/toml").body(toml);
    let put: Value = daemon.send(request).json().unwrap();
    assert_eq!((&put["added"], &put["removed"]), (&json!(["competitor:gamma"]), &json!(["competitor:beta"])), "{put}");
    daemon.signal("TERM");
    daemon.wait();

    let daemon = Daemon::start(&archive);
    let shown = daemon.get("/api/v1/taxonomy");
    assert_eq!((&shown["version"], &shown["toml"], &shown["by"]), (&json!(3), &json!(toml), &json!("local")));
    assert_eq!(shown["defined"]["competitor:gamma"], "archive");
    let first = daemon.get("/api/v1/taxonomy/history?limit=2");
    let versions: Vec<_> = first["items"].as_array().unwrap().iter().map(|item| item["version"].clone()).collect();
    assert_eq!((versions, &first["next"]), (vec![json!(3), json!(2)], &json!("2")));
    let rest = daemon.get("/api/v1/taxonomy/history?limit=2&cursor=2");
    let told = (&rest["items"][0]["by"], &rest["items"][0]["added"], &rest["next"]);
    assert_eq!(told, (&json!("config"), &json!(["competitor:karvia", "pain:price"]), &Value::Null));

    // A file that defines it too wins; what was made is told as set aside, and comes back.
    archive.write("taxonomy.toml", &format!("{TAXONOMY}{}", toml.replace("tier = 3", "tier = 1")));
    assert_eq!(archive.json(&["config", "check"])["set_aside"][0]["entry"], "competitor:gamma");
    assert_eq!(daemon.send(daemon.request("POST", "/api/v1/reload")).status(), 200);
    let shown = daemon.get("/api/v1/taxonomy");
    assert_eq!((&shown["version"], &shown["set_aside"][0]["entry"]), (&json!(4), &json!("competitor:gamma")));
    assert_eq!(shown["toml"], toml);
    archive.write("taxonomy.toml", TAXONOMY);
    daemon.signal("HUP");
    let shown = daemon.wait_for("/api/v1/taxonomy", |shown| shown["version"] == 5);
    assert_eq!((&shown["set_aside"], &shown["defined"]["competitor:gamma"]), (&Value::Null, &json!("archive")));
}

#[test]
fn what_cannot_be_put_in_force_is_refused_with_its_place() {
    let (archive, _web) = watched(&three());
    archive.json(&["once", "news"]);
    let daemon = Daemon::start(&archive);
    let refused = |body: &Value| {
        let (status, problem) = call(&daemon, "PUT", "/api/v1/taxonomy", body);
        let (preview, _) = call(&daemon, "POST", "/api/v1/taxonomy/preview", body);
        assert_eq!(status, preview, "a preview refuses the same");
        (status, problem)
    };
    let karvia = json!({"competitor": [{"id": "karvia", "name": "Karvia", "tier": 2}]});
    let (status, problem) = refused(&karvia);
    assert_eq!(status, 409);
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("competitor `karvia` is defined in ") && detail.contains("taxonomy.toml, line 2"),
        "{detail}"
    );
    let (status, problem) = refused(&json!({"competitor": [{"id": "b", "name": "B", "tier": 1, "alias": ["x"]}]}));
    assert_eq!((status, &problem["param"]), (422, &json!("/competitor/0/alias")));
    assert_eq!(problem["hint"], "did you mean `aliases`?");
    assert_eq!(refused(&json!({"competitor": [{"id": "b", "name": "B", "tier": 9}]})).1["param"], "/competitor/0/tier");
    assert_eq!(refused(&json!([])).0, 422);
    assert_eq!(refused(&json!({"own": null})).1["param"], "/own");

    let send = |method: &str, path: &str, kind: &str, body: &str| {
        let request = daemon.request(method, path).header("content-type", kind).body(body.to_owned());
        let answer = daemon.send(request);
        let content_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (answer.status().as_u16(), content_type, answer.text().unwrap())
    };
    let (status, kind, body) = send("PUT", "/api/v1/taxonomy", "application/toml", "[[competitor]]\nid = 7\n");
    assert_eq!((status, kind.as_str()), (422, "application/problem+json"));
    assert!(body.contains("line 2, column 6"), "{body}");
    assert_eq!(send("PUT", "/api/v1/taxonomy", "application/json", "{").0, 422);
    assert_eq!(send("PUT", "/api/v1/taxonomy", "image/png", "").0, 415);
    assert_eq!(send("PUT", "/api/v1/taxonomy", "application/toml", &"#".repeat(2 << 20)).0, 413);
    assert_eq!(call(&daemon, "PUT", "/api/v1/taxonomy?version=7", &beta()).0, 409);
    assert_eq!(call(&daemon, "PUT", "/api/v1/taxonomy?versoin=1", &beta()).1["hint"], "did you mean `version`?");
    assert_eq!(call(&daemon, "GET", "/api/v1/tasks/retag-99", &Value::Null).0, 404);
    assert_eq!(call(&daemon, "GET", "/api/v1/taxonomy/history?cursor=x", &Value::Null).0, 400);
    assert_eq!(call(&daemon, "DELETE", "/api/v1/taxonomy", &Value::Null).0, 405);
    assert_eq!(daemon.get("/api/v1/taxonomy")["version"], 1, "nothing of it is in force");

    // A file that needs what was made here cannot be left without it.
    assert_eq!(call(&daemon, "PUT", "/api/v1/taxonomy", &beta()).0, 200);
    let rule = "\n[[severity]]\nlevel = \"high\"\nquery = \"competitor:beta\"\n";
    archive.write("taxonomy.toml", &format!("{TAXONOMY}{rule}"));
    assert_eq!(daemon.send(daemon.request("POST", "/api/v1/reload")).status(), 200);
    let (status, problem) = refused(&json!({}));
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().contains("taxonomy.toml:"), "{problem}");
}

#[test]
fn readers_look_editors_change_and_the_history_says_who() {
    let (archive, _web) = watched(&three());
    archive.json(&["once", "news"]);
    let daemon = Daemon::start(&archive);
    let secret = |name: &str, role: &str| {
        let key = archive.json(&["key", "create", name, "--role", role]);
        format!("Bearer {}", key["secret"].as_str().unwrap())
    };
    let (reader, editor) = (secret("rita", "reader"), secret("ed", "editor"));
    let status = |bearer: &str, method: &str, path: &str| {
        daemon.send(daemon.request(method, path).header("authorization", bearer).json(&beta())).status().as_u16()
    };
    for path in ["/api/v1/taxonomy", "/api/v1/taxonomy/history"] {
        assert_eq!(status(&reader, "GET", path), 200);
    }
    for (method, path) in [("PUT", "/api/v1/taxonomy"), ("POST", "/api/v1/taxonomy/preview"), ("POST", "/api/v1/retag")]
    {
        assert_eq!(daemon.send(daemon.request(method, path).json(&beta())).status(), 401);
        assert_eq!(status(&reader, method, path), 403);
    }
    assert_eq!(status(&editor, "PUT", "/api/v1/taxonomy"), 200);
    let get = |path: &str| -> Value {
        daemon.send(daemon.request("GET", path).header("authorization", &reader)).json().unwrap()
    };
    assert_eq!(get("/api/v1/taxonomy/history")["items"][0]["by"]["key"]["name"], "ed");

    // The command goes through the daemon that has the archive open.
    let retag = |key: &str| {
        let address = daemon.base().trim_start_matches("http://").to_owned();
        let command = &mut archive.command();
        command.args(["--json", "retag"]).env("TIDINGS_DAEMON_LISTEN", address).env("TIDINGS_KEY", key);
        command.output().unwrap()
    };
    let task: Value = serde_json::from_slice(&retag(editor.trim_start_matches("Bearer ")).stdout).unwrap();
    assert_eq!((&task["state"], &task["done"]), (&json!("done"), &json!(3)), "{task}");
    let refused = retag(reader.trim_start_matches("Bearer "));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("is in use by another process") && said.contains("needs a key of role `editor`"), "{said}");
    let answer = daemon.send(daemon.request("POST", "/api/v1/retag").header("authorization", &editor));
    assert_eq!(answer.status(), 202);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(get(&location)["kind"] == "retag");
}
