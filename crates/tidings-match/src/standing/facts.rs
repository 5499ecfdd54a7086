//! Evidence of what is no word: the competitor, the label, the site or the author that a
//! query asks for. Kind, source, language and the like have no words of their own.

use tidings_model::{Evidence, Field, Finding};

use super::expr::Expr;
use super::reading::Reading;
use super::terms::{TermId, Terms};
use crate::evidence::{MAX_EVIDENCE, host_evidence};

impl Expr {
    /// Adds the evidence of the facts by which a true query is true.
    pub(super) fn evidence_of_facts(
        &self,
        reading: &Reading,
        terms: &Terms,
        finding: &Finding,
        evidence: &mut Vec<Evidence>,
    ) {
        self.for_each_true_fact(reading, &mut |term| {
            let Some((field, value)) = terms.fact(term).and_then(|fact| fact.split_once(':')) else { return };
            for one in of_fact(finding, field, value) {
                if evidence.len() < MAX_EVIDENCE && !evidence.contains(&one) {
                    evidence.push(one);
                }
            }
        });
    }

    fn for_each_true_fact(&self, reading: &Reading, visit: &mut dyn FnMut(TermId)) {
        match self {
            Self::All(parts) => parts.iter().for_each(|part| part.for_each_true_fact(reading, visit)),
            Self::Any(parts) => {
                let is_true = |part: &&Self| part.is_true(reading);
                parts.iter().filter(is_true).for_each(|part| part.for_each_true_fact(reading, visit));
            }
            Self::Has(spellings) => spellings.iter().copied().filter(|id| reading.has(*id)).for_each(visit),
            Self::Not(_) | Self::Stands(..) | Self::When(_) => {}
        }
    }
}

/// What shows in the finding that the field has the value.
fn of_fact(finding: &Finding, field: &str, value: &str) -> Vec<Evidence> {
    let of_competitors = |is_meant: &dyn Fn(&tidings_model::CompetitorTag) -> bool| {
        let meant = finding.competitors.iter().filter(|competitor| is_meant(competitor));
        meant.flat_map(|competitor| competitor.evidence.clone()).collect()
    };
    let of_tags = |is_meant: &dyn Fn(&tidings_model::Tag) -> bool| {
        finding.tags.iter().filter(|tag| is_meant(tag)).flat_map(|tag| tag.evidence.clone()).collect()
    };
    match field {
        "competitor" => of_competitors(&|competitor| competitor.id.as_str() == value),
        "tier" => of_competitors(&|competitor| competitor.tier.is_some_and(|tier| tier.to_string() == value)),
        "about" => of_tags(&|tag| tag.about.iter().any(|id| id.as_str() == value)),
        "has" if value == "lead" => of_tags(&|tag| tag.dimension.as_str() == "intent"),
        "site" => finding.url.as_ref().and_then(host_evidence).into_iter().collect(),
        "author" => finding.author.iter().map(|author| whole(Field::Author, author)).collect(),
        dimension => of_tags(&|tag| tag.dimension.as_str() == dimension && tag.id.as_str() == value),
    }
}

fn whole(field: Field, text: &str) -> Evidence {
    let end = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    Evidence { field, start: 0, end, quote: text.into() }
}
