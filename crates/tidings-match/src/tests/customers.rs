//! What the taxonomy that ships understands of what customers say.

use serde::Deserialize;

use super::finding;
use super::shipped::tagger;
use crate::Tagger;

#[derive(Deserialize)]
struct File {
    text: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    say: String,
    pain: Vec<String>,
    intent: String,
}

/// Pains and intent that the tagger finds in a text.
fn understood(tagger: &Tagger, say: &str) -> (Vec<String>, String) {
    let mut found = finding("", say);
    found.lang = tidings_text::detect_lang("", say, None).and_then(tidings_model::Lang::from_tag);
    tagger.tag(&mut found);
    let of = |dimension: &str| {
        let tags = found.tags.iter().filter(|tag| tag.dimension.as_str() == dimension);
        tags.map(|tag| tag.id.to_string()).collect::<Vec<_>>()
    };
    let mut pains = of("pain");
    pains.sort_unstable();
    (pains, of("intent").pop().unwrap_or_else(|| "none".to_owned()))
}

#[test]
fn customers_are_understood() {
    let file: File = toml::from_str(include_str!("customers.toml")).unwrap();
    assert_eq!(file.text.len(), 100);
    let tagger = tagger();
    let mut missed = Vec::new();
    for Text { say, pain, intent } in file.text {
        let (pains, stage) = understood(&tagger, &say);
        if (&pains, &stage) != (&pain, &intent) {
            missed.push(format!("{say}: {pains:?} {stage}, not {pain:?} {intent}"));
        }
    }
    assert_eq!(missed, [""; 0]);
}

/// How much of a file's pains and intents the tagger finds.
struct Share {
    precision: f64,
    recall: f64,
    stages: f64,
}

fn share(file: &str) -> Share {
    let file: File = toml::from_str(file).unwrap();
    let tagger = tagger();
    let (mut right, mut found, mut there, mut stages) = (0, 0, 0, 0);
    for Text { say, pain, intent } in &file.text {
        let (pains, stage) = understood(&tagger, say);
        right += pains.iter().filter(|one| pain.contains(one)).count();
        found += pains.len();
        there += pain.len();
        stages += usize::from(stage == *intent);
    }
    let share = |part: usize, whole: usize| part as f64 / whole as f64;
    Share { precision: share(right, found), recall: share(right, there), stages: share(stages, file.text.len()) }
}

#[test]
fn customers_of_many_markets_are_mostly_understood() {
    let Share { precision, recall, stages } = share(include_str!("markets.toml"));
    let shown = format!("precision {precision:.3}, recall {recall:.3} of pains; intent {stages:.3}");
    assert!(0.80 <= precision && 0.95 <= recall && 0.93 <= stages, "{shown}");
}

#[test]
fn posts_titles_and_short_reviews_are_mostly_understood() {
    let Share { precision, recall, stages } = share(include_str!("voices.toml"));
    let shown = format!("precision {precision:.3}, recall {recall:.3} of pains; intent {stages:.3}");
    assert!(0.84 <= precision && 0.95 <= recall && 0.90 <= stages, "{shown}");
}
