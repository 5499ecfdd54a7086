//! Queries made up at random: as trees, as texts of the language, as anything.
//!
//! `TIDINGS_PROPTEST_CASES` sets how many trees, `TIDINGS_FUZZ_SECONDS` how long texts are made.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::{
    KeyField, MAX_DISTANCE, Moment, Node, Pattern, Phrase, Query, Scope, Side, Slot, TimeField, TimeUnit, Use,
    Vocabulary, When, parse,
};

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec!["acme", "giá", "đắt", "c++", "don't", "24/7", "e-mail", "crm,", "Or", "10:30", "giá:", "a.b"])
            .prop_map(str::to_owned),
        "[a-zđ0-9]{1,6}",
    ]
}

fn exact_phrase() -> impl Strategy<Value = Phrase> {
    let middle = prop_oneof![3 => word().prop_map(Slot::Word), 1 => Just(Slot::Any)];
    (word(), proptest::collection::vec(middle, 0..4), word()).prop_map(|(first, middle, last)| Phrase {
        slots: [Slot::Word(first)].into_iter().chain(middle).chain([Slot::Word(last)]).collect(),
        slop: 0,
    })
}

fn near_operand() -> impl Strategy<Value = Pattern> {
    prop_oneof![
        (word(), any::<bool>()).prop_map(|(text, strict)| Pattern::Word { text, strict }),
        "[a-zđ]{2,5}".prop_map(Pattern::Prefix),
        exact_phrase().prop_map(Pattern::Phrase),
    ]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let number = || "[1-9][0-9]{0,3}(\\.[0-9]{2})?";
    prop_oneof![
        4 => near_operand(),
        1 => (exact_phrase(), 0..=MAX_DISTANCE).prop_map(|(phrase, slop)| Pattern::Phrase(Phrase { slop, ..phrase })),
        1 => (near_operand(), near_operand(), 0..=MAX_DISTANCE).prop_map(|(left, right, distance)| {
            Pattern::Near { left: Box::new(left), right: Box::new(right), distance }
        }),
        1 => (number(), proptest::option::of(number())).prop_map(|(from, to)| Pattern::Range { from: Some(from), to }),
        1 => number().prop_map(|to| Pattern::Range { from: None, to: Some(to) }),
    ]
}

fn is() -> impl Strategy<Value = Node> {
    let dimension = |name: &str| KeyField::Dimension(name.parse().unwrap());
    let values = vec![
        (KeyField::Site, "acme.example"),
        (KeyField::Site, "vn"),
        (KeyField::Author, "jane doe"),
        (KeyField::Author, "nguyễn (an)"),
        (KeyField::Author, "-x: y*"),
        (KeyField::Tier, "2"),
        (KeyField::Kind, "page_change"),
        (KeyField::Has, "lead"),
        (KeyField::Lang, "vi"),
        (KeyField::Competitor, "self"),
        (KeyField::Severity, "high"),
        (KeyField::Story, "s_4K2m"),
        (KeyField::Page, "pricing"),
        (KeyField::Mark, "done"),
        (dimension("pain"), "price"),
        (dimension("role"), "buyer"),
    ];
    select(values).prop_map(|(field, value)| Node::Is { field, value: value.to_owned() })
}

fn when() -> impl Strategy<Value = Node> {
    let moment = prop_oneof![
        (1..9_999_u32, select(vec![TimeUnit::Hour, TimeUnit::Day, TimeUnit::Week]))
            .prop_map(|(count, unit)| Moment::Ago { count, unit }),
        (0..2_000_000_000_i64, any::<bool>()).prop_map(|(second, is_day)| {
            let second = if is_day { second - second % 86_400 } else { second };
            Moment::At(tidings_model::Timestamp::from_second(second).unwrap())
        }),
    ];
    let time = select(vec![TimeField::Date, TimeField::Found]);
    (time, select(vec![Side::From, Side::Before]), moment)
        .prop_map(|(time, side, moment)| Node::When(When { time, side, moment }))
}

/// Trees as the parser makes them.
fn node() -> impl Strategy<Value = Node> {
    let scope = select(vec![Scope::Anywhere, Scope::Anywhere, Scope::Title, Scope::Text, Scope::Url]);
    let leaf = prop_oneof![
        5 => (scope, pattern()).prop_map(|(scope, pattern)| Node::Words { scope, pattern }),
        1 => is(),
        1 => when(),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let nodes = proptest::collection::vec(inner.clone(), 2..4);
        let excluded = proptest::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            nodes.clone().prop_map(Node::any),
            (nodes, excluded).prop_map(|(nodes, excluded)| {
                Node::all(nodes.into_iter().chain(excluded.into_iter().map(Node::not)).collect())
            }),
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
        Node::Words { pattern, .. } => pattern_has_shape(pattern),
        Node::Is { field, value } => field.read(value).as_ref() == Ok(value),
        Node::When(_) => true,
    }
}

fn pattern_has_shape(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Word { text, .. } | Pattern::Prefix(text) => !text.is_empty(),
        Pattern::Phrase(Phrase { slots, slop }) => {
            matches!((slots.first(), slots.last()), (Some(Slot::Word(_)), Some(Slot::Word(_)))) && *slop <= MAX_DISTANCE
        }
        Pattern::Near { left, right, distance } => {
            let is_operand = |side: &Pattern| match side {
                Pattern::Word { .. } | Pattern::Prefix(_) => true,
                Pattern::Phrase(phrase) => phrase.slop == 0,
                Pattern::Near { .. } | Pattern::Range { .. } => false,
            };
            is_operand(left) && is_operand(right) && *distance <= MAX_DISTANCE
        }
        Pattern::Range { from, to } => from.is_some() || to.is_some(),
    }
}

fn check_text(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok(query) => {
            let printed = query.to_string();
            prop_assert_eq!(&parse(&printed), &Ok(query.clone()), "{} as {}", text, printed);
            prop_assert!(query.root.as_ref().is_none_or(has_shape), "{:?}", query);
            for usage in [Use::Search, Use::Alert, Use::Competitor, Use::Label, Use::Severity] {
                let placed = Vocabulary::default().parse_for(text, usage);
                prop_assert_eq!(placed.is_ok(), query.check(usage).is_ok(), "{} for {}", text, usage);
                if let Err(error) = query.check(usage) {
                    prop_assert!(usage != Use::Search && !error.part.is_empty());
                }
            }
        }
        Err(error) => {
            prop_assert!(error.offset as usize <= text.chars().count(), "{}: {}", text, error);
            prop_assert!(error.suggestion.is_some() || error.expected == "a word", "{}: {}", text, error);
        }
    }
    Ok(())
}

/// Parts of the language in any order, and anything between.
fn text() -> impl Strategy<Value = String> {
    let sign = select(vec![
        "(",
        ")",
        "\"",
        "|",
        "+",
        "-",
        " ",
        "*",
        "~",
        "..",
        "NEAR/5",
        "AROUND(",
        "OR ",
        "AND ",
        "NOT ",
        ":",
        "intitle:",
        "inurl:",
        "allintitle:",
        "site:",
        "tier:",
        "author:",
        "found:",
        "since:",
        "pain:",
        "7d",
        "2026-10-01",
        "5",
        "acme",
        "đắt",
        "a",
        "\u{301}",
        "“",
        "\u{2212}",
    ]);
    let part = prop_oneof![4 => sign.prop_map(str::to_owned), 1 => "\\PC", 1 => word()];
    proptest::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

fn cases() -> u32 {
    std::env::var("TIDINGS_PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_and_reading_again_is_identity(root in node()) {
        prop_assume!(root.is_positive());
        let query = Query { root: Some(root) };
        let printed = query.to_string();
        match parse(&printed) {
            Ok(read) => prop_assert_eq!(read, query, "{}", printed),
            Err(error) => prop_assert!(error.is_limit(), "{}: {}", printed, error),
        }
    }
}

#[test]
fn any_text_is_read_or_refused() {
    let seconds = std::env::var("TIDINGS_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let end = Instant::now() + seconds.map_or(Duration::from_millis(500), Duration::from_secs);
    // A short run makes the same texts each time.
    let mut runner = if seconds.is_some() { TestRunner::default() } else { TestRunner::deterministic() };
    let text = text();
    while Instant::now() < end {
        let text = text.new_tree(&mut runner).unwrap().current();
        check_text(&text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    }
}
