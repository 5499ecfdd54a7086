//! The tagger against a scan that tries every phrase at every word: no tag is lost, none
//! is made up.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tidings_model::{Label, Phrase, Taxonomy};
use tidings_text::{Spelling, Term, for_each_token, terms};

use super::{competitor, finding};
use crate::{MAX_EVIDENCE, MAX_SPAN, Tagger};

/// A token of the text, kept.
struct Word {
    exact: String,
    folded: String,
    marked: bool,
    start: u32,
    end: u32,
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for_each_token(text, |token| {
        words.push(Word {
            exact: token.exact.to_owned(),
            folded: token.folded.to_owned(),
            marked: token.marked,
            start: token.start,
            end: token.end,
        });
    });
    words
}

/// The rule of the contract, word by word.
fn is_word(term: &Term, word: &Word, is_name: bool) -> bool {
    match &term.spelling {
        Spelling::Unmarked if is_name => word.exact == term.exact,
        Spelling::Unmarked => !word.marked && word.folded == term.folded,
        Spelling::Marked { exact, unmarked } => exact.contains(&word.exact) || word.exact == *unmarked,
    }
}

/// Where a phrase stands, by trying every word.
fn spans(phrase: &str, words: &[Word], is_name: bool) -> Vec<(u32, u32)> {
    let terms = terms(phrase);
    let stands = |window: &&[Word]| window.iter().zip(&terms).all(|(word, term)| is_word(term, word, is_name));
    let span = |window: &[Word]| (window[0].start, window[window.len() - 1].end);
    words.windows(terms.len()).filter(stands).map(span).filter(|(start, end)| end - start <= MAX_SPAN).collect()
}

/// The evidence of one tag: what lies in no other, the first so many.
fn outermost(spans: &BTreeSet<(u32, u32)>) -> Vec<(u32, u32)> {
    let is_inside = |&&(start, end): &&(u32, u32)| {
        spans.iter().any(|&(other_start, other_end)| {
            (other_start, other_end) != (start, end) && other_start <= start && end <= other_end
        })
    };
    spans.iter().filter(|span| !is_inside(span)).copied().take(MAX_EVIDENCE).collect()
}

const VOCABULARY: &[&str] = &[
    "price",
    "prices",
    "pricing",
    "increase",
    "increased",
    "too",
    "high",
    "don't",
    "dont",
    "dear",
    "e-mail",
    "c++",
    "1.290.000",
    "1290000",
    "dat",
    "đắt",
    "đạt",
    "đất",
    "đăt",
    "đat",
    "qua",
    "quá",
    "quà",
    "hoà",
    "hòa",
    "hoa",
    "ban",
    "bán",
    "bạn",
    "khong",
    "không",
    "ko",
    "hàng",
    "hang",
    "giao",
    "chậm",
    "cham",
    "châm",
    "Acme",
    "acme's",
];

const BETWEEN: &[&str] = &[" ", " ", " ", ", ", "! ", " 😀 ", "-", "\n"];

fn phrase() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(VOCABULARY), 1..4).prop_map(|words| words.join(" "))
}

fn text() -> impl Strategy<Value = String> {
    let word = (proptest::sample::select(VOCABULARY), proptest::sample::select(BETWEEN), any::<bool>());
    proptest::collection::vec(word, 0..40).prop_map(|words| {
        let write = |(word, between, upper): (&str, &str, bool)| {
            if upper { format!("{}{between}", word.to_uppercase()) } else { format!("{word}{between}") }
        };
        words.into_iter().map(write).collect()
    })
}

fn labels() -> impl Strategy<Value = Vec<Vec<String>>> {
    proptest::collection::vec(proptest::collection::vec(phrase(), 1..6), 1..6)
}

fn taxonomy(labels: &[Vec<String>], names: &[String]) -> Taxonomy {
    let label = |(at, phrases): (usize, &Vec<String>)| Label {
        dimension: "pain".parse().unwrap(),
        id: format!("label-{at}").parse().unwrap(),
        name: "x".to_owned(),
        phrases: phrases.iter().cloned().map(Phrase).collect(),
    };
    let competitors = names.iter().enumerate().map(|(at, name)| competitor(&format!("c-{at}"), name, &[], &[]));
    Taxonomy { own: None, competitors: competitors.collect(), labels: labels.iter().enumerate().map(label).collect() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tags_are_those_of_a_scan_that_tries_everything(
        text in text(),
        labels in labels(),
        names in proptest::collection::vec(phrase(), 0..4),
    ) {
        let mut found = finding("", &text);
        Tagger::new(&taxonomy(&labels, &names), 1).unwrap().tag(&mut found);
        let words = words(&text);
        let mut expected = Vec::new();
        for (at, name) in names.iter().enumerate() {
            expected.push((format!("c-{at}"), outermost(&spans(name, &words, true).into_iter().collect())));
        }
        for (at, phrases) in labels.iter().enumerate() {
            let all = phrases.iter().flat_map(|phrase| spans(phrase, &words, false)).collect();
            expected.push((format!("label-{at}"), outermost(&all)));
        }
        expected.retain(|(_, spans)| !spans.is_empty());
        let competitors = found.competitors.iter().map(|tag| (tag.id.to_string(), &tag.evidence));
        let tags = found.tags.iter().map(|tag| (tag.id.to_string(), &tag.evidence));
        let actual: Vec<_> = competitors
            .chain(tags)
            .map(|(id, evidence)| (id, evidence.iter().map(|one| (one.start, one.end)).collect::<Vec<_>>()))
            .collect();
        prop_assert_eq!(actual, expected);
        let scalars: Vec<char> = text.chars().collect();
        for one in found.tags.iter().flat_map(|tag| &tag.evidence) {
            prop_assert_eq!(&one.quote, &scalars[one.start as usize..one.end as usize].iter().collect::<String>());
        }
    }

    #[test]
    fn words_of_a_query_are_words_of_the_analyser(text in "\\PC{1,6}") {
        // A query refuses what the analyser finds no word in, and nothing else.
        if let Ok(query) = tidings_query::parse(&format!("\"{text}\"")) {
            prop_assert!(!terms(&query.to_string()).is_empty(), "{:?}", query);
        }
    }
}

/// More in the long run: `TIDINGS_PROPTEST_CASES=100000`.
fn cases() -> u32 {
    std::env::var("TIDINGS_PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_000)
}
