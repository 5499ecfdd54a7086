//! The tagger against a scan that tries every phrase at every word: no tag is lost, none
//! is made up.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use proptest::prelude::*;
use tidings_model::{Label, Phrase, Taxonomy};
use tidings_text::{Pause, Spelling, Term, for_each_token, terms};

use super::{competitor, finding};
use crate::negation::{LIGHT_WORDS, NEGATORS};
use crate::question::{PARTICLES, POLITE};
use crate::{MAX_EVIDENCE, MAX_SPAN, Tagger};

/// A token of the text, kept.
struct Word {
    exact: String,
    folded: String,
    marked: bool,
    start: u32,
    end: u32,
    pause: Pause,
}

/// A phrase of a label as the generator made it.
#[derive(Clone, Debug)]
struct Typed(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Words(&'static str),
    Gap(usize),
    OneOf(Vec<&'static str>, bool),
}

impl Typed {
    fn text(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Words(words) => (*words).to_owned(),
            Piece::Gap(most) => format!("~{most}"),
            Piece::OneOf(all, optional) => format!("({}){}", all.join("|"), if *optional { "?" } else { "" }),
        };
        self.0.iter().map(text).collect::<Vec<_>>().join(" ")
    }
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
            pause: token.pause,
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

/// Where the pieces of a phrase may end that goes on at word `at`, by trying everything.
fn ends(pieces: &[Piece], words: &[Word], at: usize) -> BTreeSet<usize> {
    let Some((piece, rest)) = pieces.split_first() else {
        return BTreeSet::from([at]);
    };
    let behind = |typed: &str| {
        let terms = terms(typed);
        let stands = words
            .get(at..at + terms.len())
            .is_some_and(|window| window.iter().zip(&terms).all(|(word, term)| is_word(term, word, false)));
        if stands { ends(rest, words, at + terms.len()) } else { BTreeSet::new() }
    };
    match piece {
        Piece::Words(typed) => behind(typed),
        Piece::OneOf(all, optional) => {
            let mut found: BTreeSet<_> = all.iter().flat_map(|typed| behind(typed)).collect();
            if *optional {
                found.extend(ends(rest, words, at));
            }
            found
        }
        Piece::Gap(most) => (at..=at + most)
            .take_while(|next| {
                words.get(at..=*next).is_some_and(|all| all.iter().all(|word| word.pause == Pause::None))
            })
            .take_while(|next| !words[at..*next].iter().any(|word| is_one_of(&NEGATING, word)))
            .flat_map(|next| ends(rest, words, next))
            .collect(),
    }
}

type Words = LazyLock<HashSet<&'static str>>;

static NEGATING: Words = LazyLock::new(|| NEGATORS.split_whitespace().collect());
static LIGHT: Words = LazyLock::new(|| LIGHT_WORDS.split_whitespace().collect());

fn is_one_of(list: &Words, word: &Word) -> bool {
    list.contains(word.exact.as_str())
}

/// Whether a negator reaches the word at `at`, read backwards from it.
fn is_negated(words: &[Word], at: usize) -> bool {
    (1..=5).any(|back| {
        let Some(from) = at.checked_sub(back) else {
            return false;
        };
        is_one_of(&NEGATING, &words[from])
            && words[from + 1..at].iter().all(|word| is_one_of(&LIGHT, word))
            && words[from + 1..=at].iter().all(|word| word.pause == Pause::None)
    })
}

/// Whether the words before `end` are asked, not said.
fn is_asked(words: &[Word], end: usize) -> bool {
    let is_particle = |word: &Word| word.pause == Pause::None && PARTICLES.contains(&word.exact.as_str());
    let goes_on = |word: &Word| word.pause == Pause::None && !POLITE.contains(&word.exact.as_str());
    words.get(end).is_some_and(is_particle) && !words.get(end + 1).is_some_and(goes_on)
}

/// Where a phrase of a label stands.
fn label_spans(phrase: &Typed, words: &[Word]) -> Vec<(u32, u32)> {
    let mut spans = Vec::new();
    for at in (0..words.len()).filter(|at| !is_negated(words, *at)) {
        let said = ends(&phrase.0, words, at).into_iter().filter(|end| !is_asked(words, *end));
        spans.extend(said.map(|end| (words[at].start, words[end - 1].end)));
    }
    spans.retain(|(start, end)| end - start <= MAX_SPAN);
    spans
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
    "not",
    "chưa",
    "thấy",
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

fn piece() -> impl Strategy<Value = Piece> {
    let word = || proptest::sample::select(VOCABULARY);
    prop_oneof![
        word().prop_map(Piece::Words),
        (1..4_usize).prop_map(Piece::Gap),
        (proptest::collection::vec(word(), 1..4), any::<bool>())
            .prop_map(|(all, optional)| Piece::OneOf(all, optional)),
    ]
}

/// A word, then anything, a gap never at an end or beside another.
fn label_phrase() -> impl Strategy<Value = Typed> {
    let word = || proptest::sample::select(VOCABULARY);
    (word(), proptest::collection::vec((piece(), word()), 0..3)).prop_map(|(first, rest)| {
        let mut pieces = vec![Piece::Words(first)];
        for (piece, word) in rest {
            pieces.extend([piece, Piece::Words(word)]);
        }
        Typed(pieces)
    })
}

fn labels() -> impl Strategy<Value = Vec<Vec<Typed>>> {
    proptest::collection::vec(proptest::collection::vec(label_phrase(), 1..6), 1..6)
}

fn taxonomy(labels: &[Vec<Typed>], names: &[String]) -> Taxonomy {
    let label = |(at, phrases): (usize, &Vec<Typed>)| Label {
        dimension: "intent-free".parse().unwrap(),
        id: format!("label-{at}").parse().unwrap(),
        name: "x".to_owned(),
        phrases: phrases.iter().map(|phrase| Phrase(phrase.text())).collect(),
        query: None,
        implied: Vec::new(),
        beside: Vec::new(),
        implied_by: Vec::new(),
        yields_to: Vec::new(),
    };
    let competitors = names.iter().enumerate().map(|(at, name)| competitor(&format!("c-{at}"), name, &[], &[]));
    Taxonomy {
        competitors: competitors.collect(),
        labels: labels.iter().enumerate().map(label).collect(),
        ..Taxonomy::default()
    }
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
            let all = phrases.iter().flat_map(|phrase| label_spans(phrase, &words)).collect();
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
            let quote: String = scalars[one.start as usize..one.end as usize].iter().collect();
            prop_assert_eq!(one.quote.as_str(), quote);
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
