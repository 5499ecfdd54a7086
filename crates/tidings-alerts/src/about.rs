//! What a finding is about, in words: its competitors, its labels, what changed on its page.

use tidings_model::{CompetitorTag, Finding, Tag};

use crate::Language;
use crate::inert::line;

/// Scalars of a name or of a changed fact.
const NAME_MOST: usize = 80;

/// Competitors and labels that are named, each.
const LABELS_MOST: usize = 8;

/// Changed facts of a page that are shown.
const CHANGES_MOST: usize = 5;

/// `Acme CRM (tier 1)`
pub(crate) fn competitor_name(competitor: &CompetitorTag, language: Language) -> String {
    let words = language.words();
    let name = line(&competitor.name, NAME_MOST);
    match competitor.tier {
        Some(tier) => format!("{name} ({})", words.tier.replace("{tier}", &tier.to_string())),
        None => format!("{name} ({})", words.own),
    }
}

pub(crate) fn competitors(finding: &Finding, language: Language) -> Vec<String> {
    finding.competitors.iter().take(LABELS_MOST).map(|competitor| competitor_name(competitor, language)).collect()
}

/// `pain: price`
pub(crate) fn labels(finding: &Finding, language: Language) -> Vec<String> {
    let label = |tag: &Tag| {
        let dimension = tag.dimension.as_str();
        format!("{}: {}", language.dimension(dimension), language.label(dimension, tag.id.as_str()))
    };
    finding.tags.iter().take(LABELS_MOST).map(label).collect()
}

/// `price: $10 → $12`
pub(crate) fn changes(finding: &Finding) -> Vec<String> {
    let fields = finding.change.iter().flat_map(|change| &change.fields);
    let shown = fields.take(CHANGES_MOST).map(|(field, change)| {
        let (from, to) = (fact(change.from.as_ref()), fact(change.to.as_ref()));
        format!("{}: {from} → {to}", line(field, NAME_MOST))
    });
    shown.collect()
}

fn fact(value: Option<&serde_json::Value>) -> String {
    match value {
        None | Some(serde_json::Value::Null) => "–".to_owned(),
        Some(serde_json::Value::String(text)) => line(text, NAME_MOST),
        Some(value) => line(&value.to_string(), NAME_MOST),
    }
}
