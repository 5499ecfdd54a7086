//! What a query's fields are of a finding, said once for whoever evaluates a query.

use tidings_model::{Field, Finding, Timestamp};

use crate::key::author_key;
use crate::tree::{Side, TimeField};
use crate::{KeyField, Scope, When};

impl Scope {
    /// The fields of `finding` that words are looked for in, those that are empty left
    /// out, in the order in which the index has them. A pattern never reaches from one
    /// into the next.
    pub fn fields(self, finding: &Finding) -> impl Iterator<Item = (Field, &str)> {
        let thread = finding.thread.as_ref().map(|thread| thread.title.as_str());
        let fields = match self {
            Self::Anywhere => [
                Some((Field::Title, finding.title.as_str())),
                thread.map(|title| (Field::ThreadTitle, title)),
                finding.author.as_deref().map(|author| (Field::Author, author)),
                Some((Field::Text, finding.text.as_str())),
            ],
            Self::Title => [Some((Field::Title, finding.title.as_str())), None, None, None],
            Self::Text => [Some((Field::Text, finding.text.as_str())), None, None, None],
            Self::Url => [finding.url.as_ref().map(|url| (Field::Url, url.as_str())), None, None, None],
        };
        fields.into_iter().flatten().filter(|(_, text)| !text.is_empty())
    }
}

impl KeyField {
    /// Calls `visit` with each value that `finding` has in this field, as
    /// [`KeyField::read`] writes it; a value may come twice.
    pub fn for_each_value(&self, finding: &Finding, mut visit: impl FnMut(&str)) {
        match self {
            Self::Site => finding.site.iter().flat_map(|site| with_parents(site)).for_each(visit),
            Self::Source => visit(finding.source.as_str()),
            Self::Plugin => visit(finding.plugin.as_str()),
            Self::Kind => visit(finding.kind.as_str()),
            Self::Author => finding.author.iter().for_each(|author| visit(&author_key(author))),
            Self::Lang => finding.lang.iter().for_each(|lang| visit(lang.as_str())),
            Self::Competitor => finding.competitors.iter().for_each(|competitor| visit(competitor.id.as_str())),
            Self::Tier => {
                finding.competitors.iter().filter_map(|one| one.tier).for_each(|tier| visit(&tier.to_string()));
            }
            Self::About => finding.tags.iter().flat_map(|tag| &tag.about).for_each(|id| visit(id.as_str())),
            Self::Severity => finding.severity.iter().for_each(|severity| visit(severity.as_str())),
            Self::Story => finding.story.iter().for_each(|story| visit(story.id.as_str())),
            Self::Page => finding.change.iter().for_each(|change| visit(change.page.as_str())),
            Self::Has => {
                finding.change.iter().for_each(|_| visit("change"));
                if finding.tags.iter().any(|tag| tag.dimension.as_str() == "intent") {
                    visit("lead");
                }
            }
            Self::Mark => {
                finding.mark.iter().filter_map(|mark| mark.state).for_each(|state| visit(state.as_str()));
            }
            Self::Dimension(dimension) => {
                finding.tags.iter().filter(|tag| tag.dimension == *dimension).for_each(|tag| visit(tag.id.as_str()));
            }
        }
    }

    /// Whether `finding` has `value` in this field.
    pub fn holds(&self, finding: &Finding, value: &str) -> bool {
        let mut found = false;
        self.for_each_value(finding, |other| found |= other == value);
        found
    }
}

/// `a.b.example`, `b.example`, `example`.
fn with_parents(site: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(site), |domain| domain.split_once('.').map(|(_, parent)| parent))
        .filter(|domain| !domain.is_empty())
}

impl When {
    /// Whether `finding` lies on the side asked for, seen from `now`.
    pub fn covers(&self, finding: &Finding, now: Timestamp) -> bool {
        self.covers_times(finding.date(), finding.found, now)
    }

    /// Whether a finding of this date and first sight lies on the side asked for.
    pub fn covers_times(&self, date: Timestamp, found: Timestamp, now: Timestamp) -> bool {
        let time = match self.time {
            TimeField::Date => date,
            TimeField::Found => found,
        };
        let (time, moment) = (micros(time), micros(self.moment.seen_from(now)));
        match self.side {
            Side::From => moment <= time,
            Side::Before => time < moment,
        }
    }
}

/// How times are compared: whole microseconds since 1970, rounded down.
pub fn micros(time: Timestamp) -> i64 {
    time.as_nanosecond().div_euclid(1000).try_into().expect("years -9999 to 9999 fit 64 bits of microseconds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_round_down_before_1970() {
        assert_eq!(micros("1969-12-31T23:59:59.9999995Z".parse().unwrap()), -1);
    }

    #[test]
    fn site_is_found_under_its_parents() {
        assert_eq!(with_parents("a.b.example").collect::<Vec<_>>(), ["a.b.example", "b.example", "example"]);
    }
}
