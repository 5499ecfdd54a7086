//! TOML values with their places, taken out by name.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Place, TaxonomyFileError};
use tidings_model::nearest;

/// A file being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'f> {
    pub(super) path: &'f Path,
    pub(super) text: &'f str,
}

impl<'f> File<'f> {
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        Place::new(self.path, self.text, span.start)
    }

    pub(super) fn spot(&self, span: &Range<usize>) -> Spot<'f> {
        Spot { file: *self, byte: span.start }
    }

    pub(super) fn wrong(&self, span: &Range<usize>, found: String, expected: impl Into<String>) -> TaxonomyFileError {
        TaxonomyFileError::Wrong { place: self.place(span), found, expected: expected.into(), nearest: None }
    }

    /// As [`File::wrong`], for a name that is none of `names`.
    pub(super) fn unknown(&self, span: &Range<usize>, what: &str, name: &str, names: &[&str]) -> TaxonomyFileError {
        TaxonomyFileError::Wrong {
            place: self.place(span),
            found: format!("unknown {what} `{name}`"),
            expected: list(names.iter().copied()),
            nearest: nearest(name, names.iter().copied()).map(str::to_owned),
        }
    }

    pub(super) fn parse(&self) -> Result<Spanned<DeTable<'f>>, TaxonomyFileError> {
        DeTable::parse(self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            self.wrong(&span, error.message().trim_end().replace('\n', ", "), "TOML")
        })
    }

    /// The value as text that is not blank.
    pub(super) fn text<'v>(&self, value: &'v Spanned<DeValue<'_>>) -> Result<&'v str, TaxonomyFileError> {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Ok(text),
            DeValue::String(_) => Err(self.wrong(&value.span(), "an empty string".to_owned(), "text")),
            other => Err(self.wrong(&value.span(), type_name(other), "a string")),
        }
    }

    pub(super) fn array<'v>(
        &self,
        value: &'v Spanned<DeValue<'f>>,
        of: &str,
    ) -> Result<&'v [Spanned<DeValue<'f>>], TaxonomyFileError> {
        match value.get_ref() {
            DeValue::Array(items) => Ok(items),
            other => Err(self.wrong(&value.span(), type_name(other), format!("a list of {of}"))),
        }
    }

    pub(super) fn table<'v>(
        &self,
        value: &'v Spanned<DeValue<'f>>,
        what: &'static str,
    ) -> Result<Table<'f, 'v>, TaxonomyFileError> {
        match value.get_ref() {
            DeValue::Table(entries) => Ok(Table { file: *self, span: value.span(), what, entries }),
            other => Err(self.wrong(&value.span(), type_name(other), format!("a table, {what}"))),
        }
    }
}

/// Most names that a message lists.
const MAX_LISTED: usize = 12;

/// Names as a message shows them: the first few, and how many more there are.
pub(crate) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names = names.into_iter();
    let listed: Vec<String> = names.by_ref().take(MAX_LISTED).map(|name| format!("`{name}`")).collect();
    match (listed.len(), names.count()) {
        (0, _) => "nothing: there is none".to_owned(),
        (_, 0) => listed.join(", "),
        (_, more) => format!("{} or one of {more} more", listed.join(", ")),
    }
}

/// Where something stands. Line and column are counted only when an error tells them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'f> {
    pub(super) file: File<'f>,
    pub(super) byte: usize,
}

impl Spot<'_> {
    pub(super) fn place(&self) -> Place {
        self.file.place(&(self.byte..self.byte))
    }

    /// As [`Spot::place`], where the line is known.
    pub(super) fn place_on(&self, line: usize) -> Place {
        Place::on_line(self.file.path, self.file.text, self.byte, line)
    }
}

pub(super) fn type_name(value: &DeValue<'_>) -> String {
    let article = if matches!(value, DeValue::Array(_) | DeValue::Integer(_)) { "an" } else { "a" };
    format!("{article} {}", value.type_str())
}

/// A table being read.
pub(super) struct Table<'f, 'v> {
    pub(super) file: File<'f>,
    /// Where its header stands.
    pub(super) span: Range<usize>,
    /// Its name, as people write it: `[[competitor]]`.
    what: &'static str,
    entries: &'v DeTable<'f>,
}

impl<'f, 'v> Table<'f, 'v> {
    pub(super) fn root(file: File<'f>, root: &'v Spanned<DeTable<'f>>) -> Self {
        Self { file, span: root.span(), what: "the file", entries: root.get_ref() }
    }

    /// Refuses every key that is none of `keys`.
    pub(super) fn expect_keys(&self, keys: &[&str]) -> Result<(), TaxonomyFileError> {
        let unknown = self.entries.keys().filter(|key| !keys.contains(&key.get_ref().as_ref()));
        // The first in the file, whatever order the table keeps.
        match unknown.min_by_key(|key| key.span().start) {
            Some(key) => Err(self.file.unknown(&key.span(), &format!("key in {}", self.what), key.get_ref(), keys)),
            None => Ok(()),
        }
    }

    pub(super) fn entries(
        &self,
    ) -> impl Iterator<Item = (&'v Spanned<std::borrow::Cow<'f, str>>, &'v Spanned<DeValue<'f>>)> {
        self.entries.iter()
    }

    pub(super) fn get(&self, key: &str) -> Option<&'v Spanned<DeValue<'f>>> {
        self.entries.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    pub(super) fn require(&self, key: &str) -> Result<&'v Spanned<DeValue<'f>>, TaxonomyFileError> {
        self.get(key).ok_or_else(|| {
            self.file.wrong(&self.span, format!("{} without `{key}`", self.what), format!("`{key} = …`"))
        })
    }

    pub(super) fn require_text(&self, key: &str) -> Result<&'v str, TaxonomyFileError> {
        self.file.text(self.require(key)?)
    }

    /// The strings of an optional list.
    pub(super) fn items(&self, key: &str) -> Result<&'v [Spanned<DeValue<'f>>], TaxonomyFileError> {
        self.get(key).map_or(Ok(&[]), |value| self.file.array(value, "strings"))
    }
}
