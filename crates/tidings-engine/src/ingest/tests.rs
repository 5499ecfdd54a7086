//! Runs, as the store sees them.

use serde_json::json;
use tempfile::TempDir;
use tidings_model::Taxonomy;

use super::*;

struct Archive {
    store: Store,
    tagger: Arc<Tagger>,
    dir: TempDir,
}

impl Archive {
    fn new() -> Self {
        Self::tagging(&Taxonomy::default())
    }

    fn tagging(taxonomy: &Taxonomy) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let tagger = Arc::new(Tagger::new(taxonomy, 1).unwrap());
        Self { store, tagger, dir }
    }

    fn run(&self, id: &str) -> Ingest {
        let source = "forum".parse().unwrap();
        let origin = Origin { source, identity: "forum".parse().unwrap(), plugin: "feed".parse().unwrap() };
        Ingest::new(self.store.clone(), self.tagger.clone(), origin, id.to_owned())
    }
}

fn now() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().unwrap()
}

fn post(number: u32) -> wire::Finding {
    wire::Finding {
        key: Some(format!("post-{number}")),
        title: Some(format!("Post {number}")),
        ..wire::Finding::default()
    }
}

fn emit(run: &mut Ingest, posts: impl IntoIterator<Item = u32>) -> Vec<Outcome> {
    posts.into_iter().map(|number| run.emit(post(number), now()).unwrap()).collect()
}

#[test]
fn what_an_unfinished_run_left_behind_stops_no_one() {
    let archive = Archive::new();
    let mut killed = archive.run("r1");
    emit(&mut killed, [5, 4]);
    killed.flush(now()).unwrap();
    drop(killed);

    let mut next = archive.run("r2");
    assert_eq!(emit(&mut next, [5, 4]), [Outcome::New, Outcome::New]);
    assert_eq!(emit(&mut next, [3, 2, 1]), [Outcome::New; 3]);
    next.cover(now()).unwrap();
    assert_eq!(next.counts(), Counts { new: 3, duplicate: 2, ..Counts::default() });

    let mut third = archive.run("r3");
    assert_eq!(emit(&mut third, [5, 1]), [Outcome::Duplicate; 2]);
}

#[test]
fn state_comes_with_the_findings_it_covers() {
    let archive = Archive::new();
    let mut failed = archive.run("r1");
    emit(&mut failed, [1]);
    failed.set_state("cursor".to_owned(), json!(1));
    assert_eq!(failed.state("cursor").unwrap(), Some(json!(1)));
    failed.flush(now()).unwrap();
    assert_eq!(archive.run("r2").state("cursor").unwrap(), None);

    let mut ended = archive.run("r3");
    ended.set_state("cursor".to_owned(), json!(2));
    ended.cover(now()).unwrap();
    assert_eq!(archive.run("r4").state("cursor").unwrap(), Some(json!(2)));
}

#[test]
fn another_text_is_a_revision_and_other_counts_are_none() {
    let archive = Archive::new();
    let mut first = archive.run("r1");
    emit(&mut first, [1]);
    first.cover(now()).unwrap();

    let mut second = archive.run("r2");
    let liked = wire::Engagement { score: Some(7), ..wire::Engagement::default() };
    let same = wire::Finding { engagement: Some(liked), ..post(1) };
    assert_eq!(second.emit(same, now()).unwrap(), Outcome::Duplicate);
    second.cover(now()).unwrap();
    let mut third = archive.run("r3");
    let edited = wire::Finding { text: Some("edited".to_owned()), ..post(1) };
    assert_eq!(third.emit(edited, now()).unwrap(), Outcome::Updated);
    third.cover(now()).unwrap();

    let id = archive.run("r4").origin.id_of_key("post-1");
    let finding = archive.store.finding(&id).unwrap().unwrap();
    assert_eq!((finding.revision, finding.engagement.and_then(|engagement| engagement.score)), (2, Some(7)));
}

#[test]
fn the_same_item_twice_in_a_run_counts_once() {
    let archive = Archive::new();
    let mut run = archive.run("r1");
    assert_eq!(emit(&mut run, [1, 1]), [Outcome::New, Outcome::Duplicate]);
    run.cover(now()).unwrap();
    assert_eq!(archive.store.head().unwrap().0, 1);
}

#[test]
fn what_breaks_a_rule_is_skipped_with_its_reason() {
    let archive = Archive::new();
    let mut run = archive.run("r1");
    let wordless = wire::Finding { title: None, url: Some("https://e.example/1".to_owned()), ..post(1) };
    assert_eq!(run.emit(wordless, now()).unwrap(), Outcome::Refused);
    assert_eq!(run.counts().skipped, 1);
    let [skipped] = &run.take_skipped()[..] else { panic!("one item was skipped") };
    assert_eq!(
        (skipped.url.as_str(), skipped.reason.as_str()),
        ("https://e.example/1", "it has neither `title` nor `text`")
    );
}

#[test]
fn seen_knows_keys_and_addresses() {
    let archive = Archive::new();
    let mut run = archive.run("r1");
    let by_url = wire::Finding { key: None, url: Some("https://www.e.example/1?utm_source=x".to_owned()), ..post(1) };
    run.emit(by_url, now()).unwrap();
    emit(&mut run, [2]);
    run.cover(now()).unwrap();
    let keys = ["http://e.example/1/", "post-2", "post-3"].map(str::to_owned);
    assert_eq!(archive.run("r2").seen(&keys).unwrap(), [true, true, false]);
}

#[test]
fn snapshots_go_on_from_what_this_run_put() {
    let archive = Archive::new();
    let mut run = archive.run("r1");
    let put = |text: &str, append| wire::SnapshotPut {
        key: "page".to_owned(),
        text: text.to_owned(),
        facts: json!({"title": "Page"}),
        append,
    };
    run.put_snapshot(put("one ", false), now()).unwrap();
    let id = run.put_snapshot(put("two", true), now()).unwrap();
    assert_eq!(archive.store.latest_snapshot(&"forum".parse().unwrap(), "page").unwrap(), None);
    run.cover(now()).unwrap();
    let kept = archive.run("r2").snapshot("page").unwrap().unwrap();
    assert_eq!((kept.id, kept.text.as_str()), (id, "one two"));
}

#[test]
fn a_run_whose_batch_was_refused_cannot_end_well() {
    let archive = Archive::new();
    let mut run = archive.run("r1");
    emit(&mut run, [1]);
    run.set_state("cursor".to_owned(), json!("x".repeat(2 << 20)));
    assert!(run.cover(now()).is_err(), "the state is larger than the store takes");
    emit(&mut run, [2]);
    assert!(run.cover(now()).is_err(), "post 1 was in the refused batch");
    assert_eq!(emit(&mut archive.run("r2"), [1]), [Outcome::New]);
}

#[test]
fn a_label_by_query_is_found_by_a_search_with_the_words_that_caused_it() {
    let file = r#"
        [[competitor]]
        id = "acme"
        name = "Acme"
        tier = 1
        context = ["crm"]

        [[label]]
        dimension = "pain"
        id = "renewal"
        name = "Renewal"
        query = 'tier:1 (renewal NEAR/3 doubled) -rumour'
    "#;
    let file = tidings_match::taxonomy_file::FileText { path: "taxonomy.toml".into(), text: file.to_owned() };
    let taxonomy = tidings_match::taxonomy_file::read_texts(&[file]).unwrap().taxonomy;
    let archive = Archive::tagging(&taxonomy);
    let mut run = archive.run("r1");
    for (number, text) in [
        (1, "Acme, our CRM: the renewal price doubled."),
        (2, "The renewal price doubled."),
        (3, "The acme of skill: its renewal has doubled."),
        (4, "A rumour: Acme CRM renewal doubled."),
    ] {
        run.emit(wire::Finding { text: Some(text.to_owned()), ..post(number) }, now()).unwrap();
    }
    run.cover(now()).unwrap();

    let clock = Arc::new(tidings_model::ManualClock::new(now()));
    let folder = archive.dir.path().join("index");
    let (index, _) = tidings_index::Index::open(&folder, archive.store.epoch(), clock).unwrap();
    index.apply(&archive.store.log_after(tidings_store::LogNumber(0), 100).unwrap()).unwrap();
    index.commit().unwrap();
    let dimensions = ["pain".parse().unwrap()];
    let request = tidings_index::SearchRequest::from_params([("q", "pain:renewal")], &dimensions).unwrap();
    let answer = index.search(&archive.store, &request).unwrap();
    let titles: Vec<&str> = answer.hits.iter().map(|hit| hit.finding.title.as_str()).collect();
    assert_eq!(titles, ["Post 1"]);
    let tag = &answer.hits[0].finding.tags[0];
    let quotes: Vec<&str> = tag.evidence.iter().map(|evidence| evidence.quote.as_str()).collect();
    assert_eq!(quotes, ["Acme", "renewal price doubled"]);
    assert_eq!(tag.about, ["acme".parse().unwrap()]);
}
