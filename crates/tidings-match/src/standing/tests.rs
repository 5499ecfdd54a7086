//! Standing queries over single findings. That they agree with the index is shown in `tidings-engine`.

use proptest::prelude::*;
use tidings_model::{Field, Finding};
use tidings_query::parse;

use super::*;

fn finding(title: &str, text: &str) -> Finding {
    serde_json::from_value(serde_json::json!({
        "id": "f_aaaaaaaaaaaaaaaaaaaaaaaaaa", "source": "voz", "plugin": "xenforo", "kind": "post", "site": "forum.example.com",
        "url": "https://forum.example.com/gia-ca/acme-review", "title": title, "text": text, "author": "Lan Anh", "lang": "vi",
        "published": "2026-11-20T08:00:00Z", "found": "2026-11-21T08:00:00Z", "revision": 1, "severity": "high",
        "competitors": [{"id": "acme", "name": "Acme", "tier": 1, "evidence": []}],
        "tags": [{"dimension": "pain", "id": "price", "about": ["acme"], "evidence": []}],
        "thread": {"id": "9", "title": "Which CRM is best"}, "taxonomy_version": 1,
    }))
    .unwrap()
}

/// The texts of what makes `query` true of a finding; `None` where it is not true.
fn quotes(query: &str, title: &str, text: &str) -> Option<Vec<String>> {
    let mut standing = StandingQueries::default();
    let id = standing.add(&parse(query).unwrap());
    let (finding, mut scratch, mut matches) = (finding(title, text), Scratch::default(), Vec::new());
    standing.matches(&finding, &mut scratch, &mut matches);
    let is_true = matches == [id];
    is_true.then(|| {
        standing.evidence(id, &finding, &scratch).into_iter().map(|evidence| evidence.quote.to_string()).collect()
    })
}

#[track_caller]
fn check(query: &str, text: &str, expected: Option<&[&str]>) {
    let found = quotes(query, "Acme or Beta", text);
    let expected: Option<Vec<String>> = expected.map(|quotes| quotes.iter().map(ToString::to_string).collect());
    assert_eq!(found, expected, "{query} in {text}");
}

#[test]
fn words_are_found_as_a_search_finds_them() {
    check("price", "The prices rise.", Some(&["prices"]));
    check("+price", "The prices rise.", None);
    check("dat", "Giá đắt quá, dat that", Some(&["đắt", "dat"]));
    check("đắt", "giá đạt chuẩn", None);
    check("đắt", "dat qua", Some(&["dat"]));
    check("best crm", "Prices rise.", Some(&["CRM", "best"]));
}

#[test]
fn phrases_stand_in_order_within_one_field() {
    check("\"too dear\"", "It is too dear.", Some(&["too dear"]));
    check("\"too dear\"", "It is dear, too.", None);
    check("\"beta which\"", "", None);
    check("\"how * pay\"", "how we pay", Some(&["how we pay"]));
    check("\"how * pay\"", "how pay", None);
    check("\"seat price\"~2", "the seat has a price", Some(&["seat has a price"]));
    check("\"seat price\"~1", "the seat has a price", None);
}

#[test]
fn near_words_stand_in_any_order() {
    check("price NEAR/2 acme", "Acme raised its price", Some(&["Acme raised its price"]));
    check("price NEAR/1 acme", "Acme raised its price", None);
    check("price NEAR/3 price", "One price", None);
}

#[test]
fn prefixes_and_numbers_are_found() {
    check("pric*", "The pricing is high.", Some(&["pricing"]));
    check("100..200", "It costs $129 now, was 90", Some(&["129"]));
    check("1200000..1300000", "giá 1.290.000₫", Some(&["1.290.000"]));
    check("200..300", "It costs $129 now.", None);
}

#[test]
fn fields_bind_where_words_stand() {
    check("intitle:beta", "", Some(&["Beta"]));
    check("intitle:price", "A price.", None);
    check("intext:acme", "No name.", None);
    check("inurl:review", "", Some(&["review"]));
    check("review", "", None);
    check("site:example.com author:\"lan anh\" kind:post", "", Some(&["forum.example.com", "Lan Anh"]));
    check("price (site:example.com OR lang:vi) -tier:2", "The price.", Some(&["price", "forum.example.com"]));
    check("price (site:example.org OR lang:vi)", "The price.", Some(&["price"]));
    check("site:example.org", "", None);
    check("tier:1 pain:price about:acme severity:high", "", Some(&[]));
    check("after:2026-11-20 before:2026-11-21", "", Some(&[]));
    check("since:1h", "", None);
    check("found:1h", "", Some(&[]));
}

#[test]
fn exclusions_and_alternatives_are_kept_apart() {
    check("price -rise", "The prices rise.", None);
    check("price -fall", "The prices rise.", Some(&["prices"]));
    check("(price OR seat) acme", "A seat.", Some(&["Acme", "seat"]));
    check("-price acme", "A seat.", Some(&["Acme"]));
}

#[test]
fn evidence_lies_in_its_field() {
    let mut standing = StandingQueries::default();
    let id = standing.add(&parse("đắt").unwrap());
    let (finding, mut scratch, mut matches) = (finding("Giá đắt", "quá đắt"), Scratch::default(), Vec::new());
    standing.matches(&finding, &mut scratch, &mut matches);
    let evidence = standing.evidence(id, &finding, &scratch);
    let places: Vec<_> = evidence.iter().map(|found| (found.field.clone(), found.start, found.end)).collect();
    assert_eq!(places, [(Field::Title, 4, 7), (Field::Text, 4, 7)]);
}

#[test]
fn facts_are_shown_by_the_words_of_what_was_tagged() {
    let evidence = |field, start: u32, quote: &str| Evidence {
        field,
        start,
        end: start + quote.chars().count() as u32,
        quote: quote.into(),
    };
    let mut finding = finding("Acme", "Acme is dear");
    let named = evidence(Field::Title, 0, "Acme");
    finding.competitors[0].evidence = [named.clone()].into();
    let dear = evidence(Field::Text, 8, "dear");
    finding.tags[0].evidence = [dear.clone()].into();
    for (query, expected) in [
        ("tier:1", vec![named.clone()]),
        ("competitor:acme pain:price", vec![named.clone(), dear.clone()]),
        ("(tier:2 OR about:acme) dear", vec![dear.clone()]),
        ("intitle:acme tier:1", vec![named]),
    ] {
        let (mut standing, mut scratch, mut matches) = (StandingQueries::default(), Scratch::default(), Vec::new());
        let id = standing.add(&parse(query).unwrap());
        standing.matches(&finding, &mut scratch, &mut matches);
        assert_eq!(matches, [id], "{query}");
        assert_eq!(standing.evidence(id, &finding, &scratch), expected, "{query}");
    }
}

#[test]
fn queries_come_and_go_while_findings_are_read() {
    let mut standing = StandingQueries::default();
    let (finding, mut scratch, mut matches) = (finding("", "Acme is dear"), Scratch::default(), Vec::new());
    let dear = standing.add(&parse("dear").unwrap());
    standing.matches(&finding, &mut scratch, &mut matches);
    assert_eq!(matches, [dear]);
    let acme = standing.add(&parse("acme dear").unwrap());
    assert!(standing.remove(dear) && !standing.remove(dear));
    standing.matches(&finding, &mut scratch, &mut matches);
    assert_eq!(matches, [acme]);
    let every = standing.add(&parse("").unwrap());
    assert_eq!(every, dear, "the number of a removed query is given again");
    standing.matches(&finding, &mut scratch, &mut matches);
    matches.sort_unstable();
    assert_eq!((matches.as_slice(), standing.len()), ([dear, acme].as_slice(), 2));
}

const WORDS: [&str; 8] = ["acme", "price", "prices", "đắt", "dat", "đạt", "12", "seat"];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&WORDS[..]), 0..12).prop_map(|words| words.join(" "))
}

fn query() -> impl Strategy<Value = String> {
    let word = || prop::sample::select(&WORDS[..]);
    let leaf = prop_oneof![
        word().prop_map(str::to_owned),
        (word(), word()).prop_map(|(one, two)| format!("\"{one} {two}\"")),
        (word(), word()).prop_map(|(one, two)| format!("{one} NEAR/1 {two}")),
        word().prop_map(|word| format!("intitle:{word}")),
        Just("pri*".to_owned()),
        Just("10..20".to_owned()),
        Just("tier:1".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            (inner.clone(), inner).prop_map(|(one, other)| format!("({one} -({other}))")),
        ]
    })
}

proptest! {
    #[test]
    fn no_query_is_lost_by_what_it_waits_for(
        queries in prop::collection::vec(query(), 1..20),
        texts in prop::collection::vec((text(), text()), 1..4),
        removed in any::<prop::sample::Index>(),
    ) {
        let mut standing = StandingQueries::default();
        let ids: Vec<QueryId> =
            queries.iter().filter_map(|query| parse(query).ok()).map(|query| standing.add(&query)).collect();
        if !ids.is_empty() {
            standing.remove(ids[removed.index(ids.len())]);
        }
        let (mut scratch, mut matches) = (Scratch::default(), Vec::new());
        for (title, text) in texts {
            standing.matches(&finding(&title, &text), &mut scratch, &mut matches);
            matches.sort_unstable();
            let is_true = |query: &Asked| query.expr.as_ref().is_none_or(|expr| expr.is_true(&scratch.reading));
            let all = (0..standing.queries.len()).filter(|id| standing.queries[*id].as_ref().is_some_and(is_true));
            prop_assert_eq!(&matches, &all.map(|id| id as QueryId).collect::<Vec<_>>());
            // Choosing again changes no answer.
            standing.next_look = 0;
            scratch.findings = FIRST_LOOK;
            standing.learn(&mut scratch);
        }
    }
}
