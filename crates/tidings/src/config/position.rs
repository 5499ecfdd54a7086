//! Where in a TOML file something stands.

use std::fmt;
use std::path::{Path, PathBuf};

use tidings_model::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigError;

/// File, line and column, both counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// One step on the way to a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

fn at_byte(file: &Path, text: &str, byte: usize) -> Position {
    let before = &text[..text.floor_char_boundary(byte)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

/// What `error` says, with its place and the nearest right name.
pub(super) fn invalid(file: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let at = at_byte(file, text, error.span().map_or(0, |span| span.start));
    ConfigError::Invalid { at, message: with_nearest(error.message()) }
}

/// Adds "did you mean" to serde's "unknown field `x`, expected `a` or `b`".
pub(super) fn with_nearest(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let is_choice = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let Some(wrong) = names.next().filter(|_| is_choice) else { return message.to_owned() };
    match nearest(wrong, names) {
        Some(right) => format!("{message}; did you mean `{right}`?"),
        None => message.to_owned(),
    }
}

/// Where the value at `steps` stands in `text`, or the last step that is there.
pub(super) fn locate(file: &Path, text: &str, steps: &[Step<'_>]) -> Position {
    let start = DeTable::parse(text).map_or(0, |table| deepest(&table, steps));
    at_byte(file, text, start)
}

/// The line of each element of the array `key`, from one reading of `text`.
pub(super) fn lines_of(text: &str, key: &str) -> Vec<usize> {
    let Ok(table) = DeTable::parse(text) else { return Vec::new() };
    let Some(DeValue::Array(elements)) = table.get_ref().get(key).map(Spanned::get_ref) else { return Vec::new() };
    let (mut line, mut read) = (1, 0);
    let mut lines = Vec::with_capacity(elements.len());
    // They stand in the order of the file.
    for element in elements.iter() {
        let start = text.floor_char_boundary(element.span().start);
        line += text.get(read..start).map_or(0, |passed| passed.matches('\n').count());
        read = start;
        lines.push(line);
    }
    lines
}

fn deepest(table: &Spanned<DeTable<'_>>, steps: &[Step<'_>]) -> usize {
    let mut start = table.span().start;
    let mut value: Option<&Spanned<DeValue<'_>>> = None;
    for step in steps {
        let next = match (value.map(Spanned::get_ref), step) {
            (None, Step::Key(key)) => table.get_ref().get(*key),
            (Some(DeValue::Table(table)), Step::Key(key)) => table.get(*key),
            (Some(DeValue::Array(array)), Step::Index(index)) => array.get(*index),
            _ => None,
        };
        let Some(next) = next else { break };
        start = next.span().start;
        value = Some(next);
    }
    start
}
