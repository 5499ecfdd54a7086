//! What is wrong with a recipe, and where.

use std::ops::Range;

use tidings_protocol::ManifestError;

/// What is wrong with a recipe: `LINE:COLUMN: problem`, to be shown behind the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {problem}")]
pub struct RecipeError {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub problem: String,
}

impl RecipeError {
    pub(super) fn at(text: &str, span: &Range<usize>, problem: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before[line_start..].chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column, problem: problem.into() }
    }

    pub(super) fn syntax(text: &str, error: &toml::de::Error) -> Self {
        let message = error.message();
        let hint = nearest(message).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        Self::at(text, &error.span().unwrap_or(0..0), format!("{message}{hint}"))
    }

    /// A rule of all manifests: its first field stands at the top of the recipe, under the same name.
    pub(super) fn of_manifest(text: &str, error: &ManifestError) -> Self {
        let name = error.field.rsplit('/').next().unwrap_or_default();
        let line = text.lines().position(|line| line.split('=').next().is_some_and(|key| key.trim() == name));
        Self { line: line.map_or(1, |line| line + 1), column: 1, problem: format!("`{name}` {}", error.problem) }
    }
}

/// The known name that is nearest to the one that serde does not know.
fn nearest(message: &str) -> Option<String> {
    let (unknown, expected) = message.strip_prefix("unknown ")?.split_once(", expected ")?;
    let unknown = unknown.split('`').nth(1)?;
    let known = expected.split('`').skip(1).step_by(2);
    let near = known.map(|name| (strsim::damerau_levenshtein(unknown, name), name)).min()?;
    (near.0 <= 1 + unknown.chars().count() / 3).then(|| near.1.to_owned())
}
