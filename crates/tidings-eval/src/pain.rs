//! Predictions for customers' words: pains, intent, sentiment and products, by the default taxonomy. Of the gold only ids
//! and texts are read.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tidings_match::{Tagger, candidates, taxonomy_file};
use tidings_model::{Finding, FindingId, Kind, Lang};

use crate::corpus;

const FILES: [&str; 4] = ["competitors", "pains", "intents", "other"];

#[derive(Deserialize)]
struct Task {
    id: String,
    text: String,
}

#[derive(Serialize)]
struct Prediction {
    id: String,
    pains: Vec<String>,
    intent: String,
    sentiment: i8,
    products: Vec<String>,
}

pub(crate) fn predict(directory: &Path, out: &mut dyn Write) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/taxonomy");
    let taxonomy = taxonomy_file::read(FILES.map(|name| folder.join(name).with_extension("toml")))?;
    let tagger = Tagger::new(&taxonomy, 1)?;
    for task in corpus::tasks::<Task>(&directory.join("pain-intent/labelled.jsonl"))? {
        let mut finding = finding(&task)?;
        tagger.tag(&mut finding);
        corpus::answer(out, &Prediction::new(task.id, &finding))?;
    }
    Ok(())
}

/// A post that says the text and nothing else.
fn finding(task: &Task) -> Result<Finding> {
    let source = "corpus".parse().context("the name of the source")?;
    Ok(Finding {
        id: FindingId::new(&source, &task.id),
        url: None,
        canonical_url: None,
        site: None,
        source,
        plugin: "drop".parse().context("the name of the plugin")?,
        kind: Kind::Post,
        title: String::new(),
        text: task.text.clone(),
        truncated: false,
        author: None,
        lang: tidings_text::detect_lang("", &task.text, None).and_then(Lang::from_tag),
        published: None,
        found: "2026-01-01T00:00:00Z".parse().context("the time of the find")?,
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
    })
}

impl Prediction {
    fn new(id: String, finding: &Finding) -> Self {
        let of = |dimension: &str| {
            let tags = finding.tags.iter().filter(|tag| tag.dimension.as_str() == dimension);
            tags.map(|tag| tag.id.to_string()).collect::<Vec<_>>()
        };
        let (pains, praise) = (of("pain"), of("praise"));
        let sentiment = i8::from(!praise.is_empty()) - i8::from(!pains.is_empty());
        let competitors = finding.competitors.iter().map(|competitor| competitor.name.clone());
        let candidates = candidates(finding).into_iter().map(|candidate| candidate.name);
        Self {
            id,
            intent: of("intent").pop().unwrap_or_else(|| "none".to_owned()),
            sentiment,
            products: competitors.chain(candidates).collect(),
            pains,
        }
    }
}
