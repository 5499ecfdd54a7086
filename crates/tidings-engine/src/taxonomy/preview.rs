//! What a proposed taxonomy would change in the archive, before it is in force.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::TryLockError;
use std::time::{Duration, Instant};

use serde::Serialize;
use tidings_match::Tagger;
use tidings_model::{Evidence, Finding, FindingId, Url};
use tidings_store::LogNumber;

use crate::Engine;
use crate::retag::Tags;
use crate::taxonomy::change::{differences, proposed};
use crate::taxonomy::{Differences, Made, TaxonomyFault};

/// How long a preview may look; what it has not seen by then it says.
pub const PREVIEW_WITHIN: Duration = Duration::from_secs(10);
/// Log entries of a block. Blocks are looked at far apart first, so that those seen when
/// the time is over stand for all.
const BLOCK: u64 = 256;
/// Examples of a tag, gained and lost each.
const MAX_EXAMPLES: usize = 3;
/// Tags told; those with the fewest findings are left out.
const MAX_TAGS: usize = 500;

/// What would change. The numbers are those of the findings looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preview {
    /// The version in force, with whose tags it compares.
    pub version: u64,
    /// What differs in the taxonomy itself.
    pub taxonomy: Differences,
    /// Findings looked at.
    pub looked: u64,
    /// Findings there are.
    pub total: u64,
    /// Whether it looked at a part of the archive only, spread over all of it.
    pub sampled: bool,
    /// Findings whose tags, of whom they are said, or evidence would be others.
    pub changed: u64,
    /// Tags that findings would gain or lose, those of most findings first.
    pub tags: Vec<Effect>,
    /// Further tags, left out here.
    pub left_out: usize,
}

/// What becomes of one tag.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// As a query writes it: `pain:price`, `competitor:acme`, `severity:high`.
    pub tag: String,
    pub gains: u64,
    pub losses: u64,
    pub gained: Vec<Example>,
    pub lost: Vec<Example>,
}

/// A finding that gains or loses a tag.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    pub id: FindingId,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    /// Of the tag gained, or of the tag lost; none of a severity.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

impl Engine {
    /// What putting `made` in force would change, found out within `within`. Blocks; one at a time.
    ///
    /// # Errors
    ///
    /// When it does not fit, another preview is being made, or the store cannot be read.
    pub fn preview_taxonomy(&self, made: &Made, within: Duration) -> Result<Preview, TaxonomyFault> {
        let began = Instant::now();
        let _turn = match self.inner.previewing.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(TaxonomyFault::Busy),
            // What a panic left behind is only a lock.
            turn => turn,
        };
        let now = self.inner.understanding();
        let merged = proposed(&now, made)?;
        let tagger = Tagger::new(merged.taxonomy(), now.tagger.version())?;
        let store = &self.inner.parts.store;
        let head = store.head()?;
        let mut effects = Effects::default();
        let mut sampled = false;
        for block in spread(head.0.div_ceil(BLOCK)) {
            if 0 < effects.looked && within <= began.elapsed() {
                sampled = true;
                break;
            }
            let (after, upto) = (LogNumber(block * BLOCK), LogNumber(((block + 1) * BLOCK).min(head.0)));
            for (_, finding) in store.findings_after(after, upto, BLOCK as usize)? {
                effects.add(&tagger, finding);
            }
        }
        let total = store.counts_by_source()?.into_iter().map(|(_, count)| count).sum();
        let (tags, left_out) = effects.sorted();
        Ok(Preview {
            version: now.tagger.version(),
            taxonomy: differences(&now.merged, &merged),
            looked: effects.looked,
            total,
            sampled,
            changed: effects.changed,
            tags,
            left_out,
        })
    }
}

/// 0 to `count` - 1, each once, so that any first few of them lie spread over all.
fn spread(count: u64) -> impl Iterator<Item = u64> {
    let bits = count.next_power_of_two().trailing_zeros();
    (0..1_u64 << bits)
        .map(move |at| at.reverse_bits().checked_shr(u64::BITS - bits).unwrap_or(0))
        .filter(move |at| *at < count)
}

#[derive(Default)]
struct Effects {
    looked: u64,
    changed: u64,
    tags: BTreeMap<String, Effect>,
}

impl Effects {
    fn add(&mut self, tagger: &Tagger, mut finding: Finding) {
        let before = Tags::take(&mut finding);
        tagger.tag(&mut finding);
        self.looked += 1;
        if before.are_those_of(&finding) {
            return;
        }
        self.changed += 1;
        let after = Tags::take(&mut finding);
        let (old, new) = (by_name(&before), by_name(&after));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            match (old.get(name), new.get(name)) {
                (None, Some(evidence)) => {
                    let effect = self.effect(name);
                    effect.gains += 1;
                    note(&mut effect.gained, &finding, evidence);
                }
                (Some(evidence), None) => {
                    let effect = self.effect(name);
                    effect.losses += 1;
                    note(&mut effect.lost, &finding, evidence);
                }
                _ => {}
            }
        }
    }

    fn effect(&mut self, name: &str) -> &mut Effect {
        self.tags.entry(name.to_owned()).or_insert_with(|| Effect {
            tag: name.to_owned(),
            gains: 0,
            losses: 0,
            gained: Vec::new(),
            lost: Vec::new(),
        })
    }

    fn sorted(&mut self) -> (Vec<Effect>, usize) {
        let mut tags: Vec<Effect> = std::mem::take(&mut self.tags).into_values().collect();
        tags.sort_by_key(|effect| std::cmp::Reverse(effect.gains + effect.losses));
        let left_out = tags.len().saturating_sub(MAX_TAGS);
        tags.truncate(MAX_TAGS);
        (tags, left_out)
    }
}

/// The tags as a query names them, with their evidence.
fn by_name(tags: &Tags) -> BTreeMap<String, &[Evidence]> {
    let competitors = tags.competitors.iter().map(|tag| (format!("competitor:{}", tag.id), tag.evidence.as_slice()));
    let labels = tags.labels.iter().map(|tag| (format!("{}:{}", tag.dimension, tag.id), tag.evidence.as_slice()));
    let severity = tags.severity.iter().map(|severity| (format!("severity:{severity}"), [].as_slice()));
    competitors.chain(labels).chain(severity).collect()
}

fn note(examples: &mut Vec<Example>, finding: &Finding, evidence: &[Evidence]) {
    if examples.len() < MAX_EXAMPLES {
        examples.push(Example {
            id: finding.id.clone(),
            title: finding.title.clone(),
            url: finding.url.clone(),
            evidence: evidence.to_vec(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_looked_at_once_each_and_far_apart() {
        for count in [0, 1, 2, 5, 8, 100] {
            let mut all: Vec<u64> = spread(count).collect();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
        assert_eq!(spread(8).take(4).collect::<Vec<_>>(), [0, 4, 2, 6]);
    }
}
