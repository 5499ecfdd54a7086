//! Candidates for competitors: names that stand where competitors stand.
//!
//! "X vs Y", "alternative to X", "switching from X to Y", "so sánh X với Y", "chuyển từ X
//! sang Y"; who is addressed (`@united`), what its owner says to use ("my iPhone", "mới mua
//! con Oppo F7"), and what a title is about ("Show HN: Widgetly – …", "Acme is down").
//! Names that the taxonomy knows are left out. What a name is, is told by its spelling
//! alone, so expect some that are none.

mod cue;
mod handle;
mod name;

use std::collections::HashSet;

use tidings_model::{Evidence, Field, Finding};
use tidings_text::fold;

use crate::evidence::Scalars;
use cue::{CUES, Cue, Sides};
use name::{Name, Words};

pub(crate) use handle::addresses_anyone;

/// Most candidates of a finding.
const MAX_CANDIDATES: usize = 16;

/// A name unknown to the taxonomy, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub name: String,
    pub standing: Standing,
    pub evidence: Evidence,
}

/// How a candidate stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Beside another product: compared, left, gone to.
    Compared,
    /// Spoken to: `@acme`.
    Addressed,
    /// Bought or used by who speaks.
    Used,
    /// What a title is about: launched, bought, broken into, down.
    Subject,
}

/// The candidates of a tagged finding, each name once, in the order of title and text.
pub fn candidates(finding: &Finding) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (field, text) in [(Field::Title, &finding.title), (Field::Text, &finding.text)] {
        let known: Vec<&Evidence> = finding
            .competitors
            .iter()
            .flat_map(|competitor| &competitor.evidence)
            .filter(|evidence| evidence.field == field)
            .collect();
        let is_known = |name: &Found| known.iter().any(|known| known.start < name.end && name.start < known.end);
        let scalars = Scalars::new(text);
        let mut found = names(text);
        found.sort_by_key(|name| name.start);
        candidates.extend(found.into_iter().filter(|name| !is_known(name)).map(|found| Candidate {
            evidence: scalars.evidence(&field, found.start, found.end),
            name: found.name,
            standing: found.standing,
        }));
    }
    let mut seen = HashSet::new();
    candidates.retain(|candidate| seen.insert(fold(&candidate.name)));
    candidates.truncate(MAX_CANDIDATES);
    candidates
}

/// A name found in one text.
struct Found {
    name: String,
    standing: Standing,
    start: u32,
    end: u32,
}

impl Found {
    fn new(name: Name, standing: Standing) -> Self {
        Self { name: name.text, standing, start: name.start, end: name.end }
    }
}

fn names(text: &str) -> Vec<Found> {
    let words = Words::of(text);
    let handles = handle::handles(&words);
    let is_title_case = words.are_title_case();
    let mut found: Vec<Found> = handles.into_iter().map(|name| Found::new(name, Standing::Addressed)).collect();
    let mut cues = Vec::new();
    CUES.phrases.find(text, false, |hit| cues.push(hit));
    for hit in cues {
        let Cue { sides, standing, takes_lower } = CUES.cues[hit.target as usize];
        let mut names = Vec::new();
        if sides != Sides::Before {
            names.extend(words.names_behind(hit.end, takes_lower));
        }
        // On both sides or on none: "vs" alone compares nothing we know of.
        if sides == Sides::Both && names.is_empty() {
            continue;
        }
        if sides != Sides::Behind {
            names.extend(words.name_before(hit.start));
        }
        if is_title_case {
            names.retain(|name| match standing {
                Standing::Used => name.is_spelled_apart(),
                Standing::Subject => words.begins_title(name),
                Standing::Compared | Standing::Addressed => true,
            });
        }
        found.extend(names.into_iter().map(|name| Found::new(name, standing)));
    }
    if words.are_title() && !is_title_case {
        found.extend(words.actor().map(|name| Found::new(name, Standing::Subject)));
    }
    found.extend(words.owner().map(|name| Found::new(name, Standing::Subject)));
    if words.is_shown() {
        found.extend(words.headline().map(|name| Found::new(name, Standing::Subject)));
    }
    if found.iter().any(|name| name.standing == Standing::Compared) {
        found.extend(words.headline().map(|name| Found::new(name, Standing::Compared)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut found = names(text);
        found.sort_by_key(|name| name.start);
        let mut names: Vec<_> = found.into_iter().map(|found| found.name).collect();
        names.dedup();
        assert_eq!(names, expected, "{text}");
    }

    #[test]
    fn compared_names_are_found() {
        check("Trello vs. Asana for a small team", &["Trello", "Asana"]);
        check(
            "Any alternatives to Google Docs, Office 365 and Zoho Writer?",
            &["Google Docs", "Office 365", "Zoho Writer"],
        );
        check("Is there a Photoshop alternative?", &["Photoshop"]);
        check("I moved my notes from Notion to Obsidian", &["Notion", "Obsidian"]);
        check("Dumping Chrome for Firefox", &["Chrome", "Firefox"]);
        check("we are switching from Slack to Microsoft Teams", &["Slack", "Microsoft Teams"]);
        check("I'll be switching back to delta.", &["delta"]);
        check("Widgetly – an open source alternative to Notion", &["Widgetly", "Notion"]);
        check("so sánh Grab với Gojek", &["Grab", "Gojek"]);
        check("chắc chuyển sang dùng iphone thôi", &["iphone"]);
        check("pin trâu hơn con Oppo F7 nhiều", &["Oppo F7"]);
        check("đang phân vân giữa Viettel và FPT", &["Viettel", "FPT"]);
    }

    #[test]
    fn used_names_are_found() {
        check("my iPhone died", &["iPhone"]);
        check("Mới mua con Redmi Note 9S được 2 ngày", &["Redmi Note 9S"]);
        check("I have been using Dropbox for years", &["Dropbox"]);
    }

    #[test]
    fn what_a_title_is_about_is_found() {
        check("Show HN: Quiver – a note taking app", &["Quiver"]);
        check("GitHub is having issues", &["GitHub"]);
        check("Heroku's Free Plan Shuts Down in May", &["Heroku"]);
        check("Acme acquires Widgetly", &["Acme"]);
        check("Equifax says 143M people are exposed", &["Equifax"]);
        check("Security flaw in Hotmail permits anybody to login", &["Hotmail"]);
        check("Why We Moved off Heroku to Hetzner", &["Heroku", "Hetzner"]);
        check("Breakfast was huge, staff says hello. Lovely.", &[]);
        check("What's new? Let's see, it's here", &[]);
        check("Practical Attacks Break Deep Learning", &[]);
    }

    #[test]
    fn title_case_makes_no_names() {
        check("Why I Took My Team to Costa Rica", &[]);
        check("Use Your Own GitLab at Home for Small Projects", &["GitLab"]);
    }

    #[test]
    fn addressed_names_are_read_from_their_handles() {
        check("@VirginAmerica hi, and @JetBlue", &["Virgin America", "JetBlue"]);
        check("@usairways @AmericanAir @AmazonHelp thanks", &["us airways", "American", "Amazon"]);
        check(
            "@British_Airways hi, @Ask_Spectrum and @AskPlayStation too",
            &["British Airways", "Spectrum", "Play Station"],
        );
        check("@WhatsApp, @FlyFrontier and @discordapp, @audible_com", &["WhatsApp", "Frontier", "discord", "audible"]);
        check("mail bob@acme.com, @user", &[]);
    }

    #[test]
    fn plain_words_are_no_names() {
        check("I switched to a better plan than before", &[]);
        check("The price is better than I thought. Which one? This vs that", &[]);
        check("so với giá thì tốt, mua online, dùng wifi", &[]);
        check("Hôm nay mình đi chơi với Lan", &[]);
    }
}
