//! The index against a plain evaluation over tokens: random findings, random queries.

use proptest::prelude::*;
use tidings_model::Finding;
use tidings_query::{Node, Pattern, Phrase, Scope, Slot};
use tidings_text::WordRule;

use crate::archive::{Archive, finding};

const WORDS: &[&str] = &[
    "đắt", "đạt", "dat", "đăt", "quá", "qua", "khách", "khach", "hàng", "hang", "hoà", "hòa", "price", "prices",
    "pricing", "acme", "Acme's", "e-mail", "mail", "24/7", "c++", "café", "cafe",
];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(WORDS).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec((word(), prop::sample::select(&[" ", ", ", "\n"][..])), 0..12)
        .prop_map(|words| words.into_iter().flat_map(|(word, gap)| [word, gap.to_owned()]).collect())
}

fn words(pattern: Pattern) -> Node {
    Node::Words { scope: Scope::Anywhere, pattern }
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        4 => (word(), any::<bool>()).prop_map(|(text, strict)| words(Pattern::Word { text, strict })),
        2 => prop::collection::vec(word(), 1..4).prop_map(|typed| {
            words(Pattern::Phrase(Phrase { slots: typed.into_iter().map(Slot::Word).collect(), slop: 0 }))
        }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let nodes = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            nodes.clone().prop_map(Node::And),
            nodes.prop_map(Node::Or),
            (inner.clone(), inner).prop_map(|(kept, not)| Node::And(vec![kept, Node::Not(Box::new(not))])),
        ]
    })
}

/// Whether `words` stand side by side in one field.
fn has_phrase(finding: &Finding, words: &[String], strict: bool) -> bool {
    let rules: Vec<WordRule> = words.iter().flat_map(|word| WordRule::of(word, strict)).collect();
    Scope::Anywhere.fields(finding).any(|(_, text)| {
        let mut matching: Vec<Vec<bool>> = Vec::new();
        tidings_text::for_each_token(text, |token| {
            matching.push(rules.iter().map(|rule| rule.matches(&token)).collect());
        });
        matching.windows(rules.len()).any(|window| window.iter().enumerate().all(|(at, matches)| matches[at]))
    })
}

fn evaluate(node: &Node, finding: &Finding) -> bool {
    match node {
        Node::And(nodes) => nodes.iter().all(|node| evaluate(node, finding)),
        Node::Or(nodes) => nodes.iter().any(|node| evaluate(node, finding)),
        Node::Not(inner) => !evaluate(inner, finding),
        Node::Words { pattern: Pattern::Word { text, strict }, .. } => {
            has_phrase(finding, std::slice::from_ref(text), *strict)
        }
        Node::Words { pattern: Pattern::Phrase(phrase), .. } => {
            let typed = phrase.slots.iter().map(|slot| match slot {
                Slot::Word(word) => word.clone(),
                Slot::Any => panic!("none was made"),
            });
            has_phrase(finding, &typed.collect::<Vec<_>>(), false)
        }
        other => panic!("none was made: {other}"),
    }
}

fn check(findings: &[Finding], queries: &[Node]) -> Result<(), TestCaseError> {
    let archive = Archive::with(findings.iter().cloned());
    for query in queries {
        // Only what the language can say: the printed tree, read again.
        let Ok(query) = tidings_query::parse(&query.to_string()) else {
            continue;
        };
        let Some(root) = &query.root else {
            continue;
        };
        let mut expected: Vec<String> =
            findings.iter().filter(|finding| evaluate(root, finding)).map(|finding| finding.hints[0].clone()).collect();
        expected.sort();
        let q = query.to_string();
        let answer = archive.search(&[("q", &q), ("limit", "100")]).unwrap();
        if answer.query.relaxed {
            prop_assert!(expected.is_empty(), "{} was relaxed, but matches {:?}", q, expected);
            continue;
        }
        let mut found: Vec<String> = answer.hits.iter().map(|hit| hit.finding.hints[0].clone()).collect();
        found.sort();
        prop_assert_eq!(&found, &expected, "{}", q);
        prop_assert_eq!(answer.total as usize, expected.len());
    }
    Ok(())
}

fn findings() -> impl Strategy<Value = Vec<Finding>> {
    prop::collection::vec((text(), text(), text()), 1..8).prop_map(|texts| {
        let findings = texts.into_iter().enumerate();
        findings
            .map(|(n, (title, author, text))| Finding { title, author: Some(author), ..finding(&n.to_string(), &text) })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("TIDINGS_LONG_TESTS").map_or(12, |_| 2_000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn index_finds_what_the_tokens_say(findings in findings(), queries in prop::collection::vec(node(), 20)) {
        check(&findings, &queries)?;
    }
}
