//! The entries of a digest in the order they are read: by severity, then by what unites
//! them, the older pages last.

use std::collections::BTreeMap;

use tidings_model::{CompetitorId, LabelId, Severity};

use crate::about::competitor_name;
use crate::message::Entry;
use crate::words::Words;
use crate::{Language, Score};

/// Entries of one severity, or the older pages.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    /// `critical` … `low`, `none` or `old`: for templates and style sheets.
    pub(crate) kind: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) groups: Vec<Group<'a>>,
}

/// Entries that have a competitor or a pain in common.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// `Acme CRM (tier 1): price`; absent where nothing unites them.
    pub(crate) heading: Option<String>,
    pub(crate) entries: Vec<&'a Entry>,
}

/// Groups `entries`; within a group they keep their order.
pub(crate) fn sections<'a>(entries: &[&'a Entry], language: Language) -> Vec<Section<'a>> {
    let words = language.words();
    let mut sections: BTreeMap<usize, Vec<&'a Entry>> = BTreeMap::new();
    for entry in entries {
        sections.entry(rank(entry)).or_default().push(entry);
    }
    // Where nothing has a severity, its absence is no news.
    let is_graded = sections.keys().any(|rank| *rank < UNGRADED);
    let section = |(rank, entries)| {
        let (kind, heading) = match rank {
            UNGRADED if !is_graded => ("none", words.new_heading),
            _ => kind_and_heading(rank, words),
        };
        Section { kind, heading, groups: groups(entries, language) }
    };
    sections.into_iter().map(section).collect()
}

/// The entries in the order of their sections: what comes first is kept where not all fit.
pub(crate) fn in_order(entries: &[Entry]) -> Vec<&Entry> {
    let mut ordered: Vec<&Entry> = entries.iter().collect();
    let score = |entry: &Entry| entry.score.as_ref().map_or(0, |score: &Score| score.total);
    ordered.sort_by_key(|entry| (rank(entry), std::cmp::Reverse(score(entry))));
    ordered
}

/// The rank of what has no severity.
const UNGRADED: usize = 4;

fn rank(entry: &Entry) -> usize {
    match entry.finding.severity {
        _ if entry.is_old => 5,
        Some(Severity::Critical) => 0,
        Some(Severity::High) => 1,
        Some(Severity::Medium) => 2,
        Some(Severity::Low) => 3,
        None => UNGRADED,
    }
}

fn kind_and_heading(rank: usize, words: &'static Words) -> (&'static str, &'static str) {
    match rank {
        0 => ("critical", words.critical),
        1 => ("high", words.high),
        2 => ("medium", words.medium),
        3 => ("low", words.low),
        UNGRADED => ("none", words.no_severity),
        _ => ("old", words.old_heading),
    }
}

/// What a group has in common. Competitors go before pains, close ones before far ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Common {
    Competitor { tier: u8, id: CompetitorId },
    Pain(LabelId),
}

/// Competitors with the most entries first, then pains, until nothing unites any two that
/// are left. What all of them share divides nothing: it is the heading where nothing else is.
fn groups(mut entries: Vec<&Entry>, language: Language) -> Vec<Group<'_>> {
    let shared = shared_by_all(&entries);
    let mut groups = Vec::new();
    while let Some(common) = most_common(&entries, &shared) {
        let (united, left) = entries.into_iter().partition(|entry| commons(entry).contains(&common));
        entries = left;
        groups.push(Group { heading: heading(&common, &united, language), entries: united });
    }
    let heading = match shared.first().filter(|_| groups.is_empty()) {
        Some(common) => heading(common, &entries, language),
        None => (!groups.is_empty()).then(|| language.words().other.to_owned()),
    };
    if !entries.is_empty() {
        groups.push(Group { heading, entries });
    }
    groups
}

fn shared_by_all(entries: &[&Entry]) -> Vec<Common> {
    let [first, others @ ..] = entries else { return Vec::new() };
    let is_shared = |common: &Common| !others.is_empty() && others.iter().all(|entry| commons(entry).contains(common));
    commons(first).into_iter().filter(is_shared).collect()
}

fn most_common(entries: &[&Entry], shared: &[Common]) -> Option<Common> {
    let mut counts: BTreeMap<Common, usize> = BTreeMap::new();
    for common in entries.iter().flat_map(|entry| commons(entry)).filter(|common| !shared.contains(common)) {
        *counts.entry(common).or_default() += 1;
    }
    let united = counts.into_iter().filter(|(_, count)| 2 <= *count);
    let rank = |common: &Common, count| (matches!(common, Common::Competitor { .. }), count);
    // Of equals the first in order is wanted, and `max_by_key` takes the last.
    united.rev().max_by_key(|(common, count)| rank(common, *count)).map(|(common, _)| common)
}

fn commons(entry: &Entry) -> Vec<Common> {
    let finding = &entry.finding;
    let competitors = finding.competitors.iter().map(|competitor| Common::Competitor {
        tier: competitor.tier.map_or(0, |tier| tier.number()),
        id: competitor.id.clone(),
    });
    let mut commons: Vec<Common> = competitors.chain(pains(entry).map(|pain| Common::Pain(pain.clone()))).collect();
    commons.sort();
    commons.dedup();
    commons
}

fn pains(entry: &Entry) -> impl Iterator<Item = &LabelId> {
    entry.finding.tags.iter().filter(|tag| tag.dimension.as_str() == "pain").map(|tag| &tag.id)
}

fn heading(common: &Common, united: &[&Entry], language: Language) -> Option<String> {
    let label = |pain: &LabelId| language.label("pain", pain.as_str());
    let first = united.first()?;
    match common {
        Common::Pain(pain) => {
            Some(capitalised(&language.words().complaints.of(&crate::words::Whom::Nobody, &label(pain))))
        }
        Common::Competitor { id, .. } => {
            let name = competitor_name(first.finding.competitors.iter().find(|other| other.id == *id)?, language);
            let shared = pains(first).find(|pain| united.iter().all(|entry| pains(entry).any(|other| other == *pain)));
            Some(shared.map_or_else(|| name.clone(), |pain| format!("{name}: {}", label(pain))))
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use tidings_model::Tier;

    use super::*;
    use crate::sample;

    fn shown(entries: &[Entry], language: Language) -> Vec<String> {
        let ordered = in_order(entries);
        let group = |section: &Section, group: &Group| {
            let titles: Vec<&str> = group.entries.iter().map(|entry| entry.finding.title.as_str()).collect();
            format!("{} / {} / {}", section.heading, group.heading.as_deref().unwrap_or("-"), titles.join(" "))
        };
        let sections = sections(&ordered, language);
        sections.iter().flat_map(|section| section.groups.iter().map(|each| group(section, each))).collect()
    }

    fn price(title: &str, competitor: &str, tier: Tier) -> Entry {
        sample::entry(sample::price_pain(title, title, competitor, tier))
    }

    #[test]
    fn severity_goes_first_and_older_pages_last() {
        let mut critical = price("c", "acme", Tier::One);
        std::sync::Arc::make_mut(&mut critical.finding).severity = Some(Severity::Critical);
        let old = Entry { is_old: true, ..critical.clone() };
        let entries = [old, sample::entry(sample::plain()), price("h", "acme", Tier::One), critical];
        assert_eq!(
            shown(&entries, Language::English),
            [
                "Critical / - / c",
                "High severity / - / h",
                "No severity / - / A plain post",
                "Older pages, seen for the first time / - / c",
            ]
        );
    }

    #[test]
    fn without_any_severity_there_is_no_talk_of_it() {
        assert_eq!(shown(&[sample::entry(sample::plain())], Language::Vietnamese), ["Mới / - / A plain post"]);
    }

    #[test]
    fn what_has_a_competitor_or_a_pain_in_common_stands_together() {
        let mut apart = sample::plain();
        apart.severity = Some(Severity::High);
        let entries = [
            price("a1", "acme", Tier::One),
            sample::entry(apart),
            price("b1", "beta", Tier::Two),
            price("a2", "acme", Tier::One),
            price("g1", "gamma", Tier::Two),
        ];
        assert_eq!(
            shown(&entries, Language::English),
            [
                "High severity / Acme (tier 1): price / a1 a2",
                "High severity / Price complaints / b1 g1",
                "High severity / Other / A plain post",
            ]
        );
        let [a1, apart, b1, a2, _] = entries;
        assert_eq!(
            shown(&[b1.clone(), a1.clone(), apart], Language::Vietnamese),
            ["Mức độ cao / Phàn nàn về giá / b1 a1", "Mức độ cao / Khác / A plain post",]
        );
        // All have the pain in common, so that it tells them apart no more.
        assert_eq!(
            shown(&[a1, b1, a2], Language::Vietnamese),
            ["Mức độ cao / Acme (tầng 1): giá / a1 a2", "Mức độ cao / Khác / b1",]
        );
    }

    #[test]
    fn what_all_have_in_common_is_the_heading_where_nothing_divides_them() {
        let entries = ["1", "2"].map(|title| price(title, "acme", Tier::One));
        assert_eq!(shown(&entries, Language::English), ["High severity / Acme (tier 1): price / 1 2"]);
    }

    #[test]
    fn the_best_score_leads_its_section() {
        let score = |total| Some(Score { total, parts: Vec::new() });
        let low = Entry { score: score(20), ..price("low", "acme", Tier::One) };
        let high = Entry { score: score(60), ..price("high", "acme", Tier::One) };
        assert_eq!(shown(&[low, high], Language::English), ["High severity / Acme (tier 1): price / high low"]);
    }
}
