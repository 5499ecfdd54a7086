//! Which names are meant: one that is also a common word may need other words near it, or
//! be left out where such words stand.
//!
//! Near is the same sentence, up to [`NEAR_WORDS`] words before or behind, and the title or
//! the thread's title, which speak for the whole finding.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use tidings_model::{Field, Finding, Kind};
use tidings_text::{Pause, for_each_token};

use super::{Named, Tagger, Target};
use crate::phrases::Hit;

/// Most words between a name and what stands near it, if another sentence begins there.
pub(crate) const NEAR_WORDS: usize = 10;

/// The hits of one field, those of one target side by side, none inside another.
#[derive(Debug, Default)]
pub(crate) struct FieldHits {
    pub(super) hits: Vec<Hit>,
    /// Where domains stand: they mean their competitor whatever is near.
    pub(super) domains: BTreeSet<(u32, u32)>,
}

/// Whose names do not count in a finding for where it is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skipped {
    Nobody,
    One(usize),
    Everybody,
}

impl Skipped {
    pub(super) fn covers(self, competitor: usize) -> bool {
        match self {
            Self::Nobody => false,
            Self::One(one) => one == competitor,
            Self::Everybody => true,
        }
    }
}

impl Tagger {
    /// Whose a finding is, by its address or its site.
    pub(super) fn owner(&self, finding: &Finding) -> Option<usize> {
        let host = finding.url.as_ref().and_then(|url| url.host_str()).or(finding.site.as_deref());
        host.and_then(|host| self.domains.owner(host))
    }

    /// What is published on sites that are left out. The sites themselves, their pages and
    /// changes of them, stay.
    pub(super) fn skipped(&self, finding: &Finding, owner: Option<usize>) -> Skipped {
        let Some(owner) = owner.filter(|owner| self.competitors[*owner].skips_own_sites) else {
            return Skipped::Nobody;
        };
        match finding.kind {
            Kind::Page | Kind::PageChange => Skipped::Nobody,
            _ if self.competitors[owner].tier.is_none() => Skipped::Everybody,
            _ => Skipped::One(owner),
        }
    }

    /// Takes out the names that are not meant.
    pub(super) fn settle_names(
        &self,
        finding: &Finding,
        fields: &[(Field, &str)],
        owner: Option<usize>,
        hits: &mut [FieldHits],
    ) {
        let mut named = BTreeSet::new();
        for hit in hits.iter().flat_map(|field| &field.hits) {
            if let Target::Competitor(at) = &self.targets[hit.target as usize]
                && self.competitors[*at].has_rules
            {
                named.insert(*at);
            }
        }
        if named.is_empty() {
            return;
        }
        let mut unmeant = BTreeSet::new();
        self.exclusions.ask(finding, |at, _| {
            unmeant.insert(*at);
        });
        let words: Vec<OnceCell<Words>> = fields.iter().map(|_| OnceCell::new()).collect();
        for at in named {
            let named = &self.competitors[at];
            let meant: Vec<BTreeSet<(u32, u32)>> = if unmeant.contains(&at) {
                vec![BTreeSet::new(); fields.len()]
            } else {
                let signs = Signs::of(named, fields, hits, owner == Some(at));
                let meant = |field: usize| {
                    let words = || words[field].get_or_init(|| Words::of(fields[field].1));
                    let names = spans(&hits[field].hits, Some(named.target)).iter();
                    names.filter(|name| signs.mean(field, name, words)).map(|name| (name.start, name.end)).collect()
                };
                (0..fields.len()).map(meant).collect()
            };
            for (field, meant) in hits.iter_mut().zip(meant) {
                let FieldHits { hits, domains } = field;
                hits.retain(|hit| {
                    let span = (hit.start, hit.end);
                    hit.target != named.target || meant.contains(&span) || domains.contains(&span)
                });
            }
        }
    }
}

/// The hits of one target.
fn spans(hits: &[Hit], target: Option<u32>) -> &[Hit] {
    let Some(target) = target else { return &[] };
    let begin = hits.partition_point(|hit| hit.target < target);
    let end = hits.partition_point(|hit| hit.target <= target);
    &hits[begin..end]
}

/// What speaks for and against the names of one competitor.
struct Signs<'h> {
    needs_context: bool,
    context: Vec<&'h [Hit]>,
    exclusions: Vec<&'h [Hit]>,
    /// Of these, those that hold no name: they reach as far as context does.
    loose: Vec<Vec<Hit>>,
    /// Whether a title has a loose one, and speaks for the whole finding.
    is_excluded: bool,
}

impl<'h> Signs<'h> {
    fn of(named: &Named, fields: &[(Field, &str)], hits: &'h [FieldHits], is_on_own_site: bool) -> Self {
        let of = |target| hits.iter().map(|field| spans(&field.hits, target)).collect::<Vec<_>>();
        let (context, exclusions) = (of(named.context), of(named.exclusion));
        let names = of(Some(named.target));
        let is_title = |field: usize| matches!(fields[field].0, Field::Title | Field::ThreadTitle);
        let is_loose = |field: usize, hit: &&Hit| !holds_any(hit, names[field]);
        let loose: Vec<Vec<Hit>> = (0..fields.len())
            .map(|field| exclusions[field].iter().filter(|hit| is_loose(field, hit)).copied().collect())
            .collect();
        let in_title = (0..fields.len()).any(|field| is_title(field) && !context[field].is_empty());
        Self {
            needs_context: named.context.is_some() && !is_on_own_site && !in_title,
            is_excluded: (0..fields.len()).any(|field| is_title(field) && !loose[field].is_empty()),
            context,
            exclusions,
            loose,
        }
    }

    /// Whether the name that stands in the field is meant.
    fn mean<'w>(&self, field: usize, name: &Hit, words: impl Fn() -> &'w Words) -> bool {
        let is_near = |signs: &[Hit]| !signs.is_empty() && words().is_any_near(name, signs);
        !self.is_excluded
            && !holds_any(name, self.exclusions[field])
            && !is_near(&self.loose[field])
            && (!self.needs_context || is_near(self.context[field]))
    }
}

/// Whether one of `hits`, which stand in order, shares words with `hit`.
fn holds_any(hit: &Hit, hits: &[Hit]) -> bool {
    hits.get(hits.partition_point(|other| other.end <= hit.start)).is_some_and(|other| other.start < hit.end)
}

/// Where the words of a text begin, and in which sentence.
#[derive(Debug)]
struct Words {
    starts: Vec<u32>,
    sentences: Vec<u32>,
}

impl Words {
    fn of(text: &str) -> Self {
        let (mut words, mut sentence) = (Self { starts: Vec::new(), sentences: Vec::new() }, 0);
        for_each_token(text, |token| {
            sentence += u32::from(token.pause == Pause::Sentence);
            words.starts.push(token.start);
            words.sentences.push(sentence);
        });
        words
    }

    /// Number of the word in which a scalar lies.
    fn at(&self, scalar: u32) -> usize {
        self.starts.partition_point(|start| *start <= scalar).saturating_sub(1)
    }

    /// Whether one of `hits`, which stand in order, is near: the nearest is the one before or behind.
    fn is_any_near(&self, hit: &Hit, hits: &[Hit]) -> bool {
        let behind = hits.partition_point(|other| other.start <= hit.start);
        let before = behind.checked_sub(1).and_then(|at| hits.get(at));
        before.is_some_and(|before| self.are_near(before, hit))
            || hits.get(behind).is_some_and(|behind| self.are_near(hit, behind))
    }

    fn are_near(&self, before: &Hit, behind: &Hit) -> bool {
        if behind.start < before.end {
            return true;
        }
        let (last, first) = (self.at(before.end - 1), self.at(behind.start));
        self.sentences[last] == self.sentences[first] || first.saturating_sub(last + 1) <= NEAR_WORDS
    }
}
