//! What is found, how it is counted and shown.

use std::time::Duration;

use tidings_model::{Engagement, Finding, Kind, Severity};

use crate::archive::{Archive, competitor, dated, finding, in_thread, tag, titled};

#[track_caller]
fn check(archive: &Archive, q: &str, expected: &[&str]) {
    let mut found = archive.keys(&[("q", q), ("limit", "100")]);
    found.sort();
    assert_eq!(found, expected, "{q}");
}

#[test]
fn missing_marks_are_open_and_those_there_bind() {
    let archive = Archive::with([
        finding("marked", "Dịch vụ khách hàng ở đây đắt quá"),
        finding("unmarked", "dich vu khach hang dat qua"),
        finding("other", "anh ấy đạt quá nhiều giải"),
        finding("old", "tiền hoà vốn"),
    ]);
    check(&archive, "khach hang", &["marked", "unmarked"]);
    check(&archive, "khách hàng", &["marked", "unmarked"]);
    check(&archive, "đắt quá", &["marked", "unmarked"]);
    check(&archive, "\"đắt quá\"", &["marked", "unmarked"]);
    check(&archive, "\"dat quá\"", &["marked", "other", "unmarked"]);
    check(&archive, "đăt", &["marked", "unmarked"]);
    check(&archive, "đạt", &["other", "unmarked"]);
    check(&archive, "+dat", &["unmarked"]);
    check(&archive, "hòa", &["old"]);
}

#[test]
fn marked_spelling_ranks_above_the_unmarked_one() {
    let archive = Archive::with([finding("unmarked", "gia dat qua"), finding("marked", "giá đắt quá")]);
    assert_eq!(archive.keys(&[("q", "đắt")]), ["marked", "unmarked"]);
}

#[test]
fn english_words_match_their_inflections_but_strict_ones() {
    let archive = Archive::with([finding("one", "the price is high"), finding("many", "Prices are high")]);
    check(&archive, "PRICING", &["many", "one"]);
    check(&archive, "+price", &["one"]);
    check(&archive, "\"prices high\" | \"price is high\"", &["one"]);
}

#[test]
fn words_are_looked_for_in_every_searched_field() {
    let archive = Archive::with([
        titled("title", "Acme raises prices", "nothing more"),
        in_thread("thread", "Acme or Beta", "I agree"),
        Finding { author: Some("Acme Support".to_owned()), ..finding("author", "hello") },
        finding("text", "acme"),
    ]);
    check(&archive, "acme", &["author", "text", "thread", "title"]);
    check(&archive, "acme nothing", &["title"]);
    check(&archive, "\"prices nothing\"", &[]);
    check(&archive, "\"support hello\"", &[]);
}

#[test]
fn negations_and_alternatives_combine() {
    let archive = Archive::with([
        finding("a", "acme slow"),
        finding("b", "acme late"),
        finding("c", "acme fine"),
        finding("d", "beta slow"),
    ]);
    check(&archive, "acme (slow | late)", &["a", "b"]);
    check(&archive, "acme -slow", &["b", "c"]);
    check(&archive, "slow -acme", &["d"]);
    check(&archive, "\"acme slow\" OR beta", &["a", "d"]);
}

#[test]
fn words_stand_where_they_are_asked_for() {
    let archive = Archive::with([
        titled("title", "Acme pricing", "they raised it again"),
        titled("text", "Weekly notes", "acme pricing went up"),
        in_thread("thread", "Acme pricing", "I agree"),
        Finding {
            url: Some("https://acme.example/pricing-plans?ref=2".parse().unwrap()),
            ..titled("url", "Plans", "see there")
        },
    ]);
    check(&archive, "intitle:acme", &["title"]);
    check(&archive, "intitle:\"acme pricing\"", &["title"]);
    check(&archive, "intext:acme", &["text"]);
    check(&archive, "intext:\"pricing went\"", &["text"]);
    check(&archive, "intext:(acme OR agree)", &["text", "thread"]);
    check(&archive, "acme -intitle:acme", &["text", "thread"]);
    check(&archive, "inurl:pricing", &["url"]);
    check(&archive, "inurl:acme.example/pricing", &["url"]);
    check(&archive, "inurl:pric* -inurl:careers", &["url"]);
    check(&archive, "allintitle:acme pricing", &["title"]);
}

#[test]
fn phrases_may_be_open_or_loose() {
    let archive = Archive::with([
        finding("side by side", "how pay"),
        finding("one between", "how they pay"),
        finding("three between", "how in the world pay"),
        finding("other order", "pay how"),
    ]);
    check(&archive, "\"how pay\"", &["side by side"]);
    check(&archive, "\"how * pay\"", &["one between"]);
    check(&archive, "\"how pay\"~1", &["one between", "side by side"]);
    check(&archive, "\"how pay\"~3", &["one between", "side by side", "three between"]);
    check(&archive, "how NEAR/1 pay", &["one between", "other order", "side by side"]);
    check(&archive, "\"in the\" NEAR/1 pay", &["three between"]);
    check(&archive, "how AROUND(0) (pay OR they)", &["one between", "other order", "side by side"]);
}

#[test]
fn one_word_is_not_near_itself() {
    let archive = Archive::with([finding("once", "acme"), finding("twice", "acme and acme")]);
    check(&archive, "acme NEAR/3 acme", &["twice"]);
}

#[test]
fn prefixes_and_numbers_are_looked_up() {
    let archive = Archive::with([
        finding("pricing", "Pricing is 1.290.000₫"),
        finding("khách", "khách trả 99,50 €"),
        finding("khach", "khach tra $150"),
    ]);
    check(&archive, "pric*", &["pricing"]);
    check(&archive, "khac*", &["khach", "khách"]);
    check(&archive, "khác*", &["khach", "khách"]);
    check(&archive, "khạc*", &["khach"]);
    check(&archive, "$100..$200", &["khach"]);
    check(&archive, "..100", &["khách"]);
    check(&archive, "1.000.000..", &["pricing"]);
}

#[test]
fn fields_of_a_query_are_those_of_the_filters() {
    let archive = market();
    check(&archive, "tier:1", &["a"]);
    check(&archive, "tier:(1 OR 2) -site:acme.example", &["b"]);
    check(&archive, "competitor:beta pain:price", &["a", "b"]);
    check(&archive, "pain:(price support)", &["b"]);
    check(&archive, "author:\"Jane Doe\" OR lang:vi", &["a", "b"]);
    check(&archive, "has:lead", &["a"]);
    check(&archive, "severity:(high OR critical) kind:post source:feed plugin:feed about:beta", &["a"]);
    let answer = archive.search(&[("q", "tier:1")]).unwrap();
    assert_eq!(answer.hits[0].score, 0.0);
    let error = archive.search(&[("q", "mark:done")]).unwrap_err();
    assert_eq!((error.is_callers_fault(), error.param()), (true, Some("q")), "{error}");
}

#[test]
fn page_changes_are_found_by_their_page() {
    let change = serde_json::from_value(serde_json::json!({"page": "pricing", "added": ["$12"]})).unwrap();
    let changed = Finding { kind: Kind::PageChange, change: Some(change), ..finding("a", "$12") };
    let archive = Archive::with([changed, finding("b", "$12")]);
    check(&archive, "has:change", &["a"]);
    check(&archive, "page:pricing 12", &["a"]);
    check(&archive, "12 -has:change", &["b"]);
}

#[test]
fn times_of_a_query_are_dates_or_first_sights() {
    let archive = Archive::new();
    let hours = |hours| archive.clock.advance(jiff::SignedDuration::from_hours(hours));
    hours(1 - 52 * 24);
    archive.add([dated("october", "x", "2026-10-01T00:00:00Z")]);
    hours(50 * 24 - 1);
    archive.add([dated("new", "x", "2026-11-20T00:00:00Z")]);
    hours(36);
    archive.add([dated("old", "x", "2026-09-30T23:59:59Z")]);
    hours(12);
    check(&archive, "after:2026-10-01 before:2026-11-01", &["october"]);
    check(&archive, "since:7d", &["new"]);
    check(&archive, "before:7d", &["october", "old"]);
    check(&archive, "found:12h", &["old"]);
    check(&archive, "found:2026-10-01..2026-11-21", &["new", "october"]);
    check(&archive, "x after:2026-11-20T00:00:00Z", &["new"]);
    check(&archive, "x after:2026-11-20T00:00:01Z", &[]);
}

#[test]
fn pages_of_a_relative_time_begin_where_the_first_did() {
    let archive = Archive::with([
        dated("a", "x", "2026-11-21T03:00:00Z"),
        dated("b", "x", "2026-11-21T02:00:00Z"),
        dated("c", "x", "2026-11-21T01:00:00Z"),
    ]);
    let params = [("q", "since:1d"), ("limit", "2")];
    let next = archive.search(&params).unwrap().next.unwrap();
    archive.clock.advance(jiff::SignedDuration::from_hours(3));
    assert_eq!(archive.keys(&[("q", "since:1d"), ("limit", "2"), ("cursor", &next)]), ["c"]);
    assert_eq!(archive.keys(&params), ["a"]);
}

#[test]
fn words_alone_are_optional_under_any() {
    let archive =
        Archive::with([titled("a", "acme", "slow"), titled("b", "beta", "slow"), titled("c", "acme", "fine")]);
    let any = |q: &str| {
        let mut keys = archive.keys(&[("q", q), ("match", "any")]);
        keys.sort();
        keys
    };
    assert_eq!(any("intitle:acme slow"), ["a", "c"]);
    assert_eq!(any("slo* fine"), ["a", "b", "c"]);
    assert_eq!(any("(acme NEAR/9 slow) fine"), [] as [&str; 0]);
    assert_eq!(any("kind:post late"), ["a", "b", "c"]);
}

#[test]
fn a_prefix_of_too_many_words_is_refused_with_the_bound() {
    let words: String = (0..20_001).map(|n| format!("ab{n} ")).collect();
    let archive = Archive::with([finding("a", &words)]);
    let error = archive.search(&[("q", "ab*")]).unwrap_err();
    assert!(error.is_callers_fault());
    assert_eq!(error.to_string(), "more than 20000 different words match `ab*` and what stands before it");
    assert!(error.hint().is_some());
    check(&archive, "ab1234*", &["a"]);
    // The bound is for all of a query.
    assert!(archive.search(&[("q", "ab1* ab10*")]).is_ok());
    assert!(archive.search(&[("q", "ab1* ab1* ab2*")]).is_err());
}

#[test]
fn hostile_queries_are_answered_or_refused_in_time() {
    let text: String = "a b c d ".repeat(5_000);
    let archive = Archive::with([finding("a", &text)]);
    let queries = [
        "a ".repeat(1_000),
        "a OR ".repeat(999) + "b",
        "\"a b c d\"~50 ".repeat(200),
        "a NEAR/50 b ".repeat(100),
        format!("\"{}\"", "a b c d ".repeat(250)),
        format!("intext:(a{})", " OR b".repeat(500)),
        "a -(b -(c -(d)))".to_owned(),
        format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000)),
        "a OR ".repeat(50_000),
    ];
    for query in queries {
        let begun = cpu_time();
        if let Err(error) = archive.search(&[("q", &query), ("highlight", "true")]) {
            assert!(error.is_callers_fault(), "{error}");
        }
        let took = cpu_time() - begun;
        assert!(took < Duration::from_secs(10), "{took:?} for {}…", query.chars().take(30).collect::<String>());
    }
}

/// What this thread has worked: on a busy machine the clock on the wall says nothing.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("time since the thread began is not negative")
}

#[test]
fn nothing_but_negations_is_refused() {
    let error = Archive::new().search(&[("q", "-acme")]).unwrap_err();
    assert!(error.is_callers_fault());
    assert_eq!(error.param(), Some("q"));
}

#[test]
fn all_gives_way_to_any_only_when_it_finds_nothing() {
    let archive = Archive::with([finding("a", "acme slow"), finding("b", "acme fine"), finding("c", "beta late")]);
    let relaxed = |q: &str, mode: &str| {
        let answer = archive.search(&[("q", q), ("match", mode)]).unwrap();
        (answer.query.relaxed, answer.total)
    };
    assert_eq!(relaxed("acme slow", "all"), (false, 1));
    assert_eq!(relaxed("slow late", "all"), (true, 2));
    assert_eq!(relaxed("slow late", "any"), (false, 2));
    assert_eq!(relaxed("acme slow", "any"), (false, 2));
    // What is quoted, strict or excluded binds all the same.
    assert_eq!(relaxed("\"beta late\" slow", "any"), (false, 1));
    assert_eq!(relaxed("+acme late -fine", "any"), (false, 1));
    assert_eq!(relaxed("slow late -acme", "any"), (false, 1));
    assert_eq!(relaxed("nowhere", "all"), (false, 0));
}

fn market() -> Archive {
    Archive::with([
        Finding {
            site: Some("shop.acme.example".to_owned()),
            lang: Some("en".parse().unwrap()),
            author: Some("Jane Doe".to_owned()),
            severity: Some(Severity::High),
            competitors: vec![competitor("acme", 1), competitor("beta", 1)],
            tags: vec![tag("pain", "price", &["beta"]), tag("intent", "switching", &[])],
            ..dated("a", "acme", "2026-11-20T08:00:00Z")
        },
        Finding {
            site: Some("forum.example".to_owned()),
            lang: Some("vi".parse().unwrap()),
            kind: Kind::Comment,
            competitors: vec![competitor("beta", 2)],
            tags: vec![tag("pain", "price", &[]), tag("pain", "support", &[])],
            ..dated("b", "beta", "2026-11-19T23:59:59Z")
        },
        dated("c", "gamma", "2026-10-01T00:00:00Z"),
    ])
}

#[track_caller]
fn check_filter(archive: &Archive, params: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(archive.keys(params), expected, "{params:?}");
}

#[test]
fn filters_are_or_inside_and_and_between() {
    let archive = market();
    check_filter(&archive, &[("competitor", "acme")], &["a"]);
    check_filter(&archive, &[("competitor", "acme"), ("competitor", "beta")], &["a", "b"]);
    check_filter(&archive, &[("competitor", "beta"), ("tier", "2")], &["b"]);
    check_filter(&archive, &[("pain", "price")], &["a", "b"]);
    check_filter(&archive, &[("pain", "price"), ("intent", "switching")], &["a"]);
    check_filter(&archive, &[("about", "beta")], &["a"]);
    check_filter(&archive, &[("kind", "comment")], &["b"]);
    check_filter(&archive, &[("lang", "vi"), ("lang", "en")], &["a", "b"]);
    check_filter(&archive, &[("author", "jane doe")], &["a"]);
    check_filter(&archive, &[("severity", "high")], &["a"]);
    check_filter(&archive, &[("source", "feed"), ("plugin", "feed")], &["a", "b", "c"]);
    check_filter(&archive, &[("source", "other")], &[]);
    check_filter(&archive, &[("q", "beta"), ("pain", "support")], &["b"]);
}

#[test]
fn site_covers_its_subdomains() {
    let archive = market();
    check_filter(&archive, &[("site", "acme.example")], &["a"]);
    check_filter(&archive, &[("site", "www.shop.acme.example")], &["a"]);
    check_filter(&archive, &[("site", "example")], &["a", "b"]);
    check_filter(&archive, &[("site", "cme.example")], &[]);
}

#[test]
fn dates_are_bounded_by_whole_days() {
    let archive = market();
    check_filter(&archive, &[("from", "2026-11-20")], &["a"]);
    check_filter(&archive, &[("from", "2026-11-19"), ("to", "2026-11-19")], &["b"]);
    check_filter(&archive, &[("to", "2026-11-19T23:59:59Z")], &["c"]);
    check_filter(&archive, &[("from", "2026-11-20T08:00:00Z")], &["a"]);
}

#[test]
fn date_in_the_future_counts_as_found() {
    let archive =
        Archive::with([dated("future", "x", "2030-01-01T00:00:00Z"), dated("past", "x", "2026-11-21T00:00:00Z")]);
    assert_eq!(archive.keys(&[("to", "2026-11-23")]), ["future", "past"]);
}

#[test]
fn orders_are_those_asked_for() {
    let engaged = |key, date, score| Finding {
        engagement: Some(Engagement { score: Some(score), ..Engagement::default() }),
        ..dated(key, "acme", date)
    };
    let archive = Archive::with([
        engaged("b", "2026-01-02T00:00:00Z", 1),
        engaged("a", "2026-01-01T00:00:00Z", 5),
        engaged("c", "2026-01-03T00:00:00Z", -3),
    ]);
    assert_eq!(archive.keys(&[]), ["c", "b", "a"]);
    assert_eq!(archive.keys(&[("q", "acme"), ("sort", "newest")]), ["c", "b", "a"]);
    assert_eq!(archive.keys(&[("sort", "oldest")]), ["a", "b", "c"]);
    assert_eq!(archive.keys(&[("sort", "engagement")]), ["a", "b", "c"]);
}

#[test]
fn title_counts_for_more() {
    let archive =
        Archive::with([titled("text", "About the weather", "outage"), titled("title", "Outage", "about the weather")]);
    assert_eq!(archive.keys(&[("q", "outage")]), ["title", "text"]);
}

#[test]
fn facets_and_timeline_count_all_that_matches() {
    let archive = market();
    let params =
        [("facets", "tier,competitor,pain,site,lang,about"), ("facets", "kind"), ("timeline", "month"), ("limit", "1")];
    let answer = archive.search(&params).unwrap();
    assert_eq!((answer.total, answer.hits.len()), (3, 1));
    let facets = serde_json::to_value(&answer.facets).unwrap();
    let count = |value: &str, count: u64| serde_json::json!({"value": value, "count": count});
    assert_eq!(
        facets,
        serde_json::json!({
            "tier": [count("1", 1), count("2", 1)],
            "competitor": [count("beta", 2), count("acme", 1)],
            "pain": [count("price", 2), count("support", 1)],
            "site": [count("forum.example", 1), count("shop.acme.example", 1)],
            "lang": [count("en", 1), count("vi", 1)],
            "about": [count("beta", 1)],
            "kind": [count("post", 2), count("comment", 1)],
        })
    );
    let timeline = serde_json::to_value(&answer.timeline).unwrap();
    assert_eq!(
        timeline,
        serde_json::json!([{"from": "2026-10-01T00:00:00Z", "count": 1}, {"from": "2026-11-01T00:00:00Z", "count": 2}])
    );
}

#[test]
fn answer_has_the_shape_of_the_contract() {
    let archive = Archive::with([titled("a", "Giá <cao>", "dịch vụ đắt quá")]);
    let answer = archive.search(&[("q", "dat  qua"), ("highlight", "true")]).unwrap();
    let mut json = serde_json::to_value(&answer).unwrap();
    json["took_ms"] = 0.into();
    assert!(0.0 < json["hits"][0]["score"].as_f64().unwrap());
    json["hits"][0]["score"] = 1.into();
    let hit = &json["hits"][0];
    assert_eq!(hit["title"], "Giá <cao>");
    assert_eq!(hit["title_html"], "Giá &lt;cao&gt;");
    assert_eq!(hit["snippet"], "dịch vụ <mark>đắt</mark> <mark>quá</mark>");
    json["hits"] = 1.into();
    assert_eq!(
        json,
        serde_json::json!({
            "query": {"q": "dat  qua", "canonical": "dat qua", "match": "all", "relaxed": false},
            "total": 1, "took_ms": 0, "hits": 1,
        })
    );
}

#[test]
fn without_highlight_nothing_is_marked() {
    let archive = Archive::with([finding("a", "acme & co")]);
    let answer = archive.search(&[("q", "acme")]).unwrap();
    assert_eq!(answer.hits[0].snippet, "acme &amp; co");
    assert_eq!(answer.hits[0].title_html, None);
}

#[test]
fn separator_in_a_text_parts_no_phrase() {
    let archive = Archive::with([finding("a", "acme\u{1e}corp")]);
    check(&archive, "\"acme corp\"", &["a"]);
}
