//! Asked over real connections, by a client of some lines.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::Value;
use tidings_model::ManualClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

mod labels;

const STEP: Duration = Duration::from_secs(4);
/// More steps than there are items.
const ALL: i32 = 1000;

struct Fixture {
    market: Market,
    clock: ManualClock,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Fixture {
    async fn start() -> Self {
        let clock = ManualClock::new("2026-11-20T08:00:00Z".parse().unwrap());
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let market = serve_market(Arc::new(clock.clone()), STEP, &tasks, &stop).await.unwrap();
        Self { market, clock, stop, tasks }
    }

    fn wait(&self, steps: i32) {
        self.clock.advance(SignedDuration::try_from(STEP).unwrap() * steps);
    }

    async fn search(&self, query: &str) -> Value {
        let url = Url::parse(&format!("{}/search_by_date?{query}", self.market.algolia)).unwrap();
        serde_json::from_str(&get(&url).await.body).unwrap()
    }

    async fn firebase(&self, name: &str) -> Value {
        let url = Url::parse(&format!("{}/{name}.json", self.market.firebase)).unwrap();
        serde_json::from_str(&get(&url).await.body).unwrap()
    }

    /// Ids, the first hit first.
    async fn hits(&self, query: &str) -> Vec<u64> {
        let answer = self.search(query).await;
        answer["hits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hit| hit["objectID"].as_str().unwrap().parse().unwrap())
            .collect()
    }
}

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

async fn get(url: &Url) -> Answer {
    get_if_changed(url, None).await
}

async fn get_if_changed(url: &Url, etag: Option<&str>) -> Answer {
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let path = url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let condition = etag.map_or(String::new(), |etag| format!("If-None-Match: {etag}\r\n"));
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{condition}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Answer { status, headers: headers.collect(), body: body.to_owned() }
}

#[tokio::test]
async fn feeds_grow_with_time_until_all_has_come() {
    let fixture = Fixture::start().await;
    let count = async |url: &Url, tag: &str| get(url).await.body.matches(tag).count();
    assert_eq!(count(&fixture.market.english, "<item>").await, 6);
    assert_eq!(count(&fixture.market.vietnamese, "<entry>").await, 5);
    fixture.wait(1);
    assert_eq!(count(&fixture.market.english, "<item>").await, 7);
    assert_eq!(count(&fixture.market.vietnamese, "<entry>").await, 5);
    fixture.wait(1);
    assert_eq!(count(&fixture.market.vietnamese, "<entry>").await, 6);
    fixture.wait(ALL);
    assert_eq!(count(&fixture.market.english, "<item>").await, 20);
    assert_eq!(count(&fixture.market.vietnamese, "<entry>").await, 19);
    assert_eq!(fixture.search("hitsPerPage=100").await["nbHits"], 24);
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let fixture = Fixture::start().await;
    let feed = &fixture.market.english;
    let etag = get(feed).await.headers["etag"].clone();
    let again = get_if_changed(feed, Some(&etag)).await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(get_if_changed(feed, Some(&format!("\"other\", W/{etag}"))).await.status, 304);
    fixture.wait(1);
    let later = get_if_changed(feed, Some(&etag)).await;
    assert_eq!(later.status, 200);
    assert_ne!(later.headers["etag"], etag);
}

#[tokio::test]
async fn every_link_of_a_feed_leads_to_its_article() {
    let fixture = Fixture::start().await;
    let feed = get(&fixture.market.vietnamese).await;
    assert_eq!(feed.headers["content-type"], "application/atom+xml");
    let links = feed.body.split("<link rel=\"alternate\" href=\"").skip(2).map(|rest| rest.split('"').next().unwrap());
    for link in links.map(|link| Url::parse(link).unwrap()) {
        let page = get(&link).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("<article><h1>"), "{link}");
    }
    assert_eq!(get(&fixture.market.vietnamese.join("/articles/6").unwrap()).await.status, 404);
    let front = get(&fixture.market.vietnamese.join("/").unwrap()).await;
    assert!(front.body.contains("<link rel=\"alternate\" type=\"application/atom+xml\" href=\"/feed.xml\">"));
}

#[tokio::test]
async fn every_site_has_a_robots_txt_and_an_address_of_its_own() {
    let fixture = Fixture::start().await;
    let Market { english, vietnamese, algolia, .. } = &fixture.market;
    for site in [english, vietnamese, algolia] {
        let robots = get(&site.join("/robots.txt").unwrap()).await;
        assert!(robots.body.starts_with("User-agent: *\n"));
    }
    assert_ne!(english.host(), vietnamese.host());
    assert_ne!(vietnamese.host(), algolia.host());
}

#[tokio::test]
async fn search_takes_words_tags_filters_and_pages() {
    let fixture = Fixture::start().await;
    let all = fixture.hits("").await;
    assert_eq!(all, [990_000_007, 990_000_006, 990_000_005, 990_000_004, 990_000_003, 990_000_002, 990_000_001]);
    assert_eq!(fixture.hits("query=outage%20month").await, [990_000_007]);
    assert_eq!(fixture.hits("tags=story").await, [990_000_006, 990_000_004, 990_000_001]);
    assert_eq!(fixture.hits("tags=comment,author_mkd").await, [990_000_003]);
    assert_eq!(fixture.hits("tags=(ask_hn,show_hn)").await, [990_000_004, 990_000_001]);
    assert_eq!(fixture.hits("tags=story_990000004,(story,comment)").await, [990_000_005, 990_000_004]);
    assert_eq!(fixture.hits("numericFilters=points%3E%3D156,num_comments%3C2").await, [990_000_006, 990_000_004]);
    assert_eq!(fixture.hits("hitsPerPage=2&page=1").await, [990_000_005, 990_000_004]);
    let newest = fixture.search("hitsPerPage=1").await["hits"][0]["created_at_i"].as_i64().unwrap();
    assert_eq!(fixture.hits(&format!("numericFilters=created_at_i%3E{newest}")).await, [0_u64; 0]);
    fixture.wait(3);
    assert_eq!(fixture.hits(&format!("numericFilters=created_at_i%3E{newest}")).await, [990_000_008]);
    let refused = get(&fixture.market.algolia.join("/api/v1/search_by_date?numericFilters=age%3E3").unwrap()).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn items_know_their_thread() {
    let fixture = Fixture::start().await;
    let item = async |id: u64| fixture.firebase(&format!("item/{id}")).await;
    let story = item(990_000_001).await;
    assert_eq!((&story["type"], &story["descendants"], &story["score"]), (&"story".into(), &2.into(), &87.into()));
    assert_eq!(story["kids"], serde_json::json!([990_000_002]));
    let comment = item(990_000_003).await;
    assert_eq!((&comment["type"], &comment["parent"]), (&"comment".into(), &990_000_002.into()));
    assert_eq!(item(990_000_008).await, Value::Null);
    let hit = fixture.search("query=import&tags=comment").await["hits"][0].clone();
    assert_eq!((&hit["story_id"], &hit["parent_id"]), (&990_000_001.into(), &990_000_002.into()));
    assert_eq!(hit["story_title"], story["title"]);
}

#[tokio::test]
async fn lists_name_stories_in_their_order() {
    let fixture = Fixture::start().await;
    let list = async |name: &str| fixture.firebase(name).await;
    assert_eq!(list("newstories").await, serde_json::json!([990_000_006, 990_000_004, 990_000_001]));
    assert_eq!(list("topstories").await, serde_json::json!([990_000_004, 990_000_006, 990_000_001]));
    assert_eq!(list("askstories").await, serde_json::json!([990_000_001]));
    assert_eq!(list("showstories").await, serde_json::json!([990_000_004]));
    assert_eq!(list("jobstories").await, serde_json::json!([]));
}

#[tokio::test]
async fn the_searches_find_all_that_is_written() {
    let fixture = Fixture::start().await;
    fixture.wait(ALL);
    let mut found = BTreeSet::new();
    for query in fixture.market.queries {
        found.extend(fixture.hits(&format!("hitsPerPage=100&query={}", query.replace(' ', "+"))).await);
    }
    assert_eq!(found.len(), 24, "{found:?}");
}

/// What comes is in the order of its file, and a comment never before what it answers.
#[tokio::test]
async fn nothing_answers_what_is_not_there_yet() {
    let fixture = Fixture::start().await;
    fixture.wait(ALL);
    let all = fixture.search("hitsPerPage=100").await;
    let hits = all["hits"].as_array().unwrap();
    let times: Vec<i64> = hits.iter().map(|hit| hit["created_at_i"].as_i64().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a > b));
    for hit in hits.iter().filter(|hit| hit["_tags"][0] == "comment") {
        let id: u64 = hit["objectID"].as_str().unwrap().parse().unwrap();
        assert!(hit["parent_id"].as_u64().unwrap() < id, "{hit}");
    }
}

#[tokio::test]
async fn it_ends_when_it_is_told_to() {
    let fixture = Fixture::start().await;
    fixture.stop.cancel();
    fixture.tasks.close();
    fixture.tasks.wait().await;
    let address = fixture.market.english.socket_addrs(|| None).unwrap();
    assert!(TcpStream::connect(&address[..]).await.is_err());
}
