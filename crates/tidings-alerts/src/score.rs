//! How much a finding matters: what `volume = "best"` chooses by.
//!
//! The table stands for users in `docs/alerts.md`; a change here is a change there.

use tidings_model::{CompetitorId, Engagement, Finding, Severity, Tag, Tier};

use crate::Score;

/// The least score that a message of `volume = "best"` takes.
///
/// Any one strong sign reaches it (a tier 1 competitor, a buyer who compares, high
/// severity), or weaker ones together; a mere hit of the query does not.
pub(crate) const BEST_AT_LEAST: u32 = 15;

/// How many entries a message of `volume = "best"` holds at most.
pub(crate) const BEST_MOST: usize = 10;

/// Intents of people who are about to choose.
const WARM: [&str; 3] = ["researching", "comparing", "switching"];

impl Score {
    /// What `finding` scores in a story told by `story_size` findings, itself among them.
    ///
    /// Pure: no clock and no archive, so that it is the same whenever it is asked.
    /// The parts add up to the total, 100 at most.
    pub(crate) fn of(finding: &Finding, story_size: usize) -> Self {
        let parts: Vec<(String, u32)> =
            [severity(finding), competitor(finding), intent(finding), pains(finding), story(story_size)]
                .into_iter()
                .chain([finding.engagement.and_then(engagement)])
                .flatten()
                .collect();
        Self { total: parts.iter().map(|(_, points)| points).sum(), parts }
    }
}

fn severity(finding: &Finding) -> Option<(String, u32)> {
    let severity = finding.severity?;
    let points = match severity {
        Severity::Critical => 40,
        Severity::High => 28,
        Severity::Medium => 14,
        Severity::Low => 4,
    };
    Some((format!("severity {severity}"), points))
}

/// The closest competitor alone counts: a list of ten names is no better than one.
fn competitor(finding: &Finding) -> Option<(String, u32)> {
    let tiers = finding.competitors.iter().filter_map(|competitor| competitor.tier);
    let is_of_us = finding.competitors.iter().any(|competitor| competitor.id == CompetitorId::own());
    match (tiers.min(), is_of_us) {
        (Some(Tier::One), _) => Some(("tier 1".to_owned(), 15)),
        (_, true) => Some(("about us".to_owned(), 12)),
        (Some(Tier::Two), _) => Some(("tier 2".to_owned(), 8)),
        (Some(Tier::Three), _) => Some(("tier 3".to_owned(), 4)),
        (None, false) => None,
    }
}

fn intent(finding: &Finding) -> Option<(String, u32)> {
    let intent = labels(finding, "intent").next()?.id.as_str();
    let points = if WARM.contains(&intent) { 15 } else { 5 };
    Some((format!("intent {intent}"), points))
}

fn pains(finding: &Finding) -> Option<(String, u32)> {
    let pains: Vec<&str> = labels(finding, "pain").map(|tag| tag.id.as_str()).collect();
    let points = match pains.len() {
        0 => return None,
        1 => 8,
        2 => 11,
        _ => 14,
    };
    Some((format!("pain {}", pains.join(", ")), points))
}

fn labels<'a>(finding: &'a Finding, dimension: &'a str) -> impl Iterator<Item = &'a Tag> {
    finding.tags.iter().filter(move |tag| tag.dimension.as_str() == dimension)
}

fn story(size: usize) -> Option<(String, u32)> {
    let points = match size {
        0 | 1 => return None,
        2 => 3,
        3 | 4 => 5,
        5..=9 => 8,
        _ => 10,
    };
    Some((format!("story of {size}"), points))
}

/// A reply is worth more than a vote, and a vote more than a view.
fn engagement(engagement: Engagement) -> Option<(String, u32)> {
    let count = |number: Option<i64>| number.unwrap_or(0).max(0).unsigned_abs();
    let reactions = count(engagement.score)
        .saturating_add(count(engagement.replies).saturating_mul(2))
        .saturating_add(count(engagement.views) / 100);
    let points = match reactions {
        0..=9 => return None,
        10..=99 => 2,
        100..=999 => 4,
        _ => 6,
    };
    Some((format!("engagement {reactions}"), points))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[track_caller]
    fn check(changed: impl FnOnce(&mut Finding), story_size: usize, expected: &[(&str, u32)]) {
        let mut finding = sample::plain();
        changed(&mut finding);
        let score = Score::of(&finding, story_size);
        let parts: Vec<(&str, u32)> = score.parts.iter().map(|(what, points)| (what.as_str(), *points)).collect();
        assert_eq!(parts, expected);
        assert_eq!(score.total, expected.iter().map(|(_, points)| points).sum::<u32>());
    }

    #[test]
    fn a_mere_hit_scores_nothing() {
        check(|_| (), 1, &[]);
        check(|finding| finding.engagement = Some(Engagement { score: Some(-5), ..Engagement::default() }), 0, &[]);
        assert!(Score::of(&sample::plain(), 1).total < BEST_AT_LEAST);
    }

    #[test]
    fn each_sign_counts_by_itself() {
        check(|finding| finding.severity = Some(Severity::Critical), 1, &[("severity critical", 40)]);
        check(|finding| finding.severity = Some(Severity::Low), 1, &[("severity low", 4)]);
        check(|finding| finding.competitors = vec![sample::competitor("acme", Some(Tier::One))], 1, &[("tier 1", 15)]);
        check(|finding| finding.tags = vec![sample::tag("intent", "switching")], 1, &[("intent switching", 15)]);
        check(
            |finding| finding.tags = vec![sample::tag("intent", "using_competitor")],
            1,
            &[("intent using_competitor", 5)],
        );
        check(|_| (), 6, &[("story of 6", 8)]);
    }

    #[test]
    fn the_closest_competitor_counts_once() {
        let names = [("beta", Some(Tier::Three)), ("acme", Some(Tier::Two)), ("gamma", Some(Tier::Two))];
        let competitors = names.map(|(id, tier)| sample::competitor(id, tier)).to_vec();
        check(|finding| finding.competitors = competitors, 1, &[("tier 2", 8)]);
        check(|finding| finding.competitors = vec![sample::competitor("self", None)], 1, &[("about us", 12)]);
    }

    #[test]
    fn more_pains_count_more_up_to_three() {
        let pains = |ids: &[&str]| ids.iter().map(|id| sample::tag("pain", id)).collect::<Vec<_>>();
        check(|finding| finding.tags = pains(&["price"]), 1, &[("pain price", 8)]);
        check(|finding| finding.tags = pains(&["price", "support"]), 1, &[("pain price, support", 11)]);
        let four = ["price", "support", "usability", "quality_bugs"];
        check(|finding| finding.tags = pains(&four), 1, &[("pain price, support, usability, quality_bugs", 14)]);
    }

    #[test]
    fn reactions_are_weighed_and_never_overflow() {
        let reacted = |score, replies, views| Some(Engagement { score, replies, views });
        check(|finding| finding.engagement = reacted(Some(12), Some(4), Some(310)), 1, &[("engagement 23", 2)]);
        let most = reacted(Some(i64::MAX), Some(i64::MAX), Some(i64::MAX));
        check(|finding| finding.engagement = most, 1, &[("engagement 18446744073709551615", 6)]);
    }

    #[test]
    fn the_page_says_how_much_is_best() {
        let page = include_str!("../../../docs/alerts.md");
        assert!(page.contains(&format!("the {BEST_MOST} highest of those that reach {BEST_AT_LEAST}")));
    }

    #[test]
    fn the_most_is_100() {
        let mut finding = sample::plain();
        finding.severity = Some(Severity::Critical);
        finding.competitors = vec![sample::competitor("acme", Some(Tier::One))];
        finding.tags = ["price", "support", "usability", "lock_in_churn"].map(|id| sample::tag("pain", id)).to_vec();
        finding.tags.push(sample::tag("intent", "switching"));
        finding.engagement = Some(Engagement { score: Some(i64::MAX), replies: Some(i64::MAX), views: None });
        assert_eq!(Score::of(&finding, 1000).total, 100);
    }
}
