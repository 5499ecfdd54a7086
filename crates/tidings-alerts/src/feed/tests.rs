use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use quick_xml::events::Event;
use tidings_model::{Field, FieldChange, FindingId, Kind, Tier};

use super::*;
use crate::sample;

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn feed(language: Language, items: Vec<FeedItem>) -> Feed {
    Feed {
        id: "urn:tidings:alert:price-pain".to_owned(),
        title: "Giá & đối thủ".to_owned(),
        self_url: "https://tidings.example/api/v1/alerts/price-pain/feed.atom?token=a&b=c".parse().unwrap(),
        site_url: "https://tidings.example/alerts/price-pain".parse().ok(),
        updated: at("2026-11-20T09:00:00Z"),
        language,
        items,
    }
}

fn item(entry: Entry, minute: usize) -> FeedItem {
    FeedItem { entry, matched: at(&format!("2026-11-20T08:{minute:02}:00Z")) }
}

/// A marked story, a page change, a revision without an address, an old page.
fn sampled() -> Vec<FeedItem> {
    let title = "Acme: giá <b>đắt quá</b>";
    let mut story = sample::price_pain("1", title, "acme", Tier::One);
    story.lang = Some("vi".parse().unwrap());
    let evidence =
        vec![sample::evidence(Field::Title, title, "đắt quá"), sample::evidence(Field::Text, &story.text, "too dear")];
    let mut page = sample::price_pain("2", "Pricing of Beta", "beta", Tier::Two);
    page.kind = Kind::PageChange;
    let mut change = sample::change(&["Pro now $12"]);
    change.fields.insert("price".to_owned(), FieldChange { from: Some("$10".into()), to: Some("$12".into()) });
    page.change = Some(change);
    let mut answer = sample::finding("3", "", "A survey's answer, without title and address");
    (answer.url, answer.author) = (None, Some("An & Bình".to_owned()));
    let old = Entry { is_old: true, ..sample::entry(sample::finding("4", "An older page", "From long ago.")) };
    vec![
        item(Entry { evidence, also_in: 6, ..sample::entry(story) }, 40),
        item(sample::entry(page), 30),
        item(Entry { is_revision: true, ..sample::entry(answer) }, 20),
        item(old, 10),
    ]
}

fn hostile() -> Vec<FeedItem> {
    let entry = |(at, text): (usize, &&str)| item(sample::hostile(&at.to_string(), text), at);
    sample::HOSTILE.iter().enumerate().map(entry).collect()
}

/// What the elements of a document hold, by name; panics where it is not well formed.
#[track_caller]
fn texts(document: &str) -> BTreeMap<String, Vec<String>> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut reader = quick_xml::Reader::from_str(document);
    let mut open: Vec<String> = Vec::new();
    loop {
        let (name, text) = match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                texts.entry(name.clone()).or_default().push(String::new());
                open.push(name);
                continue;
            }
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Text(text) => (open.last(), text.to_string()),
            Event::GeneralRef(entity) => {
                let entity = quick_xml::escape::unescape(&format!("&{};", &*entity)).unwrap().into_owned();
                (open.last(), entity)
            }
            _ => continue,
        };
        if let Some(all) = name.and_then(|name| texts.get_mut(name)) {
            all.last_mut().unwrap().push_str(&text);
        }
    }
    let is_illegal = |ch: char| (ch.is_control() && ch != '\n') || matches!(ch, '\u{fffe}' | '\u{ffff}' | '\u{202e}');
    assert!(!document.contains(is_illegal), "{document:?}");
    texts
}

/// The HTML of an item holds paragraphs and marks.
#[track_caller]
fn check_html(html: &str) {
    let mut reader = quick_xml::Reader::from_str(html);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) => {
                assert!(["p", "mark"].contains(&tag.name().as_ref()) && tag.attributes().next().is_none(), "{html}");
            }
            Event::Text(_) | Event::GeneralRef(_) | Event::End(_) => (),
            other => panic!("{other:?} in {html}"),
        }
    }
    assert!(!html.is_empty());
}

fn held(texts: &BTreeMap<String, Vec<String>>, name: &str) -> usize {
    texts.get(name).map_or(0, Vec::len)
}

#[track_caller]
fn check_feed(feed: &Feed, count: usize) {
    let atom = texts(&feed.atom());
    assert_eq!(["entry", "id", "updated"].map(|name| held(&atom, name)), [count, count + 1, count + 1]);
    assert!(atom["title"].iter().chain(&atom["name"]).all(|text| !text.trim().is_empty()));
    atom.get("content").into_iter().flatten().for_each(|html| check_html(html));
    let rss = texts(&feed.rss());
    assert_eq!(["item", "guid", "pubDate"].map(|name| held(&rss, name)), [count; 3]);
    // The first description is that of the feed.
    rss["description"][1..].iter().for_each(|html| check_html(html));
    let json: serde_json::Value = serde_json::from_str(&feed.json()).unwrap();
    assert_eq!(json["items"].as_array().unwrap().len(), count);
    for item in json["items"].as_array().unwrap() {
        check_html(item["content_html"].as_str().unwrap());
    }
    [feed.atom(), feed.rss(), feed.json()].iter().for_each(|document| check_readable(document, count));
    let longest = [feed.atom(), feed.rss(), feed.json()].map(|document| document.len()).into_iter().max().unwrap();
    assert!(longest < 2_000 + 16_000 * count, "{longest} bytes for {count} items");
}

/// Reads `document` as the feeds of sources are read.
#[track_caller]
fn check_readable(document: &str, count: usize) {
    let read = tidings_extract::feed::parse(document, None).unwrap();
    assert_eq!((read.items.len(), read.skipped.len()), (count, 0), "{document}");
    for item in read.items {
        let is_ours = item.key().is_some_and(|key| key.starts_with("urn:tidings:f_"));
        assert!(is_ours && item.published.is_some() && item.title.is_some(), "{item:?}");
    }
}

#[track_caller]
fn check_fixture(name: &str, actual: &str) {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")).join(name);
    if std::env::var_os("TIDINGS_BLESS").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    assert_eq!(actual, std::fs::read_to_string(&path).unwrap_or_default(), "{name}");
}

#[test]
fn each_format_says_the_same() {
    let feed = feed(Language::English, sampled());
    check_feed(&feed, 4);
    check_fixture("feed.en.atom", &feed.atom());
    check_fixture("feed.en.rss", &feed.rss());
    check_fixture("feed.en.json", &feed.json());
}

#[test]
fn a_title_is_no_markup_even_to_a_reader_that_takes_it_for_some() {
    let finding = sample::finding("1", "R&D: <b>x</b> &lt;script&gt; &#60;i> &ltb & &;", "Text.");
    let feed = feed(Language::English, vec![item(sample::entry(finding), 1)]);
    let expected = "R&D: ‹b›x‹/b› ＆lt;script＆gt; ＆#60;i› ＆ltb & &;";
    assert_eq!(texts(&feed.rss())["title"][1], expected);
    assert_eq!(texts(&feed.atom())["title"][1], expected);
}

#[test]
fn a_vietnamese_feed_is_vietnamese() {
    let atom = feed(Language::Vietnamese, sampled()).atom();
    assert!(atom.contains("xml:lang=\"vi\"") && atom.contains("cũng có ở 6 nguồn khác"), "{atom}");
    assert!(atom.contains("Trang cũ, nay mới thấy lần đầu"), "{atom}");
}

#[test]
fn an_empty_feed_is_a_feed() {
    check_feed(&Feed { title: "\u{0}".to_owned(), site_url: None, ..feed(Language::English, Vec::new()) }, 0);
}

#[test]
fn of_a_finding_that_matched_twice_the_latest_stands_first() {
    let entry = sample::entry(sample::plain());
    let revised = Entry { is_revision: true, ..entry.clone() };
    let other = sample::entry(sample::finding("2", "Another", "Text."));
    let feed = feed(Language::English, vec![item(entry, 1), item(other, 5), item(revised, 9)]);
    check_feed(&feed, 2);
    let atom = texts(&feed.atom());
    assert_eq!(atom["updated"][1..], ["2026-11-20T08:09:00Z", "2026-11-20T08:05:00Z"]);
    let id = FindingId::new(&"voz".parse().unwrap(), "plain");
    assert_eq!(atom["id"][1], format!("urn:tidings:{id}"));
    assert!(atom["content"][0].contains("Changed since"), "{atom:?}");
}

#[test]
fn a_flood_is_bounded() {
    let flood: Vec<FeedItem> =
        (0..500).map(|key| item(sample::hostile(&key.to_string(), "\"<&'>\""), key % 60)).collect();
    check_feed(&feed(Language::English, flood), ITEMS_MOST);
}

#[test]
fn hostile_items_are_inert() {
    check_feed(&feed(Language::English, hostile()), sample::HOSTILE.len());
}

/// Writes the feeds into the folder `TIDINGS_WRITE_FEEDS`, for real readers to be tried on.
#[test]
fn feeds_are_written() {
    let Some(folder) = std::env::var_os("TIDINGS_WRITE_FEEDS") else { return };
    for (name, items) in
        [("plain", sampled()), ("hostile", hostile()), ("one", vec![item(sample::entry(sample::plain()), 0)])]
    {
        let feed = feed(Language::Vietnamese, items);
        for (ending, document) in [("atom", feed.atom()), ("rss", feed.rss()), ("json", feed.json())] {
            std::fs::write(Path::new(&folder).join(format!("{name}.{ending}")), document).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_ends_inert(text in any::<String>(), title in any::<String>(), count in 0_usize..4) {
        let items = (0..count).map(|key| item(sample::hostile(&key.to_string(), &text), key)).collect();
        check_feed(&Feed { title, id: text, ..feed(Language::Vietnamese, items) }, count);
    }
}
