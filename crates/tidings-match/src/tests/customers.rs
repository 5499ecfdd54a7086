//! What the taxonomy that ships understands of a hundred things that customers say.

use serde::Deserialize;

use super::finding;
use super::shipped::tagger;

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

#[test]
fn customers_are_understood() {
    let file: File = toml::from_str(include_str!("customers.toml")).unwrap();
    assert_eq!(file.text.len(), 100);
    let tagger = tagger();
    let mut missed = Vec::new();
    for Text { say, pain, intent } in file.text {
        let mut found = finding("", &say);
        found.lang = tidings_text::detect_lang("", &say, None).and_then(tidings_model::Lang::from_tag);
        tagger.tag(&mut found);
        let of = |dimension: &str| {
            let tags = found.tags.iter().filter(|tag| tag.dimension.as_str() == dimension);
            tags.map(|tag| tag.id.to_string()).collect::<Vec<_>>()
        };
        let mut pains = of("pain");
        pains.sort_unstable();
        let stage = of("intent").pop().unwrap_or_else(|| "none".to_owned());
        if (&pains, &stage) != (&pain, &intent) {
            missed.push(format!("{say}: {pains:?} {stage}, not {pain:?} {intent}"));
        }
    }
    assert_eq!(missed, [""; 0]);
}
