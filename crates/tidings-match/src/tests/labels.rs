//! Labels: of whom they are said, what takes them back, and when weak signs count.

use tidings_model::{Finding, Kind, Label, Taxonomy, Thread};

use super::{competitor, finding, label, typed};
use crate::{Standing, Tagger, candidates};

fn market() -> Taxonomy {
    let using = Label {
        implied: typed(&["i", "my"]),
        beside: vec!["pain".parse().unwrap(), "competitor".parse().unwrap()],
        yields_to: vec!["comparing".parse().unwrap()],
        ..label("intent", "using_competitor", &["i bought"])
    };
    Taxonomy {
        competitors: vec![
            competitor("acme", "Acme", &[], &["acme.com"]),
            competitor("beta", "Beta", &[], &["beta.com"]),
        ],
        labels: vec![
            label("pain", "price", &["too dear", "expensive", "{much} đắt", "took … weeks"]),
            label("intent", "comparing", &["vs"]),
            label("intent", "switching", &["alternative?", "leaving"]),
            using,
        ],
        lists: [("much".to_owned(), typed(&["quá", "rất"]))].into(),
        ..Taxonomy::default()
    }
}

fn tagged(mut finding: Finding) -> Finding {
    Tagger::new(&market(), 1).unwrap().tag(&mut finding);
    finding
}

/// Every tag as `id(about)`.
fn shown(finding: &Finding) -> String {
    let show = |tag: &tidings_model::Tag| {
        let about: Vec<_> = tag.about.iter().map(|id| id.as_str()).collect();
        format!("{}({})", tag.id, about.join(","))
    };
    finding.tags.iter().map(show).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(shown(&tagged(finding("", text))), expected, "{text}");
}

#[test]
fn a_label_is_said_of_the_competitor_of_its_clause() {
    check("Acme is great, Beta too dear", "price(beta)");
    check("Acme and Beta: both too dear", "price(acme,beta)");
    check("Beta rất đắt so với Acme", "price(beta)");
    check("Acme is fine. Beta too. It took them three weeks.", "price(beta)");
    check("too dear", "price()");
    check("Acme is too dear. Beta is expensive too", "price(acme,beta)");
}

#[test]
fn titles_and_the_address_say_who_is_meant_where_the_text_does_not() {
    assert_eq!(shown(&tagged(finding("Acme", "too dear"))), "price(acme)");
    let mut reply = finding("Re:", "too dear");
    reply.thread = Some(Thread { title: "Beta".to_owned(), ..Thread::default() });
    assert_eq!(shown(&tagged(reply)), "price(beta)");
    let mut page = finding("", "too dear");
    page.url = Some("https://forum.beta.com/1".parse().unwrap());
    assert_eq!(shown(&tagged(page)), "price(beta)");
}

#[test]
fn what_is_taken_back_or_asked_is_no_tag() {
    check("not expensive, never found it expensive", "");
    check("không hề quá đắt", "");
    check("có quá đắt không ạ?", "");
    check("not Acme. Expensive", "price(acme)");
}

#[test]
fn some_phrases_count_in_questions_only() {
    check("Any good alternative?", "switching()");
    check("An alternative.", "");
}

#[test]
fn weak_signs_count_beside_others_in_what_people_write() {
    check("my day", "");
    check("my app, too dear", "price() using_competitor()");
    check("Acme lost my bag", "using_competitor(acme)");
    check("@gama lost my bag", "using_competitor()");
    check("my app is too dear, leaving", "price() switching()");
    let mut article = finding("", "my app, too dear");
    article.kind = Kind::Article;
    assert_eq!(shown(&tagged(article)), "price()");
}

#[test]
fn tags_of_another_dimension_may_be_signs_of_their_own() {
    let mut taxonomy = market();
    taxonomy.labels[3].implied_by = vec!["pain".parse().unwrap()];
    let tagger = Tagger::new(&taxonomy, 1).unwrap();
    let tags = |text: &str, kind: Kind| {
        let mut found = finding("", text);
        found.kind = kind;
        tagger.tag(&mut found);
        shown(&found)
    };
    assert_eq!(tags("Acme: too dear", Kind::Review), "price(acme) using_competitor(acme)");
    assert_eq!(tags("Acme: too dear", Kind::Article), "price(acme)");
    assert_eq!(tags("Acme vs Beta: too dear", Kind::Post), "price(acme,beta) comparing(acme,beta)");
    assert_eq!(tags("Acme", Kind::Post), "");
}

#[test]
fn a_label_goes_back_before_those_that_it_yields_to() {
    check("i bought Acme", "using_competitor(acme)");
    check("i bought Acme. Acme vs Beta", "comparing(acme,beta)");
}

#[test]
fn candidates_are_names_that_the_taxonomy_does_not_know() {
    let found = tagged(finding("Acme vs Trello", "@gama I love my iPhone"));
    let names: Vec<_> =
        candidates(&found).into_iter().map(|one| (one.name, one.standing, one.evidence.start)).collect();
    let expected =
        [("Trello", Standing::Compared, 8), ("gama", Standing::Addressed, 1), ("iPhone", Standing::Used, 16)];
    assert_eq!(names, expected.map(|(name, standing, start)| (name.to_owned(), standing, start)));
}

#[test]
fn hostile_phrases_and_texts_end_at_once() {
    let taxonomy = Taxonomy {
        labels: vec![label("pain", "x", &["a ~9 a ~9 a", "(a|b)? a (a)? ~9 (a|b) (a b|b a)? a", "^(a)? (a)? a"])],
        ..Taxonomy::default()
    };
    let tagger = Tagger::new(&taxonomy, 1).unwrap();
    // Not the clock on the wall, which says nothing on a busy machine.
    let cpu_time = || rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime).tv_sec;
    let begun = cpu_time();
    tagger.tag(&mut finding("", &"a ".repeat(20_000)));
    tagger.tag(&mut finding("", &"không ".repeat(20_000)));
    assert!(cpu_time() - begun < 20);
}
