//! The words of messages, in each language. What a reader is told stands here and nowhere else.

mod english;
mod labels;
mod vietnamese;

use serde::Serialize;

use crate::Language;

/// A phrase that counts something; `{n}` stands for the number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(super) one: &'static str,
    pub(super) many: &'static str,
}

impl Counted {
    pub(crate) fn of(self, number: usize) -> String {
        let phrase = if number == 1 { self.one } else { self.many };
        phrase.replace("{n}", &number.to_string())
    }
}

/// What findings have in common, and how it is said of no one, of a tier and of a competitor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TopicWords {
    pub(super) alone: &'static str,
    /// `{tier}` stands for the number.
    pub(super) of_tier: &'static str,
    /// `{name}` stands for the competitor.
    pub(super) of_competitor: &'static str,
}

/// Of whom a message speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    Nobody,
    Tier(u8),
    Competitor(String),
}

impl TopicWords {
    pub(crate) fn of(self, whom: &Whom, label: &str) -> String {
        let said = match whom {
            Whom::Nobody => self.alone.to_owned(),
            Whom::Tier(tier) => self.of_tier.replace("{tier}", &tier.to_string()),
            Whom::Competitor(name) => self.of_competitor.replace("{name}", name),
        };
        said.replace("{label}", label)
    }
}

/// The words of one language. What serialises is what templates see as `words`.
#[derive(Debug, Serialize)]
pub(crate) struct Words {
    /// A BCP 47 tag.
    pub(crate) lang: &'static str,
    pub(crate) test: &'static str,
    pub(crate) test_note: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) changed_note: &'static str,
    pub(crate) old_note: &'static str,
    pub(crate) old_heading: &'static str,
    #[serde(skip)]
    pub(crate) new_heading: &'static str,
    pub(crate) other: &'static str,
    pub(crate) because: &'static str,
    pub(crate) looks_for: &'static str,
    pub(crate) read_all: &'static str,
    pub(crate) times: &'static str,
    pub(crate) score: &'static str,
    pub(crate) notice: &'static str,
    /// `{title}`
    #[serde(skip)]
    pub(crate) feed: &'static str,
    #[serde(skip)]
    pub(crate) critical: &'static str,
    #[serde(skip)]
    pub(crate) high: &'static str,
    #[serde(skip)]
    pub(crate) medium: &'static str,
    #[serde(skip)]
    pub(crate) low: &'static str,
    #[serde(skip)]
    pub(crate) no_severity: &'static str,
    #[serde(skip)]
    pub(crate) changed: &'static str,
    #[serde(skip)]
    pub(crate) old: &'static str,
    /// `{n}` of `{total}`.
    #[serde(skip)]
    pub(crate) new_of: &'static str,
    #[serde(skip)]
    pub(crate) counted_new: Counted,
    #[serde(skip)]
    pub(crate) counted_changed: Counted,
    #[serde(skip)]
    pub(crate) counted_old: Counted,
    #[serde(skip)]
    pub(crate) also_in: Counted,
    #[serde(skip)]
    pub(crate) more: Counted,
    #[serde(skip)]
    pub(crate) and_more: Counted,
    /// `{tier}`
    #[serde(skip)]
    pub(crate) tier: &'static str,
    #[serde(skip)]
    pub(crate) own: &'static str,
    /// `{topic}`
    #[serde(skip)]
    pub(crate) mostly: &'static str,
    #[serde(skip)]
    pub(crate) complaints: TopicWords,
    #[serde(skip)]
    pub(crate) praise: TopicWords,
    #[serde(skip)]
    pub(crate) leads: TopicWords,
    #[serde(skip)]
    pub(crate) page_changes: TopicWords,
    #[serde(skip)]
    pub(crate) mentions: TopicWords,
    /// For jiff's `strftime`.
    #[serde(skip)]
    pub(crate) time_format: &'static str,
}

impl Language {
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::English => &english::WORDS,
            Self::Vietnamese => &vietnamese::WORDS,
        }
    }

    /// What people call a label: its name here where it ships, else its id with spaces.
    pub(crate) fn label(self, dimension: &str, id: &str) -> String {
        labels::name(self, dimension, id).map_or_else(|| spaced(id), str::to_owned)
    }

    /// What people call a dimension: `pain`, `khó chịu`.
    pub(crate) fn dimension(self, name: &str) -> String {
        labels::dimension(self, name).map_or_else(|| spaced(name), str::to_owned)
    }

    /// What a part of a score is called; the parts themselves are in English.
    pub(crate) fn score_part(self, what: &str) -> String {
        match self {
            Self::English => what.to_owned(),
            Self::Vietnamese => vietnamese::score_part(what),
        }
    }
}

fn spaced(id: &str) -> String {
    id.replace(['_', '-'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_are_right() {
        let words = Language::English.words();
        assert_eq!(words.also_in.of(1), "also in 1 source");
        assert_eq!(words.also_in.of(6), "also in 6 sources");
        assert_eq!(words.counted_old.of(1), "1 older page");
        assert_eq!(words.counted_old.of(0), "0 older pages");
        assert_eq!(Language::Vietnamese.words().also_in.of(6), "cũng có ở 6 nguồn khác");
    }

    #[test]
    fn both_languages_take_the_same_places() {
        let topics = |words: &Words| {
            [words.complaints, words.praise, words.leads, words.page_changes, words.mentions].map(|topic| {
                let whole = [topic.alone, topic.of_tier, topic.of_competitor].join(" ");
                ["{label}", "{tier}", "{name}"].map(|place| whole.matches(place).count())
            })
        };
        assert_eq!(topics(Language::English.words()), topics(Language::Vietnamese.words()));
    }

    #[test]
    fn a_label_of_ones_own_is_called_by_its_id() {
        assert_eq!(Language::Vietnamese.label("pain", "price"), "giá");
        assert_eq!(Language::Vietnamese.label("pain", "dark_mode"), "dark mode");
        assert_eq!(Language::English.dimension("buying-power"), "buying power");
    }
}
