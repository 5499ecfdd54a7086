//! What a search is narrowed to: any of the values of one filter, all of the filters.

use std::collections::BTreeMap;
use std::fmt;

use tidings_model::{Dimension, Timestamp};
use tidings_query::KeyField;

use crate::SearchError;
use crate::schema::column;

/// What a filter or a facet looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FilterName {
    Competitor,
    Tier,
    /// The competitors that a tag is said of.
    About,
    Source,
    Plugin,
    Kind,
    Lang,
    Site,
    Author,
    Severity,
    Dimension(Dimension),
}

/// How the index keeps the values of a filter.
pub(crate) enum Place {
    /// As `name:value` in the key field, and alone in this column.
    Key(&'static str),
    /// As `name:value` in the tag field and its column.
    Tag,
}

impl FilterName {
    const FIXED: [Self; 10] = [
        Self::Competitor,
        Self::Tier,
        Self::About,
        Self::Source,
        Self::Plugin,
        Self::Kind,
        Self::Lang,
        Self::Site,
        Self::Author,
        Self::Severity,
    ];

    /// The filter of that name, where it is a fixed one or one of `dimensions`.
    pub fn parse(name: &str, dimensions: &[Dimension]) -> Option<Self> {
        let fixed = Self::FIXED.into_iter().find(|fixed| fixed.as_str() == name);
        fixed.or_else(|| dimensions.iter().find(|known| known.as_str() == name).cloned().map(Self::Dimension))
    }

    /// Every name that [`FilterName::parse`] takes, for hints.
    pub fn all(dimensions: &[Dimension]) -> impl Iterator<Item = Self> {
        Self::FIXED.into_iter().chain(dimensions.iter().cloned().map(Self::Dimension))
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Competitor => "competitor",
            Self::Tier => "tier",
            Self::About => "about",
            Self::Source => "source",
            Self::Plugin => "plugin",
            Self::Kind => "kind",
            Self::Lang => "lang",
            Self::Site => "site",
            Self::Author => "author",
            Self::Severity => "severity",
            Self::Dimension(dimension) => dimension.as_str(),
        }
    }

    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Competitor | Self::Tier | Self::About | Self::Dimension(_) => Place::Tag,
            Self::Source => Place::Key(column::SOURCE),
            Self::Plugin => Place::Key(column::PLUGIN),
            Self::Kind => Place::Key(column::KIND),
            Self::Lang => Place::Key(column::LANG),
            Self::Site => Place::Key(column::SITE),
            Self::Author => Place::Key(column::AUTHOR),
            Self::Severity => Place::Key(column::SEVERITY),
        }
    }

    /// The field of the query language that asks for the same.
    fn key(&self) -> KeyField {
        match self {
            Self::Competitor => KeyField::Competitor,
            Self::Tier => KeyField::Tier,
            Self::About => KeyField::About,
            Self::Source => KeyField::Source,
            Self::Plugin => KeyField::Plugin,
            Self::Kind => KeyField::Kind,
            Self::Lang => KeyField::Lang,
            Self::Site => KeyField::Site,
            Self::Author => KeyField::Author,
            Self::Severity => KeyField::Severity,
            Self::Dimension(dimension) => KeyField::Dimension(dimension.clone()),
        }
    }
}

impl fmt::Display for FilterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The filters of a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    values: BTreeMap<FilterName, Vec<String>>,
    /// Dated at or after it.
    pub from: Option<Timestamp>,
    /// Dated before it.
    pub to: Option<Timestamp>,
}

impl Filters {
    /// Lets `value` through as well; the first value of a filter shuts all others out.
    ///
    /// # Errors
    ///
    /// When the filter does not take such a value.
    pub fn add(&mut self, name: FilterName, value: &str) -> Result<(), SearchError> {
        let normalised = name.key().read(value).map_err(|hint| SearchError::BadParameter {
            param: name.to_string(),
            value: value.to_owned(),
            hint,
        })?;
        let values = self.values.entry(name).or_default();
        if let Err(place) = values.binary_search(&normalised) {
            values.insert(place, normalised);
        }
        Ok(())
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = (&FilterName, &[String])> {
        self.values.iter().map(|(name, values)| (name, values.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, expected: Option<&str>) {
        let name = FilterName::parse(name, &["pain".parse().unwrap()]).unwrap();
        assert_eq!(name.key().read(value).ok().as_deref(), expected);
    }

    #[test]
    fn values_are_read_as_the_index_has_them() {
        check("site", "www.Forum.Example", Some("forum.example"));
        check("author", " Nguyễn An ", Some("nguyễn an"));
        check("lang", "VI", Some("vi"));
        check("pain", "price", Some("price"));
    }

    #[test]
    fn impossible_values_are_refused() {
        check("tier", "4", None);
        check("tier", "one", None);
        check("kind", "posts", None);
        check("site", "https://forum.example/", None);
        check("author", " ", None);
        check("pain", "giá", None);
    }

    #[test]
    fn unknown_dimension_is_no_filter() {
        assert_eq!(FilterName::parse("pian", &["pain".parse().unwrap()]), None);
    }
}
