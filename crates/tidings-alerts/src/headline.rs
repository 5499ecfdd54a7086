//! What a digest says in one line: its subject, and the title on its first page.

use std::collections::BTreeMap;

use tidings_model::{CompetitorId, Finding, Kind, LabelId, Tag};

use crate::inert::line;
use crate::marked::Marked;
use crate::message::{Digest, Entry};
use crate::words::{TopicWords, Whom, Words};
use crate::{Language, Score};

/// Scalars of a subject.
pub(crate) const SUBJECT_MOST: usize = 150;

/// Scalars of a name inside a subject.
const NAME_MOST: usize = 40;

impl Digest {
    /// `3 new: tier 1 price complaints`; the title, where there is one entry only.
    pub(crate) fn headline(&self) -> String {
        let words = self.language.words();
        let said = match &self.entries[..] {
            [] => format!("{}: {}", line(&self.name, SUBJECT_MOST / 2), words.nothing),
            [entry] if self.left_out == 0 => single(entry, words),
            entries => many(entries, self.left_out, self.language),
        };
        let said = if self.is_test { format!("{} {said}", words.test) } else { said };
        line(&said, SUBJECT_MOST)
    }
}

fn single(entry: &Entry, words: &Words) -> String {
    let title = Marked::title(entry).plain();
    match (entry.is_old, entry.is_revision) {
        (true, _) => format!("{} {title}", words.old),
        (false, true) => format!("{} {title}", words.changed),
        (false, false) => title,
    }
}

fn many(entries: &[Entry], left_out: usize, language: Language) -> String {
    let words = language.words();
    let counts = counts(entries, left_out, words);
    // Older pages are not news; they give the theme only where there is nothing else.
    let news: Vec<&Entry> = entries.iter().filter(|entry| !entry.is_old).collect();
    let told = if news.is_empty() { entries.iter().collect() } else { news };
    let theme = theme(&told, language).unwrap_or_else(|| leading_title(&told, entries.len() + left_out, words));
    format!("{counts}: {theme}")
}

/// `3 new, 1 changed, 2 older pages`
fn counts(entries: &[Entry], left_out: usize, words: &Words) -> String {
    let old = entries.iter().filter(|entry| entry.is_old).count();
    let changed = entries.iter().filter(|entry| !entry.is_old && entry.is_revision).count();
    let new = entries.len() - old - changed;
    let total = new + left_out;
    let of_total = || words.new_of.replace("{n}", &new.to_string()).replace("{total}", &total.to_string());
    let said_new = if left_out == 0 { words.counted_new.of(new) } else { of_total() };
    let counts = [(total, said_new), (changed, words.counted_changed.of(changed)), (old, words.counted_old.of(old))];
    let said: Vec<String> = counts.into_iter().filter(|(count, _)| 0 < *count).map(|(_, said)| said).collect();
    said.join(", ")
}

/// `“Acme doubles its price” and 9 more`
fn leading_title(told: &[&Entry], count: usize, words: &Words) -> String {
    let best = |entry: &Entry| (entry.finding.severity, entry.score.as_ref().map(|score: &Score| score.total));
    // Of equals the first is wanted, and `max_by_key` takes the last.
    let leading = told.iter().rev().max_by_key(|entry| best(entry));
    let title = leading.map(|entry| line(&Marked::title(entry).plain(), SUBJECT_MOST / 2)).unwrap_or_default();
    format!("“{title}” {}", words.and_more.of(count.saturating_sub(1)))
}

/// A thing that findings can have in common, the more telling first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    Complaints(LabelId),
    Leads,
    Praise,
    PageChanges,
    /// Nothing but whom they speak of.
    Mentions,
}

impl Topic {
    fn is_of(&self, finding: &Finding) -> bool {
        match self {
            Self::Mentions => true,
            Self::PageChanges => finding.kind == Kind::PageChange,
            _ => finding.tags.iter().any(|tag| self.is_said_by(tag)),
        }
    }

    fn is_said_by(&self, tag: &Tag) -> bool {
        match self {
            Self::Complaints(pain) => tag.dimension.as_str() == "pain" && tag.id == *pain,
            Self::Leads => tag.dimension.as_str() == "intent",
            Self::Praise => tag.dimension.as_str() == "praise",
            Self::PageChanges | Self::Mentions => false,
        }
    }

    fn words(&self, words: &Words) -> TopicWords {
        match self {
            Self::Complaints(_) => words.complaints,
            Self::Leads => words.leads,
            Self::Praise => words.praise,
            Self::PageChanges => words.page_changes,
            Self::Mentions => words.mentions,
        }
    }

    fn said_of(&self, whom: &Whom, language: Language) -> String {
        let label = match self {
            Self::Complaints(pain) => line(&language.label("pain", pain.as_str()), NAME_MOST),
            _ => String::new(),
        };
        self.words(language.words()).of(whom, &label)
    }
}

/// What all of them, or two of three, have in common.
fn theme(told: &[&Entry], language: Language) -> Option<String> {
    let findings: Vec<&Finding> = told.iter().map(|entry| entry.finding.as_ref()).collect();
    let topic =
        topics(&findings).find(|topic| is_most(findings.iter().filter(|it| topic.is_of(it)).count(), &findings))?;
    let of_topic: Vec<&Finding> = findings.iter().copied().filter(|finding| topic.is_of(finding)).collect();
    let whom = whom(&topic, &of_topic);
    if (&topic, &whom) == (&Topic::Mentions, &Whom::Nobody) {
        return None;
    }
    let said = topic.said_of(&whom, language);
    let is_all = of_topic.len() == findings.len();
    Some(if is_all { said } else { language.words().mostly.replace("{topic}", &said) })
}

fn is_most(count: usize, of: &[&Finding]) -> bool {
    of.len() * 2 <= count * 3
}

/// All that any of them could be about, what is said most often first.
fn topics(findings: &[&Finding]) -> impl Iterator<Item = Topic> {
    let mut counts: BTreeMap<&LabelId, usize> = BTreeMap::new();
    for tag in findings.iter().flat_map(|finding| &finding.tags).filter(|tag| tag.dimension.as_str() == "pain") {
        *counts.entry(&tag.id).or_default() += 1;
    }
    let mut pains: Vec<(&LabelId, usize)> = counts.into_iter().collect();
    pains.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let pains: Vec<Topic> = pains.into_iter().map(|(pain, _)| Topic::Complaints(pain.clone())).collect();
    pains.into_iter().chain([Topic::PageChanges, Topic::Leads, Topic::Praise, Topic::Mentions])
}

/// The competitor that all of them speak of, else the closest tier that all of them touch.
fn whom(topic: &Topic, findings: &[&Finding]) -> Whom {
    let spoken_of: Vec<Vec<&CompetitorId>> = findings.iter().map(|finding| spoken_of(topic, finding)).collect();
    let Some((first, others)) = spoken_of.split_first() else { return Whom::Nobody };
    let common = first.iter().find(|id| others.iter().all(|other| other.contains(id)));
    if let Some(name) = common.and_then(|id| findings[0].competitors.iter().find(|named| named.id == **id)) {
        return Whom::Competitor(line(&name.name, NAME_MOST));
    }
    let tiers = |(finding, ids): (&&Finding, &Vec<&CompetitorId>)| -> Vec<u8> {
        let named = finding.competitors.iter().filter(|named| ids.contains(&&named.id));
        named.filter_map(|named| named.tier).map(|tier| tier.number()).collect()
    };
    let tiers: Vec<Vec<u8>> = findings.iter().zip(&spoken_of).map(tiers).collect();
    let closest = (1..=3).find(|tier| tiers.iter().all(|of_one| of_one.contains(tier)));
    closest.map_or(Whom::Nobody, Whom::Tier)
}

/// Whom the topic is said of in `finding`; every competitor in it, where it does not say.
fn spoken_of<'a>(topic: &Topic, finding: &'a Finding) -> Vec<&'a CompetitorId> {
    let tags = finding.tags.iter().filter(|tag| topic.is_said_by(tag));
    let about: Vec<&CompetitorId> = tags.flat_map(|tag| &tag.about).collect();
    if about.is_empty() { finding.competitors.iter().map(|named| &named.id).collect() } else { about }
}

#[cfg(test)]
mod tests;
