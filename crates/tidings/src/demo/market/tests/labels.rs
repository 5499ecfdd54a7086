//! What the default taxonomy sees in the market's texts.

use std::collections::BTreeSet;
use std::path::Path;

use tidings_match::{Tagger, taxonomy_file};
use tidings_model::{Finding, FindingId, Kind, Taxonomy};

/// The default labels with the market's competitors.
fn taxonomy() -> Taxonomy {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let labels = ["pains", "intents", "other"].map(|name| root.join(format!("config/taxonomy/{name}.toml")));
    let competitors = root.join("crates/tidings/src/demo/market/competitors.toml");
    taxonomy_file::read([competitors].into_iter().chain(labels)).unwrap()
}

fn finding(title: &str, text: &str) -> Finding {
    let source = "market".parse().unwrap();
    Finding {
        id: FindingId::new(&source, title),
        url: None,
        canonical_url: None,
        site: None,
        source,
        plugin: "feed".parse().unwrap(),
        kind: Kind::Article,
        title: title.to_owned(),
        text: text.to_owned(),
        truncated: false,
        author: None,
        lang: None,
        published: None,
        found: "2026-11-20T08:00:00Z".parse().unwrap(),
        updated: None,
        revision: 1,
        thread: None,
        engagement: None,
        competitors: Vec::new(),
        tags: Vec::new(),
        severity: None,
        story: None,
        change: None,
        hints: Vec::new(),
        attrs: Default::default(),
        mark: None,
        taxonomy_version: 0,
    }
}

/// `competitor:id` and `dimension:id` of all that the file's texts show.
fn shown(tagger: &Tagger, file: &str, entries: &str) -> BTreeSet<String> {
    let file: toml::Table = toml::from_str(file).unwrap();
    let mut shown = BTreeSet::new();
    for entry in file[entries].as_array().unwrap() {
        let field = |name| entry.get(name).and_then(toml::Value::as_str).unwrap_or_default();
        let mut finding = finding(field("title"), field("text"));
        tagger.tag(&mut finding);
        shown.extend(finding.competitors.iter().map(|competitor| format!("competitor:{}", competitor.id)));
        shown.extend(finding.tags.iter().map(|tag| format!("{}:{}", tag.dimension, tag.id)));
    }
    shown
}

/// All that a taxonomy knows but `except`.
fn known(taxonomy: &Taxonomy, dimensions: &[&str], except: &[&str]) -> BTreeSet<String> {
    let labels = taxonomy.labels.iter().filter(|label| dimensions.contains(&label.dimension.as_str()));
    let labels = labels.map(|label| format!("{}:{}", label.dimension, label.id));
    let competitors = taxonomy.competitors.iter().map(|competitor| format!("competitor:{}", competitor.id));
    labels.chain(competitors).filter(|name| !except.contains(&name.as_str())).collect()
}

#[test]
fn the_market_shows_every_pain_intent_and_competitor_in_both_languages() {
    let taxonomy = taxonomy();
    let tagger = Tagger::new(&taxonomy, 1).unwrap();
    let expected = known(&taxonomy, &["pain", "intent", "praise"], &[]);
    let vietnamese = shown(&tagger, include_str!("../vietnamese.toml"), "article");
    let mut english = shown(&tagger, include_str!("../english.toml"), "article");
    english.extend(shown(&tagger, include_str!("../hackernews.toml"), "item"));
    assert_eq!(expected.difference(&vietnamese).collect::<Vec<_>>(), [""; 0], "Vietnamese");
    assert_eq!(expected.difference(&english).collect::<Vec<_>>(), [""; 0], "English");
}
