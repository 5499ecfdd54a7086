//! Copies of one article in two feeds, from the feeds to the API.

use serde_json::json;
use tidings_testkit::{Answer, Web};
use tidings_tests::{Archive, Daemon};

const TEXT: &str = "Acme told its users on Tuesday that every plan will cost a fifth more from January, and that those who pay \
                    for a year before then keep the old price.";

fn feed(site: &str, hour: u32, text: &str) -> Answer {
    let item = format!(
        "<item><guid>{site}</guid><title>Acme raises its prices for all plans</title><description>{text}</description>\
         <link>http://{site}/acme</link><pubDate>Fri, 20 Nov 2026 {hour:02}:00:00 GMT</pubDate></item>"
    );
    let alone = format!(
        "<item><guid>{site} weather</guid><title>Weather in {site}</title><description>Fine today.</description>\
         <link>http://{site}/weather</link><pubDate>Fri, 20 Nov 2026 07:00:00 GMT</pubDate></item>"
    );
    let body = format!("<rss version=\"2.0\"><channel><title>{site}</title>{item}{alone}</channel></rss>");
    Answer::ok("application/rss+xml", body)
}

fn watched() -> (Archive, Web) {
    let web = Web::start(1);
    web.put("/copy", feed("copy.example", 10, &format!("From our partner: {TEXT}")));
    web.put("/first", feed("first.example", 8, TEXT));
    let sources = ["copy", "first"].map(|id| {
        let url = web.url(&format!("/{id}"));
        format!("\n[[source]]\nid = \"{id}\"\nplugin = \"feed\"\nschedule = {{ every = \"1h\" }}\nparams = {{ url = \"{url}\" }}\n")
    });
    (Archive::new(&sources.concat()), web)
}

#[test]
fn copies_are_one_story_until_they_differ() {
    let (archive, web) = watched();
    archive.json(&["once", "copy"]);
    archive.json(&["once", "first"]);
    {
        let daemon = Daemon::start(&archive);
        let all = daemon.wait_for("/api/v1/search?q=acme&sort=newest", |answer| answer["total"] == 2);
        let [copy, first] = [0, 1].map(|hit| all["hits"][hit].clone());
        assert_eq!((&copy["site"], &first["site"]), (&json!("copy.example"), &json!("first.example")));
        // The copy was found first, so the story has its id; the other was published first.
        let id = copy["id"].as_str().unwrap().replace("f_", "s_");
        assert_eq!(copy["story"], json!({"id": id, "size": 2, "head": false}));
        assert_eq!(first["story"], json!({"id": id, "size": 2, "head": true}));

        let collapsed = daemon.get("/api/v1/search?sort=newest&collapse=story");
        assert_eq!((&collapsed["total"], collapsed["hits"].as_array().unwrap().len()), (&json!(4), 3), "{collapsed}");
        assert_eq!(collapsed["hits"][0]["id"], copy["id"]);
        assert!(collapsed["hits"][1].get("story").is_none(), "what stands alone has none: {collapsed}");
        assert_eq!(daemon.get(&format!("/api/v1/search?q=story:{id}"))["total"], 2);

        let story = daemon.get(&format!("/api/v1/stories/{id}?limit=1"));
        assert_eq!((&story["id"], &story["size"], &story["head"]), (&json!(id), &json!(2), &first["id"]));
        assert_eq!(story["reason"], "published_first");
        assert_eq!(story["items"][0]["id"], copy["id"], "{story}");
        let next = story["next"].as_str().unwrap();
        let rest = daemon.get(&format!("/api/v1/stories/{id}?limit=1&cursor={next}"));
        assert_eq!((&rest["items"][0]["id"], rest.get("next")), (&first["id"], None));
        let whole = daemon.get(&format!("/api/v1/findings/{}", first["id"].as_str().unwrap()));
        let heads: Vec<_> = whole["members"].as_array().unwrap().iter().map(|member| member["head"].clone()).collect();
        assert_eq!(heads, [json!(false), json!(true)], "{whole}");

        let alone = collapsed["hits"][1]["id"].as_str().unwrap().replace("f_", "s_");
        for unknown in [alone.as_str(), "s_nothing", "nothing"] {
            let answer = daemon.send(daemon.request("GET", &format!("/api/v1/stories/{unknown}")));
            assert_eq!(answer.status(), 404, "{unknown}");
        }
        daemon.signal("TERM");
        daemon.wait();
    }
    web.put(
        "/copy",
        feed(
            "copy.example",
            10,
            "Correction: nothing will change, the prices stay as they were, and we regret our error.",
        ),
    );
    archive.json(&["once", "copy"]);
    let apart = archive.json(&["search", "acme"]);
    assert_eq!(apart["total"], 2);
    assert!(apart["hits"].as_array().unwrap().iter().all(|hit| hit.get("story").is_none()), "{apart}");
    assert!(archive.run(&["index", "verify"]).status.success());
    let rebuilt = archive.json(&["index", "rebuild"]);
    assert_eq!((&rebuilt["stories"], &rebuilt["members"]), (&json!(0), &json!(0)), "{rebuilt}");
}
