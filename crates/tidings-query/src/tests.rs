//! The language by its public surface: what is read, what is refused, and how it prints.

use std::time::{Duration, Instant};

use crate::{MAX_CHARS, MAX_DEPTH, MAX_WORDS, Node, Pattern, Problem, Query, Scope, parse};
use proptest::prelude::*;

#[track_caller]
fn check(query: &str, canonical: &str) {
    let parsed = parse(query).unwrap();
    assert_eq!(parsed.to_string(), canonical);
    assert_eq!(parse(canonical).unwrap(), parsed);
}

#[track_caller]
fn refuse(query: &str, offset: u32, problem: &str) {
    let error = parse(query).unwrap_err();
    assert_eq!((error.offset, error.problem.to_string().as_str()), (offset, problem), "{query}");
    assert!(!error.expected.is_empty());
    assert!(error.suggestion.is_some(), "{query}: {error} has no suggestion");
}

#[test]
fn words_must_all_be_there() {
    check("  acme   crm ", "acme crm");
    check("acme AND crm", "acme crm");
    check("(acme (crm))", "acme crm");
    check("", "");
    assert_eq!(parse(" \n").unwrap(), Query { root: None });
}

#[test]
fn or_binds_tighter_as_in_google() {
    check("acme slow OR late", "acme (slow OR late)");
    check("slow|late || dear", "slow OR late OR dear");
    check("(acme slow) OR late", "(acme slow) OR late");
    check("a OR (b OR c)", "a OR b OR c");
}

#[test]
fn minus_and_not_exclude() {
    check("acme -free", "acme -free");
    check("acme NOT free", "acme -free");
    check("acme −free –\"open source\"", "acme -free -\"open source\"");
    check("acme -(free OR trial)", "acme -(free OR trial)");
    check("acme NOT NOT crm", "acme crm");
    check("acme --crm", "acme crm");
    check("acme (-a -b)", "acme -a -b");
}

#[test]
fn phrases_stand_in_quotes_of_any_kind() {
    check("\"too  expensive\"", "\"too expensive\"");
    check("“quá đắt”", "\"quá đắt\"");
    check("acme\"too dear\"", "acme \"too dear\"");
    check("\"a & b\"", "\"a b\"");
    check("\"OR\" \"x:y\"", "\"OR\" \"x:y\"");
}

#[test]
fn plus_is_strict() {
    check("+bán hàng", "+bán hàng");
    check("+OR", "+OR");
    let query = parse("+bán").unwrap();
    assert_eq!(
        query.root,
        Some(Node::Words { scope: Scope::Anywhere, pattern: Pattern::Word { text: "bán".to_owned(), strict: true } })
    );
}

#[test]
fn signs_inside_words_stay() {
    check(
        "c++ c# .net 24/7 don't e-mail 1.290.000 AT&T 10:30 giá:",
        "c++ c# .net 24/7 don't e-mail 1.290.000 AT&T 10:30 giá:",
    );
    check("or not and near", "or not and near");
}

#[test]
fn broken_queries_are_refused_with_their_place() {
    refuse("giá \"đắt", 4, "the quotes are never closed");
    refuse("a \"\"", 2, "there is no word between the quotes");
    refuse("a (b", 2, "the parenthesis is never closed");
    refuse("a (", 2, "the parenthesis is never closed");
    refuse("a b)", 3, "there is no open parenthesis");
    refuse("a ()", 2, "there is nothing between the parentheses");
    refuse("a OR", 4, "`OR` lacks an operand");
    refuse("OR a", 0, "`OR` lacks an operand");
    refuse("a AND OR b", 6, "`AND` lacks an operand");
    refuse("a NOT", 5, "`NOT` lacks an operand");
    refuse("a - b", 2, "`-` lacks an operand");
    refuse("a + b", 2, "`+` lacks an operand");
    refuse("a & b", 2, "`&` has neither letter nor digit");
    refuse("a -(", 3, "the parenthesis is never closed");
}

#[test]
fn nothing_but_negations_is_refused() {
    refuse("-a", 0, "there is nothing but negations");
    refuse("-a -b", 0, "there is nothing but negations");
    refuse("a OR -b", 5, "there is nothing but negations");
    refuse("a (b OR (-c -d))", 8, "there is nothing but negations");
    refuse("a -(-b -c)", 3, "there is nothing but negations");
}

#[test]
fn what_is_not_read_yet_says_what_to_use() {
    refuse("site:acme.com crm", 0, "`site:` in a query is not supported yet");
    refuse("giá pain:price", 4, "`pain:` in a query is not supported yet");
    refuse("-site:acme.com", 1, "`site:` in a query is not supported yet");
    refuse("a NEAR/5 b", 2, "`NEAR` is not supported yet");
    refuse("a AROUND(5) b", 2, "`AROUND` is not supported yet");
    refuse("pref*", 4, "`*` is not supported yet");
    refuse("\"how * pay\"", 5, "`*` in a phrase is not supported yet");
    refuse("\"a b\"~5", 5, "a loose phrase (`~`) is not supported yet");
    refuse("price 100..200", 9, "a range of numbers (`..`) is not supported yet");
    refuse("+\"a b\"", 0, "`+\"` is not supported yet");
    let error = parse("after:2026-01-01").unwrap_err();
    assert!(error.is_limit());
    assert_eq!(error.suggestion.unwrap(), "Use the filter `from` beside the query.");
}

#[test]
fn unknown_fields_are_refused_with_the_nearest() {
    refuse("https://acme.com/x", 0, "`https:` is no field");
    let error = parse("comptitor:acme").unwrap_err();
    assert_eq!(error.problem, Problem::UnknownField { field: "comptitor".to_owned() });
    assert!(error.suggestion.unwrap().contains("`competitor:`"));
}

#[test]
fn bounds_are_said() {
    refuse(&"a ".repeat(MAX_CHARS), MAX_CHARS as u32, "the query is longer than 10000 characters");
    refuse(&"a ".repeat(MAX_WORDS + 1), 2 * MAX_WORDS as u32, "more than 1000 words");
    refuse(
        &format!("{}a{}", "(".repeat(MAX_DEPTH + 1), ")".repeat(MAX_DEPTH + 1)),
        MAX_DEPTH as u32,
        "more than 50 parentheses inside each other",
    );
    check(&format!("{}a{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH)), "a");
    check(&"(a) ".repeat(MAX_WORDS), "a ".repeat(MAX_WORDS).trim_end());
}

#[test]
fn hostile_queries_end_at_once() {
    let queries = [
        "(".repeat(10_000),
        "a OR ".repeat(50_000),
        "-".repeat(9_999),
        "\"".repeat(9_999),
        "NOT ".repeat(2_499),
        "a|".repeat(5_000),
    ];
    for query in queries {
        let begun = Instant::now();
        assert!(parse(&query).is_err());
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "acme", "giá", "đắt", "quá", "c++", "don't", "24/7", "e-mail", "crm,", "Or", "a'b"
        ])
        .prop_map(str::to_owned),
        "[a-zđ0-9]{1,6}",
    ]
}

fn node() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => word(),
        1 => word().prop_map(|word| format!("+{word}")),
        1 => proptest::collection::vec(word(), 1..4).prop_map(|words| format!("\"{}\"", words.join(" "))),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|nodes| nodes.join(" ")),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|nodes| nodes.join(" OR ")),
            inner.clone().prop_map(|node| format!("({node})")),
            inner.clone().prop_map(|node| format!("x -{node}")),
            inner.prop_map(|node| format!("NOT ({node}) y")),
        ]
    })
}

fn has_shape(node: &Node) -> bool {
    match node {
        Node::And(nodes) => {
            2 <= nodes.len() && nodes.iter().all(|node| !matches!(node, Node::And(_)) && has_shape(node))
        }
        Node::Or(nodes) => {
            2 <= nodes.len() && nodes.iter().all(|node| !matches!(node, Node::Or(_) | Node::Not(_)) && has_shape(node))
        }
        Node::Not(node) => !matches!(**node, Node::Not(_)) && has_shape(node),
        Node::Words { pattern: Pattern::Word { text, .. }, .. } => !text.is_empty(),
        Node::Words { pattern: Pattern::Phrase(phrase), .. } => !phrase.slots.is_empty(),
        Node::Words { .. } | Node::Is { .. } | Node::When(_) => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_and_reading_again_is_identity(text in node()) {
        if let Ok(query) = parse(&text) {
            let printed = query.to_string();
            prop_assert_eq!(parse(&printed), Ok(query.clone()), "{}", printed);
            prop_assert!(query.root.as_ref().is_none_or(has_shape));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(\\PC|[()\"|+ -]|OR |AND |NOT ){0,40}") {
        match parse(&text) {
            Ok(query) => prop_assert_eq!(parse(&query.to_string()), Ok(query)),
            Err(error) => prop_assert!(error.offset as usize <= text.chars().count()),
        }
    }
}
