//! Feeds as the web serves them, each written for the rule it shows.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use proptest::prelude::*;
use tidings_extract::feed::{self, Feed, FeedError, Format, Item, Repair, SkipReason};
use url::Url;

const RSS: &str = include_str!("fixtures/wordpress.rss");
const ATOM: &str = include_str!("fixtures/blog.atom");
const RDF: &str = include_str!("fixtures/portal.rdf");
const JSON: &str = include_str!("fixtures/microblog.json");

fn base() -> Url {
    Url::parse("https://acme.example/blog/feed").expect("the address is well-formed")
}

#[track_caller]
fn read(source: &str) -> Feed {
    feed::parse(source, Some(&base())).expect("the source is a feed")
}

/// The items of an RSS channel with this inside.
#[track_caller]
fn items(inside: &str) -> Vec<Item> {
    read(&format!("<rss version='2.0'><channel>{inside}</channel></rss>")).items
}

/// The one item of an RSS channel.
#[track_caller]
fn item(inside: &str) -> Item {
    let mut items = items(&format!("<item>{inside}</item>"));
    assert_eq!(items.len(), 1, "{inside}");
    items.remove(0)
}

/// The one entry of an Atom feed.
#[track_caller]
fn entry(inside: &str) -> Item {
    let source = format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry>{inside}</entry></feed>");
    let mut items = read(&source).items;
    assert_eq!(items.len(), 1, "{inside}");
    items.remove(0)
}

fn time(text: &str) -> Option<Timestamp> {
    Some(text.parse().expect("the expected time is well-formed"))
}

#[test]
fn a_wordpress_feed_is_read_whole() {
    let feed = read(RSS);
    assert_eq!(feed.format, Format::Rss20);
    assert_eq!(feed.title.as_deref(), Some("Chợ Tốt & Rẻ"));
    assert_eq!(feed.link.as_deref(), Some("https://cho.example"));
    assert_eq!(feed.lang.as_deref(), Some("vi"));
    assert_eq!(feed.next.as_deref(), Some("https://cho.example/feed?paged=2"));
    assert!(feed.repairs.is_empty(), "{:?}", feed.repairs);
    let [first, second] = feed.items.as_slice() else { panic!("{} items", feed.items.len()) };
    let expected = Item {
        id: Some("https://cho.example/?p=42".to_owned()),
        title: Some("Giá gạo tăng “chóng mặt”".to_owned()),
        link: Some("https://cho.example/gia-gao".to_owned()),
        published: time("2026-11-20T01:30:00Z"),
        author: Some("Lan Nguyễn".to_owned()),
        summary: Some("Giá gạo tăng 12 % trong tuần […]".to_owned()),
        content: Some("Giá gạo tăng 12 % trong tuần.\n\nNgười bán nói:\n\nđắt quá\nhết hàng".to_owned()),
        categories: vec!["Thị trường".to_owned(), "Gạo & nếp".to_owned()],
        comments: Some("https://cho.example/gia-gao#comments".to_owned()),
        replies: Some(7),
        ..Item::default()
    };
    assert_eq!(*first, expected);
    assert_eq!(second.key(), Some("cho-41"));
    assert_eq!(second.link.as_deref(), Some("https://cho.example/cu-phap"));
}

#[test]
fn an_atom_feed_is_read_whole() {
    let feed = read(ATOM);
    assert_eq!(feed.format, Format::Atom10);
    assert_eq!(feed.title.as_deref(), Some("Acme <status>"));
    assert_eq!(feed.link.as_deref(), Some("https://status.acme.example/en/"));
    assert_eq!(feed.next.as_deref(), Some("https://status.acme.example/en/atom?page=2"));
    assert_eq!(feed.lang.as_deref(), Some("en-GB"));
    let [first, second] = feed.items.as_slice() else { panic!("{} items", feed.items.len()) };
    let expected = Item {
        id: Some("tag:acme.example,2026:1".to_owned()),
        title: Some("Outage over".to_owned()),
        link: Some("https://status.acme.example/en/2026/outage".to_owned()),
        published: time("2026-11-19T08:00:00Z"),
        updated: time("2026-11-20T06:30:15Z"),
        author: Some("Ann, Ben".to_owned()),
        summary: Some("All is well.".to_owned()),
        content: Some("It took 5 < 6 hours.\n\n1\n2".to_owned()),
        categories: vec!["Incidents".to_owned()],
        comments: Some("https://status.acme.example/en/2026/outage#talk".to_owned()),
        replies: Some(3),
        ..Item::default()
    };
    assert_eq!(*first, expected);
    assert_eq!(second.author.as_deref(), Some("Acme Ops"));
    assert_eq!(second.title.as_deref(), Some("Copied from elsewhere"));
    assert_eq!(second.lang.as_deref(), Some("de"));
}

#[test]
fn an_rdf_feed_is_read_whole() {
    let feed = read(RDF);
    assert_eq!(feed.format, Format::Rss10);
    assert_eq!(feed.title.as_deref(), Some("Portal"));
    let [item] = feed.items.as_slice() else { panic!("{} items", feed.items.len()) };
    assert_eq!(item.id.as_deref(), Some("https://portal.example/1"));
    assert_eq!(item.title.as_deref(), Some("First"));
    assert_eq!(item.published, time("2026-11-20T08:00:00Z"));
    assert_eq!(item.author.as_deref(), Some("Kim"));
    assert_eq!(item.categories, ["tools"]);
}

#[test]
fn a_json_feed_is_read_whole() {
    let feed = read(JSON);
    assert_eq!(feed.format, Format::Json11);
    assert_eq!(feed.next.as_deref(), Some("https://micro.example/feed.json?page=2"));
    let [first, second] = feed.items.as_slice() else { panic!("{} items", feed.items.len()) };
    assert_eq!(first.id.as_deref(), Some("17"));
    assert_eq!(first.link.as_deref(), Some("https://acme.example/17"));
    assert_eq!(first.content.as_deref(), Some("One\ntwo\n\nthree"));
    assert_eq!(first.author.as_deref(), Some("Lan"));
    assert_eq!(first.published, time("2026-11-20T01:00:00Z"));
    assert_eq!(first.categories, ["a", "b"]);
    assert_eq!(second.content.as_deref(), Some("Fish & chips"));
    assert_eq!(second.author.as_deref(), Some("The editors"));
    let skipped: Vec<_> = feed.skipped.iter().map(|skipped| (skipped.position, skipped.reason)).collect();
    assert_eq!(skipped, [(2, SkipReason::NotAnObject), (3, SkipReason::Empty)]);
}

#[test]
fn every_version_tells_its_format() {
    let check = |source: &str, format| assert_eq!(read(source).format, format, "{source}");
    check("<rss version='0.91'/>", Format::Rss091);
    check("<rss version='0.92'/>", Format::Rss092);
    check("<rss/>", Format::Rss);
    check("<RSS VERSION='2.0.1'/>", Format::Rss20);
    check("<rdf:RDF xmlns='http://my.netscape.com/rdf/simple/0.9/'/>", Format::Rss090);
    check("<feed version='0.3' xmlns='http://purl.org/atom/ns#'/>", Format::Atom03);
    check("<feed/>", Format::Atom);
    check("<a:feed xmlns:a='http://www.w3.org/2005/Atom'/>", Format::Atom10);
    check("<CHANNEL HREF='/x'/>", Format::Cdf);
    check("{\"version\": \"https://jsonfeed.org/version/1\", \"items\": []}", Format::Json1);
    check("{\"items\": []}", Format::Json);
}

#[test]
fn cdf_says_its_facts_in_attributes() {
    let feed = read(
        "<CHANNEL HREF='https://old.example/'><TITLE>Old</TITLE>
         <ITEM HREF='a.html' LASTMOD='1998-11-22T08:00'><TITLE>A</TITLE><ABSTRACT>About A</ABSTRACT></ITEM></CHANNEL>",
    );
    assert_eq!(feed.link.as_deref(), Some("https://old.example/"));
    assert_eq!(feed.items[0].link.as_deref(), Some("https://acme.example/blog/a.html"));
    assert_eq!(feed.items[0].updated, time("1998-11-22T08:00:00Z"));
    assert_eq!(feed.items[0].summary.as_deref(), Some("About A"));
}

#[test]
fn broken_text_is_mended_and_told() {
    let feed = read(
        "<rss><channel><item><title>AT&T&nbsp;wins</title><link>https://x.example/?a=1&b=2</link></item></channel></rss>",
    );
    assert_eq!(feed.items[0].title.as_deref(), Some("AT&T wins"));
    assert_eq!(feed.items[0].link.as_deref(), Some("https://x.example/?a=1&b=2"));
    assert_eq!(feed.repairs.to_string(), "bare `&`, undeclared entity");
    assert_eq!(item("<title>a\u{0}\u{8}b\u{1b}</title>").title.as_deref(), Some("ab"));
    assert_eq!(item("<title>1 < 2</title><link>/a</link>").title.as_deref(), Some("1 < 2"));
}

#[test]
fn undeclared_prefixes_mean_what_they_usually_do() {
    let feed = read(
        "<rss><channel><item><dc:creator>Lan</dc:creator><content:encoded>x</content:encoded></item></channel></rss>",
    );
    assert_eq!(feed.items[0].author.as_deref(), Some("Lan"));
    assert_eq!(feed.items[0].content.as_deref(), Some("x"));
    assert!(feed.repairs.contains(Repair::UndeclaredPrefix));
}

#[test]
fn declared_prefixes_may_be_any() {
    let feed = read(
        "<rss xmlns:q='http://purl.org/dc/elements/1.1/' xmlns:dc='http://nobody.example/'>
         <channel><item><q:creator>Lan</q:creator><title>t</title></item></channel></rss>",
    );
    assert_eq!(feed.items[0].author.as_deref(), Some("Lan"));
}

#[test]
fn a_namespace_ends_with_its_element() {
    let feed = read(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><group xmlns='http://search.yahoo.com/mrss/'>
         <title>Media</title></group><title>Own</title></entry></feed>",
    );
    assert_eq!(feed.items[0].title.as_deref(), Some("Own"));
}

#[test]
fn junk_before_the_document_is_passed_over() {
    for junk in ["\u{feff}\n  ", "Warning: x in /y.php\n", "<br />\n<b>Warning</b>: x<br />\n", "\u{0}"] {
        let source = format!("{junk}<?xml version='1.0'?><rss><channel><item><title>A</title></item></channel></rss>");
        assert_eq!(read(&source).items.len(), 1, "{junk:?}");
    }
}

#[test]
fn what_is_no_feed_says_what_it_is() {
    let check = |source: &str, expected: &str| {
        let error = feed::parse(source, None).unwrap_err();
        assert_eq!(error.to_string(), expected, "{source}");
        error
    };
    check(" \n", "the document is empty");
    assert!(check("<!doctype HTML><p>x", "this is an HTML page, not a feed").is_html());
    assert!(check("<html><link rel=alternate></html>", "this is an HTML page, not a feed").is_html());
    assert!(check("<div><p>x", "this is an HTML page, not a feed").is_html());
    check("{\"a\": 1}", "this is JSON without `items`, not a JSON Feed");
    check("[1, 2]", "this is JSON without `items`, not a JSON Feed");
    check("<opml/>", "this is no feed: expected `rss`, `feed`, `rdf:RDF` or JSON, found `<opml>`");
    check("hello", "this is no feed: expected `rss`, `feed`, `rdf:RDF` or JSON, found text without markup");
    assert!(matches!(feed::parse("{\"a\":", None), Err(FeedError::Json { .. })));
}

#[test]
fn an_item_with_nothing_to_read_is_skipped_with_its_place() {
    let feed = read(
        "<rss><channel><item><title>A</title></item><item/><item><guid isPermaLink='false'>7</guid></item></channel></rss>",
    );
    assert_eq!(feed.items.len(), 1);
    let skipped: Vec<_> = feed.skipped.iter().map(|skipped| (skipped.position, skipped.item.key())).collect();
    assert_eq!(skipped, [(1, None), (2, Some("7"))]);
    assert_eq!(feed.skipped[0].reason.to_string(), "it has neither a title nor a text nor a link");
}

#[test]
fn unclosed_elements_spoil_only_themselves() {
    let titles = |inside: &str| -> Vec<String> { items(inside).into_iter().filter_map(|item| item.title).collect() };
    assert_eq!(titles("<item><title>A</title><item><title>B</title></item>"), ["A", "B"]);
    assert_eq!(titles("<item><title>A</title><description>x</item><item><title>B</title></item>"), ["A", "B"]);
    assert_eq!(titles("<item><link>/a<title>A</title></item><item><title>B</title></item>"), ["A", "B"]);
    assert_eq!(titles("<item><image><title>A</title></item><item><title>B</title></item>"), ["B"]);
    assert_eq!(titles("</p></item><item><title>A</title></b></item></item><item><title>B</title></item>"), ["A", "B"]);
}

#[test]
fn the_link_is_the_page_of_the_item() {
    assert_eq!(item("<link>/a</link><guid>https://x.example/b</guid>").link.as_deref(), Some("https://acme.example/a"));
    assert_eq!(item("<guid>https://x.example/b</guid>").link.as_deref(), Some("https://x.example/b"));
    assert_eq!(item("<title>t</title><guid isPermaLink='false'>b</guid>").link, None);
    assert_eq!(item("<link/><guid>b</guid>").link.as_deref(), Some("https://acme.example/blog/b"));
    let links = "<link rel='self' href='/s'/><link rel='alternate' type='application/json' href='/j'/>
                 <link type='text/html' href='/h'/><link rel='enclosure' href='/e'/>";
    assert_eq!(entry(links).link.as_deref(), Some("https://acme.example/h"));
    assert_eq!(
        entry("<link rel='alternate' type='image/png' href='/p'/>").link.as_deref(),
        Some("https://acme.example/p")
    );
    let urn = entry("<id>urn:uuid:1</id>");
    assert_eq!((urn.link.as_deref(), urn.url()), (Some("urn:uuid:1"), None));
    assert_eq!(
        item("<link><![CDATA[ https://x.example/?a&amp;b ]]></link>").link.as_deref(),
        Some("https://x.example/?a&b")
    );
    let redirected =
        item("<link>https://fb.example/~1</link><feedburner:origLink>https://x.example/1</feedburner:origLink>");
    assert_eq!(redirected.original_link.as_deref(), Some("https://x.example/1"));
}

#[test]
fn the_base_follows_xml_base() {
    let feed = read(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://other.example/x/'>
         <entry xml:base='y/'><link href='1'/></entry><entry><link href='2' xml:base='/z/'/></entry><entry><link href='3'/></entry></feed>",
    );
    let links: Vec<_> = feed.items.iter().filter_map(|item| item.link.as_deref()).collect();
    assert_eq!(links, ["https://other.example/x/y/1", "https://other.example/z/2", "https://other.example/x/3"]);
}

#[test]
fn dates_of_every_module_find_their_place() {
    let check = |inside: &str, published: Option<&str>, updated: Option<&str>| {
        let item = item(&format!("<title>t</title>{inside}"));
        assert_eq!(item.published, published.and_then(time), "{inside}");
        assert_eq!(item.updated, updated.and_then(time), "{inside}");
    };
    check("<pubDate>Fri, 20 Nov 2026 08:00:00 +0700</pubDate>", Some("2026-11-20T01:00:00Z"), None);
    check("<dc:date>2026-11-20</dc:date>", Some("2026-11-20T00:00:00Z"), None);
    check("<dc:date>2026-11-20</dc:date><pubDate>19 Nov 2026</pubDate>", Some("2026-11-19T00:00:00Z"), None);
    check("<dcterms:modified>2026-11-20</dcterms:modified>", None, Some("2026-11-20T00:00:00Z"));
    check("<atom:updated>2026-11-20T00:00:00Z</atom:updated>", None, Some("2026-11-20T00:00:00Z"));
    check("", None, None);
    let feed = read("<rss><channel><item><title>t</title><pubDate>soon</pubDate></item></channel></rss>");
    assert!(feed.repairs.contains(Repair::UnreadableDate));
    let feed = read(
        "<rss><channel><language>vi</language><item><title>t</title><pubDate>03/04/2026</pubDate></item></channel></rss>",
    );
    assert_eq!(feed.items[0].published, time("2026-04-03T00:00:00Z"));
}

#[test]
fn media_and_podcasts_lend_their_words() {
    let video = "<title>Own</title><media:group><media:title>Media</media:title><media:description>Line 1\n\nLine 2</media:description>
                 <media:content url='x'><media:keywords>a, b</media:keywords></media:content></media:group>";
    let item = entry(video);
    assert_eq!(item.title.as_deref(), Some("Own"));
    assert_eq!(item.summary.as_deref(), Some("Line 1\n\nLine 2"));
    assert_eq!(item.categories, ["a", "b"]);
    let episode = self::item(
        "<itunes:title>E1</itunes:title><itunes:summary>Long words</itunes:summary><itunes:author>Lan</itunes:author>",
    );
    assert_eq!(episode.title.as_deref(), Some("E1"));
    assert_eq!(episode.summary.as_deref(), Some("Long words"));
    assert_eq!(episode.author.as_deref(), Some("Lan"));
}

#[test]
fn entities_of_the_document_are_never_expanded() {
    let mut laughs = String::from("<!DOCTYPE rss [<!ENTITY a0 'ha'>");
    for level in 1..40 {
        laughs.push_str(&format!("<!ENTITY a{level} '{}'>", format!("&a{};", level - 1).repeat(10)));
    }
    laughs.push_str("]><rss><channel><item><title>&a39;</title></item></channel></rss>");
    assert_eq!(read(&laughs).items[0].title.as_deref(), Some("&a39;"));
}

#[test]
fn deep_nesting_is_passed_over() {
    let deep = format!("<rss><channel>{}<item><title>A</title></item></channel></rss>", "<x>".repeat(100_000));
    let feed = read(&deep);
    assert_eq!(feed.items.len(), 1);
    assert!(feed.repairs.contains(Repair::TooDeep));
}

#[test]
fn items_are_bounded_and_it_is_said() {
    let feed = read(&format!("<rss><channel>{}", "<item><title>A</title></item>".repeat(feed::MAX_ITEMS + 5)));
    assert_eq!(feed.items.len(), feed::MAX_ITEMS);
    assert_eq!(feed.repairs.iter().collect::<Vec<_>>(), [Repair::TooManyItems]);
}

#[test]
fn json_faults_are_mended() {
    let feed = read("{\"items\": [{\"id\": 1, \"content_text\": \"a\nb\"}, {\"id\": 2.5, \"title\": \"x\"}, {\"id\":");
    assert_eq!(feed.items.iter().filter_map(Item::key).collect::<Vec<_>>(), ["1", "2.5"]);
    assert_eq!(feed.repairs.to_string(), "truncated, control characters");
    let nested = format!("{{\"items\": [{{\"id\": 1, \"title\": \"t\"}}, {}", "[".repeat(200_000));
    assert_eq!(read(&nested).items.len(), 1);
}

/// What ends each item in the source; before it is there, the item may be partial.
fn check_cuts(source: &str, end: &str) {
    let whole = read(source).items;
    let ends: Vec<usize> = source.match_indices(end).map(|(at, _)| at + end.len()).collect();
    for cut in (0..source.len()).filter(|cut| source.is_char_boundary(*cut)) {
        let complete = ends.iter().filter(|end| **end <= cut).count();
        match feed::parse(&source[..cut], Some(&base())) {
            Ok(feed) => {
                let kept = complete.min(whole.len());
                let read: Vec<_> = feed.items.iter().take(kept).map(|item| &item.id).collect();
                assert_eq!(read, whole.iter().take(kept).map(|item| &item.id).collect::<Vec<_>>(), "cut at {cut}");
            }
            Err(error) => assert_eq!(complete, 0, "cut at {cut}: {error}"),
        }
    }
}

#[test]
fn a_cut_at_any_byte_keeps_the_items_before_it() {
    check_cuts(RSS, "</item>");
    check_cuts(ATOM, "</entry>");
    check_cuts(RDF, "</item>");
    check_cuts(JSON, "}, {");
}

#[test]
fn a_cut_feed_keeps_what_stands_of_its_last_item() {
    let feed = read("<rss><channel><item><title>A</title><description><![CDATA[<p>half of the te");
    assert_eq!(feed.items[0].summary.as_deref(), Some("half of the te"));
    assert!(feed.repairs.contains(Repair::Truncated));
}

#[test]
fn hostile_sources_take_linear_time() {
    // The long run is 2 MB a source, where quadratic work takes hours.
    let size = if std::env::var_os("TIDINGS_LONG_TESTS").is_some() { 2 << 20 } else { 48 << 10 };
    let limit = Duration::from_secs(20);
    let head = "<rss><channel><item><title>A</title><description>";
    for piece in [
        "<",
        "<a",
        "<a ",
        "<a b=\"",
        "<a b='\"",
        "<!--",
        "<![CDATA[",
        "<?",
        "&",
        "&#",
        "&amp",
        "</",
        "</a",
        "<a>",
        "</a>",
        "<title>",
        "<item>",
        "<description>",
        "<a x=1 ",
        "<!DOCTYPE [",
        "<script>",
        "\u{e000}",
        "<x:y>",
        "<pre>",
        "]]>",
        "<x xmlns:a='b'>",
    ] {
        for start in ["", "<rss><channel>", "<rss><channel><item>", head, "<feed><entry><content type='xhtml'>"] {
            let source = format!("{start}{}", piece.repeat(size / piece.len()));
            let begun = Instant::now();
            let escaped = format!("{head}{}</description>", source.replace('<', "&lt;"));
            feed::parse(&source, Some(&base())).ok();
            feed::parse(&escaped, Some(&base())).ok();
            tidings_extract::html::plain_text(&source);
            tidings_extract::html::too_deep(&source, 512);
            tidings_extract::html::feed_links(&source, &base());
            assert!(begun.elapsed() < limit, "{piece:?} after {start:?} took {:?}", begun.elapsed());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,200}", soup in "[<>/!?a-e:='\" &;#\\[\\]-]{0,300}") {
        for source in [text.clone(), format!("<rss>{soup}"), format!("<feed><entry>{soup}"), format!("{{\"items\":[{text}")] {
            feed::parse(&source, Some(&base())).ok();
            tidings_extract::html::plain_text(&source);
            tidings_extract::html::too_deep(&source, 8);
            tidings_extract::html::feed_links(&source, &base());
        }
    }

    #[test]
    fn spoiled_feeds_are_read_without_panic(at in 0_usize..4000, piece in "[<>/!&\"'\\]a]{1,4}") {
        for source in [RSS, ATOM, RDF, JSON] {
            let mut at = at % source.len();
            while !source.is_char_boundary(at) {
                at -= 1;
            }
            let spoiled = format!("{}{piece}{}", &source[..at], &source[at..]);
            feed::parse(&spoiled, None).ok();
        }
    }

    #[test]
    fn any_texts_come_back_from_a_feed(titles in prop::collection::vec("[\\PC&&[^\u{200b}\u{feff}]]{1,40}", 1..8)) {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let entries: String = titles.iter().map(|title| format!("<entry><title>{}</title><id>x</id></entry>", escape(title))).collect();
        let feed = read(&format!("<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>"));
        let read: Vec<String> = feed.items.iter().map(|item| item.title.clone().unwrap_or_default()).collect();
        let expected: Vec<String> = titles.iter().map(|title| title.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        prop_assert_eq!(read, expected);
    }
}
