//! Single values of taxonomy files: ids, names, phrases, tiers.

use std::borrow::Cow;
use std::ops::Range;
use std::str::FromStr;

use tidings_model::{InvalidId, Lang, Tier};
use toml::Spanned;
use toml::de::DeValue;

use super::error::TaxonomyFileError;
use super::table::{File, Table, type_name};
use crate::pattern::{Pattern, PatternProblem};
use crate::taxonomy_query::QueryProblem;

pub(super) type Result<T> = std::result::Result<T, TaxonomyFileError>;

pub(super) fn read_id<T: FromStr<Err = InvalidId>>(table: &Table<'_, '_>, key: &str) -> Result<T> {
    id_of(&table.file, table.require(key)?)
}

pub(super) fn id_of<T: FromStr<Err = InvalidId>>(file: &File<'_>, value: &Spanned<DeValue<'_>>) -> Result<T> {
    let text = file.text(value)?;
    text.parse().map_err(|InvalidId { what, rule, .. }| {
        file.wrong(&value.span(), format!("`{text}`, which is no {what}"), rule)
    })
}

pub(super) fn read_tier(table: &Table<'_, '_>) -> Result<Tier> {
    let value = table.require("tier")?;
    let DeValue::Integer(number) = value.get_ref() else {
        return Err(table.file.wrong(&value.span(), type_name(value.get_ref()), "tier 1, 2 or 3"));
    };
    let tier = number.as_str().parse::<u8>().ok().and_then(|number| Tier::try_from(number).ok());
    tier.ok_or_else(|| table.file.wrong(&value.span(), format!("tier {}", number.as_str()), "tier 1, 2 or 3"))
}

/// One of a few words.
pub(super) fn read_word<T: FromStr>(
    file: &File<'_>,
    value: &Spanned<DeValue<'_>>,
    what: &str,
    words: &[&str],
) -> Result<T> {
    let text = file.text(value)?;
    text.parse().map_err(|_| file.unknown(&value.span(), what, text, words))
}

pub(super) fn check_language(file: &File<'_>, language: &Spanned<Cow<'_, str>>) -> Result<()> {
    let code = language.get_ref();
    let lang = Lang::try_from(code.to_string());
    lang.map(|_| ())
        .map_err(|InvalidId { rule, .. }| file.wrong(&language.span(), format!("`{code}`, which is no language"), rule))
}

pub(super) fn read_names(file: &File<'_>, values: &[Spanned<DeValue<'_>>]) -> Result<Vec<String>> {
    values.iter().map(|value| read_name(file, value)).collect()
}

/// A name that the matcher can look for.
pub(super) fn read_name(file: &File<'_>, value: &Spanned<DeValue<'_>>) -> Result<String> {
    let text = file.text(value)?;
    match Pattern::name(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(problem) => Err(wrong_phrase(file, value, text, &problem, &[])),
    }
}

pub(super) fn wrong_phrase(
    file: &File<'_>,
    value: &Spanned<DeValue<'_>>,
    text: &str,
    problem: &PatternProblem,
    lists: &[&str],
) -> TaxonomyFileError {
    if let PatternProblem::UnknownList { name } = problem {
        return file.unknown(&value.span(), &format!("list in `{text}`,"), name, lists);
    }
    let expected = match problem {
        PatternProblem::Empty => "words of letters or digits",
        _ => "a phrase such as `too expensive`, `took … weeks` or `(too|so) slow`",
    };
    file.wrong(&value.span(), format!("`{text}`: {problem}"), expected)
}

/// A query that cannot be used, at its place where that can be told.
pub(super) fn wrong_query(file: &File<'_>, value: &Spanned<DeValue<'_>>, problem: QueryProblem) -> TaxonomyFileError {
    let begin = scalar_in(file, value, problem.offset);
    TaxonomyFileError::Query {
        place: file.place(&(begin..begin)),
        problem: problem.problem,
        offset: problem.offset,
        expected: problem.expected,
        suggestion: problem.suggestion,
    }
}

/// The byte of the file where scalar number `offset` of a string stands; where the string
/// begins if it is written with escapes.
fn scalar_in(file: &File<'_>, value: &Spanned<DeValue<'_>>, offset: u32) -> usize {
    let Range { start, end } = value.span();
    let written = file.text.get(start..end).unwrap_or_default();
    let text = value.get_ref().as_str().unwrap_or_default();
    let Some(begin) = written.find(text) else { return start };
    let inside = text.char_indices().nth(offset as usize).map_or(text.len(), |(at, _)| at);
    start + begin + inside
}
