//! The names that may stand before a colon.

use tidings_model::{Dimension, Taxonomy, nearest};

use crate::{KeyField, Scope};

/// The names of fields that a query may use: those of the language, and the taxonomy's dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    dimensions: Vec<Dimension>,
}

/// What a name before a colon says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FieldName {
    Words(Scope),
    /// `allintitle:`: the rest of the group is looked for there.
    AllWords(Scope),
    Key(KeyField),
    Time(TimeName),
}

/// The fields that take times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeName {
    Before,
    After,
    Since,
    Found,
}

const WORDS: [(&str, FieldName); 10] = [
    ("intitle", FieldName::Words(Scope::Title)),
    ("title", FieldName::Words(Scope::Title)),
    ("intext", FieldName::Words(Scope::Text)),
    ("inurl", FieldName::Words(Scope::Url)),
    ("allintitle", FieldName::AllWords(Scope::Title)),
    ("allintext", FieldName::AllWords(Scope::Text)),
    ("allinurl", FieldName::AllWords(Scope::Url)),
    ("before", FieldName::Time(TimeName::Before)),
    ("after", FieldName::Time(TimeName::After)),
    ("since", FieldName::Time(TimeName::Since)),
];

const FOUND: &str = "found";

/// Fields of web search engines that have no meaning here.
const FOREIGN: [&str; 13] = [
    "filetype",
    "ext",
    "related",
    "cache",
    "link",
    "inanchor",
    "allinanchor",
    "location",
    "loc",
    "define",
    "info",
    "daterange",
    "numrange",
];

impl Default for Vocabulary {
    /// With the dimensions that ship.
    fn default() -> Self {
        Self::new(Taxonomy::default().dimensions())
    }
}

impl Vocabulary {
    /// With these dimensions and no others. One that is named as a field of the language
    /// cannot be asked for.
    pub fn new(dimensions: impl IntoIterator<Item = Dimension>) -> Self {
        Self { dimensions: dimensions.into_iter().collect() }
    }

    /// The field of that name, in any case.
    pub(crate) fn field(&self, name: &str) -> Option<FieldName> {
        let name = name.to_lowercase();
        if name == FOUND {
            return Some(FieldName::Time(TimeName::Found));
        }
        let words = WORDS.iter().find(|(known, _)| *known == name).map(|(_, field)| field.clone());
        let key = || KeyField::FIXED.into_iter().find(|field| field.as_str() == name);
        let dimension = || {
            let known = self.dimensions.iter().find(|known| known.as_str() == name);
            known.cloned().map(KeyField::Dimension)
        };
        words.or_else(|| key().or_else(dimension).map(FieldName::Key))
    }

    /// The right name that a wrong one was most likely meant to be.
    pub(crate) fn nearest(&self, name: &str) -> Option<String> {
        let fixed = KeyField::FIXED;
        let mut names: Vec<&str> = vec![FOUND];
        names.extend(WORDS.iter().map(|(name, _)| *name));
        names.extend(fixed.iter().map(KeyField::as_str));
        names.extend(self.dimensions.iter().map(Dimension::as_str));
        nearest(name, names).map(str::to_owned)
    }
}

/// Whether web search engines have such a field, and this language does not.
pub(crate) fn is_foreign(name: &str) -> bool {
    FOREIGN.contains(&name.to_lowercase().as_str())
}

impl TimeName {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Since => "since",
            Self::Found => FOUND,
        }
    }
}
