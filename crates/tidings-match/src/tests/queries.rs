//! Labels by queries: what they see, what they show, and what is refused.

use tidings_model::{Finding, Kind, Label, SeverityRule, Taxonomy};

use super::files::{COMPETITOR, LABEL, read_texts, refuse};
use super::{competitor, finding, label, shown};
use crate::taxonomy_file::content_hash;
use crate::{MAX_EVIDENCE, Tagger, TaxonomyError};

fn asking(dimension: &str, id: &str, phrases: &[&str], query: &str) -> Label {
    Label { query: Some(query.to_owned()), ..label(dimension, id, phrases) }
}

fn tagged(labels: Vec<Label>, mut finding: Finding) -> Finding {
    let taxonomy = Taxonomy {
        competitors: vec![competitor("acme", "Acme", &[], &["acme.com"]), competitor("beta", "Beta", &[], &[])],
        labels,
        ..Taxonomy::default()
    };
    Tagger::new(&taxonomy, 1).unwrap().tag(&mut finding);
    finding
}

/// Evidence of tags alone.
#[track_caller]
fn check(label: Label, finding: Finding, expected: &[&str]) {
    let mut tagged = tagged(vec![label], finding);
    tagged.competitors.clear();
    assert_eq!(shown(&tagged), expected);
}

#[test]
fn a_query_shows_the_words_that_it_asked_for() {
    let outage = || asking("pain", "outage", &[], "(down OR outage) -weekend");
    check(outage(), finding("An outage", "It was down."), &["outage@title[3..9]=outage", "outage@text[7..11]=down"]);
    check(outage(), finding("An outage", "of the weekend"), &[]);
    let price = || asking("pain", "price", &[], "giá NEAR/3 đắt");
    check(price(), finding("", "Giá thì quá đắt."), &["price@text[0..15]=Giá thì quá đắt"]);
}

#[test]
fn a_query_sees_fields_and_competitors() {
    let label = || asking("pain", "price", &[], "tier:1 site:acme.com kind:review (dear OR lang:vi) author:lan");
    let mut review = finding("", "Acme is dear.");
    review.url = Some("https://shop.acme.com/1".parse().unwrap());
    review.site = Some("shop.acme.com".to_owned());
    review.author = Some("Lan".to_owned());
    review.kind = Kind::Review;
    check(
        label(),
        review.clone(),
        &[
            "price@text[0..4]=Acme",
            "price@text[8..12]=dear",
            "price@author[0..3]=Lan",
            "price@url[8..21]=shop.acme.com",
        ],
    );
    check(label(), Finding { kind: Kind::Post, ..review.clone() }, &[]);
    check(label(), Finding { text: "It is dear.".to_owned(), url: None, ..review }, &[]);
}

#[test]
fn phrases_and_query_of_a_label_are_told_as_one() {
    let label = || asking("pain", "price", &["dear", "pay more"], "\"too dear\" OR invoice");
    check(
        label(),
        finding("Invoice", "too dear, so dear"),
        &["price@title[0..7]=Invoice", "price@text[0..8]=too dear", "price@text[13..17]=dear"],
    );
    check(label(), finding("", "pay more"), &["price@text[0..8]=pay more"]);
    // Phrases understand "not"; a query says what it says.
    check(label(), finding("", "not dear, not too dear"), &["price@text[14..22]=too dear"]);
    let many = tagged(vec![label()], finding("", &"invoice, dear. ".repeat(20)));
    assert_eq!(many.tags[0].evidence.len(), MAX_EVIDENCE);
}

#[test]
fn a_label_by_query_is_said_of_those_beside_its_words() {
    let about = |query: &str, text: &str| {
        let tagged = tagged(vec![asking("pain", "price", &[], query)], finding("", text));
        tagged.tags[0].about.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(about("dear", "Acme is great, Beta too dear"), ["beta"]);
    assert_eq!(about("tier:1 dear", "Acme is great, Beta too dear"), ["beta"]);
    assert_eq!(about("acme dear", "Acme is great, Beta too dear"), ["beta"]);
    assert_eq!(about("competitor:acme", "Acme is great, Beta too dear"), ["acme"]);
    assert_eq!(about("dear", "too dear"), [""; 0]);
}

#[test]
fn intents_by_query_are_stages_like_others() {
    let labels = || {
        vec![
            label("intent", "comparing", &["vs"]),
            asking("intent", "switching", &[], "\"moved to\""),
            Label { implied: super::typed(&["my"]), ..asking("intent", "using_competitor", &[], "\"our account\"") },
        ]
    };
    let intents = |text: &str| {
        let tagged = tagged(labels(), finding("", text));
        tagged.tags.iter().map(|tag| tag.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(intents("Acme vs Beta. We moved to Beta."), ["switching"]);
    assert_eq!(intents("our account. Acme vs Beta."), ["using_competitor"]);
    assert_eq!(intents("my app"), ["using_competitor"]);
    assert_eq!(intents("We moved to Beta, my app"), ["switching"]);
}

#[test]
fn severity_sees_labels_by_query() {
    let taxonomy = Taxonomy {
        labels: vec![asking("pain", "price", &[], "dear -not")],
        severity: vec![SeverityRule { level: tidings_model::Severity::High, query: "pain:price".to_owned() }],
        ..Taxonomy::default()
    };
    let mut found = finding("", "dear");
    // What stood there before counts for nothing.
    found.severity = Some(tidings_model::Severity::Low);
    Tagger::new(&taxonomy, 1).unwrap().tag(&mut found);
    assert_eq!(found.severity, Some(tidings_model::Severity::High));
}

#[test]
fn a_query_is_read_from_a_file() {
    let label = |query: &str| format!("{LABEL}query = {query}\n");
    let (_folder, taxonomy) = read_texts(&[&label("'competitor:acme \"too dear\"'"), COMPETITOR]);
    let taxonomy = taxonomy.unwrap();
    assert_eq!(taxonomy.labels[0].query.as_deref(), Some("competitor:acme \"too dear\""));
    assert!(taxonomy.labels[0].phrases.is_empty());
    let mut found = finding("", "Acme is too dear");
    Tagger::new(&taxonomy, 1).unwrap().tag(&mut found);
    assert_eq!(shown(&found), ["acme@text[0..4]=Acme", "price@text[0..4]=Acme", "price@text[8..16]=too dear"]);
    let (_folder, other) = read_texts(&[&label("'\"too dear\"'"), COMPETITOR]);
    assert_ne!(content_hash(&taxonomy), content_hash(&other.unwrap()));
}

#[test]
fn a_query_that_cannot_be_read_is_refused_where_it_is_wrong() {
    let label = |query: &str| format!("{LABEL}query = {query}\n");
    let places = "expected words, fields such as `site:`, competitors, tiers and dates";
    for (query, message) in [
        (
            "'dear (slow'",
            "0.toml:5:15: the parenthesis is never closed at character 5 of the query; expected a closing `)`. \
             Close the parenthesis, or leave it out."
                .to_owned(),
        ),
        // With escapes the place of the string is shown; the offset tells the rest.
        (
            "\"\\u0111\\u1eaft (slow\"",
            "0.toml:5:9: the parenthesis is never closed at character 4 of the query; expected a closing `)`. \
             Close the parenthesis, or leave it out."
                .to_owned(),
        ),
        (
            "'''\nđắt quá\n  pain:price'''",
            format!(
                "0.toml:7:3: `pain:price` cannot stand in the query of a label at character 10 of the query; {places}. \
                 Leave it out: it is decided after this query."
            ),
        ),
        (
            "'dear severity:high'",
            format!(
                "0.toml:5:15: `severity:high` cannot stand in the query of a label at character 5 of the query; {places}. \
                 Leave it out: it is decided after this query."
            ),
        ),
        (
            "'dear story:s_1'",
            format!(
                "0.toml:5:15: `story:s_1` cannot stand in the query of a label at character 5 of the query; {places}. \
                 Leave it out: it is decided after this query."
            ),
        ),
        (
            "'dear since:7d'",
            format!(
                "0.toml:5:15: `since:7d` cannot stand in the query of a label at character 5 of the query; {places}. \
                 Leave it out: it must give the same answer at any time; write a date."
            ),
        ),
        (
            "'dear competitor:acmee'",
            "0.toml:5:26: unknown competitor `acmee` at character 16 of the query; expected `acme`. Did you mean `acme`?"
                .to_owned(),
        ),
        (
            "'dear comptitor:acme'",
            "0.toml:5:15: `comptitor:` is no field at character 5 of the query; \
             expected a field of the query language, or a word. Did you mean `competitor:`? \
             To look for these characters, write them in quotes: \"comptitor:acme\"."
                .to_owned(),
        ),
        (
            "'kind:review (dear OR lang:vi)'",
            "0.toml:5:10: nothing in the text shows why the query is true at character 0 of the query; \
             expected a word, a competitor, a tier, a site or an author that must be there. \
             A tag carries the words that caused it; add some, or ask for these fields in the search itself."
                .to_owned(),
        ),
    ] {
        refuse(&[&label(query), COMPETITOR], &message);
    }
    refuse(&[&label("7")], "0.toml:5:9: an integer; expected a string");
    refuse(&[&label("' '")], "0.toml:5:9: an empty string; expected text");
    refuse(
        &[&format!("{LABEL}qurey = 'x'\n")],
        "0.toml:5:1: unknown key in [[label]] `qurey`; expected `dimension`, `id`, `name`, `phrases`, `query`, \
         `implied`, `beside`, `implied_by`, `yields_to`; did you mean `query`?",
    );
}

#[test]
fn a_taxonomy_that_comes_as_data_is_held_to_the_same_rules() {
    let refused = |label: Label| {
        let taxonomy = Taxonomy { labels: vec![label], ..Taxonomy::default() };
        Tagger::new(&taxonomy, 1).unwrap_err()
    };
    assert_eq!(
        refused(asking("pain", "price", &[], "dear intent:switching")).to_string(),
        "query `dear intent:switching` of label `pain:price` cannot be used: `intent:switching` cannot stand in the query \
         of a label at character 5 of the query; expected words, fields such as `site:`, competitors, tiers and dates. \
         Leave it out: it is decided after this query."
    );
    assert_eq!(refused(label("pain", "price", &[])), TaxonomyError::NoSign { owner: "label `pain:price`".to_owned() });
}
