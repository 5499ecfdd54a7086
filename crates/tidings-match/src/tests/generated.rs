//! Taxonomy files made up at random: read or refused with a place, and what is read can be used.
//!
//! `TIDINGS_FUZZ_SECONDS` sets how long files are made.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tidings_model::Taxonomy;

use super::finding;
use crate::taxonomy_file::{FileText, TaxonomyFileError, content_hash, read_texts};
use crate::{Tagger, TaxonomyError};

/// What values and phrases are made of.
const PIECES: &[&str] = &[
    "acme",
    "beta",
    "price",
    "đắt",
    "dat",
    "quá",
    "a",
    "x",
    " ",
    "  ",
    "(",
    ")",
    "|",
    "?",
    "{",
    "}",
    "{much}",
    "{number}",
    "…",
    "~3",
    "~",
    "+",
    "^",
    "\"",
    "'",
    "OR ",
    "-",
    "NEAR/3",
    "*",
    ":",
    "pain:",
    "intent:",
    "tier:1",
    "competitor:",
    "site:a.example",
    "since:7d",
    "severity:high",
    "lang:vi",
    "kind:review",
    "1..2",
    "self",
    "intitle:",
    "\\",
    "\u{301}",
    "\u{200b}",
    "😀",
    "\n",
    "💥",
];

fn value_text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => proptest::collection::vec(select(PIECES), 0..8).prop_map(|pieces| pieces.concat()),
        1 => "\\PC{0,12}",
        1 => select(&[1_usize, 40, 400][..]).prop_map(|times| "(a|b) ".repeat(times)),
    ]
}

/// A TOML string of any of its four kinds; not always a right one.
fn string() -> impl Strategy<Value = String> {
    let plain = select(
        &["acme", "beta", "pain", "intent", "price", "switching", "comparing", "a.example", "skip", "high", "x"][..],
    )
    .prop_map(|word| format!("\"{word}\""));
    prop_oneof![
        5 => plain,
        3 => value_text().prop_map(|text| format!("{text:?}")),
        2 => value_text().prop_map(|text| format!("'{text}'")),
        1 => value_text().prop_map(|text| format!("'''\n{text}'''")),
        1 => value_text().prop_map(|text| format!("\"\"\"{text}\"\"\"")),
    ]
}

fn value() -> impl Strategy<Value = String> {
    let list = || proptest::collection::vec(string(), 0..4).prop_map(|items| format!("[{}]", items.join(", ")));
    let query = || string().prop_map(|text| format!("{{ query = {text} }}"));
    prop_oneof![
        6 => string(),
        4 => list(),
        2 => (1..5_u8).prop_map(|number| number.to_string()),
        1 => query(),
        1 => (string(), query()).prop_map(|(one, other)| format!("[{one}, {other}]")),
        1 => select(&["true", "1.5", "2026-01-01", "{}", "[[1]]", "nan", "", "{ en = [\"x\"] }"][..]).prop_map(str::to_owned),
    ]
}

fn line() -> impl Strategy<Value = String> {
    let key = select(
        &[
            "id",
            "name",
            "tier",
            "aliases",
            "domains",
            "context",
            "exclude",
            "own_sites",
            "dimension",
            "phrases",
            "phrases.en",
            "phrases.vi",
            "query",
            "implied",
            "beside",
            "yields_to",
            "level",
            "much",
            "no",
            "nmae",
        ][..],
    );
    (key, value()).prop_map(|(key, value)| format!("{key} = {value}\n"))
}

/// A table with what it must have, so that more is looked at than the first line.
fn table() -> impl Strategy<Value = String> {
    let id = select(&["a", "b", "price", "switching", "comparing", "using_competitor"][..]);
    let dimension = select(&["pain", "intent", "own"][..]);
    let lines = || proptest::collection::vec(line(), 0..3).prop_map(|lines| lines.concat());
    prop_oneof![
        2 => (id.clone(), lines()).prop_map(|(id, more)| format!("[[competitor]]\nid = \"{id}\"\nname = \"Acme\"\ntier = 1\n{more}")),
        3 => (dimension, id, value(), lines()).prop_map(|(dimension, id, sign, more)| {
            format!("[[label]]\ndimension = \"{dimension}\"\nid = \"{id}\"\nname = \"x\"\nquery = {sign}\n{more}")
        }),
        1 => (string(), lines()).prop_map(|(query, more)| format!("[[severity]]\nlevel = \"high\"\nquery = {query}\n{more}")),
        1 => lines().prop_map(|more| format!("[own]\nname = \"Ours\"\n{more}")),
        1 => proptest::collection::vec(string(), 0..3).prop_map(|items| format!("[lists]\nmuch = [{}]\n", items.join(","))),
        1 => (select(&["[own]", "[[competitor]]", "[[label]]", "[lists]", "[[severity]]", "[label]", "[x]", "]"][..]), lines())
            .prop_map(|(header, more)| format!("{header}\n{more}")),
    ]
}

fn file() -> impl Strategy<Value = String> {
    (proptest::collection::vec(table(), 0..6), any::<prop::sample::Index>(), 0..20_u8).prop_map(|(tables, at, cut)| {
        let mut text = tables.concat();
        // Now and then a file that ends too early.
        if cut == 0 && !text.is_empty() {
            text.truncate(text.floor_char_boundary(at.index(text.len())));
        }
        text
    })
}

fn texts_of(files: &[String]) -> Vec<FileText> {
    let text = |(at, text): (usize, &String)| FileText { path: format!("{at}.toml").into(), text: text.clone() };
    files.iter().enumerate().map(text).collect()
}

fn check(files: &[String]) -> Result<(), TestCaseError> {
    match read_texts(&texts_of(files)) {
        Ok(definitions) => check_usable(&definitions.taxonomy),
        Err(error) => check_error(&error, files),
    }
}

fn check_usable(taxonomy: &Taxonomy) -> Result<(), TestCaseError> {
    // The files are held to the same rules as the data, but for its size.
    let tagger = match Tagger::new(taxonomy, 1) {
        Ok(tagger) => tagger,
        Err(TaxonomyError::TooManyWords { .. }) => return Ok(()),
        Err(error) => return Err(TestCaseError::fail(format!("read, but not used: {error}"))),
    };
    let json = serde_json::to_string(taxonomy).unwrap();
    let again: Taxonomy = serde_json::from_str(&json).unwrap();
    prop_assert_eq!(&again, taxonomy);
    prop_assert_eq!(content_hash(&again), content_hash(taxonomy));
    let mut found = finding("Acme, ours: đắt quá", "beta a x acme price. Dat qua (a b) 1");
    tagger.tag(&mut found);
    let evidence = found.tags.iter().map(|tag| &tag.evidence).chain(found.competitors.iter().map(|tag| &tag.evidence));
    for evidence in evidence {
        prop_assert!(!evidence.is_empty(), "{:?}", found);
    }
    Ok(())
}

fn check_error(error: &TaxonomyFileError, files: &[String]) -> Result<(), TestCaseError> {
    let place = error.place().ok_or_else(|| TestCaseError::fail(format!("without a place: {error}")))?;
    let at: usize = place.path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    let lines = files[at].split('\n').count();
    let line = files[at].split('\n').nth(place.line - 1);
    prop_assert!(place.line <= lines && place.column <= line.unwrap_or_default().chars().count() + 1, "{}", error);
    prop_assert!(error.to_string().contains("expected"), "{}", error);
    Ok(())
}

#[test]
fn any_file_is_read_or_refused_with_its_place() {
    let seconds = std::env::var("TIDINGS_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let end = Instant::now() + seconds.map_or(Duration::from_millis(1_000), Duration::from_secs);
    // A short run makes the same files each time.
    let mut runner = if seconds.is_some() { TestRunner::default() } else { TestRunner::deterministic() };
    let files = proptest::collection::vec(file(), 1..4);
    let (mut made, mut read) = (0_u64, 0_u64);
    while Instant::now() < end {
        let files = files.new_tree(&mut runner).unwrap().current();
        made += 1;
        read += u64::from(read_texts(&texts_of(&files)).is_ok());
        check(&files).unwrap_or_else(|error| panic!("{files:#?}: {error}"));
    }
    eprintln!("{made} taxonomies made, {read} read");
    assert!(0 < read, "none of {made} was right");
}
